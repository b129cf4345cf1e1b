//! Medians, and the lines of JSON in which the benchmark speaks.

use std::io::Write;
use std::time::Duration;

use serde_json::{Value, json};

/// Prints a measurement.
pub(crate) fn print(line: &Value) {
    // If nobody reads any more, nothing is left to do.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Says something to whoever watches, aside from the measurements.
pub(crate) fn say(text: &str) {
    // As above.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Milliseconds at the median, the 99th of a hundred, and the extremes.
///
/// # Panics
/// If there are none.
pub(crate) fn spread(mut times: Vec<Duration>) -> Value {
    assert!(!times.is_empty(), "something was measured");
    times.sort_unstable();
    let at = |share: usize| milliseconds(times[(times.len() - 1) * share / 100]);
    json!({
        "times": times.len(),
        "min_ms": at(0),
        "p50_ms": at(50),
        "p99_ms": at(99),
        "max_ms": at(100),
    })
}

/// Seconds, to the millisecond.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

/// Microseconds for each of so many, to a tenth.
pub(crate) fn microseconds_each(time: Duration, count: usize) -> f64 {
    (time.as_secs_f64() * 1e7 / count as f64).round() / 10.0
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 1e2
}
