//! What all pages but those of the entries are made from, in memory.

use std::collections::{BTreeMap, HashMap};

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use super::gather::{DAY, Known};
use super::map::Map;
use crate::programme::{Slot, programme};
use crate::render::{Links, Markup, html, parts};
use crate::store::{Result, Store};

/// A commons as its archive tells it.
pub(super) struct Site<'s> {
    /// What it is called.
    pub(super) commons: &'s str,
    /// Where everything is.
    pub(super) map: &'s Map,
    /// All entries, the last changed first.
    pub(super) known: Vec<Known>,
    /// Where each is among these.
    pub(super) places: HashMap<EntryId, usize>,
    /// Everybody who contributed.
    pub(super) people: BTreeMap<Author, Somebody>,
    /// The entries of each tag that has a page.
    pub(super) tags: BTreeMap<String, Vec<usize>>,
    /// The entries that were written or changed on each day since 1970 UTC.
    pub(super) days: BTreeMap<u64, Vec<usize>>,
    /// The sessions.
    pub(super) programme: Vec<Slot>,
    /// Where in the programme each session is.
    pub(super) slots: HashMap<EntryId, usize>,
    /// The sessions of each workstream, which is a tag.
    pub(super) workstreams: BTreeMap<String, Vec<usize>>,
    /// The sessions that begin on each day since 1970 UTC.
    pub(super) held: BTreeMap<u64, Vec<usize>>,
    /// Entries that are muted here.
    pub(super) muted: u64,
    /// When the first and the last contribution was made, in seconds since 1970 UTC.
    pub(super) span: Option<(u64, u64)>,
}

/// Somebody who contributed.
#[derive(Default)]
pub(super) struct Somebody {
    /// What they call themselves.
    pub(super) name: Option<String>,
    /// What they began.
    pub(super) began: Vec<usize>,
    /// What others began and they contributed to.
    pub(super) joined: Vec<usize>,
    /// What they say of themselves.
    pub(super) profile: Option<usize>,
}

impl<'s> Site<'s> {
    /// The site of these entries.
    pub(super) fn new(
        commons: &'s str,
        map: &'s Map,
        known: Vec<Known>,
        store: &Store,
    ) -> Result<Self> {
        let mut site = Self {
            commons,
            map,
            places: known.iter().enumerate().map(|(at, one)| (one.summary.id, at)).collect(),
            people: BTreeMap::new(),
            tags: BTreeMap::new(),
            days: BTreeMap::new(),
            programme: programme(store)?,
            slots: HashMap::new(),
            workstreams: BTreeMap::new(),
            held: BTreeMap::new(),
            muted: store.counts()?.muted,
            span: None,
            known,
        };
        site.programme.retain(|slot| site.places.contains_key(&slot.summary.id));
        for (at, slot) in site.programme.iter().enumerate() {
            site.slots.insert(slot.summary.id, at);
            if let Some(workstream) = &slot.workstream {
                let tag = workstream.trim_start_matches('#').to_lowercase();
                site.workstreams.entry(tag).or_default().push(at);
            }
            if let Some(start) = slot.start {
                site.held.entry(start / DAY).or_default().push(at);
            }
        }
        for (at, one) in site.known.iter().enumerate() {
            let (created, changed) = (one.summary.created, one.summary.changed);
            let (first, last) = site.span.unwrap_or((created, changed));
            site.span = Some((first.min(created), last.max(changed)));
            for tag in one.tags.iter().filter(|tag| map.tag(tag).is_some()) {
                site.tags.entry(tag.clone()).or_default().push(at);
            }
            for (author, name) in &one.contributors {
                let somebody = site.people.entry(*author).or_default();
                somebody.name.clone_from(name);
                match *author == one.summary.author {
                    true => somebody.began.push(at),
                    false => somebody.joined.push(at),
                }
                // The last changed comes first.
                if one.summary.kind == Kind::Person && somebody.profile.is_none() {
                    somebody.profile = Some(at);
                }
            }
            let mut last = None;
            for (day, _) in &one.days {
                if last != Some(*day) {
                    site.days.entry(*day).or_default().push(at);
                    last = Some(*day);
                }
            }
        }
        Ok(site)
    }

    /// What an entry is called.
    pub(super) fn called<'k>(&'k self, known: &'k Known) -> &'k str {
        self.map.called(&known.summary.id).unwrap_or(&known.summary.title)
    }

    /// A list of entries: title, kind, who, when, tags, and how it begins.
    pub(super) fn entries<'k>(
        &self,
        entries: impl IntoIterator<Item = &'k Known>,
        here: &dyn Links,
    ) -> Markup {
        html! {
            ul.entries { @for known in entries { li { (self.entry(known, here)) } } }
        }
    }

    fn entry(&self, known: &Known, here: &dyn Links) -> Markup {
        let summary = &known.summary;
        let name = self.map.name(&summary.author, summary.name.as_deref());
        html! {
            h3 { (parts::entry(&summary.id, self.called(known), here)) }
            p.meta {
                span.kind { (parts::line(summary.kind.name())) } " "
                (parts::person(&summary.author, name, here))
                @if summary.authors > 1 { " and " (summary.authors - 1) " more" }
                ", " (parts::day(summary.created))
                @if summary.changed / DAY != summary.created / DAY {
                    ", changed " (parts::day(summary.changed))
                }
                @if known.endorsed > 0 { ", endorsed by " (known.endorsed) }
            }
            @if !known.words.is_empty() && *known.words != *summary.title {
                p.begins { (parts::line(&known.words)) }
            }
            (parts::tags(known.tags.iter().take(TAGS_SHOWN), here))
        }
    }

    /// These entries.
    pub(super) fn at<'k>(&'k self, places: &'k [usize]) -> impl Iterator<Item = &'k Known> {
        places.iter().map(|place| &self.known[*place])
    }

    /// An author, by the name under which they appear here.
    pub(super) fn person(&self, author: &Author, here: &dyn Links) -> Markup {
        let name = self.people.get(author).and_then(|somebody| somebody.name.as_deref());
        parts::person(author, self.map.name(author, name), here)
    }
}

/// A day as pages name it: `2026-11-22`.
pub(super) fn day_name(day: u64) -> String {
    parts::formatted(day.saturating_mul(DAY), "%Y-%m-%d")
}

/// Tags that a list shows of one entry.
const TAGS_SHOWN: usize = 12;
