//! The store's thread: the only one in a running node that writes. What it does with the store is in
//! `keeper.rs`.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use super::keeper::{Done, Job, Keeper, Queue};
use crate::store::Store;

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
            if let Some(jobs) = open.queue.take() {
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

/// The time now, in seconds since 1970 UTC.
pub(super) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// How often the thread looks for what another process wrote without a nudge: chosen, a wait that
/// nobody minds in a case that is rare.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often leavings of erased words are looked for.
const SCRUB_EVERY: Duration = Duration::from_secs(60);
