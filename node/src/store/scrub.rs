//! Getting rid of the leavings of erased words. SQLite overwrites what it deletes, but when it
//! moves rows between pages, copies stay behind in the pages' gaps, and the search keeps deleted
//! words until it merges its parts; only writing everything anew is sure to leave none. That costs
//! a second or two per 100 MB, so it is not done for every erasure of a stranger at once.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension};

use super::error::Try;
use super::{Result, Source, Store};

/// How long to wait between two scrubs for what peers erase.
const INTERVAL: Duration = Duration::from_secs(60);

/// Whether there is something to scrub, and when it was last done.
#[derive(Debug)]
pub(super) struct Scrubbing {
    pending: bool,
    last: Option<Instant>,
}

impl Scrubbing {
    pub(super) fn new(pending: bool) -> Self {
        Self { pending, last: None }
    }
}

impl Store {
    /// Rewrites the file without the leavings of erased words, if there are any and the last time
    /// was long enough ago. A running node calls this now and then; [`Store::accept`] does for
    /// what is written here. True if it did something.
    pub fn scrub(&mut self) -> Result<bool> {
        let rested = self.scrubbing.last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if !self.scrubbing.pending || !rested {
            return Ok(false);
        }
        self.scrub_now()?;
        Ok(true)
    }

    /// Words were dropped. Those of a person here go at once; if that fails, for example as the
    /// disk is too full for a second copy, it is tried again later.
    pub(super) fn words_gone(&mut self, source: Source) {
        self.scrubbing.pending = true;
        let done = match source {
            Source::Here => self.scrub_now(),
            Source::Peer => self.scrub().map(|_| ()),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "erased words may still be in the free parts of the database");
        }
    }

    fn scrub_now(&mut self) -> Result<()> {
        self.scrubbing.last = Some(Instant::now());
        let done = rewrite(&self.connection).map_err(|fault| self.fault(fault))?;
        self.scrubbing.pending = !done;
        Ok(())
    }
}

/// Notes in the transaction that drops words that the file is to be scrubbed.
pub(super) fn remember(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('scrub', ?1)", [seq]).map(|_| ())
}

/// Whether a transaction has noted that the file is to be scrubbed.
pub(super) fn pending(connection: &Connection) -> rusqlite::Result<bool> {
    noted(connection).map(|noted| noted.is_some())
}

fn noted(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    connection
        .query_row("SELECT value FROM meta WHERE key = 'scrub'", [], |row| row.get(0))
        .optional()
}

/// False if a reader of an old snapshot kept the write-ahead log from being emptied.
fn rewrite(connection: &Connection) -> Try<bool> {
    let Some(noted) = noted(connection)? else { return Ok(true) };
    connection.execute_batch("INSERT INTO search (search) VALUES ('optimize'); VACUUM")?;
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !busy {
        // What was erased in the meantime has noted another position.
        connection.execute("DELETE FROM meta WHERE key = 'scrub' AND value = ?1", [noted])?;
    }
    Ok(!busy)
}
