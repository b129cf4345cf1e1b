//! Each format with entries of every kind, and with what strangers write.

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::erasure::erase_edits;
use commons_proto::id::{CommonsId, ContributionId, EntryId};
use commons_proto::kind::Kind;
use tempfile::TempDir;

use super::{Exported, bookmarks, csv, datapackage, feed, ical, items, markdown};
use crate::store::{Filter, Source, Store, Summary, Target};

/// When the first thing is written: 2026-09-21T14:13:20Z.
const START: u64 = 1_790_000_000;
const DAY: u64 = 24 * 60 * 60;

/// A commons in which people and strangers wrote something of every kind, on several days.
pub(crate) struct Written {
    _directory: TempDir,
    pub(crate) store: Store,
    pub(crate) all: Vec<Verified>,
    /// An idea that two people wrote.
    pub(crate) idea: EntryId,
    /// What its author took back.
    pub(crate) erased: EntryId,
    /// What is muted.
    pub(crate) muted: EntryId,
}

impl Written {
    pub(crate) fn new() -> Self {
        let mut pen = Pen::default();
        let idea = pen.begin(
            1,
            Kind::Idea,
            vec![
                set("title", "Bed sensors"),
                splice(
                    "A mat that *counts* turns.\n\n---\n<b onclick=x>[y](javascript:alert(1))</b>",
                ),
                add("tags", "hackday"),
                add("tags", "Sensors"),
                set("licence", "CC-BY-4.0"),
            ],
        );
        pen.later(DAY);
        pen.follow(2, idea, vec![set("title", "Bed sensors for every ward")]);
        pen.begin(
            1,
            Kind::Person,
            vec![set("name", "Ana"), set("about", "=nurse"), add("skills", "rust")],
        );
        let hostile = "=cmd\u{202e}<script>alert(1)</script>\u{7}\r\nEND:VEVENT";
        pen.begin(3, Kind::Person, vec![set("name", hostile)]);
        let project = pen.begin(
            3,
            Kind::Project,
            vec![
                set("title", hostile),
                set("repository", "javascript:alert(1)"),
                set("demo", "https://example.org/\"onmouseover=x"),
                add("links", &format!("commons:{idea}")),
                add("tags", "../../<b>"),
                add("tags", "con"),
            ],
        );
        pen.begin(
            2,
            Kind::Resource,
            vec![
                set("title", "Falls, by ward"),
                set("url", "https://example.org/falls?a=1&b=2"),
                set("licence", "ODbL-1.0"),
                add("tags", "hackday"),
                splice("-1 is a number"),
            ],
        );
        for (title, start) in
            [("How wards sleep", START + 2 * DAY), (hostile, START + 2 * DAY + 600)]
        {
            pen.begin(
                3,
                Kind::Session,
                vec![
                    set("title", title),
                    number("start", start),
                    number("end", start + 2700),
                    set("place", "Room 1; with, commas"),
                    add("leads", "Ana"),
                ],
            );
        }
        pen.begin(2, Kind::Session, vec![set("title", "Some time"), set("place", "\r\nX:1")]);
        pen.later(DAY);
        pen.begin(
            2,
            Kind::Note,
            vec![set("text", "Coffee is ready #hackday"), add("tags", "hackday")],
        );
        pen.begin(3, Kind::Comment, vec![about(idea), set("text", "Nice,\nit is")]);
        pen.begin(2, Kind::Endorsement, vec![about(idea)]);
        pen.begin(2, Kind::Membership, vec![about(project), set("role", "tester")]);
        let erased = pen.begin(2, Kind::Idea, vec![set("title", "Unspeakable words")]);
        let target = pen.all.last().unwrap().record().clone();
        pen.begin(2, Kind::Erasure, erase_edits(&[&target]));
        let muted =
            pen.begin(4, Kind::Idea, vec![set("title", "Buy my pills"), add("tags", "pills")]);
        let directory = TempDir::new().unwrap();
        let store = Store::open(&directory.path().join("test.sqlite"), &commons()).unwrap();
        let mut written = Self { _directory: directory, store, all: pen.all, idea, erased, muted };
        for batch in written.all.clone().chunks(5) {
            written.store.accept(batch, START + 9 * DAY, Source::Peer).unwrap();
        }
        written.store.mute(&[Target::Entry(muted)], START).unwrap();
        written
    }

    pub(crate) fn listed(&self) -> Vec<Summary> {
        self.store.list(&Filter::default()).unwrap()
    }

    fn export(
        &self,
        write: impl FnOnce(&mut Vec<u8>, &[Summary]) -> Exported,
    ) -> (String, Exported) {
        let mut out = Vec::new();
        let exported = write(&mut out, &self.listed());
        (String::from_utf8(out).unwrap(), exported)
    }
}

pub(crate) fn commons() -> CommonsId {
    CommonsId::derive("test", None).unwrap()
}

#[derive(Default)]
struct Pen {
    all: Vec<Verified>,
    after: u64,
}

impl Pen {
    fn later(&mut self, seconds: u64) {
        self.after += seconds;
    }

    fn sign(
        &mut self,
        author: u8,
        subject: Subject,
        parents: Vec<ContributionId>,
        edits: Vec<Edit>,
    ) {
        let draft = Draft { subject, parents, edits, summary: None };
        let time = START + self.after + self.all.len() as u64;
        let key = AuthorKey::from_secret(&[author; 32]);
        self.all.push(draft.sign(&key, &commons(), time, [7; 16]).unwrap());
    }

    fn begin(&mut self, author: u8, kind: Kind, edits: Vec<Edit>) -> EntryId {
        self.sign(author, Subject::Genesis(kind), Vec::new(), edits);
        self.all.last().unwrap().id().into()
    }

    fn follow(&mut self, author: u8, entry: EntryId, edits: Vec<Edit>) {
        self.sign(author, Subject::Entry(entry), vec![entry.into()], edits);
    }
}

fn set(field: &str, value: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(value.into()) }
}

fn number(field: &str, value: u64) -> Edit {
    let value = Some(Value::Number(value.try_into().unwrap()));
    Edit::Set { field: field.to_owned(), value }
}

fn add(field: &str, item: &str) -> Edit {
    Edit::Add { field: field.to_owned(), item: item.into() }
}

fn about(entry: EntryId) -> Edit {
    Edit::Set { field: "about".to_owned(), value: Some(Value::Entry(entry)) }
}

fn splice(insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert: insert.to_owned() }
}

#[test]
fn a_table_is_read_back_and_no_cell_is_a_formula() {
    let written = Written::new();
    let (text, exported) =
        written.export(|out, listed| csv::write(items(&written.store, listed), out).unwrap());
    let mut rows = ::csv::Reader::from_reader(text.as_bytes());
    assert_eq!(rows.headers().unwrap(), csv::COLUMNS);
    let rows: Vec<::csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(exported, Exported { written: rows.len() as u64, left_out: 0 });
    assert_eq!(rows.len(), written.listed().len());
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let cell = |row: &::csv::StringRecord, column: &str| {
        let place = csv::COLUMNS.iter().position(|name| *name == column).unwrap();
        csv::unguarded(row.get(place).unwrap()).to_owned()
    };
    let idea = rows.iter().find(|row| cell(row, "id") == written.idea.to_string()).unwrap();
    assert_eq!(cell(idea, "title"), "Bed sensors for every ward");
    assert_eq!(cell(idea, "tags").lines().collect::<Vec<_>>(), ["Sensors", "hackday"]);
    assert!(cell(idea, "body").contains("\n\n---\n"));
    assert!(rows.iter().any(|row| cell(row, "body") == "-1 is a number"));
    assert!(rows.iter().any(|row| cell(row, "about") == written.idea.to_string()));
    assert!(!text.contains("Unspeakable") && !text.contains("pills"));
}

#[test]
fn pages_have_fields_that_are_json_and_the_text_as_it_is() {
    let written = Written::new();
    let folder = TempDir::new().unwrap();
    let listed = written.listed();
    let exported = markdown::write_folder(items(&written.store, &listed), folder.path()).unwrap();
    assert_eq!(exported.written, listed.len() as u64);
    let id = written.idea.to_string();
    let page = folder.path().join(format!("idea/bed-sensors-for-every-ward-{}.md", &id[..10]));
    let page = std::fs::read_to_string(page).unwrap();
    let (front, text) = page.strip_prefix("---\n").unwrap().split_once("\n---\n\n").unwrap();
    assert!(text.starts_with("A mat that *counts* turns.\n\n---\n<b"));
    let front: serde_json::Map<String, serde_json::Value> = front
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(key, value)| (key.to_owned(), serde_json::from_str(value).unwrap()))
        .collect();
    assert_eq!(front["tags"], serde_json::json!(["Sensors", "hackday"]));
    assert_eq!((&front["id"], &front["by"]), (&id.into(), &"Ana".into()));
    let pages: usize = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|kind| std::fs::read_dir(kind.unwrap().path()).unwrap().count())
        .sum();
    assert_eq!(pages, listed.len());
}

#[test]
fn bookmarks_lead_to_the_web_alone() {
    let written = Written::new();
    let (text, exported) = written.export(|out, listed| {
        bookmarks::write("<test>", items(&written.store, listed), out).unwrap()
    });
    assert_eq!(exported.written, 2, "a resource, and a project with a demo");
    assert!(text.contains("<A HREF=\"https://example.org/falls?a=1&amp;b=2\""));
    assert!(text.contains("HREF=\"https://example.org/&quot;onmouseover=x\""));
    assert!(!text.contains("javascript:") && !text.contains("<script") && !text.contains("<test>"));
    assert!(text.contains("TAGS=\"hackday\">Falls, by ward</A>\n    <DD>-1 is a number\n"));
}

#[test]
fn a_calendar_has_the_sessions_with_a_start_and_no_line_of_a_stranger() {
    let written = Written::new();
    let (text, exported) = written
        .export(|out, listed| ical::write("test", items(&written.store, listed), out).unwrap());
    assert_eq!(exported.written, 2);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.iter().filter(|line| **line == "END:VEVENT").count(), 2);
    assert!(lines.iter().all(|line| line.len() <= 75 && !line.contains(['\r', '\n', '\u{7}'])));
    assert!(lines.contains(&"LOCATION:Room 1\\; with\\, commas"));
    assert!(text.contains("DTSTART:20260923T141320Z") && text.contains("DTEND:20260923T145820Z"));
    assert_eq!(text.matches("UID:").count(), 2);
}

#[test]
fn a_feed_names_everybody_and_is_read_back() {
    let written = Written::new();
    let (text, _) = written
        .export(|out, listed| feed::write("test", items(&written.store, listed), out).unwrap());
    let read = atom_syndication::Feed::read_from(text.as_bytes()).unwrap();
    assert_eq!(read.entries.len(), written.listed().len());
    let idea = read.entries.iter().find(|entry| entry.id.ends_with(&written.idea.to_string()));
    let idea = idea.unwrap();
    assert_eq!(idea.authors.len(), 2);
    assert!(idea.authors[0].name.starts_with("Ana ("));
    assert!(!text.contains("href=&quot;javascript:"));
}

#[test]
fn a_data_package_describes_its_tables() {
    let written = Written::new();
    let (text, exported) = written.export(|out, listed| {
        datapackage::write("test", items(&written.store, listed), out).unwrap()
    });
    assert_eq!(exported.left_out, 0);
    let package: serde_json::Value = serde_json::from_str(&text).unwrap();
    let folder = TempDir::new().unwrap();
    datapackage::write_folder("test", items(&written.store, &written.listed()), folder.path())
        .unwrap();
    let tables = package["resources"].as_array().unwrap();
    let mut rows = 0;
    for table in tables {
        let name = table["name"].as_str().unwrap();
        let fields: Vec<&str> = table["schema"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        let data = table["data"].as_array().unwrap();
        for row in data {
            let mut keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            let mut expected = fields.clone();
            keys.sort_unstable();
            expected.sort_unstable();
            assert_eq!(keys, expected);
        }
        let mut file = ::csv::Reader::from_path(folder.path().join(format!("{name}.csv"))).unwrap();
        assert_eq!(file.headers().unwrap().iter().collect::<Vec<_>>(), fields);
        assert_eq!(file.records().map(Result::unwrap).count(), data.len());
        if name != "authors" {
            rows += data.len();
        }
    }
    assert_eq!(rows, written.listed().len());
    assert_eq!(package["licenses"].as_array().unwrap().len(), 2);
    assert_eq!(package["contributors"].as_array().unwrap().len(), 3, "who is muted is not one");
}
