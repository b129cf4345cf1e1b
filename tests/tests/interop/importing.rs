//! What other people's programs write is brought in, with what it says, and only once.

use commons_tests::Person;
use serde_json::{Value, json};

use crate::tools;

/// The entries that the file which `make.py` writes becomes, by title; none where Python cannot be had.
fn made(what: &str, name: &str) -> Option<Vec<Value>> {
    let python = tools::python()?;
    let ana = Person::new("ana");
    let file = ana.home().parent().expect("a home is in a directory").join(name);
    python.runs("make.py", [what.as_ref(), file.as_os_str()]);
    Some(brought_in(&ana, file.to_str().expect("our paths are UTF-8")))
}

/// What a file becomes, by title. A second time it becomes nothing.
fn brought_in(person: &Person, file: &str) -> Vec<Value> {
    let first = &person.reads(["import", file])[0];
    let again = &person.reads(["import", file])[0];
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &first["new"]), "{first} {again}");
    let list = person.list();
    assert_eq!(json!(list.len()), first["new"], "{first}");
    let show = |entry: &Value| {
        let id = entry["id"].as_str().expect("an entry has an id");
        person.reads(["show", id]).remove(0)
    };
    let mut entries: Vec<Value> = list.iter().map(show).collect();
    entries.sort_by_key(|entry| entry["title"].to_string());
    entries
}

#[test]
fn a_calendar_of_icalendar() {
    let Some(entries) = made("calendar", "programme.ics") else { return };
    let [day, talk] = entries.as_slice() else { panic!("{entries:?}") };
    let fields = &talk["fields"];
    assert_eq!(fields["title"], "Soap, water; and why");
    assert_eq!(fields["start"], "2026-07-01T08:30:00Z");
    assert_eq!(fields["end"], "2026-07-01T09:15:00Z");
    assert_eq!((&fields["place"], &fields["leads"]), (&json!("Room 2"), &json!(["Ana Silva"])));
    assert_eq!(fields["tags"], json!(["hygiene", "ward-3"]));
    assert!(
        fields["body"].as_str().unwrap().ends_with("octets.\nAnd a second one: Hände."),
        "{fields}"
    );
    assert!(!talk.to_string().contains('@'), "{talk}");
    assert_eq!(day["fields"]["end"], "2026-07-03T00:00:00Z");
}

#[test]
fn feeds_of_feedgen() {
    for name in ["feed.rss", "feed.atom"] {
        let Some(entries) = made("feed", name) else { return };
        assert_eq!(entries.len(), 3, "{name}");
        let fields = &entries[1]["fields"];
        assert_eq!(fields["title"], "Soap & water, part 1");
        assert_eq!(fields["url"], "https://example.org/blog/1");
        assert_eq!(fields["body"], "Wash **well**.\n\n- soap\n- water");
        assert_eq!(fields["published"], "2026-10-24T09:01:00Z");
        assert_eq!(fields["tags"], json!(["hygiene"]));
        assert_eq!(fields["licence"], "CC-BY-4.0", "{name}");
    }
}

#[test]
fn data_packages_of_frictionless() {
    let Some(entries) = made("package", "datapackage.json") else { return };
    let [package] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(package["kind"], "resource");
    assert_eq!(package["title"], "Beds by ward");
    assert_eq!(package["fields"]["url"], "https://example.org/beds");
    assert_eq!(package["tags"], json!(["beds", "wards"]));
    assert_eq!(package["fields"]["links"], json!(["https://example.org/beds.csv"]));
    let Some(entries) = made("board", "datapackage.json") else { return };
    let [beds, rooms] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((&beds["kind"], &rooms["kind"]), (&json!("project"), &json!("idea")));
    assert_eq!(beds["fields"]["body"], "A mat\n\nIt counts **turns**.");
    assert_eq!(beds["fields"]["repository"], "https://example.org/code");
}

#[test]
fn bookmarks_of_buku() {
    let Some(entries) = made("bookmarks", "bookmarks.html") else { return };
    assert_eq!(entries.len(), 3);
    let fields = &entries[1]["fields"];
    assert_eq!(fields["title"], "Soap & water <1>");
    assert_eq!(fields["url"], "https://example.org/page/1");
    assert_eq!(fields["body"], "Why it works, 1.");
    assert_eq!(fields["tags"], json!(["hygiene", "ward-3"]));
}

#[test]
fn bookmarks_of_netscape_bookmarks() {
    let Some(node) = tools::node() else { return };
    let ana = Person::new("ana");
    let file = ana.home().parent().unwrap().join("bookmarks.html");
    node.runs("bookmarks.js", [&file]);
    let entries = brought_in(&ana, file.to_str().unwrap());
    let [beds, soap] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(beds["title"], "Beds <3>");
    assert_eq!(beds["tags"], json!(["hand-hygiene", "wards"]));
    assert_eq!(soap["fields"]["published"], "2026-10-25T11:00:00Z");
}

#[test]
fn a_table_as_spreadsheets_save_it_and_a_page_with_yaml() {
    let Some(entries) = made("table", "talks.csv") else { return };
    let [talk] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!((&talk["kind"], &talk["title"]), (&json!("session"), &json!("Soap")));
    assert_eq!(talk["fields"]["body"], "Two\nlines, \"quoted\"");
    assert_eq!(talk["fields"]["leads"], json!(["Ana Silva"]));
    assert_eq!(talk["fields"]["start"], "2026-07-01T09:30:00Z");
    let Some(entries) = made("page", "study.md") else { return };
    let [study] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(study["title"], "Soap: a study");
    assert_eq!(study["fields"]["body"], "What #1 says: 'wash'\n\nWash well.");
    assert_eq!(study["fields"]["published"], "2026-10-24T00:00:00Z");
}
