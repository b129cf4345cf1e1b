//! Answers to a comparison, worked out from the current tree with no memory of who asked.

use std::collections::BTreeSet;

use crate::id::TreeHash;
use crate::tree::{Prefix, Tree};
use crate::wire::{Beyond, Children, Ids, LISTED_IDS, Message, Shorts, short};

/// What this tree holds otherwise than the asker's, in the subtrees that it asks about.
pub(super) fn differences(
    tree: &Tree,
    ask: u64,
    salt: u64,
    hashes: &[(Prefix, TreeHash)],
    held: &[(Prefix, Shorts)],
) -> Message {
    let (mut children, mut beyond) = (Vec::new(), Vec::new());
    for (prefix, hash) in hashes {
        let subtree = tree.subtree(prefix);
        if subtree.hash() != *hash {
            children.push((*prefix, Children(Box::new(subtree.children()))));
        }
    }
    for (prefix, shorts) in held {
        let subtree = tree.subtree(prefix);
        if subtree.len() > LISTED_IDS {
            children.push((*prefix, Children(Box::new(subtree.children()))));
            continue;
        }
        let theirs: BTreeSet<u64> = shorts.0.iter().copied().collect();
        let mut shared = BTreeSet::new();
        let (mut ids, mut positions) = (Vec::new(), Vec::new());
        for (id, position) in subtree.items() {
            let short = if theirs.is_empty() { 0 } else { short(salt, &id) };
            if theirs.contains(&short) {
                shared.insert(short);
            } else {
                ids.push(id);
                positions.push(position);
            }
        }
        let lacks: Vec<u64> = (0..)
            .zip(&shorts.0)
            .filter(|(_, short)| !shared.contains(short))
            .map(|at| at.0)
            .collect();
        if !ids.is_empty() || !lacks.is_empty() {
            beyond.push(Beyond(*prefix, Ids(ids), positions, lacks));
        }
    }
    Message::Differences { ask, children, beyond }
}
