//! A replica that is told arbitrary things in an arbitrary order, by peers of whom none need be
//! honest: it never fails, holds to its bounds, answers gossip once, and nothing gets past the
//! check into its set.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use commons_proto::contribution::{Refusal, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::id::{ContributionId, TreeHash};
use commons_proto::kind::Kind;
use commons_proto::replica::{Committed, Input, Moment, Origin, Outcome, Output, Peer, Replica};
use commons_proto::tree::{CHILDREN, Prefix};
use commons_proto::wire::{Beyond, Children, Ids, Message, Shorts, Unchecked, deliveries, short};

use super::contributions::COMMONS;
use super::history::sign;

/// What happens to a replica.
pub(super) fn replica(bytes: &[u8]) {
    let Ok(told) = Vec::<Told>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let mut world = World::new();
    for told in told.into_iter().take(MOST) {
        world.tell(told);
    }
    world.end();
}

/// One thing that happens.
#[derive(Debug, Arbitrary)]
enum Told {
    Connected {
        peer: u8,
        dialer: bool,
    },
    Disconnected {
        peer: u8,
    },
    Garbage {
        peer: u8,
    },
    Gossip {
        peer: u8,
        what: u8,
        how: Bytes,
    },
    GossipId {
        peer: u8,
        what: u8,
    },
    Says {
        peer: u8,
        message: Saying,
    },
    /// The driver has done the oldest of what it was told to do.
    Done {
        how: Done,
    },
    Written {
        what: u8,
    },
    Later {
        milliseconds: u16,
    },
    MuchLater,
    Woke,
}

/// Whether bytes are the right ones.
#[derive(Debug, Arbitrary)]
enum Bytes {
    Good,
    Unsigned,
    OtherWords,
    Nonsense,
}

/// How what the driver was told ends.
#[derive(Debug, Arbitrary)]
enum Done {
    Well,
    LogFirst,
    Unstored,
    Refused,
    Missing,
}

/// What a peer says.
#[derive(Debug, Arbitrary)]
enum Saying {
    Status {
        held: u8,
        count: u64,
    },
    OurStatus,
    Compare {
        ask: u8,
        salt: u64,
        hashes: Vec<(Vec<u8>, u8)>,
        held: Vec<(Vec<u8>, Vec<u8>)>,
    },
    Differences {
        ask: u8,
        children: Vec<(Vec<u8>, u8)>,
        beyond: Vec<ToldBeyond>,
    },
    /// To the question that was asked last, as one who holds these would.
    Answer {
        held: u32,
    },
    Offer {
        ids: Vec<u8>,
        more: bool,
    },
    Want {
        ids: Vec<u8>,
    },
    Contributions {
        items: Vec<(u8, Bytes)>,
    },
    /// What it was asked for.
    Delivery,
    Missing {
        ids: Vec<u8>,
    },
}

#[derive(Debug, Arbitrary)]
struct ToldBeyond {
    prefix: Vec<u8>,
    ids: Vec<u8>,
    position: u64,
    lacks: Vec<u8>,
}

/// The replica, its store and its driver's queue.
struct World {
    replica: Replica,
    now: u64,
    log: Vec<ContributionId>,
    connected: BTreeSet<Peer>,
    to_do: VecDeque<Output>,
    /// Gossip messages without a verdict.
    tokens: BTreeSet<u64>,
    next_token: u64,
    asked: BTreeMap<Peer, Message>,
    wanted: BTreeMap<Peer, Vec<ContributionId>>,
}

impl World {
    fn new() -> Self {
        Self {
            replica: Replica::new([], 0, 7),
            now: 1_000,
            log: Vec::new(),
            connected: BTreeSet::new(),
            to_do: VecDeque::new(),
            tokens: BTreeSet::new(),
            next_token: 0,
            asked: BTreeMap::new(),
            wanted: BTreeMap::new(),
        }
    }

    fn tell(&mut self, told: Told) {
        match told {
            Told::Connected { peer, dialer } => {
                let peer = name(peer);
                self.connected.insert(peer);
                self.input(Input::Connected { peer, dialer });
            }
            Told::Disconnected { peer } => {
                self.connected.remove(&name(peer));
                self.input(Input::Disconnected { peer: name(peer) });
            }
            Told::Garbage { peer } => self.input(Input::Garbage { peer: name(peer) }),
            Told::Gossip { peer, what, how } => {
                let token = self.token();
                match Unchecked::new(how.of(pick(what))) {
                    Ok(contribution) => {
                        self.input(Input::Gossip { peer: name(peer), token, contribution });
                    }
                    Err(_) => {
                        self.tokens.remove(&token);
                        self.input(Input::Garbage { peer: name(peer) });
                    }
                }
            }
            Told::GossipId { peer, what } => {
                let token = self.token();
                self.input(Input::GossipId { peer: name(peer), token, id: id(what) });
            }
            Told::Says { peer, message } => {
                let peer = name(peer);
                let Some(message) = self.message(peer, message) else { return };
                // Only what is within the bounds of the wire gets here.
                if let Ok(message) = Message::decode(&message.encode()) {
                    self.input(Input::Message { peer, message });
                }
            }
            Told::Done { how } => self.done(&how),
            Told::Written { what } => {
                if let Some(seq) = self.keep(pick(what)) {
                    let items = vec![Committed { seq, id: pick(what).id(), local: true }];
                    self.input(Input::Committed { items });
                }
            }
            Told::Later { milliseconds } => {
                self.now += u64::from(milliseconds);
                self.input(Input::Tick);
            }
            Told::MuchLater => {
                self.now += 1_000_000;
                self.input(Input::Tick);
            }
            Told::Woke => self.input(Input::Woke),
        }
    }

    fn message(&self, peer: Peer, saying: Saying) -> Option<Message> {
        let ids = |ids: Vec<u8>| Ids(ids.into_iter().map(id).collect());
        Some(match saying {
            Saying::Status { held, count } => Message::Status { root: TreeHash([held; 32]), count },
            Saying::OurStatus => {
                Message::Status { root: self.replica.root(), count: self.replica.count() }
            }
            Saying::Compare { ask, salt, hashes, held } => Message::Compare {
                ask: ask.into(),
                salt,
                hashes: hashes
                    .into_iter()
                    .map(|(digits, hash)| (prefix(&digits), TreeHash([hash; 32])))
                    .collect(),
                held: held
                    .into_iter()
                    .map(|(digits, ids)| {
                        let shorts = ids.into_iter().map(|what| short(salt, &id(what)));
                        (prefix(&digits), Shorts(shorts.collect()))
                    })
                    .collect(),
            },
            Saying::Differences { ask, children, beyond } => Message::Differences {
                ask: ask.into(),
                children: children
                    .into_iter()
                    .map(|(digits, hash)| (prefix(&digits), children_of(hash)))
                    .collect(),
                beyond: beyond
                    .into_iter()
                    .map(|ToldBeyond { prefix: digits, ids: held, position, mut lacks }| {
                        lacks.sort_unstable();
                        lacks.dedup();
                        let ids = ids(held);
                        let positions = vec![position; ids.0.len()];
                        let lacks = lacks.into_iter().map(u64::from).collect();
                        Beyond(prefix(&digits), ids, positions, lacks)
                    })
                    .collect(),
            },
            Saying::Answer { held } => self.answer(peer, held)?,
            Saying::Offer { ids: offered, more } => Message::Offer { ids: ids(offered), more },
            Saying::Want { ids: wanted } => Message::Want { ids: ids(wanted) },
            Saying::Contributions { items } => Message::Contributions {
                items: items.iter().map(|(what, how)| how.of(pick(*what)).into()).collect(),
            },
            Saying::Delivery => {
                let wanted = self.wanted.get(&peer)?;
                let held = POOL.iter().filter(|one| wanted.contains(&one.id()));
                deliveries(held.map(Verified::encode).collect()).into_iter().next()?
            }
            Saying::Missing { ids: missing } => Message::Missing { ids: ids(missing) },
        })
    }

    /// What somebody who holds these answers to what they were asked last.
    fn answer(&self, peer: Peer, held: u32) -> Option<Message> {
        let holds = |(place, one): (usize, &Verified)| {
            (held >> (place % 32) & 1 == 1).then(|| (one.id(), place as u64 + 1))
        };
        let mut other = Replica::new(POOL.iter().enumerate().filter_map(holds), 0, 1);
        let (peer, message) = (peer, self.asked.get(&peer)?.clone());
        other.handle(Input::Connected { peer, dialer: false }, Moment(0));
        let outputs = other.handle(Input::Message { peer, message }, Moment(0));
        outputs.into_iter().find_map(|output| match output {
            Output::Send { message: message @ Message::Differences { .. }, .. } => Some(message),
            _ => None,
        })
    }

    fn input(&mut self, input: Input) {
        let outputs = self.replica.handle(input, Moment(self.now));
        let deadline = self.replica.deadline();
        assert!(deadline.is_none_or(|at| at.0 > self.now), "a timer that never rests");
        assert!(self.replica.pending() <= PENDING);
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send { peer, message } => {
                assert!(self.connected.contains(&peer), "nobody is there to hear it");
                assert_eq!(Message::decode(&message.encode()).as_ref(), Ok(&message));
                match &message {
                    Message::Compare { .. } => drop(self.asked.insert(peer, message)),
                    Message::Want { ids } => drop(self.wanted.insert(peer, ids.0.clone())),
                    _ => {}
                }
            }
            Output::Verdict { token, .. } => {
                assert!(self.tokens.remove(&token), "one verdict a message");
            }
            Output::Blame { peer, .. } => {
                // The driver hangs up, and the network says so.
                if self.connected.remove(&peer) {
                    self.input(Input::Disconnected { peer });
                }
            }
            Output::Publish { ids } => assert!(ids.iter().all(|id| self.log.contains(id))),
            Output::Elsewhere { seq } => assert!(seq <= self.log.len() as u64),
            Output::InSync { peer } => assert!(self.connected.contains(&peer)),
            later @ (Output::Serve { .. } | Output::Check { .. } | Output::Accept { .. }) => {
                self.to_do.push_back(later);
            }
        }
    }

    fn done(&mut self, how: &Done) {
        match self.to_do.pop_front() {
            Some(Output::Serve { peer, ids }) => {
                assert!(ids.iter().all(|id| self.log.contains(id)));
                self.input(Input::Served { peer });
            }
            Some(Output::Check { peer, origin, contributions }) => {
                let verdicts = contributions.iter().map(verdict).collect();
                self.input(Input::Checked { peer, origin, verdicts });
            }
            Some(Output::Accept { origin, batch }) => self.accept(origin, batch, how),
            _ => {}
        }
    }

    fn accept(&mut self, origin: Origin, batch: Vec<Verified>, how: &Done) {
        let (mut outcomes, mut items) = (Vec::new(), Vec::new());
        for verified in batch {
            let outcome = match how {
                Done::Well | Done::LogFirst => self.outcome(&verified),
                Done::Unstored => Outcome::Unstored,
                Done::Refused => Outcome::Refused("somehow"),
                Done::Missing => Outcome::MissingParents(vec![id(200)]),
            };
            if let Outcome::New { seq } = outcome {
                items.push(Committed { seq, id: verified.id(), local: false });
            }
            outcomes.push((verified, outcome));
        }
        if matches!(how, Done::LogFirst) {
            self.input(Input::Committed { items });
            self.input(Input::Accepted { origin, outcomes });
        } else {
            self.input(Input::Accepted { origin, outcomes });
            self.input(Input::Committed { items });
        }
    }

    fn outcome(&mut self, verified: &Verified) -> Outcome {
        let parents = verified.header().parents.iter();
        let missing: Vec<_> = parents.filter(|id| !self.log.contains(id)).copied().collect();
        if !missing.is_empty() {
            return Outcome::MissingParents(missing);
        }
        self.keep(verified).map_or(Outcome::Known, |seq| Outcome::New { seq })
    }

    /// Appends to the log what is not in it, and whose parents are.
    fn keep(&mut self, verified: &Verified) -> Option<u64> {
        let is_held = |id: &ContributionId| self.log.contains(id);
        if is_held(&verified.id()) || !verified.header().parents.iter().all(is_held) {
            return None;
        }
        self.log.push(verified.id());
        Some(self.log.len() as u64)
    }

    fn token(&mut self) -> u64 {
        self.next_token += 1;
        self.tokens.insert(self.next_token);
        self.next_token
    }

    /// Everything is done, much time passes, and nothing is left over.
    fn end(&mut self) {
        for _ in 0..MUCH {
            if self.to_do.is_empty() {
                break;
            }
            self.done(&Done::Well);
        }
        assert!(self.to_do.is_empty(), "it never comes to rest");
        assert_eq!(self.replica.count(), self.log.len() as u64);
        let peers: Vec<Peer> = self.connected.iter().copied().collect();
        for peer in peers {
            self.connected.remove(&peer);
            self.input(Input::Disconnected { peer });
        }
        for _ in 0..MUCH {
            let Some(at) = self.replica.deadline() else { break };
            self.now = at.0;
            self.input(Input::Tick);
            while !self.to_do.is_empty() {
                self.done(&Done::Well);
            }
        }
        assert!(self.tokens.is_empty(), "gossip got no verdict: {:?}", self.tokens);
        assert_eq!(self.replica.deadline(), None, "a replica without peers rests");
        assert_eq!(self.replica.peers().count(), 0);
        assert_eq!(self.replica.pending(), 0, "what waits is forgotten in the end");
        let positions = self.log.iter().enumerate().map(|(at, id)| (*id, at as u64 + 1));
        assert_eq!(self.replica.root(), Replica::new(positions, 0, 1).root());
    }
}

impl Bytes {
    /// The bytes of this contribution, or what is like them.
    fn of(&self, verified: &Verified) -> Vec<u8> {
        let mut bytes = verified.encode();
        let signature = 3 + verified.header_bytes().len() + 2;
        match self {
            Self::Good => {}
            Self::Unsigned => bytes[signature] ^= 1,
            Self::OtherWords => *bytes.last_mut().expect("there are some") ^= 1,
            Self::Nonsense => bytes.truncate(2),
        }
        bytes
    }
}

fn verdict(item: &Unchecked) -> Result<Verified, (ContributionId, Refusal)> {
    // Signatures are dear: that of the pool's own is known.
    match POOL.iter().find(|one| one.id() == item.id() && one.encode() == item.bytes()) {
        Some(good) => Ok(good.clone()),
        None => {
            item.check(&COMMONS, |author| author.admit()).map_err(|refusal| (item.id(), refusal))
        }
    }
}

fn name(peer: u8) -> Peer {
    Peer([peer % PEERS; 32])
}

fn pick(what: u8) -> &'static Verified {
    &POOL[usize::from(what) % POOL.len()]
}

/// An id of the pool, or one of nothing.
fn id(what: u8) -> ContributionId {
    match POOL.get(usize::from(what)) {
        Some(one) => one.id(),
        None => ContributionId([what; 32]),
    }
}

fn prefix(digits: &[u8]) -> Prefix {
    let child = |prefix: Prefix, digit: &u8| prefix.child(digit % 16).unwrap_or(prefix);
    digits.iter().fold(Prefix::ROOT, child)
}

/// None at all, or sixteen times the same.
fn children_of(hash: u8) -> Children {
    Children(Box::new([TreeHash([hash; 32]); CHILDREN]))
}

/// Ideas and what follows them: enough that a tree of them branches.
static POOL: LazyLock<Vec<Verified>> = LazyLock::new(|| {
    let mut pool: Vec<Verified> = Vec::new();
    for number in 0..48_usize {
        let title = Edit::Set { field: "title".to_owned(), value: Some("Bed sensors".into()) };
        let parent = (number % 4 > 0).then(|| &pool[number - 1]);
        let subject = match parent {
            Some(parent) => Subject::Entry(parent.entry()),
            None => Subject::Genesis(Kind::Idea),
        };
        let parents = parent.map(|parent| parent.id()).into_iter().collect();
        pool.push(sign(true, subject, parents, vec![title], number).expect("a short idea"));
    }
    pool
});

/// Peers, who are honest or not as they please.
const PEERS: u8 = 5;

/// Things that happen.
const MOST: usize = 200;

/// Steps in which a replica without peers must come to rest.
const MUCH: usize = 10_000;

/// What may wait for its parents, as `replica/pending.rs` says.
const PENDING: usize = 4096;
