//! Which entries are wanted, and the part of a query that it makes. What a person types becomes a
//! filter in [`crate::query`]; how a list is walked is in `summary.rs`.

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::Try;
use super::log;
use super::mute::{IS_MUTED, Muting, NOT_MUTED};
use super::summary::sql_limit;
use super::view::{status_key, tag_key};

/// Which entries a list is to have. The default is all but erasures, twins and what is muted here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Only of one of these kinds, if there are any.
    pub kinds: Vec<Kind>,
    /// Only with all of these tags, in upper or lower case.
    pub tags: Vec<String>,
    /// Of each of these groups, only what one of its authors has contributed to.
    pub authors: Vec<Vec<Author>>,
    /// Only with one of these statuses, if there are any, in upper or lower case.
    pub statuses: Vec<String>,
    /// Only with all of these words in title, text or tags.
    pub words: Vec<Words>,
    /// Without these.
    pub without: Without,
    /// Only what is followed here, by a tag, by who began it, or itself.
    pub followed: bool,
    /// Only last changed at or after this time, in seconds since 1970 UTC.
    pub since: Option<u64>,
    /// Only last changed before this time, in seconds since 1970 UTC.
    pub until: Option<u64>,
    /// Only what stands behind this one in the order of lists: an entry, and when it was last changed.
    pub after: Option<(u64, EntryId)>,
    /// Only this entry.
    pub entry: Option<EntryId>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Without so many of the first.
    pub offset: usize,
    /// What of that which is muted here.
    pub muting: Muting,
}

/// What entries must not be or have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Without {
    /// Not of these kinds.
    pub kinds: Vec<Kind>,
    /// With none of these tags.
    pub tags: Vec<String>,
    /// Nothing to which one of these has contributed.
    pub authors: Vec<Author>,
    /// With none of these statuses.
    pub statuses: Vec<String>,
    /// With none of these words.
    pub words: Vec<Words>,
}

/// Words to look for. Upper and lower case are one, and so are letters with accents and without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// A word, or the beginning of one.
    Beginning(String),
    /// Whole words, one behind the other.
    Phrase(String),
}

impl Filter {
    /// How many are looked for: those that are left out are among them.
    pub(super) fn wanted(&self) -> Option<usize> {
        self.limit.map(|limit| limit.saturating_add(self.offset))
    }

    /// The part of what was found, in its order, that is told.
    pub(super) fn part<T>(&self, mut found: Vec<T>) -> Vec<T> {
        found.truncate(self.wanted().unwrap_or(usize::MAX));
        found.drain(..self.offset.min(found.len()));
        found
    }

    /// Each word of a text, or its beginning; at most so many entries.
    pub fn of_words(text: &str, limit: usize) -> Self {
        Self { words: Words::split(text), limit: Some(limit), ..Self::default() }
    }
}

impl Words {
    /// Each word of a text, or its beginning.
    pub fn split(text: &str) -> Vec<Self> {
        text.split_whitespace().map(|word| Self::Beginning(word.to_owned())).collect()
    }

    /// The text to look for.
    pub fn text(&self) -> &str {
        match self {
            Self::Beginning(text) | Self::Phrase(text) => text,
        }
    }

    /// In the language of FTS5.
    fn expression(&self) -> String {
        // FTS5 would read no further than to a zero.
        let quoted = format!("\"{}\"", self.text().replace('\0', " ").replace('"', "\"\""));
        match self {
            Self::Beginning(_) => format!("{quoted} *"),
            Self::Phrase(_) => quoted,
        }
    }
}

/// All of these words, in the language of FTS5; in these columns only, if some are named.
pub(super) fn all_of(words: &[Words], columns: &str) -> String {
    let all: Vec<String> = words.iter().map(Words::expression).collect();
    let all = all.join(" AND ");
    if columns.is_empty() { all } else { format!("{{{columns}}} : ({all})") }
}

/// The part of a query that a filter makes: which rows it begins with, and what it asks of each.
pub(super) struct Conditions {
    /// Where the rows `e` of entries come from.
    pub source: Rows,
    /// Conditions on the row `e`, with what is bound in them, but for the kinds.
    wheres: Vec<(String, Vec<Value>)>,
}

/// Where a query takes entries from.
pub(super) enum Rows {
    /// The index of the list: entries of one kind by their last change.
    Listing,
    /// A table with few rows for this value.
    Few(Belonging, Value),
    /// The search for this expression.
    Search(String),
}

/// How entries belong to something, by a table that has a row for each.
#[derive(Clone, Copy)]
pub(super) struct Belonging {
    count: &'static str,
    from: &'static str,
    condition: &'static str,
    exists: &'static str,
}

impl Conditions {
    pub(super) fn of(connection: &Connection, filter: &Filter) -> Try<Self> {
        let mut conditions = Self { source: Rows::Listing, wheres: Vec::new() };
        conditions.add_belongings(connection, filter)?;
        conditions.add_words(filter);
        conditions.add_times(filter);
        conditions.add_without(connection, &filter.without)?;
        if filter.followed {
            conditions.wheres.push((FOLLOWED.to_owned(), Vec::new()));
        }
        match filter.muting {
            Muting::LeaveOut => {
                conditions.wheres.push((NOT_MUTED.to_owned(), Vec::new()));
                conditions.wheres.push((NO_TWIN.to_owned(), Vec::new()));
            }
            Muting::Only => conditions.wheres.push((IS_MUTED.to_owned(), Vec::new())),
            Muting::Along => {}
        }
        Ok(conditions)
    }

    /// The statement that gives these columns of the entries of these kinds.
    pub(super) fn sql(&self, columns: &str, kinds: &[String]) -> (String, Vec<Value>) {
        let (from, condition, first) = match &self.source {
            Rows::Listing => ("entry e INDEXED BY listing", "1", None),
            Rows::Few(by, value) => (by.from, by.condition, Some(value.clone())),
            Rows::Search(expression) => (
                "search s CROSS JOIN entry e ON e.number = s.rowid",
                "search MATCH ?",
                Some(Value::Text(expression.clone())),
            ),
        };
        let mut values: Vec<Value> = first.into_iter().collect();
        let places = vec!["?"; kinds.len()].join(", ");
        let kind = if kinds.len() == 1 { "= ?".to_owned() } else { format!("IN ({places})") };
        let mut sql = format!(
            "SELECT {columns} FROM {from} CROSS JOIN author a ON a.number = e.author \
             WHERE {condition} AND e.hidden = 0 AND e.kind {kind}"
        );
        values.extend(kinds.iter().cloned().map(Value::Text));
        for (condition, bound) in &self.wheres {
            sql.push_str(" AND ");
            sql.push_str(condition);
            values.extend(bound.iter().cloned());
        }
        (sql, values)
    }

    /// Whether the rows are best asked for kind by kind, each in the order of the list.
    pub(super) fn walks_kinds(&self) -> bool {
        matches!(self.source, Rows::Listing)
    }

    /// If the query begins with the search: has it look for this.
    pub(super) fn look_for(&mut self, expression: String) {
        if let Rows::Search(other) = &mut self.source {
            *other = expression;
        }
    }

    /// The order in which the entries came here, the last first.
    pub(super) fn last_come(&self) -> &'static str {
        match self.source {
            Rows::Search(_) => "s.rowid DESC",
            _ => "e.number DESC",
        }
    }

    /// What is asked of tags, authors, statuses: the query begins with one of which there are few.
    fn add_belongings(&mut self, connection: &Connection, filter: &Filter) -> Try<()> {
        if let Some(entry) = &filter.entry {
            let number = log::entry_number(connection, entry)?;
            self.source = Rows::Few(ITSELF, integer(number.unwrap_or(0)));
        }
        let reads_all = filter.limit.is_none() && filter.words.is_empty();
        for tag in &filter.tags {
            let tag = Value::Text(tag_key(tag.trim_start_matches('#')));
            self.belong(connection, reads_all, BY_TAG, tag)?;
        }
        for group in &filter.authors {
            let mut numbers = Vec::with_capacity(group.len());
            for author in group {
                numbers.push(integer(log::author_number(connection, author)?.unwrap_or(0)));
            }
            match <[Value; 1]>::try_from(numbers) {
                Ok([number]) => self.belong(connection, reads_all, BY_AUTHOR, number)?,
                Err(numbers) => self.wheres.push((contributed(numbers.len()), numbers)),
            }
        }
        let statuses: Vec<Value> = keys(&filter.statuses, status_key);
        match <[Value; 1]>::try_from(statuses) {
            Ok([status]) => self.belong(connection, reads_all, BY_STATUS, status)?,
            Err(statuses) if statuses.is_empty() => {}
            Err(statuses) => self.wheres.push((has_status(statuses.len()), statuses)),
        }
        Ok(())
    }

    /// Only entries that this table has beside the value. The query begins with that table if it
    /// has few, or if all of them are to be read anyway.
    fn belong(
        &mut self,
        connection: &Connection,
        reads_all: bool,
        by: Belonging,
        value: Value,
    ) -> Try<()> {
        let few = || -> rusqlite::Result<bool> {
            let count: usize = connection
                .prepare_cached(by.count)?
                .query_row(rusqlite::params![value, GATHERED + 1], |row| row.get(0))?;
            Ok(count <= GATHERED)
        };
        if matches!(self.source, Rows::Listing) && (reads_all || few()?) {
            self.source = Rows::Few(by, value);
        } else {
            self.wheres.push((by.exists.to_owned(), vec![value]));
        }
        Ok(())
    }

    fn add_words(&mut self, filter: &Filter) {
        if filter.words.is_empty() {
            return;
        }
        let expression = all_of(&filter.words, "");
        match self.source {
            Rows::Listing => self.source = Rows::Search(expression),
            _ => self.wheres.push((FOUND.to_owned(), vec![Value::Text(expression)])),
        }
    }

    fn add_times(&mut self, filter: &Filter) {
        let times = [("e.changed >= ?", filter.since), ("e.changed < ?", filter.until)];
        for (condition, time) in times {
            self.wheres.extend(time.map(|time| (condition.to_owned(), vec![integer(time)])));
        }
        self.wheres.extend(filter.after.map(|(time, entry)| {
            let entry = Value::Blob(entry.as_bytes().to_vec());
            (BEHIND.to_owned(), vec![integer(time), integer(time), entry])
        }));
    }

    fn add_without(&mut self, connection: &Connection, without: &Without) -> Try<()> {
        let mut none = |condition: String, values: Vec<Value>| {
            if !values.is_empty() {
                self.wheres.push((format!("NOT {condition}"), values));
            }
        };
        let kinds = without.kinds.iter().map(|kind| Value::Text(kind.name().to_owned()));
        let kinds: Vec<Value> = kinds.collect();
        none(format!("e.kind IN ({})", places(kinds.len())), kinds);
        let tags = keys(&without.tags, |tag| tag_key(tag.trim_start_matches('#')));
        none(has_tag(tags.len()), tags);
        let mut authors = Vec::with_capacity(without.authors.len());
        for author in &without.authors {
            authors.push(integer(log::author_number(connection, author)?.unwrap_or(0)));
        }
        none(contributed(authors.len()), authors);
        let statuses = keys(&without.statuses, status_key);
        none(has_status(statuses.len()), statuses);
        for words in &without.words {
            none(FOUND.to_owned(), vec![Value::Text(words.expression())]);
        }
        Ok(())
    }
}

/// The entries that are not muted, and for which others stand in lists; by number, with their kinds.
pub(super) fn twins(connection: &Connection) -> Try<Vec<(u64, String)>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT DISTINCT e.number, e.kind FROM \
         (SELECT kind, source FROM source GROUP BY kind, source HAVING count(*) > 1) several \
         CROSS JOIN source s ON s.kind = several.kind AND s.source = several.source \
         CROSS JOIN entry e ON e.number = s.entry \
         WHERE e.hidden = 0 AND {NOT_MUTED} AND NOT {NO_TWIN}"
    ))?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn keys(values: &[String], key: impl Fn(&str) -> String) -> Vec<Value> {
    values.iter().map(|value| Value::Text(key(value))).collect()
}

fn integer(number: u64) -> Value {
    Value::Integer(number.try_into().unwrap_or(i64::MAX))
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

fn has_tag(count: usize) -> String {
    let places = places(count);
    format!("EXISTS (SELECT 1 FROM tag t WHERE t.tag IN ({places}) AND t.entry = e.number)")
}

fn contributed(count: usize) -> String {
    let places = places(count);
    format!(
        "EXISTS (SELECT 1 FROM contributor c WHERE c.author IN ({places}) AND c.entry = e.number)"
    )
}

fn has_status(count: usize) -> String {
    let places = places(count);
    format!(
        "EXISTS (SELECT 1 FROM value v WHERE v.field = 'status' AND v.value IN ({places}) \
         AND v.entry = e.number)"
    )
}

/// Reads the rows of a statement with a limit at its end.
pub(super) fn read<T>(
    connection: &Connection,
    (mut sql, mut values): (String, Vec<Value>),
    order: &str,
    limit: Option<usize>,
    mut one: impl FnMut(&rusqlite::Row) -> Try<T>,
) -> Try<Vec<T>> {
    sql.push_str(&format!(" ORDER BY {order} LIMIT ?"));
    values.push(Value::Integer(limit.map_or(-1, sql_limit)));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(one(row)?);
    }
    Ok(found)
}

/// Up to how many entries of a tag or an author are gathered and sorted; if there are more, the
/// list is walked from its newest end and each entry is asked for the tag. Both take a few ms.
const GATHERED: usize = 2000;

const ITSELF: Belonging = Belonging {
    count: "SELECT 1 WHERE ?1 < ?2",
    from: "entry e",
    condition: "e.number = ?",
    exists: "e.number = ?",
};

const BY_TAG: Belonging = Belonging {
    count: "SELECT count(*) FROM (SELECT 1 FROM tag WHERE tag = ?1 LIMIT ?2)",
    from: "tag t CROSS JOIN entry e ON e.number = t.entry",
    condition: "t.tag = ?",
    exists: "EXISTS (SELECT 1 FROM tag t WHERE t.tag = ? AND t.entry = e.number)",
};

const BY_AUTHOR: Belonging = Belonging {
    count: "SELECT count(*) FROM (SELECT 1 FROM contributor WHERE author = ?1 LIMIT ?2)",
    from: "contributor c CROSS JOIN entry e ON e.number = c.entry",
    condition: "c.author = ?",
    exists: "EXISTS (SELECT 1 FROM contributor c WHERE c.author = ? AND c.entry = e.number)",
};

const BY_STATUS: Belonging = Belonging {
    count: "SELECT count(*) FROM \
            (SELECT 1 FROM value WHERE field = 'status' AND value = ?1 LIMIT ?2)",
    from: "value v CROSS JOIN entry e ON e.number = v.entry",
    condition: "v.field = 'status' AND v.value = ?",
    exists: "EXISTS (SELECT 1 FROM value v WHERE v.field = 'status' AND v.value = ? \
             AND v.entry = e.number)",
};

/// Whether the search finds the entry in row `e`. The plus keeps SQLite from beginning with all that
/// is found.
const FOUND: &str = "+e.number IN (SELECT rowid FROM search WHERE search MATCH ?)";

/// What stands behind an entry in the order of lists. The first half lets the index begin there.
const BEHIND: &str = "(e.changed <= ? AND (e.changed < ? OR e.id > ?))";

/// Whether the entry in row `e` is followed here. Tags are in the form in which they are looked up.
const FOLLOWED: &str = "(e.author IN (SELECT f.number FROM followed \
     CROSS JOIN author f ON f.key = followed.target WHERE what = 'author') \
     OR e.id IN (SELECT target FROM followed WHERE what = 'entry') \
     OR EXISTS (SELECT 1 FROM tag t WHERE t.entry = e.number \
     AND t.tag IN (SELECT CAST(target AS TEXT) FROM followed WHERE what = 'tag')))";

/// Whether there is no other entry that stands for the one in row `e`: two people imported the same
/// thing, nobody has changed this one since, and the other was changed or has a smaller id. They are
/// looked at from the smallest id on, so that of many the first one tells it.
pub(super) const NO_TWIN: &str = "NOT (e.versions = 1 AND EXISTS (\
     SELECT 1 FROM source mine CROSS JOIN source other \
     ON other.kind = mine.kind AND other.source = mine.source AND other.id <> mine.id \
     CROSS JOIN entry twin ON twin.number = other.entry \
     WHERE mine.entry = e.number AND twin.hidden = 0 AND (twin.versions > 1 OR twin.id < e.id) \
     AND twin.id NOT IN (SELECT id FROM muted WHERE what = 'entry') \
     AND twin.author NOT IN (SELECT m.number FROM muted \
     CROSS JOIN author m ON m.key = muted.id WHERE what = 'author')))";
