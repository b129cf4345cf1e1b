//! Who follows whom in a history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::id::ContributionId;

use super::Step;

/// A history in its canonical order: parents before children, and of those that are free to come
/// next the one with the smallest id. It is the same whatever order they arrived in, and a further
/// contribution leaves that of the others as it is.
pub(super) struct Order {
    order: Vec<usize>,
}

impl Order {
    /// The order of this history.
    pub(super) fn new(history: &[Step]) -> Self {
        let places = places(history);
        let mut missing = vec![0_usize; history.len()];
        let mut children = vec![Vec::new(); history.len()];
        for (child, step) in history.iter().enumerate() {
            for parent in parents(&places, step) {
                missing[child] += 1;
                children[parent].push(child);
            }
        }
        let free = (0..history.len()).filter(|step| missing[*step] == 0);
        let mut ready: BinaryHeap<_> =
            free.map(|step| Reverse((history[step].record.id, step))).collect();
        let mut order = Vec::with_capacity(history.len());
        while let Some(Reverse((_, step))) = ready.pop() {
            order.push(step);
            for child in &children[step] {
                missing[*child] -= 1;
                if missing[*child] == 0 {
                    ready.push(Reverse((history[*child].record.id, *child)));
                }
            }
        }
        Self { order }
    }

    /// The places in the history of its contributions.
    pub(super) fn steps(&self) -> impl Iterator<Item = usize> {
        self.order.iter().copied()
    }
}

/// Which contributions of the history these versions have seen, themselves among them.
pub(super) fn past(history: &[Step], versions: &[ContributionId]) -> Vec<bool> {
    let places = places(history);
    let mut seen = vec![false; history.len()];
    let mut open: Vec<usize> =
        versions.iter().filter_map(|version| places.get(version)).copied().collect();
    while let Some(step) = open.pop() {
        if !std::mem::replace(&mut seen[step], true) {
            open.extend(parents(&places, &history[step]));
        }
    }
    seen
}

/// The contributions that no other one follows, sorted.
pub(super) fn heads(history: &[Step]) -> Vec<ContributionId> {
    let mut heads: Vec<_> = history.iter().map(|step| step.record.id).collect();
    heads.sort_unstable();
    heads.dedup();
    for parent in history.iter().flat_map(|step| &step.record.header.parents) {
        if let Ok(place) = heads.binary_search(parent) {
            heads.remove(place);
        }
    }
    heads
}

fn places(history: &[Step]) -> BTreeMap<ContributionId, usize> {
    history.iter().enumerate().map(|(place, step)| (step.record.id, place)).collect()
}

fn parents<'a>(
    places: &'a BTreeMap<ContributionId, usize>,
    step: &'a Step,
) -> impl Iterator<Item = usize> + 'a {
    step.record.header.parents.iter().filter_map(|parent| places.get(parent)).copied()
}
