//! Who contributed, and to how much. What lists leave out counts for nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use commons_proto::id::Author;
use rusqlite::Connection;

use super::error::Try;
use super::filter::{NO_TWIN, twins};
use super::mute::NOT_MUTED;
use super::summary::author_name;
use super::{Result, Store, mute};

/// Somebody who contributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributor {
    /// Who.
    pub author: Author,
    /// What they call themselves.
    pub name: Option<String>,
    /// To how many entries they contributed.
    pub entries: u64,
}

/// Those who contributed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contributors {
    /// Those who contributed to most entries first, then by key.
    pub people: Vec<Contributor>,
    /// How many there are in all.
    pub all: u64,
}

impl Store {
    /// Everybody who contributed to something that lists show and is not muted here; at most so many
    /// are named.
    pub fn contributors(&self, most: usize) -> Result<Contributors> {
        self.read(|connection| {
            let shown = shown(connection)?;
            let mut entries: HashMap<u64, u64> = HashMap::new();
            let mut statement =
                connection.prepare_cached("SELECT author, entry FROM contributor")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if shown.contains(&row.get(1)?) {
                    *entries.entry(row.get(0)?).or_default() += 1;
                }
            }
            let muted = mute::authors(connection)?;
            let mut who = connection.prepare_cached("SELECT key FROM author WHERE number = ?1")?;
            let mut people = Vec::with_capacity(entries.len());
            for (number, entries) in entries {
                let author = who.query_row([number], |row| row.get(0).map(Author))?;
                if !muted.contains(&author) {
                    people.push(Contributor { author, name: None, entries });
                }
            }
            let all = people.len() as u64;
            people.sort_unstable_by_key(|one| (Reverse(one.entries), one.author));
            people.truncate(most);
            for one in &mut people {
                one.name = author_name(connection, &one.author)?;
            }
            Ok(Contributors { people, all })
        })
    }

    /// To how many entries of each kind this author contributed, by the kind's name.
    pub fn kinds_of(&self, author: &Author) -> Result<BTreeMap<String, u64>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT e.kind, count(*) FROM contributor c CROSS JOIN entry e \
                 ON e.number = c.entry \
                 WHERE c.author = (SELECT number FROM author WHERE key = ?1) AND e.hidden = 0 \
                 AND e.kind <> 'erasure' AND {NOT_MUTED} AND {NO_TWIN} GROUP BY e.kind"
            ))?;
            let kinds = statement.query_map([author.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(kinds.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// The numbers of the entries that lists show.
fn shown(connection: &Connection) -> Try<HashSet<u64>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT e.number FROM entry e INDEXED BY listing \
         WHERE e.hidden = 0 AND e.kind <> 'erasure' AND {NOT_MUTED}"
    ))?;
    let numbers = statement.query_map([], |row| row.get(0))?;
    let mut shown: HashSet<u64> = numbers.collect::<rusqlite::Result<_>>()?;
    for (twin, _) in twins(connection)? {
        shown.remove(&twin);
    }
    Ok(shown)
}
