//! A file of an older format is brought up when it is written, and read as it is.

use super::*;
use crate::store::{Filter, Target};
use rusqlite::Connection;

/// Makes today's file one of format 1.
const BACK_TO_1: &str = "
DROP TABLE muted;
DROP TABLE unshown;
DROP TABLE value;
DROP TABLE source;
DROP TABLE moment;
DROP TABLE followed;
ALTER TABLE author DROP COLUMN seen;
DROP INDEX listing;
CREATE INDEX listing ON entry (kind, changed DESC, id) WHERE hidden = 0;
PRAGMA user_version = 1;
";

fn old() -> Fixture {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Bed sensors"));
    fixture.store.accept(&[idea(2, "Hand hygiene")], NOW + 60, Source::Peer).unwrap();
    fixture.store.connection.execute_batch(BACK_TO_1).unwrap();
    fixture
}

fn format(fixture: &Fixture) -> i64 {
    let connection = Connection::open(fixture.path()).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_file_of_format_1_is_brought_up_when_it_is_opened_for_writing() {
    let fixture = old();
    let mut store = Store::open(&fixture.path(), &commons()).unwrap();
    assert_eq!(format(&fixture), 3);
    assert_eq!(store.list(&Filter::default()).unwrap().len(), 2);
    let newcomers = store.newcomers(NOW + 1).unwrap();
    assert_eq!(newcomers.iter().map(|one| one.author).collect::<Vec<_>>(), [key(2).author()]);
    store.mute(&[Target::Author(key(2).author())], NOW).unwrap();
    assert_eq!(store.list(&Filter::default()).unwrap().len(), 1);
    let report = store.verify(|_, _| ()).unwrap();
    assert_eq!((report.changed, report.damaged.len(), report.file.len()), (0, 0, 0));
}

#[test]
fn a_file_of_format_1_is_read_as_it_is() {
    let fixture = old();
    let store = Store::open_read_only(&fixture.path()).unwrap();
    assert_eq!(store.list(&Filter::default()).unwrap().len(), 2);
    assert_eq!(store.counts().unwrap().entries, 2);
    assert_eq!(store.muted().unwrap(), []);
    assert_eq!(store.tail(0, 10).unwrap().len(), 2);
    assert_eq!(store.search(&Filter::of_words("hygiene", 10)).unwrap().len(), 1);
    let entry = idea(1, "Bed sensors").id().into();
    assert_eq!(store.entry(&entry).unwrap().unwrap().summary.damaged, None);
    assert_eq!(store.history(&entry).unwrap().len(), 1);
    assert_eq!(format(&fixture), 1);
}

#[test]
fn several_who_open_an_old_file_at_once_bring_it_up_once() {
    let fixture = old();
    let path = fixture.path();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| drop(Store::open(&path, &commons()).unwrap()));
        }
    });
    assert_eq!(format(&fixture), 3);
}
