//! An entry that cannot be put together is shown as damaged with its history, and the rest works.

use super::*;
use crate::store::contain::harm;
use crate::store::{Filter, StoreError};

/// An idea, an edit of it that does harm, and another idea.
fn written() -> [Verified; 3] {
    let edits = vec![set("title", "Bed sensors"), add("tags", "beds"), splice(0, 0, "a mat")];
    let one = begin(1, Kind::Idea, edits);
    let edit = follow(2, one.id(), &[one.id()], vec![set("title", "Better beds")]);
    [one, edit, idea(3, "Hand hygiene")]
}

#[test]
fn case_17_an_entry_that_cannot_be_put_together_is_shown_as_damaged_and_the_rest_works() {
    let [one, edit, other] = written();
    for batch in [1, 3] {
        let mut fixture = Fixture::new();
        harm::by(Some(edit.id()));
        for part in [one.clone(), edit.clone(), other.clone()].chunks(batch) {
            let outcomes = fixture.accept(part);
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::New { .. })));
        }
        let list = fixture.store.list(&Filter::default()).unwrap();
        assert_eq!(list.len(), 2);
        for summary in &list {
            let damaged = summary.id == one.id().into();
            assert_eq!(summary.damaged.is_some(), damaged, "{summary:?}");
            assert_eq!(summary.title, if damaged { "" } else { "Hand hygiene" });
        }
        let entry = one.id().into();
        let view = fixture.store.entry(&entry).unwrap().unwrap();
        assert!(view.state.is_empty() && view.heads == [edit.id()]);
        assert_eq!(fixture.store.history(&entry).unwrap().len(), 2);
        let at = fixture.store.state_at(&entry, &[edit.id()]);
        assert!(matches!(at, Err(StoreError::Unshown { .. })));
        assert_eq!(fixture.store.search(&Filter::of_words("mat", 9)).unwrap(), []);
        assert_eq!(fixture.store.search(&Filter::of_words("hygiene", 9)).unwrap().len(), 1);
        let tag = Filter { tags: vec!["beds".to_owned()], ..Filter::default() };
        assert_eq!(fixture.titles(&tag), [""; 0]);
        let counts = fixture.store.counts().unwrap();
        assert_eq!((counts.entries, counts.damaged, counts.contributions), (2, 1, 3));
        // It is damaged in the same way however it comes to be looked at.
        let report = fixture.store.verify(|_, _| ()).unwrap();
        assert_eq!((report.changed, report.damaged.len(), report.unshown), (0, 0, 1));
        assert_eq!(fixture.store.ids().unwrap().len(), 3, "the set is the same");
        harm::by(None);
    }
}

#[test]
fn case_17_a_later_program_shows_it_again() {
    let [one, edit, other] = written();
    let mut fixture = Fixture::new();
    harm::by(Some(edit.id()));
    fixture.accept(&[one, edit, other]);
    harm::by(None);
    let report = fixture.store.verify(|_, _| ()).unwrap();
    assert!(report.rebuilt && report.unshown == 0, "{report:?}");
    assert_eq!(fixture.store.counts().unwrap().damaged, 0);
    assert_eq!(fixture.titles(&Filter::default()).len(), 2);
    assert!(fixture.titles(&Filter::default()).contains(&"Better beds".to_owned()));
    assert_eq!(fixture.store.search(&Filter::of_words("mat", 9)).unwrap().len(), 1);
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);
}

#[test]
fn case_17_what_others_write_to_it_is_taken_and_an_erasure_of_the_cause_cures_it() {
    let [one, edit, _] = written();
    let mut fixture = Fixture::new();
    harm::by(Some(edit.id()));
    fixture.accept(&[one.clone(), edit.clone()]);
    fixture.add(&follow(3, one.id(), &[edit.id()], vec![add("tags", "wards")]));
    assert_eq!(fixture.store.counts().unwrap().damaged, 1);
    let at_once = follow(4, one.id(), &[one.id()], vec![add("tags", "night")]);
    fixture.add(&at_once);
    assert_eq!(fixture.store.counts().unwrap().damaged, 1);
    fixture.add(&erase(2, &[&edit]));
    let summary = fixture.store.summary(&one.id().into()).unwrap().unwrap();
    assert_eq!((summary.title.as_str(), summary.damaged), ("Bed sensors", None));
    assert_eq!(summary.tags, ["beds", "night", "wards"]);
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);
    harm::by(None);
}

#[test]
fn case_17_an_entry_whose_genesis_cannot_be_borne_is_there_all_the_same() {
    let [one, edit, _] = written();
    let mut fixture = Fixture::new();
    harm::by(Some(one.id()));
    fixture.accept(&[one.clone(), edit]);
    let summary = fixture.store.summary(&one.id().into()).unwrap().unwrap();
    assert_eq!((summary.versions, summary.authors), (2, 2));
    let said = summary.damaged.unwrap();
    assert!(said.ends_with("a fault in putting it together"), "{said:?}");
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);

    // One that an earlier program had shown: what is kept of it is its genesis.
    harm::by(None);
    let other = idea(3, "Hand hygiene");
    fixture.add(&other);
    harm::by(Some(other.id()));
    let view = fixture.store.entry(&other.id().into()).unwrap().unwrap();
    assert!(view.summary.damaged.is_some() && view.state.is_empty());
    fixture.add(&follow(3, other.id(), &[other.id()], vec![add("tags", "hands")]));
    assert!(fixture.store.summary(&other.id().into()).unwrap().unwrap().damaged.is_some());
    fixture.store.rebuild().unwrap();
    assert_eq!(fixture.store.verify(|_, _| ()).unwrap().changed, 0);
    harm::by(None);
}
