//! A small world in virtual time: nodes with a replica and a toy store, sync streams that keep
//! their order and are lost when a connection is, gossip that loses, repeats and reorders.

use std::collections::{BTreeMap, BTreeSet};

use crate::author::AuthorKey;
use crate::contribution::{Draft, SALT_BYTES, Subject, Verified};
use crate::edit::{Edit, Value};
use crate::id::{CommonsId, ContributionId, TreeHash};
use crate::kind::Kind;
use crate::replica::chance::Chance;
use crate::replica::*;
use crate::wire::{Message, Unchecked, deliveries};

pub(super) fn commons() -> CommonsId {
    CommonsId::derive("test", None).expect("a good name")
}

pub(super) fn peer(node: usize) -> Peer {
    Peer([node as u8; 32])
}

/// A contribution with a title: the genesis of an idea, or, with parents, a change of one.
pub(super) fn contribution(
    number: u64,
    entry: Option<ContributionId>,
    parents: &[ContributionId],
) -> Verified {
    let subject = match entry {
        Some(entry) => Subject::Entry(entry.into()),
        None => Subject::Genesis(Kind::Idea),
    };
    let title = Value::from(format!("Hand hygiene by door {number}").as_str());
    let body = "Sensors on the beds tell who waits for a wash basin. ".repeat(3);
    let edits = vec![
        Edit::Set { field: "title".to_owned(), value: Some(title) },
        Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert: body },
    ];
    let draft = Draft { subject, parents: parents.to_vec(), edits, summary: None };
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&number.to_be_bytes());
    draft.sign(&AuthorKey::from_secret(&[1; 32]), &commons(), number, salt).expect("a good draft")
}

/// A log in memory, with the one rule that parents go before children.
#[derive(Default)]
pub(super) struct Store {
    pub(super) log: Vec<Verified>,
    /// Positions before the first.
    pub(super) before: u64,
    places: BTreeMap<ContributionId, usize>,
}

impl Store {
    pub(super) fn accept(&mut self, verified: &Verified) -> Outcome {
        let id = verified.id();
        if self.places.contains_key(&id) {
            return Outcome::Known;
        }
        let parents = verified.header().parents.iter();
        let missing: Vec<_> = parents.filter(|id| !self.places.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            return Outcome::MissingParents(missing);
        }
        self.places.insert(id, self.log.len());
        self.log.push(verified.clone());
        Outcome::New { seq: self.before + self.log.len() as u64 }
    }

    pub(super) fn read(&self, ids: &[ContributionId]) -> Vec<Vec<u8>> {
        let places: BTreeSet<_> = ids.iter().map(|id| self.places[id]).collect();
        places.into_iter().map(|place| self.log[place].encode()).collect()
    }
}

pub(super) struct Node {
    pub(super) replica: Replica,
    pub(super) store: Store,
    /// Gossip messages seen, as gossip itself does not bring one twice.
    seen: BTreeSet<Vec<u8>>,
    tokens: BTreeMap<u64, Vec<u8>>,
    pub(super) elsewhere: u64,
    pub(super) in_sync: Vec<Peer>,
}

pub(super) struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) now: u64,
    pub(super) chance: Chance,
    /// By time and number.
    events: BTreeMap<(u64, u64), (usize, Input)>,
    next: u64,
    /// Connections, each with a number of its own, so that nothing outlives one.
    links: BTreeMap<(usize, usize), u64>,
    /// When the last frame of a stream arrives, as streams keep their order.
    streams: BTreeMap<(usize, usize), u64>,
    /// Of a hundred gossip messages so many are lost, and so many come twice.
    pub(super) lost: u64,
    pub(super) repeated: u64,
    muted: BTreeSet<usize>,
    /// Bytes of frames.
    pub(super) bytes: usize,
    /// Bytes of contributions in them.
    pub(super) content: usize,
    pub(super) checks: usize,
    pub(super) faults: Vec<(usize, Peer, Fault)>,
}

impl World {
    pub(super) fn new(seed: u64, nodes: usize) -> Self {
        Self::of((0..nodes).map(|_| Store::default()).collect(), seed)
    }

    pub(super) fn of(stores: Vec<Store>, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let node = |store: Store| {
            let ids = store.places.iter().map(|(id, place)| (*id, *place as u64 + 1));
            Node {
                replica: Replica::new(ids, 0, chance.number()),
                store,
                seen: BTreeSet::new(),
                tokens: BTreeMap::new(),
                elsewhere: 0,
                in_sync: Vec::new(),
            }
        };
        let nodes = stores.into_iter().map(node).collect();
        Self {
            nodes,
            now: 1_000,
            chance,
            events: BTreeMap::new(),
            next: 0,
            links: BTreeMap::new(),
            streams: BTreeMap::new(),
            lost: 0,
            repeated: 0,
            muted: BTreeSet::new(),
            bytes: 0,
            content: 0,
            checks: 0,
            faults: Vec::new(),
        }
    }

    pub(super) fn connect(&mut self, one: usize, two: usize) {
        if one == two || self.links.contains_key(&(one, two)) {
            return;
        }
        self.next += 1;
        for (from, to, dialer) in [(one, two, true), (two, one, false)] {
            self.links.insert((from, to), self.next);
            self.handle(from, Input::Connected { peer: peer(to), dialer });
        }
    }

    pub(super) fn disconnect(&mut self, one: usize, two: usize) {
        for (from, to) in [(one, two), (two, one)] {
            if self.links.remove(&(from, to)).is_some() {
                let is_cut = |node: usize, input: &Input| matches!(input, Input::Message { peer: from_, .. } if node == to && *from_ == peer(from));
                self.events.retain(|_, (node, input)| !is_cut(*node, input));
                self.handle(from, Input::Disconnected { peer: peer(to) });
            }
        }
    }

    /// Writes at a node, as its owner does: a new idea, or a change of one on top of what is held.
    pub(super) fn write(&mut self, node: usize) {
        self.next += 1;
        let log = &self.nodes[node].store.log;
        let last = (!log.is_empty() && self.chance.below(2) == 0)
            .then(|| &log[self.chance.below(log.len() as u64) as usize]);
        let entry = last.map(|last| last.entry().into());
        let parents: Vec<_> = last.iter().map(|last| last.id()).collect();
        let verified = contribution(self.next, entry, &parents);
        self.write_this(node, &verified);
    }

    pub(super) fn write_this(&mut self, node: usize, verified: &Verified) {
        let id = verified.id();
        let Outcome::New { seq } = self.nodes[node].store.accept(verified) else { return };
        let items = vec![Committed { seq, id, local: true }];
        self.handle(node, Input::Committed { items });
    }

    /// Runs for so many milliseconds.
    pub(super) fn run(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while self.step(end) {}
        self.now = end;
    }

    /// Runs until these two hold the same.
    pub(super) fn settle_pair(&mut self, one: usize, two: usize) {
        let end = self.now + 60_000;
        while self.nodes[one].replica.root() != self.nodes[two].replica.root() {
            assert!(self.step(end), "{one} and {two} do not settle");
        }
    }

    /// From now on nothing that a node sends arrives.
    pub(super) fn mute(&mut self, node: usize) {
        self.muted.insert(node);
    }

    /// Runs until all hold the same, at most so long. After how many milliseconds.
    pub(super) fn settle(&mut self, at_most: u64) -> Option<u64> {
        let (start, end) = (self.now, self.now + at_most);
        loop {
            if self.roots().len() == 1 {
                return Some(self.now - start);
            }
            if !self.step(end) {
                return None;
            }
        }
    }

    pub(super) fn roots(&self) -> BTreeSet<TreeHash> {
        self.nodes.iter().map(|node| node.replica.root()).collect()
    }

    fn step(&mut self, end: u64) -> bool {
        let tick = (0..self.nodes.len())
            .filter_map(|node| Some((self.nodes[node].replica.deadline()?.0.max(self.now), node)))
            .min();
        let event = self.events.keys().next().copied();
        match (event, tick) {
            (Some((at, _)), tick) if at <= end && tick.is_none_or(|tick| at <= tick.0) => {
                self.now = at;
                let (_, (node, input)) = self.events.pop_first().expect("there is one");
                self.handle(node, input);
            }
            (_, Some((at, node))) if at <= end => {
                self.now = at;
                self.handle(node, Input::Tick);
            }
            _ => return false,
        }
        true
    }

    fn later(&mut self, milliseconds: u64, node: usize, input: Input) {
        self.next += 1;
        self.events.insert((self.now + milliseconds, self.next), (node, input));
    }

    pub(super) fn handle(&mut self, node: usize, input: Input) {
        let outputs = self.nodes[node].replica.handle(input, Moment(self.now));
        let deadline = self.nodes[node].replica.deadline();
        assert!(deadline.is_none_or(|deadline| deadline.0 > self.now), "a timer that never rests");
        for output in outputs {
            self.carry_out(node, output);
        }
    }

    fn carry_out(&mut self, node: usize, output: Output) {
        match output {
            Output::Send { peer, message } => self.send(node, peer, &message),
            Output::Serve { peer, ids } => {
                let contributions = self.nodes[node].store.read(&ids);
                for message in deliveries(contributions) {
                    self.send(node, peer, &message);
                }
                self.later(1, node, Input::Served { peer });
            }
            Output::Check { peer, origin, contributions } => {
                self.checks += contributions.len();
                let verdicts = contributions
                    .iter()
                    .map(|item| {
                        let checked = item.check(&commons(), |author| author.admit());
                        checked.map_err(|refusal| (item.id(), refusal))
                    })
                    .collect();
                let wait = self.chance.below(4);
                self.later(wait, node, Input::Checked { peer, origin, verdicts });
            }
            Output::Accept { origin, batch } => {
                let store = &mut self.nodes[node].store;
                let (mut outcomes, mut items) = (Vec::new(), Vec::new());
                for verified in batch {
                    let outcome = store.accept(&verified);
                    if let Outcome::New { seq } = outcome {
                        items.push(Committed { seq, id: verified.id(), local: false });
                    }
                    outcomes.push((verified, outcome));
                }
                // The tail of the log and the answer of the store race.
                let (first, second) = (1 + self.chance.below(3), 1 + self.chance.below(3));
                self.later(first, node, Input::Accepted { origin, outcomes });
                self.later(second, node, Input::Committed { items });
            }
            Output::Publish { ids } => {
                for bytes in self.nodes[node].store.read(&ids) {
                    self.nodes[node].seen.insert(bytes.clone());
                    self.flood(node, &bytes);
                }
            }
            Output::Verdict { token, verdict } => {
                let bytes = self.nodes[node].tokens.remove(&token).expect("one verdict a message");
                if verdict == Verdict::Accept {
                    self.flood(node, &bytes);
                }
            }
            Output::Blame { peer: blamed, fault, .. } => {
                self.faults.push((node, blamed, fault));
                let other = usize::from(blamed.0[0]);
                self.disconnect(node, other);
            }
            Output::Elsewhere { seq } => self.nodes[node].elsewhere = seq,
            Output::InSync { peer } => self.nodes[node].in_sync.push(peer),
        }
    }

    fn send(&mut self, node: usize, to: Peer, message: &Message) {
        let to = usize::from(to.0[0]);
        if !self.links.contains_key(&(node, to)) || self.muted.contains(&node) {
            return;
        }
        let bytes = message.encode();
        self.bytes += bytes.len() + 4;
        if let Message::Contributions { items } = message {
            self.content += items.iter().map(|item| item.len()).sum::<usize>();
        }
        let message = Message::decode(&bytes).expect("our own message");
        let wait = 1 + self.chance.below(5);
        let at = self.streams.entry((node, to)).or_insert(0);
        *at = (*at).max(self.now + wait);
        let wait = *at - self.now;
        self.later(wait, to, Input::Message { peer: peer(node), message });
    }

    fn flood(&mut self, node: usize, bytes: &[u8]) {
        let neighbours: Vec<usize> =
            self.links.keys().filter(|(from, _)| *from == node).map(|link| link.1).collect();
        for to in neighbours {
            let copies = match self.chance.below(100) {
                chance if chance < self.lost => 0,
                chance if chance < self.lost + self.repeated => 2,
                _ => 1,
            };
            for _ in 0..copies {
                self.next += 1;
                let token = self.next;
                // Gossip knows its own duplicates, mostly.
                if !self.nodes[to].seen.insert(bytes.to_vec()) && self.chance.below(4) > 0 {
                    continue;
                }
                self.nodes[to].tokens.insert(token, bytes.to_vec());
                let contribution = Unchecked::new(bytes.to_vec()).expect("well formed");
                let wait = 1 + self.chance.below(40);
                self.later(wait, to, Input::Gossip { peer: peer(node), token, contribution });
            }
        }
    }
}
