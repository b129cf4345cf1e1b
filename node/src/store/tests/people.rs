//! Who contributed, and to how much.

use super::*;
use crate::store::Target;

fn names(fixture: &Fixture, most: usize) -> (Vec<(u8, Option<String>, u64)>, u64) {
    let found = fixture.store.contributors(most).unwrap();
    let number = |author| (1..10).find(|number| key(*number).author() == author).unwrap();
    let people = found.people.into_iter();
    (people.map(|one| (number(one.author), one.name, one.entries)).collect(), found.all)
}

fn kinds(fixture: &Fixture, number: u8) -> Vec<(String, u64)> {
    fixture.store.kinds_of(&key(number).author()).unwrap().into_iter().collect()
}

#[test]
fn everybody_counts_who_contributed_to_what_lists_show() {
    let mut fixture = Fixture::new();
    let beds = idea(1, "Bed sensors");
    let edit = follow(2, beds.id(), &[beds.id()], vec![set("title", "Better beds")]);
    let profile = begin(2, Kind::Person, vec![set("name", "Ana")]);
    let gone = idea(3, "Not so good");
    let spam = idea(4, "Buy");
    fixture.accept(&[beds, edit, profile, gone.clone(), spam, erase(3, &[&gone])]);
    fixture.store.mute(&[Target::Author(key(4).author())], NOW).unwrap();
    let ana = (2, Some("Ana".to_owned()), 2);
    assert_eq!(names(&fixture, 9), (vec![ana.clone(), (1, None, 1)], 2));
    assert_eq!(names(&fixture, 1), (vec![ana], 2));
    assert_eq!(kinds(&fixture, 2), [("idea".to_owned(), 1), ("person".to_owned(), 1)]);
    assert_eq!(kinds(&fixture, 3), []);
    assert_eq!(kinds(&fixture, 4), []);
    assert_eq!(kinds(&fixture, 9), []);
}
