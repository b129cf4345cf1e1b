//! Several connections to one file, and a disk that is full or must not be written.

use super::*;
use crate::store::schema::FORMAT;
use crate::store::{Filter, StoreError};
use rusqlite::Connection;

#[test]
fn what_one_connection_writes_the_other_sees() {
    let mut node = Fixture::new();
    let mut command = Store::open(&node.path(), &commons()).unwrap();
    assert!(!node.store.changed_elsewhere().unwrap());
    let idea = idea(1, "Hand hygiene");
    command.accept(std::slice::from_ref(&idea), NOW, Source::Here).unwrap();
    assert!(node.store.changed_elsewhere().unwrap());
    assert!(!node.store.changed_elsewhere().unwrap());
    assert_eq!(node.store.tail(0, 10).unwrap()[0].id, idea.id());
    node.add(&follow(2, idea.id(), &[idea.id()], vec![add("tags", "hands")]));
    assert!(!node.store.changed_elsewhere().unwrap(), "its own writing is no news");
    let edit = follow(1, idea.id(), &[idea.id()], vec![set("title", "Clean hands")]);
    let outcomes = command.accept(&[edit], NOW, Source::Here).unwrap();
    assert_eq!(outcomes, [Outcome::New { seq: 3 }]);
    let summary = node.store.summary(&idea.id().into()).unwrap().unwrap();
    assert_eq!((summary.title.as_str(), summary.versions), ("Clean hands", 3));
    assert_eq!(node.store.rebuild().unwrap(), 0);
}

#[test]
fn a_locked_database_is_said_to_be_locked() {
    let mut fixture = Fixture::new();
    let other = Connection::open(fixture.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    fixture.store.connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let idea = idea(1, "Hand hygiene");
    let failed = fixture.store.accept(std::slice::from_ref(&idea), NOW, Source::Here);
    assert!(matches!(failed, Err(StoreError::Locked(_))), "{failed:?}");
    assert!(fixture.titles(&Filter::default()).is_empty(), "reading needs no lock");
    other.execute_batch("ROLLBACK").unwrap();
    fixture.add(&idea);
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Hand hygiene"));
    let limit = |store: &Store, pages: u32| {
        let sql = format!("PRAGMA max_page_count = {pages}");
        store.connection.query_row(&sql, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    let pages = limit(&fixture.store, 1);
    limit(&fixture.store, pages + 3);
    let batch: Vec<Verified> = (0..100)
        .map(|number| begin(1, Kind::Idea, vec![splice(0, 0, &format!("{number} ").repeat(999))]))
        .collect();
    let failed = fixture.store.accept(&batch, NOW, Source::Peer);
    assert!(matches!(failed, Err(StoreError::Full(_))), "{failed:?}");
    assert_eq!(fixture.store.last().unwrap(), 1);
    assert_eq!(fixture.store.rebuild().unwrap_or_default(), 0);
    limit(&fixture.store, u32::MAX);
    assert!(fixture.accept(&batch).iter().all(|outcome| matches!(outcome, Outcome::New { .. })));
    assert_eq!(fixture.store.rebuild().unwrap(), 0);
}

#[test]
fn a_store_for_reading_only_says_so() {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Hand hygiene"));
    let mut reader = Store::open_read_only(&fixture.path()).unwrap();
    assert_eq!(reader.commons(), commons());
    assert_eq!(reader.list(&Filter::default()).unwrap().len(), 1);
    let failed = reader.accept(&[idea(1, "Bed sensors")], NOW, Source::Here);
    assert!(matches!(failed, Err(StoreError::ReadOnly(_))), "{failed:?}");
}

#[test]
fn a_file_on_a_medium_for_reading_is_read_without_companions() {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Hand hygiene"));
    let path = fixture.path();
    let Fixture { directory, store } = fixture;
    drop(store);
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI;
    let name = crate::store::schema::immutable(&path);
    let reader = Connection::open_with_flags(name, flags).unwrap();
    let count: u64 =
        reader.query_row("SELECT count(*) FROM contribution", [], |row| row.get(0)).unwrap();
    assert_eq!((count, std::fs::read_dir(directory.path()).unwrap().count()), (1, 1));
}

#[test]
fn the_wrong_file_is_refused_with_the_reason() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let other = CommonsId::derive("other", None).unwrap();
    assert!(matches!(Store::open(&path, &other), Err(StoreError::AnotherCommons(_))));
    assert_eq!(Store::open_existing(&path, false).unwrap().commons(), commons());

    let missing = fixture.directory.path().join("missing.sqlite");
    assert!(matches!(Store::open_read_only(&missing), Err(StoreError::Missing(_))));
    assert!(matches!(Store::open_existing(&missing, false), Err(StoreError::Missing(_))));
    assert!(!missing.exists());

    let text = fixture.directory.path().join("text.sqlite");
    std::fs::write(&text, "hand hygiene ".repeat(1000)).unwrap();
    assert!(matches!(Store::open(&text, &commons()), Err(StoreError::Damaged { .. })));

    let foreign = fixture.directory.path().join("foreign.sqlite");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE ward (bed)").unwrap();
    assert!(matches!(Store::open(&foreign, &commons()), Err(StoreError::Damaged { .. })));

    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1_000).unwrap();
    let newer = Store::open(&path, &commons());
    assert!(matches!(newer, Err(StoreError::NewerFormat { found: 1_000, known: FORMAT, .. })));
}

#[test]
fn two_processes_that_begin_at_once_make_one_database() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("test.sqlite");
    let open = || {
        let mut store = Store::open(&path, &commons()).unwrap();
        store.remember_peer("peer", "/ip4/192.0.2.1/tcp/1", NOW).unwrap();
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(open);
        }
    });
    assert_eq!(Store::open(&path, &commons()).unwrap().peers().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Hand hygiene"));
    for file in std::fs::read_dir(fixture.directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
}
