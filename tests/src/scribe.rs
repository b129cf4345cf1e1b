//! Somebody who writes contributions of any kind, as a program of their own would: with any edits,
//! parents and time, by their own key. And what passes between two stores, without a network. What
//! a person does with the program is in [`crate::commons`].

use std::cell::Cell;

use commons_node::home::Home;
use commons_node::store::{Outcome, Source, Store};
use commons_node::verify::Verifier;
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Record, SALT_BYTES, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{Author, CommonsId, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::wire::Unchecked;

use crate::commons::Person;

/// Somebody with a key, in a commons.
pub struct Scribe {
    key: AuthorKey,
    commons: CommonsId,
    written: Cell<u64>,
}

impl Scribe {
    /// The author with this number, in the commons with this name.
    ///
    /// # Panics
    /// If no commons can have this name.
    pub fn new(commons: &str, number: u8) -> Self {
        Self::with_key(commons, AuthorKey::from_secret(&[number; 32]))
    }

    /// This person, with the key in their home, which is made if it is not there.
    ///
    /// # Panics
    /// If the home cannot be opened.
    pub fn of(person: &Person) -> Self {
        let home = Home::open(person.home()).expect("a home can be made");
        Self::with_key(person.commons(), home.author_key().expect("a home has a key"))
    }

    fn with_key(commons: &str, key: AuthorKey) -> Self {
        let commons = CommonsId::derive(commons, None).expect("a good name");
        Self { key, commons, written: Cell::new(0) }
    }

    /// The public key.
    pub fn author(&self) -> Author {
        self.key.author()
    }

    /// Begins an entry.
    pub fn begins(&self, kind: Kind, edits: Vec<Edit>) -> Verified {
        self.begins_at(TIME, kind, edits)
    }

    /// Begins an entry, and claims that it was at this time, in seconds since 1970 UTC.
    pub fn begins_at(&self, time: u64, kind: Kind, edits: Vec<Edit>) -> Verified {
        self.signs(time, Subject::Genesis(kind), &[], edits)
    }

    /// Begins an idea with this title.
    pub fn idea(&self, title: &str) -> Verified {
        self.begins(Kind::Idea, vec![set("title", title)])
    }

    /// Changes the entry that the first of these belongs to, having seen all of them.
    pub fn follows(&self, parents: &[&Verified], edits: Vec<Edit>) -> Verified {
        self.follows_at(TIME, parents, edits)
    }

    /// The same, and claims that it was at this time, in seconds since 1970 UTC.
    pub fn follows_at(&self, time: u64, parents: &[&Verified], edits: Vec<Edit>) -> Verified {
        let entry = parents[0].entry();
        let parents: Vec<ContributionId> = parents.iter().map(|parent| parent.id()).collect();
        self.signs(time, Subject::Entry(entry), &parents, edits)
    }

    /// Takes these back.
    pub fn erases(&self, targets: &[&Verified]) -> Verified {
        let records: Vec<Record> = targets.iter().map(|target| target.record()).collect();
        let records: Vec<&Record> = records.iter().collect();
        self.begins(Kind::Erasure, erase_edits(&records))
    }

    /// Signs anything.
    ///
    /// # Panics
    /// If it is over a limit.
    pub fn signs(
        &self,
        time: u64,
        subject: Subject,
        parents: &[ContributionId],
        edits: Vec<Edit>,
    ) -> Verified {
        self.signs_with_summary(time, subject, parents, edits, None)
    }

    /// Signs anything, and says why.
    ///
    /// # Panics
    /// If it is over a limit.
    pub fn signs_with_summary(
        &self,
        time: u64,
        subject: Subject,
        parents: &[ContributionId],
        edits: Vec<Edit>,
        summary: Option<&str>,
    ) -> Verified {
        let mut salt = [0; SALT_BYTES];
        salt[..8].copy_from_slice(&self.written.get().to_le_bytes());
        self.written.set(self.written.get() + 1);
        let summary = summary.map(str::to_owned);
        let draft = Draft { subject, parents: parents.to_vec(), edits, summary };
        draft.sign(&self.key, &self.commons, time, salt).expect("a draft within the limits")
    }
}

/// Gives a single-valued field this text.
pub fn set(field: &str, text: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(text.into()) }
}

/// Puts a text into a set.
pub fn add(field: &str, text: &str) -> Edit {
    Edit::Add { field: field.to_owned(), item: text.into() }
}

/// Changes the body.
pub fn splice(at: u64, delete: u64, insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at, delete, insert: insert.to_owned() }
}

/// Says that it is about an entry.
pub fn about(entry: EntryId) -> Edit {
    Edit::Set { field: "about".to_owned(), value: Some(Value::Entry(entry)) }
}

/// What a store makes of these, received now.
///
/// # Panics
/// If the disk does not take them.
pub fn receives(store: &mut Store, batch: &[Verified]) -> Vec<Outcome> {
    store.accept(batch, crate::ideas::now(), Source::Peer).expect("the disk has room")
}

/// Takes all that one store would send into another, as bytes that are verified on the way; tells
/// what became of each.
///
/// # Panics
/// If a store fails, or sends what does not verify.
pub fn carry(from: &Store, to: &mut Store) -> Vec<Outcome> {
    let ids = from.ids_after(0, usize::MAX).expect("the log can be read");
    let ids: Vec<ContributionId> = ids.into_iter().map(|(id, ..)| id).collect();
    let sent = from.contributions(&ids).expect("the log can be read");
    let sent: Vec<Unchecked> =
        sent.into_iter().map(|bytes| Unchecked::new(bytes).expect("well formed")).collect();
    let verdicts = Verifier::new(from.commons()).check(&sent);
    let good: Vec<Verified> =
        verdicts.into_iter().map(|verdict| verdict.expect("a good contribution")).collect();
    receives(to, &good)
}

/// When everything is written that says nothing else: any time in the past will do.
const TIME: u64 = 1_700_000_000;
