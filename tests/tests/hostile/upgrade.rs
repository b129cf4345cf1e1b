//! What earlier releases wrote and said, with today's build: case 23. What they left is in
//! `tests/fixtures`, a directory each, and every test here goes through all of them.

use std::fs;
use std::path::{Path, PathBuf};

use commons_node::store::Source;
use commons_proto::contribution::{Contribution, Verified};
use commons_proto::id::CommonsId;
use commons_tests::disk::Disk;
use commons_tests::ideas::{accept, store};
use commons_tests::raw_peer::{RawPeer, peer_id, proof};
use commons_tests::talk::{Talk, addressed, hear, hear_gossip, name, same_question};
use commons_tests::{Person, settle};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

/// What one release left.
struct Release {
    directory: PathBuf,
    said: Value,
    talk: Talk,
}

/// Every release of which something was kept.
fn releases() -> Vec<Release> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = fs::read_dir(fixtures)
        .expect("it is as it was kept")
        .map(|entry| entry.expect("it is as it was kept").path());
    let mut directories: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    directories.sort();
    assert!(!directories.is_empty(), "something was kept");
    let release = |directory: PathBuf| Release {
        said: read(&directory.join("said.json")),
        talk: Talk::from_json(&read(&directory.join("talk.json"))),
        directory,
    };
    directories.into_iter().map(release).collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("it is as it was kept"))
        .expect("it is as it was kept")
}

impl Release {
    fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Somebody who upgrades: with a copy of the home.
    fn person(&self) -> Person {
        Person::new("ana").with_copy_of(&self.home())
    }

    /// A partner that says what it said then.
    fn partner(&self, secret: [u8; 32], address: &str) -> RawPeer {
        RawPeer::dials(address, secret, &self.talk.commons)
    }

    /// A contribution of that time.
    fn contribution(&self, bytes: &[u8]) -> Verified {
        let contribution = Contribution::decode(bytes).expect("it is as it was kept");
        let author = contribution.header().author.admit().expect("it is as it was kept");
        contribution.verify(&CommonsId(self.talk.commons), &author).expect("it is as it was kept")
    }

    /// What was said then is what is said now. The entry with this id may have changed.
    #[track_caller]
    fn is_shown_to(&self, person: &Person, but_for: &str) {
        let now: Vec<Value> = person.list();
        for then in self.said["list"].as_array().expect("it is as it was kept") {
            let is_it = |entry: &&Value| entry["id"] == then["id"];
            let entry = now.iter().find(is_it).unwrap_or(&Value::Null);
            assert!(then["id"] == but_for || includes(entry, then), "{entry}\nwas\n{then}");
        }
        for (id, then) in self.said["entries"].as_object().expect("it is as it was kept") {
            if id == but_for {
                continue;
            }
            for verb in ["show", "history"] {
                let now = Value::Array(person.reads([verb, id]));
                assert!(includes(&now, &then[verb]), "{verb} {id}: {now}\nwas\n{}", then[verb]);
            }
        }
    }
}

/// Whether all that was said then is said now. There may be more: fields are added, and never
/// taken away.
fn includes(now: &Value, then: &Value) -> bool {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            then.iter().all(|(key, then)| now.get(key).is_some_and(|now| includes(now, then)))
        }
        (Value::Array(now), Value::Array(then)) => {
            now.len() == then.len() && now.iter().zip(then).all(|(now, then)| includes(now, then))
        }
        _ => now == then,
    }
}

/// The rows of the log up to a position, as they are in the file.
fn log(database: &Path, through: u64) -> Vec<Vec<rusqlite::types::Value>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(database, flags).expect("it is as it was kept");
    let sql = "SELECT id, source, received, header, signature, payload FROM contribution \
               WHERE seq <= ?1 ORDER BY seq";
    let mut statement = connection.prepare(sql).expect("it is as it was kept");
    let row = |row: &rusqlite::Row| (0..6).map(|column| row.get(column)).collect();
    let rows = statement.query_map([through], row).expect("it is as it was kept");
    rows.collect::<rusqlite::Result<_>>().expect("rows can be read")
}

#[test]
fn case_23_a_database_of_each_release_shows_what_it_showed_and_takes_what_is_new() {
    for release in releases() {
        let ana = release.person();
        let count = release.said["status"]["contributions"].as_u64().unwrap();
        let before = log(&ana.database(), count);
        assert_eq!(before.len() as u64, count);
        // Those who read see it before anything is written, and so before any migration.
        release.is_shown_to(&ana, "");
        assert!(includes(&ana.status(), &release.said["status"]), "{}", ana.status());
        let peers = Value::Array(ana.reads(["peers"]));
        assert!(includes(&peers, &release.said["peers"]), "{peers}");

        ana.adds_idea("Written after the upgrade");
        release.is_shown_to(&ana, "");
        let conflict = |entry: &&Value| entry["conflicts"] != 0;
        let list = ana.list();
        let old = list.iter().find(conflict).unwrap()["id"].as_str().unwrap();
        ana.says(["edit", old, "--title", "Settled after the upgrade"]);
        release.is_shown_to(&ana, old);
        let shown = &ana.reads(["show", old])[0];
        assert_eq!(shown["title"], "Settled after the upgrade");
        assert_eq!(ana.status()["contributions"], count + 2);
        ana.runs(["verify"]).succeeded();
        assert_eq!(log(&ana.database(), count), before, "the log is what it was, byte for byte");
    }
}

#[test]
fn case_23_a_database_on_a_medium_that_cannot_be_written_is_read_as_it_is() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let releases = releases();
    let home = |at: usize| disk.path().join(format!("home-{at}"));
    let people: Vec<Person> = (releases.iter().enumerate())
        .map(|(at, release)| Person::new("ana").with_home(&home(at)).with_copy_of(&release.home()))
        .collect();
    disk.turn_read_only();
    for (release, ana) in releases.iter().zip(&people) {
        release.is_shown_to(ana, "");
    }
}

#[test]
fn case_23_a_damaged_row_of_the_log_does_not_stand_in_the_way() {
    for release in releases() {
        let ana = release.person();
        let spoil = "UPDATE contribution SET payload = zeroblob(length(payload)) WHERE id = ?1";
        let entries = release.said["list"].as_array().unwrap();
        let spoilt = entries.iter().find(|entry| entry["kind"] == "session").unwrap();
        let id = spoilt["id"].as_str().unwrap();
        let hash = data_encoding::BASE32_NOPAD.decode(id.to_uppercase().as_bytes()).unwrap();
        let database = Connection::open(ana.database()).unwrap();
        assert_eq!(database.execute(spoil, [hash]).unwrap(), 1);
        drop(database);
        ana.adds_idea("Written after the upgrade");
        release.is_shown_to(&ana, id);
        ana.runs(["verify"]).failed_with(12);
        release.is_shown_to(&ana, id);
    }
}

#[test]
fn case_23_an_upgraded_home_and_a_new_one_hold_the_same_after_they_met() {
    for release in releases() {
        let (ana, eve) = (release.person(), Person::new("eve"));
        let count = release.said["status"]["contributions"].as_u64().unwrap();
        let theirs = eve.adds_idea("Written in the new home");
        let node = ana.starts();
        let other = eve.starts_with(&["--peer", &node.address()]);
        node.hears_of(&theirs);
        let mine = ana.adds_idea("Written in the old home");
        other.hears_of(&mine);
        assert_eq!(settle(&[&ana, &eve]), count + 2);
        release.is_shown_to(&eve, "");
    }
}

#[test]
fn case_23_a_peer_of_each_release_gets_the_answers_that_it_got() {
    for release in releases() {
        let talk = &release.talk;
        let ana = release.person();
        let node = ana.starts();
        let partner = release.partner(talk.asker, &node.address());
        assert_eq!(partner.hello, talk.hello, "the proof of the commons is what it was");
        hear(&partner, "the first status", |frame| frame == talk.status);
        for turn in &talk.to_full {
            partner.says(&turn.asked);
            for answer in &turn.answered {
                hear(&partner, &turn.what, |frame| frame == answer);
            }
        }
        // On the same topic, in the same form, both ways.
        let [subscription, given, heard] = &talk.gossip[..] else { panic!("three were recorded") };
        partner.gossips(&subscription.answered[0]);
        partner.gossips(&given.answered[0]);
        node.hears_of(&release.contribution(&given.asked).id().to_string());
        let idea = release.contribution(&heard.asked);
        accept(&mut store(&ana), &[idea], Source::Here);
        let gossiped = hear_gossip(&partner, "what was written", &heard.asked);
        assert_eq!(gossiped, heard.answered[0]);
    }
}

#[test]
fn case_23_a_peer_of_each_release_is_asked_what_it_was_asked_and_its_answers_are_taken() {
    for release in releases() {
        let talk = &release.talk;
        let eve = Person::new("eve");
        fs::create_dir(eve.home()).unwrap();
        // With the same identity it is again for the node to begin.
        let key = eve.home().join("node.key");
        fs::copy(release.home().join("node.key"), &key).unwrap();
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let node = eve.starts();
        let partner = release.partner(talk.asked, &node.address());
        partner.says(&talk.status);
        for turn in &talk.of_empty {
            let question = hear(&partner, &turn.what, |frame| name(frame) == name(&turn.asked));
            assert!(same_question(&question, &turn.asked), "{}: another question", turn.what);
            for answer in &turn.answered {
                partner.says(&addressed(answer, &question));
            }
        }
        hear(&partner, "that all was taken", |frame| frame == talk.done);
        release.is_shown_to(&eve, "");
    }
}

#[test]
fn case_23_a_peer_of_each_release_knows_a_stranger_when_it_meets_one() {
    for release in releases() {
        let node = Person::new("eve").in_commons("another commons").starts();
        let partner = release.partner(release.talk.asker, &node.address());
        let refusal = [&b"commons1"[..], &[0; 32]].concat();
        assert_eq!(partner.hello, refusal, "a stranger gets the refusal that it knows");
        let here = peer_id(release.talk.asker).to_bytes();
        assert_ne!(partner.hello[8..], proof(&release.talk.commons, &here, &here));
    }
}

#[test]
fn case_23_the_vectors_of_each_release_are_still_among_todays() {
    let now = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors.json"));
    for release in releases() {
        let then = read(&release.directory.join("vectors.json"));
        for (part, then) in then.as_object().unwrap() {
            assert!(is_among(&now[part], then), "{part} is no longer what it was");
        }
    }
}

/// Whether all that is in an older part of the vectors is in this one.
fn is_among(now: &Value, then: &Value) -> bool {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            then.iter().all(|(key, then)| now.get(key).is_some_and(|now| is_among(now, then)))
        }
        (Value::Array(now), Value::Array(then)) => {
            then.iter().all(|then| now.iter().any(|now| is_among(now, then)))
        }
        _ => now == then,
    }
}
