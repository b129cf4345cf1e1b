//! The board under many eyes: streams of events and readers, while another node writes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use commons_node::control;
use commons_node::home::Home;
use commons_node::store::{Source, Store};
use commons_tests::Person;
use commons_tests::audience::Audience;
use commons_tests::ideas::{Ideas, accept, store};
use serde_json::{Value, json};

use crate::figures::{seconds, spread};
use crate::nodes::peak_memory_kib;

/// Streams that are open: the ones of a hack day, and as many again.
const STREAMS: usize = 200;

/// Readers, each of whom fetches the next page as soon as it has the last.
const READERS: usize = 50;

/// Contributions that arrive from the other node.
const WRITTEN: usize = 500;

/// The time between two of them: fifty a second.
const BETWEEN: Duration = Duration::from_millis(20);

/// How often the store is looked at for when something was committed.
const LOOK: Duration = Duration::from_micros(500);

/// Measures a board with these ideas.
pub(crate) fn measure(ideas: &Ideas) -> Value {
    let [ana, ben] = ["ana", "ben"].map(|name| Person::new(name).in_commons(crate::COMMONS));
    for person in [&ana, &ben] {
        let mut store = store(person);
        ideas.signed.chunks(1_000).for_each(|batch| accept(&mut store, batch, Source::Here));
    }
    let node = ana.starts_with(&["--board", "127.0.0.1:0"]);
    let other = ben.starts_with(&["--peer", &node.address()]);
    other.hears("in-sync", |_| true);
    let before = ideas.signed.len();
    let pages = [
        "/".to_owned(),
        "/ideas".to_owned(),
        format!("/entry/{}", ideas.signed[before / 2].entry()),
        "/api/v1/entries?limit=50".to_owned(),
    ];
    let watch = Watch::of(&ana, before as u64);
    let audience = Audience::of(&node.board(), STREAMS, READERS, &pages, before + WRITTEN / 2);
    audience.hears(before);
    let (read_before, started) = (audience.read().times.len(), Instant::now());
    write(&ben, &ideas.more(0, WRITTEN), started);
    audience.hears(before + WRITTEN);
    let took = started.elapsed();

    let committed = watch.ends();
    let mut delays = Vec::new();
    let mut lost = 0;
    for heard in audience.heard() {
        let came: BTreeMap<u64, Instant> = heard.events.iter().copied().collect();
        for (position, at) in &committed {
            match came.get(position) {
                // It may be on a stream before it was seen in the store from outside.
                Some(heard) => delays.push(heard.saturating_duration_since(*at)),
                None => lost += 1,
            }
        }
    }
    let read = audience.read();
    let times = read.times[read_before..].to_vec();
    let line = json!({
        "measure": "board",
        "entries": before,
        "streams": STREAMS,
        "readers": READERS,
        "contributions": committed.len(),
        "seconds": seconds(took),
        "lost": lost,
        "commit_to_event": spread(delays),
        "pages_per_second": (times.len() as f64 / took.as_secs_f64()).round(),
        "pages_failed": read.failed.len(),
        "page": spread(times),
        "peak_memory_kib": peak_memory_kib(node.pid()),
    });
    drop(audience);
    other.stops();
    node.stops();
    line
}

/// Has a person's node hear of these one by one, so many a second.
fn write(person: &Person, ideas: &[commons_proto::contribution::Verified], started: Instant) {
    let mut writer = store(person);
    let socket = Home::open(person.home()).expect("the home is there").socket();
    for (number, idea) in ideas.iter().enumerate() {
        let due = started + BETWEEN * number as u32;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        accept(&mut writer, std::slice::from_ref(idea), Source::Here);
        assert!(control::nudge(&socket), "the node answers");
    }
}

/// Notes when something can be read in a store from outside.
struct Watch {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(u64, Instant)>>,
}

impl Watch {
    /// Looks at what comes behind this position.
    fn of(person: &Person, after: u64) -> Self {
        let home = Home::open(person.home()).expect("the home is there");
        let mut store =
            Store::open_read_only(&home.database(crate::COMMONS)).expect("there is a store");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            let (mut seen, mut committed) = (after, Vec::new());
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(LOOK);
                if store.changed_elsewhere().expect("the store can be read") {
                    let now = Instant::now();
                    let news = store.ids_after(seen, usize::MAX).expect("the store can be read");
                    committed.extend(news.iter().map(|(_, position, _)| (*position, now)));
                    seen = news.last().map_or(seen, |(_, position, _)| *position);
                }
            }
            committed
        });
        Self { is_over, thread }
    }

    /// What came, and when.
    fn ends(self) -> Vec<(u64, Instant)> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().expect("it looks and notes, no more")
    }
}
