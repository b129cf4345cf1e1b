//! The door.

use commons_proto::contribution::Verified;
use commons_proto::replica::Outcome;

use super::{Result, Source, Store};

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
