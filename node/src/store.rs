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
//! | `contain` | putting entries together, with panics contained |
//! | `view` | the rows that an entry's state makes, and how they are kept up |
//! | `log` | reading the log: for whoever reacts, for the tree of ids, for peers |
//! | `order` | the order in which an entry's history is told |
//! | `query`, `summary` | what people ask: lists, entries, histories |
//! | `count` | how many fit, what is said of an entry, which statuses there are |
//! | `filter` | which entries are wanted, as a part of a query |
//! | `search` | entries by their words, the best first |
//! | `follow` | what a person follows on this node alone |
//! | `conflict` | what fields hold that several people set at once |
//! | `tag` | the tags that are used, and which stand together |
//! | `people` | who contributed, and to how much of each kind |
//! | `span` | what happened in a span of time, for the digest |
//! | `sources` | whether something that is imported is here already |
//! | `mute` | what is hidden from lists on this node alone |
//! | `resolve` | short ids, both ways |
//! | `check` | verification of every row |
//! | `health` | a quick look for whoever asks what is wrong |
//! | `rebuild` | making the view again from the log |
//! | `carry` | what a bundle holds, in an order that is the same everywhere |
//! | `scrub` | getting rid of the leavings of erased words |
//! | `book` | what a node remembers of its peers |

mod accept;
mod book;
mod carry;
mod check;
mod conflict;
mod contain;
mod count;
mod error;
mod filter;
mod follow;
mod health;
mod log;
mod mute;
mod order;
mod people;
mod query;
mod rebuild;
mod resolve;
mod schema;
mod scrub;
mod search;
mod sources;
mod span;
mod summary;
mod tag;
mod view;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use commons_proto::id::CommonsId;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use error::Fault;

pub use book::KnownPeer;
pub use check::{Damaged, VerifyReport};
pub use commons_proto::replica::Outcome;
pub use conflict::Held;
pub use count::{COUNTED, Fitting, Reactions};
pub use error::StoreError;
pub(crate) use error::Try;
pub use filter::{Filter, Without, Words};
pub use follow::Followed;
pub use health::{Claim, Health};
pub use log::{LogItem, Served, ServedRow, Source};
pub use mute::{Muted, Muting, Newcomer, Target};
pub use people::{Contributor, Contributors};
pub use query::{Counts, EntryView, Reference, Summary, Version};
pub(crate) use resolve::Shortener;
pub use resolve::{Among, Candidate, Resolution};
pub use search::Found;
pub(crate) use span::{Look, Seen, Touched};
pub use tag::{TAGS, TagCount, TagView, Tags};

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
    /// Whether it was opened for writing.
    writes: bool,
    /// When erased words were last scrubbed through this connection.
    last_scrub: Option<Instant>,
    /// SQLite's `data_version` when [`Store::changed_elsewhere`] last looked.
    data_version: i64,
}

impl Store {
    /// Opens the database of this commons for reading and writing, and makes it (mode 0600) if
    /// there is none.
    pub fn open(path: &Path, commons: &CommonsId) -> Result<Self> {
        schema::make_file(path)?;
        let connection = schema::connect(path, Some(commons))?;
        if schema::commons_of(&connection, path)? != *commons {
            return Err(StoreError::AnotherCommons(path.to_owned()));
        }
        let mut store = Self::new(connection, path, *commons)?;
        store.writes = true;
        Ok(store)
    }

    /// As [`Store::open`], where no other program is known to use the file. If one left a
    /// write-ahead log behind, the file is examined first: where an older file was put in its
    /// place, SQLite lays the newer pages over it, and takes what comes of that for a database.
    pub fn open_alone(path: &Path, commons: &CommonsId) -> Result<Self> {
        let left_behind = schema::has_log(path);
        let store = Self::open(path, commons)?;
        if left_behind {
            store.examine()?;
        }
        Ok(store)
    }

    /// Opens an existing database for reading and writing, whichever commons it belongs to; if
    /// alone, as [`Store::open_alone`].
    pub fn open_existing(path: &Path, alone: bool) -> Result<Self> {
        let left_behind = alone && schema::has_log(path);
        let connection = schema::connect(path, None)?;
        let commons = schema::commons_of(&connection, path)?;
        let store = Self::new(connection, path, commons)?;
        if left_behind {
            store.examine()?;
        }
        Ok(store)
    }

    /// Opens an existing database for reading.
    pub fn open_read_only(path: &Path) -> Result<Self> {
        let connection = schema::connect_read_only(path)?;
        let commons = schema::commons_of(&connection, path)?;
        Self::new(connection, path, commons)
    }

    /// Opens a database for writing that came from elsewhere, as from a backup, where no other
    /// program uses it. One with anything in it that runs by itself is refused.
    pub fn adopt(path: &Path) -> Result<Self> {
        schema::adopt(path)?;
        Self::open_existing(path, false)
    }

    /// Copies the database as of this moment into a new file, compact, while others go on writing.
    pub fn copy_into(&self, path: &Path) -> Result<()> {
        let copied = self.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]);
        copied.map(drop).map_err(|error| self.fault(error.into()))
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
        let now = data_version(&self.connection).map_err(|fault| self.fault(fault))?;
        Ok(std::mem::replace(&mut self.data_version, now) != now)
    }

    fn new(connection: Connection, path: &Path, commons: CommonsId) -> Result<Self> {
        let fault = |fault: Fault| StoreError::new(path, fault);
        let data_version = data_version(&connection).map_err(fault)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
            commons,
            writes: false,
            last_scrub: None,
            data_version,
        })
    }

    /// Reads: all of this work sees one state of the database.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Try<T>) -> Result<T> {
        let run = || work(&*self.connection.unchecked_transaction()?);
        run().map_err(|fault| self.fault(fault))
    }

    /// Does all of this work or, if it fails, none.
    fn write<T>(&mut self, work: impl FnOnce(&Connection) -> Try<T>) -> Result<T> {
        self.transaction(|transaction| {
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    /// Gives the work a transaction that may write. It is for the work to commit it.
    fn transaction<T>(&mut self, work: impl FnOnce(Transaction) -> Try<T>) -> Result<T> {
        self.regain();
        let path = &self.path;
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        begun.map_err(Fault::from).and_then(work).map_err(|fault| StoreError::new(path, fault))
    }

    /// Opens the file anew if it could only be opened for reading, as while its disk is mounted so.
    fn regain(&mut self) {
        if !self.writes || !is_read_only(&self.connection) {
            return;
        }
        // If it fails, so will the write, and it says why.
        if let Ok(connection) = schema::connect(&self.path, None)
            && !is_read_only(&connection)
        {
            self.connection = connection;
        }
    }

    fn fault(&self, fault: Fault) -> StoreError {
        StoreError::new(&self.path, fault)
    }
}

fn is_read_only(connection: &Connection) -> bool {
    connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(false)
}

fn data_version(connection: &Connection) -> Try<i64> {
    Ok(connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
}

#[cfg(test)]
mod tests;
