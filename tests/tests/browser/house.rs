//! Where the tests take place: nodes with boards, alone or as neighbours, and a commons with
//! something of every kind in it.

use commons_tests::{Node, Person, settle};

/// Starts this person's node with its board.
#[track_caller]
pub(crate) fn with_board(person: &Person) -> Node {
    person.starts_with(&["--board", "127.0.0.1:0"])
}

/// Starts this person's node with its board, as a neighbour of that node.
#[track_caller]
pub(crate) fn beside(neighbour: &Node, person: &Person) -> Node {
    let address = neighbour.address();
    person.starts_with(&["--board", "127.0.0.1:0", "--peer", &address])
}

/// The full id of the entry with this title.
#[track_caller]
pub(crate) fn id_of(person: &Person, title: &str) -> String {
    let entries = person.list();
    let entry = entries.iter().find(|entry| entry["title"] == title);
    let entry = entry.unwrap_or_else(|| panic!("no entry {title:?} in {entries:?}"));
    entry["id"].as_str().expect("an entry has an id").to_owned()
}

/// The author key of this person.
#[track_caller]
pub(crate) fn key_of(person: &Person) -> String {
    person.reads(["whoami"])[0]["author"].as_str().expect("everybody has a key").to_owned()
}

/// A commons in which two people have written something of every kind, and disagreed; with a node
/// of one of them that serves a board of it.
pub(crate) struct Filled {
    /// Whose node it is.
    pub(crate) ana: Person,
    /// Who wrote the other half.
    pub(crate) ben: Person,
    /// Ana's node.
    pub(crate) node: Node,
}

impl Filled {
    /// Makes one.
    #[track_caller]
    pub(crate) fn commons() -> Self {
        let [ana, ben] = ["ana", "ben"].map(Person::new);
        for words in OF_ANA {
            ana.says(*words);
        }
        let (hygiene, project) = (id_of(&ana, HYGIENE), id_of(&ana, LIGHTS));
        ana.says(["edit", &project, "--idea", &hygiene]);
        let node = with_board(&ana);
        let visit = beside(&node, &ben);
        settle(&[&ana, &ben]);
        visit.stops();
        for words in OF_BEN {
            ben.says(*words);
        }
        ben.says(["comment", &hygiene, "It works best where the light is **warm**."]);
        ben.says(["endorse", &hygiene]);
        ben.says(["join-project", &project]);
        // Of the same version, out of each other's reach: two titles stand side by side.
        let beds = id_of(&ana, BEDS);
        ana.says(["edit", &beds, "--title", "Bed sensors that let people sleep"]);
        ben.says(["edit", &beds, "--title", "Bed sensors without alarms"]);
        let visit = beside(&node, &ben);
        settle(&[&ana, &ben]);
        visit.stops();
        Self { ana, ben, node }
    }

    /// Every page of its board, once: of pages of a kind with something in them, one each.
    #[track_caller]
    pub(crate) fn pages(&self) -> Vec<String> {
        let mut pages: Vec<String> = PLAIN.iter().map(|&page| page.to_owned()).collect();
        let of = |title: &str| id_of(&self.ana, title);
        let hygiene = of(HYGIENE);
        for title in [HYGIENE, "Ward noise, hour by hour", LIGHTS, "How wards sleep"] {
            pages.push(format!("/entry/{}", of(title)));
        }
        let beds = self.ana.list().into_iter().find(|entry| {
            entry["title"].as_str().is_some_and(|title| title.starts_with("Bed sensors"))
        });
        let beds = beds.expect("it is there")["id"].as_str().expect("it has an id").to_owned();
        pages.push(format!("/entry/{beds}"));
        pages.push(format!("/entry/{beds}/history"));
        let version = self.ana.reads(["history", &beds])[0]["id"].as_str().map(str::to_owned);
        pages.push(format!("/entry/{beds}/history/{}", version.expect("a version has an id")));
        for act in ["edit", "erase", "comment"] {
            pages.push(format!("/entry/{hygiene}/{act}"));
        }
        pages.push(format!("/entry/{}/join", of(LIGHTS)));
        pages.push(format!("/entry/{beds}/edit"));
        pages.push(format!("/people/{}", key_of(&self.ben)));
        pages
    }
}

/// Pages that every commons has, empty or not.
pub(crate) const PLAIN: &[&str] = &[
    "/",
    "/ideas",
    "/ideas?tag=hygiene",
    "/projects",
    "/resources",
    "/sessions",
    "/notes",
    "/people",
    "/programme",
    "/tags",
    "/tags/hygiene",
    "/digest",
    "/digest?tag=wards",
    "/search?q=hygiene",
    "/search?q=nowhere",
    "/search",
    "/status",
    "/news",
    "/undo",
    "/erased",
    "/guests",
    "/kiosk",
    "/new",
    "/new/idea",
    "/new/project",
    "/new/resource",
    "/new/session",
    "/new/note",
    "/profile",
    "/forget-me",
    "/export",
    "/entry/zzzzzz",
    "/nowhere",
];

/// Those of them that say that there is nothing.
pub(crate) const MISSING: &[&str] = &["/entry/zzzzzz", "/nowhere"];

/// The idea that most tests look at.
pub(crate) const HYGIENE: &str = "Hand hygiene by the door";

const BEDS: &str = "Bed sensors";
const LIGHTS: &str = "Lights that thank people";

const OF_ANA: &[&[&str]] = &[
    &["profile", "--name", "Ana", "--about", "Nurse, night shifts", "--skill", "wards"],
    &[
        "add-idea",
        HYGIENE,
        "--tag",
        "hygiene",
        "--tag",
        "wards",
        "--body",
        "A light that *thanks* people who use the dispenser.\n\n- no camera\n- no counting of persons\n\n> It should be kind.\n\n    dispenser | light\n\nSee [the survey](https://example.org/survey) and #wards.",
        "--licence",
        "CC-BY-4.0",
    ],
    &["add-idea", BEDS, "--tag", "wards", "--tag", "sleep", "--body", "Fewer alarms at night."],
    &[
        "add-project",
        LIGHTS,
        "--tag",
        "hygiene",
        "--skill",
        "electronics",
        "--skill",
        "someone who knows dispensers",
        "--repository",
        "https://example.org/lights.git",
        "--body",
        "A lamp over each dispenser.",
    ],
    &[
        "add-session",
        "How wards sleep",
        "--start",
        "tomorrow 9:00",
        "--end",
        "45m",
        "--place",
        "Room 1",
        "--workstream",
        "wards",
        "--lead",
        "Ana",
    ],
    &["add-session", "Anything else"],
    &["note", "The coffee is by the stairs. #venue"],
];

const OF_BEN: &[&[&str]] = &[
    &["profile", "--name", "Ben", "--about", "Builds small things", "--skill", "electronics"],
    &[
        "add-resource",
        "Ward noise, hour by hour",
        "--url",
        "https://example.org/noise.csv",
        "--format",
        "dataset",
        "--tag",
        "wards",
        "--licence",
        "CC0-1.0",
    ],
    &[
        "add-session",
        "Sensors on beds",
        "--start",
        "tomorrow 9:30",
        "--end",
        "tomorrow 10:15",
        "--place",
        "Room 1",
    ],
    &["note", "We look for somebody who can solder, at the table by the window. #hygiene"],
];
