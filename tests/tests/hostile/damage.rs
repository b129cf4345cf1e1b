//! Rows of the database that are not what they were: case 21. They are noticed by their hash, told
//! as damaged on this disk and fetched again, and nobody is blamed for them.

use commons_proto::id::ContributionId;
use commons_tests::{Node, Person, settled, wait};
use rusqlite::{Connection, params};

/// Flips a bit of a contribution on somebody's disk.
fn harms(person: &Person, column: &str, id: &str) {
    let database = Connection::open(person.database()).expect("a database");
    let id: ContributionId = id.parse().expect("an id");
    let row: i64 = database
        .query_row("SELECT seq FROM contribution WHERE id = ?1", [id.0], |row| row.get(0))
        .expect("it is here");
    let select = format!("SELECT {column} FROM contribution WHERE seq = ?1");
    let mut bytes: Vec<u8> = database.query_row(&select, [row], |row| row.get(0)).expect("bytes");
    *bytes.last_mut().expect("some bytes") ^= 1;
    let update = format!("UPDATE contribution SET {column} = ?2 WHERE seq = ?1");
    database.execute(&update, params![row, bytes]).expect("it can be written");
}

/// Adds an idea and gives its whole id.
fn adds(person: &Person, title: &str) -> String {
    let lines = person.reads(["add-idea", title]);
    lines[0]["id"].as_str().expect("an id").to_owned()
}

fn warns(node: &Node, mark: usize, words: &str) {
    node.hears_after(mark, "warning", |event| {
        event["message"].as_str().is_some_and(|message| message.contains(words))
    });
}

fn joins(person: &Person, other: &Node) -> Node {
    person.starts_with(&["--peer", &other.address()])
}

/// Nobody refuses anybody, nor ever did.
fn blame_nobody(nodes: &[&Node]) {
    for node in nodes {
        let refused = node.events().into_iter().find(|event| event["event"] == "peer-refused");
        assert_eq!(refused, None, "{} blames somebody", node.person().name());
    }
}

const COLUMNS: [&str; 3] = ["header", "signature", "payload"];

#[test]
fn case_21_a_running_node_fetches_again_what_is_found_damaged() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let ids = COLUMNS.map(|column| adds(&ana, column));
    let node = ana.starts();
    let bens = joins(&ben, &node);
    settled(&[&ana, &ben], 3);
    for (column, id) in COLUMNS.iter().zip(&ids) {
        harms(&ana, column, id);
    }
    let mark = node.mark();
    ana.runs(["verify"]).failed_with(12).explaining("damaged on this disk");
    warns(&node, mark, "damaged on this disk");
    warns(&node, mark, "whole again");
    settled(&[&ana, &ben], 3);
    ana.runs(["verify"]).succeeded();
    for one in [&node, &bens] {
        assert!(one.events().iter().all(|event| event["event"] != "peer-disconnected"));
    }
    blame_nobody(&[&node, &bens]);
}

/// Harms rows that only their owner holds for now, and lets somebody ask for all.
fn is_not_served(harmed: &[&str], restarts: bool) {
    let [ana, ben, cyd] = ["ana", "ben", "cyd"].map(Person::new);
    let mut node = ana.starts();
    let ids: Vec<String> = harmed.iter().map(|column| adds(&ana, column)).collect();
    adds(&ana, "sound");
    let all = 1 + harmed.len() as u64;
    let bens = joins(&ben, &node);
    settled(&[&ana, &ben], all);
    bens.stops();
    if restarts {
        node.stops();
        node = ana.starts();
    }
    for (column, id) in harmed.iter().zip(&ids) {
        harms(&ana, column, id);
    }
    // Nobody has found it yet.
    let cyds = joins(&cyd, &node);
    warns(&node, 0, "damaged on this disk");
    wait::until("the sound one to come", || match cyd.titles() {
        titles if titles == ["sound"] => Ok(()),
        titles => Err(format!("{titles:?}")),
    });
    blame_nobody(&[&node, &cyds]);
    // Whoever still has it gives it back.
    let bens = joins(&ben, &node);
    settled(&[&ana, &ben, &cyd], all);
    warns(&node, 0, "whole again");
    ana.runs(["verify"]).succeeded();
    blame_nobody(&[&node, &bens, &cyds]);
}

#[test]
fn case_21_a_damaged_row_is_not_served_and_whoever_asked_blames_nobody() {
    is_not_served(&COLUMNS, true);
}

#[test]
fn case_21_a_row_that_is_damaged_as_soon_as_it_is_there_is_not_served() {
    is_not_served(&["header", "payload"], false);
}

#[test]
fn case_21_a_log_that_ends_in_a_damaged_row_is_made_whole() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    adds(&ana, "first");
    let last = adds(&ana, "last");
    let node = ana.starts();
    let bens = joins(&ben, &node);
    settled(&[&ana, &ben], 2);
    node.stops();
    bens.stops();
    harms(&ana, "payload", &last);
    ana.runs(["verify"]).failed_with(12).explaining("damaged on this disk");
    // It knows how its log ends before it meets anybody.
    let node = ana.starts();
    let bens = joins(&ben, &node);
    settled(&[&ana, &ben], 2);
    ana.runs(["verify"]).succeeded();
    adds(&ana, "after it");
    settled(&[&ana, &ben], 3);
    blame_nobody(&[&node, &bens]);
}
