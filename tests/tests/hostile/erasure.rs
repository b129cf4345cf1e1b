//! Taking back what is not one's own, too early, wrongly, or in vain: case 13.

mod words;

use commons_node::store::{Outcome, Store};
use commons_proto::contribution::{Content, Verified};
use commons_proto::edit::{Edit, Shape, ShapeItem};
use commons_proto::kind::Kind;
use commons_tests::forge::{Desk, cbor};
use commons_tests::ideas::store;
use commons_tests::scribe::{add, carry, receives, set, splice};
use commons_tests::{Forged, ForgedKey, Person, Scribe};

/// Three people whose stores are told the same in different orders must end alike; what they show
/// is given.
fn alike(people: &[Person], made: &[Verified]) -> Vec<serde_json::Value> {
    let mut stores: Vec<Store> = people.iter().map(store).collect();
    receives(&mut stores[0], made);
    let mut waiting: Vec<Verified> = made.iter().rev().cloned().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|one| {
            let outcome = &receives(&mut stores[1], std::slice::from_ref(one))[0];
            matches!(outcome, Outcome::MissingParents(_) | Outcome::ErasedWithoutErasure)
        });
        assert!(waiting.len() < before, "all are taken in the end");
    }
    let [first, second, third] = stores.as_mut_slice() else { panic!("three stores") };
    carry(second, third);
    for store in [first, second, third] {
        assert_eq!(store.verify(|_, _| ()).expect("it can be read").changed, 0);
    }
    let shown = |person: &Person| {
        let mut lines = person.list();
        for id in lines
            .iter()
            .map(|entry| entry["id"].as_str().expect("it can be read").to_owned())
            .collect::<Vec<_>>()
        {
            lines.extend(person.reads(["show", &id]));
            lines.extend(person.reads(["history", &id]));
        }
        lines
    };
    let expected = shown(&people[0]);
    for person in &people[1..] {
        assert_eq!(shown(person), expected, "{} sees the same", person.name());
        assert_eq!(person.status()["fingerprint"], people[0].status()["fingerprint"]);
    }
    expected
}

fn people() -> Vec<Person> {
    ["ana", "ben", "cleo"].map(Person::new).into()
}

fn fields(shown: &[serde_json::Value]) -> &serde_json::Value {
    &shown.iter().find(|line| line.get("fields").is_some()).expect("an entry")["fields"]
}

/// An erasure by somebody else is kept and takes nothing back.
#[test]
fn case_13_nobody_takes_back_what_others_wrote() {
    let people = people();
    let (ana, liar) = (Scribe::new(people[0].commons(), 1), Scribe::new(people[0].commons(), 2));
    let idea = ana.begins(Kind::Idea, vec![set("title", "Bed sensors"), splice(0, 0, "Quiet.")]);
    let note = ana.begins(Kind::Note, vec![set("text", "A note")]);
    let erasure = liar.erases(&[&idea, &note]);
    let shown = alike(&people, &[erasure, idea, note]);
    assert_eq!(people[0].titles(), ["A note", "Bed sensors"]);
    assert!(shown.iter().any(|line| line["fields"]["body"] == "Quiet."));
    assert_eq!(people[0].status()["contributions"], 3, "the erasure is in the set");
}

/// An erasure of what nobody has, of an erasure, of itself as far as that can be, of an entry's id
/// that is none: kept, and nothing changes; nor can words be left out where none was taken back.
#[test]
fn case_13_an_erasure_of_nothing_is_kept_and_takes_nothing() {
    let people = people();
    let ana = Scribe::new(people[0].commons(), 1);
    let idea = ana.idea("Bed sensors");
    let nowhere = ana.idea("Never published");
    let first = ana.erases(&[&nowhere]);
    let second = ana.erases(&[&first]);
    let unknown = Edit::Erase {
        target: commons_proto::id::ContributionId([7; 32]),
        shape: Shape(vec![ShapeItem::Operations(u64::MAX)]),
    };
    let third = ana.begins(Kind::Erasure, vec![unknown.clone()]);
    // Outside an erasure the edit does nothing, and nobody adds to an erasure.
    let in_an_idea = ana.begins(
        Kind::Idea,
        vec![set("title", "Doors"), Edit::Erase { target: idea.id(), shape: Shape::default() }],
    );
    let added = ana.follows(&[&first], vec![unknown]);
    let refused = Outcome::Refused("erasure-stands");
    let mut own = store(&people[0]);
    receives(&mut own, std::slice::from_ref(&first));
    assert_eq!(receives(&mut own, &[added]), [refused]);
    let bare = [idea.clone().erased(), in_an_idea.clone().erased(), third.clone().erased()];
    assert!(
        receives(&mut own, &bare).iter().all(|outcome| *outcome == Outcome::ErasedWithoutErasure)
    );
    drop(own);
    let made = [first.clone(), second, third, idea, in_an_idea];
    let mut stores: Vec<Store> = people.iter().map(store).collect();
    for store in &mut stores {
        receives(store, &made);
        let kept = store.record(&first.id()).expect("it can be read").expect("it can be read");
        assert_ne!(kept.content, Content::Erased, "an erasure stands");
    }
    drop(stores);
    for person in &people {
        assert_eq!(person.titles(), ["Bed sensors", "Doors"]);
        assert_eq!(person.status()["contributions"], 5);
        assert_eq!(person.reads(["verify"])[0]["changed"], 0);
    }
}

/// An erasure that comes before its target, or with it, in either order, works as one that comes
/// after.
#[test]
fn case_13_an_erasure_that_comes_first_waits() {
    let people = people();
    let (ana, ben) = (Scribe::new(people[0].commons(), 1), Scribe::new(people[0].commons(), 2));
    let idea = ana.begins(Kind::Idea, vec![set("title", "Beds"), splice(0, 0, "Quiet beds.")]);
    let edit = ana.follows(&[&idea], vec![set("title", "Secret"), splice(0, 5, "Secret")]);
    let after = ben.follows(&[&edit], vec![splice(6, 0, "!"), add("tags", "beds")]);
    let erasure = ana.erases(&[&edit]);
    let shown = alike(&people, &[idea, edit, after, erasure]);
    assert_eq!(people[1].titles(), ["Beds"]);
    assert_eq!(fields(&shown)["body"], "! beds.");
}

/// Shapes that are not the target's: too long, too short, with huge counts, of other fields, of
/// several erasures that differ. All are bounded, all nodes show the same, what others wrote is
/// there, and the words are gone.
#[test]
fn case_13_a_wrong_shape_hurts_only_its_author_and_no_two_nodes_differ() {
    let huge = u64::MAX;
    let body = |at, delete, insert| ShapeItem::Splice("body".to_owned(), at, delete, insert);
    let shapes = [
        vec![],
        vec![body(0, 0, 1)],
        vec![body(0, 0, 60)],
        vec![body(0, 0, 50_000)],
        vec![body(huge, huge, huge)],
        vec![body(0, huge, 0)],
        vec![body(huge, 0, 10), body(0, huge, 10)],
        vec![ShapeItem::Operations(huge)],
        vec![ShapeItem::Operations(100)],
        vec![ShapeItem::Operations(huge), ShapeItem::Operations(huge), body(0, 0, 2)],
        vec![
            ShapeItem::Splice("title".to_owned(), 0, 3, 3),
            ShapeItem::Splice("x".to_owned(), 1, 1, 1),
        ],
        std::iter::repeat_n(body(0, huge, 0), 2000).collect(),
    ];
    for (number, shape) in shapes.into_iter().enumerate() {
        let people = people();
        let scribes = [1, 2, 3].map(|author| Scribe::new(people[0].commons(), author));
        let [ana, ben, cleo] = &scribes;
        let idea = ana.begins(Kind::Idea, vec![set("title", "Beds"), splice(0, 0, "Beds. ")]);
        let secret =
            ana.follows(&[&idea], vec![set("status", "secret"), splice(6, 0, "Secret words. ")]);
        let later = ben
            .follows(&[&secret], vec![splice(20, 0, "Ben's words. "), set("licence", "CC0-1.0")]);
        let beside =
            cleo.follows(&[&idea], vec![splice(0, 0, "Cleo's words. "), set("status", "open")]);
        let erase = Edit::Erase { target: secret.id(), shape: Shape(shape) };
        let wrong = ana.begins(Kind::Erasure, vec![erase]);
        let right = ana.erases(&[&secret]);
        let made = match number % 3 {
            0 => vec![idea, secret, later, beside, wrong],
            1 => vec![idea, secret, later, beside, wrong, right],
            _ => vec![idea, secret, beside, later, right, wrong],
        };
        let shown = alike(&people, &made);
        let body = fields(&shown)["body"].as_str().unwrap_or_default();
        assert!(!body.contains("Secret"), "{number}: {body}");
        assert!(
            body.contains("Ben's words.") && body.contains("Cleo's words."),
            "{number}: {body}"
        );
        assert!(body.len() < 100, "{number}: fillers are not shown: {body}");
        assert_eq!(fields(&shown)["licence"], "CC0-1.0");
        assert_eq!(fields(&shown)["status"], "open", "{number}: the erased value is not shown");
    }
}

/// Of two erasures with different shapes the same one counts, whichever came first.
#[test]
fn case_13_of_two_shapes_the_same_one_counts_whichever_came_first() {
    let people = people();
    let [ana, ben] = [1, 2].map(|author| Scribe::new(people[0].commons(), author));
    let idea = ana.begins(Kind::Idea, vec![set("title", "Beds"), splice(0, 0, "Beds. ")]);
    let secret = ana.follows(&[&idea], vec![splice(6, 0, "Secret words. ")]);
    let later = ben.follows(&[&secret], vec![splice(20, 0, "Ben's words. ")]);
    // As if the words had stood at the beginning: then Ben's stand before Ana's first ones.
    let shape = Shape(vec![ShapeItem::Splice("body".to_owned(), 0, 0, 60)]);
    let wrong = ana.begins(Kind::Erasure, vec![Edit::Erase { target: secret.id(), shape }]);
    let right = ana.erases(&[&secret]);
    let bodies: Vec<String> = [[&wrong, &right], [&right, &wrong]]
        .iter()
        .zip(&people)
        .map(|(erasures, person)| {
            let mut store = store(person);
            receives(&mut store, &[idea.clone(), secret.clone(), later.clone()]);
            for erasure in *erasures {
                receives(&mut store, std::slice::from_ref(erasure));
            }
            let view = store.entry(&idea.id().into()).expect("it can be read").expect("it is here");
            view.state.prose("body")
        })
        .collect();
    let counts = if wrong.id() < right.id() { &wrong } else { &right };
    let expected = match counts.id() == wrong.id() {
        true => "Ben's words. Beds. ",
        false => "Beds. Ben's words. ",
    };
    assert_eq!(bodies, [expected, expected]);
}

/// A shape with negative counts, or of another form, makes its erasure no contribution.
#[test]
fn case_13_a_shape_that_is_none_is_refused_with_its_erasure() {
    let desk = Desk::new("commons-under-test");
    let key = ForgedKey::honest(&[1; 32]);
    let item = |parts: [Vec<u8>; 4]| cbor::array([cbor::array(parts)]);
    let (none, body) = (|| cbor::uint(0), || cbor::text("body"));
    let bad = [
        cbor::array([cbor::negative(1)]),
        item([body(), none(), cbor::negative(5), none()]),
        item([body(), none(), none(), cbor::text("1")]),
        item([cbor::text("Body!"), none(), none(), none()]),
        item([none(), none(), none(), none()]),
        cbor::array([cbor::array([body(), none(), none()])]),
        cbor::array([cbor::array([body(), none(), none(), none(), none()])]),
        cbor::text("all of it"),
        cbor::null(),
    ];
    let erasure = |shape: Vec<u8>| {
        let edit = cbor::array([cbor::text("erase"), cbor::bytes(&[7; 32]), shape]);
        Forged::genesis(&desk.commons, &key, ("erasure", false), [edit]).bytes()
    };
    for shape in bad {
        let verdict = desk.verdict(&erasure(shape.clone()));
        assert_eq!(verdict, "not-canonical", "{shape:?}");
    }
    assert_eq!(desk.verdict(&erasure(cbor::array([cbor::uint(1)]))), "good");
}

/// Concurrent edits of others stay where they were written, whoever hears of the erasure first.
#[test]
fn case_13_an_erasure_beside_edits_leaves_them_where_they_were() {
    let people = people();
    let scribes = [1, 2, 3].map(|author| Scribe::new(people[0].commons(), author));
    let [ana, ben, cleo] = &scribes;
    let idea =
        ana.begins(Kind::Idea, vec![set("title", "Beds"), splice(0, 0, "one two three four")]);
    let first = ben.follows(&[&idea], vec![splice(4, 0, "[ben] "), add("tags", "ben")]);
    let second = cleo.follows(&[&idea], vec![splice(14, 0, "[cleo] "), set("title", "Wards")]);
    let third = ben.follows(&[&first, &second], vec![splice(0, 0, "> ")]);
    let erasure = ana.erases(&[&idea]);
    let shown = alike(&people, &[idea.clone(), first.clone(), second.clone(), third, erasure]);
    assert_eq!(fields(&shown)["body"], "> [ben] [cleo] ");
    assert_eq!(people[2].titles(), ["Wards"]);
    // Then everybody takes back what is theirs, and nothing is left to show.
    let rest = [ben.erases(&[&first]), cleo.erases(&[&second])];
    for person in &people {
        receives(&mut store(person), &rest);
        let list = person.list();
        assert_eq!(list.len(), 1, "what was written on top is Ben's still: {list:?}");
        assert_eq!(list[0]["title"], "");
    }
}
