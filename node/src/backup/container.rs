//! The tar of a backup. It is read as a stranger's: names are compared with those that are allowed
//! and never used as paths before, nothing but plain files is taken, and each size is bounded before
//! it is read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use commons_proto::author::AuthorKey;
use commons_proto::id::Author;
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, Entries, Entry, EntryType, Header};

use super::{BackupError, Contents, Database, FORMAT, io_error};
use crate::home::key_file;

/// Writes the files of a backup, the databases from this directory.
pub(super) fn write(
    contents: &Contents,
    key: Option<&[u8]>,
    directory: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut archive = Builder::new(out);
    let mut sums = String::new();
    let mut put = |name: &str, bytes: u64, data: &mut dyn Read| {
        let mut header = Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_mtime(contents.made);
        let mut data = Hashing::new(data);
        archive.append_data(&mut header, name, &mut data)?;
        Ok::<_, io::Error>(format!("{}  {name}\n", data.sum()))
    };
    let about = serde_json::to_vec_pretty(contents)?;
    sums += &put(ABOUT, about.len() as u64, &mut about.as_slice())?;
    if let Some(mut key) = key {
        sums += &put(KEY, key.len() as u64, &mut key)?;
    }
    for database in &contents.databases {
        let file = File::open(directory.join(&database.file))?;
        sums += &put(&database.file, database.bytes, &mut file.take(database.bytes))?;
    }
    put(SUMS, sums.len() as u64, &mut sums.as_bytes())?;
    archive.into_inner()?.flush()
}

/// Reads a backup to its end and checks it against its hashes. `told` hears what is in it before
/// anything else is read, and may stop it. The files are put into the directory, if there is one, and
/// count only if this succeeds.
pub fn read<E: From<BackupError>>(
    source: impl Read,
    directory: Option<&Path>,
    told: impl FnOnce(&Contents) -> Result<(), E>,
) -> Result<Contents, E> {
    let mut archive = Archive::new(source);
    let entries = archive.entries().map_err(damaged)?.raw(true);
    let mut files = Files { entries, sums: String::new() };
    let contents = parse(&files.small(ABOUT)?)?;
    told(&contents)?;
    if let Some(author) = contents.author() {
        let key = files.small(KEY)?;
        check_key(&key, &author)?;
        if let Some(directory) = directory {
            key_file::write_new(&directory.join(KEY), &key).map_err(io_error("write the key"))?;
        }
    }
    for database in &contents.databases {
        files.database(database, directory)?;
    }
    let expected = std::mem::take(&mut files.sums);
    if files.small(SUMS)? != expected.as_bytes() {
        return Err(wrong("its hashes are not those of its files").into());
    }
    if files.entries.next().is_some() {
        return Err(wrong("there is something behind its end").into());
    }
    // Only its end says that an encrypted file is whole.
    let rest = io::copy(&mut archive.into_inner().take(PADDING_BYTES + 1), &mut io::sink());
    if rest.map_err(damaged)? > PADDING_BYTES {
        return Err(wrong("there is something behind its end").into());
    }
    Ok(contents)
}

/// Whether this is how the file of a database is called, and neither a path nor anything else.
pub(super) fn is_database_file(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".sqlite") else { return false };
    let (plain, digits) =
        stem.split_once('.').map_or((stem, None), |(plain, end)| (plain, Some(end)));
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_digits = |end: &str| end.len() == 8 && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    (1..=NAME_BYTES).contains(&plain.len())
        && plain.bytes().all(is_plain)
        && digits.is_none_or(is_digits)
}

/// What a backup says of itself, if it makes sense.
fn parse(about: &[u8]) -> Result<Contents, BackupError> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let format: Format = serde_json::from_slice(about)
        .map_err(|_| wrong("what it says of itself makes no sense"))?;
    if format.format > FORMAT {
        return Err(BackupError::Newer { found: format.format });
    }
    let contents: Contents = serde_json::from_slice(about)
        .map_err(|_| wrong("what it says of itself makes no sense"))?;
    let files: BTreeSet<&str> =
        contents.databases.iter().map(|database| database.file.as_str()).collect();
    if files.len() != contents.databases.len() || !files.into_iter().all(is_database_file) {
        return Err(wrong("it names files that no backup has"));
    }
    if contents.author.is_some() && contents.author().is_none() {
        return Err(wrong("it names an author that is none"));
    }
    Ok(contents)
}

/// Whether this is a key file with the key of this author.
fn check_key(file: &[u8], author: &Author) -> Result<(), BackupError> {
    let text = str::from_utf8(file).map_err(|_| wrong("its key is no key"))?;
    let secret = key_file::secret(text).ok_or_else(|| wrong("its key is no key"))?;
    match AuthorKey::from_secret(&secret).author() == *author {
        true => Ok(()),
        false => Err(wrong("its key is not the one that it names")),
    }
}

/// The files of a backup, in their order.
struct Files<'a, R: Read + 'a> {
    entries: Entries<'a, R>,
    /// What [`SUMS`] must say.
    sums: String,
}

impl<'a, R: Read + 'a> Files<'a, R> {
    /// The next file, which must have this name.
    fn next(&mut self, name: &str) -> Result<Entry<'a, R>, BackupError> {
        let entry = self.entries.next().ok_or_else(|| wrong("it has no end"))?.map_err(damaged)?;
        let is_plain = matches!(entry.header().entry_type(), EntryType::Regular);
        if !is_plain || entry.header().path_bytes().as_ref() != name.as_bytes() {
            return Err(wrong(&format!("in the place of {name} is something else")));
        }
        Ok(entry)
    }

    /// The bytes of the next file, which is a small one.
    fn small(&mut self, name: &str) -> Result<Vec<u8>, BackupError> {
        let mut entry = self.next(name)?;
        if entry.size() > SMALL_BYTES {
            return Err(wrong(&format!("{name} is too long")));
        }
        let mut bytes = Vec::new();
        let mut data = Hashing::new(&mut entry);
        data.read_to_end(&mut bytes).map_err(damaged)?;
        let sum = data.sum();
        if bytes.len() as u64 != entry.size() {
            return Err(wrong(&format!("{name} breaks off")));
        }
        self.sums.push_str(&format!("{sum}  {name}\n"));
        Ok(bytes)
    }

    /// The next file, which is this database.
    fn database(
        &mut self,
        database: &Database,
        directory: Option<&Path>,
    ) -> Result<(), BackupError> {
        let name = &database.file;
        let mut entry = self.next(name)?;
        if entry.size() != database.bytes {
            return Err(wrong(&format!("{name} has another size than it says")));
        }
        let mut data = Hashing::new(&mut entry);
        match directory {
            None => copy(&mut data, &mut io::sink())?,
            Some(directory) => {
                let file = key_file::create_new(&directory.join(name));
                let mut file = file.map_err(io_error("write a database"))?;
                copy(&mut data, &mut file)?;
            }
        }
        self.sums.push_str(&format!("{}  {name}\n", data.sum()));
        Ok(())
    }
}

/// Copies, and tells apart which of the two sides failed.
fn copy(from: &mut impl Read, to: &mut dyn Write) -> Result<(), BackupError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match from.read(&mut buffer).map_err(damaged)? {
            0 => return Ok(()),
            length => to.write_all(&buffer[..length]).map_err(io_error("write a database"))?,
        }
    }
}

fn damaged(error: io::Error) -> BackupError {
    wrong(&error.to_string())
}

fn wrong(what: &str) -> BackupError {
    BackupError::Damaged(what.to_owned())
}

/// Reads, and hashes what it reads.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    /// The hash of what was read, in hexadecimal digits.
    fn sum(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hash.update(&buffer[..length]);
        Ok(length)
    }
}

/// The names of the files that are not databases.
pub(super) const ABOUT: &str = "about.json";
pub(super) const KEY: &str = "author.key";
const SUMS: &str = "SHA256SUMS";

/// Bytes of a file that is held in memory: what a home with hundreds of databases says of itself.
const SMALL_BYTES: u64 = 256 * 1024;

/// Bytes of the plain part of a database's name: the characters of the name of a commons, and a few.
const NAME_BYTES: usize = 80;

/// Bytes behind the last file: a tar ends with two empty blocks and, by some, a full record.
const PADDING_BYTES: u64 = 1024 * 1024;

/// Bytes that are copied at a time (chosen: those of a chunk of the age format).
const BUFFER_BYTES: usize = 64 * 1024;
