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

#[expect(dead_code, reason = "the tree itself comes next")]
fn leaf_hash<'a>(ids: impl Iterator<Item = &'a ContributionId>) -> TreeHash {
    let mut hash = Sha256::new_with_prefix([0]);
    ids.for_each(|id| hash.update(id.0));
    TreeHash(hash.finalize().into())
}
