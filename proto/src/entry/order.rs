//! Who follows whom in a history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::id::ContributionId;

use super::Step;
use super::seen::Seen;

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
        let is_first = |step: &usize| places.get(&history[*step].record.id) == Some(step);
        let mut missing = vec![0_usize; history.len()];
        let mut children = vec![Vec::new(); history.len()];
        for (child, step) in history.iter().enumerate() {
            for parent in parents(&places, step) {
                missing[child] += 1;
                children[parent].push(child);
            }
        }
        let free = (0..history.len()).filter(|step| missing[*step] == 0 && is_first(step));
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

    /// The places of the contributions in the history.
    pub(super) fn steps(&self) -> impl Iterator<Item = usize> {
        self.order.iter().copied()
    }

    /// The order in parts: what is in one was made by people who had seen everything in those
    /// before it. A part of one contribution follows all that is before it; what is in a longer
    /// part was made at once.
    pub(super) fn parts(&self, history: &[Step]) -> Vec<&[usize]> {
        let places = places(history);
        let mut rank = vec![0; history.len()];
        for (place, step) in self.steps().enumerate() {
            rank[step] = place;
        }
        // Where everything before a place has been seen by what is there, a later one has seen that,
        // too, if the latest of its parents is not before it; and if so has all that comes after,
        // everybody has seen it.
        let mut earliest_seen = vec![usize::MAX; self.order.len() + 1];
        for (place, step) in self.order.iter().enumerate().rev() {
            let latest = parents(&places, &history[*step]).map(|parent| rank[parent]).max();
            earliest_seen[place] = latest.unwrap_or(0).min(earliest_seen[place + 1]);
        }
        let mut heads = BTreeSet::new();
        let mut parts = Vec::new();
        let mut start = 0;
        for (place, step) in self.steps().enumerate() {
            for parent in parents(&places, &history[step]) {
                heads.remove(&parent);
            }
            heads.insert(step);
            if heads.len() == 1 && earliest_seen[place + 1] >= place {
                if start < place {
                    parts.push(&self.order[start..place]);
                }
                parts.push(&self.order[place..=place]);
                start = place + 1;
            }
        }
        if start < self.order.len() {
            parts.push(&self.order[start..]);
        }
        parts
    }

    /// For each place in the history the contributions that were the heads when it was made: its
    /// parents without those that others of its parents follow. And what each had seen.
    pub(super) fn frontiers(&self, history: &[Step]) -> (Vec<Vec<usize>>, Vec<Seen>) {
        let places = places(history);
        let mut frontiers = vec![Vec::new(); history.len()];
        let mut pasts = vec![Seen::none(history.len()); history.len()];
        for step in self.steps() {
            let mut heads: Vec<usize> = parents(&places, &history[step]).collect();
            heads.sort_unstable();
            let mut past = Seen::none(history.len());
            heads.iter().for_each(|head| past.join(&pasts[*head]));
            heads.retain(|head| !past.contains(*head));
            heads.iter().for_each(|head| past.insert(*head));
            pasts[step] = past;
            frontiers[step] = heads;
        }
        (frontiers, pasts)
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
    let mut heads: BTreeSet<_> = history.iter().map(|step| step.record.id).collect();
    for parent in history.iter().flat_map(|step| &step.record.header.parents) {
        heads.remove(parent);
    }
    heads.into_iter().collect()
}

/// Where each contribution is in the history; the first of equal ones.
fn places(history: &[Step]) -> BTreeMap<ContributionId, usize> {
    history.iter().enumerate().rev().map(|(place, step)| (step.record.id, place)).collect()
}

fn parents<'a>(
    places: &'a BTreeMap<ContributionId, usize>,
    step: &'a Step,
) -> impl Iterator<Item = usize> + 'a {
    step.record.header.parents.iter().filter_map(|parent| places.get(parent)).copied()
}
