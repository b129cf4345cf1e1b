//! Entries by query: words with their rank, values, what is followed; and what stands for what.

use super::*;
use crate::query::Query;
use crate::store::{Filter, Followed, Target};
use jiff::Zoned;
use std::collections::BTreeSet;

fn now() -> Zoned {
    "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap()
}

impl Fixture {
    /// The titles that a query lists, in the order of their letters.
    fn asked(&self, query: &str) -> Vec<String> {
        let query = Query::parse(query, &now()).unwrap();
        let mut titles = self.titles(&query.filter(&self.store, Some(key(1).author())).unwrap());
        titles.sort();
        titles
    }

    fn ranked(&self, query: &str) -> Vec<String> {
        let query = Query::parse(query, &now()).unwrap();
        let filter = Filter { limit: Some(10), ..query.filter(&self.store, None).unwrap() };
        let found = self.store.search(&filter).unwrap();
        found.into_iter().map(|found| found.summary.title).collect()
    }
}

fn ward(author: u8, title: &str, body: &str, tag: &str, status: &str) -> Verified {
    let edits =
        vec![set("title", title), splice(0, 0, body), add("tags", tag), set("status", status)];
    begin(author, Kind::Idea, edits)
}

#[test]
fn each_term_of_a_query_narrows_a_list_and_its_opposite_takes_the_rest() {
    let mut fixture = Fixture::new();
    let note = begin(2, Kind::Note, vec![set("text", "Mats are here"), add("tags", "wards")]);
    let ana = begin(2, Kind::Person, vec![set("name", "Ana Lima")]);
    let mat = ward(1, "Mat", "counts turns at night", "wards", "Draft");
    let soap = ward(2, "Soap", "by the door", "hygiene", "done");
    fixture.accept(&[mat.clone(), soap, note, ana]);
    let all = ["Ana Lima", "Mat", "Mats are here", "Soap"];
    assert_eq!(fixture.asked(""), all);
    for (query, listed) in [
        ("mat", &["Mat", "Mats are here"][..]),
        ("\"mat\"", &["Mat"]),
        ("\"counts turns\"", &["Mat"]),
        ("\"turns counts\"", &[]),
        ("tag:wards", &["Mat", "Mats are here"]),
        ("#WARDS kind:note", &["Mats are here"]),
        ("kind:idea kind:note", &["Mat", "Mats are here", "Soap"]),
        ("by:me", &["Mat"]),
        ("by:\"ana lima\"", &["Ana Lima", "Mats are here", "Soap"]),
        ("status:draft", &["Mat"]),
        ("status:draft status:DONE", &["Mat", "Soap"]),
        ("since:2026-09-21 until:2026-09-21", &all),
        ("since:2026-09-22", &[]),
        ("until:2026-09-20", &[]),
        ("mat tag:wards by:me status:draft", &["Mat"]),
        ("mat tag:hygiene", &[]),
    ] {
        assert_eq!(fixture.asked(query), listed, "{query}");
    }
    for term in ["mat", "\"counts turns\"", "#wards", "kind:idea", "by:me", "status:done"] {
        let mut both = fixture.asked(term);
        both.extend(fixture.asked(&format!("-{term}")));
        both.sort();
        assert_eq!(both, all, "-{term}");
    }
    let one = Filter { entry: Some(mat.entry()), ..Filter::of_words("turns", 5) };
    assert_eq!(fixture.titles(&one), ["Mat"]);
    let other = Filter { words: crate::store::Words::split("soap"), ..one };
    assert_eq!(fixture.titles(&other), [""; 0]);
}

#[test]
fn what_a_query_names_must_be_here() {
    let fixture = Fixture::new();
    for (query, told) in [("by:nobody", "nobody"), ("kind:survey", "survey"), ("by:me", "you")] {
        let query = Query::parse(query, &now()).unwrap();
        let refused = query.filter(&fixture.store, None).unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
    }
}

#[test]
fn titles_come_before_tags_and_tags_before_texts() {
    let mut fixture = Fixture::new();
    fixture.accept(&[
        ward(1, "In the text", "a sensor for beds", "x", ""),
        ward(1, "Sensors of all kinds", "", "x", ""),
        ward(1, "In the tags", "", "sensor", ""),
        ward(1, "A sensor", "", "x", ""),
        ward(1, "Nothing of it", "", "x", ""),
    ]);
    let ranked = ["A sensor", "Sensors of all kinds", "In the tags", "In the text"];
    assert_eq!(fixture.ranked("sensor"), ranked);
    assert_eq!(fixture.ranked("sensor tag:x"), [ranked[0], ranked[1], ranked[3]]);
    let found = fixture.store.search(&Filter::of_words("sensor bed", 9)).unwrap();
    let [found] = found.as_slice() else { panic!("{found:?}") };
    let excerpt = found.excerpt.as_ref().unwrap();
    assert_eq!((excerpt.text.as_str(), excerpt.marks.len()), ("a sensor for beds", 2));
}

#[test]
fn the_best_is_found_among_many_that_fit() {
    let mut fixture = Fixture::new();
    let best = ward(1, "Quiet", "", "x", "");
    let many: Vec<Verified> =
        (0..1500).map(|number| ward(2, &format!("{number}"), "so quiet", "x", "")).collect();
    fixture.accept(&[best]);
    fixture.accept(&many);
    let ranked = fixture.ranked("quiet");
    assert_eq!((ranked[0].as_str(), ranked.len()), ("Quiet", 10));
    // The others are of those that came last.
    assert!(ranked[1..].iter().all(|title| title.parse::<u32>().unwrap() >= 500), "{ranked:?}");
}

#[test]
fn what_is_followed_is_asked_for() {
    let mut fixture = Fixture::new();
    let soap = ward(2, "Soap", "", "hygiene", "");
    fixture.accept(&[
        ward(1, "Mat", "", "Wards", ""),
        soap.clone(),
        ward(3, "Chair", "", "rooms", ""),
        ward(4, "Door", "", "rooms", ""),
    ]);
    assert_eq!(fixture.asked("is:followed"), [""; 0]);
    let all = [
        Followed::Tag("#wards".to_owned()),
        Followed::Entry(soap.entry()),
        Followed::Author(key(3).author()),
    ];
    assert_eq!(fixture.store.follow(&all, NOW).unwrap(), 3);
    assert_eq!(fixture.store.follow(&all[..1], NOW + 1).unwrap(), 0);
    assert_eq!(fixture.asked("is:followed"), ["Chair", "Mat", "Soap"]);
    let followed: Vec<_> = fixture.store.followed().unwrap();
    let [author, entry, tag] = followed.as_slice() else { panic!("{followed:?}") };
    assert_eq!((&author.0, &entry.0), (&all[2], &all[1]));
    assert_eq!(*tag, (Followed::Tag("wards".to_owned()), NOW));
    assert_eq!(fixture.store.unfollow(&all[1..]).unwrap(), 2);
    assert_eq!(fixture.asked("is:followed"), ["Mat"]);
}

fn imported(author: u8, title: &str, source: &str) -> Verified {
    begin(author, Kind::Resource, vec![set("title", title), set("source", source)])
}

#[test]
fn of_what_two_people_imported_one_is_shown() {
    let mut fixture = Fixture::new();
    let source = "url:example.org/beds";
    let mut twins = [imported(1, "Beds", source), imported(2, "Beds too", source)];
    twins.sort_by_key(|twin| twin.entry());
    let [first, second] = twins;
    let other_kind = begin(3, Kind::Idea, vec![set("title", "Idea"), set("source", source)]);
    fixture.accept(&[second.clone(), first.clone(), other_kind]);
    let title = |one: &Verified| {
        let entry = fixture.store.entry(&one.entry()).unwrap().unwrap();
        entry.summary.title
    };
    let (one, other) = (title(&first), title(&second));
    let listed = |fixture: &Fixture| {
        let mut titles = fixture.titles(&Filter::default());
        titles.sort();
        titles
    };
    let sorted = |titles: &[&str]| {
        let mut titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        titles.sort();
        titles
    };
    assert_eq!(listed(&fixture), sorted(&["Idea", &one]), "the smaller id stands for both");
    let counts = fixture.store.counts().unwrap();
    assert_eq!((counts.entries, counts.kinds["resource"]), (2, 1));
    // Whoever does not want to see it sees the other.
    let mute = [Target::Author(first.header().author)];
    fixture.store.mute(&mute, NOW).unwrap();
    assert_eq!(listed(&fixture), sorted(&["Idea", &other]));
    fixture.store.unmute(&mute).unwrap();
    // One that somebody changed stands for one that nobody did.
    let edit = follow(3, second.id(), &[second.id()], vec![add("tags", "beds")]);
    fixture.add(&edit);
    assert_eq!(listed(&fixture), sorted(&["Idea", &other]));
    // Two that were changed are both shown: nobody's words vanish.
    let edit = follow(3, first.id(), &[first.id()], vec![add("tags", "wards")]);
    fixture.add(&edit);
    assert_eq!(listed(&fixture), sorted(&["Idea", &one, &other]));
    // Where one is taken back, the other is left.
    fixture.add(&imported(4, "Third", "other"));
    fixture.add(&imported(5, "Fourth", "other"));
    assert_eq!(fixture.titles(&Filter::default()).len(), 4);
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);
}

#[test]
fn of_many_twins_one_is_shown_in_whatever_order_they_came() {
    let twin = |number: u64| {
        let edits = vec![set("title", &format!("{number}")), set("source", "url:example.org")];
        sign(1, NOW + number, Subject::Genesis(Kind::Resource), &[], edits)
    };
    let mut twins: Vec<Verified> = (0..3000).map(twin).collect();
    twins.sort_by_key(|twin| std::cmp::Reverse(twin.entry()));
    let mut fixture = Fixture::new();
    fixture.store.accept(&twins, NOW + 3000, Source::Peer).unwrap();
    let listed = fixture.store.list(&Filter::default()).unwrap();
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [twins[2999].entry()]);
    assert_eq!(fixture.store.counts().unwrap().entries, 1);
    let edit = follow(2, twins[7].id(), &[twins[7].id()], vec![add("tags", "beds")]);
    fixture.add(&edit);
    let listed = fixture.store.list(&Filter::default()).unwrap();
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [twins[7].entry()]);
}

#[test]
fn a_url_refers_to_what_is_there() {
    let mut fixture = Fixture::new();
    let paper = begin(
        1,
        Kind::Resource,
        vec![set("title", "Paper"), set("url", "https://example.org/paper/")],
    );
    let note = begin(2, Kind::Note, vec![set("text", "Read http://example.org/paper#two, all!")]);
    let link = begin(
        3,
        Kind::Idea,
        vec![
            set("title", "Idea"),
            add("links", "https://example.org/paper"),
            splice(0, 0, "As https://example.org/other says"),
        ],
    );
    fixture.accept(&[note, link, paper.clone()]);
    let how: Vec<_> = fixture.store.references(&paper.entry()).unwrap();
    let mut how: Vec<_> =
        how.iter().map(|one| (one.from.title.as_str(), one.how.as_str())).collect();
    how.sort_unstable();
    assert_eq!(how, [("Idea", "links"), ("Read http://example.org/paper#two, all!", "text")]);
}

#[test]
fn what_happened_in_a_span_is_told() {
    let mut fixture = Fixture::new();
    let old = sign(1, NOW - 500, Subject::Genesis(Kind::Idea), &[], vec![set("title", "Old")]);
    let new = sign(2, NOW - 100, Subject::Genesis(Kind::Idea), &[], vec![set("title", "New")]);
    let edit =
        sign(3, NOW - 50, Subject::Entry(old.entry()), &[old.id()], vec![set("title", "Older")]);
    let gone = sign(1, NOW - 100, Subject::Genesis(Kind::Note), &[], vec![set("text", "No")]);
    let erasure = erase(1, &[&gone]);
    fixture.accept(&[new.clone(), old.clone(), gone, edit.clone(), erasure.clone()]);
    let touched = |fixture: &Fixture, since, until| {
        let (touched, left_out) =
            fixture.store.look(|look| look.touched(since, until, usize::MAX)).unwrap();
        assert_eq!(left_out, 0);
        touched
    };
    let entries = |fixture: &Fixture, since, until| {
        let touched = touched(fixture, since, until).into_iter();
        touched.map(|(seen, _)| seen.id).collect::<BTreeSet<_>>()
    };
    let told = touched(&fixture, NOW - 100, NOW);
    let of = |entry| &told.iter().find(|(seen, _)| seen.id == entry).unwrap().1;
    assert_eq!(told.len(), 2, "what was taken back is not told");
    assert_eq!(of(new.entry()).begun, Some(NOW - 100));
    let edited = of(old.entry());
    assert_eq!((edited.begun, edited.first, edited.last), (None, NOW - 50, NOW - 50));
    let hands: Vec<_> = edited.hands.keys().copied().collect();
    assert_eq!(hands, [edit.header().author]);
    assert_eq!(entries(&fixture, NOW - 100, NOW - 50), BTreeSet::from([new.entry()]));
    let all = BTreeSet::from([new.entry(), old.entry(), erasure.entry()]);
    assert_eq!(entries(&fixture, 0, u64::MAX), all);
    fixture.store.mute(&[Target::Author(key(3).author())], NOW).unwrap();
    assert_eq!(entries(&fixture, NOW - 100, NOW), BTreeSet::from([new.entry()]));
}
