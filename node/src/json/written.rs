//! What became of something that was written, erased, muted or followed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::names::short_author;
use crate::store::{self, Target};
use crate::when;

/// A contribution that was written.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Written {
    /// The contribution.
    pub id: String,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// The entry that it belongs to.
    pub entry: String,
    /// What kind of entry that is.
    pub kind: String,
}

/// What an author took back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Erased {
    /// The erasures that were written.
    pub erasures: Vec<String>,
    /// The contributions that they take back.
    pub erased: Vec<String>,
    /// How many peers the running node is connected to.
    pub peers: usize,
    /// On how many of them it is confirmed.
    pub confirmed: usize,
}

/// What is muted or followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Somebody.
    Author,
    /// An entry.
    Entry,
    /// A tag.
    Tag,
}

/// Somebody who, or something that is muted here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Muted {
    /// An author or an entry.
    pub what: What,
    /// The author's did:key, or the entry's id.
    pub id: String,
    /// The beginning of the key or of the id.
    pub short: String,
    /// What the author calls themselves, or what the entry is called.
    #[schema(required)]
    pub name: Option<String>,
    /// How many entries it hides.
    pub entries: u64,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// What became of muting, or of taking it back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Muting {
    /// `muted` or `unmuted`.
    pub what: &'static str,
    /// How many were not so before.
    pub changed: u64,
    /// How many entries lists show now.
    pub shown: u64,
    /// How many entries are hidden by muting.
    pub hidden: u64,
}

/// Somebody who, or something that is followed here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Followed {
    /// An author, an entry or a tag.
    pub what: What,
    /// The author's did:key, the entry's id or the tag.
    pub id: String,
    /// What it is called.
    #[schema(required)]
    pub name: Option<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub since: String,
}

/// What became of following, or of taking it back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Following {
    /// `followed` or `unfollowed`.
    pub what: &'static str,
    /// How many were not so before.
    pub changed: u64,
    /// How many are followed now.
    pub follows: usize,
}

impl From<&store::Muted> for Muted {
    fn from(muted: &store::Muted) -> Self {
        let (what, id, short) = match &muted.target {
            Target::Author(author) => (What::Author, author.did(), short_author(author)),
            Target::Entry(entry) => (What::Entry, entry.to_string(), format!("{entry:.10}")),
        };
        let since = when::rfc3339(muted.since);
        Self { what, id, short, name: muted.name.clone(), entries: muted.entries, since }
    }
}

impl Followed {
    /// Something that is followed since this time, with what it is called.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(store: &store::Store, followed: &store::Followed, since: u64) -> store::Result<Self> {
        let (what, id, name) = match followed {
            store::Followed::Tag(tag) => (What::Tag, tag.clone(), None),
            store::Followed::Author(author) => {
                (What::Author, author.did(), store.author_name(author)?)
            }
            store::Followed::Entry(entry) => {
                let title = store.summary(entry)?.map(|summary| summary.title);
                (What::Entry, entry.to_string(), title)
            }
        };
        Ok(Self { what, id, name, since: when::rfc3339(since) })
    }
}
