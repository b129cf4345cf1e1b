//! New entries: ideas and what else anybody may improve, and short posts of one's own.

use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use super::{Changes, Refused};
use crate::store::{Store, StoreError, Summary};
use crate::{find, lines};

/// What becomes of something that each author does once.
#[derive(Debug)]
pub enum Once {
    /// It is done already: this is the entry.
    Already(Summary),
    /// What is to be signed.
    New(Draft),
}

/// What is asked of a new entry of this kind.
pub fn wanted(store: &Store, kind: &Kind, changes: &Changes) -> Result<Wanted, Refused> {
    changes.wanted(kind, &State::default(), &|typed| find::entry(store, typed))
}

/// A new entry of this kind that holds this. `summary` says why.
pub fn entry(kind: &Kind, wanted: &Wanted, summary: Option<String>) -> Draft {
    Draft {
        subject: Subject::Genesis(kind.clone()),
        parents: Vec::new(),
        edits: entry::changes(kind, &State::default(), wanted),
        summary,
    }
}

/// What a note says: its text with the hashtags in it, more tags, and what it is about.
pub fn note(text: &str, tags: &[String], about: &Option<String>) -> Changes {
    let mut changes = Changes::default();
    changes.add("tags", &lines::hashtags(text)).add("tags", tags);
    changes.put("text", text).set("about", about);
    changes
}

/// What a comment says.
pub fn comment(about: &str, text: &str) -> Changes {
    let mut changes = Changes::default();
    changes.put("text", text).put("about", about);
    changes
}

/// An endorsement of this entry, unless this author has endorsed it.
pub fn endorsement(store: &Store, about: &EntryId, me: &Author) -> Result<Once, Refused> {
    if let Some(done) = own(store, about, &Kind::Endorsement, me)?.into_iter().next() {
        return Ok(Once::Already(done));
    }
    let mut changes = Changes::default();
    changes.put("about", &about.to_string());
    let wanted = wanted(store, &Kind::Endorsement, &changes)?;
    Ok(Once::New(entry(&Kind::Endorsement, &wanted, None)))
}

/// What this author has written of a kind about an entry, the last changed first.
pub fn own(
    store: &Store,
    about: &EntryId,
    kind: &Kind,
    author: &Author,
) -> Result<Vec<Summary>, StoreError> {
    let references = store.references(about)?.into_iter();
    let own = references.filter(|reference| {
        reference.how == "about" && reference.from.kind == *kind && reference.from.author == *author
    });
    Ok(own.map(|reference| reference.from).collect())
}
