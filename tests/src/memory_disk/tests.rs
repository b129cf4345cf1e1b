//! The disk in memory does to SQLite what a real one does, and only when it is told to.

use std::path::PathBuf;

use rusqlite::{Connection, ErrorCode};

use super::{Cut, Fault, MemoryDisk};

/// A database of the kind that the store uses.
fn open(disk: &MemoryDisk, synchronous: &str) -> Connection {
    let connection = Connection::open(disk.path().join("test.sqlite")).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
             CREATE TABLE IF NOT EXISTS word (word TEXT)"
        ))
        .unwrap();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    connection
}

fn add(connection: &Connection, word: &str) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO word VALUES (?1)", [word])
}

fn words(connection: &Connection) -> Vec<String> {
    let mut statement = connection.prepare("SELECT word FROM word ORDER BY rowid").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn connections_on_threads_share_a_log_and_disks_share_nothing() {
    let (disk, other) = (MemoryDisk::new(), MemoryDisk::new());
    drop(open(&disk, "FULL"));
    let writers = ["a", "b", "c", "d"].map(|name| {
        let disk = disk.clone();
        std::thread::spawn(move || {
            let connection = open(&disk, "FULL");
            connection.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
            for number in 0..50 {
                add(&connection, &format!("{name}{number}")).unwrap();
            }
        })
    });
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(words(&open(&disk, "FULL")).len(), 200);
    assert!(words(&open(&other, "FULL")).is_empty());
    assert!(
        std::fs::read_dir(disk.path()).unwrap().next().is_none(),
        "nothing is on the real disk"
    );
    let names: Vec<_> = disk.image().files.into_keys().collect();
    assert_eq!(names, [PathBuf::from("test.sqlite")], "the last one has put the log away");
}

#[test]
fn a_writer_locks_out_another_and_not_a_reader() {
    let disk = MemoryDisk::new();
    let (one, two) = (open(&disk, "FULL"), open(&disk, "FULL"));
    add(&one, "first").unwrap();
    one.execute_batch("BEGIN IMMEDIATE; INSERT INTO word VALUES ('second')").unwrap();
    let refused = add(&two, "third").unwrap_err();
    assert_eq!(refused.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
    assert_eq!(words(&two), ["first"]);
    one.execute_batch("COMMIT").unwrap();
    add(&two, "third").unwrap();
    assert_eq!(words(&one), ["first", "second", "third"]);
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_may_keep_more() {
    let full = MemoryDisk::new();
    let connection = open(&full, "FULL");
    add(&connection, "kept").unwrap();
    full.power_cut(Cut::Synced);
    assert!(add(&connection, "too late").is_err());
    drop(connection);
    assert_eq!(words(&open(&full, "FULL")), ["kept"]);

    let normal = MemoryDisk::new();
    drop(open(&normal, "NORMAL"));
    let left = |cut| {
        let before = normal.image();
        let connection = open(&normal, "NORMAL");
        add(&connection, "lost").unwrap();
        normal.power_cut(cut);
        drop(connection);
        let left = words(&open(&normal, "NORMAL")).len();
        normal.restore(&before);
        left
    };
    assert_eq!(left(Cut::Synced), 0, "the log is not synced with each write");
    assert_eq!(left(Cut::Process), 1);
    let some: usize = (0..32).map(|seed| left(Cut::Seeded(seed))).sum();
    assert!((1..32).contains(&some), "of 32 cuts {some} kept it");
    let same = |seed| (0..4).map(move |_| left(Cut::Seeded(seed)));
    assert!((0..8).all(|seed| same(seed).min() == same(seed).max()), "a seed decides");
}

#[test]
fn faults_come_at_their_write_and_go_when_healed() {
    let disk = MemoryDisk::new();
    let connection = open(&disk, "FULL");
    add(&connection, "one").unwrap();
    let code = |connection: &Connection| add(connection, "two").unwrap_err().sqlite_error_code();
    for (fault, said) in [
        (Fault::Full, ErrorCode::DiskFull),
        (Fault::Io, ErrorCode::SystemIoFailure),
        (Fault::Sync, ErrorCode::SystemIoFailure),
        (Fault::ReadOnly, ErrorCode::SystemIoFailure),
    ] {
        disk.fail(fault);
        assert_eq!(code(&connection), Some(said), "{fault:?}");
        assert_eq!(words(&connection), ["one"], "{fault:?}");
        disk.heal();
    }
    disk.fail(Fault::ReadOnly);
    let reader = Connection::open(disk.path().join("test.sqlite")).unwrap();
    assert_eq!(words(&reader), ["one"]);
    assert_eq!(code(&reader), Some(ErrorCode::ReadOnly));
    disk.fail(Fault::Dead);
    assert!(
        Connection::open(disk.path().join("test.sqlite")).and_then(|it| add(&it, "x")).is_err()
    );
    disk.heal();
    disk.fail_at(Fault::Io, 2);
    assert_eq!(code(&connection), Some(ErrorCode::SystemIoFailure));
    add(&connection, "two").unwrap();
    assert_eq!(words(&connection), ["one", "two"]);
}

#[test]
fn a_recording_has_every_state_that_there_was() {
    let disk = MemoryDisk::new();
    let connection = open(&disk, "FULL");
    disk.record();
    let places = ["one", "two", "three"].map(|word| {
        add(&connection, word).unwrap();
        disk.recorded()
    });
    let image = disk.image();
    let recording = disk.recording();
    assert_eq!(recording.steps(), places[2]);
    let copy = MemoryDisk::new();
    let mut replay = recording.replay();
    loop {
        copy.restore(&replay.cut(Cut::Synced));
        let acknowledged = places.iter().filter(|place| **place <= replay.done()).count();
        assert!(words(&open(&copy, "FULL")).len() >= acknowledged, "after {}", replay.done());
        if !replay.advance() {
            break;
        }
    }
    assert_eq!(replay.cut(Cut::Process), image);
    assert!(disk.contains(b"three") && image.contains(b"three"));
    assert!(!disk.contains(b"four"));
}
