//! One comparison with one peer, the asker's side: down the tree where hashes differ, several
//! questions in flight, until it is known what this node wants and what it can offer.

use std::collections::{BTreeMap, VecDeque};

use super::Fault;
use crate::id::ContributionId;
use crate::tree::{CHILDREN, EMPTY, LEAF_IDS, Prefix, Tree};
use crate::wire::{Beyond, COMPARED_NODES, Children, IDS, LISTED_IDS, Message, Shorts, short};

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Walk {
    salt: u64,
    /// Where to go on; the last first, so that it stays short.
    frontier: Vec<Prefix>,
    /// What was asked, by the number of the question.
    asked: BTreeMap<u64, BTreeMap<Prefix, Asked>>,
    /// The number of the next question.
    next: u64,
    /// Subtrees asked about so far.
    nodes: usize,
    /// What the peer holds and this node does not, by the peer's position.
    wanted: Vec<(u64, ContributionId)>,
    /// What this node holds and the peer does not, by this node's position.
    offers: BTreeMap<u64, ContributionId>,
    is_cut: bool,
    offers_all: bool,
}

/// How a subtree was asked about.
#[derive(Debug)]
enum Asked {
    ByHash,
    ByIds(Vec<(ContributionId, u64)>),
}

/// What came of a comparison.
#[derive(Debug)]
pub(super) struct Found {
    /// What to ask the peer for, in the order of its log.
    pub(super) wanted: VecDeque<ContributionId>,
    /// What to offer it, by position in our log; nothing if there is too much.
    pub(super) offers: BTreeMap<u64, ContributionId>,
    /// Whether there is more to offer than fits.
    pub(super) more: bool,
    /// Whether it ended early, because there is too much to want.
    pub(super) is_cut: bool,
}

impl Walk {
    /// A comparison of everything. Questions are numbered from `first`, so that an answer to an
    /// earlier comparison is not taken for one to this.
    pub(super) fn new(salt: u64, first: u64) -> Self {
        Self {
            salt,
            frontier: vec![Prefix::ROOT],
            asked: BTreeMap::new(),
            next: first,
            nodes: 0,
            wanted: Vec::new(),
            offers: BTreeMap::new(),
            is_cut: false,
            offers_all: true,
        }
    }

    /// The number that the next comparison's questions begin with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Whether an answer is awaited.
    pub(super) fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether it is within its bounds, which one answer may exceed.
    pub(super) fn is_bounded(&self) -> bool {
        let answer = COMPARED_NODES * LISTED_IDS * IN_FLIGHT;
        self.wanted.len() <= WANTED + answer
            && self.nodes <= NODES + COMPARED_NODES * IN_FLIGHT
            && self.frontier.len() <= FRONTIER
            && self.offers.len() <= IDS
    }

    /// Whether everything is answered.
    pub(super) fn is_done(&self) -> bool {
        self.frontier.is_empty() && self.asked.is_empty()
    }

    /// The next question, if one may be asked now.
    pub(super) fn question(&mut self, tree: &Tree) -> Option<Message> {
        if self.frontier.is_empty() || self.asked.len() >= IN_FLIGHT {
            return None;
        }
        let from = self.frontier.len().saturating_sub(COMPARED_NODES);
        let (mut hashes, mut held, mut nodes) = (Vec::new(), Vec::new(), BTreeMap::new());
        for prefix in self.frontier.drain(from..) {
            let subtree = tree.subtree(&prefix);
            if subtree.len() > LEAF_IDS {
                hashes.push((prefix, subtree.hash()));
                nodes.insert(prefix, Asked::ByHash);
            } else {
                let items = subtree.items();
                let shorts = items.iter().map(|(id, _)| short(self.salt, id)).collect();
                held.push((prefix, Shorts(shorts)));
                nodes.insert(prefix, Asked::ByIds(items));
            }
        }
        self.nodes += nodes.len();
        let ask = self.next;
        self.next += 1;
        self.asked.insert(ask, nodes);
        Some(Message::Compare { ask, salt: self.salt, hashes, held })
    }

    /// Takes in an answer. What was not mentioned is the same.
    pub(super) fn answer(
        &mut self,
        tree: &Tree,
        ask: u64,
        children: Vec<(Prefix, Children)>,
        beyond: Vec<Beyond>,
    ) -> Result<(), Fault> {
        let mut asked = self.asked.remove(&ask).ok_or(Fault::NotAsked)?;
        for (prefix, children) in children {
            asked.remove(&prefix).ok_or(Fault::NotAsked)?;
            if prefix.depth() >= DEEPEST {
                return Err(Fault::Impossible);
            }
            self.descend(tree, &prefix, &children);
        }
        for Beyond(prefix, ids, positions, lacks) in beyond {
            let Some(Asked::ByIds(ours)) = asked.remove(&prefix) else {
                return Err(Fault::NotAsked);
            };
            if !ids.0.iter().all(|id| prefix.covers(id)) {
                return Err(Fault::Impossible);
            }
            for place in lacks {
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let (id, position) = ours.get(place).ok_or(Fault::Impossible)?;
                self.offer(*id, *position);
            }
            let new = ids.0.into_iter().zip(positions).filter(|(id, _)| !tree.contains(id));
            self.wanted.extend(new.map(|(id, position)| (position, id)));
        }
        if self.wanted.len() > WANTED || self.nodes > NODES {
            self.frontier.clear();
            self.is_cut = true;
        }
        Ok(())
    }

    /// What came of it.
    pub(super) fn found(mut self) -> Found {
        self.wanted.sort_unstable();
        // Twice the same id is a lie, and harmless: what is on its way is not asked for again.
        let wanted = self.wanted.into_iter().map(|(_, id)| id).collect();
        Found {
            wanted,
            more: !self.offers_all,
            offers: if self.offers_all { self.offers } else { BTreeMap::new() },
            is_cut: self.is_cut,
        }
    }

    /// Goes on where the children differ; what the peer does not hold at all is offered.
    fn descend(&mut self, tree: &Tree, prefix: &Prefix, theirs: &Children) {
        let ours = tree.subtree(prefix).children();
        for (digit, (theirs, ours)) in (0..).zip(theirs.0.iter().zip(ours)) {
            let Some(child) = prefix.child(digit).filter(|_| *theirs != ours) else { continue };
            if *theirs != EMPTY {
                self.frontier.push(child);
                continue;
            }
            let subtree = tree.subtree(&child);
            if subtree.len() > IDS {
                self.offers_all = false;
            } else {
                subtree.items().into_iter().for_each(|(id, at)| self.offer(id, at));
            }
        }
    }

    fn offer(&mut self, id: ContributionId, position: u64) {
        if self.offers.len() < IDS {
            self.offers.insert(position, id);
        } else {
            self.offers_all = false;
        }
    }
}

/// Questions in flight: enough to keep both sides busy while an answer travels.
const IN_FLIGHT: usize = 4;

/// Ids that one comparison collects, 40 bytes each. What is beyond is found by the next one.
pub(super) const WANTED: usize = 262_144;

/// Subtrees that one comparison asks about. Two sets of a million that have nothing in common need
/// 70,000.
const NODES: usize = 262_144;

/// Subtrees that wait to be asked about: the last first, with the siblings above each.
const FRONTIER: usize = IN_FLIGHT * COMPARED_NODES * CHILDREN * DEEPEST;

/// Digits below which nobody's tree branches: 33 ids that begin with the same 64 bits cannot be
/// made.
const DEEPEST: usize = 16;
