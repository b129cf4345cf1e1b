//! The world of a simulation: machines, liars and people, one virtual time, and the events to come.
//! What the network does is in `network.rs`, what outputs of a replica do in `effects.rs`.

use std::collections::BTreeMap;

use commons_proto::id::CommonsId;
use commons_proto::replica::{Input, Peer};

use super::chance::Chance;
use super::liar::Liar;
use super::model::Model;
use super::network::Link;
use super::node::SimNode;
use super::people::Person;
use super::plan::Plan;
use super::trace::Trace;

/// Everything there is.
pub(super) struct World {
    pub(super) commons: CommonsId,
    pub(super) now: u64,
    pub(super) chance: Chance,
    pub(super) trace: Trace,
    pub(super) model: Model,
    pub(super) plan: Plan,
    /// The honest machines. Machines come before liars where both are numbered.
    pub(super) nodes: Vec<SimNode>,
    pub(super) liars: Vec<Liar>,
    pub(super) people: Vec<Person>,
    pub(super) links: BTreeMap<(usize, usize), Link>,
    /// On which side each is, while the network is parted.
    pub(super) sides: Option<Vec<bool>>,
    /// Whether nothing goes wrong any more, but for the liars.
    pub(super) is_healed: bool,
    pub(super) next: u64,
    events: BTreeMap<(u64, u64), Event>,
}

/// Something that will happen.
pub(super) enum Event {
    /// A machine's replica hears something, if it still lives that life.
    Input(usize, u64, Input),
    /// A machine's store has its turn.
    Turn(usize, u64),
    /// A machine's sender has its turn.
    Post(usize, u64, Peer),
    /// A machine looks whether somebody else wrote to its database.
    Look(usize, u64),
    /// A machine has nothing to do.
    Idle(usize, u64),
    /// A frame arrives.
    Frame(Parcel),
    /// A gossip message arrives.
    Gossip(Parcel),
    /// A link is found to be gone.
    Cut((usize, usize), u64),
    /// A machine looks for peers.
    Dial(usize),
    /// A machine starts.
    Start(usize),
    /// A liar does something of its own accord.
    Lie(usize),
    /// The next thing on the plan.
    Act(usize),
    /// A file is full no longer, a clock is right again, and so on.
    Mend(usize),
}

/// Bytes on their way over a link.
pub(super) struct Parcel {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) link: u64,
    pub(super) bytes: Vec<u8>,
}

impl World {
    /// The world of this seed, with this plan.
    pub(super) fn new(seed: u64, plan: Plan, trace: Trace) -> Self {
        let mut chance = Chance::new(seed ^ 0x5eed);
        let commons = CommonsId([0xc0; 32]);
        let nodes = (0..plan.nodes).map(|_| {
            let skew = if chance.percent(30) { chance.below(7200) as i64 - 3600 } else { 0 };
            SimNode::new(skew)
        });
        let nodes: Vec<SimNode> = nodes.collect();
        let liars = (0..plan.liars).map(|liar| Liar::new(plan.nodes + liar, &mut chance)).collect();
        let people = Person::all(plan.nodes, &mut chance);
        let mut world = Self {
            commons,
            now: 1_000,
            chance,
            trace,
            model: Model::new(commons),
            plan,
            nodes,
            liars,
            people,
            links: BTreeMap::new(),
            sides: None,
            is_healed: false,
            next: 0,
            events: BTreeMap::new(),
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for node in 0..self.nodes.len() {
            let wait = self.chance.below(2_000);
            self.later(wait, Event::Start(node));
            self.later(wait + 10, Event::Dial(node));
        }
        for liar in 0..self.liars.len() {
            let wait = self.chance.below(3_000);
            self.later(wait, Event::Lie(liar));
        }
        for (act, at) in self.plan.times().into_iter().enumerate() {
            self.later(at, Event::Act(act));
        }
    }

    /// Something happens after so many milliseconds.
    pub(super) fn later(&mut self, milliseconds: u64, event: Event) {
        self.next += 1;
        self.events.insert((self.now + milliseconds, self.next), event);
    }

    /// Runs for so many milliseconds.
    pub(super) fn run(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while self.step(end) {}
        self.now = end;
    }

    /// The next thing that happens before this time. Whether there was one.
    pub(super) fn step(&mut self, end: u64) -> bool {
        let tick = self.nodes.iter().enumerate().filter_map(|(node, it)| {
            let at = it.running.as_ref()?.deadline()?;
            Some((at.max(self.now).max(it.asleep_until), node))
        });
        let tick = tick.min();
        let event = self.events.keys().next().copied();
        match (event, tick) {
            (Some((at, _)), tick) if at <= end && tick.is_none_or(|tick| at <= tick.0) => {
                self.now = at;
                let (_, event) = self.events.pop_first().expect("there is one");
                match self.sleeper(&event) {
                    Some(until) => self.later(until - at, event),
                    None => self.happen(event),
                }
            }
            (_, Some((at, node))) if at <= end => {
                self.now = at;
                self.input(node, Input::Tick);
            }
            _ => return false,
        }
        true
    }

    /// Until when the machine sleeps that an event is for.
    fn sleeper(&self, event: &Event) -> Option<u64> {
        let node = match event {
            Event::Input(node, ..)
            | Event::Turn(node, _)
            | Event::Post(node, ..)
            | Event::Look(node, _)
            | Event::Idle(node, _)
            | Event::Dial(node) => *node,
            Event::Frame(parcel) | Event::Gossip(parcel) => parcel.to,
            _ => return None,
        };
        let until = self.nodes.get(node)?.asleep_until;
        (until > self.now).then_some(until)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input(node, life, input) if self.lives(node, life) => self.input(node, input),
            Event::Turn(node, life) if self.lives(node, life) => self.turn(node),
            Event::Post(node, life, peer) if self.lives(node, life) => self.post(node, peer),
            Event::Look(node, life) if self.lives(node, life) => self.look(node),
            Event::Idle(node, life) if self.lives(node, life) => self.idle(node),
            Event::Input(..)
            | Event::Turn(..)
            | Event::Post(..)
            | Event::Look(..)
            | Event::Idle(..) => {}
            Event::Frame(parcel) => self.frame_arrives(parcel),
            Event::Gossip(parcel) => self.gossip_arrives(parcel),
            Event::Cut(link, number) => {
                if self.links.get(&link).is_some_and(|link| link.number == number) {
                    self.cut(link.0, link.1);
                }
            }
            Event::Dial(node) => self.dial(node),
            Event::Start(node) => self.start(node),
            Event::Lie(liar) => self.lie(liar),
            Event::Act(act) => self.act(act),
            Event::Mend(node) => self.mend(node),
        }
    }

    /// Whether this machine runs, and has not been started anew.
    pub(super) fn lives(&self, node: usize, life: u64) -> bool {
        self.nodes[node].running.is_some() && self.nodes[node].life == life
    }

    /// How a machine or a liar is called on the network.
    pub(super) fn peer(&self, party: usize) -> Peer {
        let mut name = [0; 32];
        name[0] = party as u8 + 1;
        if let Some(liar) = party.checked_sub(self.nodes.len()) {
            name[1..9].copy_from_slice(&self.liars[liar].identity.to_be_bytes());
        }
        Peer(name)
    }

    /// Whether this is the number of a liar.
    pub(super) fn is_liar(&self, party: usize) -> bool {
        party >= self.nodes.len()
    }

    /// Notes what happened.
    pub(super) fn note(&self, what: std::fmt::Arguments<'_>) {
        self.trace.note(self.now, what);
    }

    /// Something is wrong with the product, or with the simulation.
    #[track_caller]
    pub(super) fn fail(&self, why: std::fmt::Arguments<'_>) -> ! {
        self.note(format_args!("FAILS {why}"));
        panic!("{why}");
    }
}

/// Whose name this is.
pub(super) fn party(peer: &Peer) -> usize {
    usize::from(peer.0[0]) - 1
}
