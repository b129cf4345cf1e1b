//! Random histories: plans that proptest can shrink, and orders of arrival.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{History, add, clear, remove, set, splice};
use crate::edit::Edit;
use crate::entry::{Step, heads};

/// A history to be made.
#[derive(Debug, Clone)]
pub(super) struct Plan(Vec<Planned>);

#[derive(Debug, Clone)]
struct Planned {
    parents: Parents,
    edits: Vec<Edit>,
    erased: Option<bool>,
}

#[derive(Debug, Clone)]
enum Parents {
    Heads,
    Some(Vec<prop::sample::Index>),
}

impl Plan {
    pub(super) fn history(&self) -> History {
        let mut history = History::new();
        for planned in &self.0 {
            let count = history.records.len();
            let parents = match &planned.parents {
                _ if count == 0 => Vec::new(),
                Parents::Some(places) => places.iter().map(|place| place.index(count)).collect(),
                Parents::Heads => {
                    let heads = heads(&history.steps());
                    (0..count).filter(|place| heads.contains(&history.records[*place].id)).collect()
                }
            };
            let place = history.push(&parents, planned.edits.clone());
            if let Some(words) = planned.erased {
                history.erase(place, words);
            }
        }
        history
    }

    pub(super) fn without_erasures(&self) -> Self {
        let mut plan = self.clone();
        plan.0.iter_mut().for_each(|planned| planned.erased = None);
        plan
    }
}

/// A history in which each contribution follows the one before it.
pub(super) fn linear() -> impl Strategy<Value = Plan> {
    vec(planned(Just(Parents::Heads)), 1..10).prop_map(Plan)
}

/// Any history.
pub(super) fn branching() -> impl Strategy<Value = Plan> {
    let parents = prop_oneof![
        Just(Parents::Heads),
        vec(any::<prop::sample::Index>(), 1..4).prop_map(Parents::Some),
    ];
    vec(planned(parents), 1..10).prop_map(Plan)
}

/// Seeds of orders of arrival.
pub(super) fn arrangements() -> impl Strategy<Value = Vec<u64>> {
    vec(any::<u64>(), 2)
}

/// The history in an order that has parents before children and is otherwise random.
pub(super) fn arrive(history: &History, seed: u64) -> Vec<Step<'_>> {
    let mut waiting = history.steps();
    let mut arrived: Vec<Step<'_>> = Vec::new();
    let mut random = seed | 1;
    while !waiting.is_empty() {
        let came = |id: &_| arrived.iter().any(|step| step.record.id == *id);
        let free: Vec<usize> = (0..waiting.len())
            .filter(|place| waiting[*place].record.header.parents.iter().all(came))
            .collect();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let next = free[random as usize % free.len()];
        arrived.push(waiting.swap_remove(next));
    }
    arrived
}

fn planned(parents: impl Strategy<Value = Parents>) -> impl Strategy<Value = Planned> {
    let erased = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
    (parents, vec(edit(), 0..5), erased).prop_map(|(parents, edits, erased)| Planned {
        parents,
        edits,
        erased,
    })
}

/// Any edit: mostly good ones, some of the wrong type for their field, some that only a newer
/// commons knows.
fn edit() -> impl Strategy<Value = Edit> {
    let field = prop_oneof![
        3 => prop::sample::select(vec!["title", "licence"]),
        1 => prop::sample::select(vec!["tags", "body", "mood"]),
    ];
    let sets = prop_oneof![3 => Just("tags"), 1 => prop::sample::select(vec!["title", "mood"])];
    let item = prop::sample::select(vec!["wards", "doors", "", "a:b", "\u{0}", "ça va", "🛏"]);
    let place = prop_oneof![8 => 0_u64..20, 1 => Just(u64::MAX)];
    let count = prop_oneof![4 => Just(0_u64), 4 => 0_u64..8, 1 => Just(u64::MAX)];
    let text = prop_oneof![
        Just(String::new()),
        "[a-z ]{1,8}",
        Just("é🛏\u{10FFFF}\u{FFFC}\r\n".to_owned()),
    ];
    let prose = prop_oneof![6 => Just("body"), 1 => prop::sample::select(vec!["title", "story"])];
    prop_oneof![
        3 => (field.clone(), "[a-c]").prop_map(|(field, value)| set(field, &value)),
        1 => field.prop_map(clear),
        2 => (sets.clone(), item.clone()).prop_map(|(field, item)| add(field, item)),
        2 => (sets, item).prop_map(|(field, item)| remove(field, item)),
        5 => (prose, place, count, text).prop_map(|(field, at, delete, text)| {
            match splice(at, delete, &text) {
                Edit::Splice { at, delete, insert, .. } => {
                    Edit::Splice { field: field.to_owned(), at, delete, insert }
                }
                other => other,
            }
        }),
        1 => Just(Edit::Newer(vec![7])),
    ]
}
