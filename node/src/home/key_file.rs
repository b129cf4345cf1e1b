//! A file with a secret key: a comment line, and 32 bytes in hexadecimal digits. It is for its
//! owner's eyes; one that others may read or write is refused, as ssh does.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use super::{HomeError, io_error};

/// The secret in this file; `None` if there is no file.
pub(super) fn read(path: &Path) -> Result<Option<[u8; 32]>, HomeError> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    secret(&text).map(Some).ok_or_else(|| HomeError::KeyDamaged(path.to_owned()))
}

/// What this file says that is for its owner alone; `None` if there is no file. Whatever else is in
/// its place, be it a directory or a pipe, holds no key, and is left as it is.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, HomeError> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    let damaged = || HomeError::KeyDamaged(path.to_owned());
    if !found.is_file() {
        return Err(damaged());
    }
    check_mode(path, &found)?;
    let mut text = String::new();
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    match file.take(FILE_BYTES).read_to_string(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(damaged()),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &Path, source: io::Error) -> HomeError {
    HomeError::KeyUnreadable { path: path.to_owned(), source }
}

/// The secret in the text of such a file.
pub(crate) fn secret(text: &str) -> Option<[u8; 32]> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')).and_then(parse)
}

/// Makes a new secret and keeps it in this file. If another process was quicker, its secret holds.
pub(super) fn make(path: &Path, comment: &str) -> Result<[u8; 32], HomeError> {
    match make_new(path, |secret| text(comment, secret))? {
        Some(secret) => Ok(secret),
        None => read(path)?.ok_or_else(|| HomeError::KeyMissing(path.to_owned())),
    }
}

/// Makes a new secret and keeps what `text` says of it in this file; `None` if another process was
/// quicker.
pub(super) fn make_new(
    path: &Path,
    text: impl FnOnce(&[u8; 32]) -> String,
) -> Result<Option<[u8; 32]>, HomeError> {
    let mut random = [0; 40];
    getrandom::fill(&mut random).map_err(|error| {
        io_error("draw randomness for", path)(io::Error::other(error.to_string()))
    })?;
    let (secret, name) = random.split_at(32);
    let secret: [u8; 32] = secret.try_into().expect("40 bytes are split at the 32nd");
    // Written whole under another name, then given its own: nobody ever reads half a key.
    let draft = path.with_extension(format!("key.{}", digits(name)));
    let text = text(&secret);
    let written = write_new(&draft, text.as_bytes()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match written {
        Ok(()) => removed.map_err(io_error("remove", &draft)).map(|()| Some(secret)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(io_error("write", path)(error)),
    }
}

/// Puts this secret into this file in place of what is there, which nobody finds half written.
pub(super) fn put(path: &Path, comment: &str, secret: &[u8; 32]) -> Result<(), HomeError> {
    let draft = path.with_extension(format!("key.new-{}", std::process::id()));
    let written = write_new(&draft, text(comment, secret).as_bytes());
    let placed = written.and_then(|()| fs::rename(&draft, path));
    placed.map_err(|error| {
        let _ = fs::remove_file(&draft);
        io_error("write", path)(error)
    })?;
    let directory = path.parent().unwrap_or(Path::new("."));
    File::open(directory).and_then(|held| held.sync_all()).map_err(io_error("sync", directory))
}

/// What such a file says.
pub(super) fn text(comment: &str, secret: &[u8; 32]) -> String {
    format!("# {comment}\n{}\n", digits(secret))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(digits: &str) -> Option<[u8; 32]> {
    // Rust reads `+7` as a number, too.
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut secret = [0; 32];
    for (place, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(secret)
}

/// Writes a new file for its owner's eyes.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a new file for its owner's eyes.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn check_mode(path: &Path, found: &Metadata) -> Result<(), HomeError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(HomeError::KeyUnsafe { path: path.to_owned(), mode })
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &Metadata) -> Result<(), HomeError> {
    Ok(())
}

/// Bytes of a key file that are read: it has about 200, and whoever adds comments has room.
const FILE_BYTES: u64 = 64 * 1024;
