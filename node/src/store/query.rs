//! What people ask: lists, entries, histories, references.

use std::collections::BTreeMap;

use commons_proto::contribution::Record;
use commons_proto::entry::State;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::policy::Genesis;

use super::{Result, Source, Store};

/// Which entries a list is to have. The default is all but erasures.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this kind.
    pub kind: Option<Kind>,
    /// Only with this tag, in upper or lower case.
    pub tag: Option<String>,
    /// Only what this author has contributed to.
    pub author: Option<Author>,
    /// Only changed at or after this time, in seconds since 1970 UTC.
    pub since: Option<u64>,
    /// Only changed before this time, in seconds since 1970 UTC.
    pub until: Option<u64>,
    /// At most so many.
    pub limit: Option<usize>,
}

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
    /// Entries by the name of their kind.
    pub kinds: BTreeMap<String, u64>,
    /// Authors of contributions.
    pub authors: u64,
}

impl Store {
    /// The entries that the filter lets through, the last changed first; of those changed in the
    /// same second, in the order of their ids.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Summary>> {
        unimplemented!()
    }

    /// The entries that have these words (as SQLite's FTS5 reads them), the last changed first.
    pub fn search(&self, words: &str, limit: usize) -> Result<Vec<Summary>> {
        unimplemented!()
    }

    /// An entry as a list shows it.
    pub fn summary(&self, entry: &EntryId) -> Result<Option<Summary>> {
        unimplemented!()
    }

    /// An entry, whole.
    pub fn entry(&self, entry: &EntryId) -> Result<Option<EntryView>> {
        unimplemented!()
    }

    /// The contributions of an entry: parents before children, otherwise by time and id. Empty if
    /// there is no such entry.
    pub fn history(&self, entry: &EntryId) -> Result<Vec<Version>> {
        unimplemented!()
    }

    /// An entry as it was at these of its versions.
    pub fn state_at(&self, entry: &EntryId, versions: &[ContributionId]) -> Result<Option<State>> {
        unimplemented!()
    }

    /// The entries that refer to this one, which need not be here itself.
    pub fn references(&self, entry: &EntryId) -> Result<Vec<Reference>> {
        unimplemented!()
    }

    /// What an author calls themselves, in the last changed of their person entries.
    pub fn author_name(&self, author: &Author) -> Result<Option<String>> {
        unimplemented!()
    }

    /// The authors that somebody may mean: by did:key, by a prefix of the key as ids are shown, or
    /// by name in upper or lower case; with their names.
    pub fn resolve_author(&self, typed: &str) -> Result<Vec<(Author, Option<String>)>> {
        unimplemented!()
    }

    /// How much there is.
    pub fn counts(&self) -> Result<Counts> {
        unimplemented!()
    }
}
