//! Short ids, both ways: the shortest unique prefix of an id, and the id that a prefix means.

use commons_proto::id::{ContributionId, EntryId, IdPrefix, SHORT_CHARS, shared_chars};
use commons_proto::kind::Kind;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::Try;
use super::mute::MUTED;
use super::view::kind_of;
use super::{Result, Store};

/// What an id may be that of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Entries.
    Entries,
    /// All contributions, an entry's first one among them.
    Contributions,
}

/// What a prefix means here.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// This one.
    One(ContributionId),
    /// Nothing; these ids begin most like it.
    None {
        /// A few candidates, perhaps none.
        near: Vec<Candidate>,
    },
    /// One of these, or of more: the list is bounded.
    Many(Vec<Candidate>),
}

/// What somebody may have meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub id: ContributionId,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// The entry that it belongs to.
    pub entry: EntryId,
    /// What kind of entry that is.
    pub kind: Kind,
    /// What the entry is called.
    pub title: String,
    /// Whether it, or who began it, is muted here.
    pub muted: bool,
}

/// How many candidates are told: enough for one screen.
const CANDIDATES: usize = 20;

/// How many leading characters an id must share with what was typed to be told as near.
const NEAR_CHARS: usize = 2;

impl Store {
    /// What a prefix means among entries or contributions.
    pub fn resolve(&self, prefix: &IdPrefix, among: Among) -> Result<Resolution> {
        self.read(|connection| {
            let (low, high) = prefix.range();
            let found = range(connection, "id BETWEEN ?1 AND ?2", "ASC", (low, high), among)?;
            match found.as_slice() {
                [] => Ok(Resolution::None { near: near(connection, prefix, among)? }),
                [one] => Ok(Resolution::One(*one)),
                _ => Ok(Resolution::Many(candidates(connection, &found)?)),
            }
        })
    }

    /// The shortest prefix of this id that no other contribution here has, of at least
    /// [`SHORT_CHARS`] characters.
    pub fn short(&self, id: &ContributionId) -> Result<String> {
        self.read(|connection| Ok(short(connection, &id.0)?))
    }
}

/// The shortest prefix of an id that no other contribution here has.
pub(super) fn short(connection: &Connection, id: &[u8; 32]) -> rusqlite::Result<String> {
    let mut shared = 0;
    for neighbour in [
        "SELECT id FROM contribution WHERE id < ?1 ORDER BY id DESC LIMIT 1",
        "SELECT id FROM contribution WHERE id > ?1 ORDER BY id LIMIT 1",
    ] {
        let other: Option<[u8; 32]> =
            connection.prepare_cached(neighbour)?.query_row([id], |row| row.get(0)).optional()?;
        shared = shared.max(other.map_or(0, |other| shared_chars(id, &other)));
    }
    Ok(shortened(id, shared))
}

/// An id that shares at most so many leading characters with any other, shortened.
pub(super) fn shortened(id: &[u8; 32], shared: usize) -> String {
    let mut shown = EntryId(*id).to_string();
    shown.truncate(SHORT_CHARS.max(shared + 1));
    shown
}

/// Shortens ids as [`short`] does; quicker where there are many.
pub(crate) struct Shortener<'c> {
    connection: &'c Connection,
    /// Every id, sorted, if that is quicker.
    ids: Vec<ContributionId>,
}

impl<'c> Shortener<'c> {
    /// For about so many ids.
    pub(super) fn new(connection: &'c Connection, about: usize) -> rusqlite::Result<Self> {
        let mut ids = Vec::new();
        if about >= MANY {
            let mut all = connection.prepare_cached("SELECT id FROM contribution ORDER BY id")?;
            let rows = all.query_map([], |row| row.get(0).map(ContributionId))?;
            ids = rows.collect::<rusqlite::Result<_>>()?;
        }
        Ok(Self { connection, ids })
    }

    /// The shortest prefix of this id that no other contribution here has.
    pub(crate) fn short(&self, id: &[u8; 32]) -> Try<String> {
        Ok(match self.ids.binary_search(&ContributionId(*id)) {
            Ok(place) => shortened(id, self.shared(place)),
            Err(_) => short(self.connection, id)?,
        })
    }

    /// How many leading characters the id at this place shares with its neighbours.
    fn shared(&self, place: usize) -> usize {
        let with = |other: Option<&ContributionId>| {
            other.map_or(0, |other| shared_chars(&self.ids[place].0, &other.0))
        };
        let before = place.checked_sub(1).and_then(|before| self.ids.get(before));
        with(before).max(with(self.ids.get(place + 1)))
    }
}

/// From how many ids on it is quicker to read all at once than to ask the index for the neighbours of
/// each.
const MANY: usize = 2000;

/// The first ids in a range, at most one more than are told.
fn range(
    connection: &Connection,
    condition: &str,
    order: &str,
    (low, high): (&[u8; 32], &[u8; 32]),
    among: Among,
) -> Try<Vec<ContributionId>> {
    let entries = match among {
        Among::Entries => "AND seq = entry",
        Among::Contributions => "",
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id FROM contribution WHERE {condition} {entries} ORDER BY id {order} LIMIT ?3"
    ))?;
    let rows = statement
        .query_map(params![low, high, CANDIDATES], |row| row.get(0).map(ContributionId))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The ids on both sides of where the prefix would be that share most of it.
fn near(connection: &Connection, prefix: &IdPrefix, among: Among) -> Try<Vec<Candidate>> {
    let bounds = prefix.range();
    let mut ids = range(connection, "id < ?1 AND ?2 = ?2", "DESC", bounds, among)?;
    ids.extend(range(connection, "id > ?2 AND ?1 = ?1", "ASC", bounds, among)?);
    let shared = |id: &ContributionId| {
        let typed = prefix.as_str().bytes();
        id.to_string().bytes().zip(typed).take_while(|(one, other)| one == other).count()
    };
    let most = ids.iter().map(shared).max().unwrap_or(0);
    if most < NEAR_CHARS {
        return Ok(Vec::new());
    }
    ids.retain(|id| shared(id) == most);
    candidates(connection, &ids)
}

fn candidates(connection: &Connection, ids: &[ContributionId]) -> Try<Vec<Candidate>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT e.id, e.kind, e.open, e.title, {MUTED} FROM contribution c \
         JOIN entry e ON e.number = c.entry JOIN author a ON a.number = e.author WHERE c.id = ?1",
    ))?;
    let mut candidates = Vec::new();
    for id in ids {
        let mut rows = statement.query([id.0])?;
        let Some(row) = rows.next()? else { continue };
        candidates.push(Candidate {
            id: *id,
            short: short(connection, &id.0)?,
            entry: EntryId(row.get(0)?),
            kind: kind_of(&row.get::<_, String>(1)?, row.get(2)?)?,
            title: row.get(3)?,
            muted: row.get(4)?,
        });
    }
    Ok(candidates)
}
