//! The store's thread: the only one in a running node that writes. Jobs come in two lanes, and the
//! live one goes first; whatever the log has grown by, through this thread or through a command in
//! another process, is told once, in the log's order.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commons_proto::contribution::Verified;
use commons_proto::replica::{Committed, Lane, Origin, Outcome};
use tokio::sync::mpsc;

use crate::store::{self, Source, Store, StoreError};

/// What the thread is asked to do.
pub(super) enum Job {
    /// Takes in what peers sent.
    Accept { origin: Origin, batch: Vec<Verified> },
    /// Takes in what was written here.
    Write { batch: Vec<Verified>, answer: Answer },
    /// Notes that everything up to here is held by another node.
    Elsewhere(u64),
    /// Notes where a peer was reached.
    Remember { peer: String, address: String },
    /// Looks whether another process has written.
    Look,
}

/// Hears what became of what was written here.
pub(super) type Answer = Box<dyn FnOnce(store::Result<Vec<Outcome>>) + Send>;

/// Hears what was done, in its order.
type Tell<'a> = dyn FnMut(Done) + 'a;

/// What the thread has done.
pub(super) enum Done {
    /// The answer to a [`Job::Accept`].
    Accepted { origin: Origin, outcomes: Vec<(Verified, Outcome)> },
    /// The log grew.
    Committed(Vec<Committed>),
    /// The disk does not take what it is given; told once until it does again.
    Trouble(StoreError),
    /// The disk takes it again.
    Recovered,
}

/// The way to the thread. Dropping it lets the thread finish what it was given, and end.
pub(super) struct Writer {
    jobs: Arc<Jobs>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. What the log holds beyond `seen` is told first.
    pub(super) fn start(store: Store, seen: u64, done: mpsc::UnboundedSender<Done>) -> Self {
        let jobs = Arc::new(Jobs::default());
        let keeper = Keeper::new(store, seen);
        let queue = Arc::clone(&jobs);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run(keeper, &queue, &done))
            .expect("the system has room for one more thread");
        Self { jobs, thread: Some(thread) }
    }

    /// Queues a job. How many there can be is bounded by the replica, which asks for no more while
    /// enough are under way.
    pub(super) fn give(&self, job: Job) {
        self.jobs.lock().queue.give(job);
        self.jobs.wake.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs.lock().closed = true;
        self.jobs.wake.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed, and there is nothing to add to it.
            let _ = thread.join();
        }
    }
}

#[derive(Default)]
struct Jobs {
    open: Mutex<Open>,
    wake: Condvar,
}

#[derive(Default)]
struct Open {
    queue: Queue,
    closed: bool,
}

enum Next {
    Do(Vec<Job>),
    Idle,
    End,
}

impl Jobs {
    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Next {
        let mut open = self.lock();
        loop {
            if let Some(jobs) = open.queue.next() {
                return Next::Do(jobs);
            }
            if open.closed {
                return Next::End;
            }
            let (back, waited) =
                self.wake.wait_timeout(open, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner);
            open = back;
            if waited.timed_out() {
                return Next::Idle;
            }
        }
    }
}

/// The thread, until the writer is dropped.
fn run(mut keeper: Keeper, jobs: &Jobs, done: &mpsc::UnboundedSender<Done>) {
    // An error means that the driver is gone, and this thread will be told to end.
    let tell = &mut |told| drop(done.send(told));
    keeper.tell_growth(tell);
    let mut scrubbed = Instant::now();
    loop {
        match jobs.next() {
            Next::Do(jobs) => keeper.work(jobs, unix_seconds(), tell),
            Next::Idle => {
                keeper.look(tell);
                if scrubbed.elapsed() > SCRUB_EVERY {
                    scrubbed = Instant::now();
                    keeper.scrub(tell);
                }
            }
            Next::End => return,
        }
    }
}

/// What waits for the store.
#[derive(Default)]
struct Queue {
    live: VecDeque<Job>,
    bulk: VecDeque<Job>,
}

impl Queue {
    /// Queues a job.
    fn give(&mut self, job: Job) {
        let lane = match &job {
            Job::Accept { origin, .. } => origin.lane,
            Job::Write { .. } | Job::Look => Lane::Live,
            Job::Elsewhere(_) | Job::Remember { .. } => Lane::Bulk,
        };
        match lane {
            Lane::Live => self.live.push_back(job),
            Lane::Bulk => self.bulk.push_back(job),
        }
    }

    /// What is to be done next: all live jobs, so that a burst of them shares one commit; else one
    /// job in bulk.
    fn next(&mut self) -> Option<Vec<Job>> {
        if !self.live.is_empty() {
            return Some(self.live.drain(..).collect());
        }
        self.bulk.pop_front().map(|job| vec![job])
    }
}

/// What the thread does with the store, without thread and clock. Each call tells what was done.
struct Keeper {
    store: Store,
    seen: u64,
    in_trouble: bool,
}

impl Keeper {
    /// Keeps this store. What the log holds beyond `seen` is told with the next growth.
    fn new(store: Store, seen: u64) -> Self {
        Self { store, seen, in_trouble: false }
    }

    /// Carries out jobs in their order; neighbours that only accept share a transaction. Then tells
    /// what the log has grown by. `now` is in seconds since 1970 UTC.
    fn work(&mut self, jobs: Vec<Job>, now: u64, tell: &mut Tell) {
        let mut accepts = Vec::new();
        for job in jobs {
            if !matches!(job, Job::Accept { .. }) {
                self.accept(std::mem::take(&mut accepts), now, tell);
            }
            match job {
                Job::Accept { origin, batch } => accepts.push((origin, batch)),
                Job::Write { batch, answer } => {
                    answer(self.store.accept(&batch, now, Source::Here));
                }
                Job::Elsewhere(seq) => {
                    let result = self.store.set_elsewhere(seq);
                    self.note(result, tell);
                }
                Job::Remember { peer, address } => {
                    let result = self.store.remember_peer(&peer, &address, now);
                    self.note(result, tell);
                }
                Job::Look => {}
            }
        }
        self.accept(accepts, now, tell);
        self.tell_growth(tell);
    }

    /// Tells what another process has written meanwhile.
    fn look(&mut self, tell: &mut Tell) {
        if self.store.changed_elsewhere().unwrap_or(false) {
            self.tell_growth(tell);
        }
    }

    /// Gets rid of the leavings of erased words, if there are any.
    fn scrub(&mut self, tell: &mut Tell) {
        let result = self.store.scrub().map(|_| ());
        self.note(result, tell);
    }

    /// Tells what the log holds beyond what was told before.
    fn tell_growth(&mut self, tell: &mut Tell) {
        loop {
            let rows = match self.store.ids_after(self.seen, TOLD_AT_ONCE) {
                Ok(rows) => rows,
                Err(error) => return self.note(Err(error), tell),
            };
            let Some(&(_, last, _)) = rows.last() else { return };
            self.seen = last;
            let items = rows.into_iter().map(|(id, seq, source)| Committed {
                seq,
                id,
                local: source == Source::Here,
            });
            tell(Done::Committed(items.collect()));
        }
    }

    fn accept(&mut self, accepts: Vec<(Origin, Vec<Verified>)>, now: u64, tell: &mut Tell) {
        if accepts.is_empty() {
            return;
        }
        let sizes: Vec<(Origin, usize)> =
            accepts.iter().map(|(origin, batch)| (*origin, batch.len())).collect();
        let all: Vec<Verified> = accepts.into_iter().flat_map(|(_, batch)| batch).collect();
        let result = self.store.accept(&all, now, Source::Peer);
        let outcomes = match result {
            Ok(outcomes) => {
                self.note(Ok(()), tell);
                outcomes
            }
            Err(error) => {
                self.note(Err(error), tell);
                vec![Outcome::Unstored; all.len()]
            }
        };
        let mut rest = all.into_iter().zip(outcomes);
        for (origin, size) in sizes {
            let outcomes = rest.by_ref().take(size).collect();
            tell(Done::Accepted { origin, outcomes });
        }
    }

    fn note(&mut self, result: store::Result<()>, tell: &mut Tell) {
        match result {
            Ok(()) if self.in_trouble => {
                self.in_trouble = false;
                tell(Done::Recovered);
            }
            Err(error) if !self.in_trouble => {
                self.in_trouble = true;
                tell(Done::Trouble(error));
            }
            _ => {}
        }
    }
}

/// The time now, in seconds since 1970 UTC.
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// How often the thread looks for what another process wrote without a nudge: chosen, a wait that
/// nobody minds in a case that is rare.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often leavings of erased words are looked for.
const SCRUB_EVERY: Duration = Duration::from_secs(60);

/// Rows told at once: 40 kB.
const TOLD_AT_ONCE: usize = 1024;
