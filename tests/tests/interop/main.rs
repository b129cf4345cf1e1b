//! Other people's programs: what they write is brought in, and what is taken out they can read. Each test
//! makes or reads a file with a real tool, by a small script in this folder; [`tools`] installs them.

mod api;
mod backups;
mod bundles;
mod exports;
mod importing;
mod tools;

use std::fs;

/// What is installed is what the lists say, so that a failure has one meaning everywhere.
#[test]
fn the_tools_are_those_of_the_lists() {
    let Some(python) = tools::python() else { return };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop");
    let list = fs::read_to_string(format!("{folder}/requirements.txt")).unwrap();
    let wanted: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let has =
        python.runs("packages.py", wanted.iter().map(|line| line.split("==").next().unwrap()));
    assert_eq!(has.lines().collect::<Vec<_>>(), wanted);
    let Some(node) = tools::node() else { return };
    let done = node.program("html-validate").arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&done.stdout).contains("8.29.0"), "{done:?}");
}
