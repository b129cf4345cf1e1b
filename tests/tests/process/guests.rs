//! Guests of a running node: people with a browser and no node, whom the host lets in and sends away.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use commons_tests::guest::Guest;
use commons_tests::{Node, Person, settle};
use serde_json::{Value, json};

/// A node that lets guests in on loopback, and one of them.
fn hosts(host: &Person) -> (Node, Guest) {
    let node = host.starts_with(&["--board", "127.0.0.1:0", "--guests=127.0.0.1:0"]);
    let guest = Guest::at(url(&node.ready()["guests"]));
    (node, guest)
}

fn url(urls: &Value) -> &str {
    urls[0].as_str().expect("there is an address")
}

#[test]
fn what_a_guest_writes_verifies_under_the_guests_key_on_another_node() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let (node, guest) = hosts(&ana);
    let ben_runs = ben.starts_with(&["--peer", &node.address()]);
    let taken = guest.writes("/new/idea", "title=Bed+sensors&body=A+mat+that+counts+turns.");
    assert_eq!((taken.len(), &taken[0]["outcome"]), (1, &json!("new")));
    let entry = taken[0]["entry"].as_str().unwrap();
    ben_runs.hears_of(entry);
    settle(&[&ana, &ben]);
    let shown = &ben.reads(["show", entry])[0];
    assert_eq!(shown["author"], guest.author().to_string());
    assert_ne!(shown["author"], ana.reads(["whoami"])[0]["author"], "not the host wrote it");
    ben.runs(["verify"]).succeeded();
    assert_eq!(ana.reads(["guests"])[0]["wrote"], 1);

    // Later, on a node of their own, they are the same author.
    let own = Person::new("the guest at home");
    let file = own.home().with_file_name("commons-guest.key");
    fs::write(&file, guest.key_file()).unwrap();
    own.runs(["key", "import", file.to_str().unwrap()]).succeeded();
    let own_runs = own.starts_with(&["--peer", &node.address()]);
    own_runs.hears_of(entry);
    own.says(["erase", entry, "--yes"]);
    settle(&[&ana, &ben, &own]);
    assert_eq!(ben.titles(), [""; 0]);
}

#[test]
fn guests_come_and_go_as_the_host_says() {
    let ana = Person::new("ana");
    ana.runs(["guests"]).failed_with(1).explaining("commons start --guests");
    let (node, guest) = hosts(&ana);
    assert_eq!(guest.gets("/").status, 200);
    let status = &ana.reads(["guests"])[0];
    assert_eq!((&status["open"], &status["urls"]), (&json!(true), &node.ready()["guests"]));

    assert_eq!(ana.reads(["guests", "off"])[0]["open"], false);
    assert!(!guest.reaches());
    let again = &ana.reads(["guests", "on", "127.0.0.1:0"])[0];
    assert_eq!(again["fingerprint"], status["fingerprint"], "nobody is warned anew");
    assert_eq!(Guest::at(url(&again["urls"])).gets("/guests").status, 200);
    ana.runs(["guests", "off", "127.0.0.1:0"]).failed_with(2);
    node.stops();
    assert!(!Guest::at(url(&again["urls"])).reaches());
}

#[test]
fn a_node_that_was_started_without_guests_lets_them_in_later_and_one_without_a_board_does_not() {
    let ana = Person::new("ana");
    let node = ana.starts_with(&["--board", "127.0.0.1:0"]);
    assert_eq!(node.ready()["guests"], json!([]));
    assert_eq!(ana.reads(["guests"])[0]["open"], false);
    let opened = &ana.reads(["guests", "on", "127.0.0.1:0"])[0];
    assert!(Guest::at(url(&opened["urls"])).reaches());
    node.stops();

    let node = ana.starts_with(&["--board", "off"]);
    ana.runs(["guests", "on"]).failed_with(1).explaining("--board off");
    node.stops();
    ana.runs(["start", "--board", "off", "--guests"]).failed_with(2).explaining("--board off");
    ana.runs(["start", "--board", "127.0.0.1:0", "--guests=nowhere"])
        .failed_with(2)
        .explaining("0.0.0.0:7118");
}

#[test]
fn the_secure_page_is_that_of_the_certificate_which_the_host_is_shown() {
    let ana = Person::new("ana");
    let (node, guest) = hosts(&ana);
    let file = ana.home().join("guests.pem");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let guest = guest.trusting(&fs::read_to_string(&file).unwrap());
    let told = ana.reads(["guests"])[0]["fingerprint"].clone();
    assert_eq!(told, guest.fingerprint().unwrap());
    assert_eq!(guest.gets("/").status, 200);
    let taken = guest.writes("/new/note", "text=Hello+from+a+phone");
    assert_eq!(taken[0]["outcome"], "new");
    node.stops();
}

#[test]
fn a_terminal_with_room_shows_the_code_that_leads_in() {
    let ana = Person::new("ana");
    let _node = hosts(&ana);
    let Some(said) = ana.runs_at_terminal_of(40, 100, "guests on") else { return };
    assert!(said.out.contains('▀') && said.out.contains("http://127.0.0.1:"), "{said}");
    let Some(said) = ana.runs_at_terminal_of(12, 100, "guests on") else { return };
    assert!(!said.out.contains('▀') && said.out.contains("http://127.0.0.1:"), "{said}");
}
