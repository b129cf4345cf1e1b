//! What one peer asked for and has not been sent: a short queue, two of which are with the driver.

use std::collections::VecDeque;

use crate::id::ContributionId;

/// A peer's queue.
#[derive(Debug, Default)]
pub(super) struct Serving {
    waiting: VecDeque<Vec<ContributionId>>,
    with_driver: usize,
}

impl Serving {
    /// The peer asks for these. Whether they fit in the queue.
    pub(super) fn ask(&mut self, ids: Vec<ContributionId>) -> bool {
        if self.waiting.len() >= QUEUE {
            return false;
        }
        self.waiting.push_back(ids);
        true
    }

    /// The next ones to send, if the driver may have more.
    pub(super) fn next(&mut self) -> Option<Vec<ContributionId>> {
        if self.with_driver >= WITH_DRIVER {
            return None;
        }
        let ids = self.waiting.pop_front()?;
        self.with_driver += 1;
        Some(ids)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether no more waits than should.
    pub(super) fn is_bounded(&self) -> bool {
        self.waiting.len() <= QUEUE && self.with_driver <= WITH_DRIVER
    }

    /// The driver has sent some.
    pub(super) fn served(&mut self) {
        self.with_driver = self.with_driver.saturating_sub(1);
    }
}

/// Requests that wait: four times what our own side has in flight.
const QUEUE: usize = 32;

/// Requests with the driver: it reads one from the log while the other is on its way out.
const WITH_DRIVER: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_bounded_and_the_driver_gets_two_at_a_time() {
        let mut serving = Serving::default();
        assert_eq!((0..99).filter(|_| serving.ask(Vec::new())).count(), QUEUE);
        assert_eq!((0..9).filter(|_| serving.next().is_some()).count(), WITH_DRIVER);
        serving.served();
        assert_eq!((0..9).filter(|_| serving.next().is_some()).count(), 1);
    }
}
