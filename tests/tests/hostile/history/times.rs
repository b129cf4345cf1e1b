//! Times that an author claims and nobody can have: case 9.

use commons_node::store::{Outcome, Store};
use commons_proto::contribution::Verified;
use commons_proto::limits::TIME_END;
use commons_tests::ideas::{now, store};
use commons_tests::scribe::{carry, receives, set};
use commons_tests::{Person, Scribe, settled};

/// Seconds: two hours, which is well beyond what a clock may be ahead.
const HOURS: u64 = 7200;

/// An idea for each time: none, nearly none, this one, a little ahead, far ahead, and the last one
/// that there is.
fn ideas(scribe: &Scribe) -> Vec<Verified> {
    let now = now();
    let times = [0, 1, now, now + 60, now + HOURS, 1 << 38, TIME_END - 1];
    let idea = |(number, time): (usize, &u64)| {
        let kind = commons_proto::kind::Kind::Idea;
        scribe.begins_at(*time, kind, vec![set("title", &format!("Idea {number}"))])
    };
    times.iter().enumerate().map(idea).collect()
}

/// All are taken and shown with a time that a calendar has: the beginning of 1970 for none, the
/// time of receipt for what is far ahead, so that nobody's entry stays on top by a lie.
#[test]
fn case_09_times_that_cannot_be_are_shown_as_ones_that_can() {
    let ana = Person::new("ana");
    let scribe = Scribe::new(ana.commons(), 1);
    let received = receives(&mut store(&ana), &ideas(&scribe));
    assert!(received.iter().all(|outcome| matches!(outcome, Outcome::New { .. })));
    let shown = |title: &str| {
        let list = ana.list();
        let entry = list.iter().find(|entry| entry["title"] == title).expect("it can be read");
        assert_eq!(entry["created"], entry["changed"]);
        entry["changed"].as_str().expect("it can be read").to_owned()
    };
    assert_eq!(shown("Idea 0"), "1970-01-01T00:00:00Z");
    assert_eq!(shown("Idea 1"), "1970-01-01T00:00:01Z");
    let here = shown("Idea 4");
    assert_eq!((shown("Idea 5"), shown("Idea 6")), (here.clone(), here.clone()));
    assert!(shown("Idea 3") > here, "a minute ahead is a clock's business");

    let list = ana.says(["list"]);
    let line = |title: &str| {
        list.lines().find(|line| line.contains(title)).expect("it can be read").to_owned()
    };
    assert!(line("Idea 0").ends_with("1970-01-01"), "{list}");
    for title in ["Idea 4", "Idea 5", "Idea 6"] {
        assert!(line(title).ends_with("just now") || line(title).ends_with("ago"), "{list}");
    }
    let later = ana.adds_idea("Written after all of them");
    let list = ana.list();
    let later = list.iter().find(|entry| entry["short"] == later.as_str()).expect("it can be read");
    for entry in list.iter().filter(|entry| entry["title"] != "Idea 3") {
        let (time, its) = (later["changed"].as_str(), entry["changed"].as_str());
        assert!(time >= its, "only a clock that is a minute ahead is above {later}: {entry}");
    }
    for entry in ana.list() {
        let id = entry["id"].as_str().expect("it can be read");
        assert!(ana.says(["show", id]).contains(entry["title"].as_str().expect("it can be read")));
        let versions = ana.reads(["history", id]);
        assert_eq!(versions[0]["time"], entry["changed"], "{entry}");
        ana.says(["history", id]);
    }
}

/// Lists by time hold them where they are shown.
#[test]
fn case_09_lists_by_time_hold_them_where_they_are_shown() {
    let ana = Person::new("ana");
    let scribe = Scribe::new(ana.commons(), 1);
    receives(&mut store(&ana), &ideas(&scribe));
    let since = |when: &str| -> Vec<String> {
        let list = ana.reads(["list", "--since", when]);
        let mut titles: Vec<_> = list
            .iter()
            .map(|entry| entry["title"].as_str().expect("it can be read").to_owned())
            .collect();
        titles.sort();
        titles
    };
    let recent = ["Idea 2", "Idea 3", "Idea 4", "Idea 5", "Idea 6"];
    assert_eq!(since("1h"), recent);
    assert_eq!(since("2001-01-01"), recent);
    assert_eq!(since("1970-01-01").len(), 7);
    assert_eq!(since("2100-01-01"), [""; 0]);
    assert_eq!(since("9999-12-30"), [""; 0]);
    let until = |time: u64| {
        let filter = commons_node::store::Filter { until: Some(time), ..Default::default() };
        store(&ana).list(&filter).expect("it can be read").len()
    };
    assert_eq!((until(0), until(1), until(2), until(now() + HOURS)), (0, 1, 2, 7));
    assert_eq!(until(u64::MAX), 7, "no time is too late to ask for");
}

/// In one entry: what follows what is told by the parents alone, and a conflict between a value of
/// the far future and one of today is won by neither of these times.
#[test]
fn case_09_order_and_outcome_of_a_merge_know_no_times() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let scribe = Scribe::new(ana.commons(), 1);
    let far = TIME_END - 1;
    let kind = commons_proto::kind::Kind::Idea;
    let first = scribe.begins_at(far, kind, vec![set("title", "First")]);
    let second = scribe.follows_at(0, &[&first], vec![set("title", "Second")]);
    let third = scribe.follows_at(far, &[&second], vec![set("title", "Third")]);
    let last = scribe.follows_at(1, &[&third], vec![set("title", "Last")]);
    let (mut one, mut two) = (store(&ana), store(&ben));
    receives(&mut one, &[first.clone(), second.clone(), third.clone(), last.clone()]);
    for part in [&first, &second, &third, &last] {
        receives(&mut two, std::slice::from_ref(part));
    }
    let id = first.id().to_string();
    for person in [&ana, &ben] {
        assert_eq!(person.titles(), ["Last"]);
        let history = person.reads(["history", &id]);
        let ids: Vec<_> =
            history.iter().map(|version| version["id"].as_str().expect("it can be read")).collect();
        let made = [&last, &third, &second, &first].map(|one| one.id().to_string());
        assert_eq!(ids, made, "newest first, whatever it claims");
    }
    // Sixteen pairs that differ in nothing but which of the two is of the far future.
    let mut wins = 0;
    for number in 0..16 {
        let idea = scribe.idea(&format!("Idea {number}"));
        let old = scribe.follows_at(0, &[&idea], vec![set("title", "Old")]);
        let new = scribe.follows_at(far, &[&idea], vec![set("title", "New")]);
        receives(&mut one, &[idea.clone(), old.clone(), new.clone()]);
        receives(&mut two, &[idea.clone(), new, old]);
        let title = |store: &Store| {
            let view = store.entry(&idea.entry()).expect("it can be read").expect("it can be read");
            assert_eq!(view.summary.conflicts, 1);
            view.summary.title
        };
        assert_eq!(title(&one), title(&two));
        wins += u32::from(title(&one) == "New");
    }
    assert!((1..16).contains(&wins), "the far future won {wins} of 16");
}

/// Nodes that hear of them at different times hold the same set and show the same texts; the time
/// of receipt, where it stands for a claimed one, is each node's own.
#[test]
fn case_09_nodes_converge_whatever_is_claimed() {
    let [ana, ben] = ["ana", "ben"].map(Person::new);
    let scribe = Scribe::new(ana.commons(), 1);
    let made = ideas(&scribe);
    receives(&mut store(&ana), &made);
    // Only what has a time that was possible is compared by its place in the list as well.
    let possible: Vec<Verified> = made.into_iter().take(3).collect();
    let cleo = Person::new("cleo");
    receives(&mut store(&cleo), &possible);
    let node = ana.starts();
    let other = ben.starts_with(&["--peer", &node.address()]);
    let count = commons_tests::wait::until("both to hold all", || {
        let (one, two) = (ana.status(), ben.status());
        let alike = one["fingerprint"] == two["fingerprint"];
        if alike { Ok(two["contributions"].clone()) } else { Err(format!("{one} {two}")) }
    });
    assert_eq!(count, 7);
    assert_eq!(ana.titles(), ben.titles());
    node.stops();
    other.stops();
    let (node, dan) = (cleo.starts(), Person::new("dan"));
    let other = dan.starts_with(&["--peer", &node.address()]);
    settled(&[&cleo, &dan], 3);
    node.stops();
    other.stops();
    carry(&store(&ana), &mut store(&cleo));
    assert_eq!(cleo.titles(), ana.titles());
    assert_eq!(cleo.reads(["verify"])[0]["changed"], 0, "times of receipt are kept");
}
