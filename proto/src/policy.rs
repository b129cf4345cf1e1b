//! The one rule of who may change what: an entry of an open kind takes contributions from anybody,
//! any other only from the author of its genesis, and an erasure from nobody. It needs headers
//! alone, so it also holds where words are erased.

use crate::contribution::{Record, Subject};
use crate::id::Author;
use crate::kind::Kind;

/// Why a contribution is against the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The entry belongs to its author.
    #[error("only its author may change this entry")]
    NotTheAuthor,
    /// An erasure stands as it is.
    #[error("an erasure cannot be changed")]
    Erasure,
}

/// Whether a contribution may be part of the entry that this genesis began. A genesis always may.
pub fn allows(genesis: &Genesis, contribution: &Record) -> Result<(), PolicyError> {
    if matches!(contribution.header.subject, Subject::Genesis(_)) {
        return Ok(());
    }
    allows_author(genesis, &contribution.header.author)
}

/// Whether this author may change the entry that this genesis began.
pub fn allows_author(genesis: &Genesis, author: &Author) -> Result<(), PolicyError> {
    match &genesis.kind {
        Kind::Erasure => Err(PolicyError::Erasure),
        kind if kind.is_open() || genesis.author == *author => Ok(()),
        _ => Err(PolicyError::NotTheAuthor),
    }
}

/// What the policy needs to know of an entry's first contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// What kind of entry it began.
    pub kind: Kind,
    /// Who began it.
    pub author: Author,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_holds_for_every_kind() {
        let (owner, other) = (Author([1; 32]), Author([2; 32]));
        for kind in Kind::KNOWN {
            let genesis = Genesis { kind: kind.clone(), author: owner };
            let open = kind.is_open();
            let erasure = kind == Kind::Erasure;
            assert_eq!(allows_author(&genesis, &owner).is_ok(), !erasure, "{kind:?}");
            assert_eq!(allows_author(&genesis, &other).is_ok(), open, "{kind:?}");
        }
    }
}
