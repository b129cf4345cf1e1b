//! The store: one SQLite file per commons. The signed contributions, in the order in which they
//! were accepted, are the truth (the *log*); everything else in the file is derived from them in
//! the same transaction (the *view*) and can be made again at any time.
//!
//! [`Store::accept`] is the one door in and [`Store::tail`] the one way out. Several processes use
//! one file at once: a running node and any number of commands.
//!
//! | module | what lives there |
//! |---|---|
//! | `schema` | the tables, and how a file is opened |
//! | `accept` | the door: policy, log, erasure, view, search, in one transaction |
//! | `view` | the rows that an entry's state makes, and how they are kept up |
//! | `log` | reading the log: for whoever reacts, for the tree of ids, for peers |
//! | `query` | what people ask: lists, entries, histories |
//! | `resolve` | short ids, both ways |
//! | `check` | verification of every row, and making the view again |
//! | `book` | what a node remembers of its peers |

mod accept;
mod book;
mod check;
mod error;
mod log;
mod query;
mod resolve;

use std::path::{Path, PathBuf};
use std::time::Duration;

use commons_proto::id::CommonsId;
use rusqlite::Connection;

pub use book::KnownPeer;
pub use check::{Damaged, VerifyReport};
pub use commons_proto::replica::Outcome;
pub use error::StoreError;
pub use log::{LogItem, Source};
pub use query::{Counts, EntryView, Filter, Reference, Summary, Version};
pub use resolve::{Among, Candidate, Resolution};

/// How long a call waits for another process's transaction before it gives up: many times the
/// longest batch, short enough for a person.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a call on the store gives.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A connection to the database of one commons. It can be sent to another thread; each thread that
/// reads at the same time opens its own.
pub struct Store {
    connection: Connection,
    path: PathBuf,
    commons: CommonsId,
}

impl Store {
    /// Opens the database of this commons for reading and writing, and makes it (mode 0600) if
    /// there is none.
    pub fn open(path: &Path, commons: &CommonsId) -> Result<Self> {
        unimplemented!()
    }

    /// Opens an existing database for reading.
    pub fn open_read_only(path: &Path) -> Result<Self> {
        unimplemented!()
    }

    /// Which commons the database at this path belongs to; `None` if there is no database.
    pub fn commons_of(path: &Path) -> Result<Option<CommonsId>> {
        unimplemented!()
    }

    /// Which commons this is.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether another connection, of this or another process, has committed since this was last
    /// asked. Costs a microsecond or two.
    pub fn changed_elsewhere(&mut self) -> Result<bool> {
        unimplemented!()
    }
}
