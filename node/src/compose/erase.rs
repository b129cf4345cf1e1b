//! Taking back what one wrote: what goes, what stays, and the erasures that do it. Whoever lets a person
//! erase says all of it first, and asks once.

use std::collections::BTreeMap;

use commons_proto::contribution::{Content, Draft, Record, Subject};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;

use super::Refused;
use crate::phrases::count;
use crate::store::{Store, Version};
use crate::{find, names};

/// What is to be taken back, by entry.
#[derive(Debug, Default)]
pub struct Taken {
    entries: BTreeMap<EntryId, TakenEntry>,
}

/// What is to be taken back of an entry.
#[derive(Debug)]
pub struct TakenEntry {
    /// Its shortened id.
    pub short: String,
    /// Its kind.
    pub kind: Kind,
    /// What it is called, as a stranger may have written it.
    pub title: String,
    /// The contributions of the author that go.
    pub records: Vec<Record>,
    /// How many of others stay.
    pub others: usize,
}

impl Taken {
    /// All that this author wrote in this commons.
    pub fn all(store: &Store, me: &Author) -> Result<Self, Refused> {
        let mut taken = Self::default();
        for entry in store.entries_of(me)? {
            taken.add_entry(store, &entry, me)?;
        }
        Ok(taken)
    }

    /// Takes back what a shortened id means: an entry, or else one of its versions.
    pub fn add(&mut self, store: &Store, typed: &str, me: &Author) -> Result<(), Refused> {
        let is_entry = find::is_entry(store, typed)?;
        let entry = find::entry(store, typed)?;
        let history = store.history(&entry)?;
        if is_entry {
            if !history.iter().any(|version| version.record.header.author == *me) {
                return Err(Refused::NothingOwn { short: store.short(&entry.into())? });
            }
            return self.add_entry(store, &entry, me);
        }
        let id = find::version(store, &history, typed)?;
        self.add_version(store, &entry, &history, &id, me)
    }

    /// Takes back one version of an entry that has this history.
    pub fn add_version(
        &mut self,
        store: &Store,
        entry: &EntryId,
        history: &[Version],
        id: &ContributionId,
        me: &Author,
    ) -> Result<(), Refused> {
        let version = history.iter().find(|version| version.record.id == *id);
        let version = version.ok_or_else(|| find::unknown(&id.to_string(), Vec::new()))?;
        if version.record.header.author != *me {
            let by = names::person(&version.record.header.author, version.name.as_deref());
            return Err(Refused::ByAnother { short: store.short(id)?, by });
        }
        if !is_left(version) {
            return Ok(());
        }
        let others = history.iter().filter(|other| is_left(other)).count() - 1;
        if !self.entries.contains_key(entry) {
            self.entries.insert(*entry, TakenEntry::new(store, entry, Vec::new(), others)?);
        }
        if let Some(taken) = self.entries.get_mut(entry)
            && !taken.records.iter().any(|record| record.id == *id)
        {
            taken.records.push(version.record.clone());
        }
        Ok(())
    }

    /// Takes back all that this author wrote in an entry.
    pub fn add_entry(
        &mut self,
        store: &Store,
        entry: &EntryId,
        me: &Author,
    ) -> Result<(), Refused> {
        let history = store.history(entry)?;
        let summary = store.summary(entry)?;
        if summary.is_none_or(|summary| summary.kind == Kind::Erasure) {
            return Ok(());
        }
        let is_own = |version: &Version| is_left(version) && version.record.header.author == *me;
        let (own, rest): (Vec<Version>, Vec<Version>) = history.into_iter().partition(is_own);
        if own.is_empty() {
            return Ok(());
        }
        let others = rest.into_iter().filter(is_left).count();
        let records = own.into_iter().map(|version| version.record).collect();
        self.entries.insert(*entry, TakenEntry::new(store, entry, records, others)?);
        Ok(())
    }

    /// Whether there is nothing to take back.
    pub fn is_empty(&self) -> bool {
        self.entries.values().all(|entry| entry.records.is_empty())
    }

    /// The entries of which something goes.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &TakenEntry> {
        self.entries.values()
    }

    /// The contributions that go.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.entries.values().flat_map(|entry| &entry.records)
    }

    /// The ids of the contributions that go.
    pub fn ids(&self) -> impl Iterator<Item = ContributionId> {
        self.records().map(|record| record.id)
    }

    /// What whoever erases is told before.
    pub fn warning(&self) -> String {
        format!(
            "The words of {} go for good, here and on every node that hears of it. What others wrote \
             stays; so does what somebody has copied.",
            count(self.records().count() as u64, "contribution", "contributions")
        )
    }

    /// The erasures that take it back, as many as it needs.
    pub fn drafts(&self) -> Vec<Draft> {
        let records: Vec<&Record> = self.records().collect();
        let draft = |some: &[&Record]| Draft {
            subject: Subject::Genesis(Kind::Erasure),
            parents: Vec::new(),
            edits: erase_edits(some),
            summary: None,
        };
        in_parts(&records).map(draft).collect()
    }
}

impl TakenEntry {
    fn new(
        store: &Store,
        entry: &EntryId,
        records: Vec<Record>,
        others: usize,
    ) -> Result<Self, Refused> {
        let summary = store.summary(entry)?;
        let summary = summary.ok_or_else(|| find::unknown(&entry.to_string(), Vec::new()))?;
        let (short, kind, title) = (summary.short, summary.kind, summary.title);
        Ok(Self { short, kind, title, records, others })
    }

    /// What of it goes, in words.
    pub fn goes(&self) -> String {
        match self.others {
            0 => "all of it".to_owned(),
            _ => count(self.records.len() as u64, "version of yours", "versions of yours"),
        }
    }

    /// What of it stays, in words, if anything does.
    pub fn stays(&self) -> Option<String> {
        let others = count(self.others as u64, "other one", "other ones");
        (self.others > 0).then(|| format!("{others} stay"))
    }
}

/// What whoever has erased is told when there are peers: on how many of them it is confirmed.
pub fn confirmed_on(confirmed: usize, peers: usize) -> String {
    format!(
        "Erased here, and confirmed on {confirmed} of {} that you are connected to. The others hear of \
         it when they are met.",
        count(peers as u64, "peer", "peers")
    )
}

/// Parts that fit into an erasure each.
fn in_parts<'a>(records: &'a [&'a Record]) -> impl Iterator<Item = &'a [&'a Record]> {
    let mut rest = records;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut fits = |record: &Record| {
            // A shape has an item for each edit at most, of a field's name and three numbers.
            bytes += TARGET_BYTES + record.edits().len() * SHAPE_ITEM_BYTES;
            bytes < PART_BYTES
        };
        let some = rest.iter().take_while(|record| fits(record)).count();
        let (part, left) = rest.split_at_checked(some.clamp(1, PART))?;
        rest = left;
        Some(part)
    })
}

/// Whether its words are still there, and could be taken back.
fn is_left(version: &Version) -> bool {
    !matches!(version.record.content, Content::Erased)
}

/// Contributions that one erasure takes back at most, well below the bound on edits.
const PART: usize = 500;

/// Bytes of what one erasure says at most: of 64 KiB, with room for the header.
const PART_BYTES: usize = 56 * 1024;

/// Bytes of a target in an erasure without its shape: the id and the names around it.
const TARGET_BYTES: usize = 64;

/// Bytes of an item of a shape at most: a field's name of 32, three numbers of 9.
const SHAPE_ITEM_BYTES: usize = 64;
