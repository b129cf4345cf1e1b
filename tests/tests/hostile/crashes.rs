//! Processes that are killed and power that fails, at every write: case 20. Every acknowledged
//! contribution is there afterwards, and the node goes on.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

use commons_node::store::{Filter, Outcome, Source, Store, StoreError, VerifyReport};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::erasure::erase_edits;
use commons_proto::id::ContributionId;
use commons_proto::kind::Kind;
use commons_tests::ideas::{self, Ideas};
use commons_tests::memory_disk::{Cut, Image, MemoryDisk, Recording};
use commons_tests::{Person, binary};
use rayon::prelude::*;
use rusqlite::Connection;

/// What somebody was told, and the place in the recording after which it holds.
struct Told {
    after: usize,
    what: What,
}

enum What {
    /// These are safe, all together.
    Kept(Vec<Verified>),
    /// This was taken back, and these were its words.
    Erased(ContributionId, &'static str),
}

/// A day of a store on a disk that records: made anew, written to in ones and in many, carried over,
/// opened again, with something taken back.
struct Day {
    disk: MemoryDisk,
    store: Option<Store>,
    ideas: Ideas,
    next: usize,
    told: Vec<Told>,
}

impl Day {
    fn begins() -> Self {
        let disk = MemoryDisk::new();
        let ideas = Ideas::new("crashes", 30);
        disk.record();
        let mut day = Self { disk, store: None, ideas, next: 0, told: Vec::new() };
        day.opens();
        day
    }

    fn opens(&mut self) {
        self.store = None;
        self.store = Some(Store::open(&path(&self.disk), &self.ideas.commons).expect("it opens"));
    }

    fn accepts(&mut self, batch: Vec<Verified>, source: Source) {
        ideas::accept(self.store.as_mut().expect("it is open"), &batch, source);
        self.told.push(Told { after: self.disk.recorded(), what: What::Kept(batch) });
    }

    fn writes(&mut self, count: usize, source: Source) {
        let batch = self.ideas.signed[self.next..self.next + count].to_vec();
        self.next += count;
        self.accepts(batch, source);
    }

    /// Carries the write-ahead log over to the database, as happens of itself after 32 MiB.
    fn carries_over(&self, how: &str) {
        let other = Connection::open(path(&self.disk)).expect("it opens");
        let pragma = format!("PRAGMA synchronous = FULL; PRAGMA wal_checkpoint({how})");
        other.execute_batch(&pragma).expect("it is carried over");
    }

    /// Writes something and takes it back.
    fn regrets(&mut self) {
        let author = AuthorKey::from_secret(&[3; 32]);
        let sign = |kind, edits| {
            let draft =
                Draft { subject: Subject::Genesis(kind), parents: vec![], edits, summary: None };
            draft.sign(&author, &self.ideas.commons, 1_790_000_000, [1; 16]).expect("it is short")
        };
        let title = commons_proto::edit::Edit::Set {
            field: "title".to_owned(),
            value: Some(REGRETTED.into()),
        };
        let idea = sign(Kind::Idea, vec![title]);
        let erasure = sign(Kind::Erasure, erase_edits(&[&idea.record()]));
        let id = idea.id();
        self.accepts(vec![idea], Source::Here);
        assert!(self.disk.contains(REGRETTED.as_bytes()));
        self.accepts(vec![erasure], Source::Here);
        let after = self.disk.recorded();
        self.told.push(Told { after, what: What::Erased(id, REGRETTED) });
    }

    fn ends(self) -> (Recording, Vec<Told>, Ideas) {
        drop(self.store);
        (self.disk.recording(), self.told, self.ideas)
    }
}

fn path(disk: &MemoryDisk) -> std::path::PathBuf {
    disk.path().join("crashes.sqlite")
}

fn a_day() -> (Recording, Vec<Told>, Ideas) {
    let mut day = Day::begins();
    day.writes(1, Source::Here);
    day.writes(8, Source::Peer);
    day.writes(1, Source::Here);
    day.carries_over("PASSIVE");
    day.writes(1, Source::Here);
    day.regrets();
    day.writes(8, Source::Peer);
    day.carries_over("RESTART");
    day.writes(1, Source::Here);
    day.opens();
    day.writes(1, Source::Here);
    day.writes(5, Source::Peer);
    day.ends()
}

/// Opens what is left and sees that everything that was told holds.
fn holds(left: &Image, told: &[Told], ideas: &Ideas, done: usize, cut: Cut) {
    let at = format!("after step {done}, {cut:?}");
    let disk = MemoryDisk::new();
    disk.restore(left);
    // The empty file on the real disk, and the first look of every command.
    std::fs::write(path(&disk), "").expect("the disk is sound");
    let looked = Store::open_read_only(&path(&disk)).err();
    assert!(matches!(looked, None | Some(StoreError::Missing(_))), "{at}: {looked:?}");
    let mut store = Store::open(&path(&disk), &ideas.commons).expect("the disk is sound");
    let held: BTreeSet<_> =
        store.ids().expect("the disk is sound").into_iter().map(|(id, _)| id).collect();
    let erased: BTreeSet<_> = told
        .iter()
        .filter_map(|told| match told.what {
            What::Erased(id, _) => Some(id),
            What::Kept(_) => None,
        })
        .collect();
    for told in told {
        match &told.what {
            What::Kept(batch) => {
                let here = batch.iter().filter(|one| held.contains(&one.id())).count();
                assert!(here == 0 || here == batch.len(), "half a batch {at}: {here}");
                assert!(told.after > done || here > 0, "an acknowledged batch is lost {at}");
                for one in batch.iter().filter(|one| held.contains(&one.id())) {
                    let bytes = store.contributions(&[one.id()]).expect("the disk is sound");
                    let same = bytes.last().is_some_and(|bytes| *bytes == one.encode());
                    assert!(same || erased.contains(&one.id()), "another contribution {at}");
                }
            }
            What::Erased(_, words) if told.after <= done => {
                assert!(!left.contains(words.as_bytes()), "erased words are back {at}");
            }
            What::Erased(..) => {}
        }
    }
    let report = store.verify(|_, _| ()).expect("the disk is sound");
    assert!(report.damaged.is_empty() && report.file.is_empty(), "{at}: {report:?}");
    assert_eq!(report.changed, 0, "{at}: {report:?}");
    let more = ideas.more(0, 1);
    let outcomes = store.accept(&more, 1_790_000_000, Source::Here).expect("the disk is sound");
    assert!(matches!(outcomes[..], [Outcome::New { .. }]), "{at}: {outcomes:?}");
}

/// Cuts a day after each of its writes and gives how many cuts there were.
fn cut_everywhere(cuts: impl Fn(usize) -> Vec<Cut> + Sync) -> usize {
    let (recording, told, ideas) = a_day();
    let mut replay = recording.replay();
    let mut done = 0;
    let made = AtomicUsize::new(0);
    loop {
        // So many at a time that the images of a whole day need not be in memory at once.
        let mut images = Vec::new();
        let mut more = true;
        while more && images.len() < AT_ONCE {
            done = replay.done();
            images.extend(cuts(done).into_iter().map(|cut| (done, cut, replay.cut(cut))));
            more = replay.advance();
        }
        images.into_par_iter().for_each(|(done, cut, left)| {
            holds(&left, &told, &ideas, done, cut);
            made.fetch_add(1, Ordering::Relaxed);
        });
        if !more {
            break;
        }
    }
    assert_eq!(done, recording.steps(), "every write was cut at");
    made.into_inner()
}

#[test]
fn case_20_a_process_killed_at_any_write_loses_nothing_acknowledged() {
    let cuts = cut_everywhere(|_| vec![Cut::Process]);
    assert!(cuts >= 200, "{cuts}");
}

#[test]
fn case_20_power_cut_at_any_write_loses_nothing_acknowledged() {
    let cuts = cut_everywhere(|done| vec![Cut::Synced, Cut::Seeded(done as u64)]);
    assert!(cuts >= 200, "{cuts}");
}

/// Runs a real process that the system kills in the write that makes a file larger than so many
/// bytes: `SIGXFSZ`, which is no more to be caught than `SIGKILL` by who does not know of it.
fn runs_up_to(person: &Person, bytes: usize, words: &[&str]) -> Output {
    let mut command = person.program("sh");
    let blocks = (bytes / 512).to_string();
    command.args(["-c", "ulimit -c 0; ulimit -f \"$0\"; exec \"$@\"", &blocks]);
    command.arg(binary::commons()).args(words);
    command.output().expect("sh runs")
}

#[test]
fn case_20_a_command_killed_while_files_grow_loses_nothing_acknowledged() {
    let mut killed = 0;
    for bytes in (0..CREATED).step_by(4096).chain((CREATED..).step_by(32 * 1024)) {
        let ana = Person::new("ana");
        let first = runs_up_to(&ana, bytes, &["add-idea", "One"]);
        let titles = Vec::from_iter(first.status.success().then_some("One"));
        if titles.is_empty() {
            assert_eq!(first.status.signal(), Some(SIGXFSZ), "{first:?}");
            killed += 1;
        }
        let mut store = ideas::store(&ana);
        let commons = store.commons();
        ideas::accept(&mut store, &[ideas::sign(&commons, 1)], Source::Here);
        let here = store.list(&Filter::default()).unwrap();
        let kept = titles.iter().all(|title| here.iter().any(|entry| entry.title == *title));
        assert!(kept && here.len() > titles.len(), "at {bytes}: {here:?}");
        let report = store.verify(|_, _| ()).unwrap();
        let checked = report.checked;
        assert_eq!(report, VerifyReport { checked, ..VerifyReport::default() }, "at {bytes}");
        if first.status.success() {
            break;
        }
    }
    assert!(killed >= 12, "{killed}");
}

/// Bytes within which the database is made, by another way than what is written later.
const CREATED: usize = 40 * 1024;

/// What was taken back.
const REGRETTED: &str = "Words that somebody regretted";

/// Images checked at once: some MB each at most.
const AT_ONCE: usize = 64;

/// The signal of POSIX for who writes beyond the limit: the same number on Linux, macOS and the BSDs.
const SIGXFSZ: i32 = 25;
