//! Verification of every row of the log, and making the view again.

use commons_proto::id::ContributionId;

use super::{Result, Store};

/// What [`Store::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many contributions were checked.
    pub checked: u64,
    /// Those that are not what their hashes and signatures say.
    pub damaged: Vec<Damaged>,
    /// What SQLite's own check of the file found, a line each.
    pub file: Vec<String>,
    /// Whether the view was made again.
    pub rebuilt: bool,
    /// How many derived rows were missing, too many or different before.
    pub changed: u64,
}

/// A damaged contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// Its position in the log.
    pub seq: u64,
    /// Its id, as the row says.
    pub id: ContributionId,
    /// What is wrong.
    pub reason: String,
}

impl Store {
    /// Checks every header, payload and signature on all cores, and the view against the log; makes
    /// the view again where they differ. `progress` hears how many of how many are checked.
    pub fn verify(&mut self, progress: impl FnMut(u64, u64)) -> Result<VerifyReport> {
        unimplemented!()
    }

    /// Makes everything derived again from the log. Gives how many rows were different before.
    pub fn rebuild(&mut self) -> Result<u64> {
        unimplemented!()
    }
}
