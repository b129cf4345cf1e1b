//! Getting rid of the leavings of erased words. SQLite overwrites what it deletes, but when it
//! moves rows between pages, copies stay behind in the pages' gaps, and the search keeps deleted
//! words until it merges its parts; only writing everything anew is sure to leave none. That costs
//! a second or two per 100 MB, so it is not done for every erasure of a stranger at once.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::accept;
use super::error::Try;
use super::view::WordWriter;
use super::{Result, Source, Store};

/// How long to wait between two scrubs for what peers erase.
const INTERVAL: Duration = Duration::from_secs(60);

impl Store {
    /// Rewrites the file without the leavings of erased words, if there are any and the last time
    /// was long enough ago. A running node calls this now and then; [`Store::accept`] does for
    /// what is written here. True if it did something.
    pub fn scrub(&mut self) -> Result<bool> {
        let rested = self.last_scrub.is_none_or(|last| last.elapsed() >= INTERVAL);
        if !rested || self.read(|connection| Ok(noted(connection)?))?.is_none() {
            return Ok(false);
        }
        self.scrub_now()?;
        Ok(true)
    }

    /// Words were dropped. Those of a person here go at once; if that fails, for example as the
    /// disk is too full for a second copy, it is tried again later.
    pub(super) fn words_gone(&mut self, source: Source) {
        let done = match source {
            Source::Here => self.scrub_now(),
            Source::Peer => self.scrub().map(|_| ()),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "erased words may still be in the free parts of the database");
        }
    }

    fn scrub_now(&mut self) -> Result<()> {
        self.last_scrub = Some(Instant::now());
        rewrite(&self.connection).map_err(|fault| self.fault(fault))
    }
}

/// Notes in the transaction that drops words that the file is to be scrubbed.
pub(super) fn remember(connection: &Connection, seq: u64) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('scrub', ?1)", [seq]).map(|_| ())
}

fn noted(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    connection
        .query_row("SELECT value FROM meta WHERE key = 'scrub'", [], |row| row.get(0))
        .optional()
}

/// Makes the search anew from what entries show. Its own `optimize` does not do: once the search had
/// more than one level of parts, it keeps the marks of words that were deleted, words and all.
fn fill_search(connection: &Connection) -> Try<()> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch("INSERT INTO search (search) VALUES ('delete-all')")?;
    let numbers: Vec<u64> = {
        let mut statement = transaction.prepare("SELECT number FROM entry ORDER BY number")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    let mut words = WordWriter::new(&transaction)?;
    for number in numbers {
        if let Some(shown) = accept::shown(&transaction, number)? {
            words.write(number, None, &shown)?;
        }
    }
    drop(words);
    Ok(transaction.commit()?)
}

/// Writes everything anew. A reader of an old snapshot may keep the write-ahead log from being
/// emptied; then the note stays, and this is done once more.
fn rewrite(connection: &Connection) -> Try<()> {
    let Some(noted) = noted(connection)? else { return Ok(()) };
    fill_search(connection)?;
    connection.execute_batch("VACUUM")?;
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if !busy {
        // What was erased in the meantime has noted another position.
        connection.execute("DELETE FROM meta WHERE key = 'scrub' AND value = ?1", [noted])?;
    }
    Ok(())
}
