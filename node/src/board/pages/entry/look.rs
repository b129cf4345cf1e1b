//! An entry with all that its page tells, read in one go.

use commons_proto::contribution::Content;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use super::remarks::Remark;
use crate::board::fault::Fault;
use crate::board::viewer::Viewer;
use crate::export::Item;
use crate::find;
use crate::names::person;
use crate::render::entry::{CONFLICTS, Said, VALUES};
use crate::store::{Followed, Held, Reference, Store, Summary, Target};

/// An entry, looked at by somebody.
pub(super) struct Look {
    pub(super) viewer: Viewer,
    /// When, in seconds since 1970 UTC.
    pub(super) now: u64,
    pub(super) item: Item,
    /// What refers to it and is not muted here.
    pub(super) references: Vec<Reference>,
    /// How many that are muted here do.
    pub(super) muted_references: usize,
    /// The fields that several people set at once, each with its values.
    pub(super) conflicts: Vec<(String, Vec<Held>)>,
    /// How many further fields are in conflict.
    pub(super) further_conflicts: usize,
    pub(super) remarks: Vec<Remark>,
    /// Whether whoever began it is muted here.
    pub(super) is_author_muted: bool,
    /// Whether it is followed here.
    pub(super) is_followed: bool,
    /// Those who contributed and are muted here.
    pub(super) muted: Vec<Author>,
    /// What was taken back.
    pub(super) erased: Erased,
}

/// What an entry's history has that was taken back, or takes back.
#[derive(Debug, Default)]
pub(super) struct Erased {
    /// Whether words were.
    pub(super) some: bool,
    /// Of an erasure, how many contributions it takes back.
    pub(super) targets: usize,
}

impl Look {
    /// Reads it all.
    pub(super) fn read(
        store: &Store,
        id: &EntryId,
        viewer: Viewer,
        now: u64,
    ) -> Result<Self, Fault> {
        let view = store.entry(id)?;
        let view = view.ok_or_else(|| find::unknown(&id.to_string(), Vec::new()))?;
        let mut references = store.references(id)?;
        let all = references.len();
        references.retain(|reference| !reference.from.muted);
        let mut conflicts: Vec<(String, Vec<Held>)> = store.conflicts(&view)?.into_iter().collect();
        let further_conflicts = conflicts.len().saturating_sub(CONFLICTS);
        let fields = view.summary.kind.fields();
        let place = |name: &str| fields.iter().position(|field| field.name == name);
        conflicts.sort_by_key(|(name, _)| place(name).unwrap_or(usize::MAX));
        conflicts.truncate(CONFLICTS);
        conflicts.iter_mut().for_each(|(_, held)| held.truncate(VALUES));
        let erased = match view.state.is_empty() && view.summary.damaged.is_none() {
            true => Erased::read(store, id)?,
            false => Erased::default(),
        };
        let mut muted = Vec::new();
        for (author, _) in view.contributors.iter().take(PEOPLE) {
            if store.is_muted(&Target::Author(*author))? {
                muted.push(*author);
            }
        }
        let followed = store.followed()?;
        Ok(Self {
            viewer,
            now,
            muted_references: all - references.len(),
            remarks: Remark::all(store, &Said::of(&references).comments)?,
            is_author_muted: store.is_muted(&Target::Author(view.summary.author))?,
            is_followed: followed.iter().any(|(one, _)| *one == Followed::Entry(*id)),
            references,
            conflicts,
            further_conflicts,
            muted,
            erased,
            item: Item::new(view),
        })
    }

    /// Whether all that it said was taken back.
    pub(super) fn is_gone(&self) -> bool {
        self.erased.some
    }

    /// The entry as a list shows it.
    pub(super) fn summary(&self) -> &Summary {
        self.item.summary()
    }

    /// What the page is called.
    pub(super) fn called(&self) -> String {
        let Summary { title, kind, author, name, .. } = self.summary();
        match (kind, title.trim()) {
            (Kind::Comment | Kind::Endorsement | Kind::Membership, _) | (_, "") => {
                format!("{} by {}", capital(kind.name()), person(author, name.as_deref()))
            }
            (_, title) => title.to_owned(),
        }
    }

    /// Whether whoever looks is this author.
    pub(super) fn is_me(&self, author: &Author) -> bool {
        self.viewer.author() == Some(*author)
    }
}

impl Erased {
    fn read(store: &Store, id: &EntryId) -> Result<Self, Fault> {
        let history = store.history(id)?;
        Ok(Self {
            some: history.iter().any(|version| version.record.content == Content::Erased),
            targets: history.iter().map(|version| version.record.edits().len()).sum(),
        })
    }
}

/// A word with a capital letter.
fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// People of one sort that a page names.
pub(super) const PEOPLE: usize = 300;
