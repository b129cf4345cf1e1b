//! The encryption of a backup: the age format with a passphrase (its scrypt recipient), as the
//! `age` tool writes and reads it. Nothing of it is made here; what is bounded here is what a file
//! may ask for before its passphrase is known to be right.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::iter;

use age::scrypt::{Identity, Recipient};
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor};

use super::{BackupError, io_error};

/// A backup that was opened.
pub enum Opened {
    /// It is encrypted.
    Sealed(Sealed),
    /// It is not.
    Plain(Box<dyn Read>),
}

/// An encrypted backup before its passphrase is known.
pub struct Sealed(Decryptor<Box<dyn BufRead>>);

impl Opened {
    /// Looks at the beginning of a file.
    pub fn new(file: impl Read + 'static) -> Result<Self, BackupError> {
        let mut file = file;
        let mut start = Vec::new();
        let read = Read::by_ref(&mut file).take(HEADER_BYTES).read_to_end(&mut start);
        read.map_err(io_error("read it"))?;
        let whole = Cursor::new(start.clone()).chain(BufReader::new(file));
        if start.get(TAR_MARK) == Some(b"ustar".as_slice()) {
            return Ok(Self::Plain(Box::new(whole)));
        }
        if start.starts_with(ARMOUR) {
            return Err(BackupError::NotByPassphrase);
        }
        if !start.starts_with(AGE) {
            return Err(BackupError::Other);
        }
        // The header ends where it must, so that no more than this is read to find its end.
        if !start.windows(HEADER_END.len()).any(|bytes| bytes == HEADER_END) {
            return Err(BackupError::Damaged("its header has no end".to_owned()));
        }
        let whole: Box<dyn BufRead> = Box::new(whole);
        let decryptor = Decryptor::new_buffered(whole).map_err(refused)?;
        if decryptor.is_scrypt() {
            Ok(Self::Sealed(Sealed(decryptor)))
        } else {
            Err(BackupError::NotByPassphrase)
        }
    }
}

impl Sealed {
    /// What is in it, decrypted as it is read. That takes a second and 256 MiB, on purpose: whoever
    /// guesses pays the same for each guess.
    pub fn open(self, passphrase: SecretString) -> Result<Box<dyn Read>, BackupError> {
        let mut identity = Identity::new(passphrase);
        identity.set_max_work_factor(MOST_WORK);
        let opened = self.0.decrypt(iter::once(&identity as &dyn age::Identity));
        Ok(Box::new(opened.map_err(refused)?))
    }
}

/// Encrypts with this passphrase what `packed` writes.
pub(super) fn seal(
    passphrase: SecretString,
    out: impl Write,
    packed: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    seal_with(WORK, passphrase, out, packed)
}

/// The same, with this much work for whoever guesses.
pub(super) fn seal_with(
    work: u8,
    passphrase: SecretString,
    out: impl Write,
    packed: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut recipient = Recipient::new(passphrase);
    recipient.set_work_factor(work);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient))
        .map_err(io::Error::other)?;
    let mut sealed = encryptor.wrap_output(out)?;
    packed(&mut sealed)?;
    sealed.finish()?.flush()
}

/// A passphrase that nobody guesses: four groups of five letters and digits, 100 bits.
pub fn generate_passphrase() -> io::Result<String> {
    let mut random = [0; GROUPS * GROUP_LETTERS];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let letters: Vec<char> =
        random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let groups: Vec<String> =
        letters.chunks(GROUP_LETTERS).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

fn refused(error: DecryptError) -> BackupError {
    match error {
        DecryptError::ExcessiveWork { required, .. } => BackupError::TooMuchWork(required),
        DecryptError::KeyDecryptionFailed | DecryptError::DecryptionFailed => {
            BackupError::WrongPassphrase
        }
        DecryptError::NoMatchingKeys => BackupError::NotByPassphrase,
        error => {
            BackupError::Damaged(error.to_string().lines().next().unwrap_or_default().to_owned())
        }
    }
}

/// What every file of age begins with, and one in letters.
const AGE: &[u8] = b"age-encryption.org/";
const ARMOUR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// What the last line of an age header begins with.
const HEADER_END: &[u8] = b"\n---";

/// Where `ustar` stands in a tar.
const TAR_MARK: std::ops::Range<usize> = 257..262;

/// Bytes in which a header must end: ours has some 200, and age allows no second recipient beside a
/// passphrase.
const HEADER_BYTES: u64 = 4096;

/// The work of a guess, as a power of two: that of the age tool. Measured: 0.6 to 1.1 s and 256 MiB
/// on the class of machine that CI uses; the same for everybody, so that a backup of a fast machine
/// is not too much for a slow one.
const WORK: u8 = 18;

/// The most that a file may ask for before its passphrase is known: 1 GiB and about four seconds.
const MOST_WORK: u8 = 20;

/// Groups of a passphrase that is made up, and the letters of each.
const GROUPS: usize = 4;
const GROUP_LETTERS: usize = 5;

/// Letters that are told apart when written by hand.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
