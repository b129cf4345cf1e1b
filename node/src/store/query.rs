//! What people ask: lists, entries, histories, references. How a list is found without reading
//! everything is in `summary.rs`.

use std::collections::{BTreeMap, BTreeSet};

use commons_proto::contribution::Record;
use commons_proto::entry::{self, State, Step};
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::policy::Genesis;
use rusqlite::{Connection, OptionalExtension, params};

use super::accept::shown_time;
use super::contain;
use super::error::{Fault, Try};
use super::filter::{self, Filter};
use super::log::{self, Kept};
use super::mute;
use super::order::in_order;
use super::summary::{self, Summaries, author_name};
use super::view::{self, KeptEntry};
use super::{Result, Source, Store};

/// An entry in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Its id.
    pub id: EntryId,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// What kind of entry it is.
    pub kind: Kind,
    /// What it is called: its title, name, or the first line of its text.
    pub title: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Who began it.
    pub author: Author,
    /// What that author calls themselves.
    pub name: Option<String>,
    /// When it was begun, in seconds since 1970 UTC.
    pub created: u64,
    /// When it was last changed, in seconds since 1970 UTC.
    pub changed: u64,
    /// How many contributions it has.
    pub versions: u64,
    /// How many authors have contributed to it.
    pub authors: u64,
    /// How many of its fields have more than one value.
    pub conflicts: u64,
    /// The licence that it names.
    pub licence: Option<String>,
    /// Whether it, or who began it, is muted here.
    pub muted: bool,
    /// Why this program could not put it together, if it could not: nothing of what it says is
    /// known then, but its history is.
    pub damaged: Option<String>,
}

/// An entry, whole.
#[derive(Debug, Clone)]
pub struct EntryView {
    /// As in a list.
    pub summary: Summary,
    /// Its fields.
    pub state: State,
    /// The contributions that no other follows: the parents of the next one.
    pub heads: Vec<ContributionId>,
    /// Who has contributed, in the order of their keys, and what they call themselves.
    pub contributors: Vec<(Author, Option<String>)>,
    /// What the policy needs to know.
    pub genesis: Genesis,
}

/// A contribution in an entry's history.
#[derive(Debug, Clone)]
pub struct Version {
    /// The contribution; its content tells whether the words were taken back.
    pub record: Record,
    /// Its time as it is shown: the claimed one, unless that was ahead of its receipt.
    pub time: u64,
    /// Its position in the log.
    pub seq: u64,
    /// Where it came from.
    pub source: Source,
    /// What its author calls themselves.
    pub name: Option<String>,
    /// Whether its author is muted here.
    pub muted: bool,
}

/// An entry that refers to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// The entry that refers.
    pub from: Summary,
    /// The field in which it does.
    pub how: String,
}

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Contributions in the log.
    pub contributions: u64,
    /// Entries that a list shows.
    pub entries: u64,
    /// Entries by the name of their kind, without what is muted.
    pub kinds: BTreeMap<String, u64>,
    /// Authors of contributions.
    pub authors: u64,
    /// Entries that a list would show if they were not muted here.
    pub muted: u64,
    /// Entries that this program could not put together.
    pub damaged: u64,
}

impl Store {
    /// The entries that the filter lets through, the last changed first; of those changed in the
    /// same second, in the order of their ids.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Summary>> {
        self.read(|connection| summary::list(connection, filter))
    }

    /// An entry as a list shows it.
    pub fn summary(&self, entry: &EntryId) -> Result<Option<Summary>> {
        self.read(|connection| match log::entry_number(connection, entry)? {
            Some(number) => Summaries::new(connection).one(number),
            None => Ok(None),
        })
    }

    /// An entry, whole.
    pub fn entry(&self, entry: &EntryId) -> Result<Option<EntryView>> {
        self.read(|connection| {
            let Some(KeptEntry { row, state, .. }) = read_entry(connection, entry)? else {
                return Ok(None);
            };
            let Some(mut summary) = Summaries::new(connection).one(row.number)? else {
                return Ok(None);
            };
            let state = match log::state(connection, &row, state.as_deref()) {
                Ok(state) => state,
                Err(Fault::Unshown(reason)) => {
                    summary.damaged = Some(reason);
                    State::default()
                }
                Err(fault) => return Err(fault),
            };
            let contributors = contributors(connection, row.number)?;
            Ok(Some(EntryView {
                summary,
                state,
                heads: row.heads,
                contributors,
                genesis: row.genesis,
            }))
        })
    }

    /// The contributions of an entry: parents before children, otherwise by time and id. Empty if
    /// there is no such entry.
    pub fn history(&self, entry: &EntryId) -> Result<Vec<Version>> {
        self.read(|connection| {
            let Some((_, history)) = read_history(connection, entry)? else {
                return Ok(Vec::new());
            };
            let mut versions = Vec::with_capacity(history.len());
            let muted = mute::authors(connection)?;
            for kept in in_order(history) {
                versions.push(Version {
                    time: shown_time(kept.record.header.time, kept.received),
                    seq: kept.seq,
                    source: kept.source,
                    name: author_name(connection, &kept.record.header.author)?,
                    muted: muted.contains(&kept.record.header.author),
                    record: kept.record,
                });
            }
            Ok(versions)
        })
    }

    /// An entry as it was at these of its versions.
    pub fn state_at(&self, entry: &EntryId, versions: &[ContributionId]) -> Result<Option<State>> {
        self.read(|connection| {
            let Some((kind, history)) = read_history(connection, entry)? else { return Ok(None) };
            let steps: Vec<Step> = history.iter().map(Kept::step).collect();
            contain::at(&kind, &steps, versions).map(Some)
        })
    }

    /// What the entry that this contribution belongs to would be with it: as if it came in now.
    pub fn state_with(&self, record: &Record) -> Result<Option<State>> {
        self.read(|connection| {
            let entry = record.entry();
            let Some((kind, history)) = read_history(connection, &entry)? else { return Ok(None) };
            let mut steps: Vec<Step> = history.iter().map(Kept::step).collect();
            steps.push(Step { record, shape: None });
            let heads = entry::heads(&steps);
            contain::at(&kind, &steps, &heads).map(Some)
        })
    }

    /// The entries that refer to this one, by its id, its address or a URL of what it is about, with
    /// those that are muted here; the last changed first. The entry need not be here itself.
    pub fn references(&self, entry: &EntryId) -> Result<Vec<Reference>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entry, how FROM reference WHERE target = ?1 ORDER BY how",
            )?;
            let mut found = BTreeSet::new();
            for target in names_of(connection, entry)? {
                let rows = statement.query_map([target.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
                for row in rows {
                    found.insert(row?);
                }
            }
            let own = log::entry_number(connection, entry)?;
            let mut summaries = Summaries::new(connection);
            let mut references = Vec::new();
            for (number, how) in found {
                if own != Some(number) {
                    references.extend(summaries.one(number)?.map(|from| Reference { from, how }));
                }
            }
            references.sort_by(|one, other| summary::order(&one.from, &other.from));
            Ok(references)
        })
    }

    /// What an author calls themselves, in the last changed of their person entries.
    pub fn author_name(&self, author: &Author) -> Result<Option<String>> {
        self.read(|connection| author_name(connection, author))
    }

    /// The authors that somebody may mean: by did:key, by a prefix of the key as ids are shown, or
    /// by name in upper or lower case; with their names.
    pub fn resolve_author(&self, typed: &str) -> Result<Vec<(Author, Option<String>)>> {
        self.read(|connection| {
            let mut found = Vec::new();
            for author in authors_meant(connection, typed)? {
                let name = author_name(connection, &author)?;
                found.push((author, name));
            }
            Ok(found)
        })
    }

    /// The entries in which this author has written, those that they began first.
    pub fn entries_of(&self, author: &Author) -> Result<Vec<EntryId>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT c.id FROM contributor w JOIN contribution c ON c.seq = w.entry \
                 WHERE w.author = (SELECT number FROM author WHERE key = ?1) ORDER BY c.seq",
            )?;
            let ids = statement.query_map([author.0], |row| row.get(0).map(EntryId))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The last contribution of this author in the log.
    pub fn last_of(&self, author: &Author) -> Result<Option<Record>> {
        let last = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM contribution WHERE author = \
                 (SELECT number FROM author WHERE key = ?1) ORDER BY seq DESC LIMIT 1",
            )?;
            Ok(statement.query_row([author.0], |row| row.get(0).map(ContributionId)).optional()?)
        })?;
        last.map_or(Ok(None), |id| self.record(&id))
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts> {
        self.read(|connection| {
            let count = |sql| connection.prepare_cached(sql)?.query_row([], |row| row.get(0));
            let (mut kinds, muted) = mute::kinds(connection)?;
            for (_, kind) in filter::twins(connection)? {
                kinds.entry(kind).and_modify(|entries| *entries = entries.saturating_sub(1));
            }
            let erasures = kinds.get(Kind::Erasure.name()).copied().unwrap_or_default();
            Ok(Counts {
                // Nothing is ever taken out of the log, so the last position is the count.
                contributions: log::last(connection)?,
                entries: kinds.values().sum::<u64>() - erasures,
                kinds,
                authors: count("SELECT count(*) FROM author")?,
                muted,
                damaged: count("SELECT count(*) FROM unshown")?,
            })
        })
    }
}

/// How many authors are told for one that was typed.
const AUTHORS: usize = 20;

fn read_entry(connection: &Connection, entry: &EntryId) -> Try<Option<KeptEntry>> {
    match log::entry_number(connection, entry)? {
        Some(number) => view::read(connection, number),
        None => Ok(None),
    }
}

/// What others may call an entry by: its id, and the URLs of what it is about.
fn names_of(connection: &Connection, entry: &EntryId) -> Try<Vec<EntryId>> {
    let Some(KeptEntry { row, state, .. }) = read_entry(connection, entry)? else {
        return Ok(vec![*entry]);
    };
    match log::state(connection, &row, state.as_deref()) {
        Ok(state) => Ok(view::names_of(entry, &state)),
        Err(Fault::Unshown(_)) => Ok(vec![*entry]),
        Err(fault) => Err(fault),
    }
}

fn read_history(connection: &Connection, entry: &EntryId) -> Try<Option<(Kind, Vec<Kept>)>> {
    let Some(KeptEntry { row, .. }) = read_entry(connection, entry)? else { return Ok(None) };
    let history = log::history(connection, row.number, &row.genesis.kind)?;
    let history = history.into_iter().collect::<Try<_>>()?;
    Ok(Some((row.genesis.kind, history)))
}

fn contributors(connection: &Connection, entry: u64) -> Try<Vec<(Author, Option<String>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT key FROM author WHERE number IN (\
             SELECT author FROM contribution WHERE seq = ?1 UNION \
             SELECT author FROM contribution WHERE entry = ?1 AND entry <> seq) ORDER BY key",
    )?;
    let keys = statement.query_map([entry], |row| row.get(0).map(Author))?;
    keys.map(|author| {
        let author = author?;
        Ok((author, author_name(connection, &author)?))
    })
    .collect()
}

fn authors_meant(connection: &Connection, typed: &str) -> rusqlite::Result<Vec<Author>> {
    let author = |row: &rusqlite::Row| row.get(0).map(Author);
    if let Some(named) = Author::from_did(typed.trim()) {
        return Ok(vec![named]);
    }
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT a.key FROM entry e JOIN author a ON a.number = e.author \
         WHERE e.kind = 'person' AND e.hidden = 0 AND lower(e.title) = lower(?1) \
         ORDER BY a.key LIMIT ?2",
    )?;
    let named = statement
        .query_map(params![typed.trim(), AUTHORS], author)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let Ok(prefix) = typed.parse::<commons_proto::id::IdPrefix>() else { return Ok(named) };
    let (low, high) = prefix.range();
    let mut statement = connection.prepare_cached(
        "SELECT key FROM author WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3",
    )?;
    let keyed = statement
        .query_map(params![low, high, AUTHORS], author)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Names first: somebody who is called what was typed is meant before one whose key begins so.
    Ok(if named.is_empty() { keyed } else { named })
}
