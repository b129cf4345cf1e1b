//! What others wrote since somebody last looked, entry by entry. What was written on this home is no
//! news to its owner.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use crate::store::{Filter, LogItem, Result, Source, Store, Summary};

/// What is new of an entry.
#[derive(Debug, Clone)]
pub struct News {
    /// The entry.
    pub summary: Summary,
    /// Whether it began since then.
    pub is_new: bool,
    /// How many contributions came to it.
    pub contributions: u64,
    /// Who made them.
    pub authors: BTreeSet<Author>,
    /// Whether it is followed here.
    pub followed: bool,
}

/// What came to each entry.
#[derive(Debug, Default)]
struct Came {
    is_new: bool,
    contributions: u64,
    authors: BTreeSet<Author>,
}

/// What came after this position of the log, of the entries that the filter lets through; and the
/// position up to which that is. What is followed stands first; then it goes kind by kind, in the order of
/// the kinds; the last changed first.
///
/// # Errors
/// If the store cannot be read.
pub fn news(store: &Store, after: u64, filter: &Filter) -> Result<(Vec<News>, u64)> {
    let (mut came, through) = gather(store, after)?;
    let entries = came.keys().copied().collect();
    let listed = matching(store, filter, &entries)?;
    let entries = listed.keys().copied().collect();
    let followed = Filter { followed: true, ..Filter::default() };
    let followed = matching(store, &followed, &entries)?;
    let mut news: Vec<News> = listed
        .into_iter()
        .filter_map(|(entry, summary)| {
            let Came { is_new, contributions, authors } = came.remove(&entry)?;
            let followed = followed.contains_key(&entry);
            Some(News { summary, is_new, contributions, authors, followed })
        })
        .collect();
    news.sort_by_key(|News { summary, followed, .. }| {
        (!followed, place(&summary.kind), Reverse(summary.changed), summary.id)
    });
    Ok((news, through))
}

/// Which of these entries the filter lets through, with what a list shows of them.
///
/// # Errors
/// If the store cannot be read.
pub fn matching(
    store: &Store,
    filter: &Filter,
    entries: &BTreeSet<EntryId>,
) -> Result<BTreeMap<EntryId, Summary>> {
    let mut found = Vec::new();
    if entries.len() > ONE_BY_ONE {
        found = store.list(filter)?;
        found.retain(|summary| entries.contains(&summary.id));
    } else {
        for entry in entries {
            found.extend(store.list(&Filter { entry: Some(*entry), ..filter.clone() })?);
        }
    }
    Ok(found.into_iter().map(|summary| (summary.id, summary)).collect())
}

/// What came to each entry after this position, but what was written here; and the last position.
fn gather(store: &Store, after: u64) -> Result<(BTreeMap<EntryId, Came>, u64)> {
    let mut entries: BTreeMap<EntryId, Came> = BTreeMap::new();
    let mut through = after;
    loop {
        let rows = store.tail(through, AT_ONCE)?;
        let Some(last) = rows.last() else { return Ok((entries, through)) };
        through = last.seq;
        let is_news = |row: &&LogItem| !row.muted && row.source == Source::Peer;
        for row in rows.iter().filter(is_news) {
            let came = entries.entry(row.entry).or_default();
            came.is_new |= row.begins();
            came.contributions += 1;
            came.authors.insert(row.author);
        }
    }
}

/// Where a kind stands among the others: those of a newer commons last.
fn place(kind: &Kind) -> usize {
    Kind::KNOWN.iter().position(|known| known == kind).unwrap_or(Kind::KNOWN.len())
}

/// Entries that are asked for one by one; of more, all that are here are asked for at once.
const ONE_BY_ONE: usize = 1000;

/// Rows of the log that are read at once.
const AT_ONCE: usize = 500;
