//! How many: of the entries that a filter lets through, and of what is said of an entry; and which
//! statuses entries have. All of it is asked for pages that are shown again and again, so what it
//! costs is bounded.

use std::collections::BTreeMap;

use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::error::Try;
use super::filter::{Conditions, Filter};
use super::mute::NOT_MUTED;
use super::summary::wanted_kinds;
use super::{Result, Store};

/// How many entries fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fitting {
    /// By the name of their kind.
    pub kinds: BTreeMap<String, u64>,
    /// Whether there may be more: no more than [`COUNTED`] are counted.
    pub or_more: bool,
}

/// How many people said something of an entry in one of these ways; each number is at most
/// [`COUNTED`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reactions {
    /// Comments.
    pub comments: u64,
    /// People who endorse it.
    pub endorsements: u64,
    /// People who take part.
    pub members: u64,
}

/// Entries that are counted at most: about ten ms of work.
pub const COUNTED: u64 = 10_000;

/// Statuses that are told at most, whatever strangers think up.
const STATUSES: usize = 24;

impl Fitting {
    /// All of them.
    pub fn all(&self) -> u64 {
        self.kinds.values().sum()
    }
}

impl Store {
    /// How many entries the filter lets through, whatever its limit.
    pub fn count(&self, filter: &Filter) -> Result<Fitting> {
        self.read(|connection| count(connection, filter))
    }

    /// What is said of an entry, but for what is muted here.
    pub fn reactions(&self, entry: &EntryId) -> Result<Reactions> {
        self.read(|connection| {
            let of = |kind: Kind, what: &str| -> Try<u64> {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT count(DISTINCT {what}) FROM (SELECT e.number, e.author, e.id \
                     FROM reference r CROSS JOIN entry e ON e.number = r.entry \
                     WHERE r.target = ?1 AND r.how = 'about' AND e.kind = ?2 AND e.hidden = 0 \
                     AND {NOT_MUTED} LIMIT ?3)"
                ))?;
                let found =
                    statement.query_row(params![entry.0, kind.name(), COUNTED], |row| row.get(0));
                Ok(found?)
            };
            Ok(Reactions {
                comments: of(Kind::Comment, "number")?,
                endorsements: of(Kind::Endorsement, "author")?,
                members: of(Kind::Membership, "author")?,
            })
        })
    }

    /// The statuses that entries of this kind have, in lower case, sorted.
    pub fn statuses(&self, kind: &Kind) -> Result<Vec<String>> {
        self.read(|connection| {
            // One step through the index for each, however many entries have it.
            let mut next = connection.prepare_cached(
                "SELECT value FROM value WHERE field = 'status' AND value > ?1 \
                 ORDER BY value LIMIT 1",
            )?;
            let mut has = connection.prepare_cached(
                "SELECT 1 FROM value v CROSS JOIN entry e ON e.number = v.entry \
                 WHERE v.field = 'status' AND v.value = ?1 AND e.kind = ?2 AND e.hidden = 0 LIMIT 1",
            )?;
            let mut statuses = Vec::new();
            let mut last = String::new();
            for _ in 0..STATUSES {
                let found = next.query_row([&last], |row| row.get::<_, String>(0)).optional()?;
                let Some(status) = found else { break };
                last.clone_from(&status);
                if has.exists(params![status, kind.name()])? {
                    statuses.push(status);
                }
            }
            Ok(statuses)
        })
    }
}

fn count(connection: &Connection, filter: &Filter) -> Try<Fitting> {
    let conditions = Conditions::of(connection, filter)?;
    let kinds = wanted_kinds(connection, filter)?;
    let mut fitting = Fitting::default();
    if kinds.is_empty() {
        return Ok(fitting);
    }
    let (sql, mut values) = conditions.sql("e.kind AS kind", &kinds);
    let sql = format!("SELECT kind, count(*) FROM ({sql} LIMIT ?) GROUP BY kind");
    values.push(rusqlite::types::Value::Integer(COUNTED as i64 + 1));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        fitting.kinds.insert(row.get(0)?, row.get(1)?);
    }
    fitting.or_more = fitting.all() > COUNTED;
    Ok(fitting)
}
