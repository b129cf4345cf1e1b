//! The merge of contributions that were made at once: they are replayed into an Automerge document
//! in memory, which is read and thrown away.
//!
//! A contribution becomes one Automerge change: its actor is the contribution's id, its sequence
//! number 1, its time 0, its dependencies the changes of its parents. The change is made on a
//! document that holds exactly what the contribution had seen (see `documents.rs`), so it is the
//! same on every node. All values live under keys of the root. An edit makes the same number of
//! operations whatever it meets, also after its words are erased, because that number decides
//! which of two concurrent values wins:
//!
//! | edit | operation |
//! |---|---|
//! | set | puts a token at `s:FIELD`, also to empty the field |
//! | add | puts a token at `m:FIELD:ITEM` |
//! | remove | deletes `m:FIELD:ITEM`; if it is absent, puts a token at `e` |
//! | splice | inserts and deletes characters in the text at `p:FIELD` |
//! | an erased one | puts a token at `e`; of a splice, fillers come in place of the words |
//!
//! A token is the contribution's id and the number of the edit, which is where its value is read.
//! It also makes every put another one: Automerge leaves out a put of what is there already.
//!
//! The first change, of no author, on which all others depend, makes what was there before: the
//! texts, and an empty token for each value and item that the contributions touch.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding,
    Value as Stored,
};

use crate::contribution::Record;
use crate::edit::{Edit, Shape, ShapeItem, Value};
use crate::id::ContributionId;
use crate::kind::{FieldType, Kind};

use super::Step;
use super::documents::{Budget, CHANGE, Documents, Made};
use super::fold::{bytes_of, fillers, has, needs_newer, without_fillers};
use super::order::Order;
use super::state::{Held, State};

/// The state after these contributions, in any order, made by people who had all seen the state
/// before. `None` if the budget does not suffice, or if Automerge fails, which it does not.
pub(super) fn merge(
    kind: &Kind,
    before: &State,
    steps: &[Step],
    budget: &mut Budget,
) -> Option<State> {
    budget.spend(steps.len() as u64 * CHANGE)?;
    let replay = Replay::new(kind, before, steps);
    let (first, texts) = replay.first_change(budget)?.ok()?;
    let order = Order::new(steps);
    let mut documents = Documents::new(steps, &order, first, replay.operations());
    for step in order.steps() {
        let mut document = documents.before(step, budget)?;
        let made = replay_step(&mut document.automerge, &texts, &steps[step], budget)?;
        documents.after(step, document, made, budget)?;
    }
    replay.read(&texts, &documents.after_all(budget)?).ok()
}

/// Field → its text, which is the same object in every document.
type Texts<'a> = BTreeMap<&'a str, ObjId>;

/// What the contributions of a merge touch.
struct Replay<'a> {
    kind: &'a Kind,
    before: &'a State,
    steps: &'a [Step<'a>],
    /// Key → the field, and the item if it is the key of one.
    values: BTreeMap<String, (&'a str, Option<&'a Value>)>,
    prose: BTreeSet<&'a str>,
}

impl<'a> Replay<'a> {
    fn new(kind: &'a Kind, before: &'a State, steps: &'a [Step]) -> Self {
        let (mut values, mut prose) = (BTreeMap::new(), BTreeSet::new());
        for step in steps {
            for item in step.shape.map_or(&[][..], |shape| &shape.0) {
                if let ShapeItem::Splice(field, ..) = item {
                    prose.insert(field.as_str());
                }
            }
            let edits = if step.shape.is_some() { &[] } else { step.record.edits() };
            for edit in edits {
                match edit {
                    Edit::Set { field, .. } => {
                        values.insert(single_key(field), (field.as_str(), None));
                    }
                    Edit::Add { field, item } | Edit::Remove { field, item } => {
                        values.insert(item_key(field, item), (field.as_str(), Some(item)));
                    }
                    Edit::Splice { field, .. } => {
                        prose.insert(field.as_str());
                    }
                    Edit::Erase { .. } | Edit::Newer(_) => {}
                }
            }
        }
        Self { kind, before, steps, values, prose }
    }

    /// The document before any of the contributions; `None` if the budget does not suffice.
    fn first_change(
        &self,
        budget: &mut Budget,
    ) -> Option<Result<(Automerge, Texts<'a>), AutomergeError>> {
        let prose: usize = self.prose.iter().map(|field| self.before.raw_prose(field).len()).sum();
        budget.spend(prose as u64 * INSERTED)?;
        budget.spend(self.prose.len() as u64 * SPLICE + self.values.len() as u64 * VALUE)?;
        Some(self.make_first_change())
    }

    /// How many operations the first change makes: a text with its characters, a token for each
    /// value and item that is there.
    fn operations(&self) -> u64 {
        let texts = self.prose.iter().map(|field| 1 + self.before.raw_prose(field).chars().count());
        let there = self.values.values().filter(|(field, item)| self.is_there(field, *item));
        (texts.sum::<usize>() + there.count()) as u64
    }

    fn is_there(&self, field: &str, item: Option<&Value>) -> bool {
        match item {
            Some(item) => self.before.has_item(field, item),
            None => !self.before.held(field).is_empty(),
        }
    }

    fn make_first_change(&self) -> Result<(Automerge, Texts<'a>), AutomergeError> {
        let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
            .with_actor(ActorId::from([0; 32].as_slice()));
        let mut change = document.transaction();
        let mut texts = Texts::new();
        for field in &self.prose {
            let text = change.put_object(ROOT, format!("p:{field}"), ObjType::Text)?;
            change.splice_text(&text, 0, 0, self.before.raw_prose(field))?;
            texts.insert(*field, text);
        }
        for (key, (field, item)) in &self.values {
            if self.is_there(field, *item) {
                change.put(ROOT, key, Vec::new())?;
            }
        }
        commit(change);
        Ok((document, texts))
    }

    /// Reads what the document with all contributions shows.
    fn read(&self, texts: &Texts, document: &Automerge) -> Result<State, AutomergeError> {
        let mut state = self.before.clone();
        state.newer |= self.steps.iter().any(|step| needs_newer(self.kind, step));
        for (field, text) in texts {
            if has(self.kind, field, FieldType::Prose) {
                state.put_prose(field, document.text(text)?);
            }
        }
        let records = self.steps.iter().map(|step| (step.record.id, step.record)).collect();
        for (key, (field, item)) in &self.values {
            let tokens = document.get_all(ROOT, key)?;
            match item {
                Some(item) if has(self.kind, field, FieldType::Set) => {
                    state.put_item(field, item, !tokens.is_empty());
                }
                None if has(self.kind, field, FieldType::Single) => {
                    let tokens = tokens.iter().rev().map(|(token, _)| token);
                    let held = tokens.flat_map(|token| self.told(field, token, &records));
                    state.put_held(field, held.collect());
                }
                _ => {}
            }
        }
        Ok(state)
    }

    /// The values that a token stands for.
    fn told(
        &self,
        field: &str,
        token: &Stored<'_>,
        records: &BTreeMap<ContributionId, &Record>,
    ) -> Vec<Held> {
        match read_token(token) {
            Some((by, number)) => {
                match records.get(&by).and_then(|record| record.edits().get(number)) {
                    Some(Edit::Set { value, .. }) => vec![Held { value: value.clone(), by }],
                    _ => Vec::new(),
                }
            }
            None => self.before.held(field).to_vec(),
        }
    }
}

/// Makes the change of this contribution, on a document that holds what it had seen; tells what
/// that costs. `None` if it would cost more than is left, as soon as that shows.
fn replay_step(
    document: &mut Automerge,
    texts: &Texts,
    step: &Step,
    budget: &Budget,
) -> Option<Made> {
    document.set_actor(ActorId::from(step.record.id.0.as_slice()));
    let made = {
        let change = document.transaction();
        let made = Made { cost: 0, operations: 0 };
        let mut writer = Writer { change, texts, by: step.record.id, made, most: budget.left() };
        match step.shape {
            Some(shape) => writer.erased(shape)?,
            None => writer.edits(step.record.edits())?,
        }
        let made = writer.made;
        commit(writer.change);
        made
    };
    if made.operations == 0 {
        document.empty_commit(CommitOptions::default().with_time(0));
    }
    Some(made)
}

fn commit(change: Transaction<'_>) {
    change.commit_with(CommitOptions::default().with_time(0));
}

/// Writes one contribution into the change that it becomes.
struct Writer<'a> {
    change: Transaction<'a>,
    texts: &'a Texts<'a>,
    by: ContributionId,
    made: Made,
    /// What it may cost.
    most: u64,
}

impl Writer<'_> {
    fn edits(&mut self, edits: &[Edit]) -> Option<()> {
        for (number, edit) in edits.iter().enumerate() {
            match edit {
                Edit::Set { field, value } => {
                    self.spend(value.as_ref().map_or(0, bytes_of) as u64 * INSERTED, 0)?;
                    self.put(&single_key(field), number)?;
                }
                Edit::Add { field, item } => {
                    self.spend(bytes_of(item) as u64 * INSERTED, 0)?;
                    self.put(&item_key(field, item), number)?;
                }
                Edit::Remove { field, item } => {
                    let key = item_key(field, item);
                    if self.change.get(ROOT, &key).ok()?.is_some() {
                        self.spend(VALUE, 1)?;
                        self.change.delete(ROOT, &key).ok()?;
                    } else {
                        self.put(NOTHING, number)?;
                    }
                }
                Edit::Splice { field, at, delete, insert } => {
                    self.splice(field, *at, *delete, &without_fillers(insert))?;
                }
                Edit::Erase { .. } | Edit::Newer(_) => {}
            }
        }
        Some(())
    }

    fn erased(&mut self, shape: &Shape) -> Option<()> {
        let mut tokens = 0..;
        for item in &shape.0 {
            match item {
                ShapeItem::Operations(count) => {
                    for (_, number) in (0..*count).zip(&mut tokens) {
                        self.put(NOTHING, number)?;
                    }
                }
                ShapeItem::Splice(field, at, delete, insert) => {
                    self.splice(field, *at, *delete, &fillers(*insert))?;
                }
            }
        }
        Some(())
    }

    fn put(&mut self, key: &str, number: usize) -> Option<()> {
        self.spend(VALUE, 1)?;
        let token = [self.by.as_bytes().as_slice(), &(number as u64).to_be_bytes()].concat();
        self.change.put(ROOT, key, token).ok()
    }

    fn splice(&mut self, field: &str, at: u64, delete: u64, insert: &str) -> Option<()> {
        let Some(text) = self.texts.get(field) else { return Some(()) };
        let length = self.change.length(text);
        let within = |count: u64, most: usize| usize::try_from(count).unwrap_or(most).min(most);
        let at = within(at, length);
        let delete = within(delete, length - at);
        let cost = SPLICE + delete as u64 * DELETED + insert.len() as u64 * INSERTED;
        self.spend(cost, (delete + insert.chars().count()) as u64)?;
        self.change.splice_text(text, at, delete.cast_signed(), insert).ok()
    }

    /// Before anything is done that makes so many operations. `None` if too little is left.
    fn spend(&mut self, cost: u64, operations: u64) -> Option<()> {
        self.made.cost += cost;
        self.made.operations += operations;
        (self.made.cost <= self.most).then_some(())
    }
}

fn single_key(field: &str) -> String {
    format!("s:{field}")
}

fn item_key(field: &str, item: &Value) -> String {
    match item {
        Value::Text(text) => format!("m:{field}:t{text}"),
        Value::Number(number) => format!("m:{field}:n{number}"),
        Value::Entry(entry) => format!("m:{field}:e{entry}"),
    }
}

/// The contribution and the number of its edit; nothing of the empty token.
fn read_token(token: &Stored<'_>) -> Option<(ContributionId, usize)> {
    let Stored::Scalar(token) = token else { return None };
    let ScalarValue::Bytes(bytes) = token.as_ref() else { return None };
    let (by, number) = bytes.split_first_chunk::<32>()?;
    let number = u64::from_be_bytes(number.try_into().ok()?);
    Some((ContributionId(*by), usize::try_from(number).ok()?))
}

/// Where operations go that have nothing to do. It is never read.
const NOTHING: &str = "e";

/// Microseconds, measured with automerge 0.12: a value put or deleted, a splice whatever is in it,
/// a byte inserted (of a value, what it takes to keep it), a character deleted.
const VALUE: u64 = 10;
const SPLICE: u64 = 20;
const INSERTED: u64 = 2;
const DELETED: u64 = 10;
