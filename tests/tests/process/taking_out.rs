//! Exports and archives: what is written where, what is asked before, and what is left alone.

use std::fs;
use std::path::PathBuf;

use commons_tests::Person;
use serde_json::{Value, json};

use crate::reading::shown;

/// Somebody with an idea, a resource and a session.
fn somebody() -> (Person, String) {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("Bed sensors");
    ana.says(["edit", &idea, "--body", "A mat that counts turns."]);
    ana.says(["add-resource", "=1+1", "--url", "https://example.org/falls", "--tag", "data"]);
    ana.says([
        "add-session",
        "How wards sleep",
        "--start",
        "2026-11-23 09:00",
        "--place",
        "Room 1",
    ]);
    (ana, idea)
}

fn place(person: &Person, name: &str) -> (PathBuf, String) {
    let path = person.home().join(name);
    let text = path.to_str().expect("the path is text").to_owned();
    (path, text)
}

#[test]
fn lines_are_those_of_show_and_come_in_again() {
    let (ana, idea) = somebody();
    let lines = ana.runs(["export", "--format", "jsonl"]).succeeded().json();
    assert_eq!(lines.len(), 3);
    let line = lines.iter().find(|line| line["title"] == "Bed sensors").unwrap();
    assert_eq!(*line, shown(&ana, &idea));
    assert_eq!(ana.reads(["export"]), lines, "--json alone means the same");
    let (_, file) = place(&ana, "entries.jsonl");
    ana.says(["export", "-o", &file]);
    let ben = Person::new("ben");
    ben.says(["import", &file]);
    assert_eq!(ben.titles(), ana.titles());
    let mine: Vec<Value> = ben.reads(["export"]);
    let mine = mine.iter().find(|line| line["title"] == "Bed sensors").unwrap();
    assert_eq!(mine["fields"]["body"], line["fields"]["body"]);
    assert_eq!(mine["fields"]["source"], format!("commons:{}", line["id"].as_str().unwrap()));
}

#[test]
fn pages_come_in_again_and_their_folder_is_replaced_if_asked() {
    let (ana, _) = somebody();
    ana.says(["note", "Coffee is ready #hackday"]);
    let (folder, name) = place(&ana, "pages");
    let told = &ana.reads(["export", "--format", "markdown", "-o", &name])[0];
    assert_eq!((&told["entries"], &told["format"]), (&json!(4), &json!("markdown")));
    let ben = Person::new("ben");
    ben.says(["import", &name]);
    assert_eq!(ben.titles(), ana.titles());
    let again = ["export", "--format", "markdown", "-o", &name];
    ana.runs(again).failed_with(13).explaining("Replace the export");
    ana.says(again.into_iter().chain(["--yes", "kind:note"]));
    assert!(folder.join("note").is_dir() && !folder.join("idea").exists());
    fs::write(folder.join("mine.txt"), "mine").unwrap();
    ana.runs(again.into_iter().chain(["--yes"])).failed_with(2).explaining("mine.txt");
    assert_eq!(fs::read_to_string(folder.join("mine.txt")).unwrap(), "mine");
}

#[test]
fn formats_are_told_by_the_ending_and_say_what_they_leave_out() {
    let (ana, _) = somebody();
    for (name, begins, left_out) in [
        ("out.csv", "id,kind,title,", 0),
        ("out.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1>", 2),
        ("out.ics", "BEGIN:VCALENDAR\r\n", 2),
        ("out.atom", "<?xml", 0),
    ] {
        let (path, text) = place(&ana, name);
        let told = &ana.reads(["export", "-o", &text])[0];
        assert_eq!(told["left_out"], left_out, "{name}");
        assert!(fs::read_to_string(path).unwrap().starts_with(begins), "{name}");
    }
    let table = ana.says(["export", "tag:data", "--format", "csv"]);
    assert_eq!(table.lines().count(), 2);
    assert!(table.contains(",'=1+1,https://example.org/falls,"), "{table}");
    ana.runs(["export"]).failed_with(2).explaining("--format");
    ana.runs(["export", "-o", "out.docx"]).failed_with(2).explaining("datapackage");
    ana.runs(["export", "--format", "csv", "kind:nothing"]).failed_with(2);
}

#[test]
fn what_cannot_be_written_is_said_and_nothing_half_is_left() {
    let (ana, _) = somebody();
    let (folder, folder_name) = place(&ana, "there");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("file"), "mine").unwrap();
    let csv = |path: &str| ana.runs(["export", "--format", "csv", "--yes", "-o", path]);
    csv(&folder_name).failed_with(2).explaining("is a folder");
    csv(&format!("{folder_name}/no/out.csv")).failed_with(2).explaining("make it first");
    csv(&format!("{folder_name}/file/out.csv")).failed_with(2).explaining("is a file");
    csv("/dev/null").failed_with(2).explaining("is not a file");
    csv(&format!("{folder_name}/{}", "x".repeat(300))).failed_with(2).explaining("another name");
    ana.runs(["export", "--format", "csv", "-o", &format!("{folder_name}/file")]).failed_with(13);
    ana.runs(["archive", &format!("{folder_name}/file"), "--yes"])
        .failed_with(2)
        .explaining("is not a folder");
    ana.runs(["archive", &folder_name, "--yes"]).failed_with(2).explaining("no archive of ours");
    let mut left: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["file"]);
    assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "mine");
}

#[test]
fn a_full_disk_is_said_whatever_the_format() {
    let (ana, _) = somebody();
    for format in ["jsonl", "csv", "markdown", "bookmarks", "ical", "atom", "datapackage"] {
        let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
            return commons_tests::skip::skip("there is no /dev/full");
        };
        let mut command = ana.command(["export", "--format", format]);
        let said = command.stdout(full).output().unwrap();
        assert_eq!(said.status.code(), Some(7), "{format}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("the disk is full"), "{format}");
    }
}

#[test]
fn a_full_disk_leaves_nothing_half() {
    let (ana, _) = somebody();
    let (folder, name) = place(&ana, "here");
    fs::create_dir(&folder).unwrap();
    for title in ["One", "Two", "Three", "Four"] {
        ana.says(["add-idea", title, "--body", &"words ".repeat(7000)]);
    }
    // A limit on the size of files stands for a full disk: the bundle, of 160 kB, does not fit.
    let commons = commons_tests::binary::commons();
    let script = format!(
        "trap '' XFSZ; ulimit -f 100; exec '{}' archive '{name}/site' --yes",
        commons.display()
    );
    let mut command = ana.program("sh");
    command.args(["-c", &script]);
    let said = command.output().unwrap();
    let told = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(7), "{told}");
    assert!(told.contains("cannot be written"), "{told}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{told}");
}

#[test]
fn an_archive_is_replaced_as_a_whole_and_comes_back_to_life() {
    let (ana, idea) = somebody();
    let (folder, name) = place(&ana, "site");
    let told = &ana.reads(["archive", &name])[0];
    assert_eq!(told["fingerprint"], ana.status()["fingerprint"]);
    assert_eq!((&told["entries"], &told["muted"]), (&json!(3), &json!(0)));
    let id = shown(&ana, &idea)["id"].as_str().unwrap().to_owned();
    let page = fs::read_to_string(folder.join(format!("entry/{id}.html"))).unwrap();
    assert!(page.contains("A mat that counts turns."));
    let ben = Person::new("ben");
    ben.says(["import", folder.join("commons.car").to_str().unwrap()]);
    assert_eq!(ben.status()["fingerprint"], ana.status()["fingerprint"]);
    // What somebody takes back is nowhere in the next one.
    ana.says(["erase", &idea, "--yes"]);
    ana.runs(["archive", &name]).failed_with(13).explaining("Replace the archive");
    ana.says(["archive", &name, "--yes"]);
    assert!(!folder.join(format!("entry/{id}.html")).exists());
    let found = ana.says(["archive", &name, "--yes", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&found).unwrap()["entries"], 2);
    assert!(!folder.with_file_name("site.old").exists());
    assert!(!folder.with_file_name("site.part").exists());
    // Of somebody who was killed.
    fs::create_dir(folder.with_file_name("site.part")).unwrap();
    fs::write(folder.with_file_name("site.part").join("commons-archive.json"), "").unwrap();
    fs::rename(&folder, folder.with_file_name("site.old")).unwrap();
    ana.says(["archive", &name, "--yes"]);
    assert!(folder.join("index.html").is_file());
    assert!(!folder.with_file_name("site.old").exists());
    // What somebody put beside the pages stays.
    fs::write(folder.join("CNAME"), "example.org").unwrap();
    ana.runs(["archive", &name, "--yes"]).failed_with(2).explaining("CNAME");
    assert!(folder.join("CNAME").is_file());
}

#[test]
fn what_is_muted_is_in_the_bundle_of_an_archive_alone() {
    let (ana, idea) = somebody();
    ana.says(["mute", &idea]);
    let (folder, name) = place(&ana, "site");
    let told = &ana.reads(["archive", &name])[0];
    assert_eq!((&told["entries"], &told["muted"]), (&json!(2), &json!(1)));
    let front = fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(!front.contains("Bed sensors"));
    assert!(fs::read_to_string(folder.join("credits.html")).unwrap().contains("by muting"));
    let ben = Person::new("ben");
    ben.says(["import", folder.join("commons.car").to_str().unwrap()]);
    assert_eq!(ben.status()["entries"], 3);
}

#[test]
fn a_bundle_of_a_query_has_the_whole_history_of_what_fits() {
    let (ana, idea) = somebody();
    let (_, file) = place(&ana, "some.car");
    let told = &ana.reads(["bundle", &file, "tag:testing"])[0];
    assert_eq!(told["contributions"], 2);
    let ben = Person::new("ben");
    ben.says(["import", &file]);
    assert_eq!(ben.titles(), ["Bed sensors"]);
    assert_eq!(ben.reads(["history", &idea]).len(), 2);
    let told = &ana.reads(["bundle", &file, "tag:nothing", "--yes"])[0];
    assert_eq!(told["contributions"], 0);
    // The same set makes the same file, whoever bundles it and in whatever order it came.
    let (one, first) = place(&ana, "one.car");
    let (two, second) = place(&ben, "two.car");
    ana.says(["bundle", &first]);
    ben.says(["import", &first]);
    ben.says(["bundle", &second]);
    assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap());
}
