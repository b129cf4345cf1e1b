//! What is one's own: profile, notes, comments, endorsements, teams; the programme; and taking back.

use commons_tests::{Person, settle};
use serde_json::json;

use crate::reading::shown;

#[test]
fn a_profile_is_written_once_and_changed_from_then_on() {
    let ana = Person::new("ana");
    let first = ana.reads(["profile", "--name", "Ana", "--skill", "statistics,welding"]);
    ana.says(["profile", "--remove-skill", "welding", "--interest", "sleep"]);
    let people = ana.reads(["people"]);
    assert_eq!(people.len(), 1);
    assert_eq!(people[0]["id"], first[0]["entry"]);
    assert_eq!(people[0]["skills"], json!(["statistics"]));
    assert_eq!(people[0]["interests"], json!(["sleep"]));
    let profile = &ana.reads(["profile"])[0];
    assert_eq!(profile["fields"]["skills"], json!(["statistics"]));
    assert_eq!(profile["fields"]["interests"], json!(["sleep"]));
    assert_eq!(ana.reads(["people", "--skill", "Statistics"]).len(), 1);
    assert_eq!(ana.reads(["people", "--skill", "welding"]).len(), 0);
    assert_eq!(ana.reads(["profile", "ana"])[0]["id"], profile["id"]);
    ana.runs(["profile", "nobody"]).failed_with(3);
}

#[test]
fn hashtags_of_a_note_are_its_tags() {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("Bed sensors");
    let note =
        ana.says(["note", "Soap is out #Hygiene #ward-3", "--tag", "today", "--about", &idea]);
    let note = shown(&ana, note.trim());
    assert_eq!(note["kind"], "note");
    assert_eq!(note["tags"], json!(["hygiene", "today", "ward-3"]));
    assert_eq!(note["fields"]["about"], shown(&ana, &idea)["id"]);
    ana.runs(["note", " "]).failed_with(2);
    let piped = ana.runs_with_input(["note", "-"], "One.\n\nTwo.\n").succeeded();
    assert_eq!(shown(&ana, piped.out.trim())["fields"]["text"], "One.\n\nTwo.");
}

#[test]
fn an_endorsement_counts_once_and_a_membership_changes_its_role() {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("Bed sensors");
    assert_eq!(ana.says(["endorse", &idea]), ana.says(["endorse", &idea]));
    let project = ana.says(["add-project", "Quiet nights"]);
    let project = project.trim();
    ana.says(["join-project", project, "--role", "front end"]);
    ana.says(["join-project", project, "--role", "back end"]);
    let team = |ana: &Person| {
        let view = shown(ana, project);
        let members = view["referred_by"].as_array().unwrap().clone();
        members
            .into_iter()
            .map(|member| member["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let members = team(&ana);
    assert_eq!(members.len(), 1);
    assert_eq!(shown(&ana, &members[0])["fields"]["role"], "back end");
    ana.runs(["leave-project", project]).succeeded();
    assert_eq!(team(&ana), Vec::<String>::new());
    ana.runs(["leave-project", project]).succeeded();
    ana.runs(["join-project", &idea]).failed_with(2);
}

#[test]
fn the_programme_is_in_the_order_of_time_and_marks_what_clashes() {
    let ana = Person::new("ana");
    let session = |title: &str, more: &[&str]| {
        let mut words = vec!["add-session", title];
        words.extend(more);
        ana.says(words).trim().to_owned()
    };
    session("Sometime", &[]);
    session("Second", &["--start", "2026-11-28T10:00:00Z", "--end", "1h", "--place", "room 1"]);
    session("First", &["--start", "2026-11-28T09:30:00Z", "--end", "45m", "--place", "Room 1"]);
    session("Third", &["--start", "2026-11-28T11:00:00Z", "--end", "1h", "--place", "Room 1"]);
    let programme = ana.reads(["programme"]);
    let titles: Vec<&str> = programme.iter().map(|slot| slot["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["First", "Second", "Third", "Sometime"]);
    assert_eq!(programme[0]["end"], "2026-11-28T10:15:00Z");
    assert_eq!(programme[0]["clashes"], json!([{"with": programme[1]["id"], "over": "Room 1"}]));
    assert_eq!(programme[2]["clashes"], json!([]), "one ends when the other begins");
    ana.runs(["add-session", "Wrong", "--end", "45m"]).failed_with(2);
}

#[test]
fn what_looks_personal_is_asked_about_before_it_is_signed() {
    let ana = Person::new("ana");
    let address = ["ana", "example.org"].join("@");
    let text = format!("Write to {address}");
    for words in [
        vec!["note", &text],
        vec!["add-idea", &text],
        vec!["add-idea", "One", "--body", &text],
        vec!["add-idea", "One", "--link", "tel:+44 20 7946 0000"],
        vec!["profile", "--about", &text],
    ] {
        ana.runs(&words).failed_with(if words.len() == 4 && words[2] == "--link" { 2 } else { 13 });
    }
    assert_eq!(ana.status()["contributions"], 0, "nothing was written");
    ana.runs(["note", &text, "--yes"]).succeeded();
    assert_eq!(ana.status()["contributions"], 1);
}

#[test]
fn undo_takes_back_the_last_change_and_undone_again_brings_it_back() {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("One");
    ana.says(["edit", &idea, "--title", "Two", "--tag", "x", "--body", "Some words."]);
    ana.runs(["undo"]).succeeded();
    let entry = shown(&ana, &idea);
    assert_eq!((&entry["title"], &entry["tags"]), (&json!("One"), &json!(["testing"])));
    assert_eq!(entry["fields"]["body"], serde_json::Value::Null);
    ana.runs(["undo"]).succeeded();
    let entry = shown(&ana, &idea);
    assert_eq!((&entry["title"], &entry["tags"]), (&json!("Two"), &json!(["testing", "x"])));
    assert_eq!(entry["fields"]["body"], "Some words.");
}

#[test]
fn undo_leaves_what_others_wrote_since() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let idea = ana.adds_idea("One");
    ana.says(["edit", &idea, "--tag", "mine", "--body", "First. Last."]);
    let node = ana.starts();
    let other = ben.starts_with(&["--peer", &node.address()]);
    settle(&[&ana, &ben]);
    ben.says(["edit", &idea, "--title", "Two", "--tag", "his", "--body", "First. Last. His."]);
    settle(&[&ana, &ben]);
    ana.runs(["undo"]).succeeded();
    settle(&[&ana, &ben]);
    for person in [&ana, &ben] {
        let entry = shown(person, &idea);
        assert_eq!(entry["title"], "Two");
        assert_eq!(entry["tags"], json!(["his", "testing"]));
        assert_eq!(entry["fields"]["body"].as_str().map(str::trim), Some("His."));
        assert_eq!(entry["conflicts"], 0);
    }
    other.stops();
    node.stops();
}

#[test]
fn erasing_takes_ones_own_words_and_leaves_those_of_others_everywhere() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let idea = ana.adds_idea("Quiet corridors");
    let own = ana.adds_idea("Nobody else wrote here");
    let node = ana.starts();
    let other = ben.starts_with(&["--peer", &node.address()]);
    settle(&[&ana, &ben]);
    ben.says(["edit", &idea, "--tag", "his"]);
    settle(&[&ana, &ben]);
    ben.runs(["erase", &own]).failed_with(10);
    ana.runs(["erase", &idea]).failed_with(13);
    let erased = &ana.reads(["erase", &idea, &own, "--yes"])[0];
    assert_eq!((&erased["peers"], &erased["confirmed"]), (&json!(1), &json!(1)), "{erased}");
    assert_eq!(erased["erased"].as_array().map(Vec::len), Some(2));
    settle(&[&ana, &ben]);
    for person in [&ana, &ben] {
        let entry = shown(person, &idea);
        assert_eq!((&entry["title"], &entry["tags"]), (&json!(""), &json!(["his"])));
        assert!(!person.titles().contains(&"Nobody else wrote here".to_owned()));
    }
    ana.runs(["undo"]).failed_with(10);
    ana.runs(["forget-me", "--yes"]).succeeded().explaining("Nothing to erase");
    other.stops();
    node.stops();
}
