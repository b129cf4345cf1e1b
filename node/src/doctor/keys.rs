//! The keys in the home, who else may read it, and what was left lying about in it.

use std::fs;
use std::io;
use std::path::Path;

use super::{Findings, Patient};
use crate::home::HomeError;

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    let home = &patient.home;
    match home.existing_author_key() {
        Ok(Some(_)) => findings.ok(CHECK, "the author key is there, and for you alone"),
        Ok(None) if patient.database.exists() => findings.problem(
            CHECK,
            "there is a database and no author key: nothing can be written",
            format!(
                "put the copy that you kept at {}, or take it out of a backup: commons restore FILE \
                 --only-key; to begin as somebody new, use another --home",
                home.author_key_file().display()
            ),
        ),
        Ok(None) => findings.note(CHECK, "there is no author key yet", "the first start makes one"),
        Err(error) => findings.problem(CHECK, &error, fix(&error)),
    }
    match home.existing_node_key() {
        Ok(_) => {}
        Err(error @ HomeError::KeyDamaged(_)) => findings.problem(
            CHECK,
            &error,
            "nothing depends on it: move it away, and another is made",
        ),
        Err(error) => findings.problem(CHECK, &error, fix(&error)),
    }
    match home.existing_api_token() {
        Ok(_) => {}
        Err(error @ HomeError::KeyDamaged(_)) => findings.problem(
            CHECK,
            &error,
            "it lets scripts in to the board: move it away, and another is made",
        ),
        Err(error) => findings.problem(CHECK, &error, fix(&error)),
    }
    open_to_others(home.directory(), 0o020, findings);
    open_to_others(&patient.database, 0o022, findings);
    leavings(home.directory(), findings);
}

fn fix(error: &HomeError) -> String {
    match error {
        HomeError::KeyUnsafe { path, .. } => {
            format!("take the permission away: chmod 600 {}", path.display())
        }
        HomeError::KeyDamaged(path) => format!("put the copy that you kept at {}", path.display()),
        HomeError::KeyUnreadable { path, .. } => {
            format!("see that it and its directory are yours: {}", path.display())
        }
        _ => "see that the home is yours to read and write".to_owned(),
    }
}

/// Says that others may write what they should not.
#[cfg(unix)]
fn open_to_others(path: &Path, bits: u32, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o777;
    if mode & bits != 0 {
        let safe = if found.is_dir() { "700" } else { "600" };
        findings.warning(
            CHECK,
            format!("others may write {} (mode {mode:03o})", path.display()),
            format!("take the permission away: chmod {safe} {}", path.display()),
        );
    }
}

#[cfg(not(unix))]
fn open_to_others(_: &Path, _: u32, _: &mut Findings) {}

/// Says that a backup or a restoring was killed and left its copies behind.
fn leavings(home: &Path, findings: &mut Findings) {
    let found: io::Result<Vec<_>> = fs::read_dir(home).and_then(Iterator::collect);
    for entry in found.unwrap_or_default() {
        let path = entry.path();
        let is_left = path.is_dir()
            && entry.file_name().to_string_lossy().starts_with(crate::backup::SCRATCH);
        if is_left {
            findings.warning(
                CHECK,
                format!("a backup or a restoring was killed and left {}", path.display()),
                format!("if none is running, remove it: rm -r {}", path.display()),
            );
        }
    }
}

const CHECK: &str = "keys";
