//! Entries that break what shows them: cases 17 and 18. How a panic is contained while one is put
//! together is in `node/src/store/tests/unshown.rs`, as nothing that is known makes one from here;
//! what people see of it is below.

use commons_node::store::{Filter, Source};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::{CommonsId, ContributionId};
use commons_proto::kind::Kind;
use commons_tests::Person;
use commons_tests::ideas::{accept, store};
use rusqlite::Connection;

/// The entry is shown as damaged with its history, everything else works, and a program that can
/// put it together shows it again.
#[test]
fn case_17_a_damaged_entry_is_told_as_such_with_its_history_and_cured_by_making_the_view_anew() {
    let ana = Person::new("ana");
    let (good, bad) = (ana.adds_idea("Bed sensors"), ana.adds_idea("Hand hygiene"));
    let connection = Connection::open(ana.database()).expect("the database is there");
    let said = "a fault\u{1b}[2J here";
    connection
        .execute(
            "INSERT INTO unshown SELECT number, ?1 FROM entry WHERE title = 'Hand hygiene'",
            [said],
        )
        .expect("it can be noted");
    drop(connection);

    let list = ana.list();
    for entry in &list {
        let reason = entry["damaged"].as_str();
        let is_bad = entry["id"].as_str().is_some_and(|id| id.starts_with(&bad));
        assert_eq!(reason, is_bad.then_some(said), "{entry}");
    }
    assert!(ana.says(["list"]).contains("[damaged]"));
    let shown = ana.says(["show", &bad]);
    assert!(shown.contains("It is damaged") && shown.contains("commons history"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(ana.says(["history", &bad]).contains("title: Hand hygiene"));
    assert_eq!(ana.status()["damaged"], 1);
    assert!(ana.says(["status"]).contains("fails to put 1 entry together"));
    ana.runs(["edit", &bad, "--title", "Soap"]).failed_with(8).explaining("history");

    assert!(ana.says(["show", &good]).contains("Bed sensors"));
    ana.says(["edit", &good, "--title", "Better beds"]);
    ana.adds_idea("Soap");
    let report = ana.runs(["verify"]).failed_with(12);
    assert!(report.out.contains("rebuilt"), "{report}");
    assert_eq!(ana.titles(), ["Better beds", "Hand hygiene", "Soap"]);
    assert_eq!(ana.status()["damaged"], 0);
}

/// Whatever strangers write is only text: on a terminal, and for programs.
#[test]
fn case_18_what_would_steer_a_terminal_or_hide_is_only_text() {
    let ana = Person::new("ana");
    let commons = CommonsId::derive(ana.commons(), None).expect("a good name");
    let heap = format!("a{}", "\u{301}".repeat(500));
    let mut all = Vec::new();
    for (number, evil) in EVIL.iter().chain([&heap.as_str()]).enumerate() {
        let text = |value: &str| Value::Text(value.to_owned());
        let single = |field: &str| Edit::Set { field: field.to_owned(), value: Some(text(evil)) };
        let item = |field: &str| Edit::Add { field: field.to_owned(), item: text(evil) };
        let body =
            Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert: (*evil).to_owned() };
        let key = number as u8 + 1;
        let edits = vec![
            single("title"),
            single("url"),
            single("licence"),
            item("tags"),
            item("links"),
            body,
            Edit::Set { field: "odd".to_owned(), value: Some(text(evil)) },
        ];
        all.push(signed(key, &commons, Subject::Genesis(Kind::Resource), Vec::new(), edits));
        let person = vec![single("name"), single("about"), item("skills")];
        all.push(signed(key, &commons, Subject::Genesis(Kind::Person), Vec::new(), person));
        let newer = Kind::new("survey", true).expect("a good name");
        all.push(signed(key, &commons, Subject::Genesis(newer), Vec::new(), vec![single("title")]));
    }
    accept(&mut store(&ana), &all, Source::Peer);
    let mut said = vec![ana.says(["list"]), ana.says(["people"]), ana.says(["status"])];
    said.push(ana.says(["list", "--json"]));
    said.push(ana.says(["people", "--json"]));
    for one in &all {
        let id = one.id().to_string();
        for verb in ["show", "history"] {
            said.push(ana.says([verb, id.as_str()]));
            let lines = ana.runs([verb, id.as_str(), "--json"]).succeeded();
            assert_eq!(lines.json().len(), 1, "{lines}");
            said.push(lines.out);
        }
        // Errors name them, too.
        said.push(ana.runs(["list", "--tag", EVIL[0], "--by", EVIL[1]]).err);
    }
    for out in said {
        let bad = out.chars().find(|letter| is_obeyed(*letter));
        assert_eq!(bad, None, "{:.2000}", out.escape_debug().to_string());
        let heaps = "\u{301}".repeat(12);
        assert!(!out.contains(&heaps), "a heap of accents runs over other lines");
    }
    // Programs get what is there.
    let titles = ana.titles();
    for evil in EVIL.iter().filter(|evil| !evil.contains('\n')) {
        assert!(titles.iter().any(|title| title == evil.trim()), "{evil:?} in {titles:?}");
    }
}

/// A text of many contributions is shown and found; what has a meaning in the search is only words
/// there; and titles that look the same are told apart by their ids.
#[test]
fn case_18_long_texts_search_signs_and_titles_that_look_the_same() {
    let ana = Person::new("ana");
    let commons = CommonsId::derive(ana.commons(), None).expect("a good name");
    let title =
        |text: &str| vec![Edit::Set { field: "title".to_owned(), value: Some(text.into()) }];
    let begin = |key, text: &str| {
        signed(key, &commons, Subject::Genesis(Kind::Idea), Vec::new(), title(text))
    };
    let long = begin(1, &"hygiene ".repeat(4_000));
    let mut all = vec![long.clone()];
    for part in 0..3 {
        let parents = vec![all.last().map(Verified::id).expect("there is one")];
        let insert = format!("{}\n", "wards and doors ".repeat(2_500));
        let edit = Edit::Splice { field: "body".to_owned(), at: part * 10, delete: 0, insert };
        let subject = Subject::Entry(long.id().into());
        all.push(signed(1, &commons, subject, parents, vec![edit]));
    }
    let twins = [begin(2, "Ward sensors"), begin(3, "W\u{430}rd sensors")];
    all.extend(twins.iter().cloned());
    accept(&mut store(&ana), &all, Source::Peer);

    let id = long.id().to_string();
    let shown = ana.reads(["show", &id]).remove(0);
    assert!(shown["fields"]["body"].as_str().is_some_and(|body| body.len() > 100_000));
    assert!(ana.says(["show", &id]).len() > 100_000);
    assert!(ana.says(["history", &id]).len() < 10_000, "a history shows beginnings");
    ana.says(["list"]);

    let store = store(&ana);
    for words in SEARCHED {
        store
            .search(&Filter::of_words(words, 10))
            .unwrap_or_else(|error| panic!("{words:?}: {error}"));
    }
    assert_eq!(store.search(&Filter::of_words("wards", 10)).expect("a search").len(), 1);
    assert_eq!(store.search(&Filter::of_words("\"Ward OR", 10)).expect("a search").len(), 0);

    let list = ana.says(["list"]);
    for twin in &twins {
        let short = store.short(&twin.id()).expect("it is held");
        assert_eq!(list.lines().filter(|line| line.starts_with(&short)).count(), 1, "{list}");
        assert_eq!(ana.reads(["show", &short])[0]["id"], twin.id().to_string());
    }
}

fn signed(
    key: u8,
    commons: &CommonsId,
    subject: Subject,
    parents: Vec<ContributionId>,
    edits: Vec<Edit>,
) -> Verified {
    let draft = Draft { subject, parents, edits, summary: Some(EVIL[0].to_owned()) };
    let key = AuthorKey::from_secret(&[key; 32]);
    draft.sign(&key, commons, 1_700_000_000, [18; SALT_BYTES]).expect("it fits")
}

/// Whether a terminal obeys it, or nobody sees it. Written apart from what the program has.
fn is_obeyed(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter as u32, 0xad | 0x61c | 0x180e | 0x200b | 0x200e | 0x200f)
        || matches!(letter as u32, 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb)
        || matches!(letter as u32, 0xe0000..=0xe0fff | 0x10ffff)
}

/// What somebody who wants to steer a terminal, or to hide something, would write.
const EVIL: [&str; 16] = [
    "\u{1b}[2J\u{1b}]0;title\u{7}red",
    "\u{9b}31m\u{90}q\u{9c}\u{9d}52;c;aGk=\u{9c}sixel",
    "\u{1b}]8;;https://example.org\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}P$qm\u{1b}\\\u{1b}[6n\u{1b}[?1049hanswers",
    "over\rwritten\u{8}\u{8}\u{7f}\u{0}x",
    "two\nlines\u{b}\u{c}\u{85}more",
    "invoice\u{202e}fdp.exe",
    "\u{2066}isolate\u{2069}\u{202a}embed\u{202c}",
    "ad\u{200b}min\u{2060}\u{feff}x",
    "soft\u{ad}hyphen\u{61c}mark\u{180e}",
    "line\u{2028}paragraph\u{2029}end",
    "tag\u{e0041}\u{e0042}\u{e007f}s",
    "select\u{fe00}ors\u{e0100}",
    "\u{200e}left\u{200f}right",
    "fill\u{10ffff}\u{fff9}er",
    "\u{1b}[8mhidden\u{1b}[0m",
];

/// What has a meaning to the full-text search, and what it might choke on.
const SEARCHED: [&str; 14] = [
    "\"",
    "*",
    "a* AND (",
    "title : x",
    "NEAR(a b, 5)",
    "^x",
    "-x",
    "+",
    "{title tags} : x",
    "''",
    "\u{0}",
    "😀\u{200d}",
    "OR",
    ")\u{1b}[2J;--",
];
