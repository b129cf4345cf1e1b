//! What one peer was, and will be, asked for: chunks of ids, several in flight, sized by what this
//! peer's contributions weigh, so that about a megabyte is on its way.

use std::collections::{BTreeMap, VecDeque};

use super::Moment;
use super::walk::WANTED;
use crate::id::ContributionId;
use crate::wire::WANTED_IDS;

/// The contributions that one peer is asked for.
#[derive(Debug)]
pub(super) struct Taking {
    /// Still to be asked for.
    wanted: VecDeque<Wanted>,
    /// Asked for and not delivered.
    asked: BTreeMap<ContributionId, Asked>,
    /// When each chunk was asked for, and how many of it are outstanding.
    chunks: BTreeMap<u64, (Moment, usize)>,
    next_chunk: u64,
    /// Bytes that a contribution of this peer has on average.
    average: usize,
    /// Contributions that may yet come though they are no longer awaited: late ones, and erasures
    /// that go before what they erased.
    tolerated: usize,
    is_bulk: bool,
}

#[derive(Debug, Clone, Copy)]
struct Wanted {
    id: ContributionId,
    is_promised: bool,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    chunk: u64,
    is_promised: bool,
}

/// How a contribution that came relates to what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It was asked for.
    Asked,
    /// It was not, or no longer.
    Extra,
}

impl Taking {
    pub(super) fn new() -> Self {
        Self {
            wanted: VecDeque::new(),
            asked: BTreeMap::new(),
            chunks: BTreeMap::new(),
            next_chunk: 0,
            average: FIRST_GUESS,
            tolerated: 0,
            is_bulk: false,
        }
    }

    /// What the peer has listed, in the order of its log.
    pub(super) fn want(&mut self, ids: impl IntoIterator<Item = ContributionId>) {
        self.wanted.extend(ids.into_iter().map(|id| Wanted { id, is_promised: true }));
        self.wanted.truncate(WANTED);
        self.is_bulk |= self.wanted.len() > BULK;
    }

    /// What the peer offers of its own accord. What is too much is left to the next comparison.
    pub(super) fn offered(&mut self, ids: impl IntoIterator<Item = ContributionId>) {
        if self.wanted.len() < OFFERED {
            self.want(ids);
        }
    }

    /// What is needed before anything else, though the peer may not hold it.
    pub(super) fn want_first(&mut self, ids: impl IntoIterator<Item = ContributionId>) {
        for id in ids {
            self.wanted.push_front(Wanted { id, is_promised: false });
        }
        self.wanted.truncate(WANTED);
    }

    /// The next chunk to ask for, if one may be in flight. `is_needed` leaves out what has come
    /// from elsewhere or is on its way.
    pub(super) fn next_chunk(
        &mut self,
        now: Moment,
        mut is_needed: impl FnMut(&ContributionId) -> bool,
    ) -> Vec<ContributionId> {
        let mut ids = Vec::new();
        if self.chunks.len() >= CHUNKS {
            return ids;
        }
        let size = (CHUNK_BYTES / self.average.max(1)).clamp(CHUNK_LEAST, WANTED_IDS);
        while let Some(Wanted { id, is_promised }) = self.wanted.pop_front() {
            if !self.asked.contains_key(&id) && is_needed(&id) {
                self.asked.insert(id, Asked { chunk: self.next_chunk, is_promised });
                ids.push(id);
                if ids.len() == size {
                    break;
                }
            }
        }
        if !ids.is_empty() {
            self.chunks.insert(self.next_chunk, (now, ids.len()));
            self.next_chunk += 1;
            self.tolerate(ids.len());
        }
        ids
    }

    /// A contribution came.
    pub(super) fn delivered(&mut self, id: &ContributionId, bytes: usize) -> Delivery {
        self.average = (7 * self.average + bytes) / 8;
        match self.asked.remove(id) {
            Some(asked) => {
                self.one_less(asked.chunk);
                Delivery::Asked
            }
            None => Delivery::Extra,
        }
    }

    /// Whether something that was not asked for is put up with: so much is, as there are late
    /// answers, and erasures go before what they erased.
    pub(super) fn tolerates(&mut self) -> bool {
        let tolerates = self.tolerated > 0;
        self.tolerated = self.tolerated.saturating_sub(1);
        tolerates
    }

    /// The peer does not hold what it was asked for. Whether it had said that it does; nothing if
    /// it was not asked.
    pub(super) fn missing(&mut self, id: &ContributionId) -> Option<bool> {
        let asked = self.asked.remove(id)?;
        self.one_less(asked.chunk);
        Some(asked.is_promised)
    }

    /// When the oldest chunk in flight was asked for.
    pub(super) fn oldest(&self) -> Option<Moment> {
        self.chunks.first_key_value().map(|(_, (since, _))| *since)
    }

    /// Starts the time of what is in flight anew.
    pub(super) fn renew(&mut self, now: Moment) {
        self.chunks.values_mut().for_each(|(since, _)| *since = now);
    }

    /// Whether it is within its bounds.
    pub(super) fn is_bounded(&self) -> bool {
        self.wanted.len() <= WANTED
            && self.asked.len() <= CHUNKS * WANTED_IDS
            && self.chunks.len() <= CHUNKS
            && self.tolerated <= TOLERATED
    }

    /// How many are wanted or asked for.
    pub(super) fn remaining(&self) -> usize {
        self.wanted.len() + self.asked.len()
    }

    /// Whether there is much to take, so that others go first.
    pub(super) fn is_bulk(&self) -> bool {
        self.is_bulk
    }

    /// Forgets what was a lot, once it is taken.
    pub(super) fn settle(&mut self) {
        self.is_bulk &= self.remaining() > 0;
    }

    /// Gives everything up. What was in flight, which may yet come.
    pub(super) fn give_up(&mut self) -> Vec<ContributionId> {
        self.wanted.clear();
        self.chunks.clear();
        self.is_bulk = false;
        let asked: Vec<_> = std::mem::take(&mut self.asked).into_keys().collect();
        self.tolerate(asked.len());
        asked
    }

    fn tolerate(&mut self, more: usize) {
        self.tolerated = (self.tolerated + more).min(TOLERATED);
    }

    fn one_less(&mut self, chunk: u64) {
        if let Some((_, outstanding)) = self.chunks.get_mut(&chunk) {
            *outstanding -= 1;
            if *outstanding == 0 {
                self.chunks.remove(&chunk);
            }
        }
    }
}

/// Chunks in flight: the peer reads one while others travel and are checked.
const CHUNKS: usize = 8;

/// Bytes that a chunk should have: with [`CHUNKS`] a megabyte in flight, which a slow Wi-Fi carries
/// in some seconds.
const CHUNK_BYTES: usize = 128 * 1024;

/// Contributions in a chunk, at least: two of the largest fill it.
const CHUNK_LEAST: usize = 2;

/// Bytes of a contribution before any came: an idea of some sentences.
const FIRST_GUESS: usize = 1024;

/// Contributions that may come unasked: twice what is in flight.
const TOLERATED: usize = 2 * CHUNKS * WANTED_IDS;

/// Contributions that wait to be asked for, beyond which offers are not listened to.
const OFFERED: usize = 16_384;

/// Contributions beyond which a peer's deliveries are catching up rather than live.
const BULK: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> ContributionId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_be_bytes());
        ContributionId(id)
    }

    #[test]
    fn so_many_chunks_are_in_flight_and_no_more() {
        let mut taking = Taking::new();
        taking.want((0..10_000).map(id));
        let mut asked = 0;
        for _ in 0..CHUNKS {
            asked += taking.next_chunk(Moment(5), |_| true).len();
        }
        assert_eq!(asked, CHUNKS * CHUNK_BYTES / FIRST_GUESS);
        assert!(taking.next_chunk(Moment(6), |_| true).is_empty());
        assert_eq!(taking.remaining(), 10_000);
        assert_eq!(taking.oldest(), Some(Moment(5)));
    }

    #[test]
    fn chunks_are_as_large_as_contributions_are_small() {
        let mut taking = Taking::new();
        taking.want((0..10_000).map(id));
        let first = taking.next_chunk(Moment(0), |_| true);
        assert!(first.iter().all(|id| taking.delivered(id, 60_000) == Delivery::Asked));
        assert_eq!(taking.next_chunk(Moment(0), |_| true).len(), CHUNK_LEAST);
    }

    #[test]
    fn what_is_asked_for_is_delivered_or_missing_once() {
        let mut taking = Taking::new();
        taking.want([id(1), id(2)]);
        taking.want_first([id(3)]);
        assert_eq!(taking.next_chunk(Moment(0), |id_| *id_ != id(2)), [id(3), id(1)]);
        assert_eq!(taking.delivered(&id(1), 400), Delivery::Asked);
        assert_eq!(taking.delivered(&id(1), 400), Delivery::Extra);
        assert_eq!((taking.missing(&id(3)), taking.missing(&id(3))), (Some(false), None));
        assert_eq!((taking.oldest(), taking.remaining()), (None, 0));
    }

    #[test]
    fn what_comes_unasked_is_put_up_with_for_a_while() {
        let mut taking = Taking::new();
        assert!(!taking.tolerates(), "nothing was asked for yet");
        taking.want([id(1), id(2)]);
        taking.next_chunk(Moment(0), |_| true);
        assert_eq!(taking.give_up().len(), 2);
        assert_eq!((0..9).filter(|_| taking.tolerates()).count(), 4);
    }
}
