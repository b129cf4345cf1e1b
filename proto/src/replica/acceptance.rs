//! What is verified and waits for the store, in two lanes. What was written just now goes to the
//! store at once, and together with what came meanwhile if the store is busy with the one before;
//! what is caught up with goes in large batches, in the order in which it was asked for.

use std::collections::BTreeMap;

use super::{Lane, Origin};
use crate::contribution::Verified;

/// The two lanes.
#[derive(Debug, Default)]
pub(super) struct Acceptance {
    live: Vec<Verified>,
    /// Live batches with the store.
    live_out: usize,
    /// Checks of the bulk lane by their number: their result, once there is one.
    checks: BTreeMap<u64, Option<Vec<Verified>>>,
    /// Results of which all earlier ones are there.
    bulk: Vec<Verified>,
    /// Bulk batches with the store.
    bulk_out: usize,
}

impl Acceptance {
    /// A check begins. Later ones of the bulk lane wait for its result.
    pub(super) fn begin(&mut self, origin: Origin) {
        if origin.lane == Lane::Bulk {
            self.checks.insert(origin.ticket, None);
        }
    }

    /// A check has ended with these.
    pub(super) fn checked(&mut self, origin: Origin, verified: Vec<Verified>) {
        match self.checks.get_mut(&origin.ticket) {
            Some(result) if origin.lane == Lane::Bulk => *result = Some(verified),
            _ => self.live.extend(verified),
        }
        while let Some(first) = self.checks.first_entry() {
            let Some(verified) = first.get().is_some().then(|| first.remove()).flatten() else {
                break;
            };
            self.bulk.extend(verified);
        }
    }

    /// Something is ready that need not be checked again.
    pub(super) fn again(&mut self, verified: Verified) {
        self.live.push(verified);
    }

    /// The next batch for the store, if it should get one now.
    pub(super) fn next_batch(&mut self) -> Option<(Lane, Vec<Verified>)> {
        if !self.live.is_empty() && self.live_out == 0 {
            self.live_out += 1;
            return Some((Lane::Live, take(&mut self.live)));
        }
        let worthwhile = match self.bulk_out {
            0 => 1,
            1 => BATCH / 2,
            _ => return None,
        };
        (self.bulk.len() >= worthwhile).then(|| {
            self.bulk_out += 1;
            (Lane::Bulk, take(&mut self.bulk))
        })
    }

    /// Whether the store has no more batches than it should.
    pub(super) fn is_bounded(&self) -> bool {
        self.live_out <= 1 && self.bulk_out <= 2
    }

    /// Whether the bulk lane is empty.
    pub(super) fn is_bulk_done(&self) -> bool {
        self.checks.is_empty() && self.bulk.is_empty() && self.bulk_out == 0
    }

    /// The store is done with a batch.
    pub(super) fn accepted(&mut self, lane: Lane) {
        let out = match lane {
            Lane::Live => &mut self.live_out,
            Lane::Bulk => &mut self.bulk_out,
        };
        *out = out.saturating_sub(1);
    }
}

fn take(lane: &mut Vec<Verified>) -> Vec<Verified> {
    let rest = lane.split_off(lane.len().min(BATCH));
    std::mem::replace(lane, rest)
}

/// Contributions in one transaction: by a thousand its fixed cost no longer shows.
const BATCH: usize = 1024;
