//! A flood of tiny entries from a thousand fresh keys: case 16. The one who floods keeps to the
//! protocol, as that is what gets through: nothing in it is to be blamed for.

use std::time::{Duration, Instant};

use commons_node::home::Home;
use commons_node::store::{Source, Store};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::id::CommonsId;
use commons_proto::kind::Kind;
use commons_tests::ideas::store;
use commons_tests::member::idea;
use commons_tests::{Node, Person, wait};
use rayon::prelude::*;

/// The limits on what one peer may have under way hold, so the words of somebody honest pass while
/// most of the flood is still to come; and muting those authors clears the view.
#[test]
fn case_16_a_flood_leaves_room_for_others_and_is_muted_in_one_step() {
    let entries = entries();
    let (ana, ben, mallory) = (Person::new("ana"), Person::new("ben"), Person::new("mallory"));
    // Ana and Ben have known each other for an hour.
    let known = idea(&key(&ben), &commons(&ben), "Bed sensors", 1);
    for person in [&ana, &ben] {
        take(person, std::slice::from_ref(&known), now() - 3600);
    }
    for first in (0..entries).step_by(CHUNK) {
        let numbers = first..entries.min(first + CHUNK);
        let commons = commons(&mallory);
        let spam: Vec<_> = numbers.into_par_iter().map(|number| spam(&commons, number)).collect();
        take(&mallory, &spam, now());
    }

    let anas = starts(&ana, None);
    let bens = starts(&ben, Some(&ana));
    wait::until("Ben's node to meet Ana's", || {
        let connected = ben.status()["node"]["connected"].as_u64();
        if connected == Some(1) { Ok(()) } else { Err(format!("{connected:?}")) }
    });
    let begun = Instant::now();
    let mallorys = starts(&mallory, Some(&ana));
    let held = |person: &Person| reader(person).last().expect("the store can be read");
    let until = |what: &str, least: u64| {
        let look = || match held(&ana) {
            held if held >= least => Ok(()),
            held => Err(format!("{held} of {least}")),
        };
        wait::until_within(patience(), what, look);
    };
    until("the flood to reach Ana", 2);
    let written = Instant::now();
    let short = ben.adds_idea("Hand hygiene by the door");
    let id = wait::until("Ben's words to reach Ana", || {
        let prefix = short.parse().expect("an id");
        let among = commons_node::store::Among::Contributions;
        match reader(&ana).resolve(&prefix, among).expect("the store can be read") {
            commons_node::store::Resolution::One(id) => Ok(id),
            other => Err(format!("{other:?}")),
        }
    });
    let latency = written.elapsed();
    let all = entries as u64 + 2;
    until("the whole flood to reach Ana", all);
    let taken = begun.elapsed();
    let log = reader(&ana).ids().expect("the store can be read");
    let place = log.iter().find(|(other, _)| *other == id).map(|(_, seq)| *seq);
    let place = place.expect("it is held");
    assert!(place < all / 2, "it came as number {place} of {all}, after most of the flood");

    // One step clears the view, also that of the node that runs, and nothing else.
    let (list, timed_list) = timed(|| ana.list().len());
    assert_eq!(list as u64, all);
    let fingerprint = ana.status()["fingerprint"].clone();
    let (_, timed_mute) = timed(|| ana.says(["mute", "--newcomers", "--since", "30m", "--yes"]));
    let (titles, timed_after) = timed(|| ana.titles());
    assert_eq!(titles, ["Bed sensors", "Hand hygiene by the door"]);
    let status = ana.status();
    assert_eq!((&status["entries"], &status["muted"]), (&2.into(), &entries.into()));
    assert_eq!(status["fingerprint"], fingerprint, "the set is what it was");
    take(&mallory, &[spam(&commons(&mallory), entries)], now());
    until("more of the flood to reach Ana", all + 1);
    assert_eq!(ana.titles(), ["Bed sensors", "Hand hygiene by the door"]);
    assert_eq!(ana.runs(["list", "--muted", "-n", "3", "--json"]).succeeded().json().len(), 3);

    let memory = peak_kib(&anas);
    assert!(memory < MEMORY_KIB + all / 2, "Ana's node took {memory} KiB for {all} contributions");
    let size = |suffix: &str| {
        let path = format!("{}{suffix}", ana.database().display());
        std::fs::metadata(path).map_or(0, |file| file.len())
    };
    let size = size("") + size("-wal");
    tell(&format!(
        "{entries} entries from {KEYS} keys: taken in {taken:.1?}; an honest contribution from the \
         start of its verb until it could be read {latency:.2?}, as number {place}; peak memory of \
         the node {} MiB; file {} MB; list of all {timed_list:.2?}, mute {timed_mute:.2?}, list \
         after {timed_after:.2?}",
        memory / 1024,
        size / 1_000_000,
    ));
    drop((anas, bens, mallorys));
}

/// The entry with this number: as little as an entry can be.
fn spam(commons: &CommonsId, number: usize) -> Verified {
    let mut secret = [16; 32];
    secret[..8].copy_from_slice(&(number % KEYS).to_be_bytes());
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&number.to_be_bytes());
    let title = format!("Buy {number}");
    let edits = vec![Edit::Set { field: "title".to_owned(), value: Some(title.as_str().into()) }];
    let subject = Subject::Genesis(Kind::Idea);
    let draft = Draft { subject, parents: Vec::new(), edits, summary: None };
    draft.sign(&AuthorKey::from_secret(&secret), commons, now(), salt).expect("a short entry")
}

fn take(person: &Person, batch: &[Verified], received: u64) {
    let accepted = store(person).accept(batch, received, Source::Peer);
    assert_eq!(accepted.expect("the disk has room").len(), batch.len());
}

/// Starts a node that tells people, not programs, what comes: a million events would fill the
/// test's own memory.
fn starts(person: &Person, peer: Option<&Person>) -> Node {
    let mut words = vec!["start", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"];
    let address = peer.map(|peer| {
        let node = peer.status()["node"].clone();
        node["listen"][0].as_str().expect("it listens").to_owned()
    });
    words.extend(address.iter().flat_map(|address| ["--peer", address.as_str()]));
    let node = Node::start(person, &words);
    wait::until("the node to run", || {
        let status = person.runs(["status", "--json"]);
        let listens =
            status.status.success() && status.json()[0]["node"]["listen"][0].as_str().is_some();
        if listens { Ok(()) } else { Err(node.story()) }
    });
    node
}

fn key(person: &Person) -> AuthorKey {
    Home::open(person.home()).and_then(|home| home.author_key()).expect("a key can be made")
}

fn commons(person: &Person) -> CommonsId {
    CommonsId::derive(person.commons(), None).expect("a good name")
}

fn reader(person: &Person) -> Store {
    Store::open_read_only(&person.database()).expect("the store is there")
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("it is after 1970").as_secs()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

/// The most memory that a node ever had, as Linux counts it; 0 elsewhere.
fn peak_kib(node: &Node) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.pid()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

fn entries() -> usize {
    std::env::var(ENTRIES).ok().and_then(|text| text.parse().ok()).unwrap_or(FEW)
}

/// Patience for the whole flood: what a slow machine takes for each contribution, and then some.
fn patience() -> Duration {
    wait::PATIENCE + Duration::from_millis(10) * u32::try_from(entries()).unwrap_or(u32::MAX)
}

#[expect(clippy::print_stderr, reason = "figures for whoever asked for a number of entries")]
fn tell(figures: &str) {
    if std::env::var_os(ENTRIES).is_some() {
        eprintln!("{figures}");
    }
}

/// Says how many entries the flood has: 1000000 takes some minutes with an optimised build.
const ENTRIES: &str = "COMMONS_TESTS_SPAM";

/// Entries where nothing else is said: those of some seconds on two slow cores.
const FEW: usize = 5_000;

/// Fresh keys that take turns.
const KEYS: usize = 1_000;

/// Entries that are written at a time: some MB.
const CHUNK: usize = 20_000;

/// KiB that a node may take, beside half a KiB for each contribution: several times what it does,
/// and a small part of what it would take if it kept the flood in memory before it is on disk.
const MEMORY_KIB: u64 = 256 * 1024;
