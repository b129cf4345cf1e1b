//! How a test that cannot run on this machine says so: loudly, and into the list from which
//! `tests/run` counts it as skipped and not as passed.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;

/// The file to which skipped tests are added, a line each; `tests/run` sets it.
pub const SKIPPED_FILE: &str = "COMMONS_TESTS_SKIPPED";

/// Set to make a test fail rather than skip, where everything must run.
pub const REQUIRE_ALL: &str = "COMMONS_TESTS_REQUIRE_ALL";

/// Says that the calling test is skipped, and why. The test returns after it.
///
/// # Panics
/// If [`REQUIRE_ALL`] is set.
#[track_caller]
pub fn skip(why: &str) {
    let line = format!("SKIPPED {}: {why}\n", Location::caller());
    // Written to the stream itself: the test runner would keep back what `eprintln!` says.
    // A closed stream is no reason to fail.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os(SKIPPED_FILE) {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the list of skipped tests can be written");
        file.write_all(line.as_bytes()).expect("the list of skipped tests can be written");
    }
    assert!(std::env::var_os(REQUIRE_ALL).is_none(), "everything must run here: {line}");
}
