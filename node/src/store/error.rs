//! What can go wrong with a store, told apart so that a person can be told what to do about it.

use std::path::{Path, PathBuf};

use commons_proto::id::ContributionId;
use rusqlite::ErrorCode;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no database yet.
    #[error("there is no database at {}", .0.display())]
    Missing(PathBuf),
    /// Another process holds the database for longer than [`super::BUSY_TIMEOUT`].
    #[error("another process is using the database {}", .0.display())]
    Locked(PathBuf),
    /// No room on the disk, or over a quota. Nothing was written.
    #[error("the disk is full: {}", .0.display())]
    Full(PathBuf),
    /// The file or its directory may not be written.
    #[error("the database {} may not be written", .0.display())]
    ReadOnly(PathBuf),
    /// The file or its directory may not be opened.
    #[error("the database {} cannot be opened: {reason}", .path.display())]
    CannotOpen {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is no database, or its pages contradict each other.
    #[error("the database {} is damaged: {reason}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What contradicts what.
        reason: String,
    },
    /// A row of the log is not what its hashes say.
    #[error("the contribution {id} in the database {} is damaged: {reason}", .path.display())]
    DamagedRow {
        /// Which file.
        path: PathBuf,
        /// Which contribution.
        id: ContributionId,
        /// What contradicts what.
        reason: String,
    },
    /// This program fails to put an entry together: a fault of its own, and none of the file's.
    #[error("this program fails to put an entry of the database {} together: {reason}", .path.display())]
    Unshown {
        /// Which file.
        path: PathBuf,
        /// What the panic said.
        reason: String,
    },
    /// A newer commons wrote the file.
    #[error("the database {} has format {found}, and this program knows formats up to {known}", .path.display())]
    NewerFormat {
        /// Which file.
        path: PathBuf,
        /// The file's format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// The file belongs to a commons with another name or passphrase.
    #[error("the database {} belongs to another commons", .0.display())]
    AnotherCommons(PathBuf),
    /// Anything else that SQLite says, such as an input or output error.
    #[error("the database {} fails", .path.display())]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

/// What work inside the store gives.
pub(crate) type Try<T> = Result<T, Fault>;

/// What goes wrong inside, where the path is not at hand.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("the contribution {id} is damaged: {reason}")]
    Row { id: ContributionId, reason: String },
    #[error("{0}")]
    View(String),
    #[error("an entry cannot be put together: {0}")]
    Unshown(String),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl StoreError {
    /// Tells apart what happened to the file at this path.
    pub(super) fn new(path: &Path, fault: Fault) -> Self {
        let path = path.to_owned();
        let error = match fault {
            Fault::Row { id, reason } => return Self::DamagedRow { path, id, reason },
            Fault::View(reason) => return Self::Damaged { path, reason },
            Fault::Unshown(reason) => return Self::Unshown { path, reason },
            Fault::Io(error) => return Self::CannotOpen { path, reason: error.to_string() },
            Fault::Sqlite(error) => error,
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked(path),
            Some(ErrorCode::DiskFull) => Self::Full(path),
            // The file that the connections of a database share could not be made longer.
            Some(ErrorCode::SystemIoFailure) if extended(&error) == SHARED_FILE_SIZE => {
                Self::Full(path)
            }
            Some(ErrorCode::ReadOnly) => Self::ReadOnly(path),
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::CannotOpen { path, reason: error.to_string() }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, reason: error.to_string() }
            }
            _ => Self::Sqlite { path, source: error },
        }
    }
}

fn extended(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => Some(failure.extended_code),
        _ => None,
    }
}

const SHARED_FILE_SIZE: Option<i32> = Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
