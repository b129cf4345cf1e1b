//! The board of a running node under many eyes.

use commons_node::control;
use commons_node::home::Home;
use commons_node::store::Source;
use commons_tests::audience::Audience;
use commons_tests::ideas::{Ideas, accept, store};
use commons_tests::{Person, settle};

/// On a smaller scale what the benchmark measures: streams and readers while another node writes.
#[test]
fn no_stream_loses_an_event_while_another_node_writes_and_others_read() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let first = ana.adds_idea("Hand hygiene by the door");
    let node = ana.starts_with(&["--board", "127.0.0.1:0"]);
    let other = ben.starts_with(&["--peer", &node.address()]);
    let entry = format!("/entry/{}", ana.reads(["show", &first])[0]["id"].as_str().unwrap());
    let pages = ["/", "/ideas", &entry, "/api/v1/entries"].map(str::to_owned);
    let audience = Audience::of(&node.board(), 20, 5, &pages, 30);

    let ideas = Ideas::new(ben.commons(), 100);
    let mut writer = store(&ben);
    let socket = Home::open(ben.home()).unwrap().socket();
    for batch in ideas.signed.chunks(5) {
        accept(&mut writer, batch, Source::Here);
        assert!(control::nudge(&socket), "the node answers");
    }
    settle(&[&ana, &ben]);
    audience.hears(101);

    let all = audience.heard();
    let expected: Vec<u64> = (1..=101).collect();
    for (number, heard) in all.iter().enumerate() {
        let positions: Vec<u64> = heard.events.iter().map(|(position, _)| *position).collect();
        assert_eq!(positions, expected, "stream {number}: each once, in order");
        assert_eq!(heard.opened, if number % 2 == 0 { 1 } else { 2 }, "stream {number}");
    }
    let read = audience.read();
    assert_eq!(read.failed, Vec::<String>::new());
    assert!(!read.times.is_empty(), "pages were read meanwhile");
    drop(audience);
    other.stops();
    node.stops();
}

/// What a program is told when it writes without the token names the file that has it.
#[test]
fn the_token_is_in_the_home_and_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ana = Person::new("ana");
    let node = ana.starts_with(&["--board", "127.0.0.1:0"]);
    let file = ana.home().join("api.token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    node.stops();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let findings = ana.runs(["doctor", "--json"]);
    assert!(findings.out.contains("api.token"), "{findings}");
}
