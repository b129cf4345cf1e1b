//! Homes used twice, from a newer version, or without their key: case 22.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use commons_tests::commons::{Said, finish};
use commons_tests::{Person, binary, settled, skip};
use data_encoding::HEXLOWER;
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Runs the same verb of one person many times at once, with a number in place of `{}`.
fn all_at_once(person: &Person, times: usize, words: &[&str]) -> Vec<Said> {
    let start = |number: usize| {
        let words: Vec<String> =
            words.iter().map(|word| word.replace("{}", &number.to_string())).collect();
        let mut command = person.command(&words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        (command.spawn().expect("commons runs"), words.join(" "))
    };
    let started: Vec<_> = (0..times).map(start).collect();
    started.into_iter().map(|(child, words)| finish(child, words)).collect()
}

/// Everything that is in a directory but for what SQLite keeps beside a database and what belongs to
/// a running node: names, modes and hashes of the contents.
fn contents(directory: &Path) -> Vec<(PathBuf, u32, String)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .expect("the directory is there")
        .map(|file| file.expect("it can be read").path())
        .filter(|path| {
            let name = path.to_string_lossy();
            !["-wal", "-shm", ".lock", ".sock", ".port"].iter().any(|end| name.ends_with(end))
        })
        .map(|path| {
            let mode = fs::symlink_metadata(&path).expect("it is there").mode();
            // What is no file has no contents.
            let bytes = if path.is_file() { fs::read(&path).unwrap_or_default() } else { vec![] };
            (path, mode, HEXLOWER.encode(&Sha256::digest(bytes)))
        })
        .collect();
    found.sort();
    found
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn case_22_a_second_node_on_a_home_is_6_and_the_first_ones_process_is_told() {
    let ana = Person::new("ana");
    let node = ana.starts();
    let second = ana.tries_to_start(&[]).ends().failed_with(6);
    assert!(second.err.contains(&node.pid().to_string()), "{second}");
    let id = ana.adds_idea("One");
    node.hears_of(&id);
    node.stops();
    ana.starts().stops();
}

#[test]
fn case_22_of_nodes_that_start_at_the_same_moment_one_runs() {
    let ana = Person::new("ana");
    let nodes: Vec<_> = (0..4).map(|_| ana.tries_to_start(&[])).collect();
    let is_ready = |node: &commons_tests::Node| {
        node.hears_within(commons_tests::wait::PATIENCE, 0, "ready", |_| true).is_some()
    };
    let (running, others): (Vec<_>, Vec<_>) = nodes.into_iter().partition(is_ready);
    assert_eq!(running.len(), 1, "one runs");
    for other in others {
        other.ends().failed_with(6);
    }
    running[0].hears_of(&ana.adds_idea("One"));
}

#[test]
fn case_22_a_node_and_many_commands_at_once_lose_nothing() {
    let ana = Person::new("ana");
    let node = ana.starts();
    for said in all_at_once(&ana, 24, &["add-idea", "Idea {}"]) {
        node.hears_of(said.succeeded().out.trim());
    }
    settled(&[&ana], 24);
    ana.runs(["verify"]).succeeded();
    node.stops();
}

#[test]
fn case_22_commands_that_make_the_home_at_the_same_moment_have_one_key_and_one_database() {
    for round in 0..3 {
        let ana = Person::new(&format!("ana in round {round}"));
        let both = [&["add-idea", "Idea {}"][..], &["list", "--json"]].concat();
        let (writes, reads) = both.split_at(2);
        let readers = std::thread::scope(|scope| {
            let reads = scope.spawn(|| all_at_once(&ana, 4, reads));
            let said = all_at_once(&ana, 8, writes);
            said.into_iter().for_each(|said| drop(said.succeeded()));
            reads.join().unwrap()
        });
        readers.into_iter().for_each(|said| drop(said.succeeded()));
        let status = ana.status();
        assert_eq!((&status["contributions"], &status["authors"]), (&8.into(), &1.into()));
        let left: Vec<_> = contents(ana.home()).into_iter().map(|(path, ..)| path).collect();
        assert_eq!(left, [ana.author_key(), ana.database()], "nothing else is left");
        ana.runs(["verify"]).succeeded();
    }
}

#[test]
fn case_22_a_lock_and_a_socket_that_a_killed_node_left_stop_nobody() {
    let ana = Person::new("ana");
    let node = ana.starts();
    let pid = node.pid();
    let kept = ana.adds_idea("One");
    node.hears_of(&kept);
    node.dies();
    let lock = fs::read_to_string(ana.home().join("node.lock")).unwrap();
    assert_eq!(lock.trim(), pid.to_string(), "it is left behind");
    assert!(ana.home().join("node.sock").exists(), "so is this");
    assert_eq!(ana.status()["node"], Value::Null, "nobody is taken for a node");
    ana.adds_idea("Two");
    let node = ana.starts();
    assert_eq!(ana.status()["node"]["pid"], node.pid(), "the new one answers at the same place");
    node.hears_of(&ana.adds_idea("Three"));
    assert_eq!(ana.titles(), ["One", "Three", "Two"]);
    node.stops();
}

#[test]
fn case_22_a_home_may_be_on_any_path() {
    let directory = TempDir::with_prefix("commons-test-").unwrap();
    let long = ["a quite long name of a directory"; 9].join("/");
    let odd = OsString::from_vec(b"not \xff UTF-8".to_vec());
    let names: Vec<OsString> = vec![
        "with some spaces".into(),
        "Gemeinschaft für Ärzte 健康 🏥".into(),
        "100% sure? #1 & 'quoted' \"twice\"".into(),
        "-begins-like-an-option".into(),
        "a\u{1b}[31mred\u{202e}name\nin two lines".into(),
        long.into(),
        odd,
    ];
    for name in names {
        let home = directory.path().join(&name);
        let ana = Person::new("ana").with_home(&home);
        let node = ana.starts();
        node.hears_of(&ana.adds_idea("One"));
        assert_eq!(ana.status()["node"]["pid"], node.pid(), "{name:?}: the socket is found");
        let second = ana.tries_to_start(&[]).ends().failed_with(6);
        assert!(!second.err.contains('\u{1b}') && !second.err.contains('\u{202e}'), "{second}");
        node.stops();
        let key = fs::metadata(home.join("author.key")).unwrap().mode() & 0o777;
        assert_eq!(key, 0o600, "{name:?}");
        ana.runs(["verify"]).succeeded();
    }
}

#[test]
fn case_22_a_path_that_is_too_long_is_told_and_nothing_is_made() {
    let directory = TempDir::with_prefix("commons-test-").unwrap();
    for parts in [14, 40, 400] {
        let deep = vec!["a quite long name of a directory"; parts].join("/");
        let ana = Person::new("ana").with_home(&directory.path().join(deep));
        for words in [vec!["add-idea", "One"], vec!["list"]] {
            ana.runs(&words).failed_with(2).explaining("too long").explaining("--home");
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}

#[test]
fn case_22_a_newer_database_is_9_and_nothing_is_touched() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("One");
    let newer = Connection::open(ana.database()).unwrap();
    newer.pragma_update(None, "user_version", 1_000_000).unwrap();
    newer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let before = contents(ana.home());
    for words in [
        vec!["list"],
        vec!["show", &id],
        vec!["add-idea", "Two"],
        vec!["edit", &id, "--title", "Two"],
        vec!["verify"],
        vec!["status"],
    ] {
        let said = ana.runs(&words).failed_with(9).explaining("format 1000000");
        assert!(said.err.contains("newer commons"), "{said}");
    }
    ana.tries_to_start(&[]).ends().failed_with(9);
    let is_node_key = |(path, ..): &(PathBuf, u32, String)| path.ends_with("node.key");
    let mut after = contents(ana.home());
    after.retain(|file| !is_node_key(file));
    assert_eq!(after, before);
    let version: i64 = newer.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 1_000_000);
}

#[test]
fn case_22_a_missing_author_key_is_5_and_none_is_made_in_its_place() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let kept = ana.home().join("kept");
    fs::rename(ana.author_key(), &kept).unwrap();
    let nowhere = ana.home().join("nowhere");
    for dangling in [false, true] {
        if dangling {
            symlink(&nowhere, ana.author_key()).unwrap();
        }
        for words in [vec!["add-idea", "Two"], vec!["whoami"]] {
            ana.runs(&words).failed_with(5).explaining("author.key").explaining("copy");
        }
        ana.tries_to_start(&[]).ends().failed_with(5);
        assert!(!ana.author_key().exists() && !nowhere.exists());
        assert_eq!(ana.titles(), ["One"], "reading needs no key");
    }
    fs::rename(kept, ana.author_key()).unwrap();
    ana.adds_idea("Two");
}

#[test]
fn case_22_an_author_key_that_others_may_read_or_write_is_5_until_they_may_not() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o610] {
        allow(&ana.author_key(), mode);
        let before = contents(ana.home());
        ana.runs(["add-idea", "Two"]).failed_with(5).explaining("chmod 600");
        ana.tries_to_start(&[]).ends().failed_with(5).explaining("chmod 600");
        assert_eq!(contents(ana.home()), before, "its mode is for its owner to mend");
        assert_eq!(ana.titles(), ["One"], "reading needs no key");
    }
    allow(&ana.author_key(), 0o600);
    ana.adds_idea("Two");
}

/// Puts something else in the place of a file that has this mode.
type Spoil = fn(&Path);

/// What may be in a key's place, in words.
const SPOILT: [(&str, Spoil); 8] = [
    ("an empty file", |path| fs::write(path, "").expect("it is ours")),
    ("a comment alone", |path| fs::write(path, "# a comment\n").expect("it is ours")),
    ("half a key", |path| fs::write(path, "1234567890abcdef\n").expect("it is ours")),
    ("a key of another program", |path| {
        let text = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n\
                    -----END OPENSSH PRIVATE KEY-----\n";
        fs::write(path, text).expect("it is ours");
    }),
    ("bytes that are no text", |path| fs::write(path, [0xff; 64]).expect("it is ours")),
    ("a very long file", |path| fs::write(path, "\n".repeat(1 << 20)).expect("it is ours")),
    ("a directory", |path| {
        fs::remove_file(path).expect("it is ours");
        fs::create_dir(path).expect("the home is ours");
    }),
    ("a pipe", |path| {
        fs::remove_file(path).expect("it is ours");
        let made = Command::new("mkfifo").args(["-m", "600"]).arg(path).status();
        assert!(made.expect("mkfifo runs").success());
    }),
];

#[test]
fn case_22_whatever_else_is_in_the_author_keys_place_is_5_and_stays() {
    for (what, spoil) in SPOILT {
        let ana = Person::new(what);
        ana.adds_idea("One");
        spoil(&ana.author_key());
        let before = contents(ana.home());
        for words in [vec!["add-idea", "Two"], vec!["whoami"]] {
            ana.runs(&words).failed_with(5).explaining("author.key holds no key");
        }
        ana.tries_to_start(&[]).ends().failed_with(5);
        assert_eq!(contents(ana.home()), before, "{what} stays as it is");
        assert_eq!(ana.titles(), ["One"], "reading needs no key");
        let status = ana.says(["status"]);
        assert!(status.contains("cannot be used"), "{what} is no missing key: {status}");
    }
}

#[test]
fn case_22_whatever_else_is_in_the_node_keys_place_is_5_and_a_missing_one_is_made_anew() {
    for (what, spoil) in SPOILT {
        let ana = Person::new(what);
        ana.starts().stops();
        let key = ana.home().join("node.key");
        spoil(&key);
        let keys = || {
            let mut keys = contents(ana.home());
            keys.retain(|(path, ..)| *path != ana.database());
            keys
        };
        let before = keys();
        let said = ana.tries_to_start(&[]).ends().failed_with(5);
        assert!(said.err.contains("node.key holds no key"), "{said}");
        assert!(said.err.contains("another is made"), "it is known what to do: {said}");
        assert_eq!(keys(), before, "{what} stays as it is");
        ana.adds_idea("Commands need no node's key");
        fs::rename(&key, ana.home().join("away")).unwrap();
        ana.starts().stops();
    }
    let ana = Person::new("ana");
    ana.starts().stops();
    allow(&ana.home().join("node.key"), 0o644);
    ana.tries_to_start(&[]).ends().failed_with(5).explaining("chmod 600");
}

#[test]
fn case_22_a_key_may_lie_elsewhere_behind_a_symbolic_link_if_it_is_safe_there() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let elsewhere = ana.home().parent().unwrap().join("on-a-stick.key");
    fs::rename(ana.author_key(), &elsewhere).unwrap();
    symlink(&elsewhere, ana.author_key()).unwrap();
    ana.adds_idea("Two");
    assert_eq!(ana.status()["authors"], 1);
    allow(&elsewhere, 0o644);
    ana.runs(["add-idea", "Three"]).failed_with(5).explaining("chmod 600");
}

#[test]
fn case_22_a_home_that_everybody_may_write_is_5_until_they_may_not() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    for mode in [0o777, 0o707, 0o1777] {
        allow(ana.home(), mode);
        for words in [vec!["add-idea", "Two"], vec!["list"], vec!["status"]] {
            ana.runs(&words).failed_with(5).explaining("chmod 700");
        }
        ana.tries_to_start(&[]).ends().failed_with(5).explaining("chmod 700");
    }
    allow(ana.home(), 0o700);
    assert_eq!(ana.titles(), ["One"]);
    ana.adds_idea("Two");
}

#[test]
fn case_22_a_key_that_belongs_to_somebody_else_is_5() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let all = |path: &Path| {
        let chown = Command::new("chown").arg("-R").arg(NOBODY).arg(path).output();
        chown.is_ok_and(|done| done.status.success())
    };
    // Another user's own home, in which the key is ours; and a program that they may run.
    let program = ana.home().parent().unwrap().join("program");
    fs::copy(binary::commons(), &program).unwrap();
    allow(ana.home().parent().unwrap(), 0o755);
    if !all(ana.home()) {
        return skip::skip("only root may give a file away");
    }
    let chowned = Command::new("chown").arg("0:0").arg(ana.author_key()).status();
    assert!(chowned.unwrap().success());
    let mut other = ana.program("setpriv");
    other.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]);
    other.arg(&program).args(["add-idea", "Two"]);
    other.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let said = finish(other.spawn().unwrap(), "add-idea as somebody else".to_owned());
    said.failed_with(5).explaining("author.key cannot be read").explaining("Permission denied");
}

/// The number of a user without rights, on every system.
const NOBODY: &str = "65534";
