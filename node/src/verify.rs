//! Verification on all cores of what strangers sent. Signatures are checked one by one, so that
//! every node gives the same verdict on each; the authors' keys are admitted once and kept.

use std::collections::HashMap;
use std::sync::Mutex;

use commons_proto::author::AdmittedAuthor;
use commons_proto::contribution::{Contribution, Refusal, Verified};
use commons_proto::id::{Author, CommonsId, ContributionId};
use rayon::prelude::*;

/// How many admitted authors are kept: more than a commons has, in under a MiB. When there are
/// more, all are forgotten and admitted again as they come.
const ADMITTED_AUTHORS: usize = 4096;

/// Verifies contributions for one commons.
pub struct Verifier {
    commons: CommonsId,
    admitted: Mutex<HashMap<Author, AdmittedAuthor>>,
}

/// A verified contribution, or the id that a refused one claimed, and why it was refused.
pub type Verdict = Result<Verified, (ContributionId, Refusal)>;

impl Verifier {
    /// A verifier that has admitted nobody yet.
    pub fn new(commons: CommonsId) -> Self {
        Self { commons, admitted: Mutex::default() }
    }

    /// The verdict on each contribution, in their order.
    pub fn verify_batch(&self, contributions: Vec<Contribution>) -> Vec<Verdict> {
        if contributions.len() == 1 {
            return contributions.into_iter().map(|one| self.verify(one)).collect();
        }
        contributions.into_par_iter().map(|one| self.verify(one)).collect()
    }

    /// The verdict on one contribution.
    pub fn verify(&self, contribution: Contribution) -> Verdict {
        let id = contribution.id();
        let admitted = self.admit(contribution.header().author).map_err(|refusal| (id, refusal))?;
        contribution.verify(&self.commons, &admitted).map_err(|refusal| (id, refusal))
    }

    fn admit(&self, author: Author) -> Result<AdmittedAuthor, Refusal> {
        if let Some(admitted) = self.lock().get(&author) {
            return Ok(admitted.clone());
        }
        let admitted = author.admit()?;
        let mut all = self.lock();
        if all.len() >= ADMITTED_AUTHORS {
            all.clear();
        }
        all.insert(author, admitted.clone());
        Ok(admitted)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Author, AdmittedAuthor>> {
        self.admitted.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
