//! The routes of what peers say: meeting, parting, statuses, comparisons, requests, faults. And the
//! decision when to compare with whom: on a new connection, which the dialler does; at intervals
//! with a random peer; when a peer still differs though nothing has changed for a while; and with
//! another after one failed.

use super::session::Session;
use super::timers::Timer;
use super::{Fault, Moment, Output, Peer, Replica, answer};
use crate::id::{ContributionId, TreeHash};
use crate::wire::{Ids, Message};

impl Replica {
    /// [`Input::Connected`](super::Input::Connected).
    pub(super) fn connected(&mut self, peer: Peer, dialer: bool) {
        if let Some(refuse_for) = self.standing.refused_for(&peer, self.now) {
            let fault = Fault::Refused;
            self.outputs.push(Output::Blame { peer, fault, refuse_for });
            return;
        }
        self.disconnected(peer);
        self.sessions.insert(peer, Session::new());
        self.outputs.push(Output::Send { peer, message: self.status() });
        if dialer {
            self.due.push_back(peer);
        }
        self.timers.start(Timer::Interval, self.now + INTERVAL);
    }

    /// [`Input::Disconnected`](super::Input::Disconnected).
    pub(super) fn disconnected(&mut self, peer: Peer) {
        let Some(mut session) = self.sessions.remove(&peer) else { return };
        let was_catching_up = session.is_catching_up();
        session.give_up().iter().for_each(|id| self.arriving.unask(id));
        self.due.retain(|due| *due != peer);
        self.timers.set(Timer::Session(peer), None);
        if was_catching_up {
            self.look_elsewhere(&peer);
        }
    }

    /// [`Input::Message`](super::Input::Message).
    pub(super) fn message(&mut self, peer: Peer, message: Message) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        match message {
            Message::Status { root, count } => self.told(peer, root, count),
            Message::Compare { ask, salt, hashes, held } => {
                let message = answer::differences(&self.tree, ask, salt, &hashes, &held);
                self.outputs.push(Output::Send { peer, message });
            }
            Message::Differences { ask, children, beyond } => {
                if session.is_stale(ask) {
                    return;
                }
                session.answered(self.now);
                let answered = match &mut session.walk {
                    Some(walk) => walk.answer(&self.tree, ask, children, beyond),
                    None => Err(Fault::NotAsked),
                };
                if let Err(fault) = answered {
                    self.blame(peer, fault);
                }
            }
            Message::Offer { ids, more } => {
                let news = ids.0.into_iter().filter(|id| !self.tree.contains(id));
                session.taking.offered(news);
                if more {
                    self.plan(peer);
                }
            }
            Message::Want { ids } => self.wanted(peer, ids),
            Message::Contributions { items } => self.delivered(peer, items),
            Message::Missing { ids } => self.missing(peer, &ids.0),
        }
    }

    /// [`Input::Served`](super::Input::Served).
    pub(super) fn served(&mut self, peer: &Peer) {
        if let Some(session) = self.sessions.get_mut(peer) {
            session.serving.served();
        }
    }

    /// [`Input::Woke`](super::Input::Woke).
    pub(super) fn woke(&mut self) {
        self.sessions.values_mut().for_each(|session| session.renew(self.now));
        self.tell_all();
        let peers: Vec<Peer> = self.sessions.keys().copied().collect();
        peers.into_iter().for_each(|peer| self.plan(peer));
    }

    /// Drops a peer and says why.
    pub(super) fn blame(&mut self, peer: Peer, fault: Fault) {
        let refuse_for = self.standing.blame(peer, &fault, self.now);
        self.outputs.push(Output::Blame { peer, fault, refuse_for });
        self.disconnected(peer);
    }

    /// Compares with this peer as soon as possible.
    pub(super) fn plan(&mut self, peer: Peer) {
        if !self.due.contains(&peer) {
            self.due.push_back(peer);
        }
    }

    /// Compares with some other peer than this one, if one differs.
    pub(super) fn look_elsewhere(&mut self, than: &Peer) {
        let root = self.tree.root();
        let others = self.sessions.iter().filter(|(peer, session)| {
            *peer != than && session.told.is_some() && session.may_walk(&root, self.now)
        });
        let others: Vec<Peer> = others.map(|(peer, _)| *peer).collect();
        self.plan_one_of(&others);
    }

    /// Our set has changed: peers are told soon, and compared with if they stay different.
    pub(super) fn root_changed(&mut self) {
        self.timers.start(Timer::Status, self.now + TELL);
        let root = self.tree.root();
        let mut differs = false;
        for (peer, session) in &mut self.sessions {
            match session.told {
                Some((told, _)) if told == root => {
                    let is_news = std::mem::take(&mut session.is_out_of_step);
                    self.outputs.extend(is_news.then_some(Output::InSync { peer: *peer }));
                }
                told => differs |= told.is_some(),
            }
        }
        if differs {
            self.start_quiet();
        }
    }

    /// [`Timer::Status`]: tells all peers what is held, and offers what was published, as gossip
    /// loses what is sent before its mesh has formed. Who has it asks for nothing.
    pub(super) fn tell(&mut self) {
        self.tell_all();
        let published = std::mem::take(&mut self.published);
        self.offer_all(&published.into_iter().map(|id| (id, None)).collect::<Vec<_>>());
    }

    /// Tells all peers the root and the count.
    pub(super) fn tell_all(&mut self) {
        self.timers.set(Timer::Status, None);
        let message = self.status();
        let tell = |peer: &Peer| Output::Send { peer: *peer, message: message.clone() };
        self.outputs.extend(self.sessions.keys().map(tell));
    }

    /// [`Timer::Quiet`]: some peer has differed for a while.
    pub(super) fn quiet(&mut self) {
        let is_busy = !self.arriving.is_idle()
            || self.sessions.values().any(Session::is_catching_up)
            || self.now < self.paused_until;
        let root = self.tree.root();
        let differing = self.sessions.iter().filter(|(_, session)| session.is_worth_a_walk(&root));
        let differing: Vec<Peer> = differing.map(|(peer, _)| *peer).collect();
        if differing.is_empty() {
            return;
        }
        if is_busy {
            return self.start_quiet();
        }
        // Anybody first, lest all nodes turn to the same one.
        let first = self.chance.below(differing.len() as u64) as usize;
        let (later, sooner) = differing.split_at(first);
        sooner.iter().chain(later).for_each(|peer| self.plan(*peer));
    }

    /// [`Timer::Interval`]: compares with one random peer that differs.
    pub(super) fn interval(&mut self) {
        let root = self.tree.root();
        let differing = self.sessions.iter().filter(|(_, session)| !session.has_told(&root));
        let differing: Vec<Peer> = differing.map(|(peer, _)| *peer).collect();
        self.plan_one_of(&differing);
        if !self.sessions.is_empty() {
            let wait = INTERVAL / 2 + self.chance.below(INTERVAL);
            self.timers.set(Timer::Interval, self.now + wait);
        }
    }

    /// [`Timer::Session`]: a peer did not answer in time.
    pub(super) fn overdue(&mut self, peer: Peer, at: Moment) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        if session.deadline().is_none_or(|deadline| deadline > self.now) {
            return;
        }
        if self.now > at + ASLEEP {
            session.renew(self.now);
            return;
        }
        let (given_up, is_over) = session.stall(self.now);
        given_up.iter().for_each(|id| self.arriving.unask(id));
        if is_over {
            self.blame(peer, Fault::Stalled);
        }
        self.look_elsewhere(&peer);
        self.start_quiet();
    }

    fn status(&self) -> Message {
        Message::Status { root: self.tree.root(), count: self.tree.len() as u64 }
    }

    fn told(&mut self, peer: Peer, root: TreeHash, count: u64) {
        self.elsewhere.peer_has(&root);
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        session.told = Some((root, count));
        if root != self.tree.root() {
            self.start_quiet();
        } else if std::mem::take(&mut session.is_out_of_step) {
            self.outputs.push(Output::InSync { peer });
        }
    }

    fn plan_one_of(&mut self, peers: &[Peer]) {
        let chosen = self.chance.below(peers.len() as u64) as usize;
        peers.get(chosen).into_iter().for_each(|peer| self.plan(*peer));
    }

    /// Something has changed: what differs now has a while to come into step by itself.
    pub(super) fn start_quiet(&mut self) {
        let wait = QUIET + self.chance.below(QUIET / 2);
        self.timers.set(Timer::Quiet, self.now.max(self.paused_until) + wait);
    }

    fn wanted(&mut self, peer: Peer, ids: Ids) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        let (held, missing): (Vec<ContributionId>, Vec<ContributionId>) =
            ids.0.into_iter().partition(|id| self.tree.contains(id));
        if !missing.is_empty() {
            let message = Message::Missing { ids: Ids(missing) };
            self.outputs.push(Output::Send { peer, message });
        }
        if !held.is_empty() && !session.serving.ask(held) {
            self.blame(peer, Fault::TooMuch);
        }
    }

    fn missing(&mut self, peer: Peer, ids: &[ContributionId]) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        session.answered(self.now);
        let (mut unasked, mut is_broken) = (false, false);
        for id in ids {
            match session.taking.missing(id) {
                Some(was_promised) => {
                    self.arriving.unask(id);
                    is_broken |= was_promised;
                }
                None => unasked |= !session.taking.tolerates(),
            }
        }
        if is_broken {
            self.blame(peer, Fault::BrokenPromise);
        } else if unasked {
            self.blame(peer, Fault::NotAsked);
        } else {
            self.look_elsewhere(&peer);
        }
    }
}

/// Milliseconds from a change until peers are told: several changes in a row are told once.
const TELL: u64 = 200;

/// Milliseconds in which gossip that is on its way should have arrived, with as much again by half
/// so that not both sides compare.
const QUIET: u64 = 2_000;

/// Milliseconds between comparisons with a random peer, give or take a half.
const INTERVAL: u64 = 30_000;

/// Milliseconds beyond a deadline that show that this machine, not the peer, did not answer.
const ASLEEP: u64 = 5_000;
