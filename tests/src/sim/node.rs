//! One honest machine: a disk, and while it runs the replica, the store's keeper, a reader and the
//! verifier, as the driver of a node joins them, but in virtual time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use commons_node::driver::keeper::{Done, Job, Keeper, Queue};
use commons_node::store::{Outcome, Store, StoreError};
use commons_node::verify::Verifier;
use commons_proto::id::{CommonsId, ContributionId};
use commons_proto::replica::{Moment, Peer, Replica};
use rusqlite::{Connection, OpenFlags};

use super::model::{Held, Row};
use crate::memory_disk::{Image, MemoryDisk};

/// A machine, running or not.
pub(super) struct SimNode {
    pub(super) disk: MemoryDisk,
    pub(super) running: Option<Running>,
    /// Counts starts, so that nothing outlives a crash.
    pub(super) life: u64,
    /// Seconds by which its clock is wrong.
    pub(super) skew: i64,
    /// What the store said is safe.
    pub(super) acknowledged: Held,
    /// A backup, with what was acknowledged then.
    pub(super) backup: Option<(Image, Held)>,
    /// Until when it sleeps.
    pub(super) asleep_until: u64,
    /// The write to its disk with which its power fails.
    pub(super) dies_at: Option<u64>,
    /// Peers that its replica has blamed, until when they are refused.
    pub(super) blamed: BTreeMap<Peer, u64>,
    /// Peers that it does not connect with, until when.
    pub(super) refused: BTreeMap<Peer, u64>,
}

/// What is in memory.
pub(super) struct Running {
    pub(super) replica: Replica,
    pub(super) keeper: Keeper,
    pub(super) queue: Queue,
    /// Whether the store's turn has been set.
    pub(super) is_busy: bool,
    pub(super) reader: Store,
    pub(super) verifier: Verifier,
    /// A connection of the simulation's own, to look at the log.
    pub(super) audit: Connection,
    /// Whether the simulation has looked at the log since the start.
    pub(super) is_seen: bool,
    /// What the simulation saw in the log.
    pub(super) held: Held,
    pub(super) seen_rows: u64,
    pub(super) started: u64,
    /// Gossip messages that came, by what they say.
    pub(super) heard: BTreeSet<Vec<u8>>,
    /// Gossip messages without a verdict: the bytes, and who sent them.
    pub(super) tokens: BTreeMap<u64, (Vec<u8>, usize)>,
    /// What waits for a peer: the senders of the driver.
    pub(super) outboxes: BTreeMap<Peer, VecDeque<Outgoing>>,
    /// What the store said to those who write here.
    pub(super) answers: Answers,
    /// When the last answer of the store comes, as they keep their order.
    pub(super) told_at: u64,
}

/// What was written here, and what the store said to it.
pub(super) type Answers = Arc<Mutex<Vec<(Vec<ContributionId>, Result<Vec<Outcome>, StoreError>)>>>;

/// Something for a peer.
pub(super) enum Outgoing {
    /// A frame.
    Frame(Vec<u8>),
    /// Contributions, to be read from the log.
    Serve(Vec<ContributionId>),
}

/// What the store did with its turn.
#[derive(Default)]
pub(super) struct Turn {
    pub(super) done: Vec<Done>,
    pub(super) acknowledged: Vec<ContributionId>,
}

impl SimNode {
    pub(super) fn new(skew: i64) -> Self {
        Self {
            disk: MemoryDisk::new(),
            running: None,
            life: 0,
            skew,
            acknowledged: Held::new(),
            backup: None,
            asleep_until: 0,
            dies_at: None,
            blamed: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Where its database is.
    pub(super) fn database(&self) -> PathBuf {
        self.disk.path().join("commons.sqlite")
    }

    /// Whether its power has failed.
    pub(super) fn is_dead(&self) -> bool {
        self.dies_at.is_some_and(|at| self.disk.writes() + 1 >= at)
    }

    /// What its clock shows, in seconds since 1970 UTC.
    pub(super) fn wall(&self, now: u64) -> u64 {
        (EPOCH + now / 1000).saturating_add_signed(self.skew)
    }

    /// Starts it, as `Node::start` does.
    pub(super) fn start(
        &mut self,
        commons: &CommonsId,
        seed: u64,
        now: u64,
    ) -> Result<(), StoreError> {
        let path = self.database();
        let store = Store::open(&path, commons)?;
        let reader = Store::open_read_only(&path)?;
        let seen = store.last()?;
        let replica = Replica::new(store.ids()?, store.elsewhere()?, seed);
        let audit =
            look_at(&path).map_err(|source| StoreError::Sqlite { path: path.clone(), source })?;
        self.life += 1;
        self.running = Some(Running {
            replica,
            keeper: Keeper::new(store, seen),
            queue: Queue::default(),
            is_busy: false,
            reader,
            verifier: Verifier::new(*commons),
            audit,
            is_seen: false,
            held: Held::new(),
            seen_rows: 0,
            started: now,
            heard: BTreeSet::new(),
            tokens: BTreeMap::new(),
            outboxes: BTreeMap::new(),
            answers: Answers::default(),
            told_at: 0,
        });
        Ok(())
    }
}

impl Running {
    /// The replica's time.
    pub(super) fn moment(&self, now: u64) -> Moment {
        Moment(now - self.started)
    }

    /// When the replica wants to be woken.
    pub(super) fn deadline(&self) -> Option<u64> {
        self.replica.deadline().map(|at| at.0.saturating_add(self.started))
    }

    /// The store does what is next in its queue.
    pub(super) fn turn(&mut self, wall: u64) -> Option<Turn> {
        let jobs = self.queue.take()?;
        let mut turn = Turn::default();
        self.keeper.work(jobs, wall, &mut |done| {
            if let Done::Accepted { outcomes, .. } = &done {
                let safe = outcomes.iter().filter(|(_, outcome)| is_safe(outcome));
                turn.acknowledged.extend(safe.map(|(verified, _)| verified.id()));
            }
            turn.done.push(done);
        });
        for (ids, answer) in self.answers.lock().expect("nothing panics with it").drain(..) {
            let outcomes = answer.unwrap_or_default();
            let safe = ids.into_iter().zip(outcomes).filter(|(_, outcome)| is_safe(outcome));
            turn.acknowledged.extend(safe.map(|(id, _)| id));
        }
        Some(turn)
    }

    /// Gives the store a job. Whether its turn must be set.
    pub(super) fn give(&mut self, job: Job) -> bool {
        self.queue.give(job);
        !std::mem::replace(&mut self.is_busy, true)
    }

    /// What the log has grown by since this was last asked.
    pub(super) fn new_rows(&mut self) -> rusqlite::Result<Vec<Row>> {
        let rows = rows(&self.audit, self.seen_rows)?;
        for (seq, row) in &rows {
            self.seen_rows = *seq;
            self.held.insert(row.id);
        }
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    /// All rows of the log.
    pub(super) fn all_rows(&self) -> rusqlite::Result<Vec<Row>> {
        Ok(rows(&self.audit, 0)?.into_iter().map(|(_, row)| row).collect())
    }
}

/// A connection to look at a database with.
pub(super) fn look_at(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Whether the store says that it holds this.
pub(super) fn is_safe(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::New { .. } | Outcome::Known)
}

fn rows(connection: &Connection, after: u64) -> rusqlite::Result<Vec<(u64, Row)>> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id, header, signature, payload FROM contribution WHERE seq > ?1 ORDER BY seq",
    )?;
    let rows = statement.query_map([after], |row| {
        let id = ContributionId(row.get(1)?);
        let (header, signature) = (row.get(2)?, row.get(3)?);
        Ok((row.get(0)?, Row { id, header, signature, payload: row.get(4)? }))
    })?;
    rows.collect()
}

/// Seconds since 1970 UTC at which simulations begin: a day in 2026.
pub(super) const EPOCH: u64 = 1_780_000_000;
