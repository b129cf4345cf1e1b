//! What may be done now, looked at after each input: batches for the store, comparisons that are
//! due, the next questions, wants and deliveries of each peer. One comparison at a time, unless it
//! takes long.

use super::session::Session;
use super::timers::Timer;
use super::{Moment, Output, Peer, Replica};
use crate::wire::{Ids, Message};

impl Replica {
    /// Does everything that may be done now.
    pub(super) fn settle(&mut self) {
        while let Some((lane, batch)) = self.acceptance.next_batch() {
            let origin = self.ticket(lane);
            self.outputs.push(Output::Accept { origin, batch });
        }
        while {
            let has_begun = self.begin_walk();
            self.attend();
            has_begun
        } {}
        if self.elsewhere.is_news() {
            self.timers.start(Timer::Elsewhere, self.now + ELSEWHERE);
        }
    }

    /// Begins the next comparison that is due, if one may begin now. Whether it has.
    fn begin_walk(&mut self) -> bool {
        if self.due.is_empty() || self.now < self.paused_until {
            return false;
        }
        let under_way: Vec<Moment> =
            self.sessions.values().filter_map(Session::catching_up_since).collect();
        if let Some(youngest) = under_way.iter().max() {
            let patience = *youngest + PATIENCE;
            if patience > self.now {
                self.timers.set(Timer::Patience, patience);
                return false;
            }
        }
        if under_way.len() >= WALKS {
            return false;
        }
        let root = self.tree.root();
        while let Some(peer) = self.due.pop_front() {
            let Some(session) = self.sessions.get_mut(&peer) else { continue };
            if session.may_walk(&root, self.now) {
                session.begin(self.chance.number(), self.elsewhere.last(), self.now);
                return true;
            }
        }
        false
    }

    fn attend(&mut self) {
        let busy = self.sessions.iter().filter(|(_, session)| !session.is_idle());
        let busy: Vec<Peer> = busy.map(|(peer, _)| *peer).collect();
        for peer in busy {
            self.compare(peer);
            self.take(peer);
            self.serve(peer);
            if let Some(session) = self.sessions.get_mut(&peer) {
                self.timers.set(Timer::Session(peer), session.set_deadline());
            }
        }
    }

    /// Asks the next questions of a comparison, or ends it: what is lacking here will be asked
    /// for, what is lacking there is offered.
    fn compare(&mut self, peer: Peer) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        while let Some(message) = session.question(&self.tree, self.now) {
            self.outputs.push(Output::Send { peer, message });
        }
        let Some((found, start)) = session.end(&self.tree.root()) else { return };
        if !found.is_cut && !found.more {
            let lacks = found.offers.keys().copied().collect();
            self.elsewhere.peer_lacks(start, &lacks);
        }
        if found.more || !found.offers.is_empty() {
            let ids = Ids(found.offers.into_values().collect());
            let message = Message::Offer { ids, more: found.more };
            self.outputs.push(Output::Send { peer, message });
        }
    }

    /// Asks for the next contributions, as far as there is room for them.
    fn take(&mut self, peer: Peer) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        while self.now >= self.paused_until && self.arriving.has_room() {
            let ids = session.next_chunk(self.now, |id| {
                !(self.tree.contains(id)
                    || self.arriving.contains(id)
                    || self.arriving.is_refused(id)
                    || self.pending.contains(id))
            });
            if ids.is_empty() {
                break;
            }
            ids.iter().for_each(|id| self.arriving.ask(*id));
            self.outputs.push(Output::Send { peer, message: Message::Want { ids: Ids(ids) } });
        }
        session.taking.settle();
        if session.must_go_on() {
            self.plan(peer);
        }
    }

    fn serve(&mut self, peer: Peer) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        while let Some(ids) = session.serving.next() {
            self.outputs.push(Output::Serve { peer, ids });
        }
    }
}

/// Milliseconds after which a comparison does not hold others back.
const PATIENCE: u64 = 10_000;

/// Comparisons under way at most, each with up to 10 MiB of ids.
const WALKS: usize = 4;

/// Milliseconds between two times that the store is told what others hold: it costs a transaction.
const ELSEWHERE: u64 = 1_000;
