//! The tables, and how a file is opened: its mode, its format, whose it is.
//!
//! `contribution` is the log, the truth. `author`, `erasure`, `entry`, `tag`, `contributor`,
//! `reference`, `value`, `source`, `moment`, `unshown` and `search` are derived from it. `damaged` notes rows of
//! the log to be fetched again; `muted`, `followed`, `peer` and `meta` are this node's own. Entries and authors have small
//! numbers here (an entry that of its genesis in the log), so that the many rows about them stay
//! small; ids and keys are in one place each.
//!
//! The tables here are those of format 1. A new file is made in it, and brought up to today's as an
//! old one is: in `migrate.rs`.

mod migrate;

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use commons_proto::id::CommonsId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use super::error::{Fault, Try};
use super::{BUSY_TIMEOUT, Result, StoreError};

/// The file's format, in SQLite's `user_version`. A file of a newer one is refused.
pub(super) const FORMAT: i64 = 3;

/// The format of [`TABLES`], with which every file begins.
const FIRST_FORMAT: i64 = 1;

/// `commo` in SQLite's `application_id`: tells our files from others.
const APPLICATION: i64 = 0x636f_6d6d;

/// Makes the file with mode 0600 if there is none. SQLite gives its companions the same mode.
pub(super) fn make_file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::Full(path.to_owned())
            }
            io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(path.to_owned()),
            _ => StoreError::CannotOpen { path: path.to_owned(), reason: error.to_string() },
        }),
    }
}

/// A connection for reading and writing to a file with our tables in it. Where there are none they
/// are made for this commons, if one is given.
pub(super) fn connect(path: &Path, commons: Option<&CommonsId>) -> Result<Connection> {
    let fault = |fault: Fault| StoreError::new(path, fault);
    let (mut connection, format) = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if format == 0 {
        let commons = commons.ok_or_else(|| StoreError::Missing(path.to_owned()))?;
        make_tables(&mut connection, commons).map_err(fault)?;
    }
    configure(&connection).map_err(fault)?;
    if format < FORMAT {
        migrate::bring_up(&mut connection).map_err(fault)?;
    }
    Ok(connection)
}

/// A connection for reading only. A file of an older format is left as it is.
pub(super) fn connect_read_only(path: &Path) -> Result<Connection> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let (connection, format) = match open(path, read_only) {
        // Somebody was interrupted while the tables were made. Whoever may write takes that back
        // by looking.
        Err(StoreError::ReadOnly(_)) => {
            open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            open(path, read_only)?
        }
        opened => opened?,
    };
    if format == 0 {
        return Err(StoreError::Missing(path.to_owned()));
    }
    configure(&connection).map_err(|fault| StoreError::new(path, fault))?;
    migrate::stand_in(&connection, format).map_err(|fault| StoreError::new(path, fault))?;
    Ok(connection)
}

/// Makes ready a file that came from elsewhere: nothing in it runs by itself, and it has the
/// write-ahead log that a copy lacks.
pub(super) fn adopt(path: &Path) -> Result<()> {
    let fault = |error: rusqlite::Error| StoreError::new(path, error.into());
    let (connection, _) = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(fault)?;
    let strange: Option<String> =
        connection.query_row(STRANGE, [], |row| row.get(0)).optional().map_err(fault)?;
    if let Some(name) = strange {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            reason: format!("it has “{name}” in it, which no database of a commons has"),
        });
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(fault)
}

/// The id that is noted in the file.
pub(super) fn commons_of(connection: &Connection, path: &Path) -> Result<CommonsId> {
    let held: Option<[u8; 32]> = connection
        .query_row("SELECT value FROM meta WHERE key = 'commons'", [], |row| row.get(0))
        .optional()
        .map_err(|error| StoreError::new(path, error.into()))?;
    held.map(CommonsId).ok_or_else(|| StoreError::Damaged {
        path: path.to_owned(),
        reason: "it does not say which commons it belongs to".to_owned(),
    })
}

/// Opens an existing file, and tells its format.
fn open(path: &Path, flags: OpenFlags) -> Result<(Connection, i64)> {
    if !path.exists() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let connection = open_at(path, path, flags)?;
    match format(&connection, path) {
        // On a medium that cannot be written there is no room for the companions that SQLite
        // wants. If there are none, nobody writes the file, and it can be read without them.
        Err(StoreError::CannotOpen { .. }) if !companion(path, "-wal").exists() => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = open_at(path, &immutable(path), flags)?;
            let format = format(&connection, path)?;
            Ok((connection, format))
        }
        format => Ok((connection, format?)),
    }
}

fn open_at(path: &Path, at: &Path, flags: OpenFlags) -> Result<Connection> {
    let fault = |error: rusqlite::Error| StoreError::new(path, error.into());
    // A connection is used by one thread at a time, so SQLite needs no mutex.
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(at, flags).map_err(fault)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fault)?;
    Ok(connection)
}

/// Whether a program that wrote this file ended without carrying its write-ahead log over.
pub(super) fn has_log(path: &Path) -> bool {
    companion(path, "-wal").metadata().is_ok_and(|log| log.len() > 0)
}

/// Bytes of the file and of its write-ahead log.
pub(super) fn sizes(path: &Path) -> [u64; 2] {
    [path.to_owned(), companion(path, "-wal")]
        .map(|path| path.metadata().map_or(0, |file| file.len()))
}

/// The path of a companion of the database file.
fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// SQLite's name for a file that nobody writes.
pub(super) fn immutable(path: &Path) -> PathBuf {
    let mut name = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                name.push(char::from(*byte));
            }
            other => name.push_str(&format!("%{other:02X}")),
        }
    }
    name.push_str("?immutable=1");
    name.into()
}

/// The format of the file: 0 if there is nothing in it yet.
fn format(connection: &Connection, path: &Path) -> Result<i64> {
    // All of one state: another process may be making the tables.
    let state =
        connection.unchecked_transaction().map_err(|error| StoreError::new(path, error.into()))?;
    let pragma = |name: &str| {
        state
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
            .map_err(|error| StoreError::new(path, error.into()))
    };
    let found = pragma("user_version")?;
    if found > FORMAT {
        return Err(StoreError::NewerFormat { path: path.to_owned(), found, known: FORMAT });
    }
    let application = pragma("application_id")?;
    let nothing = found == 0 && application == 0 && pragma("schema_version")? == 0;
    if application != APPLICATION && !nothing {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            reason: "it is not a database of a commons".to_owned(),
        });
    }
    Ok(found)
}

fn make_tables(connection: &mut Connection, commons: &CommonsId) -> Try<()> {
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    write_ahead(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    // Another process may have been quicker.
    if version == 0 {
        transaction.execute_batch(TABLES)?;
        make_search(&transaction)?;
        transaction.execute("INSERT INTO meta VALUES ('commons', ?1)", [commons.as_bytes()])?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", FIRST_FORMAT)?;
    }
    Ok(transaction.commit()?)
}

/// Has the file written by way of a write-ahead log. For the moment in which another process does the
/// same SQLite does not wait as it does elsewhere, so this does.
fn write_ahead(connection: &Connection) -> Try<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(AGAIN);
            }
            done => return Ok(done?),
        }
    }
}

/// Makes the table of the full-text search.
pub(super) fn make_search(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(SEARCH)
}

fn configure(connection: &Connection) -> Try<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement is planned once, not again for each value that is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = OFF;
         PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA journal_size_limit = {JOURNAL_BYTES};"
    ))?;
    Ok(())
}

/// Something in a file that runs by itself when a row is written or read: none of ours does.
const STRANGE: &str = "
SELECT name FROM sqlite_schema WHERE type IN ('trigger', 'view')
    OR (type = 'table' AND rootpage = 0 AND name <> 'search') LIMIT 1
";

/// Bytes of a page. Measured with batches of 1,000 up to 100,000 entries: of 4, 8 and 16 KiB each is
/// a tenth quicker than the one before, and writes more for a single contribution.
const PAGE_BYTES: u32 = 8192;

/// How long to wait before the write-ahead log is asked for again: about as long as making it takes.
const AGAIN: Duration = Duration::from_millis(5);

/// KiB of pages that a connection keeps in memory: the inner pages of every index of 100,000
/// entries and what a batch touches, well within what a node may use.
const CACHE_KIB: u32 = 16 * 1024;

/// Pages in the write-ahead log before it is carried over to the file: 32 MiB, which is more than
/// ten batches. Measured: with SQLite's 1,000, the pages of indexes are carried over again and
/// again.
const CHECKPOINT_PAGES: u32 = 4096;

/// Bytes to which the write-ahead log is cut after it has been carried over: what it grows to
/// anyway, so that it is not made anew each time.
const JOURNAL_BYTES: u32 = CHECKPOINT_PAGES * PAGE_BYTES;

/// How many prepared statements are kept: more than this crate has.
const STATEMENTS: usize = 64;

const TABLES: &str = "
CREATE TABLE contribution (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    entry INTEGER NOT NULL,
    author INTEGER NOT NULL,
    source INTEGER NOT NULL,
    received INTEGER NOT NULL,
    header BLOB NOT NULL,
    signature BLOB NOT NULL,
    payload BLOB
) STRICT;
CREATE INDEX later ON contribution (entry) WHERE entry <> seq;
CREATE INDEX written_here ON contribution (seq) WHERE source = 0;

CREATE TABLE author (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE erasure (
    target BLOB NOT NULL,
    author INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (target, author, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    open INTEGER NOT NULL,
    author INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    versions INTEGER NOT NULL,
    authors INTEGER NOT NULL,
    conflicts INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    title TEXT NOT NULL,
    tags TEXT,
    licence TEXT,
    heads BLOB,
    state BLOB
) STRICT;
CREATE INDEX listing ON entry (kind, changed DESC, id) WHERE hidden = 0;
CREATE INDEX person ON entry (author) WHERE kind = 'person';

CREATE TABLE tag (
    tag TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (tag, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE contributor (
    author INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (author, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE reference (
    target BLOB NOT NULL,
    entry INTEGER NOT NULL,
    how TEXT NOT NULL,
    PRIMARY KEY (target, entry, how)
) STRICT, WITHOUT ROWID;

CREATE TABLE damaged (
    id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE peer (
    peer TEXT NOT NULL,
    address TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (peer, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Nothing but the words and their places is kept, as the texts are in the log. Deleted words stay
/// until parts of the index are merged; `scrub.rs` sees to those that were erased, which is cheaper
/// than FTS5's `secure-delete` at each edit (measured: 0.5 ms against 2 ms). Merging 16 parts at a
/// time in the place of 4 saves a sixth of the time of a batch.
const SEARCH: &str = "
CREATE VIRTUAL TABLE search USING fts5 (
    title, text, tags,
    content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('automerge', 16);
";
