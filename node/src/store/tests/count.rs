//! How many entries fit, what is said of one, pages of a list.

use super::*;
use crate::store::{Filter, Fitting, Reactions, Target};

#[test]
fn pages_of_a_list_follow_one_another_and_leave_nothing_out() {
    let mut fixture = Fixture::new();
    let number = |number: u64| {
        let title = vec![set("title", &format!("bed {number}"))];
        let kind = if number.is_multiple_of(3) { Kind::Resource } else { Kind::Idea };
        sign(1, NOW - number % 4, Subject::Genesis(kind), &[], title)
    };
    fixture.accept(&(0..23).map(number).collect::<Vec<_>>());
    let in_words = Filter { words: crate::store::Words::split("bed"), ..Filter::default() };
    for whole in [Filter::default(), in_words] {
        let found = |filter: &Filter| {
            let found = fixture.store.search(filter).unwrap();
            found.into_iter().map(|found| found.summary.id).collect::<Vec<_>>()
        };
        let page =
            |page: usize| found(&Filter { limit: Some(10), offset: 10 * page, ..whole.clone() });
        let pages = [page(0), page(1), page(2), page(3)];
        assert_eq!(pages.each_ref().map(Vec::len), [10, 10, 3, 0]);
        assert_eq!(pages.concat(), found(&whole));
    }
}

#[test]
fn what_fits_is_counted_by_kind_without_what_is_muted() {
    let mut fixture = Fixture::new();
    let batch = [idea(1, "Bed one"), idea(2, "Bed two"), idea(2, "Mat")];
    fixture.accept(&batch);
    fixture.add(&begin(1, Kind::Note, vec![set("text", "a bed")]));
    let beds = Filter::of_words("bed", 1);
    let counted = fixture.store.count(&beds).unwrap();
    let kinds = [("idea".to_owned(), 2), ("note".to_owned(), 1)];
    assert_eq!(counted, Fitting { kinds: kinds.into(), or_more: false });
    fixture.store.mute(&[Target::Author(key(2).author())], NOW).unwrap();
    assert_eq!(fixture.store.count(&beds).unwrap().all(), 2);
    let none = Filter { kinds: vec![Kind::Person], ..Filter::default() };
    assert_eq!(fixture.store.count(&none).unwrap(), Fitting::default());
}

#[test]
fn what_is_said_of_an_entry_is_counted_and_people_once() {
    let mut fixture = Fixture::new();
    let one = idea(1, "One");
    fixture.add(&one);
    let said = |author: u8, kind: Kind, text: &str| {
        let mut edits = vec![about(one.id())];
        edits.extend((kind == Kind::Comment).then(|| set("text", text)));
        sign(author, NOW + text.len() as u64, Subject::Genesis(kind), &[], edits)
    };
    fixture.accept(&[
        said(1, Kind::Comment, "well"),
        said(1, Kind::Comment, "quite"),
        said(2, Kind::Comment, "bad"),
        said(1, Kind::Endorsement, ""),
        said(1, Kind::Endorsement, "again"),
        said(2, Kind::Endorsement, ""),
    ]);
    let entry = one.entry();
    let expected = Reactions { comments: 3, endorsements: 2, members: 0 };
    assert_eq!(fixture.store.reactions(&entry).unwrap(), expected);
    fixture.store.mute(&[Target::Author(key(2).author())], NOW).unwrap();
    let expected = Reactions { comments: 2, endorsements: 1, members: 0 };
    assert_eq!(fixture.store.reactions(&entry).unwrap(), expected);
}

#[test]
fn statuses_are_told_of_one_kind() {
    let mut fixture = Fixture::new();
    let with = |kind: Kind, status: &str| {
        begin(1, kind, vec![set("title", status), set("status", status)])
    };
    fixture.accept(&[
        with(Kind::Idea, "open"),
        with(Kind::Idea, "Done"),
        with(Kind::Project, "done"),
        with(Kind::Project, "stalled"),
    ]);
    assert_eq!(fixture.store.statuses(&Kind::Idea).unwrap(), ["done", "open"]);
    assert_eq!(fixture.store.statuses(&Kind::Project).unwrap(), ["done", "stalled"]);
    assert_eq!(fixture.store.statuses(&Kind::Note).unwrap(), [""; 0]);
}
