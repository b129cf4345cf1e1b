//! The documents of a merge: for each contribution one that holds exactly what it had seen, made
//! as cheaply as may be, and the budget that bounds the whole.
//!
//! A contribution that follows a single other one takes over its document, or a clone if more will
//! follow. Only where branches meet, changes are applied: in one batch, at a fraction of what they
//! cost one by one.

use std::collections::BTreeMap;

use automerge::{Automerge, Change, ReadDoc};

use super::Step;
use super::order::Order;
use super::seen::Seen;

/// The documents of one merge.
pub(super) struct Documents {
    /// The places in the history, in canonical order.
    order: Vec<usize>,
    frontiers: Vec<Vec<usize>>,
    /// What each had seen.
    pasts: Vec<Seen>,
    /// How many contributions still need the document of this frontier.
    needed: BTreeMap<Vec<usize>, usize>,
    made: Vec<Option<(Change, Made)>>,
    /// Frontier → its document: the first one, which every other can be built from, then those
    /// that were used last, the latest at the end.
    kept: Vec<(Vec<usize>, Document)>,
}

/// Microseconds that merges may still cost, by the estimates at the foot of this file and of
/// `merge.rs`, all measured with automerge 0.12. The estimates, not a clock, decide whether it is
/// spent, so that every node decides alike.
pub(super) struct Budget(u64);

impl Budget {
    /// What all merges of one entry may cost.
    pub(super) fn new() -> Self {
        Self(BUDGET)
    }

    /// What is left.
    pub(super) fn left(&self) -> u64 {
        self.0
    }

    /// Spends so many microseconds; `None` if they are not left.
    pub(super) fn spend(&mut self, cost: u64) -> Option<()> {
        self.0 = self.0.checked_sub(cost)?;
        Some(())
    }
}

/// What it took to make a change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    /// Microseconds, estimated.
    pub(super) cost: u64,
    /// How many operations it has.
    pub(super) operations: u64,
}

/// A document, and which contributions it holds.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) automerge: Automerge,
    past: Seen,
    operations: u64,
}

impl Documents {
    /// The documents of this history, all of which begin as this first one.
    pub(super) fn new(history: &[Step], order: &Order, first: Automerge, operations: u64) -> Self {
        let (frontiers, pasts) = order.frontiers(history);
        let mut needed = BTreeMap::new();
        for step in order.steps() {
            *needed.entry(frontiers[step].clone()).or_default() += 1;
        }
        let past = Seen::none(history.len());
        debug_assert_eq!(operations, first.stats().num_ops);
        let first = Document { automerge: first, past, operations };
        Self {
            order: order.steps().collect(),
            frontiers,
            pasts,
            needed,
            made: vec![None; history.len()],
            kept: vec![(Vec::new(), first)],
        }
    }

    /// A document that holds exactly what this contribution had seen. `None` if the budget is
    /// spent.
    pub(super) fn before(&mut self, step: usize, budget: &mut Budget) -> Option<Document> {
        let frontier = self.frontiers[step].clone();
        let needed = self.needed.get_mut(&frontier)?;
        *needed -= 1;
        let needed = *needed;
        let document = match self.kept.iter().position(|(kept, _)| *kept == frontier) {
            Some(place) if place > 0 && needed == 0 => return Some(self.kept.remove(place).1),
            Some(place) if place > 0 => {
                let kept = self.kept.remove(place);
                let document = kept.1.clone();
                self.kept.push(kept);
                document
            }
            Some(first) => self.kept[first].1.clone(),
            None => {
                let document = self.build(&frontier, budget)?;
                if needed > 0 {
                    self.keep(frontier, document.clone());
                }
                document
            }
        };
        budget.spend(document.operations / OPERATIONS_CLONED)?;
        Some(document)
    }

    /// Takes back the document with the contribution's change made. `None` if the budget is spent.
    pub(super) fn after(
        &mut self,
        step: usize,
        mut document: Document,
        made: Made,
        budget: &mut Budget,
    ) -> Option<()> {
        let change = document.automerge.get_last_local_change()?;
        document.past.insert(step);
        debug_assert_eq!(made.operations, change.len() as u64);
        document.operations += made.operations;
        self.made[step] = Some((change, made));
        self.keep(vec![step], document);
        budget.spend(made.cost)
    }

    /// The document that holds all contributions.
    pub(super) fn after_all(&mut self, budget: &mut Budget) -> Option<Automerge> {
        let all = Seen::all(self.made.len());
        Some(self.build_past(all, budget)?.automerge)
    }

    fn build(&mut self, frontier: &[usize], budget: &mut Budget) -> Option<Document> {
        let mut past = Seen::none(self.made.len());
        for step in frontier {
            past.join(&self.pasts[*step]);
            past.insert(*step);
        }
        self.build_past(past, budget)
    }

    /// Applies what is missing to the kept document that comes nearest.
    fn build_past(&mut self, past: Seen, budget: &mut Budget) -> Option<Document> {
        let kept = self.kept.iter().map(|(_, document)| document);
        let fitting = kept.filter(|kept| kept.past.is_within(&past));
        let mut document = fitting.max_by_key(|kept| kept.past.count())?.clone();
        let mut cost = document.operations / OPERATIONS_CLONED;
        let mut changes = Vec::new();
        for step in self
            .order
            .iter()
            .filter(|step| past.contains(**step) && !document.past.contains(**step))
        {
            let (change, made) = self.made[*step].as_ref()?;
            cost += (made.cost + CHANGE) / TIMES_CHEAPER_APPLIED;
            document.operations += made.operations;
            changes.push(change.clone());
        }
        budget.spend(cost)?;
        document.automerge.apply_changes(changes).ok()?;
        document.past = past;
        Some(document)
    }

    fn keep(&mut self, frontier: Vec<usize>, document: Document) {
        self.kept.push((frontier, document));
        if self.kept.len() > KEPT {
            self.kept.remove(1);
        }
    }
}

/// Documents kept at a time: more than an entry has branches at once, and with texts of 64 KiB
/// some 50 MB.
const KEPT: usize = 8;

/// Chosen: a thousand people who edit an entry at the same moment cost a tenth to a
/// quarter of it.
const BUDGET: u64 = 1_000_000;

/// Microseconds for a change, whatever is in it.
pub(super) const CHANGE: u64 = 100;

/// Applying a change costs less than making it.
const TIMES_CHEAPER_APPLIED: u64 = 2;

/// Operations of a document that are cloned in a microsecond.
const OPERATIONS_CLONED: u64 = 80;
