//! Other people's programs that suites try ours with: installed beside what cargo builds, once for
//! each list of packages. A suite whose programs cannot be had skips its tests.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary;

/// Where a suite keeps something that it installs: in the target directory, so that it is there the
/// next time.
pub fn place(suite: &str, name: &str) -> PathBuf {
    binary::target_directory().join(suite).join(name)
}

/// Does this work unless it was done for this very list of packages; one process at a time.
///
/// # Errors
/// What went wrong, in a sentence.
pub fn once(
    place: &Path,
    list: &Path,
    work: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let io = |error: std::io::Error| format!("{}: {error}", place.display());
    let wanted = fs::read_to_string(list).map_err(io)?;
    fs::create_dir_all(place.parent().unwrap_or(place)).map_err(io)?;
    let lock = File::create(place.with_extension("lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    let done = place.with_extension("done");
    if fs::read_to_string(&done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(&done, wanted).map_err(io)
}

/// Installs the packages of this `package.json` with npm, once.
///
/// # Errors
/// What went wrong, in a sentence.
pub fn node_packages(place: &Path, list: &Path) -> Result<(), String> {
    once(place, list, || {
        run(Command::new("node").arg("--version"))?;
        fs::create_dir_all(place).map_err(|error| error.to_string())?;
        fs::copy(list, place.join("package.json")).map_err(|error| error.to_string())?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]);
        run(install.current_dir(place))
    })
}

/// Runs a step of an installation.
///
/// # Errors
/// The last line that it said, if it fails.
pub fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|error| format!("{name} cannot be run: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    Err(format!("its tools cannot be installed: {name}: {last}"))
}
