//! A small generator of random numbers (SplitMix64), seeded, so that a run of the pure parts can
//! be repeated. Not for secrets.

use std::time::Duration;

/// A stream of numbers that its seed decides.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero. The bias is far below anything that matters here.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("below a usize")
    }

    /// A span between the two.
    pub(super) fn between(&mut self, [from, to]: [Duration; 2]) -> Duration {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        from + to.saturating_sub(from).mul_f64(share)
    }

    /// Takes up to `count` of the items, at random and in random order.
    pub(super) fn choose<T>(&mut self, mut items: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(items.len());
        for index in 0..count {
            let other = index + self.below(items.len() - index);
            items.swap(index, other);
        }
        items.truncate(count);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_says_the_same_and_choices_do_not_repeat() {
        let (mut one, mut two) = (Random::new(7), Random::new(7));
        let items: Vec<u32> = (0..50).collect();
        let chosen = one.choose(items.clone(), 20);
        assert_eq!(chosen, two.choose(items.clone(), 20));
        let mut sorted = chosen;
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 20);
        assert_eq!(one.choose(items, 99).len(), 50);
        let span = [Duration::from_secs(2), Duration::from_secs(3)];
        assert!((0..1000).all(|_| (span[0]..=span[1]).contains(&one.between(span))));
    }
}
