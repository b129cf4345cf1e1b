//! What people ask, and the address book.

use super::*;
use crate::store::{Among, Filter, Resolution};
use commons_proto::id::IdPrefix;

fn at(author: u8, time: u64, title: &str, tag: &str) -> Verified {
    let edits = vec![set("title", title), add("tags", tag)];
    sign(author, time, Subject::Genesis(Kind::Idea), &[], edits)
}

#[test]
fn a_list_is_filtered_and_the_last_changed_comes_first() {
    let mut fixture = Fixture::new();
    let old = at(1, NOW - 300, "Old", "Beds");
    let resource = begin(2, Kind::Resource, vec![set("title", "Paper"), add("tags", "beds")]);
    let batch = [
        at(2, NOW - 100, "New", "beds"),
        old.clone(),
        at(1, NOW - 200, "Middle", "hands"),
        resource,
    ];
    fixture.accept(&batch);
    let all = Filter::default();
    assert_eq!(fixture.titles(&all), ["Paper", "New", "Middle", "Old"]);
    assert_eq!(fixture.titles(&Filter { limit: Some(2), ..all.clone() }), ["Paper", "New"]);
    let kind = Filter { kinds: vec![Kind::Idea], ..all.clone() };
    assert_eq!(fixture.titles(&kind), ["New", "Middle", "Old"]);
    let tag = Filter { tags: vec!["#BEDS".to_owned()], ..all.clone() };
    assert_eq!(fixture.titles(&tag), ["Paper", "New", "Old"]);
    let author = Filter { authors: vec![vec![key(1).author()]], ..all.clone() };
    assert_eq!(fixture.titles(&author), ["Middle", "Old"]);
    let both = Filter { authors: vec![vec![key(1).author()]], limit: Some(5), ..tag.clone() };
    assert_eq!(fixture.titles(&both), ["Old"]);
    let span = Filter { since: Some(NOW - 200), until: Some(NOW - 100), ..all.clone() };
    assert_eq!(fixture.titles(&span), ["Middle"]);
    assert_eq!(
        fixture.titles(&Filter { authors: vec![vec![key(9).author()]], ..all.clone() }),
        [""; 0]
    );
    fixture.add(&follow(2, old.id(), &[old.id()], vec![set("title", "Old and new")]));
    assert_eq!(fixture.titles(&author), ["Old and new", "Middle"]);
    assert_eq!(
        fixture.titles(&Filter { authors: vec![vec![key(2).author()]], ..kind }),
        ["Old and new", "New"]
    );
}

#[test]
fn a_list_that_is_walked_is_that_which_is_gathered() {
    let mut fixture = Fixture::new();
    let number =
        |number: u64| at(1 + (number % 2) as u8, NOW - number % 97, &format!("{number}"), "beds");
    let batch: Vec<Verified> = (0..2100).map(number).collect();
    fixture.accept(&batch);
    for author in [None, Some(key(1).author())] {
        let authors = author.iter().map(|author| vec![*author]).collect();
        let whole = Filter { tags: vec!["beds".to_owned()], authors, ..Filter::default() };
        let page = Filter { limit: Some(50), ..whole.clone() };
        let gathered = fixture.store.list(&whole).unwrap();
        assert_eq!(gathered.len(), if author.is_some() { 1050 } else { 2100 });
        assert_eq!(fixture.store.list(&page).unwrap(), gathered[..50]);
        let short = fixture.store.short(&gathered[0].id.into()).unwrap();
        assert_eq!(gathered[0].short, short);
    }
}

#[test]
fn comments_projects_and_links_refer_to_what_they_name() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let address = format!("see commons:{} please", idea.id());
    let comment = begin(2, Kind::Comment, vec![about(idea.id()), set("text", "Yes")]);
    let grown = Edit::Add { field: "ideas".to_owned(), item: Value::Entry(idea.id().into()) };
    let project = begin(3, Kind::Project, vec![set("title", "Soap"), grown]);
    let resource = begin(3, Kind::Resource, vec![set("title", "Paper"), splice(0, 0, &address)]);
    fixture.accept(&[comment.clone(), project, resource.clone(), idea.clone()]);
    let hows = |fixture: &Fixture| {
        let references = fixture.store.references(&idea.id().into()).unwrap();
        let mut hows: Vec<_> =
            references.into_iter().map(|one| (one.from.title, one.how)).collect();
        hows.sort();
        hows
    };
    let told = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(title, how)| (title.to_string(), how.to_string())).collect()
    };
    assert_eq!(hows(&fixture), told(&[("Paper", "body"), ("Soap", "ideas"), ("Yes", "about")]));
    fixture.add(&follow(1, resource.id(), &[resource.id()], vec![splice(0, 99, "")]));
    fixture.add(&erase(2, &[&comment]));
    assert_eq!(hows(&fixture), told(&[("Soap", "ideas")]));
}

#[test]
fn a_conflict_is_counted_and_both_values_told() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let one = follow(1, idea.id(), &[idea.id()], vec![set("title", "Clean hands")]);
    let other = follow(2, idea.id(), &[idea.id()], vec![set("title", "Soap and water")]);
    fixture.accept(&[idea.clone(), one.clone(), other.clone()]);
    let view = fixture.store.entry(&idea.id().into()).unwrap().unwrap();
    assert_eq!((view.summary.conflicts, view.state.held("title").len()), (1, 2));
    let mut heads = [one.id(), other.id()];
    heads.sort();
    assert_eq!(view.heads, heads);
    assert_eq!(view.contributors.len(), 2);
    fixture.add(&follow(3, idea.id(), &heads, vec![set("title", "Soap")]));
    let view = fixture.store.entry(&idea.id().into()).unwrap().unwrap();
    assert_eq!((view.summary.conflicts, view.summary.title.as_str()), (0, "Soap"));
    let then = fixture.store.state_at(&idea.id().into(), &[one.id()]).unwrap().unwrap();
    assert_eq!(then.title(&Kind::Idea), "Clean hands");
    let history = fixture.store.history(&idea.id().into()).unwrap();
    assert_eq!(history.first().map(|first| first.record.id), Some(idea.id()));
    assert_eq!(history.len(), 4);
}

#[test]
fn of_two_names_all_show_the_one_that_was_given_last() {
    let name =
        |time, name| sign(1, time, Subject::Genesis(Kind::Person), &[], vec![set("name", name)]);
    // By a clock that is ahead, so that each node shows the time at which it came.
    let (first, last) = (name(NOW + 10_000, "Wren"), name(NOW + 20_000, "Lark"));
    for batch in [[first.clone(), last.clone()], [last, first]] {
        let mut fixture = Fixture::new();
        for (number, one) in (0..).zip(&batch) {
            fixture.store.accept(std::slice::from_ref(one), NOW + number, Source::Peer).unwrap();
        }
        assert_eq!(fixture.store.author_name(&key(1).author()).unwrap().as_deref(), Some("Lark"));
    }
}

#[test]
fn people_are_called_what_they_call_themselves() {
    let mut fixture = Fixture::new();
    let person = begin(1, Kind::Person, vec![set("name", "Wren")]);
    fixture.accept(&[person.clone(), idea(1, "Hand hygiene"), idea(2, "Bed sensors")]);
    assert_eq!(fixture.store.author_name(&key(1).author()).unwrap().as_deref(), Some("Wren"));
    assert_eq!(fixture.store.author_name(&key(2).author()).unwrap(), None);
    let found = fixture.store.resolve_author("wren").unwrap();
    assert_eq!(found, [(key(1).author(), Some("Wren".to_owned()))]);
    let typed = &key(2).author().to_string()[..8];
    assert_eq!(fixture.store.resolve_author(typed).unwrap(), [(key(2).author(), None)]);
    let did = key(1).author().did();
    assert_eq!(fixture.store.resolve_author(&did).unwrap(), found);
    fixture.add(&follow(1, person.id(), &[person.id()], vec![set("name", "Lark")]));
    assert_eq!(fixture.store.author_name(&key(1).author()).unwrap().as_deref(), Some("Lark"));
}

#[test]
fn a_prefix_means_one_or_several_or_none() {
    let mut fixture = Fixture::new();
    let batch: Vec<Verified> = (0..300).map(|number| idea(1, &format!("Idea {number}"))).collect();
    fixture.accept(&batch);
    let resolve = |typed: &str, among| {
        fixture.store.resolve(&typed.parse::<IdPrefix>().unwrap(), among).unwrap()
    };
    for idea in &batch {
        let short = fixture.store.short(&idea.id()).unwrap();
        assert!(short.len() >= 6 && idea.id().to_string().starts_with(&short));
        assert_eq!(resolve(&short, Among::Entries), Resolution::One(idea.id()));
    }
    let id = batch[0].id().to_string();
    let Resolution::Many(candidates) = resolve(&id[..1], Among::Contributions) else {
        panic!("300 ids share the first of 32 letters");
    };
    assert!(candidates.iter().all(|one| one.id.to_string().starts_with(&id[..1])));
    let wrong = format!("{}{}", &id[..8], if id.as_bytes()[8] == b'a' { 'b' } else { 'a' });
    let Resolution::None { near } = resolve(&wrong, Among::Entries) else { panic!("no such id") };
    assert_eq!(near.iter().map(|one| one.id).collect::<Vec<_>>(), [batch[0].id()]);
    assert_eq!(near[0].title, "Idea 0");
}

#[test]
fn a_later_version_is_no_entry() {
    let mut fixture = Fixture::new();
    let idea = idea(1, "Hand hygiene");
    let edit = follow(1, idea.id(), &[idea.id()], vec![add("tags", "hands")]);
    fixture.accept(&[idea.clone(), edit.clone()]);
    let prefix: IdPrefix = edit.id().to_string().parse().unwrap();
    assert!(matches!(
        fixture.store.resolve(&prefix, Among::Entries).unwrap(),
        Resolution::None { .. }
    ));
    let found = fixture.store.resolve(&prefix, Among::Contributions).unwrap();
    assert_eq!(found, Resolution::One(edit.id()));
    assert_eq!(fixture.store.summary(&edit.id().into()).unwrap(), None);
    assert!(fixture.store.history(&edit.id().into()).unwrap().is_empty());
}

#[test]
fn words_are_found_whatever_is_typed() {
    let mut fixture = Fixture::new();
    let ward =
        begin(1, Kind::Idea, vec![set("title", "Hand hygiène"), splice(0, 0, "on the ward")]);
    fixture.accept(&[ward, idea(1, "Bed sensors")]);
    let found = |words: &str| fixture.store.search(&Filter::of_words(words, 10)).unwrap().len();
    assert_eq!([found("hygiene ward"), found("WAR"), found("sensors ward")], [1, 1, 0]);
    assert_eq!([found("\" OR 1"), found("bed: "), found("a* AND ("), found("  ")], [0, 1, 0, 2]);
}

#[test]
fn counts_leave_out_what_a_list_leaves_out() {
    let mut fixture = Fixture::new();
    let gone = idea(2, "Hand hygiene");
    fixture.accept(&[idea(1, "Bed sensors"), gone.clone(), erase(2, &[&gone])]);
    let counts = fixture.store.counts().unwrap();
    assert_eq!((counts.contributions, counts.entries, counts.authors), (3, 1, 2));
    let kinds: Vec<_> = counts.kinds.into_iter().collect();
    assert_eq!(kinds, [("erasure".to_owned(), 1), ("idea".to_owned(), 1)]);
}

#[test]
fn what_is_only_here_is_counted_until_it_is_elsewhere() {
    let mut fixture = Fixture::new();
    fixture.add(&idea(1, "Bed sensors"));
    let mine = [idea(2, "Hand hygiene"), idea(2, "Soap")];
    let entries = mine.clone().map(|idea| idea.id().into());
    fixture.store.accept(&mine, NOW, Source::Here).unwrap();
    assert_eq!(fixture.store.only_here().unwrap(), 2);
    assert_eq!(fixture.store.entries_only_here(9).unwrap(), [entries[1], entries[0]]);
    assert_eq!(fixture.store.entries_only_here(1).unwrap(), entries[1..]);
    fixture.store.set_elsewhere(2).unwrap();
    fixture.store.set_elsewhere(1).unwrap();
    assert_eq!((fixture.store.elsewhere().unwrap(), fixture.store.only_here().unwrap()), (2, 1));
    assert_eq!(fixture.store.entries_only_here(9).unwrap(), entries[1..]);
}

#[test]
fn the_address_book_is_bounded_and_the_last_seen_stay() {
    let mut fixture = Fixture::new();
    for number in 0..20 {
        let address = format!("/ip4/192.0.2.{number}/tcp/4001");
        fixture.store.remember_peer("one", &address, NOW + number).unwrap();
    }
    fixture.store.remember_peer("two", "/ip4/198.51.100.1/tcp/4001", NOW).unwrap();
    let peers = fixture.store.peers().unwrap();
    assert_eq!(peers.len(), 9);
    assert_eq!((peers[0].peer.as_str(), peers[0].seen), ("one", NOW + 19));
    fixture.store.forget_peer("one", Some(&peers[0].address)).unwrap();
    assert_eq!(fixture.store.peers().unwrap().len(), 8);
    fixture.store.forget_peer("one", None).unwrap();
    assert_eq!(fixture.store.peers().unwrap().len(), 1);
}
