//! From one format of the file to the next. A file is brought up when it is opened for writing, all
//! the way in one transaction, so an upgrade that is cut short has not begun. One that is opened for
//! reading is left as it is: tables that it lacks are stood in for by empty ones in memory.

use rusqlite::{Connection, TransactionBehavior};

use super::FORMAT;
use crate::store::error::Try;
use crate::store::log;
use crate::store::rebuild::rebuild;

/// What turns a file of one format into one of the next: the first is from 1 to 2.
///
/// 2: entries and authors that are muted here; when each author was first seen here; entries that
/// this program failed to put together; and the list's index tells who began an entry, so that what
/// is muted is passed over without a look at its row.
///
/// 3: values by which entries are found; where they were imported from; each contribution by its time;
/// references by URL; what is followed here. The derived ones are filled from the log after the last step.
const STEPS: [&str; 2] = [
    "
CREATE TABLE muted (
    what TEXT NOT NULL,
    id BLOB NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (what, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE unshown (
    entry INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
) STRICT;

ALTER TABLE author ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE author SET seen = first.received
    FROM (SELECT author, min(received) AS received FROM contribution GROUP BY author) AS first
    WHERE first.author = author.number;

DROP INDEX listing;
CREATE INDEX listing ON entry (kind, changed DESC, id, author) WHERE hidden = 0;
",
    "
CREATE TABLE value (
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (field, value, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE source (
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    id BLOB NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (kind, source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_of ON source (entry);

CREATE TABLE moment (
    time INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (time, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE followed (
    what TEXT NOT NULL,
    target BLOB NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (what, target)
) STRICT, WITHOUT ROWID;
",
];

/// What a reader of a file of one format needs to find that only the next one has.
const STAND_INS: [&str; 2] = [
    "CREATE TEMP TABLE muted (what TEXT, id BLOB, since INTEGER);
     CREATE TEMP TABLE unshown (entry INTEGER PRIMARY KEY, reason TEXT);",
    "CREATE TEMP TABLE value (field TEXT, value TEXT, entry INTEGER);
     CREATE TEMP TABLE source (kind TEXT, source TEXT, id BLOB, entry INTEGER);
     CREATE TEMP TABLE moment (time INTEGER, seq INTEGER);
     CREATE TEMP TABLE followed (what TEXT, target BLOB, since INTEGER);",
];

/// Brings the tables up to today's format.
pub(super) fn bring_up(connection: &mut Connection) -> Try<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    let format: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for step in STEPS.iter().skip(steps_done(format)) {
        transaction.execute_batch(step)?;
    }
    if format < FORMAT {
        // A new file has nothing to fill them from.
        if log::last(&transaction)? > 0 {
            rebuild(&transaction)?;
        }
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    Ok(transaction.commit()?)
}

/// Gives a reader of an older file what its format lacks.
pub(super) fn stand_in(connection: &Connection, format: i64) -> Try<()> {
    if format < FORMAT {
        connection.execute_batch("PRAGMA temp_store = MEMORY")?;
    }
    for lacking in STAND_INS.iter().skip(steps_done(format)) {
        connection.execute_batch(lacking)?;
    }
    Ok(())
}

/// How many of the steps a file of this format has behind it.
fn steps_done(format: i64) -> usize {
    usize::try_from(format).unwrap_or(0).saturating_sub(1)
}
