//! The door.

use commons_proto::contribution::Verified;
use commons_proto::id::ContributionId;

use super::{Result, Source, Store};

/// What became of a contribution at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the log, at this position.
    New {
        /// Its position.
        seq: u64,
    },
    /// It was in the log before.
    Known,
    /// These of its parents are not here.
    MissingParents(Vec<ContributionId>),
    /// It came without its words, and no erasure by its author that names it is here.
    ErasedWithoutErasure,
    /// Against the policy, for this reason.
    Refused(&'static str),
}

impl Store {
    /// Takes a batch into the log in one transaction, and tells for each contribution in turn what
    /// became of it. Parents must be in the log or earlier in the batch. `received` is the time of
    /// receipt in seconds since 1970 UTC.
    ///
    /// When this returns, everything that is `New` is safely on disk; when it fails, nothing is.
    pub fn accept(
        &mut self,
        batch: &[Verified],
        received: u64,
        source: Source,
    ) -> Result<Vec<Outcome>> {
        unimplemented!()
    }

    /// Rewrites the file without the leavings of erased words, if there are any and the last time
    /// was long enough ago. A running node calls this now and then; [`Store::accept`] does for
    /// what is written here. True if it did something.
    pub fn scrub(&mut self) -> Result<bool> {
        unimplemented!()
    }
}
