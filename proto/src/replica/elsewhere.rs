//! What only this node is known to hold. What came from a peer is held by that peer; what was
//! written here is elsewhere once a peer tells a root that this node had itself, or a comparison
//! with a peer did not list it.

use std::collections::{BTreeSet, VecDeque};

use super::Committed;
use crate::id::TreeHash;

/// The positions of what only this node holds, and its own past roots.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// Positions in the log, rising.
    only_here: VecDeque<u64>,
    /// The last position that the log's tail showed.
    last: u64,
    /// Up to where the store was told.
    told: u64,
    /// Roots that this node had when the tail showed this position, oldest first.
    roots: VecDeque<(TreeHash, u64)>,
}

impl Elsewhere {
    /// For a log with these positions, of which others hold everything up to `elsewhere`.
    pub(super) fn new(
        positions: impl Iterator<Item = u64>,
        elsewhere: u64,
        root: TreeHash,
    ) -> Self {
        let mut last = elsewhere;
        let mut only_here: Vec<u64> = positions
            .inspect(|position| last = last.max(*position))
            .filter(|position| *position > elsewhere)
            .collect();
        only_here.sort_unstable();
        let roots = VecDeque::from([(root, last)]);
        Self { only_here: only_here.into(), last, told: elsewhere, roots }
    }

    /// The log grew to these rows, and the root is this one.
    pub(super) fn grew(&mut self, items: &[Committed], root: TreeHash) {
        for item in items.iter().filter(|item| item.seq > self.last) {
            if item.local {
                self.only_here.push_back(item.seq);
            }
        }
        self.last = items.iter().map(|item| item.seq).fold(self.last, u64::max);
        if self.roots.len() == ROOTS {
            self.roots.pop_front();
        }
        self.roots.push_back((root, self.last));
    }

    /// A peer told this root.
    pub(super) fn peer_has(&mut self, root: &TreeHash) {
        if let Some((_, position)) = self.roots.iter().rev().find(|(past, _)| past == root) {
            while self.only_here.front().is_some_and(|first| first <= position) {
                self.only_here.pop_front();
            }
        }
    }

    /// The last position, to be remembered when a comparison starts.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// A comparison that started at position `start` found that of all that was there these are
    /// the positions that the peer lacks.
    pub(super) fn peer_lacks(&mut self, start: u64, lacks: &BTreeSet<u64>) {
        self.only_here.retain(|position| *position > start || lacks.contains(position));
    }

    /// How many contributions only this node is known to hold.
    pub(super) fn only_here(&self) -> usize {
        self.only_here.len()
    }

    /// Whether no more past roots are kept than should be.
    pub(super) fn is_bounded(&self) -> bool {
        self.roots.len() <= ROOTS
    }

    /// Whether the store should be told something new.
    pub(super) fn is_news(&self) -> bool {
        self.position() > self.told
    }

    /// Up to where everything is elsewhere, if the store was not told so.
    pub(super) fn news(&mut self) -> Option<u64> {
        let position = self.position();
        (position > self.told).then(|| {
            self.told = position;
            position
        })
    }

    fn position(&self) -> u64 {
        self.only_here.front().map_or(self.last, |first| first.saturating_sub(1))
    }
}

/// Past roots that are kept, 40 bytes each: a peer that is a few hundred contributions behind is
/// still understood.
const ROOTS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContributionId;

    fn root(byte: u8) -> TreeHash {
        TreeHash([byte; 32])
    }

    fn row(seq: u64, local: bool) -> Committed {
        Committed { seq, id: ContributionId([seq as u8; 32]), local }
    }

    #[test]
    fn what_was_written_here_is_only_here_until_a_peer_has_that_root() {
        let mut elsewhere = Elsewhere::new([1, 2, 3].into_iter(), 2, root(0));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (1, None));
        elsewhere.peer_has(&root(0));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (0, Some(3)));
        elsewhere.grew(&[row(4, true)], root(1));
        elsewhere.grew(&[row(5, false)], root(2));
        elsewhere.grew(&[row(6, true)], root(3));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (2, None));
        elsewhere.peer_has(&root(9));
        assert_eq!(elsewhere.only_here(), 2);
        elsewhere.peer_has(&root(2));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (1, Some(5)));
        assert_eq!(elsewhere.news(), None);
    }

    #[test]
    fn what_comes_from_a_peer_is_elsewhere_at_once() {
        let mut elsewhere = Elsewhere::new(std::iter::empty(), 0, root(0));
        elsewhere.grew(&[row(1, false), row(2, false)], root(1));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (0, Some(2)));
    }

    #[test]
    fn a_comparison_tells_exactly_what_a_peer_lacks() {
        let mut elsewhere = Elsewhere::new(1..=5, 0, root(0));
        let start = elsewhere.last();
        elsewhere.grew(&[row(6, true)], root(1));
        elsewhere.peer_lacks(start, &BTreeSet::from([2]));
        assert_eq!((elsewhere.only_here(), elsewhere.news()), (2, Some(1)));
    }
}
