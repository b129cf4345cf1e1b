//! What the door lets in, and what it says of the rest.

use super::*;

#[test]
fn the_same_contribution_is_new_once() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let outcomes = fixture.accept(&[idea.clone(), idea.clone()]);
    assert_eq!(outcomes, [Outcome::New { seq: 1 }, Outcome::Known]);
    assert_eq!(fixture.accept(&[idea]), [Outcome::Known]);
    assert_eq!(fixture.store.last().unwrap(), 1);
}

#[test]
fn parents_must_be_held_or_earlier_in_the_batch() {
    let mut fixture = Fixture::new();
    let first = idea(1, "Bed sensors");
    let second = follow(2, first.id(), &[first.id()], vec![add("tags", "beds")]);
    let third = follow(1, first.id(), &[second.id()], vec![add("tags", "wards")]);
    let outcomes = fixture.accept(&[third.clone(), first.clone(), second.clone()]);
    let missing = Outcome::MissingParents(vec![second.id()]);
    assert_eq!(outcomes, [missing, Outcome::New { seq: 1 }, Outcome::New { seq: 2 }]);
    fixture.add(&third);
    let summary = fixture.store.summary(&first.id().into()).unwrap().unwrap();
    assert_eq!(summary.tags, ["beds", "wards"]);
    assert_eq!((summary.versions, summary.authors), (3, 2));
}

#[test]
fn parents_of_another_entry_are_refused() {
    let mut fixture = Fixture::new();
    let (one, other) = (idea(1, "Hand hygiene"), idea(1, "Bed sensors"));
    fixture.accept(&[one.clone(), other.clone()]);
    let refused = [Outcome::Refused("parents-of-another-entry")];
    assert_eq!(fixture.accept(&[follow(1, one.id(), &[other.id()], vec![])]), refused);
    let both = follow(1, one.id(), &[one.id(), other.id()], vec![]);
    assert_eq!(fixture.accept(&[both]), refused);
}

#[test]
fn what_is_somebodys_own_is_changed_by_nobody_else() {
    let mut fixture = Fixture::new();
    let note = begin(1, Kind::Note, vec![set("text", "The waiting room is full")]);
    fixture.add(&note);
    let change = vec![set("text", "It is empty")];
    let refused = fixture.accept(&[follow(2, note.id(), &[note.id()], change.clone())]);
    assert_eq!(refused, [Outcome::Refused("not-the-author")]);
    fixture.add(&follow(1, note.id(), &[note.id()], change));
    let erasure = erase(1, &[&note]);
    fixture.add(&erasure);
    let refused = fixture.accept(&[follow(1, erasure.id(), &[erasure.id()], vec![])]);
    assert_eq!(refused, [Outcome::Refused("erasure-stands")]);
    assert_eq!(fixture.store.last().unwrap(), 3);
}

#[test]
fn a_refusal_does_not_harm_the_rest_of_the_batch() {
    let mut fixture = Fixture::new();
    let note = begin(1, Kind::Note, vec![set("text", "The waiting room is full")]);
    let foreign = follow(2, note.id(), &[note.id()], vec![]);
    let outcomes = fixture.accept(&[note, foreign, idea(2, "Hand hygiene")]);
    assert!(matches!(outcomes[0], Outcome::New { .. }));
    assert!(matches!(outcomes[1], Outcome::Refused(_)));
    assert!(matches!(outcomes[2], Outcome::New { seq: 2 }));
}

#[test]
fn a_time_ahead_of_its_receipt_is_shown_as_that() {
    let mut fixture = Fixture::new();
    let ahead =
        sign(1, NOW + 86_400, Subject::Genesis(Kind::Idea), &[], vec![set("title", "Later")]);
    let near = sign(1, NOW + 300, Subject::Genesis(Kind::Idea), &[], vec![set("title", "Soon")]);
    fixture.accept(&[ahead.clone(), near.clone()]);
    let time = |id: ContributionId| fixture.store.summary(&id.into()).unwrap().unwrap().created;
    assert_eq!((time(ahead.id()), time(near.id())), (NOW, NOW + 300));
}

#[test]
fn the_tail_tells_what_came_in_order() {
    let mut fixture = Fixture::new();
    let first = idea(1, "Hand hygiene");
    fixture.add(&first);
    let second = follow(2, first.id(), &[first.id()], vec![set("title", "Clean hands")]);
    fixture.store.accept(std::slice::from_ref(&second), NOW + 5, Source::Here).unwrap();
    let tail = fixture.store.tail(0, 10).unwrap();
    assert_eq!(tail.iter().map(|item| item.seq).collect::<Vec<_>>(), [1, 2]);
    let item = &fixture.store.tail(1, 10).unwrap()[0];
    assert_eq!((item.id, item.entry), (second.id(), first.id().into()));
    assert_eq!((item.author, item.source), (key(2).author(), Source::Here));
    assert_eq!((item.title.as_str(), item.received), ("Clean hands", NOW + 5));
    assert_eq!(fixture.store.ids_after(1, 10).unwrap(), [(second.id(), 2, Source::Here)]);
    assert_eq!(fixture.store.tail(0, 1).unwrap().len(), 1);
}

#[test]
fn a_newer_kind_is_kept_and_its_rule_obeyed() {
    let mut fixture = Fixture::new();
    let open = begin(1, Kind::new("survey", true).unwrap(), vec![set("question", "Which ward?")]);
    let closed = begin(1, Kind::new("diary", false).unwrap(), vec![]);
    fixture.accept(&[open.clone(), closed.clone()]);
    fixture.add(&follow(2, open.id(), &[open.id()], vec![]));
    let refused = fixture.accept(&[follow(2, closed.id(), &[closed.id()], vec![])]);
    assert_eq!(refused, [Outcome::Refused("not-the-author")]);
    assert!(fixture.store.entry(&open.id().into()).unwrap().unwrap().state.needs_newer());
}
