//! Times that cannot be, histories that fork, homes that go back in time, and an entry that very
//! many people change at once: cases 9 to 12.

mod backup;
mod heads;
mod times;

use commons_node::store::Outcome;
use commons_tests::ideas::store;
use commons_tests::scribe::{carry, receives, set};
use commons_tests::{Person, Scribe, settled};

/// One author makes two contributions with the same parents and shows one to each of two peers:
/// when these meet both are kept, shown as a conflict with who and when, and all nodes are equal;
/// the next edit settles it.
#[test]
fn case_10_two_versions_for_two_peers_are_both_kept_and_shown_as_a_conflict() {
    let [ana, ben, late] = ["ana", "ben", "late"].map(Person::new);
    let liar = Scribe::new(ana.commons(), 9);
    let idea = liar.idea("Bed sensors");
    let one = liar.follows(&[&idea], vec![set("title", "Bed sensors for the ward")]);
    let two = liar.follows(&[&idea], vec![set("title", "Bed sensors for the garden")]);
    receives(&mut store(&ana), &[idea.clone(), one.clone()]);
    receives(&mut store(&ben), &[idea.clone(), two.clone()]);
    let id = idea.id().to_string();
    assert_eq!(ana.titles(), ["Bed sensors for the ward"]);
    assert_eq!(ben.titles(), ["Bed sensors for the garden"]);

    let first = ana.starts();
    let second = ben.starts_with(&["--peer", &first.address()]);
    settled(&[&ana, &ben], 3);
    let third = late.starts_with(&["--peer", &second.address()]);
    settled(&[&ana, &ben, &late], 3);
    let entry = &ana.reads(["show", &id])[0];
    for person in [&ben, &late] {
        assert_eq!(&person.reads(["show", &id])[0], entry, "{} sees the same", person.name());
        assert_eq!(person.reads(["history", &id]), ana.reads(["history", &id]));
    }
    assert_eq!((&entry["versions"], &entry["conflicts"]), (&3.into(), &1.into()));
    let mut held: Vec<_> = entry["conflicting"]["title"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| held["value"].as_str().unwrap())
        .collect();
    held.sort_unstable();
    assert_eq!(held, ["Bed sensors for the garden", "Bed sensors for the ward"]);
    let shown = late.says(["show", &id]);
    assert!(shown.contains("conflict: title"), "{shown}");
    assert!(late.says(["list"]).contains("[conflict]"));

    late.says(["edit", &id, "--title", "Bed sensors for all"]);
    settled(&[&ana, &ben, &late], 4);
    assert_eq!(ana.reads(["show", &id])[0]["conflicts"], 0);
    assert_eq!(ana.titles(), ["Bed sensors for all"]);
    for node in [first, second, third] {
        node.stops();
    }
}

/// The same with a claim of the same time, two beginnings that differ in nothing but their salt,
/// and forks of forks: whatever the order, the same is shown.
#[test]
fn case_10_a_fork_of_forks_is_the_same_in_any_order() {
    let people: Vec<Person> = ["ana", "ben", "cleo"].map(Person::new).into();
    let liar = Scribe::new(people[0].commons(), 9);
    let beginnings = [liar.idea("Bed sensors"), liar.idea("Bed sensors")];
    assert_ne!(beginnings[0].id(), beginnings[1].id());
    let mut made = beginnings.to_vec();
    for round in 0..4 {
        for at in 0..made.len() {
            if made[at].entry() == beginnings[0].entry() {
                let title = format!("Title {round}");
                made.push(liar.follows(&[&made[at]], vec![set("title", &title)]));
            }
        }
    }
    let mut stores: Vec<_> = people.iter().map(store).collect();
    receives(&mut stores[0], &made);
    let mut waiting = made.clone();
    while !waiting.is_empty() {
        // From the end, so that what follows others comes as soon as it can.
        let outcomes: Vec<Outcome> = waiting
            .iter()
            .rev()
            .flat_map(|one| receives(&mut stores[1], std::slice::from_ref(one)))
            .collect();
        let mut outcomes = outcomes.into_iter().rev();
        waiting.retain(|_| matches!(outcomes.next(), Some(Outcome::MissingParents(_))));
    }
    let [_, second, third] = stores.as_mut_slice() else { panic!("three stores") };
    carry(second, third);
    assert_eq!(people[0].list().len(), 2, "both beginnings are kept");
    let id = beginnings[0].id().to_string();
    for person in &people[1..] {
        assert_eq!(person.list(), people[0].list());
        assert_eq!(person.reads(["show", &id]), people[0].reads(["show", &id]));
        assert_eq!(person.status()["fingerprint"], people[0].status()["fingerprint"]);
    }
}
