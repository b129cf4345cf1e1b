//! The pages of the guide are carried out: what they show is what happens.

use std::path::{Path, PathBuf};

use commons_tests::{Person, guide};

/// Every page has a test here, so that each is counted and fails by its own name.
macro_rules! pages {
    ($($test:ident: $page:literal),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                guide::carry_out(&directory().join($page));
            }
        )*

        const PAGES: &[&str] = &[$($page),*];
    };
}

pages! {
    at_your_terminal: "at-your-terminal.md",
    board: "board.md",
    bring_in: "bring-in.md",
    carry_by_hand: "carry-by-hand.md",
    choose_what_you_read: "choose-what-you-read.md",
    digest: "digest.md",
    find: "find.md",
    first_steps: "first-steps.md",
    guests: "guests.md",
    improve_together: "improve-together.md",
    keep_it_running: "keep-it-running.md",
    keep_safe: "keep-safe.md",
    programme: "programme.md",
    say_and_join: "say-and-join.md",
    take_back: "take-back.md",
    take_out: "take-out.md",
    when_something_is_wrong: "when-something-is-wrong.md",
    where_you_stand: "where-you-stand.md",
}

#[test]
fn every_page_has_a_test() {
    let files = std::fs::read_dir(directory()).expect("the guide is there");
    let name = |file: std::io::Result<std::fs::DirEntry>| {
        file.expect("the guide can be read").file_name().to_string_lossy().into_owned()
    };
    let mut found: Vec<String> = files.map(name).filter(|name| name.ends_with(".md")).collect();
    found.sort();
    assert_eq!(found, PAGES);
}

/// The page of the API stands beside the guide, as it is for programmers.
#[test]
fn the_api() {
    guide::carry_out(&directory().join("../api.md"));
}

/// After a change of what the program says of itself: `UPDATE_DOCS=1 cargo test --workspace --test guide`.
#[test]
fn the_reference_is_what_the_program_says_of_itself() {
    let page = directory().join("../cli.md");
    let said = Person::new("ana").says(["man", "--markdown"]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &said).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    let differs = written.lines().zip(said.lines()).find(|(one, other)| one != other);
    assert!(
        written == said,
        "docs/cli.md is out of date, first at {differs:?}; make it anew: \
         UPDATE_DOCS=1 cargo test --workspace --test guide reference"
    );
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}
