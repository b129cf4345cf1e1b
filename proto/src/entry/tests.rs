//! Properties of fold and merge, over random histories of an idea.

use proptest::prelude::*;

use super::*;
use crate::author::AuthorKey;
use crate::contribution::{Draft, Subject, Verified};
use crate::edit::{Edit, Value};
use crate::id::{CommonsId, EntryId};

mod hostile;
mod random;

use random::{arrangements, branching, linear};

/// Contributions of one entry, and the shapes of those that are erased.
pub(super) struct History {
    records: Vec<Record>,
    shapes: Vec<Option<Shape>>,
}

impl History {
    /// An empty history.
    fn new() -> Self {
        Self { records: Vec::new(), shapes: Vec::new() }
    }

    /// Adds a contribution with these parents, given by their places.
    fn push(&mut self, parents: &[usize], edits: Vec<Edit>) -> usize {
        let place = self.records.len();
        let subject = match self.records.first() {
            Some(genesis) => Subject::Entry(EntryId::from(genesis.id)),
            None => Subject::Genesis(Kind::Idea),
        };
        let parents = parents.iter().map(|parent| self.records[*parent].id).collect();
        let draft = Draft { subject, parents, edits, summary: None };
        self.records.push(signed(draft, place).record());
        self.shapes.push(None);
        place
    }

    /// Erases a contribution; its words go, too, where `words` is false.
    fn erase(&mut self, place: usize, words: bool) {
        let shape = Shape::of(self.records[place].edits());
        self.shapes[place] = Some(shape);
        if !words {
            self.records[place].content = crate::contribution::Content::Erased;
        }
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let shapes = self.shapes.iter().map(Option::as_ref);
        self.records.iter().zip(shapes).map(|(record, shape)| Step { record, shape }).collect()
    }

    fn state(&self) -> State {
        materialise(&Kind::Idea, &self.steps())
    }
}

fn signed(draft: Draft, salt: usize) -> Verified {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&(salt as u64).to_be_bytes());
    draft
        .sign(&AuthorKey::from_secret(&[3; 32]), &CommonsId([1; 32]), 0, bytes)
        .expect("a draft within the limits")
}

fn set(field: &str, value: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: Some(value.into()) }
}

fn clear(field: &str) -> Edit {
    Edit::Set { field: field.to_owned(), value: None }
}

fn add(field: &str, item: &str) -> Edit {
    Edit::Add { field: field.to_owned(), item: item.into() }
}

fn remove(field: &str, item: &str) -> Edit {
    Edit::Remove { field: field.to_owned(), item: item.into() }
}

fn splice(at: u64, delete: u64, insert: &str) -> Edit {
    Edit::Splice { field: "body".to_owned(), at, delete, insert: insert.to_owned() }
}

fn merged(history: &History) -> State {
    let steps = history.steps();
    let merged = merge::merge(&Kind::Idea, &State::default(), &steps, &mut Budget::new());
    merged.expect("within the budget")
}

fn tags(state: &State) -> Vec<String> {
    state.set("tags").map(Value::to_string).collect()
}

#[test]
fn two_titles_at_once_are_a_conflict_until_somebody_settles_it() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Hand hygiene"), add("tags", "wards")]);
    let one = history.push(&[genesis], vec![set("title", "Hand hygiene at the door")]);
    let other = history.push(&[genesis], vec![set("title", "Clean hands"), add("tags", "doors")]);
    let state = history.state();
    let mut told: Vec<_> = state.held("title").iter().map(|held| held.by).collect();
    assert_eq!(state.conflicts().map(|(field, _)| field).collect::<Vec<_>>(), ["title"]);
    assert_eq!(told[0], told.iter().copied().max().expect("two"), "the greater id wins a tie");
    told.sort_unstable();
    assert_eq!(told, heads(&history.steps()));
    assert_eq!(tags(&state), ["doors", "wards"]);
    let before = at(&Kind::Idea, &history.steps(), &[history.records[one].id]);
    assert_eq!(before.title(&Kind::Idea), "Hand hygiene at the door");
    history.push(&[one, other], vec![set("title", "Clean hands at the door")]);
    let state = history.state();
    assert_eq!(state.conflicts().count(), 0);
    assert_eq!(state.title(&Kind::Idea), "Clean hands at the door");
}

#[test]
fn prose_is_merged_character_by_character() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![splice(0, 0, "Sensors in beds.")]);
    history.push(&[genesis], vec![splice(0, 7, "Quiet sensors")]);
    history.push(&[genesis], vec![splice(15, 0, " and chairs")]);
    assert_eq!(history.state().prose("body"), "Quiet sensors in beds and chairs.");
}

#[test]
fn an_item_that_is_added_and_removed_at_once_stays() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![add("tags", "wards")]);
    history.push(&[genesis], vec![remove("tags", "wards")]);
    history.push(&[genesis], vec![add("tags", "wards")]);
    assert_eq!(tags(&history.state()), ["wards"]);
}

#[test]
fn emptying_a_field_at_once_with_a_value_is_a_conflict_and_alone_is_none() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("licence", "CC0-1.0")]);
    let one = history.push(&[genesis], vec![clear("licence")]);
    let other = history.push(&[genesis], vec![set("licence", "MIT")]);
    assert_eq!(history.state().held("licence").len(), 2);
    history.push(&[one, other], vec![clear("licence")]);
    assert_eq!(history.state(), State::default());
}

#[test]
fn equal_values_at_once_are_no_conflict() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Waiting rooms")]);
    history.push(&[genesis], vec![set("title", "Waiting room")]);
    history.push(&[genesis], vec![set("title", "Waiting room")]);
    assert_eq!(history.state().conflicts().count(), 0);
    assert_eq!(history.state().title(&Kind::Idea), "Waiting room");
}

#[test]
fn what_was_there_before_shows_again_when_a_value_is_erased() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Bed sensors"), splice(0, 0, "Beds.")]);
    let taken = vec![set("title", "Secret"), add("tags", "secret"), splice(2, 1, " secret ")];
    let taken = history.push(&[genesis], taken);
    history.push(&[taken], vec![splice(11, 1, "s!")]);
    assert_eq!(history.state().prose("body"), "Be secret ss!");
    history.erase(taken, false);
    let state = history.state();
    assert_eq!(state.title(&Kind::Idea), "Bed sensors");
    assert_eq!(state.prose("body"), "Bess!");
    assert_eq!(state.raw_prose("body").chars().count(), 13);
    assert_eq!(tags(&state), Vec::<String>::new());
}

#[test]
fn what_only_a_newer_commons_knows_is_told_and_kept() {
    let mut history = History::new();
    history.push(&[], vec![set("mood", "bright")]);
    assert!(history.state().needs_newer());
    assert_eq!(history.state().single("mood"), Some(&"bright".into()));
    history.erase(0, false);
    assert!(!history.state().needs_newer());
    assert!(history.state().is_empty());
}

#[test]
fn a_title_is_the_first_line_with_something_in_it() {
    let kind = Kind::Note;
    let mut history = History::new();
    history.push(&[], vec![set("text", "\n  Beds are quiet  \nand more")]);
    assert_eq!(materialise(&kind, &history.steps()).title(&kind), "Beds are quiet");
    assert_eq!(State::default().title(&kind), "");
}

#[test]
fn only_what_was_made_at_once_is_one_part() {
    let mut history = History::new();
    let genesis = history.push(&[], vec![set("title", "Beds")]);
    let next = history.push(&[genesis], vec![add("tags", "wards")]);
    let one = history.push(&[next], vec![add("tags", "one")]);
    let longer = history.push(&[one], vec![add("tags", "longer")]);
    let other = history.push(&[next], vec![add("tags", "other")]);
    let both = history.push(&[next, longer, other], vec![set("title", "Bed sensors")]);
    history.push(&[both], vec![add("tags", "last")]);
    let steps = history.steps();
    let order = Order::new(&steps);
    let mut parts: Vec<Vec<usize>> = order.parts(&steps).into_iter().map(<[_]>::to_vec).collect();
    parts.iter_mut().for_each(|part| part.sort_unstable());
    assert_eq!(parts, [vec![0], vec![1], vec![2, 3, 4], vec![5], vec![6]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_linear_history_folds_to_what_it_merges_to(plan in linear()) {
        let history = plan.history();
        prop_assert!(is_linear(&history.steps()));
        prop_assert_eq!(history.state(), merged(&history));
    }

    #[test]
    fn any_order_of_arrival_gives_one_state(plan in branching(), seeds in arrangements()) {
        let history = plan.history();
        let expected = merged(&history);
        for seed in seeds {
            let steps = random::arrive(&history, seed);
            prop_assert_eq!(&materialise(&Kind::Idea, &steps), &expected);
            prop_assert_eq!(&one_by_one(&steps), &expected);
        }
    }

    #[test]
    fn a_state_reads_back(plan in branching()) {
        let state = plan.history().state();
        prop_assert_eq!(State::decode(&state.encode()), Ok(state));
    }

    #[test]
    fn a_version_shows_what_was_shown_when_it_was_made(plan in branching(), upto in 0_usize..8) {
        let history = plan.history();
        let steps = history.steps();
        let upto = upto.min(steps.len() - 1);
        let versions = heads(&steps[..=upto]);
        prop_assert_eq!(
            at(&Kind::Idea, &steps, &versions),
            materialise(&Kind::Idea, &steps[..=upto])
        );
    }

    #[test]
    fn changes_lead_to_what_is_wanted(from in branching(), to in branching()) {
        let mut history = from.history();
        let (from, to) = (history.state(), to.history().state());
        let edits = changes(&Kind::Idea, &from, &Wanted::from(&to));
        let parents: Vec<usize> = (0..history.records.len()).collect();
        history.push(&parents, edits);
        let reached = history.state();
        for field in Kind::Idea.fields() {
            prop_assert_eq!(reached.single(field.name), to.single(field.name));
            prop_assert!(reached.set(field.name).eq(to.set(field.name)));
            prop_assert_eq!(reached.prose(field.name), to.prose(field.name));
        }
        prop_assert_eq!(changes(&Kind::Idea, &reached, &Wanted::from(&to)), []);
    }

    #[test]
    fn erased_words_are_nowhere_and_what_others_wrote_stays_in_place(plan in branching()) {
        let (whole, erased) = (plan.without_erasures().history(), plan.history());
        let (whole, erased_state) = (whole.state(), erased.state());
        let told: Vec<char> = whole.raw_prose("body").chars().collect();
        let left: Vec<char> = erased_state.raw_prose("body").chars().collect();
        prop_assert_eq!(told.len(), left.len());
        for (told, left) in told.iter().zip(&left) {
            prop_assert!(told == left || *left == state::FILLER);
        }
        let gone: Vec<ContributionId> = erased.records.iter().zip(&erased.shapes)
            .filter(|(_, shape)| shape.is_some()).map(|(record, _)| record.id).collect();
        for (field, held) in &whole.singles {
            let now = erased_state.held(field);
            prop_assert!(now.iter().all(|held| !gone.contains(&held.by)));
            if !gone.contains(&held[0].by) {
                prop_assert_eq!(erased_state.single(field), held[0].value.as_ref());
            }
        }
    }

    #[test]
    fn an_erased_history_looks_the_same_where_the_words_were_never_held(plan in branching()) {
        let mut history = plan.history();
        let held = history.state();
        for place in 0..history.records.len() {
            if history.shapes[place].is_some() {
                history.records[place].content = crate::contribution::Content::Erased;
            }
        }
        prop_assert_eq!(history.state(), held);
    }
}

/// What a store does: fold what follows all that is there, materialise again otherwise.
fn one_by_one(steps: &[Step]) -> State {
    let mut state = State::default();
    for (place, step) in steps.iter().enumerate() {
        if step.record.header.parents == heads(&steps[..place]) {
            state.fold(&Kind::Idea, *step);
        } else {
            state = materialise(&Kind::Idea, &steps[..=place]);
        }
    }
    state
}
