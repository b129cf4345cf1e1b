//! The verbs that read: list, show, history, status, peers, whoami, verify.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use commons_node::store::Source;
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::id::CommonsId;
use commons_proto::kind::Kind;
use commons_tests::Person;
use commons_tests::ideas::{Ideas, accept, store};
use serde_json::Value;

/// What `show --json` says of an entry.
#[track_caller]
pub(crate) fn shown(person: &Person, id: &str) -> Value {
    let mut lines = person.reads(["show", id]);
    assert_eq!(lines.len(), 1, "show is one line");
    lines.remove(0)
}

/// A contribution by a stranger that begins an entry of this kind with this line in this field.
pub(crate) fn from_a_stranger(person: &Person, kind: Kind, field: &str, line: &str) -> Verified {
    let commons = CommonsId::derive(person.commons(), None).expect("a good name");
    let edit = Edit::Set { field: field.to_owned(), value: Some(line.into()) };
    let subject = Subject::Genesis(kind);
    let draft = Draft { subject, parents: Vec::new(), edits: vec![edit], summary: None };
    let stranger = AuthorKey::from_secret(&[77; 32]);
    draft.sign(&stranger, &commons, 1_700_000_000, [1; 16]).expect("a short contribution")
}

#[test]
fn a_list_is_filtered_by_kind_tag_author_time_and_number() {
    let ana = Person::new("ana");
    ana.says(["add-idea", "One", "--tag", "ward"]);
    ana.says(["add-resource", "Two", "--tag", "data", "--url", "https://example.org"]);
    ana.says(["add-idea", "Three", "--tag", "Ward"]);
    let strange = from_a_stranger(&ana, Kind::Idea, "title", "Four");
    accept(&mut store(&ana), &[strange], Source::Peer);
    let titles = |words: &[&str]| -> Vec<String> {
        let words = ["list"].iter().chain(words);
        let lines = ana.reads(words);
        let mut titles: Vec<_> =
            lines.iter().map(|entry| entry["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles
    };
    assert_eq!(titles(&[]), ["Four", "One", "Three", "Two"]);
    assert_eq!(titles(&["resource"]), ["Two"]);
    assert_eq!(titles(&["resources"]), ["Two"]);
    assert_eq!(titles(&["--tag", "ward"]), ["One", "Three"]);
    assert_eq!(titles(&["--by", "me"]), ["One", "Three", "Two"]);
    assert_eq!(titles(&["--since", "1h"]), ["One", "Three", "Two"]);
    assert_eq!(titles(&["--since", "2023-11-14"]).len(), 4);
    assert_eq!(titles(&["--limit", "2"]).len(), 2);
    assert_eq!(titles(&["idea", "--tag", "data"]), [""; 0]);
}

#[test]
fn every_line_of_a_list_has_the_same_fields() {
    let ana = Person::new("ana");
    ana.says(["add-idea", "One", "--tag", "ward", "--licence", "CC0-1.0"]);
    ana.says(["add-project", "Two"]);
    let fields = [
        "author",
        "authors",
        "changed",
        "conflicts",
        "created",
        "damaged",
        "id",
        "kind",
        "licence",
        "muted",
        "name",
        "short",
        "tags",
        "title",
        "versions",
    ];
    for line in ana.list() {
        let object = line.as_object().expect("an object a line");
        assert!(object.keys().eq(fields), "{line}");
        let changed = object["changed"].as_str().unwrap();
        assert!(changed.ends_with('Z') && changed.contains('T'), "RFC 3339 in UTC: {changed}");
    }
}

#[test]
fn any_unique_prefix_of_an_id_will_do() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let full = ana.list()[0]["id"].as_str().unwrap().to_owned();
    for length in [1, 6, 20, 52] {
        assert_eq!(shown(&ana, &full[..length])["id"], full.as_str());
    }
    assert_eq!(shown(&ana, &full.to_uppercase())["id"], full.as_str());
}

#[test]
fn status_counts_what_is_here_and_what_is_only_here() {
    let ana = Person::new("ana");
    let empty = ana.status();
    assert_eq!((&empty["contributions"], &empty["node"]), (&0.into(), &Value::Null));
    let id = ana.adds_idea("One");
    ana.says(["edit", &id, "--title", "Two"]);
    let status = ana.status();
    assert_eq!(status["commons"], ana.commons());
    assert_eq!(status["contributions"], 2);
    assert_eq!(status["entries"], 1);
    assert_eq!(status["kinds"], serde_json::json!({ "idea": 1 }));
    assert_eq!(status["authors"], 1);
    assert_eq!(status["only_here"], 2);
    assert_ne!(status["fingerprint"], empty["fingerprint"]);
}

#[test]
fn whoami_tells_the_key_by_which_one_is_known() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let me = &ana.reads(["whoami"])[0];
    assert_eq!(me["author"], ana.list()[0]["author"]);
    assert!(me["did"].as_str().unwrap().starts_with("did:key:z6Mk"), "{me}");
    let key = std::path::PathBuf::from(me["key_file"].as_str().unwrap());
    assert_eq!(key, ana.author_key());
    assert_eq!(ana.reads(["whoami"])[0], *me, "the key stays");
}

#[test]
fn verify_finds_that_all_is_well() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("One");
    ana.says(["edit", &id, "--title", "Two"]);
    let report = &ana.reads(["verify"])[0];
    assert_eq!(report["checked"], 2);
    assert_eq!(report["damaged"], serde_json::json!([]));
    assert_eq!(report["changed"], 0);
}

#[test]
fn every_reading_verb_speaks_to_people_as_well() {
    let ana = Person::new("ana");
    let id = ana.adds_idea("Hand hygiene by the door");
    for words in [
        vec!["list"],
        vec!["show", &id],
        vec!["history", &id],
        vec!["status"],
        vec!["whoami"],
        vec!["verify"],
    ] {
        let said = ana.runs(&words).succeeded();
        assert!(!said.out.trim().is_empty(), "{said}");
        assert!(!said.out.contains('\u{1b}'), "no colour where nobody looks: {said}");
    }
    ana.runs(["peers"]).succeeded();
    assert!(ana.says(["list"]).contains("Hand hygiene by the door"));
    assert!(ana.says(["show", &id]).contains("Hand hygiene by the door"));
    assert!(ana.says(["help"]).contains("add-idea"));
    assert!(ana.says(["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let ana = Person::new("ana");
    // More than a pipe holds, so that the program is still writing when its reader leaves.
    let many = Ideas::new(ana.commons(), 1_000);
    accept(&mut store(&ana), &many.signed, Source::Here);
    for json in [None, Some("--json")] {
        let mut command = ana.command(["list"].into_iter().chain(json));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::with_capacity(64, child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        drop(out);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert!(child.wait().unwrap().success(), "{err}");
        assert_eq!(err, "");
    }
}

#[test]
fn what_strangers_write_does_not_steer_the_terminal() {
    let ana = Person::new("ana");
    let evil = "\u{1b}[2J\u{1b}]0;title\u{7}red\r\nnext\u{202e}desrever\u{9b}31m";
    let idea = from_a_stranger(&ana, Kind::Idea, "title", evil);
    let id = idea.id().to_string();
    accept(&mut store(&ana), &[idea], Source::Peer);
    for words in [vec!["list"], vec!["show", &id], vec!["history", &id]] {
        let out = ana.says(&words);
        assert!(out.contains("red"), "{words:?} shows the harmless part: {out:?}");
        for bad in ['\u{1b}', '\u{7}', '\r', '\u{202e}', '\u{9b}'] {
            assert!(!out.contains(bad), "{words:?} prints {bad:?}: {out:?}");
        }
        let lines = out.lines().filter(|line| line.trim_start().starts_with("next")).count();
        assert_eq!(lines, 0, "{words:?}: a line of a stranger stays one line: {out:?}");
    }
    assert_eq!(shown(&ana, &id)["fields"]["title"], evil, "programs get what is there");
}
