//! Who is dialled, when, and who is let go: a few peers each, chosen at random and changed now and
//! then, so that 500 nodes on a LAN form one net and none is dialled by all. Pure: time comes in as
//! a value, and randomness from a seed. The task carries out the steps and reports what came of
//! them.

mod book;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use self::book::{Book, Pace};
pub(crate) use self::book::{Source, host, is_loopback, is_private, is_usable, without_peer};
use super::exchange;
use super::random::Random;

/// Fewer connected peers than this, and others are dialled, up to [`WANTED`].
pub(super) const LOW: usize = 8;

/// Connected peers that dialling aims at.
const WANTED: usize = 10;

/// More connected peers than this, and some are let go: a tenth more than that, so that newcomers
/// get in.
const HIGH: usize = 16;
const HIGH_HUB: usize = 512;

/// Dials at once.
const DIALS: usize = 8;

/// How young a connection is when it is spared from being let go, and when its end is a failure.
const YOUNG: Duration = Duration::from_secs(10);

/// How long a peer with the higher id waits for the one with the lower to dial, or two connections
/// would meet halfway.
const COURTESY: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(3)];

/// When a lost peer is dialled again by the one with the lower id.
const REDIAL: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];

/// How often one more peer is dialled although there are enough (45 s ± 50 %). Without it a LAN
/// that was split never grows together: both halves are content.
const ROTATION: [Duration; 2] = [Duration::from_millis(22_500), Duration::from_millis(67_500)];

/// The longest wait: on a LAN, elsewhere, and for one that has failed [`HOPELESS`] times and was
/// never met since the start (an address book may be a year old; chosen).
const BACKOFF_NEAR: Duration = Duration::from_secs(15);
const BACKOFF_FAR: Duration = Duration::from_secs(60);
const BACKOFF_HOPELESS: Duration = Duration::from_secs(600);

/// Failures in a row.
const HOPELESS: u32 = 10;

/// How long a peer must have been silent for a sighting to end its backoff: one that is seen all
/// the time and cannot be dialled is behind a firewall (chosen).
const SILENCE: Duration = Duration::from_secs(5);

/// What the task is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Dial a peer at these addresses.
    Peer(PeerId, Vec<Multiaddr>),
    /// Dial an address that the user named without saying who is there.
    Address(Multiaddr),
}

/// An address that the user named without saying who is there.
struct Named {
    address: Multiaddr,
    /// Who was found there.
    peer: Option<PeerId>,
    pace: Pace,
}

/// Decides whom to dial.
pub(super) struct Dialling {
    local: PeerId,
    high: usize,
    random: Random,
    book: Book,
    named: Vec<Named>,
    rotate_at: Instant,
    deadline: Instant,
}

impl Dialling {
    /// Nobody known yet.
    pub(super) fn new(local: PeerId, hub: bool, seed: u64, now: Instant) -> Self {
        let mut random = Random::new(seed);
        let rotate_at = now + random.between(ROTATION);
        let high = if hub { HIGH_HUB } else { HIGH };
        let book = Book::default();
        Self { local, high, random, book, named: Vec::new(), rotate_at, deadline: now }
    }

    /// The user names an address, with or without a peer's id at its end.
    pub(super) fn name(&mut self, address: &Multiaddr, now: Instant) {
        let place = without_peer(address);
        match address.iter().last() {
            Some(Protocol::P2p(peer)) => self.learn(peer, place, Source::Named, now),
            _ => self.named.push(Named { address: place, peer: None, pace: Pace::default() }),
        }
        self.deadline = now;
    }

    /// A peer may be reached at an address.
    pub(super) fn learn(&mut self, peer: PeerId, address: Multiaddr, source: Source, now: Instant) {
        if peer == self.local || !is_usable(&address) {
            return;
        }
        let wait = match source {
            Source::Book | Source::Named => Duration::ZERO,
            Source::Sighted if peer < self.local => self.random.between(COURTESY),
            Source::Hearsay if peer < self.local => self.random.between(REDIAL),
            Source::Sighted | Source::Hearsay => Duration::ZERO,
        };
        let Some(known) = self.book.entry(peer) else { return };
        known.is_named |= source == Source::Named;
        let mut is_news = known.add(address, false);
        if source == Source::Sighted {
            is_news |= known.sighted.is_none_or(|last| now.duration_since(last) > SILENCE);
            known.sighted = Some(now);
        }
        if is_news && known.connected.is_none() && !known.pace.dialling {
            known.pace.reset(now, wait);
            self.deadline = now;
        }
    }

    /// A peer was reached at an address, so others may be told of it; whether that is news.
    pub(super) fn confirm(&mut self, peer: PeerId, address: Multiaddr) -> bool {
        if !is_usable(&address) {
            return false;
        }
        self.book.entry(peer).is_some_and(|known| known.confirm(address))
    }

    /// A peer has its first connection, which we dialled at an address, or not.
    pub(super) fn connected(&mut self, peer: PeerId, dialled: Option<&Multiaddr>, now: Instant) {
        let named = self.named.iter_mut().find(|named| Some(&named.address) == dialled);
        let is_named = named.is_some();
        if let Some(named) = named {
            named.peer = Some(peer);
            named.pace = Pace::default();
        }
        if let Some(known) = self.book.entry(peer) {
            if known.connected.replace(now).is_none() {
                known.doubt();
            }
            known.is_met = true;
            known.is_named |= is_named;
            known.is_released = false;
            // A stranger that has joined this commons is none any more.
            known.refused_until = None;
            known.pace.dialling = false;
        }
        self.deadline = now;
    }

    /// A peer has no connection any more. After a restart of the peer both sides hurry.
    pub(super) fn disconnected(&mut self, peer: PeerId, has_restarted: bool, now: Instant) {
        self.deadline = now;
        let is_first = self.local < peer;
        let Some(known) = self.book.peers.get_mut(&peer) else { return };
        let Some(since) = known.connected.take() else { return };
        if std::mem::take(&mut known.is_released) {
            known.pace.not_before = Some(now + BACKOFF_FAR);
        } else if now.duration_since(since) < YOUNG && !has_restarted {
            self.slow_down(peer, now);
        } else {
            let wait =
                self.random.between(if is_first || has_restarted { REDIAL } else { COURTESY });
            known.pace = Pace { not_before: Some(now + wait), ..Pace::default() };
        }
    }

    /// A dial came to nothing.
    pub(super) fn failed(&mut self, step: &Step, now: Instant) {
        self.deadline = now;
        match step {
            Step::Peer(peer, _) => self.slow_down(*peer, now),
            Step::Address(address) => {
                let Some(named) = self.named.iter_mut().find(|named| named.address == *address)
                else {
                    return;
                };
                let longest = if is_private(address) { BACKOFF_NEAR } else { BACKOFF_FAR };
                // A stranger that was found there is left alone for longer.
                let later = named.pace.not_before.filter(|moment| *moment > now + longest);
                named.pace.back_off(longest, &mut self.random, now);
                named.pace.not_before = later.or(named.pace.not_before);
            }
        }
    }

    /// A dial ended because the peer was connected anyway.
    pub(super) fn settled(&mut self, step: &Step) {
        match step {
            Step::Peer(peer, _) => {
                if let Some(known) = self.book.peers.get_mut(peer) {
                    known.pace.dialling = false;
                }
            }
            Step::Address(address) => {
                for named in self.named.iter_mut().filter(|named| named.address == *address) {
                    named.pace.dialling = false;
                }
            }
        }
    }

    /// Somebody else is at this address now.
    pub(super) fn moved(&mut self, peer: PeerId, address: &Multiaddr) {
        if let Some(known) = self.book.peers.get_mut(&peer) {
            known.forget(address);
        }
        for named in self.named.iter_mut().filter(|named| named.address == *address) {
            named.peer = None;
        }
    }

    /// An address that the user named is our own.
    pub(super) fn is_ours(&mut self, address: &Multiaddr) {
        self.named.retain(|named| named.address != *address);
    }

    /// Neither dials a peer nor tells others of it until then; whether that is news.
    pub(super) fn refuse(
        &mut self,
        peer: PeerId,
        address: Option<&Multiaddr>,
        until: Instant,
    ) -> bool {
        for named in self.named.iter_mut().filter(|named| Some(&named.address) == address) {
            named.pace.not_before = Some(until);
        }
        self.book.entry(peer).is_some_and(|known| known.refused_until.replace(until).is_none())
    }

    /// Peers whose refusal has ended.
    pub(super) fn pardon(&mut self, now: Instant) -> Vec<PeerId> {
        let ended = self.book.peers.iter_mut().filter_map(|(peer, known)| {
            known.refused_until.take_if(|until| *until <= now).map(|_| *peer)
        });
        ended.collect()
    }

    /// The machine slept, or another network is there: what failed may well succeed now.
    pub(super) fn woke(&mut self, now: Instant) {
        let paces = self.book.peers.values_mut().map(|known| &mut known.pace);
        for pace in paces.chain(self.named.iter_mut().map(|named| &mut named.pace)) {
            pace.failures = 0;
            pace.not_before = None;
        }
        self.deadline = now;
    }

    /// When [`Dialling::steps`] has something to say.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whom to dial now. Each dial ends in one of `connected`, `failed` and `settled`.
    pub(super) fn steps(&mut self, now: Instant) -> Vec<Step> {
        if now < self.deadline {
            return Vec::new();
        }
        let connected = self.book.connected();
        let mut dialling =
            self.book.dialling() + self.named.iter().filter(|named| named.pace.dialling).count();
        let mut steps = Vec::new();
        for named in &mut self.named {
            if dialling < DIALS && named.peer.is_none() && named.pace.is_due(now) {
                named.pace.dialling = true;
                dialling += 1;
                steps.push(Step::Address(named.address.clone()));
            }
        }
        let mut count = 0;
        if connected < LOW {
            count = WANTED.saturating_sub(connected + dialling);
        }
        if self.rotate_at <= now {
            self.rotate_at = now + self.random.between(ROTATION);
            count = count.max(1);
        }
        steps.extend(self.choose(count.min(DIALS.saturating_sub(dialling)), now));
        self.deadline = self.next(now);
        steps
    }

    /// Whom to disconnect because there are too many: nobody who is spared, named or young.
    pub(super) fn let_go(&mut self, spare: impl Fn(&PeerId) -> bool, now: Instant) -> Vec<PeerId> {
        let connected = self.book.connected();
        if connected <= self.high {
            return Vec::new();
        }
        let count = connected - (self.high - self.high / 10);
        let old = self.book.peers.iter().filter(|(peer, known)| {
            known.connected.is_some_and(|since| now.duration_since(since) >= YOUNG)
                && !known.is_named
                && !spare(peer)
        });
        let chosen = self.random.choose(old.map(|(peer, _)| *peer).collect(), count);
        for peer in &chosen {
            if let Some(known) = self.book.peers.get_mut(peer) {
                known.is_released = true;
            }
        }
        chosen
    }

    /// Some peers that another may want to know: only such as we reached ourselves, or anybody
    /// could make us send others anywhere. What is private stays among those who are near.
    pub(super) fn offer(&mut self, to: PeerId, near: bool, now: Instant) -> exchange::Answer {
        let met = self
            .book
            .peers
            .iter()
            .filter(|(peer, known)| **peer != to && known.is_met && !known.is_refused(now));
        let answers: exchange::Answer = met
            .map(|(peer, known)| {
                let addresses = known
                    .confirmed()
                    .filter(|address| !is_loopback(address) && (near || !is_private(address)));
                (*peer, addresses.take(exchange::ADDRESSES).cloned().collect::<Vec<_>>())
            })
            .filter(|(_, addresses)| !addresses.is_empty())
            .collect();
        self.random.choose(answers, exchange::PEERS)
    }

    /// Known peers that are not connected, each with its best address.
    pub(super) fn known(&self) -> Vec<(PeerId, Multiaddr)> {
        let absent = self.book.peers.iter().filter(|(_, known)| known.connected.is_none());
        absent
            .filter_map(|(peer, known)| Some((*peer, known.addresses().into_iter().next()?)))
            .collect()
    }

    /// Refused peers, and for how much longer.
    pub(super) fn refused(&self, now: Instant) -> Vec<(PeerId, Duration)> {
        let refused = self.book.peers.iter().filter_map(|(peer, known)| {
            known.refused_until.map(|until| (*peer, until.saturating_duration_since(now)))
        });
        refused.collect()
    }

    fn choose(&mut self, count: usize, now: Instant) -> Vec<Step> {
        if count == 0 {
            return Vec::new();
        }
        let due = self.book.peers.iter().filter(|(_, known)| known.is_candidate(now));
        let (named, others): (Vec<_>, Vec<_>) =
            due.map(|(peer, known)| (*peer, known.is_named)).partition(|(_, is_named)| *is_named);
        let mut chosen = self.random.choose(named, count);
        chosen.extend(self.random.choose(others, count - chosen.len()));
        let mut steps = Vec::new();
        for (peer, _) in chosen {
            if let Some(known) = self.book.peers.get_mut(&peer) {
                known.pace.dialling = true;
                steps.push(Step::Peer(peer, known.addresses()));
            }
        }
        steps
    }

    /// The next moment at which something may be due. Whatever changes before then sets it anew.
    fn next(&self, now: Instant) -> Instant {
        let named = self.named.iter().filter(|named| named.peer.is_none()).map(|named| &named.pace);
        let peers = self.book.peers.values().filter(|known| {
            known.connected.is_none() && !known.is_refused(now) && !known.addresses().is_empty()
        });
        let needed = self.book.connected() < LOW;
        let peers = peers.map(|known| &known.pace).filter(|_| needed);
        let waits = named.chain(peers).filter(|pace| !pace.dialling);
        // One that is due already waits for a dial to end, and that sets the deadline anew.
        let moments = waits.filter_map(|pace| pace.not_before).filter(|moment| *moment > now);
        moments.chain([self.rotate_at]).min().unwrap_or(self.rotate_at)
    }

    fn slow_down(&mut self, peer: PeerId, now: Instant) {
        let Some(known) = self.book.peers.get_mut(&peer) else { return };
        let is_hopeless = !known.is_met && !known.is_named && known.pace.failures >= HOPELESS;
        let longest = match (is_hopeless, known.is_near()) {
            (true, _) => BACKOFF_HOPELESS,
            (false, true) => BACKOFF_NEAR,
            (false, false) => BACKOFF_FAR,
        };
        known.pace.back_off(longest, &mut self.random, now);
    }
}
