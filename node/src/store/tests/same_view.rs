//! Whatever the order and the batches in which a set comes, every node shows the same, and what it
//! shows is what the log alone gives.

use std::collections::BTreeSet;

use super::*;
use crate::verify::Verifier;
use commons_proto::wire::Unchecked;
use proptest::prelude::*;
use rusqlite::types::Value as Sql;

/// One thing that somebody does; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Act {
    Begin { author: u8, kind: u8, word: u8 },
    Edit { author: u8, entry: u16, parents: u16, what: u8, word: u8 },
    Erase { author: u8, target: u16, also: u16 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0u8..4, 0u8..6, any::<u8>())
            .prop_map(|(author, kind, word)| Act::Begin { author, kind, word }),
        6 => (0u8..4, any::<u16>(), any::<u16>(), 0u8..8, any::<u8>())
            .prop_map(|(author, entry, parents, what, word)| Act::Edit { author, entry, parents, what, word }),
        1 => (0u8..4, any::<u16>(), any::<u16>())
            .prop_map(|(author, target, also)| Act::Erase { author, target, also }),
    ]
}

/// The contributions that come of it, in the order in which they were made.
fn play(acts: &[Act]) -> Vec<Verified> {
    let mut made: Vec<Verified> = Vec::new();
    for (time, act) in acts.iter().enumerate() {
        let time = NOW - 1000 + time as u64 / 3;
        let text = |word: u8| format!("word{} word{}", word % 7, word % 5);
        let one = match act {
            Act::Begin { author, kind, word } => {
                let field = if *kind == 4 { "text" } else { "title" };
                let mut edits = vec![set(field, &text(*word)), add("tags", &text(*word))];
                if let Some(other) = made.get(usize::from(*word)) {
                    edits.push(about(other.entry()));
                    edits.push(add("links", &format!("commons:{}", other.entry())));
                }
                sign(
                    *author,
                    time,
                    Subject::Genesis(Kind::KNOWN[usize::from(*kind) % 8].clone()),
                    &[],
                    edits,
                )
            }
            Act::Edit { author, entry, parents, what, word } => {
                let entries: BTreeSet<_> = made.iter().map(|one| one.entry()).collect();
                let Some(entry) = entries.iter().nth(usize::from(*entry) % entries.len().max(1))
                else {
                    continue;
                };
                let versions: Vec<_> =
                    made.iter().filter(|one| one.entry() == *entry).map(Verified::id).collect();
                // Usually the last version, sometimes any two.
                let last = versions.len() - 1;
                let parents = match parents % 4 {
                    0 => vec![versions[usize::from(*parents / 4) % versions.len()], versions[last]],
                    1 => vec![versions[usize::from(*parents / 4) % versions.len()]],
                    _ => vec![versions[last]],
                };
                let edit = match what {
                    0 | 1 => set("title", &text(*word)),
                    2 => add("tags", &text(*word)),
                    3 => {
                        Edit::Remove { field: "tags".to_owned(), item: text(*word).as_str().into() }
                    }
                    4 => Edit::Set { field: "title".to_owned(), value: None },
                    _ => splice(u64::from(*word) % 9, u64::from(*what) % 3, &text(*word)),
                };
                sign(*author, time, Subject::Entry(*entry), &parents, vec![edit])
            }
            Act::Erase { author, target, also } => {
                let own: Vec<_> = made
                    .iter()
                    .filter(|one| one.header().author == key(*author).author())
                    .collect();
                if own.is_empty() {
                    continue;
                }
                let targets =
                    [own[usize::from(*target) % own.len()], own[usize::from(*also) % own.len()]];
                let edits = erase_edits(&[&targets[0].record(), &targets[1].record()]);
                sign(*author, time, Subject::Genesis(Kind::Erasure), &[], edits)
            }
        };
        if made.iter().all(|other| other.id() != one.id()) {
            made.push(one);
        }
    }
    made
}

/// A causal order that the seed chooses.
fn shuffled(made: &[Verified], mut seed: u64) -> Vec<Verified> {
    let mut waiting: Vec<&Verified> = made.iter().collect();
    let mut told = BTreeSet::new();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let is_ready =
            |one: &&Verified| one.header().parents.iter().all(|parent| told.contains(parent));
        let ready: Vec<usize> =
            (0..waiting.len()).filter(|place| is_ready(&waiting[*place])).collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let one = waiting.remove(ready[(seed >> 33) as usize % ready.len()]);
        told.insert(one.id());
        order.push(one.clone());
    }
    order
}

/// Everything that is shown, with ids in the place of this node's own numbers.
fn shown(store: &Store) -> Vec<Vec<Vec<Sql>>> {
    store
        .connection
        .execute_batch("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search, instance)")
        .unwrap();
    let shown = [
        "SELECT e.id, e.kind, e.open, a.key, e.created, e.changed, e.versions, e.authors, \
         e.conflicts, e.hidden, e.title, e.tags, e.licence, e.heads, e.state \
         FROM entry e JOIN author a ON a.number = e.author ORDER BY e.id",
        "SELECT t.tag, e.id FROM tag t JOIN entry e ON e.number = t.entry ORDER BY 1, 2",
        "SELECT a.key, e.id FROM contributor c JOIN entry e ON e.number = c.entry \
         JOIN author a ON a.number = c.author ORDER BY 1, 2",
        "SELECT r.target, e.id, r.how FROM reference r JOIN entry e ON e.number = r.entry ORDER BY 1, 2, 3",
        "SELECT w.term, e.id, w.col, w.offset FROM temp.words w JOIN entry e ON e.number = w.doc \
         ORDER BY 1, 2, 3, 4",
        "SELECT x.target, a.key, x.id FROM erasure x JOIN author a ON a.number = x.author ORDER BY 1, 2, 3",
        "SELECT id, payload FROM contribution ORDER BY id",
    ]
    .map(|sql| {
        let mut statement = store.connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    });
    store.connection.execute_batch("DROP TABLE temp.words").unwrap();
    shown.into()
}

/// Accepts all in batches of this size; gives the ids of what was refused.
fn deliver(fixture: &mut Fixture, all: &[Verified], batch: usize) -> BTreeSet<ContributionId> {
    let mut refused = BTreeSet::new();
    for part in all.chunks(batch) {
        for (one, outcome) in part.iter().zip(fixture.accept(part)) {
            match outcome {
                Outcome::New { .. } => {}
                // What follows something refused has no parents here.
                Outcome::Refused(_) | Outcome::MissingParents(_) => {
                    refused.insert(one.id());
                }
                other => panic!("{other:?}"),
            }
        }
    }
    refused
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_batches_show_the_same(
        acts in prop::collection::vec(act(), 1..60),
        seeds in prop::array::uniform2(any::<u64>()),
        batches in prop::array::uniform3(1usize..40),
    ) {
        let made = play(&acts);
        let mut first = Fixture::new();
        let refused = deliver(&mut first, &made, batches[0]);
        let expected = shown(&first.store);

        let mut second = Fixture::new();
        prop_assert_eq!(&deliver(&mut second, &shuffled(&made, seeds[0]), batches[1]), &refused);
        prop_assert_eq!(&shown(&second.store), &expected);

        // A third hears it from the second, from whom some words are gone already.
        let ids: Vec<ContributionId> =
            second.store.ids_after(0, usize::MAX >> 1).unwrap().into_iter().map(|(id, ..)| id).collect();
        let verifier = Verifier::new(commons());
        let heard: Vec<Verified> = second.store.contributions(&ids).unwrap().into_iter()
            .map(|bytes| verifier.check_one(&Unchecked::new(bytes).unwrap()).unwrap())
            .collect();
        let mut third = Fixture::new();
        prop_assert_eq!(deliver(&mut third, &heard, batches[2]).len(), 0);
        prop_assert_eq!(&shown(&third.store), &expected);

        for fixture in [&mut first, &mut second, &mut third] {
            let report = fixture.store.verify(|_, _| ()).unwrap();
            prop_assert_eq!((report.changed, report.damaged.len(), report.file.len()), (0, 0, 0));
        }
        first.store.rebuild().unwrap();
        prop_assert_eq!(&shown(&first.store), &expected);
    }
}
