//! A network of our own, so that what crosses the loopback interface is what the nodes said to
//! each other and nothing else.

use std::process::{Command, ExitCode};

/// Set in the run inside the network namespace.
const INSIDE: &str = "COMMONS_BENCH_INSIDE";

/// Runs this program again in a network namespace of its own with the same arguments, and gives
/// how that ended; none if it is inside already or no namespace is to be had.
pub(crate) fn again_in_own_network(words: &[String]) -> Option<ExitCode> {
    if is_own() {
        return None;
    }
    for options in ["-n", "-Urn"] {
        let up = ["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
        let inside = || {
            let mut command = Command::new("unshare");
            command.arg(options).args(up);
            command
        };
        let works = inside().arg("true").output().is_ok_and(|done| done.status.success());
        if works && let Ok(program) = std::env::current_exe() {
            let status = inside().arg(program).args(words).env(INSIDE, "1").status().ok()?;
            return Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    None
}

/// Whether the loopback interface is ours alone.
pub(crate) fn is_own() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Bytes that crossed the loopback interface so far, headers included, in both directions.
///
/// # Panics
/// If the system does not tell.
pub(crate) fn bytes() -> u64 {
    let table = std::fs::read_to_string("/proc/net/dev").expect("Linux tells of its interfaces");
    let line = table.lines().find_map(|line| line.trim().strip_prefix("lo:"));
    let received = line.and_then(|line| line.split_whitespace().next());
    received.and_then(|number| number.parse().ok()).expect("the first column is bytes received")
}
