//! `service`: what is written for the manager of services, and what it is asked to do. The manager is
//! a small script in its place, which notes what it is called with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use commons_tests::{Person, skip};
use tempfile::TempDir;

/// Managers of services that note what they are asked.
struct Managers {
    directory: TempDir,
}

impl Managers {
    /// Managers that do this, in the language of `sh`.
    fn that(script: &str) -> Self {
        let directory = TempDir::with_prefix("commons-managers-").expect("a temporary directory");
        let asked = directory.path().join("asked");
        for name in ["systemctl", "launchctl"] {
            let path = directory.path().join(name);
            let text = format!("#!/bin/sh\necho {name} \"$@\" >> {}\n{script}\n", asked.display());
            fs::write(&path, text).expect("there is room");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        Self { directory }
    }

    /// Somebody whose managers these are. Their home has a blank and signs in its name.
    fn person(&self, name: &str) -> Person {
        let person = Person::new(name);
        let home =
            person.home().parent().expect("a home is in a directory").join("a home, 100 %h $x");
        let path = format!("{}:/usr/bin:/bin", self.directory.path().display());
        let person = person.with_variable("PATH", &path).with_home(&home);
        person.with_variable("COMMONS_HOME", home.to_str().expect("it is made of letters"))
    }

    /// What they were asked since the last time.
    fn asked(&self) -> Vec<String> {
        let file = self.directory.path().join("asked");
        let asked = fs::read_to_string(&file).unwrap_or_default();
        // There may be none.
        let _ = fs::remove_file(&file);
        asked.lines().map(str::to_owned).collect()
    }
}

/// The one file with this ending under the person's own directory.
fn written(person: &Person, below: &str) -> Option<PathBuf> {
    let directory = person.home().parent()?.join(below);
    let mut found = fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path());
    let one = found.next();
    assert_eq!(found.next(), None, "one unit for one home");
    one
}

const UNITS: &str = ".config/systemd/user";
const AGENTS: &str = "Library/LaunchAgents";

#[test]
fn a_service_is_installed_told_of_and_removed() {
    let managers = Managers::that("echo active");
    let ana = managers.person("ana");
    assert!(ana.runs(["service", "status"]).succeeded().out.contains("not installed"));
    ana.runs(["service", "install", "--", "--no-mdns"]).succeeded().explaining("enable-linger");
    let unit = written(&ana, UNITS).unwrap();
    let name = unit.file_name().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(&unit).unwrap();
    let home = "a home, 100 %%h $x\" \"--commons\" \"commons-under-test\" \"--no-mdns\"\n";
    assert!(text.contains(home), "{text}");
    assert_eq!(
        managers.asked(),
        [
            "systemctl --user daemon-reload".to_owned(),
            format!("systemctl --user enable {name}"),
            format!("systemctl --user restart {name}"),
        ]
    );
    assert!(ana.author_key().exists(), "what needs somebody is done at once");
    ana.runs(["service", "install", "--", "--no-mdns"]).succeeded().explaining("is there already");
    let status = &ana.reads(["service", "status"])[0];
    assert_eq!(status["file"], unit.to_str().unwrap());
    assert_eq!((&status["enabled"], &status["running"]), (&true.into(), &true.into()));
    managers.asked();
    ana.adds_idea("Bed sensors");
    ana.runs(["service", "remove"]).succeeded().explaining("Your home stays");
    assert_eq!(
        managers.asked(),
        [
            format!("systemctl --user disable --now {name}"),
            "systemctl --user daemon-reload".to_owned()
        ]
    );
    assert!(!unit.exists());
    assert_eq!(ana.titles(), ["Bed sensors"]);
    ana.runs(["service", "remove"]).succeeded().explaining("not installed");
}

#[test]
fn an_agent_of_launchd_is_installed_and_removed() {
    let managers = Managers::that("echo 'state = running'");
    let ana = managers.person("ana");
    ana.runs(["service", "install", "--for", "launchd"]).succeeded();
    let agent = written(&ana, AGENTS).unwrap();
    let text = fs::read_to_string(&agent).unwrap();
    assert!(text.contains("a home, 100 %h $x</string>"), "{text}");
    let asked = managers.asked();
    assert!(asked[0].starts_with("launchctl bootstrap gui/"), "{asked:?}");
    assert!(asked[0].ends_with(agent.to_str().unwrap()), "{asked:?}");
    let status = &ana.reads(["service", "status", "--for", "launchd"])[0];
    assert_eq!(status["running"], true);
    ana.runs(["service", "remove", "--for", "launchd"]).succeeded();
    assert!(!agent.exists());
}

#[test]
fn without_a_manager_it_says_what_to_do_and_with_a_failing_one_why() {
    let managers = Managers::that("echo no bus >&2; exit 1");
    let ana = managers.person("ana");
    ana.runs(["service", "install"]).failed_with(1).explaining("no bus");
    assert!(written(&ana, UNITS).is_some(), "what was written stays, to go on with");
    let status = &ana.reads(["service", "status"])[0];
    assert!(status["enabled"].is_null() && status["running"].is_null(), "{status}");
    ana.runs(["service", "remove"]).succeeded();
    assert!(written(&ana, UNITS).is_none());
    let nowhere = Person::new("ben").with_variable("PATH", "/nowhere");
    let said = nowhere.runs(["service", "install"]).succeeded();
    said.explaining("Where there is one: systemctl --user daemon-reload");
    nowhere
        .runs(["service", "install", "--", "--nonsense"])
        .failed_with(2)
        .explaining("--nonsense");
    nowhere.runs(["service"]).failed_with(2);
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let ana = Managers::that("").person("ana");
    let unit = ana.says(["service", "install", "--print"]);
    assert!(written(&ana, UNITS).is_none(), "it is only printed");
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("commons.service");
    fs::write(&path, unit).unwrap();
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["--user", "verify"]).arg(&path).env("XDG_RUNTIME_DIR", directory.path());
    let Ok(verdict) = analyze.output() else {
        skip::skip("there is no systemd-analyze here");
        return;
    };
    let said = String::from_utf8_lossy(&verdict.stderr).into_owned();
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains(file_name(&path))).collect();
    assert!(verdict.status.success() && about_it.is_empty(), "{said}");
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("it has a name of letters")
}
