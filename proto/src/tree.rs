//! The set of ids as a 16-ary Merkle radix tree. The tree of a set is the same whatever order the
//! ids came in, so its root is the fingerprint of the set, and two sets are compared by walking
//! down where hashes differ. What is said on such a walk is in [`crate::wire`].
//!
//! | subtree | its hash |
//! |---|---|
//! | no ids | 32 zero bytes |
//! | 1 to [`LEAF_IDS`] ids | SHA-256 of a zero byte and the ids, sorted |
//! | more | SHA-256 of a one byte and the hashes of its 16 children, by the next hexadecimal digit |

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

use crate::id::{ContributionId, TreeHash};

/// Children of a branch: one for each hexadecimal digit.
pub const CHILDREN: usize = 16;

/// Ids of the largest leaf: fewer make more hashes to keep and to send, more make longer lists.
pub const LEAF_IDS: usize = 32;

/// Hexadecimal digits of an id.
pub const DEPTH: usize = 64;

/// The hash of a subtree without ids.
pub const EMPTY: TreeHash = TreeHash([0; 32]);

/// The set, each id with its position in the log. 55 bytes of memory an id.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    root: Node,
}

impl Tree {
    /// Puts ids with their positions in; those that are there stay as they are. Hashes are brought
    /// up to date once, so many at a time cost less.
    pub fn insert(&mut self, items: impl IntoIterator<Item = (ContributionId, u64)>) {
        for (id, position) in items {
            self.root.insert(0, id, position);
        }
        self.root.rehash();
    }

    /// Takes ids out; those that are not there are no matter.
    pub fn remove<'i>(&mut self, ids: impl IntoIterator<Item = &'i ContributionId>) {
        for id in ids {
            self.root.remove(0, id);
        }
        self.root.rehash();
    }

    /// The fingerprint of the set.
    pub fn root(&self) -> TreeHash {
        self.root.hash
    }

    /// How many ids.
    pub fn len(&self) -> usize {
        self.root.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the id is in the set.
    pub fn contains(&self, id: &ContributionId) -> bool {
        self.position(id).is_some()
    }

    /// Where the id is in the log, if it is in the set.
    pub fn position(&self, id: &ContributionId) -> Option<u64> {
        let (mut node, mut depth) = (&self.root, 0);
        while let Below::Branch { children, .. } = &node.below {
            node = &children[digit(&id.0, depth)];
            depth += 1;
        }
        let items = node.items();
        items.binary_search_by_key(id, |item| item.0).ok().map(|place| items[place].1)
    }

    /// Bytes of memory, but for what the allocator adds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.root.bytes()
    }

    /// The part of the set under a prefix.
    pub fn subtree(&self, prefix: &Prefix) -> Subtree<'_> {
        let mut node = &self.root;
        for depth in 0..prefix.depth() {
            match &node.below {
                Below::Branch { children, .. } => node = &children[prefix.digit(depth)],
                Below::Leaf(items) => {
                    let start = items.partition_point(|(id, _)| id.0 < prefix.digits);
                    let length = items[start..].partition_point(|(id, _)| prefix.covers(id));
                    let items = &items[start..start + length];
                    return Subtree { part: Part::Items(items), depth: prefix.depth() };
                }
            }
        }
        Subtree { part: Part::Node(node), depth: prefix.depth() }
    }
}

/// A part of the set: all ids that begin alike.
#[derive(Debug, Clone, Copy)]
pub struct Subtree<'a> {
    part: Part<'a>,
    depth: usize,
}

#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Node(&'a Node),
    /// Some ids of a leaf that is further up.
    Items(&'a [(ContributionId, u64)]),
}

impl Subtree<'_> {
    /// Its hash.
    pub fn hash(&self) -> TreeHash {
        match self.part {
            Part::Node(node) => node.hash,
            Part::Items(items) => leaf_hash(items),
        }
    }

    /// How many ids.
    pub fn len(&self) -> usize {
        match self.part {
            Part::Node(node) => node.len(),
            Part::Items(items) => items.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hashes of the parts by the next digit, whether or not it is a branch.
    pub fn children(&self) -> [TreeHash; CHILDREN] {
        let items = match self.part {
            Part::Node(Node { below: Below::Branch { children, .. }, .. }) => {
                return std::array::from_fn(|at| children[at].hash);
            }
            Part::Node(node) => node.items(),
            Part::Items(items) => items,
        };
        let mut rest = items;
        std::array::from_fn(|at| {
            let length = rest
                .partition_point(|(id, _)| self.depth < DEPTH && digit(&id.0, self.depth) <= at);
            let (part, others) = rest.split_at(length);
            rest = others;
            leaf_hash(part)
        })
    }

    /// Its ids with their positions, sorted by id.
    pub fn items(&self) -> Vec<(ContributionId, u64)> {
        let mut all = Vec::with_capacity(self.len());
        match self.part {
            Part::Node(node) => node.collect(&mut all),
            Part::Items(items) => all.extend_from_slice(items),
        }
        all
    }
}

#[derive(Debug, Clone)]
struct Node {
    hash: TreeHash,
    /// Whether ids were added or taken out since the hash was taken.
    stale: bool,
    below: Below,
}

#[derive(Debug, Clone)]
enum Below {
    /// Sorted by id.
    Leaf(Vec<(ContributionId, u64)>),
    Branch {
        children: Box<[Node; CHILDREN]>,
        len: usize,
    },
}

impl Default for Node {
    fn default() -> Self {
        Self { hash: EMPTY, stale: false, below: Below::Leaf(Vec::new()) }
    }
}

impl Node {
    fn len(&self) -> usize {
        match &self.below {
            Below::Leaf(items) => items.len(),
            Below::Branch { len, .. } => *len,
        }
    }

    fn items(&self) -> &[(ContributionId, u64)] {
        match &self.below {
            Below::Leaf(items) => items,
            Below::Branch { .. } => &[],
        }
    }

    fn bytes(&self) -> usize {
        match &self.below {
            Below::Leaf(items) => items.capacity() * size_of::<(ContributionId, u64)>(),
            Below::Branch { children, .. } => {
                size_of::<[Self; CHILDREN]>() + children.iter().map(Self::bytes).sum::<usize>()
            }
        }
    }

    fn collect(&self, all: &mut Vec<(ContributionId, u64)>) {
        match &self.below {
            Below::Leaf(items) => all.extend_from_slice(items),
            Below::Branch { children, .. } => children.iter().for_each(|child| child.collect(all)),
        }
    }

    fn insert(&mut self, depth: usize, id: ContributionId, position: u64) -> bool {
        let is_new = match &mut self.below {
            Below::Branch { children, len } => {
                let is_new = children[digit(&id.0, depth)].insert(depth + 1, id, position);
                *len += usize::from(is_new);
                is_new
            }
            Below::Leaf(items) => match items.binary_search_by_key(&id, |item| item.0) {
                Ok(_) => false,
                Err(place) => {
                    if items.len() == items.capacity() {
                        items.reserve_exact(LEAF_GROWTH);
                    }
                    items.insert(place, (id, position));
                    true
                }
            },
        };
        self.stale |= is_new;
        if self.items().len() > LEAF_IDS {
            self.split(depth);
        }
        is_new
    }

    fn remove(&mut self, depth: usize, id: &ContributionId) -> bool {
        let was_there = match &mut self.below {
            Below::Branch { children, len } => {
                let was_there = children[digit(&id.0, depth)].remove(depth + 1, id);
                *len -= usize::from(was_there);
                was_there
            }
            Below::Leaf(items) => match items.binary_search_by_key(id, |item| item.0) {
                Ok(place) => {
                    items.remove(place);
                    true
                }
                Err(_) => false,
            },
        };
        self.stale |= was_there;
        if matches!(self.below, Below::Branch { len, .. } if len <= LEAF_IDS) {
            let mut items = Vec::with_capacity(LEAF_IDS);
            self.collect(&mut items);
            self.below = Below::Leaf(items);
        }
        was_there
    }

    fn split(&mut self, depth: usize) {
        let items = self.items().to_vec();
        let len = items.len();
        let mut children: Box<[Self; CHILDREN]> = Box::default();
        for (id, position) in items {
            children[digit(&id.0, depth)].insert(depth + 1, id, position);
        }
        self.below = Below::Branch { children, len };
    }

    fn rehash(&mut self) {
        if !self.stale {
            return;
        }
        self.stale = false;
        self.hash = match &mut self.below {
            Below::Leaf(items) => leaf_hash(items),
            Below::Branch { children, .. } => {
                children.iter_mut().for_each(Self::rehash);
                branch_hash(children.iter().map(|child| child.hash))
            }
        };
    }
}

/// Ids by which a full leaf grows: doubling would leave a third of the memory unused.
const LEAF_GROWTH: usize = 4;

/// Which subtree: the hexadecimal digits that its ids begin with, shown and sent as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    digits: [u8; 32],
    length: u8,
}

impl Prefix {
    /// The whole tree.
    pub const ROOT: Self = Self { digits: [0; 32], length: 0 };

    /// How many digits.
    pub fn depth(&self) -> usize {
        usize::from(self.length)
    }

    /// The subtree one digit further down; a whole id has none.
    pub fn child(mut self, digit: u8) -> Option<Self> {
        let place = self.digits.get_mut(usize::from(self.length) / 2)?;
        *place |= if self.length.is_multiple_of(2) { digit << 4 } else { digit & 0x0f };
        self.length += 1;
        Some(self)
    }

    /// The digit at this depth.
    pub fn digit(&self, depth: usize) -> usize {
        digit(&self.digits, depth)
    }

    /// Whether an id is in this subtree.
    pub fn covers(&self, id: &ContributionId) -> bool {
        (0..self.depth()).all(|depth| digit(&id.0, depth) == self.digit(depth))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.depth()).try_for_each(|depth| write!(out, "{:x}", self.digit(depth)))
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}*")
    }
}

/// The text is no prefix: up to 64 of the digits 0-9 and a-f.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is up to {DEPTH} of the digits 0-9 and a-f")]
pub struct PrefixError;

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        text.bytes().try_fold(Self::ROOT, |prefix, letter| {
            let digit = match letter {
                b'0'..=b'9' => letter - b'0',
                b'a'..=b'f' => letter - b'a' + 10,
                _ => return Err(PrefixError),
            };
            prefix.child(digit).ok_or(PrefixError)
        })
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

/// The digit of an id at this depth.
fn digit(bytes: &[u8; 32], depth: usize) -> usize {
    let byte = bytes[depth / 2];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f })
}

fn leaf_hash(items: &[(ContributionId, u64)]) -> TreeHash {
    if items.is_empty() {
        return EMPTY;
    }
    let mut hash = Sha256::new_with_prefix([0]);
    items.iter().for_each(|(id, _)| hash.update(id.0));
    TreeHash(hash.finalize().into())
}

fn branch_hash(children: impl Iterator<Item = TreeHash>) -> TreeHash {
    let mut hash = Sha256::new_with_prefix([1]);
    children.for_each(|child| hash.update(child.0));
    TreeHash(hash.finalize().into())
}

#[cfg(test)]
mod tests;
