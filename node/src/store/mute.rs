//! What a person does not want to read: entries, and authors with all entries that they began. It
//! is hidden from lists and the search of this node, and from nothing else: what is muted is held,
//! merged and passed on as ever, and nobody is told. What a muted author wrote into somebody else's
//! entry stands, since its text is the same for everybody.
//!
//! Nothing is written to what is muted: each question leaves it out by an index, so a thousand
//! authors with a million entries are muted in a moment, and unmuted in one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use rusqlite::{Connection, params};

use super::error::Try;
use super::summary::{Summaries, author_name};
use super::{Result, Store, log};

/// Whether the entry in row `e`, whose author is in row `a`, is muted. For rows that are shown.
pub(super) const MUTED: &str = "(EXISTS (SELECT 1 FROM muted WHERE what = 'author' AND id = a.key) \
     OR EXISTS (SELECT 1 FROM muted WHERE what = 'entry' AND id = e.id))";

/// Whether the entry in row `e` is not muted. For rows that are passed over: it takes nothing that
/// the index `listing` has not, and what is muted is gathered once for each question.
pub(super) const NOT_MUTED: &str = "(e.author NOT IN (SELECT m.number FROM muted \
     CROSS JOIN author m ON m.key = muted.id WHERE what = 'author') \
     AND e.id NOT IN (SELECT id FROM muted WHERE what = 'entry'))";

/// The opposite of [`NOT_MUTED`].
pub(super) const IS_MUTED: &str = "(e.author IN (SELECT m.number FROM muted \
     CROSS JOIN author m ON m.key = muted.id WHERE what = 'author') \
     OR e.id IN (SELECT id FROM muted WHERE what = 'entry'))";

/// What a list has of that which is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Muting {
    /// Nothing.
    #[default]
    LeaveOut,
    /// That alone.
    Only,
    /// All, among what is not muted.
    Along,
}

/// What can be muted. It need not be here yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// An author.
    Author(Author),
    /// An entry.
    Entry(EntryId),
}

/// Something that is muted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Muted {
    /// What.
    pub target: Target,
    /// Since when, in seconds since 1970 UTC.
    pub since: u64,
    /// What the author calls themselves, or what the entry is called, if it is here.
    pub name: Option<String>,
    /// How many entries it hides.
    pub entries: u64,
}

/// An author whom this node has met lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Who.
    pub author: Author,
    /// What they call themselves.
    pub name: Option<String>,
    /// When the first contribution of theirs came here, in seconds since 1970 UTC.
    pub seen: u64,
    /// How many entries they began that lists show.
    pub entries: u64,
}

impl Target {
    fn what(&self) -> &'static str {
        match self {
            Self::Author(_) => "author",
            Self::Entry(_) => "entry",
        }
    }

    fn id(&self) -> &[u8; 32] {
        match self {
            Self::Author(author) => &author.0,
            Self::Entry(entry) => &entry.0,
        }
    }
}

impl Store {
    /// Mutes all of these; gives how many were not muted before.
    pub fn mute(&mut self, targets: &[Target], now: u64) -> Result<u64> {
        self.write(|connection| {
            let mut insert =
                connection.prepare_cached("INSERT OR IGNORE INTO muted VALUES (?1, ?2, ?3)")?;
            let mut new = 0;
            for target in targets {
                new += insert.execute(params![target.what(), target.id(), now])? as u64;
            }
            Ok(new)
        })
    }

    /// Takes the muting back from all of these; gives how many were muted.
    pub fn unmute(&mut self, targets: &[Target]) -> Result<u64> {
        self.write(|connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM muted WHERE what = ?1 AND id = ?2")?;
            let mut gone = 0;
            for target in targets {
                gone += delete.execute(params![target.what(), target.id()])? as u64;
            }
            Ok(gone)
        })
    }

    /// Takes back what was muted at or after this time; gives how many that were.
    pub fn unmute_since(&mut self, since: u64) -> Result<u64> {
        self.write(|connection| {
            Ok(connection.execute("DELETE FROM muted WHERE since >= ?1", [since])? as u64)
        })
    }

    /// How many entries a list would show if they were not muted here. Where nothing is muted, it
    /// costs nothing.
    pub fn hidden(&self) -> Result<u64> {
        self.read(|connection| match any(connection)? {
            true => Ok(kinds(connection)?.1),
            false => Ok(0),
        })
    }

    /// Whether this very thing is muted.
    pub fn is_muted(&self, target: &Target) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM muted WHERE what = ?1 AND id = ?2")?
                .exists(params![target.what(), target.id()])?)
        })
    }

    /// All that is muted: authors first, the last muted first.
    pub fn muted(&self) -> Result<Vec<Muted>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT what, id, since FROM muted ORDER BY what, since DESC, id",
            )?;
            let rows = statement.query_map([], |row| {
                let target = match row.get_ref(0)?.as_str()? {
                    "author" => Target::Author(Author(row.get(1)?)),
                    _ => Target::Entry(EntryId(row.get(1)?)),
                };
                Ok((target, row.get(2)?))
            })?;
            let rows: Vec<(Target, u64)> = rows.collect::<rusqlite::Result<_>>()?;
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let begun = begun(connection)?;
            let mut summaries = Summaries::new(connection);
            let mut muted = Vec::with_capacity(rows.len());
            for (target, since) in rows {
                let (name, entries) = match &target {
                    Target::Author(author) => {
                        let number = log::author_number(connection, author)?.unwrap_or_default();
                        let entries = begun.get(&number).copied().unwrap_or_default();
                        (author_name(connection, author)?, entries)
                    }
                    Target::Entry(entry) => {
                        let summary = match log::entry_number(connection, entry)? {
                            Some(number) => summaries.one(number)?,
                            None => None,
                        };
                        let entries = u64::from(summary.is_some());
                        (summary.map(|summary| summary.title), entries)
                    }
                };
                muted.push(Muted { target, since, name, entries });
            }
            Ok(muted)
        })
    }

    /// The authors whose first contribution came here at or after this time, but not those who are
    /// muted already or write here; those with most entries first.
    pub fn newcomers(&self, since: u64) -> Result<Vec<Newcomer>> {
        self.read(|connection| {
            let begun = begun(connection)?;
            let mut statement = connection.prepare_cached(
                "SELECT number, key, seen FROM author WHERE seen >= ?1 \
                 AND key NOT IN (SELECT id FROM muted WHERE what = 'author') \
                 AND number NOT IN (SELECT author FROM contribution WHERE source = 0)",
            )?;
            let mut rows = statement.query([since])?;
            let mut newcomers = Vec::new();
            while let Some(row) = rows.next()? {
                let author = Author(row.get(1)?);
                newcomers.push(Newcomer {
                    author,
                    name: author_name(connection, &author)?,
                    seen: row.get(2)?,
                    entries: begun.get(&row.get(0)?).copied().unwrap_or_default(),
                });
            }
            newcomers.sort_by_key(|one| (std::cmp::Reverse(one.entries), one.author));
            Ok(newcomers)
        })
    }
}

/// The authors who are muted.
pub(super) fn authors(connection: &Connection) -> rusqlite::Result<BTreeSet<Author>> {
    let mut statement = connection.prepare_cached("SELECT id FROM muted WHERE what = 'author'")?;
    statement.query_map([], |row| row.get(0).map(Author))?.collect()
}

fn any(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM muted)", [], |row| row.get(0))
}

/// How many entries of each kind are not muted, and how many are that a list would show.
pub(super) fn kinds(connection: &Connection) -> Try<(BTreeMap<String, u64>, u64)> {
    let is_muted = if any(connection)? { IS_MUTED } else { "0" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT e.kind, count(*), sum({is_muted}) FROM entry e INDEXED BY listing \
         WHERE e.hidden = 0 GROUP BY e.kind",
    ))?;
    let mut rows = statement.query([])?;
    let (mut kinds, mut muted) = (BTreeMap::new(), 0);
    while let Some(row) = rows.next()? {
        let (kind, all, hidden): (String, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // Nobody sees erasures in a list.
        if kind != Kind::Erasure.name() {
            muted += hidden;
        }
        if all > hidden {
            kinds.insert(kind, all - hidden);
        }
    }
    Ok((kinds, muted))
}

/// How many entries that a list may show each author began, by the author's number.
fn begun(connection: &Connection) -> rusqlite::Result<HashMap<u64, u64>> {
    let mut statement = connection.prepare_cached(
        "SELECT author FROM entry INDEXED BY listing WHERE hidden = 0 AND kind <> ?1",
    )?;
    let mut rows = statement.query([Kind::Erasure.name()])?;
    let mut begun = HashMap::new();
    while let Some(row) = rows.next()? {
        *begun.entry(row.get(0)?).or_default() += 1;
    }
    Ok(begun)
}
