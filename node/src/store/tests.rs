//! Tests of the store, by concern, and what they share: a store in a directory of its own and
//! people who write.

mod count;
mod damage;
mod door;
mod erasure;
mod finding;
mod formats;
mod mute;
mod people;
mod questions;
mod same_view;
mod several;
mod unshown;

use std::path::PathBuf;

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{CommonsId, ContributionId, EntryId};
use commons_proto::kind::Kind;
use tempfile::TempDir;

use super::{Outcome, Source, Store};

/// When everything is written and received: seconds since 1970 UTC.
const NOW: u64 = 1_790_000_000;

struct Fixture {
    directory: TempDir,
    store: Store,
}

impl Fixture {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(&directory.path().join("test.sqlite"), &commons()).unwrap();
        Self { directory, store }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("test.sqlite")
    }

    /// Accepts one contribution, which must be new.
    fn add(&mut self, verified: &Verified) -> ContributionId {
        let outcomes = self.accept(std::slice::from_ref(verified));
        assert!(matches!(outcomes[..], [Outcome::New { .. }]), "{outcomes:?}");
        verified.id()
    }

    fn accept(&mut self, batch: &[Verified]) -> Vec<Outcome> {
        self.store.accept(batch, NOW, Source::Peer).unwrap()
    }

    fn titles(&self, filter: &super::Filter) -> Vec<String> {
        self.store.list(filter).unwrap().into_iter().map(|summary| summary.title).collect()
    }
}

fn commons() -> CommonsId {
    CommonsId::derive("test", None).unwrap()
}

fn key(number: u8) -> AuthorKey {
    AuthorKey::from_secret(&[number; 32])
}

fn sign(
    author: u8,
    time: u64,
    subject: Subject,
    parents: &[ContributionId],
    edits: Vec<Edit>,
) -> Verified {
    let draft = Draft { subject, parents: parents.to_vec(), edits, summary: None };
    draft.sign(&key(author), &commons(), time, [7; 16]).unwrap()
}

fn begin(author: u8, kind: Kind, edits: Vec<Edit>) -> Verified {
    sign(author, NOW, Subject::Genesis(kind), &[], edits)
}

fn follow(
    author: u8,
    entry: ContributionId,
    parents: &[ContributionId],
    edits: Vec<Edit>,
) -> Verified {
    sign(author, NOW, Subject::Entry(entry.into()), parents, edits)
}

fn idea(author: u8, title: &str) -> Verified {
    begin(author, Kind::Idea, vec![set("title", title)])
}

fn erase(author: u8, targets: &[&Verified]) -> Verified {
    let records: Vec<_> = targets.iter().map(|target| target.record()).collect();
    begin(author, Kind::Erasure, erase_edits(&records.iter().collect::<Vec<_>>()))
}

fn set(field: &str, value: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(value.into()) }
}

fn add(field: &str, item: &str) -> Edit {
    Edit::Add { field: field.to_owned(), item: item.into() }
}

fn about(entry: impl Into<EntryId>) -> Edit {
    Edit::Set { field: "about".to_owned(), value: Some(Value::Entry(entry.into())) }
}

fn splice(at: u64, delete: u64, insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at, delete, insert: insert.to_owned() }
}
