//! Lists: which entries a filter lets through, found by an index, and how each is summed up.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use commons_proto::limits::PARENTS;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Fault, Try};
use super::filter::{self, Conditions, Filter};
use super::log;
use super::mute::MUTED;
use super::query::Summary;
use super::resolve::{Shortener, short};
use super::view::{self, kind_of};

/// Names are at most so long: there is no limit on what a stranger calls themselves.
const NAME_CHARS: usize = 64;

/// Person entries of one author that are looked at for the name: most people have one.
const PERSONS: usize = 16;

/// The order of lists: the last changed first, then by id.
pub(super) fn order(one: &Summary, other: &Summary) -> Ordering {
    (Reverse(one.changed), one.id).cmp(&(Reverse(other.changed), other.id))
}

/// The entries that the filter lets through.
pub(super) fn list(connection: &Connection, filter: &Filter) -> Try<Vec<Summary>> {
    let conditions = Conditions::of(connection, filter)?;
    let kinds = wanted_kinds(connection, filter)?;
    // A query of few rows looks each of them up, so it asks for all kinds at once.
    let together: Vec<&[String]> = match conditions.walks_kinds() {
        true => kinds.chunks(1).collect(),
        false => vec![&kinds],
    };
    let mut rows = Vec::new();
    for kinds in together.into_iter().filter(|kinds| !kinds.is_empty()) {
        let sql = conditions.sql(&columns(), kinds);
        let order = "e.changed DESC, e.id";
        rows.extend(filter::read(connection, sql, order, filter.wanted(), ListRow::read)?);
    }
    rows.sort_unstable_by_key(|row: &ListRow| (Reverse(row.changed), row.id));
    Summaries::new(connection).all(filter.part(rows))
}

/// A limit as SQLite takes it: more than it can count is none.
pub(super) fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(-1)
}

/// What an author calls themselves, in the last changed of their person entries.
pub(super) fn author_name(connection: &Connection, author: &Author) -> Try<Option<String>> {
    match log::author_number(connection, author)? {
        Some(number) => name(connection, number),
        None => Ok(None),
    }
}

/// The name in the person entry that its author changed last, by their own clock, which is the same
/// on every node: when something came here says nothing to others.
fn name(connection: &Connection, author: u64) -> Try<Option<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, title FROM entry WHERE kind = 'person' AND author = ?1 AND hidden = 0 \
         AND id NOT IN (SELECT id FROM muted WHERE what = 'entry') ORDER BY id LIMIT ?2",
    )?;
    let rows =
        statement.query_map(params![author, PERSONS], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut persons: Vec<(u64, String)> = rows.collect::<rusqlite::Result<_>>()?;
    if persons.len() > 1 {
        let mut timed = Vec::with_capacity(persons.len());
        for (number, title) in persons {
            timed.push((last_claimed(connection, number)?, number, title));
        }
        // Of those changed in the same second, the first by id.
        timed.sort_by_key(|(time, ..)| Reverse(*time));
        persons = timed.into_iter().map(|(_, number, title)| (number, title)).collect();
    }
    let title = persons.into_iter().next().map(|(_, title)| title);
    Ok(title
        .filter(|title| !title.is_empty())
        .map(|title| title.chars().take(NAME_CHARS).collect()))
}

/// The latest time that a head of this entry claims.
fn last_claimed(connection: &Connection, entry: u64) -> Try<u64> {
    let Some(kept) = view::read(connection, entry)? else { return Ok(0) };
    let mut latest = 0;
    for head in kept.row.heads.iter().take(PARENTS) {
        let time = log::record(connection, head)?.map_or(0, |record| record.header.time);
        latest = latest.max(time);
    }
    Ok(latest)
}

/// What a query selects for [`ListRow::read`].
pub(super) fn columns() -> String {
    format!("{LIST_COLUMNS}, {MUTED}")
}

/// The kinds that the filter lets through.
pub(super) fn wanted_kinds(connection: &Connection, filter: &Filter) -> Try<Vec<String>> {
    if filter.kinds.is_empty() {
        return Ok(kinds(connection)?);
    }
    let mut kinds: Vec<String> = filter.kinds.iter().map(|kind| kind.name().to_owned()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// The kinds of which there are entries, but erasures: one step through the index for each.
fn kinds(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut next = connection.prepare_cached(
        "SELECT kind FROM entry WHERE hidden = 0 AND kind > ?1 ORDER BY kind LIMIT 1",
    )?;
    let mut kinds = Vec::new();
    let mut last = String::new();
    while let Some(kind) = next.query_row([&last], |row| row.get::<_, String>(0)).optional()? {
        last.clone_from(&kind);
        kinds.push(kind);
    }
    kinds.retain(|kind| kind != Kind::Erasure.name());
    Ok(kinds)
}

const LIST_COLUMNS: &str = "e.id, e.kind, e.open, e.title, e.tags, a.key, e.author, e.created, \
     e.changed, e.versions, e.authors, e.conflicts, e.licence, \
     (SELECT reason FROM unshown u WHERE u.entry = e.number)";

/// A row of a list, without what takes a further look.
pub(super) struct ListRow {
    id: EntryId,
    kind: Kind,
    title: String,
    tags: Option<String>,
    author: Author,
    author_number: u64,
    created: u64,
    changed: u64,
    versions: u64,
    authors: u64,
    conflicts: u64,
    licence: Option<String>,
    damaged: Option<String>,
    muted: bool,
}

impl ListRow {
    pub(super) fn id(&self) -> EntryId {
        self.id
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.kind
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn changed(&self) -> u64 {
        self.changed
    }

    /// Its tags; none if they cannot be read, which a summary tells.
    pub(super) fn tags(&self) -> Vec<String> {
        tags_of(&self.id, self.tags.as_deref()).unwrap_or_default()
    }

    pub(super) fn read(row: &Row) -> Try<Self> {
        Ok(Self {
            id: EntryId(row.get(0)?),
            kind: kind_of(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?, row.get(2)?)?,
            title: row.get(3)?,
            tags: row.get(4)?,
            author: Author(row.get(5)?),
            author_number: row.get(6)?,
            created: row.get(7)?,
            changed: row.get(8)?,
            versions: row.get(9)?,
            authors: row.get(10)?,
            conflicts: row.get(11)?,
            licence: row.get(12)?,
            damaged: row.get(13)?,
            muted: row.get(14)?,
        })
    }
}

/// Makes summaries, and remembers the names of authors while it does.
pub(super) struct Summaries<'c> {
    connection: &'c Connection,
    names: Names<'c>,
}

impl<'c> Summaries<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, names: Names::new(connection) }
    }

    /// The summary of the entry with this number.
    pub(super) fn one(&mut self, number: u64) -> Try<Option<Summary>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {LIST_COLUMNS}, {MUTED} FROM entry e JOIN author a ON a.number = e.author \
             WHERE e.number = ?1"
        ))?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let row = ListRow::read(row)?;
        let short = short(self.connection, &row.id.0)?;
        self.sum_up(row, short).map(Some)
    }

    pub(super) fn all(&mut self, rows: Vec<ListRow>) -> Try<Vec<Summary>> {
        let shortener = Shortener::new(self.connection, rows.len())?;
        rows.into_iter()
            .map(|row| {
                let short = shortener.short(&row.id.0)?;
                self.sum_up(row, short)
            })
            .collect()
    }

    fn sum_up(&mut self, row: ListRow, short: String) -> Try<Summary> {
        let name = self.names.of(row.author_number)?;
        let tags = tags_of(&row.id, row.tags.as_deref())?;
        Ok(Summary {
            id: row.id,
            short,
            kind: row.kind,
            title: row.title,
            tags,
            author: row.author,
            name,
            created: row.created,
            changed: row.changed,
            versions: row.versions,
            authors: row.authors,
            conflicts: row.conflicts,
            licence: row.licence,
            muted: row.muted,
            damaged: row.damaged,
        })
    }
}

/// The tags that a row of an entry holds.
pub(super) fn tags_of(entry: &EntryId, tags: Option<&str>) -> Try<Vec<String>> {
    let Some(tags) = tags else { return Ok(Vec::new()) };
    serde_json::from_str(tags)
        .map_err(|error| Fault::View(format!("the tags of the entry {entry} are no list: {error}")))
}

/// Finds the names of authors, and remembers them.
pub(super) struct Names<'c> {
    connection: &'c Connection,
    known: HashMap<u64, Option<String>>,
}

impl<'c> Names<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, known: HashMap::new() }
    }

    /// What the author with this number calls themselves.
    pub(super) fn of(&mut self, author: u64) -> Try<Option<String>> {
        if let Some(known) = self.known.get(&author) {
            return Ok(known.clone());
        }
        let name = name(self.connection, author)?;
        self.known.insert(author, name.clone());
        Ok(name)
    }
}
