//! Short ids, both ways: the shortest unique prefix of an id, and the id that a prefix means.

use commons_proto::id::{ContributionId, EntryId, IdPrefix};
use commons_proto::kind::Kind;

use super::{Result, Store};

/// What an id may be that of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Entries.
    Entries,
    /// All contributions, an entry's first one among them.
    Contributions,
}

/// What a prefix means here.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// This one.
    One(ContributionId),
    /// Nothing; these ids begin most like it.
    None {
        /// A few candidates, perhaps none.
        near: Vec<Candidate>,
    },
    /// One of these, or of more: the list is bounded.
    Many(Vec<Candidate>),
}

/// What somebody may have meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub id: ContributionId,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// The entry that it belongs to.
    pub entry: EntryId,
    /// What kind of entry that is.
    pub kind: Kind,
    /// What the entry is called.
    pub title: String,
}

impl Store {
    /// What a prefix means among entries or contributions.
    pub fn resolve(&self, prefix: &IdPrefix, among: Among) -> Result<Resolution> {
        unimplemented!()
    }

    /// The shortest prefix of this id that no other contribution here has, of at least
    /// [`commons_proto::id::SHORT_CHARS`] characters.
    pub fn short(&self, id: &ContributionId) -> Result<String> {
        unimplemented!()
    }
}
