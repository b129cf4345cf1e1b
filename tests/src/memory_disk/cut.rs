//! Which unsynced writes survive the end of the power. Chance is seeded: the same seed leaves the
//! same of the same writes.

use std::ops::Range;

/// How everything ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The process is killed and the system goes on: all that was written stays.
    Process,
    /// The power fails, and nothing stays but what was synced.
    Synced,
    /// The power fails, and of what was not synced some stays, as this seed decides: which sectors
    /// of each write (of 512 or of 4,096 bytes: so writes are torn), in which order the disk got to
    /// them (as they were written, or any), which truncations and names; and whether a sector that
    /// a file grew over without its write holds zeros or rubbish.
    Seeded(u64),
}

/// A way in which disks get to what they were given.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Nothing.
    None,
    /// All up to one write, which may be torn, and nothing after it.
    UpTo(u64),
    /// All but pieces of one write.
    AllBut(u64),
    /// Each piece for itself, so many of 8.
    Any(u64),
}

/// The decision on each write.
pub(super) struct Survivors {
    chance: Chance,
    way: Way,
    sector: usize,
    rubbish: bool,
}

impl Survivors {
    /// Without a seed nothing survives. The orders are those of all unsynced writes.
    pub(super) fn new(seed: Option<u64>, mut orders: Vec<u64>) -> Self {
        orders.sort_unstable();
        let mut chance = Chance(seed.unwrap_or_default());
        let sector = [512, 4096][chance.below(2)];
        let rubbish = chance.below(2) == 1;
        let mut one = || orders.get(chance.below(orders.len().max(1))).copied().unwrap_or(0);
        let (first, second) = (one(), one());
        let way = match (seed, chance.below(4)) {
            (None, _) => Way::None,
            (_, 0) => Way::UpTo(first),
            (_, 1) => Way::AllBut(second),
            _ => Way::Any(1 + chance.below(7) as u64),
        };
        Self { chance, way, sector, rubbish }
    }

    /// How many of so many changes of names survive, the first ones.
    pub(super) fn of_names(&mut self, changes: usize) -> usize {
        match self.way {
            Way::None => 0,
            _ => self.chance.below(changes + 1),
        }
    }

    /// Whether a piece of this write survives.
    pub(super) fn survives(&mut self, order: u64) -> bool {
        match self.way {
            Way::None => false,
            Way::UpTo(last) => order < last || order == last && self.chance.below(2) == 1,
            Way::AllBut(one) => order != one || self.chance.below(2) == 1,
            Way::Any(eighths) => (self.chance.below(8) as u64) < eighths,
        }
    }

    /// Where the sector ends that this byte is in.
    pub(super) fn sector_end(&self, at: usize) -> usize {
        (at / self.sector + 1) * self.sector
    }

    /// What a file holds where it grew and nothing was written.
    pub(super) fn fill(&mut self, content: &mut Vec<u8>, hole: Range<usize>) {
        let rubbish = self.rubbish;
        content.resize_with(hole.end, || match rubbish {
            true => self.chance.below(256) as u8,
            false => 0,
        });
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed % bound as u64) as usize
    }
}
