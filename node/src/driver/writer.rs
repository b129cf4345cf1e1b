//! The store's thread: the only one in a running node that writes. Jobs come in two lanes, and the
//! live one goes first; whatever the log has grown by, through this thread or through a command in
//! another process, is told once, in the log's order.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use commons_proto::contribution::Verified;
use commons_proto::replica::{Committed, Lane, Origin, Outcome};
use tokio::sync::{mpsc, oneshot};

use crate::store::{self, Source, Store, StoreError};

/// What the thread is asked to do.
pub(super) enum Job {
    /// Takes in what peers sent.
    Accept { origin: Origin, batch: Vec<Verified> },
    /// Takes in what was written here.
    Write { batch: Vec<Verified>, answer: oneshot::Sender<store::Result<Vec<Outcome>>> },
    /// Notes that everything up to here is held by another node.
    Elsewhere(u64),
    /// Notes where a peer was reached.
    Remember { peer: String, address: String },
    /// Looks whether another process has written.
    Look,
}

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
        let worker = Worker { store, seen, done, in_trouble: false };
        let queue = Arc::clone(&jobs);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || worker.run(&queue))
            .expect("the system has room for one more thread");
        Self { jobs, thread: Some(thread) }
    }

    /// Queues a job. How many there can be is bounded by the replica, which asks for no more while
    /// enough are under way.
    pub(super) fn give(&self, job: Job) {
        let lane = match &job {
            Job::Accept { origin, .. } => origin.lane,
            Job::Write { .. } | Job::Look => Lane::Live,
            Job::Elsewhere(_) | Job::Remember { .. } => Lane::Bulk,
        };
        let mut queue = self.jobs.lock();
        match lane {
            Lane::Live => queue.live.push_back(job),
            Lane::Bulk => queue.bulk.push_back(job),
        }
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
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    live: VecDeque<Job>,
    bulk: VecDeque<Job>,
    closed: bool,
}

enum Next {
    Do(Vec<Job>),
    Idle,
    End,
}

impl Jobs {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All live jobs, so that a burst of them shares one commit; else one job in bulk.
    fn next(&self) -> Next {
        let mut queue = self.lock();
        loop {
            if !queue.live.is_empty() {
                return Next::Do(queue.live.drain(..).collect());
            }
            if let Some(job) = queue.bulk.pop_front() {
                return Next::Do(vec![job]);
            }
            if queue.closed {
                return Next::End;
            }
            let (back, waited) =
                self.wake.wait_timeout(queue, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner);
            queue = back;
            if waited.timed_out() {
                return Next::Idle;
            }
        }
    }
}

struct Worker {
    store: Store,
    seen: u64,
    done: mpsc::UnboundedSender<Done>,
    in_trouble: bool,
}

impl Worker {
    fn run(mut self, jobs: &Jobs) {
        self.tell_growth();
        let mut scrubbed = Instant::now();
        loop {
            match jobs.next() {
                Next::Do(jobs) => {
                    self.work(jobs);
                    self.tell_growth();
                }
                Next::Idle => {
                    if self.store.changed_elsewhere().unwrap_or(false) {
                        self.tell_growth();
                    }
                    if scrubbed.elapsed() > SCRUB_EVERY {
                        scrubbed = Instant::now();
                        let result = self.store.scrub().map(|_| ());
                        self.note(result);
                    }
                }
                Next::End => return,
            }
        }
    }

    /// Carries out jobs in their order; neighbours that only accept share a transaction.
    fn work(&mut self, jobs: Vec<Job>) {
        let mut accepts = Vec::new();
        for job in jobs {
            if !matches!(job, Job::Accept { .. }) {
                self.accept(std::mem::take(&mut accepts));
            }
            match job {
                Job::Accept { origin, batch } => accepts.push((origin, batch)),
                Job::Write { batch, answer } => {
                    // Whoever asked may have gone; the contributions are in the log all the same.
                    let _ = answer.send(self.store.accept(&batch, unix_seconds(), Source::Here));
                }
                Job::Elsewhere(seq) => {
                    let result = self.store.set_elsewhere(seq);
                    self.note(result);
                }
                Job::Remember { peer, address } => {
                    let result = self.store.remember_peer(&peer, &address, unix_seconds());
                    self.note(result);
                }
                Job::Look => {}
            }
        }
        self.accept(accepts);
    }

    fn accept(&mut self, accepts: Vec<(Origin, Vec<Verified>)>) {
        if accepts.is_empty() {
            return;
        }
        let sizes: Vec<(Origin, usize)> =
            accepts.iter().map(|(origin, batch)| (*origin, batch.len())).collect();
        let all: Vec<Verified> = accepts.into_iter().flat_map(|(_, batch)| batch).collect();
        let result = self.store.accept(&all, unix_seconds(), Source::Peer);
        let outcomes = match result {
            Ok(outcomes) => {
                self.note(Ok(()));
                outcomes
            }
            Err(error) => {
                self.note(Err(error));
                vec![Outcome::Unstored; all.len()]
            }
        };
        let mut rest = all.into_iter().zip(outcomes);
        for (origin, size) in sizes {
            let outcomes = rest.by_ref().take(size).collect();
            self.tell(Done::Accepted { origin, outcomes });
        }
    }

    /// Tells what the log holds beyond what was told before.
    fn tell_growth(&mut self) {
        loop {
            let rows = match self.store.ids_after(self.seen, TOLD_AT_ONCE) {
                Ok(rows) => rows,
                Err(error) => return self.note(Err(error)),
            };
            let Some(&(_, last, _)) = rows.last() else { return };
            self.seen = last;
            let items = rows.into_iter().map(|(id, seq, source)| Committed {
                seq,
                id,
                local: source == Source::Here,
            });
            self.tell(Done::Committed(items.collect()));
        }
    }

    fn note(&mut self, result: store::Result<()>) {
        match result {
            Ok(()) if self.in_trouble => {
                self.in_trouble = false;
                self.tell(Done::Recovered);
            }
            Err(error) if !self.in_trouble => {
                self.in_trouble = true;
                self.tell(Done::Trouble(error));
            }
            _ => {}
        }
    }

    fn tell(&self, done: Done) {
        // An error means that the driver is gone, and this thread will be told to end.
        let _ = self.done.send(done);
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
