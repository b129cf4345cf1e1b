//! The table of named timers, and the one deadline that comes out of it.

use std::collections::BTreeMap;

use super::{Moment, Peer};

/// What a time is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Telling all peers what is held.
    Status,
    /// Telling the store what others hold.
    Elsewhere,
    /// Comparing with a peer that still differs though nothing changes.
    Quiet,
    /// Comparing with a random peer.
    Interval,
    /// Comparing with another peer, as one takes long.
    Patience,
    /// Dropping what waited too long.
    Sweep,
    /// A peer's answer.
    Session(Peer),
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeMap<Timer, Moment>);

impl Timers {
    /// Sets a timer, or clears it.
    pub(super) fn set(&mut self, timer: Timer, at: impl Into<Option<Moment>>) {
        match at.into() {
            Some(at) => self.0.insert(timer, at),
            None => self.0.remove(&timer),
        };
    }

    /// Sets a timer unless it is set already.
    pub(super) fn start(&mut self, timer: Timer, at: Moment) {
        self.0.entry(timer).or_insert(at);
    }

    /// When the next one is due.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.0.values().min().copied()
    }

    /// Takes out those that are due, with the time at which they were.
    pub(super) fn due(&mut self, now: Moment) -> Vec<(Timer, Moment)> {
        let due: Vec<_> =
            self.0.iter().filter(|(_, at)| **at <= now).map(|(timer, at)| (*timer, *at)).collect();
        self.0.retain(|_, at| *at > now);
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_that_of_the_earliest() {
        let mut timers = Timers::default();
        assert_eq!(timers.deadline(), None);
        timers.set(Timer::Status, Moment(20));
        timers.set(Timer::Quiet, Moment(10));
        timers.start(Timer::Quiet, Moment(30));
        assert_eq!(timers.deadline(), Some(Moment(10)));
        assert_eq!(timers.due(Moment(9)), []);
        assert_eq!(timers.due(Moment(10)), [(Timer::Quiet, Moment(10))]);
        timers.set(Timer::Status, None);
        assert_eq!(timers.deadline(), None);
    }
}
