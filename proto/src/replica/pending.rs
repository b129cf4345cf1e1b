//! Verified contributions whose parents are not held: a bounded pool outside the set. What is
//! dropped from it is found again by the next comparison.

use std::collections::{BTreeMap, BTreeSet};

use super::arriving::Way;
use super::{Moment, Peer};
use crate::contribution::Verified;
use crate::id::ContributionId;

/// The pool.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: BTreeMap<ContributionId, Waiting>,
    /// Who waits for a parent.
    children: BTreeMap<ContributionId, BTreeSet<ContributionId>>,
    /// By age, the oldest first.
    ages: BTreeMap<u64, ContributionId>,
    next: u64,
    peers: BTreeMap<Peer, usize>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    verified: Verified,
    peer: Peer,
    way: Way,
    missing: BTreeSet<ContributionId>,
    since: Moment,
    number: u64,
}

impl Pending {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether it is within its bounds.
    pub(super) fn is_bounded(&self) -> bool {
        self.waiting.len() <= IN_ALL
            && self.bytes <= BYTES
            && self.peers.values().all(|count| *count <= OF_A_PEER)
            && self.ages.len() == self.waiting.len()
    }

    /// How many of a peer's wait.
    pub(super) fn of(&self, peer: &Peer) -> usize {
        self.peers.get(peer).copied().unwrap_or(0)
    }

    /// Whether this one waits.
    pub(super) fn contains(&self, id: &ContributionId) -> bool {
        self.waiting.contains_key(id)
    }

    /// Lets a contribution wait for the parents that are missing. Where the pool is full, the
    /// oldest goes: this peer's, or, if all together are too many, anybody's.
    pub(super) fn put(
        &mut self,
        verified: Verified,
        (peer, way): (Peer, Way),
        missing: BTreeSet<ContributionId>,
        now: Moment,
    ) {
        let id = verified.id();
        self.remove(&id);
        if self.of(&peer) >= OF_A_PEER {
            let waiting = &self.waiting;
            let oldest = self.ages.values().find(|id| waiting[*id].peer == peer).copied();
            oldest.map(|id| self.remove(&id));
        }
        let number = self.next;
        self.next += 1;
        for parent in &missing {
            self.children.entry(*parent).or_default().insert(id);
        }
        self.bytes += size(&verified);
        *self.peers.entry(peer).or_default() += 1;
        self.ages.insert(number, id);
        self.waiting.insert(id, Waiting { verified, peer, way, missing, since: now, number });
        while self.waiting.len() > IN_ALL || self.bytes > BYTES {
            let Some(oldest) = self.ages.values().next().copied() else { break };
            self.remove(&oldest);
        }
    }

    /// This one is held now. Those that waited for nothing else, with who sent them and how.
    pub(super) fn held(&mut self, parent: &ContributionId) -> Vec<(Verified, Peer, Way)> {
        self.remove(parent);
        let children = self.children.remove(parent).unwrap_or_default();
        let mut ready = Vec::new();
        for child in children {
            let Some(waiting) = self.waiting.get_mut(&child) else { continue };
            waiting.missing.remove(parent);
            if waiting.missing.is_empty() {
                let done = self.remove(&child);
                ready.extend(done.map(|done| (done.verified, done.peer, done.way)));
            }
        }
        ready
    }

    /// Drops what has waited too long.
    pub(super) fn sweep(&mut self, now: Moment) {
        while let Some(oldest) = self.ages.values().next().copied() {
            if self.waiting[&oldest].since + AGE > now {
                break;
            }
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, id: &ContributionId) -> Option<Waiting> {
        let waiting = self.waiting.remove(id)?;
        self.ages.remove(&waiting.number);
        self.bytes -= size(&waiting.verified);
        if let Some(count) = self.peers.get_mut(&waiting.peer) {
            *count -= 1;
            if *count == 0 {
                self.peers.remove(&waiting.peer);
            }
        }
        for parent in &waiting.missing {
            if let Some(children) = self.children.get_mut(parent) {
                children.remove(id);
                if children.is_empty() {
                    self.children.remove(parent);
                }
            }
        }
        Some(waiting)
    }
}

fn size(verified: &Verified) -> usize {
    verified.header_bytes().len() + verified.payload_bytes().map_or(0, <[u8]>::len)
}

/// Contributions that wait, in all: a busy hour of a hack day.
const IN_ALL: usize = 4096;

/// Contributions of one peer that wait: a quarter, so that one cannot crowd out all others.
const OF_A_PEER: usize = 1024;

/// Bytes of those that wait; in memory they take little more.
pub(super) const BYTES: usize = 16 * 1024 * 1024;

/// Milliseconds that one waits: by then several comparisons have looked for its parents.
const AGE: u64 = 600_000;
