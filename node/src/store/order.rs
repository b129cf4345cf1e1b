//! The order in which the contributions of an entry are told: parents before children, otherwise by
//! time and id, so that every node tells one story.

use std::collections::{BTreeSet, HashMap, HashSet};

use commons_proto::id::ContributionId;

/// A contribution as far as its place in the order depends on it.
pub(super) trait InOrder {
    fn id(&self) -> ContributionId;
    fn time(&self) -> u64;
    fn parents(&self) -> &[ContributionId];
}

/// The contributions in order. Parents that are not among them count for nothing.
pub(super) fn in_order<T: InOrder>(all: Vec<T>) -> Vec<T> {
    let here: HashSet<ContributionId> = all.iter().map(T::id).collect();
    let mut children: HashMap<ContributionId, Vec<usize>> = HashMap::new();
    let mut missing: Vec<usize> = Vec::with_capacity(all.len());
    let mut ready = BTreeSet::new();
    for (at, one) in all.iter().enumerate() {
        let parents: Vec<_> =
            one.parents().iter().filter(|parent| here.contains(*parent)).collect();
        missing.push(parents.len());
        for parent in parents {
            children.entry(*parent).or_default().push(at);
        }
        if missing[at] == 0 {
            ready.insert((one.time(), one.id(), at));
        }
    }
    let mut all: Vec<Option<T>> = all.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(all.len());
    while let Some((_, id, at)) = ready.pop_first() {
        ordered.extend(all[at].take());
        for &child in children.get(&id).into_iter().flatten() {
            missing[child] -= 1;
            if missing[child] == 0
                && let Some(one) = &all[child]
            {
                ready.insert((one.time(), one.id(), child));
            }
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct One(u8, u64, Vec<ContributionId>);

    fn id(number: u8) -> ContributionId {
        ContributionId([number; 32])
    }

    impl InOrder for One {
        fn id(&self) -> ContributionId {
            id(self.0)
        }

        fn time(&self) -> u64 {
            self.1
        }

        fn parents(&self) -> &[ContributionId] {
            &self.2
        }
    }

    #[test]
    fn parents_come_first_then_the_earlier_then_the_smaller_id() {
        let all = vec![
            One(9, 1, vec![id(5)]),
            One(7, 4, vec![id(1)]),
            One(3, 4, vec![id(1), id(8)]),
            One(5, 6, vec![id(7), id(3)]),
            One(1, 9, vec![]),
        ];
        let order: Vec<u8> = in_order(all).into_iter().map(|one| one.0).collect();
        assert_eq!(order, [1, 3, 7, 5, 9], "8 is not here");
        assert_eq!(in_order(Vec::<One>::new()), []);
    }
}
