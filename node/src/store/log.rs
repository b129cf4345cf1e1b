//! Reading the log: for whoever reacts to it, for the tree of ids, for peers, and for the rest of
//! the store.

use std::collections::BTreeSet;

use commons_proto::author::SIGNATURE_BYTES;
use commons_proto::contribution::{Record, encode_contribution};
use commons_proto::edit::Shape;
use commons_proto::entry::{State, Step};
use commons_proto::erasure;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::contain;
use super::error::{Fault, Try};
use super::mute::MUTED;
use super::order::InOrder;
use super::summary::sql_limit;
use super::view::{EntryRow, kind_of};
use super::{Result, Store};

/// Where a contribution came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was written here.
    Here,
    /// A peer sent it, or a file that somebody else wrote.
    Peer,
}

/// A contribution in the log, with what is needed to tell a person of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogItem {
    /// Its position: greater than that of everything accepted before it.
    pub seq: u64,
    /// Its id.
    pub id: ContributionId,
    /// The entry that it belongs to.
    pub entry: EntryId,
    /// What kind of entry that is.
    pub kind: Kind,
    /// What the entry is called now.
    pub title: String,
    /// Who made the contribution.
    pub author: Author,
    /// Where it came from.
    pub source: Source,
    /// When it came, in seconds since 1970 UTC.
    pub received: u64,
    /// Whether its author or its entry is muted here.
    pub muted: bool,
}

impl LogItem {
    /// Whether the entry began with it.
    pub fn begins(&self) -> bool {
        self.id == self.entry.into()
    }
}

/// What peers are sent.
#[derive(Debug, Clone, Default)]
pub struct Served {
    /// What can be sent.
    pub rows: Vec<ServedRow>,
    /// What was asked for, or must come before, and is not what its hashes say.
    pub damaged: Vec<ContributionId>,
}

/// A contribution to be sent.
#[derive(Debug, Clone)]
pub struct ServedRow {
    /// Its position in the log.
    pub seq: u64,
    /// Its id.
    pub id: ContributionId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Source {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Here => 0,
            Self::Peer => 1,
        }
    }

    pub(super) fn from_number(number: u8) -> Self {
        if number == 0 { Self::Here } else { Self::Peer }
    }
}

impl Store {
    /// What came after this position, at most so many, in the order of the log.
    pub fn tail(&self, after: u64, limit: usize) -> Result<Vec<LogItem>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT c.seq, c.id, e.id, e.kind, e.open, e.title, b.key, c.source, c.received, \
                 {MUTED} OR {AUTHOR_MUTED} \
                 FROM contribution c JOIN entry e ON e.number = c.entry \
                 JOIN author a ON a.number = e.author JOIN author b ON b.number = c.author \
                 WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2",
            ))?;
            let mut rows = statement.query(params![after, sql_limit(limit)])?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(LogItem {
                    seq: row.get(0)?,
                    id: ContributionId(row.get(1)?),
                    entry: EntryId(row.get(2)?),
                    kind: kind_of(&row.get::<_, String>(3)?, row.get(4)?)?,
                    title: row.get(5)?,
                    author: Author(row.get(6)?),
                    source: Source::from_number(row.get(7)?),
                    received: row.get(8)?,
                    muted: row.get(9)?,
                });
            }
            Ok(items)
        })
    }

    /// The position before the first contribution that came at or after this time, in seconds since
    /// 1970 UTC.
    pub fn before(&self, received: u64) -> Result<u64> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT min(seq) FROM contribution WHERE received >= ?1")?;
            let received = i64::try_from(received).unwrap_or(i64::MAX);
            let first: Option<u64> = statement.query_row([received], |row| row.get(0))?;
            first.map_or_else(|| Ok(last(connection)?), |first| Ok(first - 1))
        })
    }

    /// The last position of the log, 0 if it is empty.
    pub fn last(&self) -> Result<u64> {
        self.read(|connection| Ok(last(connection)?))
    }

    /// Everything in the log, as id and position, in the order of the ids; but not what
    /// [`Store::verify`] found damaged, so that it is fetched again.
    pub fn ids(&self) -> Result<Vec<(ContributionId, u64)>> {
        self.read(|connection| {
            let damaged = damaged(connection)?;
            let mut statement =
                connection.prepare_cached("SELECT id, seq FROM contribution ORDER BY id")?;
            let rows =
                statement.query_map([], |row| Ok((ContributionId(row.get(0)?), row.get(1)?)))?;
            let mut ids: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
            if !damaged.is_empty() {
                ids.retain(|(id, _)| !damaged.contains(id));
            }
            Ok(ids)
        })
    }

    /// Ids, positions and sources of what came after this position, in the order of the log.
    /// Cheaper than [`Store::tail`].
    pub fn ids_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(ContributionId, u64, Source)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, seq, source FROM contribution WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = statement.query_map(params![after, sql_limit(limit)], |row| {
                let source = Source::from_number(row.get(2)?);
                Ok((ContributionId(row.get(0)?), row.get(1)?, source))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Where those of these are that are in the log.
    pub fn positions(&self, ids: &[ContributionId]) -> Result<Vec<(ContributionId, u64)>> {
        self.read(|connection| {
            let mut positions = Vec::with_capacity(ids.len());
            for id in ids {
                positions.extend(position(connection, id)?.map(|seq| (*id, seq)));
            }
            Ok(positions)
        })
    }

    /// Whether this contribution is in the log.
    pub fn holds(&self, id: &ContributionId) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM contribution WHERE id = ?1")?
                .exists([id.0])?)
        })
    }

    /// The encoded contributions, for peers: in the order of the log, and before all whose words
    /// were taken back the erasures that did it, asked for or not. Unknown ids are left out, and
    /// so is what is damaged here.
    pub fn contributions(&self, ids: &[ContributionId]) -> Result<Vec<Vec<u8>>> {
        Ok(self.serve(ids)?.rows.into_iter().map(|row| row.bytes).collect())
    }

    /// As [`Store::contributions`], and tells what is damaged, as far as hashes show it.
    pub fn serve(&self, ids: &[ContributionId]) -> Result<Served> {
        self.read(|connection| serve(connection, ids))
    }

    /// As [`Store::serve`], for ids that are known to be in the log. If some do not show, this was
    /// opened while the disk could not be written, shows what was there then, and is opened anew.
    pub fn serve_anew(&mut self, ids: &[ContributionId]) -> Result<Served> {
        let served = self.serve(ids);
        let shows_all = |served: &Served| {
            let rows = served.rows.iter().map(|row| row.id);
            let shown: BTreeSet<ContributionId> = rows.chain(served.damaged.clone()).collect();
            ids.iter().all(|id| shown.contains(id))
        };
        if served.as_ref().is_ok_and(shows_all) {
            return served;
        }
        *self = Self::open_read_only(self.path())?;
        self.serve(ids)
    }

    /// A contribution to compute with.
    pub fn record(&self, id: &ContributionId) -> Result<Option<Record>> {
        self.read(|connection| record(connection, id))
    }
}

/// A contribution of an entry's history.
pub(super) struct Kept {
    pub seq: u64,
    pub source: Source,
    pub received: u64,
    pub record: Record,
    /// What is left of it, if it was taken back.
    pub shape: Option<Shape>,
}

impl Kept {
    pub(super) fn step(&self) -> Step<'_> {
        Step { record: &self.record, shape: self.shape.as_ref() }
    }
}

impl InOrder for Kept {
    fn id(&self) -> ContributionId {
        self.record.id
    }

    fn time(&self) -> u64 {
        self.record.header.time
    }

    fn parents(&self) -> &[ContributionId] {
        &self.record.header.parents
    }
}

/// The contributions of the entry with this number in the order of the log, which is causal; a
/// fault in the place of each damaged one.
pub(super) fn history(connection: &Connection, entry: u64, kind: &Kind) -> Try<Vec<Try<Kept>>> {
    let mut kept = Vec::new();
    for condition in ["seq = ?1", "entry = ?1 AND entry <> seq"] {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT seq, source, received, author, id, header, payload FROM contribution \
             WHERE {condition} ORDER BY seq"
        ))?;
        let mut rows = statement.query([entry])?;
        while let Some(row) = rows.next()? {
            kept.push(keep(connection, row, kind));
        }
    }
    Ok(kept)
}

fn keep(connection: &Connection, row: &Row, kind: &Kind) -> Try<Kept> {
    let record = read_record(row, 4)?;
    let shape = match row.get_ref(6)? {
        rusqlite::types::ValueRef::Null => shape(connection, &record, kind, row.get(3)?)?,
        _ => None,
    };
    let source = Source::from_number(row.get(1)?);
    Ok(Kept { seq: row.get(0)?, source, received: row.get(2)?, record, shape })
}

/// The state of an entry, from what is kept of it or, where nothing is, from its genesis.
pub(super) fn state(connection: &Connection, row: &EntryRow, kept: Option<&[u8]>) -> Try<State> {
    if let Some(bytes) = kept {
        return State::decode(bytes).map_err(|error| Fault::View(error.to_string()));
    }
    let genesis = record(connection, &row.id.into())?
        .ok_or_else(|| Fault::View(format!("the entry {} has no genesis", row.id)))?;
    let mut state = State::default();
    contain::fold(&mut state, &row.genesis.kind, Step { record: &genesis, shape: None })?;
    Ok(state)
}

/// What is left of a contribution by the author with this number, if it was taken back.
pub(super) fn shape(
    connection: &Connection,
    target: &Record,
    kind: &Kind,
    author: u64,
) -> Try<Option<Shape>> {
    let Some(first) = first_erasure(connection, &target.id, author)? else { return Ok(None) };
    let erasure = record(connection, &first)?;
    Ok(erasure::effective(target, kind, erasure.iter()))
}

/// The erasure with the smallest id by this author that names this contribution.
pub(super) fn first_erasure(
    connection: &Connection,
    target: &ContributionId,
    author: u64,
) -> rusqlite::Result<Option<ContributionId>> {
    connection
        .prepare_cached(
            "SELECT id FROM erasure WHERE target = ?1 AND author = ?2 ORDER BY id LIMIT 1",
        )?
        .query_row(params![target.0, author], |row| row.get(0).map(ContributionId))
        .optional()
}

/// What is noted as damaged.
pub(super) fn damaged(connection: &Connection) -> rusqlite::Result<BTreeSet<ContributionId>> {
    let mut statement = connection.prepare_cached("SELECT id FROM damaged")?;
    statement.query_map([], |row| row.get(0).map(ContributionId))?.collect()
}

/// Whether the author of a contribution, in row `b`, is muted.
const AUTHOR_MUTED: &str = "EXISTS (SELECT 1 FROM muted WHERE what = 'author' AND id = b.key)";

pub(super) fn last(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM contribution")?
        .query_row([], |row| row.get(0))
}

/// Where a contribution is in the log.
pub(super) fn position(
    connection: &Connection,
    id: &ContributionId,
) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT seq FROM contribution WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()
}

/// The number of an entry; `None` also for a contribution that began none.
pub(super) fn entry_number(connection: &Connection, id: &EntryId) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT seq FROM contribution WHERE id = ?1 AND entry = seq")?
        .query_row([id.0], |row| row.get(0))
        .optional()
}

pub(super) fn author_number(
    connection: &Connection,
    key: &Author,
) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT number FROM author WHERE key = ?1")?
        .query_row([key.0], |row| row.get(0))
        .optional()
}

pub(super) fn record(connection: &Connection, id: &ContributionId) -> Try<Option<Record>> {
    let mut statement =
        connection.prepare_cached("SELECT id, header, payload FROM contribution WHERE id = ?1")?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(|row| read_record(row, 0)).transpose()
}

/// Reads id, header and payload from the columns that begin here.
pub(super) fn read_record(row: &Row, column: usize) -> Try<Record> {
    let id = ContributionId(row.get(column)?);
    let header = row.get_ref(column + 1)?.as_blob().map_err(rusqlite::Error::from)?;
    let payload = row.get_ref(column + 2)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    match Record::from_log(header, payload) {
        Ok(record) if record.id == id => Ok(record),
        Ok(_) => Err(Fault::Row { id, reason: "the header is another one".to_owned() }),
        Err(refusal) => Err(Fault::Row { id, reason: refusal.to_string() }),
    }
}

fn serve(connection: &Connection, ids: &[ContributionId]) -> Try<Served> {
    let mut find = connection
        .prepare_cached("SELECT seq, author, payload IS NULL FROM contribution WHERE id = ?1")?;
    let mut served = Served::default();
    let mut first = BTreeSet::new();
    let mut then = BTreeSet::new();
    for id in ids {
        let found = find
            .query_row([id.0], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, row.get::<_, bool>(2)?))
            })
            .optional()?;
        let Some((seq, author, erased)) = found else { continue };
        if erased {
            let Some(erasure) = first_erasure(connection, id, author)? else {
                // Its words are gone, and nobody took them back.
                served.damaged.push(*id);
                continue;
            };
            let seq = find.query_row([erasure.0], |row| row.get::<_, u64>(0)).optional()?;
            first.extend(seq);
        }
        then.insert(seq);
    }
    let mut read = connection
        .prepare_cached("SELECT id, header, signature, payload FROM contribution WHERE seq = ?1")?;
    for seq in first.iter().chain(then.difference(&first)) {
        let (id, bytes) = read.query_row([seq], |row| {
            let id: [u8; 32] = row.get(0)?;
            let header = row.get_ref(1)?.as_blob()?;
            let payload = row.get_ref(3)?.as_blob_or_null()?;
            // A signature that has lost its length is none.
            let signature = row.get::<_, [u8; SIGNATURE_BYTES]>(2).ok();
            let sound = signature.filter(|_| is_sound(&id, header, payload));
            let bytes = sound.map(|signature| encode_contribution(header, &signature, payload));
            Ok((ContributionId(id), bytes))
        })?;
        match bytes {
            Some(bytes) => served.rows.push(ServedRow { seq: *seq, id, bytes }),
            None => served.damaged.push(id),
        }
    }
    Ok(served)
}

/// Whether the hashes fit, as far as that can be told without decoding: those who are sent
/// something else would blame us.
fn is_sound(id: &[u8; 32], header: &[u8], payload: Option<&[u8]>) -> bool {
    let named = |hash: &[u8]| header.windows(hash.len()).any(|part| part == hash);
    *id == <[u8; 32]>::from(Sha256::digest(header))
        && payload.is_none_or(|payload| named(Sha256::digest(payload).as_slice()))
}
