//! Verification on all cores of what strangers sent. Signatures are checked one by one, so that
//! every node gives the same verdict on each; the authors' keys are admitted once and kept.

use std::collections::HashMap;
use std::sync::Mutex;

use commons_proto::author::{AdmittedAuthor, AuthorError};
use commons_proto::contribution::{Refusal, Verified};
use commons_proto::id::{Author, CommonsId, ContributionId};
use commons_proto::wire::Unchecked;
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
    pub fn check(&self, contributions: &[Unchecked]) -> Vec<Verdict> {
        match contributions {
            [one] => vec![self.check_one(one)],
            many => many.par_iter().map(|one| self.check_one(one)).collect(),
        }
    }

    /// The verdict on one contribution.
    pub fn check_one(&self, contribution: &Unchecked) -> Verdict {
        contribution
            .check(&self.commons, |author| self.admit(*author))
            .map_err(|refusal| (contribution.id(), refusal))
    }

    fn admit(&self, author: Author) -> Result<AdmittedAuthor, AuthorError> {
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
