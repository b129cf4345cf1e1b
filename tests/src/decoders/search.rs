//! The words of a search, and a list's filters, as arbitrary text.

use commons_node::store::{Filter, Source, Store};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject};
use commons_proto::edit::{Edit, Value};
use commons_proto::kind::Kind;
use tempfile::TempDir;

use super::contributions::COMMONS;

/// Words that are searched for.
pub(super) fn words(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    HELD.with(|(store, _)| {
        let found = store
            .search(&Filter::of_words(text, 10))
            .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(found.len() <= 10);
        let filter = Filter { tags: vec![text.to_owned()], limit: Some(3), ..Filter::default() };
        store.list(&filter).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        store.resolve_author(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    });
}

thread_local! {
    /// A store with a few words in it; gone with its thread.
    static HELD: (Store, TempDir) = {
        let directory = TempDir::with_prefix("commons-decoders-").expect("a temporary directory");
        let mut store =
            Store::open(&directory.path().join("held.sqlite"), &COMMONS).expect("it can be made");
        let titles = ["Hand hygiene by the door", "Bed sensors", "\"quoted\" AND NOT (near)"];
        let key = AuthorKey::from_secret(&[1; 32]);
        let held = titles.map(|title| {
            let title = Edit::Set { field: "title".to_owned(), value: Some(title.into()) };
            let tag = Edit::Add { field: "tags".to_owned(), item: Value::from("wards") };
            let draft = Draft {
                subject: Subject::Genesis(Kind::Idea),
                parents: Vec::new(),
                edits: vec![title, tag],
                summary: None,
            };
            draft.sign(&key, &COMMONS, 7, [0; 16]).expect("a short idea")
        });
        store.accept(&held, 7, Source::Peer).expect("the disk has room");
        (store, directory)
    };
}
