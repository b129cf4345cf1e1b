//! What is taken out is read by other people's libraries: each format by one of its own, the pages of
//! an archive by a validator of HTML, and its bundle by IPLD's library.

use commons_tests::Person;
use serde_json::{Value, json};

use crate::tools::{self, Tool};

/// A title that every format has to keep as it is.
const TITLE: &str = "=Falls; \"by\" ward, <b>1 & 2</b> 'ü'";

/// Somebody with an entry of most kinds.
fn somebody() -> Person {
    let ana = Person::new("ana");
    ana.says(["profile", "--name", "Ana", "--skill", "rust"]);
    let resource = ana.says([
        "add-resource",
        TITLE,
        "--url",
        "https://example.org/falls?a=1&b=2",
        "--tag",
        "data",
        "--tag",
        "wards",
        "--licence",
        "ODbL-1.0",
        "--body",
        "Counts *falls*,\n\n- by ward\n- by day\n\n---\n\n<i>not</i> a mark",
    ]);
    ana.says(["comment", resource.trim(), "Thank you;\nit helps"]);
    ana.says(["endorse", resource.trim()]);
    ana.says(["note", "Coffee is ready #wards"]);
    let session = ["add-session", "How wards sleep", "--start", "2026-11-23 09:00", "--end", "45m"];
    ana.says(session.into_iter().chain(["--place", "Room 1; first floor", "--lead", "Ana"]));
    ana
}

/// What a library reads in this format.
#[track_caller]
fn read(python: &Tool, ana: &Person, format: &str, name: &str) -> Value {
    let path = ana.home().join(name);
    ana.says(["export", "--format", format, "--output", path.to_str().expect("the path is text")]);
    let path =
        if path.is_dir() && format == "datapackage" { path.join("datapackage.json") } else { path };
    let printed = python.runs("exports.py", [format.as_ref(), path.as_os_str()]);
    serde_json::from_str(&printed).expect("it prints JSON")
}

/// The one among these of which this is so.
#[track_caller]
fn one<'v>(all: &'v Value, field: &str, value: &str) -> &'v Value {
    let found: Vec<&Value> =
        all.as_array().expect("it is a list").iter().filter(|one| one[field] == value).collect();
    assert_eq!(found.len(), 1, "{field} {value}: {all}");
    found[0]
}

#[test]
fn a_feed_is_read_by_feedparser() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    let posts = read(&python, &ana, "atom", "out.atom");
    assert_eq!(posts.as_array().unwrap().len(), ana.list().len());
    let ids: Vec<String> = ana
        .list()
        .iter()
        .map(|entry| format!("commons:{}", entry["id"].as_str().unwrap()))
        .collect();
    assert!(
        posts
            .as_array()
            .unwrap()
            .iter()
            .all(|post| ids.contains(&post["id"].as_str().unwrap().to_owned()))
    );
    let resource =
        posts.as_array().unwrap().iter().find(|post| post["tags"] == json!(["data", "wards"]));
    let resource = resource.unwrap();
    assert!(resource["authors"][0].as_str().unwrap().starts_with("Ana ("));
    let content = resource["content"].as_str().unwrap();
    assert!(
        content.contains("<li>by ward</li>") && content.contains("&lt;i&gt;not&lt;/i&gt;"),
        "{content}"
    );
}

#[test]
fn a_calendar_is_read_by_icalendar() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    let events = read(&python, &ana, "ical", "out.ics");
    let session = ana.reads(["programme"]).remove(0);
    assert_eq!(
        events,
        json!([{
            "uid": format!("{}@commons", session["id"].as_str().unwrap()),
            "title": "How wards sleep",
            "start": "2026-11-23T09:00:00+00:00",
            "end": "2026-11-23T09:45:00+00:00",
            "place": "Room 1; first floor",
        }])
    );
}

#[test]
fn a_table_is_read_by_python() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    let rows = read(&python, &ana, "csv", "out.csv");
    assert_eq!(rows.as_array().unwrap().len(), ana.list().len());
    let row = one(&rows, "title", &format!("'{TITLE}"));
    assert_eq!(row["tags"], "data\nwards");
    assert!(row["body"].as_str().unwrap().ends_with("<i>not</i> a mark"));
}

#[test]
fn bookmarks_are_read_by_a_bookmark_manager() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    let marks = read(&python, &ana, "bookmarks", "out.html");
    let mark = one(&marks, "url", "https://example.org/falls?a=1&b=2");
    assert_eq!(mark["title"], TITLE);
    assert_eq!(mark["tags"], ",data,wards,");
}

#[test]
fn a_data_package_is_valid_to_frictionless() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    for name in ["package", "package.json"] {
        let path = ana.home().join(name);
        let package = match name {
            "package" => read(&python, &ana, "datapackage", name),
            _ => {
                let text = ana.says(["export", "--format", "datapackage"]);
                std::fs::write(&path, text).unwrap();
                let printed = python.runs("exports.py", ["datapackage".as_ref(), path.as_os_str()]);
                serde_json::from_str(&printed).unwrap()
            }
        };
        assert_eq!(package["licences"], json!(["ODbL-1.0"]));
        assert_eq!(package["contributors"], json!(["Ana"]));
        let tables = package["tables"].as_object().unwrap();
        let rows: usize = tables.values().map(|rows| rows.as_array().unwrap().len()).sum();
        assert_eq!(rows, ana.list().len() + 1, "with the author");
        let row = &tables["resource"][0];
        let guard = if name == "package" { "'" } else { "" };
        assert_eq!(row["title"], format!("{guard}{TITLE}"));
        assert_eq!(row["url"], "https://example.org/falls?a=1&b=2");
    }
}

#[test]
fn pages_have_front_matter_that_yaml_reads() {
    let Some(python) = tools::python() else { return };
    let ana = somebody();
    let pages = read(&python, &ana, "markdown", "pages");
    assert_eq!(pages.as_array().unwrap().len(), ana.list().len());
    let page = one(&pages, "title", TITLE);
    assert_eq!(page["tags"], json!(["data", "wards"]));
    assert!(page["text"].as_str().unwrap().starts_with("Counts *falls*,\n\n- by ward"));
}

#[test]
fn the_pages_of_an_archive_are_valid_and_its_bundle_is_a_car_file() {
    let Some(node) = tools::node() else { return };
    let ana = somebody();
    ana.says(["add-idea", "<script>alert(1)</script>", "--tag", "wards", "--body", TITLE]);
    let site = ana.home().join("site");
    ana.says(["archive", site.to_str().unwrap()]);
    let rules = ana.home().join("rules.json");
    let presets = json!(["html-validate:standard", "html-validate:a11y"]);
    let rules_of =
        json!({ "root": true, "extends": presets, "rules": { "heading-level": "error" } });
    std::fs::write(&rules, rules_of.to_string()).unwrap();
    let mut validator = node.program("html-validate");
    validator.arg("--config").arg(&rules).arg(site.join("**/*.html"));
    let done = validator.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    // That it would find something if there were something.
    let page = site.join("index.html");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replace("<h1>", "<h1><p>")).unwrap();
    assert!(!validator.output().unwrap().status.success());
    let printed = node.runs("car.js", [site.join("commons.car")]);
    let bundle: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(bundle["contributions"], ana.status()["contributions"]);
}
