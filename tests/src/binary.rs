//! Which `commons` is tested: the one that `tests/run` built, or, when a suite is run by hand, one
//! that cargo brings up to date first.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The environment variable that names the binary to test.
pub const COMMONS_BINARY: &str = "COMMONS_TESTS_BINARY";

/// The `commons` to test, of the same build profile as the caller.
pub fn commons() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| match std::env::var_os(COMMONS_BINARY) {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

/// Cargo's target directory, for what suites install and keep beside what is built.
pub fn target_directory() -> PathBuf {
    profile_directory().parent().expect("a profile has a directory of its own").to_owned()
}

/// Brings the binary up to date, in the caller's build profile.
fn build() -> PathBuf {
    let profile = profile_directory();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // As a workspace: alone its dependencies have other features, and are all built once more.
    cargo.args(["build", "--quiet", "--workspace", "--bin", "commons"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().expect("cargo runs").success(), "cargo could not build commons");
    profile.join("commons")
}

/// `target/debug` or `target/release`: where the caller's executable is, or one above it.
fn profile_directory() -> PathBuf {
    let here = std::env::current_exe().expect("an executable knows where it is");
    let directory = here.parent().expect("an executable is in a directory");
    match directory.parent() {
        Some(above) if directory.ends_with("deps") => above.to_owned(),
        _ => directory.to_owned(),
    }
}
