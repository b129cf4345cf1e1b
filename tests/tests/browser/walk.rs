//! The walk of `docs/guide/board.md`: two people propose, improve, build a team, make the programme,
//! read the digest and keep an archive. It is walked each time; with `UPDATE_DOCS=1` it makes the
//! pictures of the page anew.

use std::path::{Path, PathBuf};

use commons_tests::Person;
use commons_tests::browser::Browser;
use jiff::{ToSpan as _, Zoned};
use tempfile::TempDir;

use crate::house::{HYGIENE, beside, with_board};

#[test]
fn the_walk_of_the_guide() {
    let [ana, ben] = ["ana", "ben"].map(|name| Person::new(name).in_commons("Quiet wards"));
    let of_ana = with_board(&ana);
    let of_ben = beside(&of_ana, &ben);
    let pictures = Pictures::new();
    let archive = pictures.directory.path().join("archive");
    let site = format!("file://{}/", archive.display());
    let boards = [of_ana.board(), of_ben.board(), site];
    let boards = boards.each_ref().map(String::as_str);
    let Some([you, friend, reader]) = Browser::on(boards) else { return };
    for browser in [&you, &friend, &reader] {
        browser.without_scrollbars();
    }
    pictures.take("empty", you.visits("/").sees("Nothing is here yet"));

    for (browser, name, skills) in [(&you, "Ana", "wards"), (&friend, "Ben", "electronics, sewing")]
    {
        browser.visits("/profile").fills("Name", name).fills("Skills", skills);
        browser.clicks("Save your profile").sees_in("h1", name);
    }
    friend.visits("/").sees("Propose the first one");
    you.visits("/").clicks_in("header", "Add").clicks("An idea").fills("Title", HYGIENE);
    you.fills(
        "Text",
        "A **sound** at the dispenser reminds people.\n\n- no camera\n- no list of names",
    );
    pictures.take("propose", you.fills("Tags", "hygiene, wards"));
    you.clicks("Add the idea").sees_in("h1", HYGIENE);
    let idea = you.path();
    pictures.take("new", friend.sees_in(".new", HYGIENE));

    friend.clicks(HYGIENE).clicks("Change it");
    friend.fills(
        "Text",
        "A **warm light** at the dispenser thanks people.\n\n- no camera\n- no list of names",
    );
    friend.fills("Tags", "hygiene, wards, lights");
    friend
        .fills("What you change, and why", "A light is kinder than a sound")
        .clicks("Save the idea");
    you.sees("warm light at the dispenser");
    you.clicks_in("main", "History").sees("2 versions").sees("A light is kinder than a sound");
    pictures.take("change", you.clicks("See what it changed").sees_in("ins", "warm"));

    you.visits("/new").clicks("A project").fills("Title", "Lights that thank people");
    you.fills("Text", "A lamp over each dispenser, built in two days.").fills("Tags", "hygiene");
    you.fills("Skills", "electronics, sewing").fills("Ideas", idea.trim_start_matches("/entry/"));
    you.clicks("Add the project").sees_in("h1", "Lights that thank people").sees(HYGIENE);
    let project = you.path();
    of_ben.hears("contribution", |event| event["title"] == "Lights that thank people");
    friend.visits(&project).fills("Your role", "builds the lamps").clicks("Join the team");
    friend.sees("builds the lamps").clicks("Endorse").sees("Take your endorsement back");
    friend.fills("Comment", "I bring the soldering iron.").clicks_in(".remarks", "Comment");
    you.sees("I bring the soldering iron.").sees("builds the lamps");
    pictures.take("team", you.visits(&project).sees_in(".remarks", "soldering iron"));

    let day = Zoned::now().checked_add(1.day()).expect("there is a tomorrow").date();
    for (browser, title, place, begins, ends) in [
        (&you, "Lights that thank people: the first lamp", "Workshop", "10:00", "10:45"),
        (&friend, "How wards sleep", "Room 1", "10:15", "11:00"),
    ] {
        browser.visits("/new/session").fills("Title", title).fills("Place", place);
        browser.fills("Begins", &format!("{day}T{begins}")).fills("Ends", &format!("{day}T{ends}"));
        browser.fills("Tags", "wards").clicks("Add the session").sees_in("h1", title);
    }
    you.visits("/programme").sees("the first lamp").sees("How wards sleep");
    pictures.take("programme", &you);

    you.visits("/tags/hygiene").clicks_in("main", "Digest").sees(HYGIENE).sees("Ben");
    pictures.take("digest", &you);

    ana.says(["archive".as_ref(), archive.as_os_str()]);
    pictures.take("archive", reader.visits("index.html").sees(HYGIENE));
    pictures.are_those_of_the_page();
}

/// The pictures of the walk: in the guide if they are to be made anew, and otherwise in a folder that
/// is thrown away.
struct Pictures {
    directory: TempDir,
    taken: std::cell::RefCell<Vec<String>>,
}

impl Pictures {
    fn new() -> Self {
        let directory = TempDir::with_prefix("commons-test-").expect("a temporary directory");
        Self { directory, taken: std::cell::RefCell::default() }
    }

    #[track_caller]
    fn take(&self, name: &str, browser: &Browser) {
        browser
            .prefers("light")
            .sized(WIDTH, HEIGHT)
            .without_scrollbars()
            .script("scrollTo(0, 0)", vec![]);
        browser.takes_picture(&self.path(name));
        self.taken.borrow_mut().push(format!("board/{name}.png"));
    }

    fn path(&self, name: &str) -> PathBuf {
        match std::env::var_os("UPDATE_DOCS") {
            Some(_) => guide().join(format!("board/{name}.png")),
            None => self.directory.path().join(format!("{name}.png")),
        }
    }

    /// Every picture that was taken is in the page, in this order, with words for those who do not see
    /// it; it is there, and small enough for a repository.
    #[track_caller]
    fn are_those_of_the_page(&self) {
        let page = std::fs::read_to_string(guide().join("board.md")).expect("the page is there");
        let shown: Vec<(&str, &str)> = page
            .split("![")
            .skip(1)
            .filter_map(|rest| rest.split_once("]("))
            .filter_map(|(words, rest)| Some((words, rest.split_once(')')?.0)))
            .collect();
        let names: Vec<&str> = shown.iter().map(|(_, name)| *name).collect();
        assert_eq!(names, *self.taken.borrow(), "the pictures of the page are those of the walk");
        for (words, name) in shown {
            assert!(words.len() > WORDS, "{name} is told in words: {words:?}");
            let size = std::fs::metadata(guide().join(name)).map_or(0, |file| file.len());
            assert!((1..=BYTES).contains(&size), "{name} has {size} bytes; make it anew: {ANEW}");
        }
    }
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

/// The size of a picture in pixels: legible where a page shows it at half of that.
const WIDTH: u32 = 1080;
const HEIGHT: u32 = 720;

/// Bytes of a picture at most: what a page of text takes, and no photograph.
const BYTES: u64 = 120_000;

/// Characters of a picture's words at least: a file name would be shorter.
const WORDS: usize = 20;

const ANEW: &str = "UPDATE_DOCS=1 cargo test --workspace --test browser walk";
