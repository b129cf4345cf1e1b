//! An entry that very many people change at once: case 12.

use commons_node::store::Outcome;
use commons_proto::contribution::Verified;
use commons_proto::limits::PARENTS;
use commons_tests::ideas::store;
use commons_tests::scribe::{add, carry, receives, set};
use commons_tests::{Person, Scribe};
use rayon::prelude::*;

/// As many as a full conference that edits offline, twice over.
const HEADS: usize = 1000;

/// An idea, and so many changes of it that nobody has seen each other's.
fn crowd(commons: &str, heads: usize) -> Vec<Verified> {
    let idea = Scribe::new(commons, 0).idea("Bed sensors");
    let changes = (0..heads).into_par_iter().map(|number| {
        let scribe = Scribe::new(commons, (number % 250) as u8);
        let mut edits = vec![add("tags", &format!("tag{number}"))];
        if number % 100 == 0 {
            edits.push(set("status", &format!("status {number}")));
        }
        scribe.follows(&[&idea], edits)
    });
    let changes: Vec<Verified> = changes.collect();
    std::iter::once(idea).chain(changes).collect()
}

/// Nodes that hear of a thousand heads in other orders and other batches are equal; the next edit
/// of the program has no more parents than a contribution may have, and is accepted; further edits
/// gather the rest.
#[test]
fn case_12_a_thousand_heads_converge_and_edits_gather_them() {
    let (ana, ben) = (Person::new("ana"), Person::new("ben"));
    let made = crowd(ana.commons(), HEADS);
    let id = made[0].id().to_string();
    let (mut one, mut two) = (store(&ana), store(&ben));
    receives(&mut one, &made);
    receives(&mut two, &made[..1]);
    let reversed: Vec<Verified> = made[1..].iter().rev().cloned().collect();
    for batch in reversed.chunks(HEADS / 2) {
        receives(&mut two, batch);
    }
    let entry = ana.reads(["show", &id]).remove(0);
    assert_eq!(ben.reads(["show", &id])[0], entry);
    assert_eq!(entry["heads"].as_array().expect("it can be read").len(), HEADS);
    assert_eq!(
        entry["tags"].as_array().expect("it can be read").len(),
        HEADS,
        "nobody's change is lost"
    );
    assert_eq!(
        entry["conflicting"]["status"].as_array().expect("it can be read").len(),
        HEADS / 100
    );

    let mut heads = HEADS;
    while heads > 1 {
        ana.says(["edit", &id, "--tag", &format!("gathered-{heads}")]);
        let version = ana.reads(["history", &id]).remove(0);
        let parents = version["parents"].as_array().expect("it can be read").len();
        assert_eq!(parents, heads.min(PARENTS));
        heads = heads - parents + 1;
        let entry = ana.reads(["show", &id]).remove(0);
        assert_eq!(entry["heads"].as_array().expect("it can be read").len(), heads);
        if heads < HEADS - 2 * PARENTS {
            break;
        }
    }
    carry(&one, &mut two);
    assert_eq!(ben.reads(["show", &id]), ana.reads(["show", &id]));
    assert_eq!(ben.status()["fingerprint"], ana.status()["fingerprint"]);
    for store in [&mut one, &mut two] {
        assert_eq!(store.verify(|_, _| ()).expect("it can be read").changed, 0);
    }
}

/// A contribution with more parents than there may be is none, so nobody gathers all at once.
#[test]
fn case_12_nobody_follows_more_than_sixty_four() {
    let ana = Person::new("ana");
    let made = crowd(ana.commons(), PARENTS + 1);
    let mut store = store(&ana);
    receives(&mut store, &made);
    let scribe = Scribe::new(ana.commons(), 0);
    let all: Vec<&Verified> = made[1..].iter().collect();
    let gathering = scribe.follows(&all, vec![set("status", "gathered")]);
    assert_eq!(gathering.header().parents.len(), PARENTS, "a draft takes the first");
    assert!(matches!(receives(&mut store, &[gathering])[..], [Outcome::New { .. }]));
    let view = store.entry(&made[0].entry()).expect("it can be read").expect("it can be read");
    assert_eq!(view.heads.len(), 2);
}
