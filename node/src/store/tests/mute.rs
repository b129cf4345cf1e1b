//! What is muted leaves lists, counts and the search, and nothing else.

use super::*;
use crate::store::{Filter, Muting, Target};

fn muted_only() -> Filter {
    Filter { muting: Muting::Only, ..Filter::default() }
}

fn mute(fixture: &mut Fixture, targets: &[Target]) -> u64 {
    fixture.store.mute(targets, NOW).unwrap()
}

#[test]
fn a_muted_author_leaves_every_list_and_comes_back() {
    let mut fixture = Fixture::new();
    let spam = |number: u64, kind| {
        let edits = vec![set("title", &format!("Buy {number}")), add("tags", "beds")];
        sign(9, NOW + number, Subject::Genesis(kind), &[], edits)
    };
    let kept = begin(1, Kind::Idea, vec![set("title", "Bed sensors"), add("tags", "beds")]);
    fixture.accept(&[kept.clone(), spam(1, Kind::Idea), spam(2, Kind::Resource)]);
    let author = Target::Author(key(9).author());
    assert_eq!((mute(&mut fixture, &[author]), mute(&mut fixture, &[author])), (1, 0));

    let tag = Filter { tags: vec!["beds".to_owned()], ..Filter::default() };
    let page = Filter { limit: Some(1), ..Filter::default() };
    let ideas = Filter { kinds: vec![Kind::Idea], ..Filter::default() };
    let theirs = Filter { authors: vec![vec![key(9).author()]], ..Filter::default() };
    for filter in [&Filter::default(), &tag, &page, &ideas] {
        assert_eq!(fixture.titles(filter), ["Bed sensors"]);
    }
    assert_eq!(fixture.titles(&theirs), [""; 0]);
    assert_eq!(fixture.titles(&muted_only()), ["Buy 2", "Buy 1"]);
    assert_eq!(fixture.titles(&Filter { muting: Muting::Along, ..tag }).len(), 3);
    assert_eq!(fixture.store.search(&Filter::of_words("buy", 10)).unwrap(), []);
    let counts = fixture.store.counts().unwrap();
    assert_eq!((counts.entries, counts.muted, counts.contributions), (1, 2, 3));
    assert_eq!(counts.kinds.into_iter().collect::<Vec<_>>(), [("idea".to_owned(), 1)]);
    let flags: Vec<bool> =
        fixture.store.tail(0, 9).unwrap().into_iter().map(|item| item.muted).collect();
    assert_eq!(flags, [false, true, true]);

    let muted = fixture.store.muted().unwrap();
    assert_eq!((muted.len(), muted[0].target, muted[0].entries), (1, author, 2));
    assert_eq!(fixture.store.unmute(&[author]).unwrap(), 1);
    assert_eq!(fixture.titles(&Filter::default()).len(), 3);
}

#[test]
fn what_a_muted_author_wrote_into_the_entry_of_another_stands_and_is_marked() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Bed sensors");
    let edit = follow(9, idea.id(), &[idea.id()], vec![set("title", "Better beds")]);
    fixture.accept(&[idea.clone(), edit]);
    mute(&mut fixture, &[Target::Author(key(9).author())]);
    assert_eq!(fixture.titles(&Filter::default()), ["Better beds"]);
    let history = fixture.store.history(&idea.id().into()).unwrap();
    assert_eq!(history.iter().map(|one| one.muted).collect::<Vec<_>>(), [false, true]);
    let tail = fixture.store.tail(0, 9).unwrap();
    assert_eq!(tail.iter().map(|item| item.muted).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn one_entry_is_muted_without_its_author() {
    let mut fixture = Fixture::new();
    let person = begin(1, Kind::Person, vec![set("name", "Something rude")]);
    let idea = idea(1, "Bed sensors");
    fixture.accept(&[person.clone(), idea.clone()]);
    mute(&mut fixture, &[Target::Entry(person.id().into())]);
    assert_eq!(fixture.titles(&Filter::default()), ["Bed sensors"]);
    let name = fixture.store.author_name(&key(1).author()).unwrap();
    assert_eq!(name, None, "a name that is muted is not shown beside other entries");
    assert!(fixture.store.summary(&person.id().into()).unwrap().unwrap().muted);
    assert!(!fixture.store.summary(&idea.id().into()).unwrap().unwrap().muted);
}

#[test]
fn what_is_not_here_yet_is_muted_when_it_comes() {
    let mut fixture = Fixture::new();
    let (spam, other) = (idea(9, "Buy"), idea(8, "Sell"));
    let targets = [Target::Author(key(9).author()), Target::Entry(other.id().into())];
    assert_eq!(mute(&mut fixture, &targets), 2);
    fixture.accept(&[spam, other, idea(1, "Bed sensors")]);
    assert_eq!(fixture.titles(&Filter::default()), ["Bed sensors"]);
}

#[test]
fn newcomers_are_those_whose_first_contribution_came_since() {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Bed sensors"));
    let later = |number: u64| sign(9, NOW + number, Subject::Genesis(Kind::Note), &[], vec![]);
    let batch = [later(1), later(2), idea(8, "Hello"), idea(1, "Hand hygiene")];
    fixture.store.accept(&batch, NOW + 60, Source::Peer).unwrap();
    fixture.store.accept(&[idea(7, "Mine")], NOW + 60, Source::Here).unwrap();
    let found = fixture.store.newcomers(NOW + 60).unwrap();
    let found: Vec<_> = found.into_iter().map(|one| (one.author, one.entries, one.seen)).collect();
    // Empty notes are in no list.
    assert_eq!(found, [(key(8).author(), 1, NOW + 60), (key(9).author(), 0, NOW + 60)]);
    mute(&mut fixture, &[Target::Author(key(9).author())]);
    assert_eq!(fixture.store.newcomers(NOW + 60).unwrap().len(), 1);
    assert_eq!(fixture.store.newcomers(NOW).unwrap().len(), 2);
}

#[test]
fn a_muting_is_taken_back_by_the_time_of_it() {
    let mut fixture = Fixture::new();
    let author = |number| Target::Author(key(number).author());
    fixture.store.mute(&[author(1)], NOW).unwrap();
    fixture.store.mute(&[author(2), author(3)], NOW + 60).unwrap();
    assert_eq!(fixture.store.unmute_since(NOW + 60).unwrap(), 2);
    assert_eq!(fixture.store.muted().unwrap().len(), 1);
    assert_eq!(fixture.store.unmute_since(0).unwrap(), 1);
}

#[test]
fn muting_outlasts_making_the_view_again() {
    let mut fixture = Fixture::new();
    fixture.accept(&[idea(9, "Buy"), idea(1, "Bed sensors")]);
    mute(&mut fixture, &[Target::Author(key(9).author())]);
    assert_eq!(fixture.store.rebuild().unwrap(), 0);
    assert_eq!(fixture.titles(&Filter::default()), ["Bed sensors"]);
    assert_eq!(fixture.store.ids().unwrap().len(), 2, "it is held and passed on as before");
}

#[test]
fn a_list_passes_over_what_is_muted_by_its_index() {
    let fixture = Fixture::new();
    let plan = |sql: &str| -> String {
        let mut statement = fixture.store.connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        rows.map(|row| format!("{}\n", row.unwrap())).collect()
    };
    let not_muted = crate::store::mute::NOT_MUTED;
    let count = plan(&format!(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM entry e INDEXED BY listing \
         WHERE e.hidden = 0 AND e.kind = 'idea' AND {not_muted}"
    ));
    assert!(count.contains("USING COVERING INDEX listing"), "{count}");
    let list = plan(&format!(
        "EXPLAIN QUERY PLAN SELECT e.title FROM entry e INDEXED BY listing \
         CROSS JOIN author a ON a.number = e.author \
         WHERE e.hidden = 0 AND e.kind = 'idea' AND {not_muted} \
         ORDER BY e.changed DESC, e.id LIMIT 5"
    ));
    assert!(!list.contains("TEMP B-TREE"), "{list}");
}
