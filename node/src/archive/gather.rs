//! Each entry, read once, on all cores: its page is written, and what the other pages need of it is
//! kept.

use std::collections::BTreeSet;

use commons_proto::id::Author;
use rayon::prelude::*;

use super::entry;
use super::map::{Map, own_tags};
use super::shell::Frame;
use crate::export::{Item, Result};
use crate::store::{Reference, Store, Summary, Version};

/// What is known of an entry when all pages are made but its own.
pub(super) struct Known {
    /// As in a list.
    pub(super) summary: Summary,
    /// Its tags as they are counted.
    pub(super) tags: BTreeSet<String>,
    /// The beginning of what it says, on one line.
    pub(super) words: String,
    /// Its main address on the web.
    pub(super) address: Option<String>,
    /// Who contributed, in the order of their keys, and what they call themselves.
    pub(super) contributors: Vec<(Author, Option<String>)>,
    /// Who did and is muted here: their words stand in what others began, and their keys are credited.
    pub(super) unnamed: Vec<Author>,
    /// On which days who did: days since 1970 UTC.
    pub(super) days: BTreeSet<(u64, Author)>,
    /// How many endorse it.
    pub(super) endorsed: usize,
    /// How many others than who began it endorse it or refer to it, each counted once.
    pub(super) support: usize,
    /// The skills that it looks for or, of a person, has.
    pub(super) skills: Vec<String>,
    /// What a person says of themselves.
    pub(super) interests: Vec<String>,
}

/// Reads all entries of the map, and writes their pages.
pub(super) fn gather(store: &Store, map: &Map, frame: &Frame) -> Result<Vec<Known>> {
    let listed: Vec<&Summary> = map.listed.iter().collect();
    let known = on_all_cores(store, &listed, |store, summary| {
        let Some(view) = store.entry(&summary.id)? else { return Ok(None) };
        let item = Item::new(view);
        let history = store.history(&summary.id)?;
        let mut references = store.references(&summary.id)?;
        // What is muted has no page, nor what is left out of lists for another reason.
        references.retain(|reference| map.called(&reference.from.id).is_some());
        entry::write(store, map, frame, &item, &history, &references)?;
        Ok(Some(Known::new(map, &item, &history, &references)))
    })?;
    Ok(known.into_iter().flatten().collect())
}

/// Does this work with each entry, on all cores, each with a connection of its own; gives what comes of
/// it in their order.
pub(super) fn on_all_cores<T: Send>(
    store: &Store,
    entries: &[&Summary],
    work: impl Fn(&Store, &Summary) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let path = store.path();
    let done = entries.par_chunks(AT_ONCE).map(|some| {
        let store = Store::open_read_only(path)?;
        some.iter().map(|entry| work(&store, entry)).collect::<Result<Vec<T>>>()
    });
    let done: Vec<Vec<T>> = done.collect::<Result<_>>()?;
    Ok(done.into_iter().flatten().collect())
}

impl Known {
    fn new(map: &Map, item: &Item, history: &[Version], references: &[Reference]) -> Self {
        let summary = item.summary();
        let shown = |version: &&Version| !map.is_muted(&version.record.header.author);
        let days = history.iter().filter(shown).take(VERSIONS);
        let contributors = item.view().contributors.iter();
        let others = |reference: &&Reference| reference.from.author != summary.author;
        let support: BTreeSet<Author> =
            references.iter().filter(others).map(|reference| reference.from.author).collect();
        let endorsed: BTreeSet<Author> = references
            .iter()
            .filter(|reference| is_endorsement(reference))
            .map(|reference| reference.from.author)
            .collect();
        Self {
            tags: own_tags(summary),
            words: item.beginning(WORDS_BYTES),
            address: item.addresses().into_iter().next().map(|(_, address)| address),
            unnamed: item
                .view()
                .contributors
                .iter()
                .map(|(author, _)| *author)
                .filter(|author| map.is_muted(author))
                .collect(),
            contributors: contributors
                .filter(|(author, _)| !map.is_muted(author))
                .cloned()
                .collect(),
            days: days.map(|version| (version.time / DAY, version.record.header.author)).collect(),
            endorsed: endorsed.len(),
            support: support.len(),
            skills: some(item.set("skills")),
            interests: some(item.set("interests")),
            summary: summary.clone(),
        }
    }
}

pub(super) fn is_endorsement(reference: &Reference) -> bool {
    reference.from.kind == commons_proto::kind::Kind::Endorsement && reference.how == "about"
}

fn some(mut items: Vec<String>) -> Vec<String> {
    items.truncate(SKILLS);
    items
}

/// Seconds of a day.
pub(super) const DAY: u64 = 24 * 60 * 60;

/// Entries that one connection is opened for: enough that it costs nothing.
const AT_ONCE: usize = 256;

/// Bytes of an entry's text that lists and the search know.
const WORDS_BYTES: usize = 300;

/// Versions of an entry whose days are counted.
const VERSIONS: usize = 10_000;

/// Skills of one entry that are told.
const SKILLS: usize = 50;
