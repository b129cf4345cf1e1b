//! One connected peer: what it told, what it is asked, what it asks. Whether it answers in time is
//! decided here; what follows is the replica's affair.

use super::serving::Serving;
use super::taking::Taking;
use super::walk::{Found, Walk};
use super::{Moment, Peer, PeerStatus};
use crate::id::{ContributionId, TreeHash};
use crate::tree::Tree;
use crate::wire::Message;

/// A connected peer.
#[derive(Debug)]
pub(super) struct Session {
    /// Its root and count, as last told.
    pub(super) told: Option<(TreeHash, u64)>,
    /// The comparison with it, if one is under way.
    pub(super) walk: Option<Walk>,
    /// What it is asked for.
    pub(super) taking: Taking,
    /// What it asked for.
    pub(super) serving: Serving,
    /// Whether the sets differed, as far as known, since they were last found equal.
    pub(super) is_out_of_step: bool,
    /// Whether the last comparison ended early and another one has to follow.
    is_unfinished: bool,
    has_deadline: bool,
    /// When the last comparison began, and the last position of our log then.
    began: Option<(Moment, u64)>,
    /// Our root and its, when a comparison last ended.
    walked: Option<(TreeHash, TreeHash)>,
    /// The number of the next question.
    next_ask: u64,
    /// When something was last asked for, or came.
    progress: Moment,
    stalls: u32,
    cool_until: Moment,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            told: None,
            walk: None,
            taking: Taking::new(),
            serving: Serving::default(),
            is_out_of_step: true,
            is_unfinished: false,
            has_deadline: false,
            began: None,
            walked: None,
            next_ask: 0,
            progress: Moment(0),
            stalls: 0,
            cool_until: Moment(0),
        }
    }

    /// Whether it is known to hold exactly what we hold.
    pub(super) fn has_told(&self, root: &TreeHash) -> bool {
        self.told.is_some_and(|(told, _)| told == *root)
    }

    /// Whether a comparison with it may begin.
    pub(super) fn may_walk(&self, root: &TreeHash, now: Moment) -> bool {
        self.walk.is_none() && now >= self.cool_until && !self.has_told(root)
    }

    /// Whether the sets differ and were not found to differ just so before.
    pub(super) fn is_worth_a_walk(&self, root: &TreeHash) -> bool {
        self.told.is_some_and(|(told, _)| told != *root && self.walked != Some((*root, told)))
    }

    /// Begins a comparison.
    pub(super) fn begin(&mut self, salt: u64, log_position: u64, now: Moment) {
        self.walk = Some(Walk::new(salt, self.next_ask));
        self.began = Some((now, log_position));
        self.is_unfinished = false;
    }

    /// The next question of the comparison, if one may be asked now.
    pub(super) fn question(&mut self, tree: &Tree, now: Moment) -> Option<Message> {
        self.asks(now);
        self.walk.as_mut()?.question(tree)
    }

    /// The next contributions to ask for, if some may be asked for now.
    pub(super) fn next_chunk(
        &mut self,
        now: Moment,
        is_needed: impl FnMut(&ContributionId) -> bool,
    ) -> Vec<ContributionId> {
        self.asks(now);
        self.taking.next_chunk(now, is_needed)
    }

    /// Ends the comparison if everything is answered, and wants what it found: the rest of that,
    /// and our log's position at its beginning.
    pub(super) fn end(&mut self, root: &TreeHash) -> Option<(Found, u64)> {
        let walk = self.walk.take_if(|walk| walk.is_done())?;
        self.next_ask = walk.next();
        self.walked = self.told.map(|(told, _)| (*root, told));
        let mut found = walk.found();
        self.is_out_of_step |= !found.wanted.is_empty() || !found.offers.is_empty();
        self.is_unfinished = found.is_cut && !found.wanted.is_empty();
        if found.wanted.is_empty() {
            self.stalls = 0;
        }
        self.taking.want(std::mem::take(&mut found.wanted));
        Some((found, self.began.map_or(0, |(_, position)| position)))
    }

    /// Whether all that was found is taken, and another comparison has to follow.
    pub(super) fn must_go_on(&self) -> bool {
        self.is_unfinished && !self.is_catching_up()
    }

    /// Whether an answer with this number is to a comparison that was given up.
    pub(super) fn is_stale(&self, ask: u64) -> bool {
        ask < self.next_ask
    }

    /// Whether this node is comparing with it, or taking what it found.
    pub(super) fn is_catching_up(&self) -> bool {
        self.walk.is_some() || self.taking.remaining() > 0
    }

    /// Since when, if by a comparison.
    pub(super) fn catching_up_since(&self) -> Option<Moment> {
        self.began.filter(|_| self.is_catching_up()).map(|(since, _)| since)
    }

    /// It answered.
    pub(super) fn answered(&mut self, now: Moment) {
        self.progress = now;
    }

    /// It delivered, which is what answers are for.
    pub(super) fn delivered(&mut self, now: Moment) {
        self.progress = now;
        self.stalls = 0;
    }

    /// Until when it must have answered.
    pub(super) fn deadline(&self) -> Option<Moment> {
        let silent = self.progress + ANSWER;
        let slow = self.taking.oldest().map(|oldest| oldest + CHUNK);
        self.is_waiting().then(|| slow.map_or(silent, |slow| slow.min(silent)))
    }

    /// The same, remembered, so that a session with a deadline is not idle.
    pub(super) fn set_deadline(&mut self) -> Option<Moment> {
        let deadline = self.deadline();
        self.has_deadline = deadline.is_some();
        deadline
    }

    /// Whether what is kept of it is within its bounds.
    pub(super) fn is_bounded(&self) -> bool {
        self.taking.is_bounded()
            && self.serving.is_bounded()
            && self.walk.as_ref().is_none_or(Walk::is_bounded)
    }

    /// Whether there is nothing to do for it.
    pub(super) fn is_idle(&self) -> bool {
        !(self.is_catching_up() || self.is_unfinished || self.has_deadline)
            && self.serving.is_empty()
    }

    /// Starts the time of what is awaited anew.
    pub(super) fn renew(&mut self, now: Moment) {
        self.progress = now;
        self.taking.renew(now);
    }

    /// Gives up what it was asked: what was on its way, and whether that was once too often.
    pub(super) fn stall(&mut self, now: Moment) -> (Vec<ContributionId>, bool) {
        self.stalls += 1;
        self.cool_until = now + (COOL << self.stalls.min(6));
        (self.give_up(), self.stalls >= STALLS)
    }

    /// Gives up what it was asked: what was on its way.
    pub(super) fn give_up(&mut self) -> Vec<ContributionId> {
        if let Some(walk) = self.walk.take() {
            self.next_ask = walk.next();
        }
        self.taking.give_up()
    }

    /// What is known of it, beside our tree and so many of its contributions that have come and
    /// are not in the tree yet.
    pub(super) fn status(&self, peer: Peer, tree: &Tree, here: usize) -> PeerStatus {
        let (root, ours) = (tree.root(), tree.len() as u64);
        // What we hold less what they hold is ours alone less theirs alone, and after a
        // comparison theirs alone is what we are still taking.
        let alone = self.told.map(|(told, theirs)| {
            let taking = (self.taking.remaining() + here) as u64;
            match self.walked {
                _ if told == root => (0, 0),
                Some((_, walked)) if walked == told => {
                    ((ours + taking).saturating_sub(theirs), taking)
                }
                _ => (ours.saturating_sub(theirs), theirs.saturating_sub(ours)),
            }
        });
        PeerStatus {
            peer,
            told: self.told,
            in_sync: self.told.map(|(told, _)| told == root),
            behind: alone.map(|(behind, _)| behind),
            ahead: alone.map(|(_, ahead)| ahead),
        }
    }

    /// Something is about to be asked: if nothing else is awaited, its time begins now.
    fn asks(&mut self, now: Moment) {
        if !self.is_waiting() {
            self.progress = now;
        }
    }

    fn is_waiting(&self) -> bool {
        self.walk.as_ref().is_some_and(Walk::is_waiting) || self.taking.oldest().is_some()
    }
}

/// Milliseconds without any answer after which a peer stalls: long on a Wi-Fi, short for a person.
const ANSWER: u64 = 10_000;

/// Milliseconds in which a chunk must have come: its 128 KiB at 4 kB/s.
const CHUNK: u64 = 30_000;

/// Milliseconds, doubled with each stall, in which a peer that stalled is not compared with.
const COOL: u64 = 5_000;

/// Stalls in a row after which the connection is given up.
const STALLS: u32 = 3;
