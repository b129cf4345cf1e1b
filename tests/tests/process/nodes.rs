//! The verbs beside a running node, and the ways in which a node ends.

use commons_tests::{Person, settle, settled, wait};

#[test]
fn the_first_event_tells_who_runs_and_where() {
    let ana = Person::new("ana");
    ana.adds_idea("One");
    let node = ana.starts();
    let ready = node.ready();
    assert_eq!(node.events()[0], ready, "ready comes first");
    assert_eq!(ready["commons"], ana.commons());
    assert_eq!(ready["pid"], node.pid());
    assert_eq!(ready["contributions"], 1);
    assert_eq!(ready["entries"], 1);
    assert_eq!(ready["author"], ana.reads(["whoami"])[0]["author"]);
    assert_eq!(ready["fingerprint"], ana.status()["fingerprint"]);
    assert!(!ready["listen"].as_array().unwrap().is_empty(), "{ready}");
    node.stops();
}

#[test]
fn what_is_written_beside_a_node_is_told_by_it_at_once() {
    let ana = Person::new("ana");
    let node = ana.starts();
    let id = ana.adds_idea("Hand hygiene by the door");
    let told = node.hears_of(&id);
    assert_eq!(told["title"], "Hand hygiene by the door");
    assert_eq!((&told["kind"], &told["from"]), (&"idea".into(), &"here".into()));
    let mark = node.mark();
    ana.says(["edit", &id, "--title", "Hand hygiene"]);
    let told = node.hears_after(mark, "contribution", |_| true);
    assert_eq!(told["title"], "Hand hygiene");
    node.stops();
}

#[test]
fn every_verb_works_beside_a_node() {
    let ana = Person::new("ana");
    let node = ana.starts();
    let id = ana.adds_idea("One");
    ana.says(["add-resource", "Two", "--url", "https://example.org"]);
    ana.says(["add-project", "Three", "--idea", &id]);
    let version = ana.reads(["history", &id])[0]["id"].as_str().unwrap().to_owned();
    ana.says(["edit", &id, "--title", "Four"]);
    ana.says(["restore", &id, &version]);
    assert_eq!(ana.titles(), ["One", "Three", "Two"]);
    assert_eq!(ana.reads(["history", &id]).len(), 3);
    assert_eq!(ana.reads(["verify"])[0]["checked"], 5);
    let status = ana.status();
    assert_eq!(status["node"]["pid"], node.pid());
    assert_eq!(status["node"]["connected"], 0);
    assert_eq!(status["only_here"], 5);
    assert_eq!(ana.reads(["peers"]).len(), 0);
    node.stops();
    assert_eq!(ana.status()["node"], serde_json::Value::Null);
}

#[test]
fn two_nodes_share_what_was_written_before_and_what_is_written_now() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    ana.adds_idea("From ana, before");
    ben.adds_idea("From ben, before");
    let one = ana.starts();
    let two = ben.starts_with(&["--peer", &one.address()]);
    settled(&[&ana, &ben], 2);
    let id = ana.adds_idea("From ana, now");
    assert_eq!(two.hears_of(&id)["from"], "peer");
    let id = ben.adds_idea("From ben, now");
    one.hears_of(&id);
    settled(&[&ana, &ben], 4);
    let peers = ana.reads(["peers"]);
    let connected: Vec<_> = peers.iter().filter(|peer| peer["state"] == "connected").collect();
    assert_eq!(connected.len(), 1, "{peers:?}");
    wait::until("ana to know that ben has it all", || {
        let only_here = &ana.status()["only_here"];
        if *only_here == 0 { Ok(()) } else { Err(format!("{only_here} only here")) }
    });
    two.stops();
    one.hears("peer-disconnected", |_| true);
    one.stops();
}

#[test]
fn edits_on_both_sides_of_a_gap_are_merged_and_a_conflict_is_told() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    let id = ana.says(["add-idea", "Sensors", "--body", "A mat counts turns."]);
    let id = id.trim();
    let one = ana.starts();
    let two = ben.starts_with(&["--peer", &one.address()]);
    settled(&[&ana, &ben], 1);
    one.stops();
    two.stops();
    ana.says(["edit", id, "--title", "Bed sensors", "--body", "A soft mat counts turns."]);
    ben.says(["edit", id, "--title", "Mat sensors", "--body", "A mat counts turns at night."]);
    let one = ana.starts();
    let two = ben.starts_with(&["--peer", &one.address()]);
    settled(&[&ana, &ben], 3);
    for person in [&ana, &ben] {
        let entry = &person.reads(["show", id])[0];
        assert_eq!(entry["fields"]["body"], "A soft mat counts turns at night.");
        assert_eq!(entry["conflicts"], 1);
        let titles = entry["conflicting"]["title"].as_array().expect("both titles are told");
        let mut titles: Vec<_> = titles.iter().filter_map(|it| it["value"].as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["Bed sensors", "Mat sensors"]);
        assert_eq!(entry["heads"].as_array().map(Vec::len), Some(2));
    }
    ana.says(["edit", id, "--title", "Bed mats"]);
    settled(&[&ana, &ben], 4);
    let entry = &ben.reads(["show", id])[0];
    assert_eq!((&entry["title"], &entry["conflicts"]), (&"Bed mats".into(), &0.into()));
    drop((one, two));
}

#[test]
fn a_node_that_was_killed_starts_again_and_has_lost_nothing() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    let one = ana.starts();
    let two = ben.starts_with(&["--peer", &one.address()]);
    for number in 0..20 {
        let id = ana.adds_idea(&format!("Idea {number}"));
        if number == 10 {
            two.hears_of(&id);
        }
    }
    two.dies();
    ana.adds_idea("While ben was away");
    ben.adds_idea("By ben, without a node");
    let report = &ben.reads(["verify"])[0];
    assert_eq!((&report["damaged"], &report["changed"]), (&serde_json::json!([]), &0.into()));
    let two = ben.starts_with(&["--peer", &one.address()]);
    settled(&[&ana, &ben], 22);
    one.stops();
    two.stops();
}

#[test]
fn a_node_remembers_its_peers_and_its_port() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    let one = ana.starts_with(&["--listen", "/ip4/127.0.0.1/tcp/0"]);
    let two = ben.starts_with(&["--peer", &one.address()]);
    two.hears("in-sync", |_| true);
    two.stops();
    // Nobody names an address this time.
    ana.adds_idea("While ben was away");
    let two = ben.starts();
    two.hears("peer-connected", |_| true);
    settle(&[&ana, &ben]);
    assert_eq!(ben.titles(), ["While ben was away"]);
    drop((one, two));
}

#[test]
fn nodes_of_different_commons_leave_each_other_alone() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    let passer_by = Person::new("passer-by").in_commons("another-commons");
    let one = ana.starts();
    ana.adds_idea("Ours");
    passer_by.adds_idea("Theirs");
    let stranger = passer_by.starts_with(&["--peer", &one.address()]);
    // The meeting is over when the passer-by has been told, and ben has come after it.
    stranger.hears("warning", |_| true);
    let two = ben.starts_with(&["--peer", &one.address()]);
    settled(&[&ana, &ben], 1);
    assert_eq!(passer_by.titles(), ["Theirs"]);
    let peers = ana.reads(["peers"]);
    let connected = peers.iter().filter(|peer| peer["state"] == "connected").count();
    assert_eq!(connected, 1, "only ben is a peer: {peers:?}");
    drop((one, two, stranger));
}

#[test]
fn a_home_with_a_long_path_is_as_good_as_any() {
    let ana = Person::new("ana");
    // A socket's path has about a hundred bytes; a user's directories do not know that.
    let deep = ana.home().join("a-directory-with-a-long-name/".repeat(5));
    let ana = ana.with_home(&deep);
    let node = ana.starts();
    let id = ana.adds_idea("Hand hygiene by the door");
    node.hears_of(&id);
    assert_eq!(ana.status()["node"]["pid"], node.pid());
    node.stops();
}
