//! Backups: what a home holds, in one file that can be put back. It is a tar of files with fixed
//! names, encrypted with a passphrase in the age format unless it is asked not to be, so that
//! `age -d FILE | tar t` lists it years from now. `commons backup` and `commons restore` call this.
//!
//! | in the tar, in this order | what |
//! |---|---|
//! | `about.json` | [`Contents`]: what follows, for whoever looks before they restore |
//! | `author.key` | the secret author key, if it was asked for |
//! | `NAME.sqlite` | each database, whole and compact, as of one moment |
//! | `SHA256SUMS` | the hashes of the files above, as `sha256sum -c` reads them |
//!
//! | module | what lives there |
//! |---|---|
//! | `sealed` | the encryption |
//! | `container` | the tar, written and read |
//! | `restore` | verification of what was read, and putting it in its place |

mod container;
mod restore;
mod sealed;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use commons_proto::id::Author;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::home::{Home, HomeError};
use crate::store::{Store, StoreError};

pub use age::secrecy::SecretString;
use container::is_database_file;
pub use container::read;
pub use restore::{Checked, check, key_obstacle, obstacle, put, put_key};
pub use sealed::{Opened, Sealed, generate_passphrase};

/// The version of what is in the tar. A newer one is refused.
pub const FORMAT: u32 = 1;

/// Why a backup was not written, read or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file is something else.
    #[error("it is not a backup of a commons")]
    Other,
    /// It is encrypted for a key, not with a passphrase, or in an armour of letters.
    #[error("it was not encrypted with a passphrase by commons")]
    NotByPassphrase,
    /// The passphrase is another one.
    #[error("the passphrase is not the one that it was encrypted with")]
    WrongPassphrase,
    /// Its passphrase would take too much work to check.
    #[error("checking its passphrase would take more than a gigabyte of memory (2^{0})")]
    TooMuchWork(u8),
    /// It breaks off, or was changed.
    #[error("it is damaged, or was not copied to its end: {0}")]
    Damaged(String),
    /// A newer commons made it.
    #[error("it has format {found}, and this program knows formats up to {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
    /// What is to be restored is there already.
    #[error("{} is in the way", .0.display())]
    Taken(PathBuf),
    /// The home has another author key than the backup.
    #[error("this home has the author key of {here:.8}, and the backup that of {there:.8}")]
    AnotherKey {
        /// Whose key is in the home.
        here: String,
        /// Whose key is in the backup.
        there: String,
    },
    /// There is nothing to back up.
    #[error("there is no database at {}", .0.display())]
    Nothing(PathBuf),
    /// There is no author key to back up.
    #[error("there is no author key at {}", .0.display())]
    NoKey(PathBuf),
    /// A database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The home directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A file could not be read or written.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system says.
        source: io::Error,
    },
}

/// What a backup says of itself: the file `about.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the program that made it.
    pub version: String,
    /// When it was made: seconds since 1970 UTC.
    pub made: u64,
    /// Whose secret key is in it, as a `did:key`.
    pub author: Option<String>,
    /// The databases in it.
    pub databases: Vec<Database>,
}

/// A database in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// The name of the file, here and in the home.
    pub file: String,
    /// The name of the commons, if it is known.
    pub commons: Option<String>,
    /// How many entries a list shows.
    pub entries: u64,
    /// How many contributions there are.
    pub contributions: u64,
    /// How many bytes the file has.
    pub bytes: u64,
}

impl Contents {
    /// Whose key is in it.
    pub fn author(&self) -> Option<Author> {
        self.author.as_deref().and_then(Author::from_did)
    }
}

/// What is backed up.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The commons with this name; none for all that are in the home.
    pub commons: Option<&'a str>,
    /// Whether the secret author key goes with it.
    pub with_key: bool,
    /// The moment, in seconds since 1970 UTC.
    pub now: u64,
}

/// Writes a backup of what is wanted of this home, encrypted if there is a passphrase. A running
/// node goes on meanwhile: each database is copied as of one moment, within the home, and from
/// there to `out`.
pub fn write(
    home: &Home,
    wanted: Wanted<'_>,
    passphrase: Option<SecretString>,
    out: impl Write,
) -> Result<Contents, BackupError> {
    let scratch = scratch(home)?;
    let key = if wanted.with_key { Some(key_of(home)?) } else { None };
    let mut contents = Contents {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made: wanted.now,
        author: key.as_ref().map(|(author, _)| author.did()),
        databases: Vec::new(),
    };
    for (path, commons) in databases(home, wanted.commons)? {
        contents.databases.push(copy(&path, commons, scratch.path())?);
    }
    let key = key.map(|(_, bytes)| bytes);
    let packed =
        |out: &mut dyn Write| container::write(&contents, key.as_deref(), scratch.path(), out);
    let written = match passphrase {
        Some(passphrase) => sealed::seal(passphrase, out, packed),
        None => {
            let mut out = out;
            packed(&mut out).and_then(|()| out.flush())
        }
    };
    written.map_err(io_error("write the backup"))?;
    Ok(contents)
}

/// A directory for copies that only the owner may look into, in the home, where the originals are;
/// or, if nothing can be written there, where the system has such.
pub fn scratch(home: &Home) -> Result<TempDir, BackupError> {
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix(SCRATCH);
        builder
    };
    let made = builder().tempdir_in(home.directory()).or_else(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => builder().tempdir(),
        _ => Err(error),
    });
    made.map_err(io_error("make a directory for copies"))
}

/// The databases to back up, with the names of their commons where they are known.
fn databases(
    home: &Home,
    commons: Option<&str>,
) -> Result<Vec<(PathBuf, Option<String>)>, BackupError> {
    if let Some(name) = commons {
        let path = home.database(name);
        return match path.exists() {
            true => Ok(vec![(path, Some(name.to_owned()))]),
            false => Err(BackupError::Nothing(path)),
        };
    }
    let found = fs::read_dir(home.directory()).map_err(io_error("read the home directory"))?;
    let names = found.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<String> = names.filter(|name| is_database_file(name)).collect();
    files.sort();
    if files.is_empty() {
        return Err(BackupError::Nothing(home.directory().join("*.sqlite")));
    }
    let named = |file: String| {
        // A plain name is that of its file; of others the file tells only a part.
        let stem = file.trim_end_matches(".sqlite");
        let commons = (!stem.contains('.')).then(|| stem.to_owned());
        (home.directory().join(&file), commons)
    };
    Ok(files.into_iter().map(named).collect())
}

/// Copies a database, and counts what is in the copy.
fn copy(path: &Path, commons: Option<String>, scratch: &Path) -> Result<Database, BackupError> {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = file.filter(|name| is_database_file(name)).ok_or(BackupError::Other)?;
    let copy = scratch.join(&file);
    Store::open_read_only(path)?.copy_into(&copy)?;
    let counts = Store::open_read_only(&copy)?.counts()?;
    let bytes = fs::metadata(&copy).map_err(io_error("read a copy"))?.len();
    let (entries, contributions) = (counts.entries, counts.contributions);
    Ok(Database { file, commons, entries, contributions, bytes })
}

/// Whose the author key is, and the bytes of its file.
fn key_of(home: &Home) -> Result<(Author, Vec<u8>), BackupError> {
    let file = home.author_key_file();
    let key = home.existing_author_key()?.ok_or_else(|| BackupError::NoKey(file.clone()))?;
    let bytes = fs::read(&file).map_err(io_error("read the author key"))?;
    Ok((key.author(), bytes))
}

/// Makes sure that what was written to this file, and its name, outlast a power cut.
pub fn sync(path: &Path) -> Result<(), BackupError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(io_error(&format!("write {} to the disk", path.display())))
}

fn io_error(doing: &str) -> impl FnOnce(io::Error) -> BackupError {
    let doing = doing.to_owned();
    move |source| BackupError::Io { doing, source }
}

/// What the names of directories for copies begin with.
pub(crate) const SCRATCH: &str = "copies-";

#[cfg(test)]
mod tests;
