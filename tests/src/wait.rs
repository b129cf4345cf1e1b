//! Deadlines: every wait of the suites ends, with a sentence about what did not come.

use std::time::{Duration, Instant};

/// How long anything is waited for: a minute is far above what any step takes on two busy cores,
/// so only a defect reaches it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
///
/// # Panics
/// After [`PATIENCE`], with what was waited for and what was last seen.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    until_within(PATIENCE, what, look)
}

/// As [`until`], with a deadline of its own for what is slow by design.
#[track_caller]
pub fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Result<T, String>,
) -> T {
    let started = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if started.elapsed() > patience => {
                panic!("waited {patience:?} for {what}; last seen: {seen}")
            }
            Err(_) => std::thread::sleep(BETWEEN_LOOKS),
        }
    }
}

/// Between two looks at a state that sends no event: short beside a process's start, long enough
/// to leave the processors to those who are waited for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);
