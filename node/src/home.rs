//! The home directory: where a person's keys, their databases and the traces of a running node
//! are, with which modes. What is in the databases is [`crate::store`]'s affair.
//!
//! | file | mode | what |
//! |---|---|---|
//! | `author.key` | 0600 | the secret author key: whoever has it writes in that name |
//! | `author.key.old-…` | 0600 | one that was there before another took its place |
//! | `node.key` | 0600 | the node's libp2p identity |
//! | `api.token` | 0600 | what a script says to be let in to the API of the board |
//! | `NAME.sqlite` | 0600 | the database of the commons NAME |
//! | `guests.pem` | 0600 | the certificate of the board's door for guests |
//! | `node.lock` | 0600 | locked by a running node, holds its process id |
//! | `node.sock` | 0600 | where commands talk to a running node |
//! | `copies-…` | 0700 | copies while a backup is made or restored |

mod api_token;
pub(crate) mod key_file;
mod lock;
mod other_key;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use commons_proto::author::AuthorKey;
use commons_proto::commons::NameError;
use commons_proto::id::CommonsId;
use libp2p::identity::Keypair;
use sha2::{Digest, Sha256};

use crate::store::{Store, StoreError};

pub use api_token::ApiToken;
pub use lock::NodeLock;
pub use other_key::{author_key_in, keep_author_key};

/// The variable that names the home directory.
pub const HOME_VARIABLE: &str = "COMMONS_HOME";

/// Why the home directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Neither [`HOME_VARIABLE`] nor the user's own home directory is known.
    #[error("no home directory is known: set {HOME_VARIABLE}")]
    Unknown,
    /// There is a database but no author key to write with.
    #[error("the author key {} is missing", .0.display())]
    KeyMissing(PathBuf),
    /// Others may read or write a key file.
    #[error("the key file {} may be read or written by others (mode {mode:03o})", .path.display())]
    KeyUnsafe {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A key file holds something else, or is something else.
    #[error("the key file {} holds no key", .0.display())]
    KeyDamaged(PathBuf),
    /// A key file cannot be read.
    #[error("the key file {} cannot be read", .path.display())]
    KeyUnreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no room for the path of a file in it.
    #[error(
        "the path of the home directory is too long: it has {0} bytes, and at most {PATH_BYTES} fit"
    )]
    TooLong(usize),
    /// Anybody may put files into the home directory, or in place of those that are there.
    #[error("the home directory {} may be written by everybody (mode {mode:03o})", .path.display())]
    Unsafe {
        /// Which directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A node runs on this home.
    #[error("a node already runs on {}{}", .home.display(), .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Running {
        /// Which home.
        home: PathBuf,
        /// The node's process, if it has said so already.
        pid: Option<u32>,
    },
    /// The name cannot be that of a commons.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file or directory could not be read, made or written.
    #[error("cannot {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The name of the file with the node's own identity.
pub const NODE_KEY: &str = "node.key";

/// The name of the file with the token of the local API.
pub const API_TOKEN: &str = "api.token";

/// A home directory.
#[derive(Debug, Clone)]
pub struct Home {
    directory: PathBuf,
}

impl Home {
    /// The directory that is used when none is named: `$COMMONS_HOME`, else `commons` in the
    /// place where the system keeps a user's data.
    pub fn default_directory() -> Result<PathBuf, HomeError> {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        if let Some(home) = variable(HOME_VARIABLE) {
            return Ok(home.into());
        }
        let user = variable("HOME").map(PathBuf::from);
        if cfg!(target_os = "macos") {
            let user = user.ok_or(HomeError::Unknown)?;
            return Ok(user.join("Library/Application Support/commons"));
        }
        if let Some(data) = variable("XDG_DATA_HOME").map(PathBuf::from)
            && data.is_absolute()
        {
            return Ok(data.join("commons"));
        }
        Ok(user.ok_or(HomeError::Unknown)?.join(".local/share/commons"))
    }

    /// The home in this directory, which is made (mode 0700) if it is not there. One in which
    /// everybody may write is refused.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, HomeError> {
        let directory = directory.into();
        let length = directory.as_os_str().len();
        if length > PATH_BYTES {
            return Err(HomeError::TooLong(length));
        }
        if !directory.is_dir() {
            make_directory(&directory).map_err(io_error("make", &directory))?;
        }
        check_mode(&directory)?;
        Ok(Self { directory })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Eight digits that tell this home from another on the same machine.
    pub fn digits(&self) -> String {
        digits(self.directory.as_os_str().as_encoded_bytes())
    }

    /// Where the author key is.
    pub fn author_key_file(&self) -> PathBuf {
        self.directory.join("author.key")
    }

    /// The author key. It is made at first use; but where a database is without a key, a key was
    /// lost, and nothing is made in its place.
    pub fn author_key(&self) -> Result<AuthorKey, HomeError> {
        let file = self.author_key_file();
        if let Some(secret) = key_file::read(&file)? {
            return Ok(AuthorKey::from_secret(&secret));
        }
        if self.has_database()? {
            // Unless another process has made both since we looked for the key.
            let made = key_file::read(&file)?.ok_or(HomeError::KeyMissing(file))?;
            return Ok(AuthorKey::from_secret(&made));
        }
        key_file::make(&file, AUTHOR_KEY_COMMENT).map(|secret| AuthorKey::from_secret(&secret))
    }

    /// The author key, if there is one.
    pub fn existing_author_key(&self) -> Result<Option<AuthorKey>, HomeError> {
        let secret = key_file::read(&self.author_key_file())?;
        Ok(secret.map(|secret| AuthorKey::from_secret(&secret)))
    }

    /// The node's own identity, made at first use and whenever it is gone: nothing depends on it.
    pub fn node_key(&self) -> Result<Keypair, HomeError> {
        let file = self.directory.join(NODE_KEY);
        let mut secret = match key_file::read(&file)? {
            Some(secret) => secret,
            None => key_file::make(&file, NODE_KEY_COMMENT)?,
        };
        Keypair::ed25519_from_bytes(&mut secret).map_err(|_| HomeError::KeyDamaged(file))
    }

    /// The node's own identity, if there is one.
    pub(crate) fn existing_node_key(&self) -> Result<Option<Keypair>, HomeError> {
        let file = self.directory.join(NODE_KEY);
        let Some(mut secret) = key_file::read(&file)? else { return Ok(None) };
        let key = Keypair::ed25519_from_bytes(&mut secret);
        key.map(Some).map_err(|_| HomeError::KeyDamaged(file))
    }

    /// Where the database of the commons with this name is.
    pub fn database(&self, commons: &str) -> PathBuf {
        self.directory.join(format!("{}.sqlite", slug(commons)))
    }

    /// Where commands talk to a running node.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("node.sock")
    }

    /// Opens the store of the commons with this name; makes the author key and the database first
    /// if this is the first use. Whose a database is stands in it, and a passphrase is not needed
    /// any more; one that is given all the same must be the right one.
    pub fn open_store(&self, name: &str, passphrase: Option<&str>) -> Result<Store, HomeError> {
        let path = self.database(name);
        let alone = self.running().is_none();
        match Store::open_existing(&path, alone) {
            Ok(store) => match passphrase {
                Some(_) if CommonsId::derive(name, passphrase)? != store.commons() => {
                    Err(StoreError::AnotherCommons(path).into())
                }
                _ => Ok(store),
            },
            Err(StoreError::Missing(_)) => {
                let commons = CommonsId::derive(name, passphrase)?;
                if !path.exists() {
                    self.author_key()?;
                }
                Ok(Store::open(&path, &commons)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Marks this home as that of a running node, which this process is, until the lock is
    /// dropped.
    pub fn lock(&self) -> Result<NodeLock, HomeError> {
        NodeLock::take(&self.directory)
    }

    /// The process id of the node that runs on this home, if one does.
    pub fn running(&self) -> Option<u32> {
        lock::holder(&self.directory)
    }

    fn has_database(&self) -> Result<bool, HomeError> {
        Ok(!self.databases()?.is_empty())
    }

    fn databases(&self) -> Result<Vec<PathBuf>, HomeError> {
        let entries = fs::read_dir(&self.directory).map_err(io_error("read", &self.directory))?;
        let paths = entries.flatten().map(|entry| entry.path());
        Ok(paths.filter(|path| path.extension().is_some_and(|end| end == "sqlite")).collect())
    }
}

/// Bytes of the path of a home at most. SQLite takes paths of 512 bytes, and the names of a database
/// and its companions have up to 100.
const PATH_BYTES: usize = 400;

const AUTHOR_KEY_COMMENT: &str = "The secret author key of a commons. Whoever has this file writes \
                                  in your name: keep a copy, and give it to nobody.";

const NODE_KEY_COMMENT: &str = "The identity of this machine's commons node. It may be deleted.";

/// The name of a commons as that of a file: what it is called if that is plain, else what of it is
/// plain and a few digits that tell names apart.
fn slug(name: &str) -> String {
    let name = name.trim();
    let plain: String = name
        .chars()
        .map(|letter| letter.to_ascii_lowercase())
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .collect();
    if plain == name {
        return plain;
    }
    format!("{plain}.{}", digits(name.as_bytes()))
}

/// A few digits that tell names apart.
fn digits(name: &[u8]) -> String {
    Sha256::digest(name).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn check_mode(directory: &Path) -> Result<(), HomeError> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(directory).map_err(io_error("read", directory))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o002 == 0 {
        Ok(())
    } else {
        Err(HomeError::Unsafe { path: directory.to_owned(), mode })
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), HomeError> {
    Ok(())
}

#[cfg(unix)]
fn make_directory(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

#[cfg(not(unix))]
fn make_directory(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io { doing, path, source }
}

#[cfg(test)]
mod tests;
