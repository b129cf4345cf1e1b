use super::*;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Ids that are crowded under few prefixes, so that small sets make deep trees.
fn ids(most: usize) -> impl Strategy<Value = BTreeSet<ContributionId>> {
    let id = (0u8..4, any::<u8>(), any::<u8>()).prop_map(|(first, second, last)| {
        let mut id = [0; 32];
        (id[0], id[1], id[31]) = (first, second & 0x33, last);
        ContributionId(id)
    });
    btree_set(id, 0..most)
}

fn tree_of(ids: impl IntoIterator<Item = ContributionId>) -> Tree {
    let mut tree = Tree::default();
    tree.insert(ids.into_iter().map(|id| (id, 0)));
    tree
}

/// The definition, without any structure.
fn plain_hash(ids: &[ContributionId], depth: usize) -> TreeHash {
    if ids.len() <= LEAF_IDS {
        return leaf_hash(&ids.iter().map(|id| (*id, 0)).collect::<Vec<_>>());
    }
    branch_hash((0..CHILDREN).map(|at| {
        let child: Vec<_> = ids.iter().copied().filter(|id| digit(&id.0, depth) == at).collect();
        plain_hash(&child, depth + 1)
    }))
}

proptest! {
    #[test]
    fn the_hash_is_the_definition_whatever_the_order_and_the_batches(
        ids in ids(300), order: u64, split in 1usize..50,
    ) {
        let sorted: Vec<_> = ids.iter().copied().collect();
        let mut shuffled = sorted.clone();
        shuffled.sort_by_key(|id| id.0.map(|byte| u64::from(byte).wrapping_mul(order | 1)));
        let mut tree = Tree::default();
        for part in shuffled.chunks(split) {
            tree.insert(part.iter().map(|id| (*id, 0)));
            tree.insert(part.iter().map(|id| (*id, 1)));
        }
        prop_assert_eq!(tree.root(), plain_hash(&sorted, 0));
        prop_assert_eq!(tree.len(), sorted.len());
    }

    #[test]
    fn what_is_taken_out_was_never_there(kept in ids(80), gone in ids(200)) {
        let mut tree = tree_of(kept.union(&gone).copied());
        tree.remove(gone.difference(&kept));
        tree.remove(gone.difference(&kept));
        prop_assert_eq!(tree.root(), tree_of(kept.iter().copied()).root());
        prop_assert_eq!(tree.len(), kept.len());
        prop_assert!(gone.iter().all(|id| tree.contains(id) == kept.contains(id)));
    }

    #[test]
    fn a_union_is_commutative_associative_and_idempotent(
        one in ids(80), two in ids(80), three in ids(80),
    ) {
        let union = |sets: &[&BTreeSet<ContributionId>]| {
            let mut tree = Tree::default();
            sets.iter().for_each(|set| tree.insert(set.iter().map(|id| (*id, 0))));
            tree.root()
        };
        prop_assert_eq!(union(&[&one, &two]), union(&[&two, &one]));
        prop_assert_eq!(union(&[&one, &two, &three]), union(&[&three, &one, &two]));
        prop_assert_eq!(union(&[&one, &one, &two, &one]), union(&[&two, &one]));
    }

    #[test]
    fn sets_with_the_same_root_are_the_same(one in ids(60), two in ids(60)) {
        prop_assert_eq!(tree_of(one.clone()).root() == tree_of(two.clone()).root(), one == two);
    }

    #[test]
    fn a_subtree_is_the_tree_of_its_ids(ids in ids(200), digits in vec(0u8..16, 0..6)) {
        let tree = tree_of(ids.clone());
        let prefix = digits.iter().fold(Prefix::ROOT, |prefix, digit| {
            prefix.child(*digit).expect("not that deep")
        });
        let under: Vec<_> = ids.iter().copied().filter(|id| prefix.covers(id)).collect();
        let subtree = tree.subtree(&prefix);
        prop_assert_eq!(subtree.items().iter().map(|item| item.0).collect::<Vec<_>>(), under.clone());
        prop_assert_eq!(subtree.len(), under.len());
        prop_assert_eq!(subtree.hash(), plain_hash(&under, prefix.depth()));
        for (digit, hash) in subtree.children().into_iter().enumerate() {
            let child = prefix.child(digit as u8).expect("not that deep");
            prop_assert_eq!(hash, tree.subtree(&child).hash());
        }
    }

    #[test]
    fn prefixes_read_back(digits in vec(0u8..16, 0..=DEPTH)) {
        let prefix = digits.iter().fold(Prefix::ROOT, |prefix, digit| {
            prefix.child(*digit).expect("not that deep")
        });
        prop_assert_eq!(prefix.depth(), digits.len());
        prop_assert_eq!(prefix.to_string().parse::<Prefix>(), Ok(prefix));
    }
}

#[test]
fn what_is_held_is_found_with_its_position() {
    let id = |byte| ContributionId([byte; 32]);
    let mut tree = Tree::default();
    tree.insert((0..100).map(|byte| (id(byte), u64::from(byte) * 2)));
    assert_eq!(tree.position(&id(7)), Some(14));
    assert_eq!(tree.position(&id(100)), None);
    assert!(Tree::default().is_empty() && Tree::default().root() == EMPTY);
}

#[test]
fn ids_that_differ_in_the_last_digit_make_the_deepest_tree() {
    let id = |at: u8| {
        let mut id = [7; 32];
        (id[30], id[31]) = (at / 8, at % 8);
        ContributionId(id)
    };
    let tree = tree_of((0..64).map(id));
    let prefix: Prefix = "07".repeat(31)[..61].parse().expect("a prefix");
    assert_eq!(tree.subtree(&prefix).len(), 64);
    let whole = (0..CHILDREN).try_fold(Prefix::ROOT, |prefix, _| prefix.child(7));
    assert!(whole.is_some());
    let deepest: Prefix = "07".repeat(32).parse().expect("a whole id");
    assert_eq!((deepest.child(1), tree.subtree(&deepest).children()), (None, [EMPTY; CHILDREN]));
}

#[test]
fn what_is_no_prefix_is_refused() {
    for text in ["g", "A", "0x", " 1", &"0".repeat(DEPTH + 1)] {
        assert_eq!(text.parse::<Prefix>(), Err(PrefixError), "{text}");
    }
}
