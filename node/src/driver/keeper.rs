//! What the store's thread does, without thread and clock: jobs in two lanes, of which the live one
//! goes first; and whatever the log has grown by, through these jobs or through a command in another
//! process, told once, in the log's order. The thread that calls this is in `writer.rs`.

use std::collections::{BTreeSet, VecDeque};

use commons_proto::contribution::Verified;
use commons_proto::id::ContributionId;
use commons_proto::replica::{Committed, Lane, Origin, Outcome};

use crate::store::{self, Source, Store, StoreError};

/// What the store's keeper is asked to do.
pub enum Job {
    /// Takes in what peers sent.
    Accept {
        /// For the answer.
        origin: Origin,
        /// What they sent.
        batch: Vec<Verified>,
    },
    /// Takes in what was written here.
    Write {
        /// What was written.
        batch: Vec<Verified>,
        /// Who wants to know.
        answer: Answer,
    },
    /// Notes that everything up to here is held by another node.
    Elsewhere(u64),
    /// Notes where a peer was reached.
    Remember {
        /// Which peer.
        peer: String,
        /// Where.
        address: String,
    },
    /// Notes that these were found damaged.
    Damaged(Vec<ContributionId>),
    /// Forgets a peer, or where it is not.
    Forget {
        /// Which peer.
        peer: String,
        /// The address; if none is given, all of them.
        address: Option<String>,
    },
    /// Looks whether another process has written.
    Look,
}

/// Hears what became of what was written here.
pub type Answer = Box<dyn FnOnce(store::Result<Vec<Outcome>>) + Send>;

/// Hears what was done, in its order.
pub type Tell<'a> = dyn FnMut(Done) + 'a;

/// What it has done.
pub enum Done {
    /// The answer to a [`Job::Accept`].
    Accepted {
        /// As in the job.
        origin: Origin,
        /// Each contribution, and what the store made of it.
        outcomes: Vec<(Verified, Outcome)>,
    },
    /// The log grew.
    Committed(Vec<Committed>),
    /// These are damaged on this disk; told once.
    Damaged(Vec<ContributionId>),
    /// These were damaged and are whole again.
    Healed(Vec<Committed>),
    /// The disk does not take what it is given; told once until it does again.
    Trouble(StoreError),
    /// The disk takes it again.
    Recovered,
}

/// What waits for the store.
#[derive(Default)]
pub struct Queue {
    live: VecDeque<Job>,
    bulk: VecDeque<Job>,
}

impl Queue {
    /// Queues a job.
    pub fn give(&mut self, job: Job) {
        let lane = match &job {
            Job::Accept { origin, .. } => origin.lane,
            Job::Write { .. } | Job::Damaged(_) | Job::Look => Lane::Live,
            Job::Elsewhere(_) | Job::Remember { .. } | Job::Forget { .. } => Lane::Bulk,
        };
        match lane {
            Lane::Live => self.live.push_back(job),
            Lane::Bulk => self.bulk.push_back(job),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty() && self.bulk.is_empty()
    }

    /// What is to be done next: all live jobs, so that a burst of them shares one commit; else one
    /// job in bulk.
    pub fn take(&mut self) -> Option<Vec<Job>> {
        if !self.live.is_empty() {
            return Some(self.live.drain(..).collect());
        }
        self.bulk.pop_front().map(|job| vec![job])
    }
}

/// Does the jobs, one after the other. Each call tells what was done.
pub struct Keeper {
    store: Store,
    seen: u64,
    /// What was told to be damaged.
    damaged: BTreeSet<ContributionId>,
    in_trouble: bool,
}

impl Keeper {
    /// Keeps this store. What the log holds beyond `seen` is told with the next growth; what is
    /// damaged and noted so already is known.
    pub fn new(store: Store, seen: u64) -> Self {
        let damaged = store.damaged().unwrap_or_default();
        Self { store, seen, damaged, in_trouble: false }
    }

    /// Carries out jobs in their order; neighbours that only accept share a transaction. Then tells
    /// what the log has grown by. `now` is in seconds since 1970 UTC.
    pub fn work(&mut self, jobs: Vec<Job>, now: u64, tell: &mut Tell) {
        let mut accepts = Vec::new();
        for job in jobs {
            if !matches!(job, Job::Accept { .. }) {
                self.accept(std::mem::take(&mut accepts), now, tell);
            }
            match job {
                Job::Accept { origin, batch } => accepts.push((origin, batch)),
                Job::Write { batch, answer } => {
                    let outcomes = self.store.accept(&batch, now, Source::Here);
                    // First: whoever has the answer and asks how things stand is told of it.
                    self.tell_growth(tell);
                    answer(outcomes);
                }
                Job::Elsewhere(seq) => {
                    let result = self.store.set_elsewhere(seq);
                    self.note(result, tell);
                }
                Job::Remember { peer, address } => {
                    let result = self.store.remember_peer(&peer, &address, now);
                    self.note(result, tell);
                }
                Job::Damaged(ids) => {
                    let result = self.store.note_damaged(&ids);
                    self.note(result, tell);
                    self.tell_damage(tell);
                }
                Job::Forget { peer, address } => {
                    let result = self.store.forget_peer(&peer, address.as_deref());
                    self.note(result, tell);
                }
                Job::Look => {}
            }
        }
        self.accept(accepts, now, tell);
        self.tell_growth(tell);
        if !self.damaged.is_empty() || self.store.changed_elsewhere().unwrap_or(false) {
            self.tell_damage(tell);
        }
    }

    /// Tells what another process has written or found damaged meanwhile.
    pub fn look(&mut self, tell: &mut Tell) {
        if self.store.changed_elsewhere().unwrap_or(false) {
            self.tell_growth(tell);
            self.tell_damage(tell);
        }
    }

    /// Gets rid of the leavings of erased words, if there are any.
    pub fn scrub(&mut self, tell: &mut Tell) {
        let result = self.store.scrub().map(|_| ());
        self.note(result, tell);
    }

    /// Tells what the log holds beyond what was told before.
    pub fn tell_growth(&mut self, tell: &mut Tell) {
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

    /// Tells how what is noted as damaged differs from what was told.
    fn tell_damage(&mut self, tell: &mut Tell) {
        let noted = match self.store.damaged() {
            Ok(noted) => noted,
            Err(error) => return self.note(Err(error), tell),
        };
        let new: Vec<ContributionId> = noted.difference(&self.damaged).copied().collect();
        let healed: Vec<ContributionId> = self.damaged.difference(&noted).copied().collect();
        let healed = match self.store.positions(&healed) {
            Ok(positions) => positions,
            Err(error) => return self.note(Err(error), tell),
        };
        self.damaged = noted;
        if !new.is_empty() {
            tell(Done::Damaged(new));
        }
        if !healed.is_empty() {
            let whole = |(id, seq)| Committed { seq, id, local: false };
            tell(Done::Healed(healed.into_iter().map(whole).collect()));
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

/// Rows told at once: 40 kB.
const TOLD_AT_ONCE: usize = 1024;
