//! Backups, with the `age` tool and with `tar`: they open what `commons backup` writes, and what they
//! write is restored.

use std::path::Path;
use std::process::Command;

use commons_tests::skip::skip;
use commons_tests::{Person, Said};

const PASSPHRASE: &str = "lantern orbit velvet harbour";

/// Somebody whose backup tools are there.
#[track_caller]
fn person() -> Option<Person> {
    if let Err(error) = Command::new("age").arg("--version").output() {
        skip(&format!("there is no age here (of the package age): {error}"));
        return None;
    }
    Some(Person::new("ana").with_variable("COMMONS_BACKUP_PASSPHRASE", PASSPHRASE))
}

/// Runs a line of `sh` in this directory, and gives what it printed.
#[track_caller]
fn shell(directory: &Path, line: &str) -> String {
    let done = Command::new("sh").args(["-c", line]).current_dir(directory).output();
    let done = done.expect("there is a shell");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{line}: {out}{err}");
    out.into_owned()
}

#[test]
fn age_and_tar_open_a_backup() {
    let Some(ana) = person() else { return };
    ana.adds_idea("Bed sensors");
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    ana.says(["backup", &at("ana.age"), "--with-key"]);
    let open = format!("age -d -o '{}' '{}'", at("ana.tar"), at("ana.age"));
    let Some(said) = ana.at_terminal(&open, &format!("{PASSPHRASE}\n")) else { return };
    said.succeeded();
    let names = shell(directory.path(), "tar tf ana.tar");
    assert_eq!(names, "about.json\nauthor.key\ncommons-under-test.sqlite\nSHA256SUMS\n");
    let checked = shell(directory.path(), "tar xf ana.tar && sha256sum -c SHA256SUMS");
    assert_eq!(checked.matches(": OK").count(), 3, "{checked}");
    let key = std::fs::read(ana.author_key()).unwrap();
    assert!(std::fs::read(directory.path().join("author.key")).unwrap() == key);
}

#[test]
fn what_tar_and_age_packed_is_restored() {
    let Some(ana) = person() else { return };
    ana.adds_idea("Bed sensors");
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    ana.says(["backup", &at("plain.tar"), "--unencrypted"]);
    shell(
        directory.path(),
        "tar xf plain.tar && tar cf again.tar about.json commons-under-test.sqlite SHA256SUMS",
    );
    let seal = format!("age -p -o '{}' '{}'", at("again.age"), at("again.tar"));
    let Some(said) = ana.at_terminal(&seal, &format!("{PASSPHRASE}\n{PASSPHRASE}\n")) else {
        return;
    };
    said.succeeded();
    for file in ["again.tar", "again.age"] {
        let ben = Person::new("ben").with_variable("COMMONS_BACKUP_PASSPHRASE", PASSPHRASE);
        let _: Said = ben.runs(["restore", &at(file), "--yes"]).succeeded();
        assert_eq!(ben.titles(), ["Bed sensors"], "{file}");
    }
}
