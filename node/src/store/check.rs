//! Verification of every row of the log. Making the view again is in `rebuild.rs`.

use std::collections::BTreeSet;

use commons_proto::author::SIGNATURE_BYTES;
use commons_proto::contribution::encode_contribution;
use commons_proto::id::ContributionId;
use commons_proto::wire::Unchecked;
use rayon::prelude::*;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row, params};

use super::error::Try;
use super::log;
use super::rebuild::rebuild;
use super::{Result, Store, StoreError};
use crate::verify::Verifier;

/// What [`Store::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many contributions were checked.
    pub checked: u64,
    /// Those that are not what their hashes and signatures say.
    pub damaged: Vec<Damaged>,
    /// What SQLite's own check of the file found, a line each.
    pub file: Vec<String>,
    /// Whether the view was made again.
    pub rebuilt: bool,
    /// How many derived rows were missing, too many or different before.
    pub changed: u64,
    /// How many entries this program cannot put together. Their contributions are sound.
    pub unshown: u64,
    /// Whether the database may not be written, so that nothing could be put right.
    pub read_only: bool,
}

/// A damaged contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Its position in the log.
    pub seq: u64,
    /// Its id, as the row says.
    pub id: ContributionId,
    /// What is wrong.
    pub reason: String,
}

/// Contributions that are read and checked at a time: a few MB.
const CHUNK: usize = 4096;

/// How many lines SQLite's own check of the file may give.
const FILE_LINES: usize = 20;

impl Store {
    /// Checks the file, every header, payload and signature on all cores, and the view against the
    /// log; makes the view again where they differ. What is damaged is asked of peers again. On a
    /// medium that cannot be written a copy is checked, and nothing is put right.
    /// `progress` hears how many of how many are checked.
    pub fn verify(&mut self, mut progress: impl FnMut(u64, u64)) -> Result<VerifyReport> {
        let verifier = Verifier::new(self.commons);
        let mut report = VerifyReport { file: self.read(check_file)?, ..VerifyReport::default() };
        if !report.file.is_empty() {
            self.reindex();
        }
        let total = self.last()?;
        let mut after = 0;
        loop {
            let rows = self.read(|connection| read_rows(connection, after))?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            report.checked += rows.len() as u64;
            report.damaged.par_extend(rows.into_par_iter().filter_map(|row| row.check(&verifier)));
            progress(report.checked, total.max(report.checked));
        }
        let damaged = std::mem::take(&mut report.damaged);
        let repair = self.transaction(|transaction| {
            let (changed, damaged, news) = check_view(&transaction, damaged.clone())?;
            // What is right is not written again.
            if changed > 0 || news {
                transaction.commit()?
            } else {
                transaction.rollback()?
            }
            Ok((changed, damaged))
        });
        (report.changed, report.damaged) = match repair {
            Err(StoreError::ReadOnly(_)) => {
                report.read_only = true;
                self.check_copy(damaged)?
            }
            repaired => repaired?,
        };
        report.rebuilt = report.changed > 0 && !report.read_only;
        report.unshown = self.counts()?.damaged;
        report.damaged.sort_by_key(|damaged| damaged.seq);
        Ok(report)
    }

    /// Notes that these rows were found damaged, so that they count as not held.
    pub fn note_damaged(&mut self, ids: &[ContributionId]) -> Result<()> {
        self.write(|connection| {
            let mut note =
                connection.prepare_cached("INSERT OR IGNORE INTO damaged VALUES (?1)")?;
            for id in ids {
                note.execute([id.0])?;
            }
            Ok(())
        })
    }

    /// What is noted as damaged.
    pub fn damaged(&self) -> Result<BTreeSet<ContributionId>> {
        self.read(|connection| Ok(log::damaged(connection)?))
    }

    /// Checks the view in a copy, where this database may not be written.
    fn check_copy(&self, damaged: Vec<Damaged>) -> Result<(u64, Vec<Damaged>)> {
        let run = || {
            let directory = tempfile::tempdir()?;
            let path = directory.path().join("copy.sqlite");
            self.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
            let copy = Connection::open(path)?;
            copy.pragma_update(None, "synchronous", "OFF")?;
            let (changed, damaged, _) = check_view(&copy, damaged)?;
            Ok((changed, damaged))
        };
        run().map_err(|fault| self.fault(fault))
    }

    /// Whether the file agrees with itself, as one does that was only ever written by SQLite.
    /// Reads all of it: a second per 100 MB. If it does not, nothing is carried over from the
    /// write-ahead log, so that both are left as they were found.
    pub(super) fn examine(&self) -> Result<()> {
        let on_close = |keep| {
            let option = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            self.connection.set_db_config(option, keep).map_err(|error| self.fault(error.into()))
        };
        on_close(true)?;
        if let Some(reason) = self.read(contradiction)? {
            return Err(StoreError::Damaged { path: self.path.clone(), reason });
        }
        on_close(false).map(|_| ())
    }

    /// Makes the indexes again, by which rows are found: one that is damaged hides them. Where that
    /// cannot be, everything stays as it is.
    fn reindex(&mut self) {
        if let Err(error) = self.write(|connection| Ok(connection.execute_batch("REINDEX")?)) {
            tracing::warn!(%error, "the indexes cannot be made again");
        }
    }

    /// Makes everything derived again from the log. Gives how many rows were different before.
    pub fn rebuild(&mut self) -> Result<u64> {
        self.write(rebuild)
    }
}

/// Makes the view again and tells how many of its rows were wrong; and what of the log is damaged,
/// with what only the whole log shows, and whether that differs from what was noted.
fn check_view(
    connection: &Connection,
    mut damaged: Vec<Damaged>,
) -> Try<(u64, Vec<Damaged>, bool)> {
    let changed = rebuild(connection)?;
    damaged.extend(lost_words(connection)?);
    let news = note_damaged(connection, &damaged)?;
    Ok((changed, damaged, news))
}

/// A row of the log as it is, right or wrong.
pub(super) struct RawRow {
    seq: u64,
    id: Vec<u8>,
    header: Vec<u8>,
    signature: Vec<u8>,
    payload: Option<Vec<u8>>,
}

impl RawRow {
    /// The row of a query for `seq, id, header, signature, payload`.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            header: row.get(2)?,
            signature: row.get(3)?,
            payload: row.get(4)?,
        })
    }

    /// What is wrong with it, if something is.
    pub(super) fn check(&self, verifier: &Verifier) -> Option<Damaged> {
        let reason = self.verify(verifier).err()?;
        let mut id = [0; 32];
        for (byte, held) in id.iter_mut().zip(&self.id) {
            *byte = *held;
        }
        Some(Damaged { seq: self.seq, id: ContributionId(id), reason })
    }

    fn verify(&self, verifier: &Verifier) -> std::result::Result<(), String> {
        let signature: &[u8; SIGNATURE_BYTES] =
            self.signature.as_slice().try_into().map_err(|_| "it has no whole signature")?;
        let bytes = encode_contribution(&self.header, signature, self.payload.as_deref());
        let contribution = Unchecked::new(bytes).map_err(|refusal| refusal.to_string())?;
        if contribution.id().0.as_slice() != self.id {
            return Err("the header is another one".to_owned());
        }
        verifier.check_one(&contribution).map(|_| ()).map_err(|(_, refusal)| refusal.to_string())
    }
}

fn read_rows(connection: &Connection, after: u64) -> Try<Vec<RawRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id, header, signature, payload FROM contribution \
         WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, CHUNK], RawRow::read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Notes what is damaged, so that it counts as not held and peers are asked for it. True if that
/// differs from what was noted before.
fn note_damaged(connection: &Connection, damaged: &[Damaged]) -> Try<bool> {
    let before = log::damaged(connection)?;
    let now: BTreeSet<ContributionId> = damaged.iter().map(|row| row.id).collect();
    connection.execute("DELETE FROM damaged", [])?;
    for id in &now {
        connection.execute("INSERT INTO damaged VALUES (?1)", [id.0])?;
    }
    Ok(before != now)
}

/// What SQLite says of the file.
fn check_file(connection: &Connection) -> Try<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FILE_LINES})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut lines: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    lines.retain(|line| line != "ok");
    Ok(lines)
}

/// What in the file contradicts what.
fn contradiction(connection: &Connection) -> Try<Option<String>> {
    if let Some(line) = check_file(connection)?.into_iter().next() {
        return Ok(Some(line));
    }
    for (sql, reason) in CONTRADICTIONS {
        if connection.query_row(sql, [], |row| row.get(0))? {
            return Ok(Some(reason.to_owned()));
        }
    }
    Ok(None)
}

/// What is never so where a transaction is whole: nothing is taken out of the log, and an entry is
/// shown exactly where its first contribution is in the log and not damaged.
const CONTRADICTIONS: [(&str, &str); 3] = [
    (
        "SELECT count(*) <> coalesce(max(seq), 0) FROM contribution NOT INDEXED",
        "a part of the log is missing",
    ),
    (
        "SELECT EXISTS (SELECT 1 FROM entry e WHERE NOT EXISTS \
         (SELECT 1 FROM contribution c WHERE c.seq = e.number AND c.id = e.id))",
        "it shows an entry that is not in the log",
    ),
    (
        "SELECT NOT EXISTS (SELECT 1 FROM damaged) AND EXISTS (SELECT 1 FROM contribution c \
         WHERE c.seq = c.entry AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.number = c.seq))",
        "it does not show an entry that is in the log",
    ),
];

/// Contributions whose words are gone though no erasure says so.
fn lost_words(connection: &Connection) -> Try<Vec<Damaged>> {
    let mut statement = connection.prepare(
        "SELECT seq, id FROM contribution c WHERE payload IS NULL AND NOT EXISTS \
         (SELECT 1 FROM erasure e WHERE e.target = c.id AND e.author = c.author)",
    )?;
    let rows = statement.query_map([], |row| {
        let reason = "its words are gone, and no erasure says so".to_owned();
        Ok(Damaged { seq: row.get(0)?, id: ContributionId(row.get(1)?), reason })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
