//! What other programs wrote is brought in: once, whoever does it how often; and nothing of a file is
//! left out without a word. Files that other programs did write are in the interop suite.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Stdio;

use commons_tests::{Person, wait};
use serde_json::{Value, json};

use crate::reading::shown;

/// Saves a file in the person's home, and gives its path.
fn saved(person: &Person, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = person.home().parent().expect("a home is in a directory").join(name);
    let folder = path.parent().expect("a file is in a directory");
    fs::create_dir_all(folder).expect("a directory can be made");
    fs::write(&path, text).expect("a file can be written");
    path.to_str().expect("our paths are UTF-8").to_owned()
}

/// What `import --json` says of the one file.
#[track_caller]
fn imports(person: &Person, words: &[&str]) -> Value {
    let mut lines = person.reads([&["import"], words].concat());
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// The entry with this title.
#[track_caller]
fn titled(person: &Person, title: &str) -> Value {
    let list = person.list();
    let entry = list.iter().find(|entry| entry["title"] == title);
    let entry = entry.unwrap_or_else(|| panic!("no {title} in {list:?}"));
    shown(person, entry["id"].as_str().expect("an entry has an id"))
}

const BOOKMARKS: &str = "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<H1>Bookmarks</H1>\n<DL><p>\n\
    <DT><H3>Hand hygiene</H3>\n<DL><p>\n\
    <DT><A HREF=\"https://example.org/soap\" ADD_DATE=\"1792926000\" TAGS=\"soap\">Soap</A>\n\
    <DD>Why it works.\n\
    <DT><A HREF=\"javascript:alert(1)\">Run</A>\n</DL><p>\n\
    <DT><A HREF=\"http://example.org/soap/#\" TAGS=\"twice\">Soap again</A>\n\
    <DT><A HREF=\"https://example.org/own\" PRIVATE=\"1\">Own</A>\n</DL><p>\n";

#[test]
fn a_file_is_brought_in_once_and_every_line_is_accounted_for() {
    let ana = Person::new("ana");
    let file = saved(&ana, "bookmarks.html", BOOKMARKS);
    let dry = imports(&ana, &[&file, "--dry-run"]);
    assert_eq!((&dry["new"], &dry["dry_run"]), (&json!(1), &json!(true)));
    assert_eq!(ana.status()["contributions"], 0);
    let shown = ana.says(["import", &file, "--dry-run"]);
    assert!(shown.contains("#hand-hygiene"), "{shown}");

    let first = imports(&ana, &[&file, "--tag", "Reading"]);
    assert_eq!(first["format"], "bookmarks");
    assert_eq!([&first["new"], &first["known"], &first["twice"]], [1, 0, 1]);
    let lines: Vec<&Value> =
        first["skipped"].as_array().unwrap().iter().map(|skipped| &skipped["line"]).collect();
    assert_eq!(lines, [8, 11]);
    let soap = titled(&ana, "Soap");
    assert_eq!(soap["tags"], json!(["hand-hygiene", "reading", "soap", "twice"]));
    assert_eq!(soap["fields"]["published"], "2026-10-25T11:00:00Z");
    assert_eq!(soap["fields"]["body"], "Why it works.");

    let again = imports(&ana, &[&file]);
    assert_eq!([&again["new"], &again["known"]], [0, 1]);
    // The same page from another tool is the same page.
    let list = saved(&ana, "list.txt", "https://example.org/soap?utm_source=list Soap\n");
    assert_eq!(imports(&ana, &[&list])["known"], 1);
    assert_eq!(ana.status()["contributions"], 1);
    let told = ana.runs(["import", &file]).succeeded();
    told.explaining("0 new, 1 already here").explaining("line 8").explaining("private");
}

#[test]
fn two_people_who_bring_in_the_same_and_meet_see_each_thing_once() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let feed = "<rss version=\"2.0\"><channel><title>t</title>\
        <item><title>Soap</title><link>https://example.org/soap</link></item>\
        <item><title>Beds</title><guid isPermaLink=\"false\">b-1</guid></item></channel></rss>";
    for person in [&ana, &ben] {
        let file = saved(person, "feed.xml", feed);
        assert_eq!(imports(person, &[&file])["new"], 2);
    }
    let bundle = saved(&ana, "ana.car", "");
    ana.says(["bundle", &bundle, "--yes"]);
    assert_eq!(imports(&ben, &[&bundle])["new"], 2);
    assert_eq!(ben.status()["contributions"], 4);
    assert_eq!(ben.titles(), ["Beds", "Soap"]);
    assert_eq!(imports(&ben, &[&saved(&ben, "feed.xml", feed)])["known"], 2);
    // Of the two the one that somebody worked on is shown, on either side.
    ben.says(["edit", titled(&ben, "Soap")["id"].as_str().unwrap(), "--title", "Soap and water"]);
    assert_eq!(ben.titles(), ["Beds", "Soap and water"]);
    let back = saved(&ben, "ben.car", "");
    ben.says(["bundle", &back, "--yes"]);
    imports(&ana, &[&back]);
    assert_eq!(ana.titles(), ["Beds", "Soap and water"]);
    assert_eq!(ana.status()["fingerprint"], ben.status()["fingerprint"]);
    // Whom somebody does not want to read is not in their way.
    let cleo = Person::new("cleo");
    imports(&cleo, &[&bundle]);
    let file = saved(&cleo, "feed.xml", feed);
    assert_eq!(imports(&cleo, &[&file, "--dry-run"])["known"], 2);
    let author = cleo.list()[0]["author"].as_str().unwrap().to_owned();
    cleo.says(["mute", &author, "--yes"]);
    assert_eq!(imports(&cleo, &[&file])["new"], 2);
    assert_eq!(cleo.titles(), ["Beds", "Soap"]);
}

#[test]
fn our_own_lines_come_back_as_they_were_with_what_refers_to_what() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben").in_commons("another"));
    let idea = ana.adds_idea("Bed sensors");
    ana.says(["edit", &idea, "--body", "A mat.\n\nIt counts turns.", "--licence", "CC-BY-4.0"]);
    ana.says([
        "add-project",
        "Mats",
        "--idea",
        &idea,
        "--skill",
        "sewing",
        "--demo",
        "https://example.org",
    ]);
    ana.says([
        "add-session",
        "Soap",
        "--start",
        "2026-11-23T10:00:00Z",
        "--end",
        "45m",
        "--place",
        "Room 2",
    ]);
    ana.says(["note", "Soap is out #hygiene", "--about", &idea]);
    ana.says(["comment", &idea, "Good."]);
    let list = ana.list();
    let lines: Vec<String> = list
        .iter()
        .map(|entry| ana.says(["show", entry["id"].as_str().unwrap(), "--json"]))
        .collect();
    let file = saved(&ben, "entries.jsonl", lines.concat());
    let said = imports(&ben, &[&file]);
    assert_eq!([&said["new"], &json!(said["skipped"].as_array().unwrap().len())], [4, 1], "{said}");
    assert!(said["skipped"][0]["reason"].as_str().unwrap().contains("bundle"), "{said}");
    for entry in &list {
        let (title, kind) = (entry["title"].as_str().unwrap(), &entry["kind"]);
        if kind == "comment" {
            continue;
        }
        let mut before = shown(&ana, entry["id"].as_str().unwrap())["fields"].clone();
        let mut after = titled(&ben, title)["fields"].clone();
        let source = after["source"].take();
        assert_eq!(source, json!(format!("commons:{}", entry["id"].as_str().unwrap())));
        after.as_object_mut().unwrap().remove("source");
        // What it refers to is what was brought in for that.
        let beds = titled(&ben, "Bed sensors")["id"].clone();
        if before.get("ideas").is_some() {
            before["ideas"] = json!([beds]);
        }
        if before.get("about").is_some() {
            before["about"] = beds;
        }
        assert_eq!(before, after, "{title}");
    }
    assert_eq!(imports(&ben, &[&file])["known"], 4);
    assert_eq!(imports(&ana, &[&file])["known"], 4, "they are here themselves");
}

#[test]
fn what_is_taken_out_in_any_format_can_be_brought_in_again() {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("=Bed sensors");
    ana.says(["edit", &idea, "--body", "A mat.\n\n- It counts *turns*.", "--licence", "CC-BY-4.0"]);
    let page =
        ["--url", "https://example.org/soap", "--tag", "hygiene", "--body", "Wash <b>well</b>."];
    ana.says([&["add-resource", "Soap & water"], &page[..]].concat());
    ana.says([
        "add-project",
        "Mats",
        "--repository",
        "https://example.org/mats",
        "--skill",
        "sewing",
    ]);
    let time =
        ["--start", "2026-11-23T10:00:00Z", "--end", "45m", "--place", "Room 2", "--lead", "Ana"];
    ana.says([&["add-session", "Rooms, and why"], &time[..]].concat());
    ana.says(["note", "Soap is out #hygiene\n\nOn the first floor."]);
    let fields_of = |person: &Person, kinds: &[&str]| -> Vec<Value> {
        let list = person.list();
        let list = list.iter().filter(|entry| kinds.contains(&entry["kind"].as_str().unwrap()));
        let mut all: Vec<Value> = list
            .map(|entry| {
                let entry = shown(person, entry["id"].as_str().unwrap());
                let mut fields = entry["fields"].clone();
                fields.as_object_mut().unwrap().remove("source");
                // When a bookmark was made is all that its file knows of its age.
                fields.as_object_mut().unwrap().remove("published");
                json!([entry["kind"], fields])
            })
            .collect();
        all.sort_by_key(Value::to_string);
        all
    };
    let every = ["idea", "resource", "project", "session", "note"];
    for (format, place, kinds) in [
        ("jsonl", "all.jsonl", &every[..]),
        ("csv", "all.csv", &every),
        ("markdown", "pages", &every),
        ("datapackage", "package.json", &every),
        ("ical", "all.ics", &["session"]),
        ("bookmarks", "all.html", &["resource"]),
        ("atom", "all.atom", &[]),
    ] {
        let place = ana.home().parent().unwrap().join(place);
        let place = place.to_str().unwrap();
        ana.says(["export", "--format", format, "--output", place]);
        let ben = Person::new("ben").in_commons("another");
        let said = imports(&ben, &[place]);
        assert!(said["new"].as_u64().unwrap() >= kinds.len() as u64, "{format}: {said}");
        let brought = fields_of(&ben, kinds);
        for fields in fields_of(&ana, kinds) {
            assert!(brought.contains(&fields), "{format}: {fields} in {brought:?}: {said}");
        }
        if kinds.len() > 1 {
            let again = imports(&ana, &[place]);
            assert_eq!([&again["new"], &again["known"]], [0, 5], "{format}: {again}");
        }
    }
}

#[test]
fn a_folder_of_pages_and_several_files_are_brought_in_together() {
    let ana = Person::new("ana");
    saved(
        &ana,
        "pages/soap.md",
        "---\ntitle: Soap\ntags: [hygiene]\nkind: resource\nurl: https://example.org/soap\n---\nWash.\n",
    );
    saved(&ana, "pages/deep/beds.md", "# Beds\n\nCount turns.\n");
    saved(&ana, "pages/broken.md", "---\na: [b\n---\nText.\n");
    saved(&ana, "pages/.hidden/own.md", "# Own\n");
    saved(&ana, "pages/other.txt", "Not a page.");
    let folder = ana.home().parent().unwrap().join("pages");
    let folder = folder.to_str().unwrap();
    let said = imports(&ana, &[folder]);
    assert_eq!(
        [&said["new"], &said["skipped"][0]["file"]],
        [&json!(2), &json!("broken.md")],
        "{said}"
    );
    assert_eq!(titled(&ana, "Beds")["fields"]["body"], "Count turns.");
    let table =
        saved(&ana, "talks.csv", "Talk;Start;Room;Shoe size\nRooms;2026-11-23T10:00:00Z;2;44\n");
    let lines = ana.reads(["import", folder, &table]);
    assert_eq!([&lines[0]["known"], &lines[1]["new"]], [2, 1]);
    assert!(lines[1]["notices"][0]["reason"].as_str().unwrap().contains("Shoe size"), "{lines:?}");
    assert_eq!(titled(&ana, "Rooms")["fields"]["place"], "2");
}

#[test]
fn what_says_too_much_about_somebody_is_asked_about_once_for_the_file() {
    let ana = Person::new("ana");
    let address = ["ana", "example.org"].join("@");
    let text =
        format!("title,description\nSoap,Write to {address}\nBeds,call 020 7946 0000\nRooms,x\n");
    let file = saved(&ana, "ideas.csv", &text);
    let refused = ana.runs(["import", &file]).failed_with(13).explaining("--yes");
    let refused = refused.explaining("2 entries").explaining("line 2").explaining(&address);
    assert!(refused.out.is_empty());
    assert_eq!(ana.status()["contributions"], 0);
    ana.runs(["import", &file, "--dry-run"]).succeeded().explaining(&address);
    ana.runs_with_input(["import", "-"], &text).failed_with(13);
    ana.runs_with_input(["import", "-", "--yes"], &text).succeeded().explaining("3 new");
}

#[test]
fn an_import_that_is_killed_is_completed_by_the_next() {
    let ana = Person::new("ana");
    let many: String =
        (0..MANY).map(|number| format!("https://example.org/{number} Page {number}\n")).collect();
    let file = saved(&ana, "many.txt", many);
    let mut command = ana.command(["import", &file]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut import = command.spawn().unwrap();
    wait::until("some of it to be written", || match ana.status()["contributions"].as_u64() {
        Some(some) if some > 0 => Ok(()),
        other => Err(format!("{other:?}")),
    });
    import.kill().unwrap();
    assert_eq!(import.wait().unwrap().signal(), Some(9), "it was killed half-way");
    let half = ana.status()["contributions"].as_u64().unwrap();
    let rest = imports(&ana, &[&file]);
    assert_eq!((rest["known"].as_u64(), rest["new"].as_u64()), (Some(half), Some(MANY - half)));
    assert_eq!(ana.status()["contributions"], MANY);
    ana.runs(["verify"]).succeeded();
}

#[test]
fn a_running_node_hears_of_what_was_brought_in() {
    let ana = Person::new("ana");
    let node = ana.starts();
    let file = saved(&ana, "list.txt", "https://example.org/soap Soap\n");
    imports(&ana, &[&file]);
    node.hears("contribution", |event| event["title"] == "Soap");
}

#[test]
fn wrong_arguments_and_files_are_explained() {
    let ana = Person::new("ana");
    let nothing = saved(&ana, "list", "Shopping list: soap");
    ana.runs(["import", &nothing]).failed_with(2).explaining("bookmarks").explaining("--format");
    ana.runs(["import", &nothing, "--format", "paper"]).failed_with(2).explaining("datapackage");
    ana.runs(["import", &nothing, "--format", "csv"]).failed_with(2).explaining("header");
    ana.runs(["import", &nothing, "--as", "comment"]).failed_with(2).explaining("session");
    ana.runs(["import", "/nowhere"]).failed_with(2).explaining("/nowhere");
    let empty = ana.home().parent().unwrap().join("empty");
    fs::create_dir(&empty).unwrap();
    ana.runs(["import", empty.to_str().unwrap()]).failed_with(2).explaining("Markdown");
    ana.runs(["import", empty.to_str().unwrap(), "--format", "csv"]).failed_with(2);
    let bundle = saved(&ana, "all.car", "");
    ana.adds_idea("Beds");
    ana.says(["bundle", &bundle, "--yes"]);
    ana.runs(["import", &bundle, "--as", "note"]).failed_with(2).explaining("signed");
    let ben = Person::new("ben");
    let dry = imports(&ben, &[&bundle, "--dry-run"]);
    assert_eq!([&dry["new"], &ben.status()["contributions"]], [1, 0]);
    let long = saved(
        &ana,
        "long.jsonl",
        format!("{{\"kind\":\"idea\",\"fields\":{{\"title\":\"{}\"}}}}\n", "x".repeat(2_000_000)),
    );
    let said = imports(&ana, &[&long]);
    assert_eq!([&said["new"], &said["skipped"][0]["line"]], [0, 1], "{said}");
    let odd: &[&[u8]] = &[
        b"\xff\xfe",
        b"<rss",
        b"BEGIN:VCALENDAR",
        b"{\"resources\":[",
        b"---\n",
        b"title,url\n\"x",
    ];
    for bytes in odd {
        let file = saved(&ana, "odd", bytes);
        let said = ana.runs(["import", &file]);
        assert!(matches!(said.status.code(), Some(0 | 2)), "{said}");
        assert!(!said.err.contains("bug:"), "{said}");
    }
    assert!(Path::new(&nothing).exists());
}

/// Entries of the import that is killed: many times what is written at a time.
const MANY: u64 = 20_000;
