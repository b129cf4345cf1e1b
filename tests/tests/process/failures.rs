//! What goes wrong, with its exit code and its explanation, and that nothing is lost by it. The codes
//! 5, 6 and 9 are in `hostile/home.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;

use commons_node::store::Source;
use commons_proto::kind::Kind;
use commons_tests::Person;
use commons_tests::disk::Disk;
use commons_tests::ideas::{Ideas, accept, store};
use rusqlite::Connection;

use crate::reading::from_a_stranger;

#[test]
fn wrong_arguments_are_2() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("One");
    for words in [
        vec![],
        vec!["lost"],
        vec!["list", "--nonsense"],
        vec!["list", "--limit", "many"],
        vec!["list", "--since", "sometime"],
        vec!["list", "kind:nothing"],
        vec!["search", "!!!"],
        vec!["search", "since:sometime"],
        vec!["search"],
        vec!["add-idea"],
        vec!["add-idea", "  "],
        vec!["edit", &id],
        vec!["edit", &id, "--url", "https://example.org"],
        vec!["start", "--no-mdns", "--listen", "somewhere"],
        vec!["start", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--peer", "somebody"],
        vec!["list", "--commons", " "],
    ] {
        ana.runs(&words).failed_with(2);
    }
    assert_eq!(ana.status()["contributions"], 1, "nothing was written");
}

#[test]
fn an_unknown_id_is_3_and_what_may_have_been_meant_is_told() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("Hand hygiene by the door");
    let last = if id.ends_with('a') { 'b' } else { 'a' };
    let wrong = format!("{}{last}", &id[..id.len() - 1]);
    for words in [
        vec!["show", &wrong],
        vec!["history", &wrong],
        vec!["edit", &wrong, "--title", "x"],
        vec!["restore", &wrong, &id],
        vec!["restore", &id, &wrong],
        vec!["add-project", "One", "--idea", &wrong],
    ] {
        let said = ana.runs(&words).failed_with(3);
        assert!(said.err.contains(&id), "the near one is told: {said}");
    }
    ana.runs(["show", "not-an-id!"]).failed_with(3);
    assert_eq!(ana.status()["contributions"], 1, "nothing was written");
}

#[test]
fn an_ambiguous_prefix_is_4_and_the_candidates_are_told() {
    let ana = Person::new("ana");
    // One more than an id has letters to begin with.
    let ideas = Ideas::new(ana.commons(), 33);
    accept(&mut store(&ana), &ideas.signed, Source::Here);
    let mut by_letter: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in ana.list() {
        let id = entry["id"].as_str().unwrap();
        by_letter.entry(id[..1].to_owned()).or_default().push(entry["short"].to_string());
    }
    let (letter, shorts) = by_letter.iter().find(|(_, ids)| ids.len() > 1).unwrap();
    let said = ana.runs(["show", letter]).failed_with(4);
    let candidate = shorts[0].trim_matches('"');
    assert!(said.err.contains(candidate), "{candidate} is a candidate: {said}");
}

#[test]
fn a_locked_database_is_7_and_a_reader_does_not_mind() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let other = Connection::open(ana.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    ana.runs(["add-idea", "Two"]).failed_with(7);
    assert_eq!(ana.titles(), ["One"]);
    other.execute_batch("ROLLBACK").unwrap();
    ana.adds_idea("Two");
    assert_eq!(ana.titles(), ["One", "Two"]);
}

#[test]
fn a_full_disk_is_7_and_nothing_is_lost() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = Person::new("ana").with_home(&disk.path().join("commons"));
    ana.adds_idea("One");
    disk.fill();
    let text = "Long enough to take another page. ".repeat(300);
    ana.runs(["add-idea", "Two", "--body", &text]).failed_with(7);
    disk.clear();
    assert_eq!(ana.titles(), ["One"]);
    ana.adds_idea("Three");
    assert_eq!(ana.titles(), ["One", "Three"]);
    ana.runs(["verify"]).succeeded();
}

#[test]
fn a_full_disk_at_the_first_use_is_7() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = Person::new("ana").with_home(&disk.path().join("commons"));
    disk.fill();
    ana.runs(["add-idea", "One"]).failed_with(7);
    disk.clear();
    ana.adds_idea("One");
    assert_eq!(ana.titles(), ["One"]);
}

#[test]
fn a_read_only_disk_is_7_for_those_who_write_and_can_be_read() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = Person::new("ana").with_home(&disk.path().join("commons"));
    ana.adds_idea("One");
    disk.turn_read_only();
    assert_eq!(ana.titles(), ["One"], "reading goes on");
    ana.runs(["add-idea", "Two"]).failed_with(7);
    ana.tries_to_start(&[]).ends().failed_with(7);
    ana.runs(["verify"]).succeeded().explaining("could be put right");
}

#[test]
fn what_is_wrong_on_a_read_only_disk_is_12_and_stays_wrong() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = Person::new("ana").with_home(&disk.path().join("commons"));
    ana.adds_idea("One");
    let database = Connection::open(ana.database()).unwrap();
    database.execute("UPDATE entry SET title = 'Something else'", []).unwrap();
    drop(database);
    disk.turn_read_only();
    for _ in 0..2 {
        let said = ana.runs(["verify", "--json"]).failed_with(12).explaining("are wrong");
        let report = &said.json()[0];
        assert_eq!((&report["rebuilt"], &report["changed"]), (&false.into(), &1.into()), "{said}");
        assert_eq!(ana.titles(), ["Something else"]);
    }
}

#[test]
fn a_damaged_database_is_8() {
    let ana = Person::new("ana");
    let ideas = Ideas::new(ana.commons(), 200);
    accept(&mut store(&ana), &ideas.signed, Source::Here);
    let file = fs::OpenOptions::new().write(true).open(ana.database()).unwrap();
    // From the second page on there is nothing any more that could be read.
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0xa5; length - 4096], 4096).unwrap();
    ana.runs(["list"]).failed_with(8);
    ana.runs(["add-idea", "Two"]).failed_with(8);
    ana.tries_to_start(&[]).ends().failed_with(8);
}

#[test]
fn a_file_that_is_no_database_is_8_and_stays_as_it_is() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let path = ana.database();
    let text = "Shopping list: soap, light bulbs, glue. ".repeat(100);
    fs::write(&path, &text).unwrap();
    // What SQLite keeps beside a database belongs to the one that was there before.
    for beside in ["-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(beside);
        // It may have been removed already.
        let _ = fs::remove_file(name);
    }
    ana.runs(["list"]).failed_with(8);
    ana.runs(["add-idea", "Two"]).failed_with(8);
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn what_belongs_to_another_author_is_10() {
    let ana = Person::new("ana");
    let profile = from_a_stranger(&ana, Kind::Person, "name", "Somebody else");
    let id = profile.id().to_string();
    accept(&mut store(&ana), &[profile], Source::Peer);
    ana.runs(["edit", &id, "--title", "Mine"]).failed_with(10);
    assert_eq!(ana.status()["contributions"], 1);
}

#[test]
fn an_address_that_is_not_ours_is_11() {
    let ana = Person::new("ana");
    // Of a network that is kept for documentation (RFC 5737): no machine has it.
    let node = ana.tries_to_start(&["--listen", "/ip4/192.0.2.1/tcp/4001"]);
    node.ends().failed_with(11);
}

#[test]
fn a_changed_contribution_is_12_and_is_named() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let id = ana.reads(["add-idea", "Two"])[0]["id"].as_str().unwrap().to_owned();
    let database = Connection::open(ana.database()).unwrap();
    let forge = "UPDATE contribution SET payload = zeroblob(length(payload)) WHERE seq = \
                 (SELECT max(seq) FROM contribution)";
    assert_eq!(database.execute(forge, []).unwrap(), 1);
    let said = ana.runs(["verify", "--json"]).failed_with(12);
    let report = &said.json()[0];
    assert_eq!(report["checked"], 2);
    assert_eq!(report["damaged"][0]["id"], id.as_str(), "{report}");
}

#[test]
fn wrong_derived_tables_are_12_once_and_right_again_after_it() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let database = Connection::open(ana.database()).unwrap();
    database.execute("UPDATE entry SET title = 'Something else'", []).unwrap();
    assert_eq!(ana.titles(), ["Something else"]);
    let said = ana.runs(["verify", "--json"]).failed_with(12);
    let report = &said.json()[0];
    assert_eq!((&report["rebuilt"], &report["damaged"]), (&true.into(), &serde_json::json!([])));
    assert_eq!(ana.titles(), ["One"]);
    ana.runs(["verify"]).succeeded();
}

#[test]
fn another_passphrase_for_the_same_name_is_refused() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let other = ana.with_variable("COMMONS_PASSPHRASE", "soap and water");
    other.runs(["list"]).failed_with(1).explaining("passphrase");
}
