//! What is on its way into the set: asked for, being checked, with the store. It sees to it that
//! nothing is asked for or checked twice, and that bytes with a bad signature do not stand in the
//! way of others with the same id.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Lane, Peer, pending};
use crate::contribution::Verified;
use crate::id::ContributionId;
use crate::wire::{Unchecked, WANTED_IDS};

/// Everything that is on its way.
#[derive(Debug, Default)]
pub(super) struct Arriving {
    asked: BTreeSet<ContributionId>,
    checking: BTreeMap<ContributionId, Checking>,
    accepting: BTreeMap<ContributionId, Accepting>,
    /// Bytes that are being checked or with the store.
    bytes: usize,
    /// What the store will never accept, so that it is not asked for again; the oldest first.
    refused: VecDeque<ContributionId>,
}

/// One contribution that somebody sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// Who.
    pub(super) peer: Peer,
    /// How gossip knows it, if it came by gossip.
    pub(super) token: Option<u64>,
    /// What.
    pub(super) contribution: Unchecked,
}

#[derive(Debug)]
struct Checking {
    first: Sent,
    others: Vec<Sent>,
}

/// One that is with the store, or about to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accepting {
    /// Who sent it.
    pub(super) peer: Peer,
    /// How it came.
    pub(super) way: Way,
    /// How often it went back though its parents seemed to be held.
    pub(super) tries: u32,
    bytes: usize,
}

/// How a contribution came to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By gossip, which tells others by itself.
    Gossip,
    /// From a peer, asked for.
    Delivery,
}

/// What to do with what came.
#[derive(Debug)]
pub(super) enum Begun {
    /// Check it.
    Check(Unchecked),
    /// The same id is being checked: its verdict will tell.
    Waits,
    /// There is no room.
    Full,
}

/// What follows from a check.
#[derive(Debug)]
pub(super) struct Judged {
    /// The first, and others with the very same bytes.
    pub(super) same: Vec<Sent>,
    /// Others with the same id and other bytes.
    pub(super) others: Vec<Sent>,
}

impl Arriving {
    /// Whether it is on its way, from whomever.
    pub(super) fn contains(&self, id: &ContributionId) -> bool {
        self.asked.contains(id) || self.is_here(id)
    }

    /// Whether it has come and is not yet in the set.
    pub(super) fn is_here(&self, id: &ContributionId) -> bool {
        self.checking.contains_key(id) || self.accepting.contains_key(id)
    }

    /// Whether it is verified and with the store.
    pub(super) fn is_accepting(&self, id: &ContributionId) -> bool {
        self.accepting.contains_key(id)
    }

    /// How many of a peer's have come and are not yet in the set.
    pub(super) fn of(&self, peer: &Peer) -> usize {
        let checking = self.checking.values().filter(|checking| checking.first.peer == *peer);
        checking.count() + self.accepting.values().filter(|at| at.peer == *peer).count()
    }

    /// Whether nothing is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.asked.is_empty() && self.checking.is_empty() && self.accepting.is_empty()
    }

    /// Whether it is within its bounds. What waited for its parents goes to the store beyond them.
    pub(super) fn is_bounded(&self) -> bool {
        let most = MOST_BYTES + LIVE_BYTES + pending::BYTES;
        self.bytes <= most
            && self.asked.len() < ROOM + WANTED_IDS
            && self.checking.values().all(|checking| checking.others.len() <= OTHERS)
            && self.refused.len() <= REFUSED
    }

    /// Whether more may be asked for.
    pub(super) fn has_room(&self) -> bool {
        self.bytes < ROOM_BYTES
            && self.checking.len() + self.accepting.len() < ROOM
            && self.asked.len() < ROOM
    }

    /// It was asked for.
    pub(super) fn ask(&mut self, id: ContributionId) {
        self.asked.insert(id);
    }

    /// It is no longer awaited.
    pub(super) fn unask(&mut self, id: &ContributionId) {
        self.asked.remove(id);
    }

    /// It came and is to be checked, unless that id is being checked already.
    pub(super) fn begin(&mut self, lane: Lane, sent: Sent) -> Begun {
        let id = sent.contribution.id();
        let bytes = sent.contribution.bytes().len();
        if let Some(checking) = self.checking.get_mut(&id) {
            if checking.others.len() >= OTHERS || self.bytes + bytes > MOST_BYTES {
                return Begun::Full;
            }
            checking.others.push(sent);
            self.bytes += bytes;
            return Begun::Waits;
        }
        let most = if lane == Lane::Live { MOST_BYTES + LIVE_BYTES } else { MOST_BYTES };
        if self.bytes + bytes > most {
            return Begun::Full;
        }
        self.bytes += bytes;
        let contribution = sent.contribution.clone();
        self.checking.insert(id, Checking { first: sent, others: Vec::new() });
        Begun::Check(contribution)
    }

    /// Its check has ended.
    pub(super) fn judged(&mut self, id: &ContributionId) -> Option<Judged> {
        let Checking { first, others } = self.checking.remove(id)?;
        self.bytes -= first.contribution.bytes().len();
        self.bytes -= others.iter().map(|sent| sent.contribution.bytes().len()).sum::<usize>();
        let (mut same, others): (Vec<Sent>, Vec<Sent>) =
            others.into_iter().partition(|sent| sent.contribution == first.contribution);
        same.insert(0, first);
        Some(Judged { same, others })
    }

    /// It is verified and goes to the store.
    pub(super) fn accept(&mut self, verified: &Verified, peer: Peer, way: Way, tries: u32) {
        let payload = verified.payload_bytes().map_or(0, <[u8]>::len);
        let bytes = verified.header_bytes().len() + payload;
        self.bytes += bytes;
        self.accepting.insert(verified.id(), Accepting { peer, way, tries, bytes });
    }

    /// The store is done with it.
    pub(super) fn accepted(&mut self, id: &ContributionId) -> Option<Accepting> {
        let accepting = self.accepting.remove(id)?;
        self.bytes -= accepting.bytes;
        Some(accepting)
    }

    /// The store will never accept it.
    pub(super) fn refuse(&mut self, id: ContributionId) {
        if self.refused.len() == REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(id);
    }

    /// Whether the store will never accept it.
    pub(super) fn is_refused(&self, id: &ContributionId) -> bool {
        self.refused.contains(id)
    }
}

/// Contributions that are being checked or stored, and as many that are asked for, beyond which no
/// more are asked for: four of the store's batches.
const ROOM: usize = 4096;

/// Bytes of them, likewise. In memory they take little more.
const ROOM_BYTES: usize = 8 * 1024 * 1024;

/// Bytes beyond which what comes is dropped, as only somebody who sends far larger contributions
/// than before gets there.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Bytes that gossip may have beyond that.
const LIVE_BYTES: usize = 8 * 1024 * 1024;

/// Others with the same id that wait for a check.
const OTHERS: usize = 3;

/// Refused contributions that are remembered: few, as only a dishonest node has any.
const REFUSED: usize = 256;
