//! The measurements with running nodes: two `commons start` on loopback, their stores watched from
//! outside. What is measured as arrived can be read in a store by another process.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use commons_node::control;
use commons_node::home::Home;
use commons_node::store::{Source, Store};
use commons_proto::id::ContributionId;
use commons_tests::ideas::{self, Ideas, accept, store};
use commons_tests::node::interrupt;
use commons_tests::{Node, Person};
use serde_json::{Value, json};

use crate::figures::{microseconds_each, seconds, spread};
use crate::wire;

/// Contributions in one transaction, in bulk.
const BATCH: usize = 1_000;

/// Single writes that are measured.
const WRITES: usize = 200;

/// Processes of one kind that are measured.
const PROCESSES: usize = 40;

/// Ideas that are written while a node is away.
const WHILE_AWAY: usize = 10;

/// How often a store is looked at: short beside a millisecond, long enough to leave the cores to
/// those who are measured.
const LOOK: Duration = Duration::from_micros(100);

/// Runs all measurements with these ideas.
pub(crate) fn measure(ideas: &Ideas, floor: f64) -> Vec<Value> {
    let entries = ideas.signed.len();
    let [ana, ben] = ["ana", "ben"].map(|name| Person::new(name).in_commons(crate::COMMONS));
    let author = author(&ana, ideas);
    let node = ana.starts();
    let address = node.address();
    let join = cold_join(&ben, &address, entries);
    let ratio = join["seconds"].as_f64().unwrap_or(f64::NAN) / floor;
    let ratio = (ratio * 100.0).round() / 100.0;
    let lines = vec![
        author,
        join,
        json!({ "measure": "ratio", "entries": entries, "cold_join_to_floor": ratio }),
    ];
    let other = ben.starts_with(&["--peer", &address]);
    other.hears("in-sync", |_| true);
    let live = live(&ana, &ben, ideas);
    let (live_process, added) = live_process(&ana, &ben);
    other.stops();
    let resync = resync(&ana, &ben, &address, ideas);
    let process = processes(&ana, &added);
    drop(node);
    let rest =
        [("live", live), ("live_process", live_process), ("resync", resync), ("process", process)];
    let rest = rest.into_iter().map(|(measure, mut line)| {
        line["measure"] = measure.into();
        line["entries"] = entries.into();
        line
    });
    lines.into_iter().chain(rest).collect()
}

/// Fills a home with the ideas: in bulk, and the last of them one by one.
fn author(person: &Person, ideas: &Ideas) -> Value {
    let mut store = store(person);
    let entries = ideas.signed.len();
    let sample = entries.min(BATCH);
    let signing = Instant::now();
    for number in 0..sample {
        std::hint::black_box(ideas::sign(&ideas.commons, number));
    }
    let sign = microseconds_each(signing.elapsed(), sample);
    let (bulk, single) = ideas.signed.split_at(entries - WRITES.min(entries / 2));
    let started = Instant::now();
    for batch in bulk.chunks(BATCH) {
        accept(&mut store, batch, Source::Here);
    }
    let in_bulk = microseconds_each(started.elapsed(), bulk.len());
    let started = Instant::now();
    for one in single {
        accept(&mut store, std::slice::from_ref(one), Source::Here);
    }
    let one_by_one = microseconds_each(started.elapsed(), single.len());
    json!({
        "measure": "author",
        "entries": entries,
        "sign_us": sign,
        "store_in_bulk_us": in_bulk,
        "store_one_by_one_us": one_by_one,
        "database_bytes": bytes_on_disk(store.path()),
    })
}

/// Bytes of a database with what SQLite keeps beside it.
fn bytes_on_disk(database: &Path) -> u64 {
    let size = |beside: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(beside);
        fs::metadata(path).map_or(0, |file| file.len())
    };
    size("") + size("-wal")
}

/// From the start of an empty node until its store holds everything.
fn cold_join(person: &Person, peer: &str, expected: usize) -> Value {
    let before = wire::bytes();
    let started = Instant::now();
    let listen = "/ip4/127.0.0.1/tcp/0";
    let mut command = person.command(["start", "--no-mdns", "--listen", listen, "--peer", peer]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut node = command.spawn().expect("commons runs");
    let mut watch = Watch::of(person);
    watch.until_count(expected);
    let time = started.elapsed();
    let crossed = wire::bytes() - before;
    let peak = peak_memory_kib(node.id());
    interrupt(node.id());
    node.wait().expect("a child can be waited for");
    json!({
        "measure": "cold_join",
        "entries": expected,
        "seconds": seconds(time),
        "wire_bytes": crossed,
        "peak_memory_kib": peak,
    })
}

/// From the write in one store until it can be read in the other.
fn live(from: &Person, to: &Person, ideas: &Ideas) -> Value {
    let mut writer = store(from);
    let socket = Home::open(from.home()).expect("the home is there").socket();
    let mut watch = Watch::of(to);
    let times = ideas.more(0, WRITES).into_iter().map(|idea| {
        let started = Instant::now();
        accept(&mut writer, std::slice::from_ref(&idea), Source::Here);
        assert!(control::nudge(&socket), "the node answers");
        watch.until_holds(&idea.id());
        started.elapsed()
    });
    spread(times.collect())
}

/// From the start of `commons add-idea` until it can be read in the other store. Gives an id, too.
fn live_process(from: &Person, to: &Person) -> (Value, String) {
    let mut watch = Watch::of(to);
    let mut held = watch.count();
    let mut last = String::new();
    let times = (0..WRITES).map(|number| {
        let title = format!("Bed sensors for ward number {number}");
        let started = Instant::now();
        let said = run(from, &["add-idea", &title, "--tag", "sensors"]);
        held += 1;
        watch.until_count(held);
        let time = started.elapsed();
        last = said.trim().to_owned();
        time
    });
    let spread = spread(times.collect());
    (spread, last)
}

/// A node that was away while the other wrote, from its start until it holds the same.
fn resync(ana: &Person, ben: &Person, address: &str, ideas: &Ideas) -> Value {
    let socket = Home::open(ana.home()).expect("the home is there").socket();
    accept(&mut store(ana), &ideas.more(1, WHILE_AWAY), Source::Here);
    assert!(control::nudge(&socket), "the node answers");
    let mut watch = Watch::of(ben);
    let expected = watch.count() + WHILE_AWAY;
    let before = wire::bytes();
    let started = Instant::now();
    let node: Node = ben.starts_with(&["--peer", address]);
    watch.until_count(expected);
    let time = started.elapsed();
    node.hears("in-sync", |_| true);
    let crossed = wire::bytes() - before;
    node.stops();
    json!({ "seconds": seconds(time), "wire_bytes": crossed, "new": WHILE_AWAY })
}

/// Whole processes of the verbs that people wait for.
fn processes(person: &Person, id: &str) -> Value {
    let time = |words: &[&str]| {
        let times = (0..PROCESSES).map(|_| {
            let started = Instant::now();
            run(person, words);
            started.elapsed()
        });
        spread(times.collect())
    };
    json!({
        "list": time(&["list", "--limit", "20"]),
        "show": time(&["show", id]),
        // Every other entry has the one word, every fourth both; few have the phrase in their title.
        "search": time(&["search", "--limit", "20", "hygiene"]),
        "search_two": time(&["search", "--limit", "20", "hand", "-tag:x", "hygiene"]),
        "search_phrase": time(&["search", "--limit", "20", "\"hygiene by the door\""]),
        "search_tag": time(&["search", "--limit", "20", "hygiene", "tag:hygiene"]),
        "add": time(&["add-idea", "Hand hygiene by the door", "--tag", "hygiene"]),
    })
}

/// Looks at a store from outside, as any other process could.
struct Watch {
    store: Store,
    seen: u64,
    count: usize,
}

impl Watch {
    /// Waits until there is a store, and looks at it from then on.
    fn of(person: &Person) -> Self {
        let home = Home::open(person.home()).expect("a home can be made");
        let path = home.database(crate::COMMONS);
        Self { store: opened(&path), seen: 0, count: 0 }
    }

    fn count(&mut self) -> usize {
        let news = self.store.ids_after(self.seen, usize::MAX).expect("the store can be read");
        if let Some((_, seq, _)) = news.last() {
            self.seen = *seq;
        }
        self.count += news.len();
        self.count
    }

    fn until_count(&mut self, expected: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.count() < expected {
            assert!(Instant::now() < deadline, "{} of {expected} came", self.count);
            std::thread::sleep(LOOK);
        }
    }

    fn until_holds(&mut self, id: &ContributionId) {
        let deadline = Instant::now() + PATIENCE;
        while !self.store.holds(id).expect("the store can be read") {
            assert!(Instant::now() < deadline, "{id} did not come");
            std::thread::sleep(LOOK);
        }
    }
}

fn opened(path: &Path) -> Store {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Until the node has made its tables, there is nothing that could be opened.
        match Store::open_read_only(path) {
            Ok(store) => return store,
            Err(error) => assert!(Instant::now() < deadline, "no store: {error}"),
        }
        std::thread::sleep(LOOK);
    }
}

/// Runs a verb to its end with as little around it as can be.
fn run(person: &Person, words: &[&str]) -> String {
    let mut command: Command = person.command(words);
    let done = command.stdin(Stdio::null()).output().expect("commons runs");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The most memory that a running process has ever had in use.
pub(crate) fn peak_memory_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How long anything may take before it counts as broken.
const PATIENCE: Duration = Duration::from_secs(300);
