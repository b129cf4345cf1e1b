//! Disks that are full, locked, read-only or fail: case 19. Whoever writes is told why it does not
//! work; nothing is acknowledged or passed on; and the node goes on by itself when it can.

use std::fs;

use commons_node::driver::{NodeError, NodeEvent};
use commons_node::store::{Outcome, Source, Store, StoreError};
use commons_proto::contribution::Verified;
use commons_tests::ideas::{self, Ideas};
use commons_tests::member::idea;
use commons_tests::memory_disk::{Fault, MemoryDisk};
use commons_tests::{Member, Person};
use rusqlite::Connection;

/// Two nodes that know each other, the first on a disk that does what the test says.
fn two_nodes() -> (MemoryDisk, Member, Member) {
    let person = Person::new("ana");
    fs::create_dir_all(person.home()).expect("a directory can be made");
    let disk = MemoryDisk::at(person.home());
    let mut ana = Member::of(&person, &[]);
    let ben = Member::knowing("ben", &[&ana]);
    let first = ana.writes_idea("before");
    ben.until_it_holds(&[first.id()]);
    (disk, ana, ben)
}

fn warns(member: &Member, words: &str) {
    member.hears(words, |event| match event {
        NodeEvent::Warning { message } if message.contains(words) => Some(()),
        _ => None,
    });
}

/// Sees that a node says `words` while it cannot write, and goes on when `mend` has been done.
fn goes_on(ana: &Member, ben: &Member, words: &str, mend: impl FnOnce()) {
    let one = |member: &Member, title| idea(&member.key(), &member.commons(), title, 99);
    let refused = one(ana, "not acknowledged");
    match ana.tries(std::slice::from_ref(&refused)) {
        Err(NodeError::Store(error)) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let said = format!("{error}: {}", source.unwrap_or_default());
            assert!(said.contains(words), "{said}");
        }
        other => panic!("{other:?} though nothing can be written"),
    }
    let from_ben = one(ben, "from a peer");
    ben.writes(std::slice::from_ref(&from_ben));
    warns(ana, words);
    mend();
    assert!(!ana.holds(&refused.id()), "what was refused is not kept");
    warns(ana, "can be written again");
    ana.until_it_holds(&[from_ben.id()]);
    // What comes later on the same way has come: so would what was passed on before.
    let later = one(ana, "after it");
    ana.writes(std::slice::from_ref(&later));
    ben.until_it_holds(&[later.id()]);
    assert!(!ben.holds(&refused.id()), "what was refused was not passed on");
    ana.writes(std::slice::from_ref(&refused));
    ben.until_it_holds(&[refused.id()]);
}

#[test]
fn case_19_a_node_goes_on_when_its_disk_has_room_again() {
    let (disk, ana, ben) = two_nodes();
    disk.fail(Fault::Full);
    goes_on(&ana, &ben, "the disk is full", || disk.heal());
}

#[test]
fn case_19_a_node_goes_on_when_its_disk_works_again() {
    let (disk, ana, ben) = two_nodes();
    disk.fail(Fault::Io);
    goes_on(&ana, &ben, "disk I/O error", || disk.heal());
}

#[test]
fn case_19_a_node_goes_on_when_its_disk_takes_writes_again() {
    let (disk, ana, ben) = two_nodes();
    disk.fail(Fault::ReadOnly);
    let database = ana.store();
    let mut late = Store::open(database.path(), &ana.commons()).expect("it can be read");
    let one = idea(&ana.key(), &ana.commons(), "by another program", 98);
    let refused = late.accept(&[one], 1, Source::Here);
    assert!(matches!(refused, Err(StoreError::ReadOnly(_))), "{refused:?}");
    drop((database, late));
    goes_on(&ana, &ben, "disk I/O error", || disk.heal());
}

#[test]
fn case_19_a_node_goes_on_when_nobody_holds_its_database_any_more() {
    let (_disk, ana, ben) = two_nodes();
    let other = Connection::open(ana.store().path()).expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    goes_on(&ana, &ben, "another process is using", || {
        other.execute_batch("COMMIT").expect("it lets go");
    });
}

/// Whether a store holds all of these or none of them.
fn holds(store: &Store, batch: &[Verified]) -> Option<bool> {
    let held = batch.iter().filter(|one| store.holds(&one.id()).expect("it can be read")).count();
    (held == 0 || held == batch.len()).then_some(held > 0)
}

#[test]
fn case_19_a_fault_in_any_write_of_a_commit_is_told_and_keeps_nothing() {
    let ideas = Ideas::new("faults", 200);
    let mut rest = ideas.signed.chunks_exact(3);
    let mut failed = 0;
    for fault in [Fault::Full, Fault::Io, Fault::Sync, Fault::ReadOnly, Fault::Dead] {
        let disk = MemoryDisk::new();
        let path = disk.path().join("faults.sqlite");
        let mut store = Store::open(&path, &ideas.commons).expect("it opens");
        let first = rest.next().expect("there are enough");
        ideas::accept(&mut store, first, Source::Here);
        let batch = rest.next().expect("there are enough");
        for nth in 1.. {
            disk.fail_at(fault, nth);
            let accepted = store.accept(batch, 1, Source::Peer);
            disk.heal();
            let held = holds(&store, batch);
            let at = format!("{fault:?} in write {nth}: {accepted:?}");
            let Err(error) = accepted else {
                assert_eq!(held, Some(true), "{at}");
                break;
            };
            assert_eq!(held, Some(false), "{at}");
            let right = match fault {
                Fault::Full => matches!(error, StoreError::Full(_)),
                _ => error.to_string().contains("fails"),
            };
            assert!(right, "{at}");
            failed += 1;
        }
        // It has gone on without being opened again, and so does whoever opens it.
        let again = store.accept(batch, 1, Source::Peer).expect("the disk is sound");
        assert!(again.iter().all(|outcome| *outcome == Outcome::Known), "{fault:?}: {again:?}");
        drop(store);
        let mut store = Store::open(&path, &ideas.commons).expect("it opens");
        assert_eq!((holds(&store, first), holds(&store, batch)), (Some(true), Some(true)));
        let report = store.verify(|_, _| ()).expect("it can be read");
        assert!(report.damaged.is_empty() && report.file.is_empty(), "{fault:?}: {report:?}");
        assert_eq!(report.changed, 0, "{fault:?}: {report:?}");
    }
    assert!(failed >= 50, "{failed} writes failed");
}
