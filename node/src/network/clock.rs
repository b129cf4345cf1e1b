//! Whether the machine slept, or this process stood still: told from two clocks, of which only one
//! runs on while the machine sleeps. Pure: the caller reads them.

use std::time::{Duration, Instant, SystemTime};

/// How much later than expected a look must come.
const GAP: Duration = Duration::from_secs(5);

/// What a look at the clocks shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// Nothing, or too little to matter.
    None,
    /// This process was not run for a while; the network stack was.
    Stopped,
    /// The machine slept: peers have long hung up and nothing told us.
    Slept,
}

/// The clocks at the last look.
#[derive(Debug)]
pub(super) struct Clock {
    running: Instant,
    wall: SystemTime,
}

impl Clock {
    pub(super) fn new(running: Instant, wall: SystemTime) -> Self {
        Self { running, wall }
    }

    /// What has happened since the last look, which should have been `expected` ago.
    pub(super) fn look(&mut self, running: Instant, wall: SystemTime, expected: Duration) -> Pause {
        let ran = running.saturating_duration_since(self.running);
        // A wall clock that was set back tells nothing.
        let passed = wall.duration_since(self.wall).unwrap_or(ran);
        *self = Self { running, wall };
        if passed > ran + GAP {
            Pause::Slept
        } else if ran > expected + GAP {
            Pause::Stopped
        } else {
            Pause::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_a_stop_and_a_wall_clock_set_back_are_told_apart() {
        let second = Duration::from_secs(1);
        let (mut running, mut wall) = (Instant::now(), SystemTime::UNIX_EPOCH + 1000 * second);
        let mut clock = Clock::new(running, wall);
        let mut after = |ran: Duration, passed: i32| {
            running += ran;
            wall = match u32::try_from(passed) {
                Ok(seconds) => wall + seconds * second,
                Err(_) => wall - passed.unsigned_abs() * second,
            };
            clock.look(running, wall, second)
        };
        assert_eq!(after(second, 1), Pause::None);
        assert_eq!(after(3 * second, 3), Pause::None);
        assert_eq!(after(60 * second, 60), Pause::Stopped);
        assert_eq!(after(second, 600), Pause::Slept);
        assert_eq!(after(second, -500), Pause::None);
        assert_eq!(after(second, 1), Pause::None);
    }
}
