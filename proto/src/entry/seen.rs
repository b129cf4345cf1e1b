//! Which contributions of a history a version has seen, as a set of their places: a bit for each.

/// A set of places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Seen(Vec<u64>);

impl Seen {
    /// None of so many places.
    pub(super) fn none(places: usize) -> Self {
        Self(vec![0; places.div_ceil(64)])
    }

    /// All of so many places.
    pub(super) fn all(places: usize) -> Self {
        let mut all = Self::none(places);
        (0..places).for_each(|place| all.insert(place));
        all
    }

    /// Adds a place.
    pub(super) fn insert(&mut self, place: usize) {
        self.0[place / 64] |= 1 << (place % 64);
    }

    /// Whether it has this place.
    pub(super) fn contains(&self, place: usize) -> bool {
        self.0[place / 64] & 1 << (place % 64) != 0
    }

    /// Adds the places of another one.
    pub(super) fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, others)| *mine |= others);
    }

    /// Whether another one has all its places.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, others)| mine & !others == 0)
    }

    /// How many places.
    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }
}
