//! What a node sends, asks, keeps and publishes, and when: a state machine over `(input, now)`.
//! The driver in the node gives it what happened and carries out what it returns, in order. It
//! never fails: a refusal is a named output. Bytes, sockets, the store and the clock are not here.
//!
//! A contribution's way in: bytes of a peer ([`Input::Gossip`], [`Input::Message`]) →
//! [`Output::Check`] → [`Input::Checked`] → [`Output::Accept`] → [`Input::Accepted`] and, from the
//! log's tail, [`Input::Committed`]. One's own contribution begins at the last step.
//!
//! This file holds the parts together and only routes. Each part is a small machine:
//!
//! | part | what it knows |
//! |---|---|
//! | `door` | the inputs and outputs |
//! | `peers`, `intake`, `attend` | the routes: what peers say, what becomes of contributions, what may be done next |
//! | `session` | one peer; in it `walk`: a comparison, `taking`: what it is asked for, `serving`: what it asked for |
//! | `answer` | answers to comparisons |
//! | `arriving`, `acceptance`, `pending` | what is on its way, what waits for the store, what waits for parents |
//! | `elsewhere` | what only this node holds |
//! | `standing`, `timers`, `chance` | who is refused, when to act, random numbers |

use std::collections::{BTreeMap, VecDeque};

use crate::id::{ContributionId, TreeHash};
use crate::tree::Tree;

mod acceptance;
mod answer;
mod arriving;
mod attend;
mod chance;
mod door;
mod elsewhere;
mod intake;
mod peers;
mod pending;
mod serving;
mod session;
mod standing;
mod taking;
mod timers;
mod walk;

pub use door::*;

use acceptance::Acceptance;
use arriving::Arriving;
use chance::Chance;
use elsewhere::Elsewhere;
use intake::ANNOUNCED;
use pending::Pending;
use session::Session;
use standing::Standing;
use timers::{Timer, Timers};

/// What is known of a connected peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStatus {
    /// Who.
    pub peer: Peer,
    /// The root and the count that it last told.
    pub told: Option<(TreeHash, u64)>,
    /// Whether it holds the same set; unknown before it has told.
    pub in_sync: Option<bool>,
    /// How many contributions it lacks, where known.
    pub behind: Option<u64>,
    /// How many this node lacks of its, where known.
    pub ahead: Option<u64>,
}

/// A node's part in the replication of one commons.
#[derive(Debug)]
pub struct Replica {
    now: Moment,
    tree: Tree,
    sessions: BTreeMap<Peer, Session>,
    /// Peers to compare with, the next first.
    due: VecDeque<Peer>,
    arriving: Arriving,
    acceptance: Acceptance,
    pending: Pending,
    /// Large contributions that gossip announced: since when, and the messages that did.
    announced: BTreeMap<ContributionId, (Moment, Vec<u64>)>,
    /// What was written here and published since peers were last told.
    published: Vec<ContributionId>,
    elsewhere: Elsewhere,
    standing: Standing,
    timers: Timers,
    chance: Chance,
    /// Until when nothing is asked for, as the store cannot write.
    paused_until: Moment,
    next_ticket: u64,
    outputs: Vec<Output>,
}

impl Replica {
    /// A replica of a log with these contributions and their positions. Everything up to position
    /// `elsewhere` is known to be held by others; `seed` comes from the caller's entropy.
    pub fn new(
        ids: impl IntoIterator<Item = (ContributionId, u64)>,
        elsewhere: u64,
        seed: u64,
    ) -> Self {
        let mut positions = Vec::new();
        let mut tree = Tree::default();
        tree.insert(ids.into_iter().inspect(|(_, position)| positions.push(*position)));
        let elsewhere = Elsewhere::new(positions.into_iter(), elsewhere, tree.root());
        Self {
            now: Moment(0),
            tree,
            sessions: BTreeMap::new(),
            due: VecDeque::new(),
            arriving: Arriving::default(),
            acceptance: Acceptance::default(),
            pending: Pending::default(),
            announced: BTreeMap::new(),
            published: Vec::new(),
            elsewhere,
            standing: Standing::default(),
            timers: Timers::default(),
            chance: Chance::new(seed),
            paused_until: Moment(0),
            next_ticket: 0,
            outputs: Vec::new(),
        }
    }

    /// Takes in what happened and tells what to do, in order.
    pub fn handle(&mut self, input: Input, now: Moment) -> Vec<Output> {
        self.now = self.now.max(now);
        match input {
            Input::Connected { peer, dialer } => self.connected(peer, dialer),
            Input::Disconnected { peer } => self.disconnected(peer),
            Input::Message { peer, message } => self.message(peer, message),
            Input::Garbage { peer } => self.blame(peer, Fault::Garbage),
            Input::Gossip { peer, token, contribution } => self.gossip(peer, token, contribution),
            Input::GossipId { peer, token, id } => self.announced(peer, token, id),
            Input::Checked { peer, origin, verdicts } => self.checked(peer, origin, verdicts),
            Input::Accepted { origin, outcomes } => self.accepted(origin, outcomes),
            Input::Committed { items } => self.committed(&items),
            Input::Lost { ids } => self.lost(&ids),
            Input::Served { peer } => self.served(&peer),
            Input::Tick => {}
            Input::Woke => self.woke(),
        }
        for (timer, at) in self.timers.due(self.now) {
            self.fire(timer, at);
        }
        self.settle();
        std::mem::take(&mut self.outputs)
    }

    /// When [`Input::Tick`] is due, if ever.
    pub fn deadline(&self) -> Option<Moment> {
        self.timers.deadline()
    }

    /// The root of the tree of ids: the fingerprint of what is held.
    pub fn root(&self) -> TreeHash {
        self.tree.root()
    }

    /// How many contributions are held.
    pub fn count(&self) -> u64 {
        self.tree.len() as u64
    }

    /// How many contributions wait for parents.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many contributions no other node is known to hold.
    pub fn only_here(&self) -> usize {
        self.elsewhere.only_here()
    }

    /// The connected peers.
    pub fn peers(&self) -> impl Iterator<Item = PeerStatus> {
        self.sessions
            .iter()
            .map(|(peer, session)| session.status(*peer, &self.tree, self.arriving.of(peer)))
    }

    /// What is kept of peers beyond its bound: nothing, whatever they do. For tests, and whoever
    /// watches a node.
    pub fn over_bound(&self) -> Option<&'static str> {
        let announced: usize = self.announced.values().map(|(_, tokens)| tokens.len()).sum();
        let bounds = [
            ("contributions that wait for parents", self.pending.is_bounded()),
            ("contributions on their way", self.arriving.is_bounded()),
            ("batches with the store", self.acceptance.is_bounded()),
            ("announcements", announced <= ANNOUNCED),
            ("blamed peers", self.standing.is_bounded()),
            ("past roots", self.elsewhere.is_bounded()),
            ("comparisons that are due", self.due.len() <= self.sessions.len()),
            ("what a peer is asked or asks", self.sessions.values().all(Session::is_bounded)),
        ];
        bounds.into_iter().find(|(_, holds)| !holds).map(|(what, _)| what)
    }

    fn fire(&mut self, timer: Timer, at: Moment) {
        match timer {
            Timer::Status => self.tell(),
            Timer::Elsewhere => {
                let news = self.elsewhere.news();
                self.outputs.extend(news.map(|seq| Output::Elsewhere { seq }));
            }
            Timer::Quiet => self.quiet(),
            Timer::Interval => self.interval(),
            Timer::Sweep => self.sweep(),
            Timer::Session(peer) => self.overdue(peer, at),
            // Whatever waited for it is looked at after each input.
            Timer::Patience => {}
        }
    }

    fn ticket(&mut self, lane: Lane) -> Origin {
        self.next_ticket += 1;
        Origin { lane, ticket: self.next_ticket }
    }
}

#[cfg(test)]
mod tests;
