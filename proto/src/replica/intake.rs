//! The routes of contributions: from gossip and deliveries to checks, from checks to the store,
//! from the store into the set, and on to others.

use serde_bytes::ByteBuf;
use std::collections::BTreeSet;

use super::arriving::{Accepting, Begun, Judged, Sent, Way};
use super::taking::Delivery;
use super::timers::Timer;
use super::{Committed, Fault, Lane, Origin, Outcome, Output, Peer, Replica, Verdict};
use crate::contribution::{Refusal, Verified};
use crate::id::ContributionId;
use crate::wire::{IDS, Ids, Message, Unchecked};

impl Replica {
    /// [`Input::Gossip`](super::Input::Gossip): is checked at once.
    pub(super) fn gossip(&mut self, peer: Peer, token: u64, contribution: Unchecked) {
        let id = contribution.id();
        if self.is_settled(&id) || self.arriving.is_accepting(&id) {
            self.verdict(token, Verdict::Ignore);
            return;
        }
        let sent = Sent { peer, token: Some(token), contribution };
        match self.arriving.begin(Lane::Live, sent) {
            Begun::Check(contribution) => self.check(Lane::Live, peer, vec![contribution]),
            Begun::Waits => {}
            Begun::Full => self.verdict(token, Verdict::Ignore),
        }
    }

    /// [`Input::GossipId`](super::Input::GossipId): is asked for at once, and the announcement
    /// passed on when it is held.
    pub(super) fn announced(&mut self, peer: Peer, token: u64, id: ContributionId) {
        let is_held = self.tree.contains(&id) || self.arriving.is_refused(&id);
        let waiting = self.announced.values().map(|(_, tokens)| tokens.len()).sum::<usize>();
        let session = self.sessions.get_mut(&peer);
        let Some(session) = session.filter(|_| !is_held && waiting < ANNOUNCED) else {
            return self.verdict(token, Verdict::Ignore);
        };
        self.announced.entry(id).or_insert((self.now, Vec::new())).1.push(token);
        if !self.arriving.is_here(&id) && !self.pending.contains(&id) {
            session.taking.want_first([id]);
        }
        self.timers.start(Timer::Sweep, self.now + SWEEP);
    }

    /// [`Message::Contributions`]: what was asked for is checked, unless it has come meanwhile.
    pub(super) fn delivered(&mut self, peer: Peer, items: Vec<ByteBuf>) {
        let Some(session) = self.sessions.get_mut(&peer) else { return };
        let lane = if session.taking.is_bulk() { Lane::Bulk } else { Lane::Live };
        let mut batch = Vec::new();
        let mut fault = None;
        for item in items {
            let contribution = match Unchecked::new(item.into_vec()) {
                Ok(contribution) => contribution,
                Err(refusal) => {
                    fault = Some(Fault::BadContribution(refusal));
                    break;
                }
            };
            let id = contribution.id();
            match session.taking.delivered(&id, contribution.bytes().len()) {
                Delivery::Asked => {
                    session.delivered(self.now);
                    self.arriving.unask(&id);
                }
                Delivery::Extra if !session.taking.tolerates() => {
                    fault = Some(Fault::NotAsked);
                    break;
                }
                Delivery::Extra => {}
            }
            if self.tree.contains(&id)
                || self.pending.contains(&id)
                || self.arriving.is_refused(&id)
                || self.arriving.is_accepting(&id)
            {
                continue;
            }
            let sent = Sent { peer, token: None, contribution };
            if let Begun::Check(contribution) = self.arriving.begin(lane, sent) {
                batch.push(contribution);
            }
        }
        if !batch.is_empty() {
            self.check(lane, peer, batch);
        }
        if let Some(fault) = fault {
            self.blame(peer, fault);
        }
    }

    /// [`Input::Checked`](super::Input::Checked): gossip gets its verdicts, the store what is good.
    pub(super) fn checked(
        &mut self,
        peer: Peer,
        origin: Origin,
        verdicts: Vec<Result<Verified, (ContributionId, Refusal)>>,
    ) {
        let mut good = Vec::new();
        for verdict in verdicts {
            match verdict {
                Ok(verified) => {
                    if self.is_good(peer, &verified) {
                        good.push(verified);
                    }
                }
                Err((id, refusal)) => self.is_bad(&id, &refusal),
            }
        }
        self.acceptance.checked(origin, good);
    }

    /// [`Input::Accepted`](super::Input::Accepted).
    pub(super) fn accepted(&mut self, origin: Origin, outcomes: Vec<(Verified, Outcome)>) {
        self.acceptance.accepted(origin.lane);
        let mut new = Vec::new();
        let mut relayed = Vec::new();
        let mut lacking = Vec::new();
        for (verified, outcome) in outcomes {
            let id = verified.id();
            let Some(accepting) = self.arriving.accepted(&id) else { continue };
            let is_held = matches!(outcome, Outcome::New { .. } | Outcome::Known);
            let tokens = match &outcome {
                Outcome::MissingParents(_) => None,
                _ => self.announced.remove(&id),
            };
            let verdict = if is_held { Verdict::Accept } else { Verdict::Ignore };
            tokens.into_iter().flat_map(|(_, tokens)| tokens).for_each(|token| {
                self.outputs.push(Output::Verdict { token, verdict });
            });
            match outcome {
                Outcome::New { seq } => {
                    new.push((id, seq));
                    if accepting.way == Way::Delivery && origin.lane == Lane::Live {
                        relayed.push((id, Some(accepting.peer)));
                    }
                }
                Outcome::MissingParents(parents) => lacking.push((verified, accepting, parents)),
                Outcome::Refused(_) => self.arriving.refuse(id),
                Outcome::Unstored => self.pause(),
                Outcome::Known | Outcome::ErasedWithoutErasure => {}
            }
        }
        self.grow(new);
        for (verified, accepting, parents) in lacking {
            self.lacks_parents(verified, accepting, parents);
        }
        // What one peer delivered others may lack, too.
        self.offer_all(&relayed);
        if origin.lane == Lane::Bulk && self.acceptance.is_bulk_done() {
            self.caught_up();
        }
    }

    /// [`Input::Committed`](super::Input::Committed): what was written here is published at once.
    pub(super) fn committed(&mut self, items: &[Committed]) {
        let new = |item: &&Committed| !self.tree.contains(&item.id);
        let new: Vec<Committed> = items.iter().filter(new).copied().collect();
        self.grow(new.iter().map(|item| (item.id, item.seq)).collect());
        let root = self.tree.root();
        self.elsewhere.grew(items, root);
        if self.sessions.values().any(|session| session.has_told(&root)) {
            self.elsewhere.peer_has(&root);
        }
        let local = new.iter().filter(|item| item.local).map(|item| item.id);
        let local: Vec<ContributionId> = local.collect();
        if self.sessions.is_empty() || local.is_empty() {
            return;
        }
        if local.len() <= PUBLISHED {
            self.published.extend(&local);
            self.outputs.push(Output::Publish { ids: local });
        } else {
            self.offer_all(&local.into_iter().map(|id| (id, None)).collect::<Vec<_>>());
        }
    }

    /// [`Input::Lost`](super::Input::Lost): the set is smaller, and so differs from that of the peers
    /// that can give it back.
    pub(super) fn lost(&mut self, ids: &[ContributionId]) {
        let before = self.tree.root();
        self.tree.remove(ids);
        self.published.retain(|id| !ids.contains(id));
        if self.tree.root() != before {
            self.root_changed();
        }
    }

    /// [`Timer::Sweep`]: drops what has waited too long.
    pub(super) fn sweep(&mut self) {
        self.pending.sweep(self.now);
        let now = self.now;
        let outputs = &mut self.outputs;
        self.announced.retain(|_, (since, tokens)| {
            let is_young = *since + ANNOUNCED_FOR > now;
            let verdict = Verdict::Ignore;
            let ignored = tokens.iter().map(|token| Output::Verdict { token: *token, verdict });
            outputs.extend(ignored.filter(|_| !is_young));
            is_young
        });
        if self.pending.len() > 0 || !self.announced.is_empty() {
            self.timers.set(Timer::Sweep, self.now + SWEEP);
        }
    }

    /// Whether nothing is to be done about this id: held, waiting for its parents, or refused.
    fn is_settled(&self, id: &ContributionId) -> bool {
        self.tree.contains(id) || self.pending.contains(id) || self.arriving.is_refused(id)
    }

    fn verdict(&mut self, token: u64, verdict: Verdict) {
        self.outputs.push(Output::Verdict { token, verdict });
    }

    fn check(&mut self, lane: Lane, peer: Peer, contributions: Vec<Unchecked>) {
        let origin = self.ticket(lane);
        self.acceptance.begin(origin);
        self.outputs.push(Output::Check { peer, origin, contributions });
    }

    /// A check has found it good. Whether it was awaited.
    fn is_good(&mut self, peer: Peer, verified: &Verified) -> bool {
        let id = verified.id();
        let Some(Judged { same, others }) = self.arriving.judged(&id) else { return false };
        let way = match same.iter().any(|sent| sent.token.is_some()) {
            true => Way::Gossip,
            false => Way::Delivery,
        };
        let verdicts = same.iter().map(|sent| (sent.token, Verdict::Accept));
        let verdicts = verdicts.chain(others.iter().map(|sent| (sent.token, Verdict::Ignore)));
        for (token, verdict) in verdicts {
            token.into_iter().for_each(|token| self.verdict(token, verdict));
        }
        self.arriving.accept(verified, peer, way, 0);
        true
    }

    /// A check has found it bad: whoever sent these bytes should have checked them. Others with
    /// the same id and other bytes have their turn.
    fn is_bad(&mut self, id: &ContributionId, refusal: &Refusal) {
        let Some(Judged { same, others }) = self.arriving.judged(id) else { return };
        for sent in same {
            sent.token.into_iter().for_each(|token| self.verdict(token, Verdict::Reject));
            self.blame(sent.peer, Fault::BadContribution(refusal.clone()));
        }
        for sent in others {
            let (peer, token) = (sent.peer, sent.token);
            match self.arriving.begin(Lane::Live, sent) {
                Begun::Check(contribution) => self.check(Lane::Live, peer, vec![contribution]),
                Begun::Waits => {}
                Begun::Full => token.into_iter().for_each(|token| {
                    self.verdict(token, Verdict::Ignore);
                }),
            }
        }
    }

    /// The set grows by these. What waited for them goes to the store again.
    fn grow(&mut self, new: Vec<(ContributionId, u64)>) {
        if new.is_empty() {
            return;
        }
        self.tree.insert(new.iter().copied());
        for (id, _) in &new {
            for (verified, peer, way) in self.pending.held(id) {
                self.arriving.accept(&verified, peer, way, 0);
                self.acceptance.again(verified);
            }
        }
        self.root_changed();
    }

    /// The store does not hold all parents: it waits for them, and they are asked for.
    fn lacks_parents(
        &mut self,
        verified: Verified,
        accepting: Accepting,
        parents: Vec<ContributionId>,
    ) {
        let Accepting { peer, way, tries, .. } = accepting;
        let missing: BTreeSet<_> =
            parents.into_iter().filter(|parent| !self.tree.contains(parent)).collect();
        if missing.is_empty() {
            if tries < TRIES {
                self.arriving.accept(&verified, peer, way, tries + 1);
                self.acceptance.again(verified);
            }
            return;
        }
        let unknown =
            |parent: &&ContributionId| !(self.is_settled(parent) || self.arriving.is_here(parent));
        let unknown: Vec<_> = missing.iter().filter(unknown).copied().collect();
        self.pending.put(verified, (peer, way), missing, self.now);
        self.timers.start(Timer::Sweep, self.now + SWEEP);
        match self.sessions.get_mut(&peer) {
            Some(session) if self.pending.of(&peer) <= FEW => session.taking.want_first(unknown),
            Some(_) => self.plan(peer),
            None => self.look_elsewhere(&peer),
        }
    }

    /// Tells peers that these are held now, except those that sent them.
    pub(super) fn offer_all(&mut self, news: &[(ContributionId, Option<Peer>)]) {
        for peer in self.sessions.keys() {
            let ids = news.iter().filter(|(_, from)| *from != Some(*peer)).map(|(id, _)| *id);
            let mut ids: Vec<_> = ids.take(IDS + 1).collect();
            let more = ids.len() > IDS;
            if more {
                ids.clear();
            } else if ids.is_empty() {
                continue;
            }
            let message = Message::Offer { ids: Ids(ids), more };
            self.outputs.push(Output::Send { peer: *peer, message });
        }
    }

    /// Much has come, and all of it is held: peers that differ had better compare, as it is too
    /// much to be told one by one.
    fn caught_up(&mut self) {
        let root = self.tree.root();
        if self.sessions.values().any(|session| session.taking.is_bulk()) {
            return;
        }
        self.tell_all();
        for (peer, _) in self.sessions.iter().filter(|(_, session)| !session.has_told(&root)) {
            let message = Message::Offer { ids: Ids::default(), more: true };
            self.outputs.push(Output::Send { peer: *peer, message });
        }
    }

    /// The store cannot write: nothing is asked for in a while.
    fn pause(&mut self) {
        self.paused_until = self.now + PAUSE;
        for session in self.sessions.values_mut() {
            session.give_up().iter().for_each(|id| self.arriving.unask(id));
        }
        self.start_quiet();
    }
}

/// Contributions written here at once that are published one by one; more are offered to peers,
/// who ask for them: an import must not flood gossip.
const PUBLISHED: usize = 64;

/// Announcements of large contributions that wait.
pub(super) const ANNOUNCED: usize = 64;

/// Milliseconds that they wait: gossip has forgotten the message by then.
const ANNOUNCED_FOR: u64 = 20_000;

/// Milliseconds between two looks for what has waited too long.
const SWEEP: u64 = 10_000;

/// Contributions of a peer waiting for parents beyond which comparing is quicker than asking for
/// the parents one by one.
const FEW: usize = 16;

/// Times that something goes to the store though its parents are said to be missing and are not:
/// the store is a step behind, or it is wrong.
const TRIES: u32 = 8;

/// Milliseconds without asking after the store could not write: a lock is gone in seconds, and a
/// full disk is not written to all the time.
const PAUSE: u64 = 10_000;
