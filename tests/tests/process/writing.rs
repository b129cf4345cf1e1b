//! The verbs that write: add-idea, add-resource, add-project, edit, restore.

use std::os::unix::fs::PermissionsExt;

use commons_tests::Person;

use crate::reading::shown;

#[test]
fn the_first_use_makes_a_home_that_is_its_owners_alone() {
    let ana = Person::new("ana");
    let said = ana.runs(["add-idea", "Hand hygiene by the door"]).succeeded();
    assert!(said.err.contains("author.key"), "the key is pointed out: {said}");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(ana.home()), 0o700);
    assert_eq!(mode(&ana.author_key()), 0o600);
    assert_eq!(mode(&ana.database()), 0o600);
    let said = ana.runs(["add-idea", "Bed sensors"]).succeeded();
    assert!(!said.err.contains("author.key"), "only once: {said}");
}

#[test]
fn an_idea_has_what_was_said_of_it() {
    let ana = Person::new("ana");
    let id = ana.says([
        "add-idea",
        "Hand hygiene by the door",
        "--body",
        "A light that **thanks** people.\n\nSecond paragraph.",
        "--tag",
        "hygiene",
        "--tag",
        "ward",
        "--link",
        "https://example.org/hands",
        "--licence",
        "CC-BY-4.0",
    ]);
    let entry = shown(&ana, id.trim());
    assert_eq!(entry["kind"], "idea");
    assert_eq!(entry["title"], "Hand hygiene by the door");
    assert_eq!(entry["fields"]["body"], "A light that **thanks** people.\n\nSecond paragraph.");
    assert_eq!(entry["tags"], serde_json::json!(["hygiene", "ward"]));
    assert_eq!(entry["fields"]["links"], serde_json::json!(["https://example.org/hands"]));
    assert_eq!(entry["licence"], "CC-BY-4.0");
    assert_eq!((&entry["versions"], &entry["authors"]), (&1.into(), &1.into()));
}

#[test]
fn a_resource_and_a_project_have_fields_of_their_own() {
    let ana = Person::new("ana");
    let idea = ana.adds_idea("Bed sensors");
    let resource = ana.says([
        "add-resource",
        "Open bed data",
        "--url",
        "https://example.org/beds.csv",
        "--format",
        "CSV",
    ]);
    let entry = shown(&ana, resource.trim());
    assert_eq!(entry["kind"], "resource");
    assert_eq!(entry["fields"]["url"], "https://example.org/beds.csv");
    assert_eq!(entry["fields"]["format"], "CSV");
    let project = ana.says([
        "add-project",
        "Quiet nights",
        "--idea",
        &idea,
        "--repository",
        "https://example.org/quiet",
        "--skill",
        "welding",
        "--skill",
        "statistics",
    ]);
    let entry = shown(&ana, project.trim());
    assert_eq!(entry["kind"], "project");
    assert_eq!(entry["fields"]["skills"], serde_json::json!(["statistics", "welding"]));
    let grown_from = entry["fields"]["ideas"][0].as_str().expect("the idea it grew from");
    assert!(grown_from.starts_with(&idea));
    let referring = &shown(&ana, &idea)["referred_by"][0];
    assert_eq!((&referring["title"], &referring["how"]), (&"Quiet nights".into(), &"ideas".into()));
}

#[test]
fn a_body_comes_from_a_file_or_from_standard_input() {
    let ana = Person::new("ana");
    ana.says(["add-idea", "Some home first"]);
    let file = ana.home().join("text.md");
    std::fs::write(&file, "From a file.\n").unwrap();
    let id = ana.says(["add-idea", "One", "--body-file", file.to_str().unwrap()]);
    assert_eq!(body(&ana, &id), "From a file.");
    let said = ana.runs_with_input(["add-idea", "Two", "--body-file", "-"], "From a pipe.\n");
    assert_eq!(body(&ana, &said.succeeded().out), "From a pipe.");
    ana.runs(["add-idea", "Three", "--edit"]).failed_with(2).explaining("terminal");
}

#[test]
fn a_body_is_written_in_the_editor_at_a_terminal() {
    let ana = Person::new("ana");
    ana.says(["add-idea", "Some home first"]);
    let editor = ana.home().join("editor");
    std::fs::write(&editor, "#!/bin/sh\necho 'From an editor.' >\"$1\"\n").unwrap();
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o700)).unwrap();
    let words = "add-idea Three --edit";
    let with_editor = ana.with_variable("EDITOR", editor.to_str().unwrap());
    let Some(said) = with_editor.runs_at_terminal(words) else { return };
    said.succeeded();
    let list = with_editor.list();
    let id = list.iter().find(|entry| entry["title"] == "Three").unwrap()["id"].as_str().unwrap();
    assert_eq!(body(&with_editor, id), "From an editor.");
}

#[test]
fn an_edit_changes_what_it_names_and_a_restore_brings_it_back() {
    let ana = Person::new("ana");
    let id = ana.says(["add-idea", "Bed sensors", "--body", "A mat.", "--tag", "old"]);
    let id = id.trim();
    let first = ana.reads(["history", id]);
    let version = first[0]["id"].as_str().unwrap().to_owned();
    ana.says([
        "edit",
        id,
        "--title",
        "Mats",
        "--tag",
        "new",
        "--remove-tag",
        "old",
        "-m",
        "shorter",
    ]);
    let entry = shown(&ana, id);
    assert_eq!(entry["title"], "Mats");
    assert_eq!(entry["tags"], serde_json::json!(["new"]));
    assert_eq!(entry["fields"]["body"], "A mat.", "what was not named stays");
    let history = ana.reads(["history", id]);
    assert_eq!(history.len(), 2);
    let summaries: Vec<_> = history.iter().map(|version| &version["summary"]).collect();
    assert!(summaries.contains(&&"shorter".into()), "{history:?}");
    ana.says(["restore", id, &version]);
    let entry = shown(&ana, id);
    assert_eq!(entry["title"], "Bed sensors");
    assert_eq!(entry["tags"], serde_json::json!(["old"]));
    assert_eq!(entry["versions"], 3);
    assert_eq!(ana.reads(["history", id]).len(), 3, "a restore adds, and takes nothing away");
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing() {
    let ana = Person::new("ana");
    let id = ana.says(["add-idea", "Bed sensors"]);
    let before = ana.status();
    ana.runs(["edit", id.trim(), "--title", "Bed sensors"]).succeeded();
    assert_eq!(ana.status(), before);
}

#[test]
fn writing_with_json_tells_the_ids_in_full() {
    let ana = Person::new("ana");
    let written = ana.reads(["add-idea", "Bed sensors"]);
    let [written] = written.as_slice() else { panic!("one line: {written:?}") };
    assert_eq!(written["kind"], "idea");
    let id = written["id"].as_str().unwrap();
    assert_eq!(id.len(), 52);
    assert_eq!(written["entry"], id, "an entry's id is that of its first contribution");
    assert!(id.starts_with(written["short"].as_str().unwrap()));
    let edited = &ana.reads(["edit", id, "--title", "Mats"])[0];
    assert_eq!(edited["entry"], id);
    assert_ne!(edited["id"], id);
}

fn body(person: &Person, id: &str) -> String {
    let entry = shown(person, id.trim());
    entry["fields"]["body"].as_str().unwrap_or_default().trim_end().to_owned()
}
