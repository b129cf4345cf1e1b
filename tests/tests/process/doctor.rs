//! `doctor`: what is well is not complained of, each thing that is wrong is found, and a report to
//! others says nothing that is nobody's business.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};

use commons_proto::kind::Kind;
use commons_tests::disk::Disk;
use commons_tests::ideas::{now, store};
use commons_tests::scribe::{receives, set};
use commons_tests::{Lan, Person, Scribe, wait};
use serde_json::Value;

/// How bad the worst finding of this check is, and all that was said of it.
fn found(person: &Person, check: &str) -> (String, String) {
    let said = person.runs(["doctor", "--json"]);
    let findings: Vec<Value> =
        said.json().into_iter().filter(|finding| finding["check"] == check).collect();
    assert!(!findings.is_empty(), "{check} is looked into: {said}");
    let rank =
        |level: &str| ["ok", "note", "warning", "problem"].iter().position(|it| *it == level);
    let worst =
        findings.iter().filter_map(|finding| finding["level"].as_str()).max_by_key(|it| rank(it));
    let worst = worst.unwrap_or_default().to_owned();
    let all: Vec<String> = findings.iter().map(Value::to_string).collect();
    let is_bad = said.json().iter().any(|finding| finding["level"] == "problem");
    assert_eq!(said.status.code(), Some(if is_bad { 12 } else { 0 }), "{said}");
    for finding in said.json() {
        let needs_fix = finding["level"] == "warning" || finding["level"] == "problem";
        assert!(!needs_fix || finding["fix"].is_string(), "it says what to do: {finding}");
    }
    (worst, all.join("\n"))
}

fn level(person: &Person, check: &str) -> String {
    found(person, check).0
}

#[test]
fn a_home_that_is_well_is_well_with_and_without_a_node() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    ana.adds_idea("Bed sensors");
    let said = ana.runs(["doctor"]).succeeded();
    assert!(said.out.contains("no problems"), "{said}");
    for check in ["clock", "keys", "database", "ports"] {
        assert_eq!(level(&ana, check), "ok", "{}", found(&ana, check).1);
    }
    assert_eq!(level(&ana, "node"), "note");
    let one = ana.starts();
    let _two = ben.starts_with(&["--peer", &one.address()]);
    one.hears("in-sync", |_| true);
    wait::until("the peer to say its version", || {
        let peer = ana.reads(["peers"]).remove(0);
        if peer["version"].is_string() { Ok(()) } else { Err(peer.to_string()) }
    });
    assert_eq!(level(&ana, "versions"), "ok");
    wait::until("both to hold the same", || match found(&ana, "node") {
        (level, _) if level == "ok" => Ok(()),
        (_, seen) => Err(seen),
    });
    one.sleeps();
    let (level, said) = found(&ana, "node");
    one.wakes();
    assert_eq!(level, "problem", "{said}");
    assert!(said.contains(&one.pid().to_string()), "{said}");
}

#[test]
fn keys_that_others_may_read_and_a_key_that_is_gone_are_problems() {
    let ana = Person::new("ana");
    ana.adds_idea("Bed sensors");
    fs::set_permissions(ana.author_key(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(level(&ana, "keys"), "problem");
    ana.runs(["doctor"]).failed_with(12).explaining("1 problem");
    fs::set_permissions(ana.author_key(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(level(&ana, "keys"), "ok");
    fs::remove_file(ana.author_key()).unwrap();
    assert_eq!(level(&ana, "keys"), "problem");
    assert!(!ana.author_key().exists(), "whoever looks makes none in its place");
}

#[test]
fn a_damaged_database_is_a_problem_and_is_left_as_it_is() {
    let ana = Person::new("ana");
    for number in 0..20 {
        ana.adds_idea(&format!("Idea {number}"));
    }
    let connection = rusqlite::Connection::open(ana.database()).unwrap();
    connection.execute("UPDATE contribution SET payload = zeroblob(9) WHERE seq = 7", []).unwrap();
    drop(connection);
    assert_eq!(level(&ana, "database"), "problem");
    let file = fs::OpenOptions::new().write(true).open(ana.database()).unwrap();
    file.write_all_at(&[0x5a; 4096], 8192).unwrap();
    let before = fs::read(ana.database()).unwrap();
    assert_eq!(level(&ana, "database"), "problem");
    fs::write(ana.database(), "Shopping list: soap").unwrap();
    assert_eq!(level(&ana, "database"), "problem");
    fs::write(ana.database(), &before).unwrap();
    assert_eq!(level(&ana, "database"), "problem");
    assert!(fs::read(ana.database()).unwrap() == before, "it is left as it is");
}

#[test]
fn a_full_disk_and_one_that_may_only_be_read_are_problems() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = Person::new("ana").with_home(&disk.path().join("commons"));
    ana.adds_idea("Bed sensors");
    let (worst, said) = found(&ana, "disk");
    assert_eq!(worst, "problem", "four megabytes are too few: {said}");
    assert!(said.contains("tmpfs"), "{said}");
    disk.fill();
    assert!(found(&ana, "disk").1.contains("the disk is full"));
    disk.clear();
    disk.turn_read_only();
    assert!(found(&ana, "disk").1.contains("may only be read"));
}

#[test]
fn a_clock_that_is_behind_everybody_is_told() {
    let ana = Person::new("ana");
    ana.adds_idea("Bed sensors");
    let mut here = store(&ana);
    let title = || vec![set("title", "Hand hygiene")];
    receives(&mut here, &[Scribe::new(ana.commons(), 2).begins(Kind::Idea, title())]);
    assert_eq!(level(&ana, "clock"), "ok");
    for (number, expected) in [(3, "note"), (4, "problem")] {
        let scribe = Scribe::new(ana.commons(), number);
        receives(&mut here, &[scribe.begins_at(now() + 7_200, Kind::Idea, title())]);
        let (worst, said) = found(&ana, "clock");
        assert_eq!(worst, expected, "{said}");
    }
}

#[test]
fn on_a_lan_others_are_heard_and_what_keeps_them_apart_is_told() {
    let Some(lan) = Lan::of(2) else { return };
    let ana = Person::at(lan.host(0), "ana");
    let ben = Person::at(lan.host(1), "ben");
    let other = ben.starts();
    assert_eq!(level(&ana, "interfaces"), "ok");
    // A doctor listens for a second or two, which a busy machine may miss.
    wait::until("the other machine to be heard", || match found(&ana, "multicast") {
        (level, _) if level == "ok" => Ok(()),
        (_, seen) => Err(seen),
    });
    lan.block_multicast();
    let (worst, said) = found(&ana, "multicast");
    assert_eq!(worst, "note", "{said}");
    assert!(said.contains("--peer"), "{said}");
    lan.unplug(0);
    assert_eq!(level(&ana, "interfaces"), "warning");
    drop(other);
}

#[test]
fn a_report_says_nothing_that_is_nobodys_business() {
    let Some(lan) = Lan::of(2) else { return };
    let ana = Person::at(lan.host(0), "ana").with_variable("USER", "ana-of-ward-3");
    let ben = Person::at(lan.host(1), "ben");
    ana.adds_idea("Bed sensors");
    let one = ana.starts();
    let two = ben.starts();
    one.hears("in-sync", |_| true);
    let author = ana.status()["author"].as_str().unwrap().to_owned();
    fs::set_permissions(ana.author_key(), fs::Permissions::from_mode(0o644)).unwrap();
    let home = ana.home().to_str().unwrap().to_owned();
    let whole = ana.runs(["doctor"]).out;
    assert!(whole.contains(&home) && whole.contains("10.77."), "there is something to leave out");
    for words in [vec!["doctor", "--report"], vec!["doctor", "--report", "--json"]] {
        let report = ana.runs(words).failed_with(12).out;
        assert!(report.contains("mode 644"), "what is wrong stays: {report}");
        let addresses = lan.hosts().iter().map(|host| host.address().to_string());
        let peers = [&one, &two].map(|node| node.ready()["peer"].as_str().unwrap().to_owned());
        let private = [home.as_str(), "ana-of-ward-3", ana.commons(), author.as_str()];
        let private = private.map(str::to_owned).into_iter().chain(addresses).chain(peers);
        for word in private.chain([home.rsplit_once('/').unwrap().0.to_owned()]) {
            assert!(!report.contains(&word), "{word} is in {report}");
        }
    }
}
