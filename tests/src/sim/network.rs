//! The network: links with a stream in each direction, which keep their order and are lost with the
//! link; gossip, which loses, repeats, reorders and delays; a network that is parted, and who finds
//! whom.

use commons_node::driver::gossip;
use commons_proto::replica::{Input, Moment};
use commons_proto::wire::Message;

use super::world::{Event, Parcel, World};

/// A connection.
pub(super) struct Link {
    pub(super) number: u64,
    /// The lives of both ends when it was made.
    lives: [u64; 2],
    /// When the last frame arrives, to the lower and to the higher end.
    arrives: [u64; 2],
    /// Milliseconds that a frame takes at most.
    delay: u64,
}

impl World {
    /// A machine looks for somebody to connect with.
    pub(super) fn dial(&mut self, node: usize) {
        let wait = self.chance.between(500, 4_000);
        self.later(wait, Event::Dial(node));
        if self.nodes[node].running.is_none() {
            return;
        }
        let all = self.nodes.len() + self.liars.len();
        let free: Vec<usize> = (0..all)
            .filter(|other| *other != node && !self.links.contains_key(&pair(node, *other)))
            .collect();
        if let Some(other) = self.chance.pick(&free).copied() {
            self.connect(node, other);
        }
    }

    /// One connects to another, if it can.
    pub(super) fn connect(&mut self, dialer: usize, other: usize) {
        let link = pair(dialer, other);
        if let Some(old) = self.links.get(&link) {
            if old.lives == [self.life(link.0), self.life(link.1)] {
                return;
            }
            self.cut(link.0, link.1);
        }
        if !(self.is_up(dialer) && self.is_up(other)) || self.is_parted(dialer, other) {
            return;
        }
        // Whoever is refused gets through now and then, as when the refusal is on its way.
        if (self.refuses(dialer, other) || self.refuses(other, dialer)) && !self.chance.percent(4) {
            return;
        }
        self.next += 1;
        let delay = if self.chance.percent(90) { 20 } else { 3_000 };
        let lives = [self.life(link.0), self.life(link.1)];
        self.links.insert(link, Link { number: self.next, lives, arrives: [0; 2], delay });
        self.note(format_args!("{dialer} connects to {other}"));
        for (one, two) in [(dialer, other), (other, dialer)] {
            if !self.is_liar(one) {
                let peer = self.peer(two);
                self.input(one, Input::Connected { peer, dialer: one == dialer });
            }
        }
        for (one, two) in [(dialer, other), (other, dialer)] {
            if self.is_liar(one) && self.links.contains_key(&link) {
                self.met(one - self.nodes.len(), two);
            }
        }
    }

    /// A link ends, and both ends know.
    pub(super) fn cut(&mut self, one: usize, two: usize) {
        let Some(link) = self.links.remove(&pair(one, two)) else { return };
        let (low, high) = pair(one, two);
        self.note(format_args!("{low} and {high} part"));
        for (end, other, life) in [(low, high, link.lives[0]), (high, low, link.lives[1])] {
            if !self.is_liar(end) && self.lives(end, life) {
                let peer = self.peer(other);
                if let Some(running) = &mut self.nodes[end].running {
                    running.outboxes.remove(&peer);
                }
                self.input(end, Input::Disconnected { peer });
            }
        }
    }

    /// What is between these is found to be gone after a while.
    pub(super) fn cut_later(&mut self, one: usize, two: usize, within: u64) {
        let wait = self.chance.below(within);
        if let Some(link) = self.links.get(&pair(one, two)) {
            let event = Event::Cut(pair(one, two), link.number);
            self.later(wait, event);
        }
    }

    /// Everybody that this one is connected with.
    pub(super) fn neighbours(&self, of: usize) -> Vec<usize> {
        let links = self.links.keys().filter(|link| link.0 == of || link.1 == of);
        links.map(|link| if link.0 == of { link.1 } else { link.0 }).collect()
    }

    /// Whether two are on different sides of a network that is parted.
    pub(super) fn is_parted(&self, one: usize, two: usize) -> bool {
        self.sides.as_ref().is_some_and(|sides| sides[one] != sides[two])
    }

    /// Sends a frame, which arrives after those before it.
    pub(super) fn send_frame(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let Some(link) = self.links.get_mut(&pair(from, to)) else { return };
        let wait = 1 + self.chance.below(link.delay);
        let arrives = &mut link.arrives[usize::from(to > from)];
        *arrives = (*arrives).max(self.now + wait);
        let (wait, link) = (*arrives - self.now, link.number);
        self.later(wait, Event::Frame(Parcel { from, to, link, bytes }));
    }

    pub(super) fn frame_arrives(&mut self, parcel: Parcel) {
        let Some(link) = self.links.get(&pair(parcel.from, parcel.to)) else { return };
        if link.number != parcel.link || !self.is_same(parcel.from, parcel.to) {
            return;
        }
        if self.is_parted(parcel.from, parcel.to) {
            // It is sent again and again until the network is whole or the link given up; what
            // comes after it waits behind it.
            return self.later(RESENT, Event::Frame(parcel));
        }
        if self.is_liar(parcel.to) {
            return self.liar_hears(parcel.to, parcel.from, &parcel.bytes);
        }
        let peer = self.peer(parcel.from);
        let input = match Message::decode(&parcel.bytes) {
            Ok(message) => Input::Message { peer, message },
            Err(_) => Input::Garbage { peer },
        };
        self.input(parcel.to, input);
    }

    /// Passes a gossip message on to everybody around.
    pub(super) fn flood(&mut self, from: usize, bytes: &[u8], but: Option<usize>) {
        for to in self.neighbours(from) {
            if Some(to) != but {
                self.send_gossip(from, to, bytes);
            }
        }
    }

    /// Sends a gossip message, which may get lost or arrive twice.
    pub(super) fn send_gossip(&mut self, from: usize, to: usize, bytes: &[u8]) {
        let Some(link) = self.links.get(&pair(from, to)) else { return };
        let number = link.number;
        let weather = if self.is_healed { super::plan::Weather::FAIR } else { self.plan.weather };
        let copies = match self.chance.below(100) {
            chance if chance < weather.lost => 0,
            chance if chance < weather.lost + weather.repeated => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let wait = 1 + self.chance.below(weather.delay);
            let bytes = bytes.to_vec();
            self.later(wait, Event::Gossip(Parcel { from, to, link: number, bytes }));
        }
    }

    pub(super) fn gossip_arrives(&mut self, parcel: Parcel) {
        let Parcel { from, to, link, bytes } = parcel;
        let is_there = self.links.get(&pair(from, to)).is_some_and(|it| it.number == link);
        if !is_there || !self.is_same(from, to) || self.is_parted(from, to) {
            return;
        }
        if self.is_liar(to) {
            return self.liar_overhears(to, bytes);
        }
        // Gossip knows its own duplicates, mostly.
        let forgets = self.chance.percent(10);
        self.next += 1;
        let (token, peer) = (self.next, self.peer(from));
        let Some(running) = &mut self.nodes[to].running else { return };
        if !running.heard.insert(bytes.clone()) && !forgets {
            return;
        }
        running.tokens.insert(token, (bytes.clone(), from));
        let input = gossip::read(peer, token, bytes);
        if matches!(input, Input::Garbage { .. }) {
            running.tokens.remove(&token);
        }
        self.input(to, input);
    }

    /// Whether both ends of a link still live the lives in which it was made.
    fn is_same(&self, one: usize, two: usize) -> bool {
        let (low, high) = pair(one, two);
        self.links.get(&(low, high)).is_some_and(|link| {
            link.lives == [self.life(low), self.life(high)] && self.is_up(low) && self.is_up(high)
        })
    }

    fn life(&self, of: usize) -> u64 {
        self.nodes.get(of).map_or(0, |node| node.life)
    }

    fn is_up(&self, one: usize) -> bool {
        self.nodes.get(one).is_none_or(|node| node.running.is_some())
    }

    fn refuses(&self, one: usize, other: usize) -> bool {
        let peer = self.peer(other);
        let refused = self.nodes.get(one).and_then(|node| node.refused.get(&peer));
        refused.is_some_and(|until| *until > self.now)
    }

    /// A machine no longer wants to hear of a peer for a while.
    pub(super) fn refuse(&mut self, node: usize, other: usize, milliseconds: u64) {
        let (peer, until) = (self.peer(other), Moment(self.now) + milliseconds);
        self.nodes[node].refused.insert(peer, until.0);
        self.cut_later(node, other, 5);
    }
}

/// The link between two.
pub(super) fn pair(one: usize, two: usize) -> (usize, usize) {
    (one.min(two), one.max(two))
}

/// Milliseconds until a frame is sent again.
const RESENT: u64 = 400;
