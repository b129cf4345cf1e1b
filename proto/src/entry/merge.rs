//! The merge of a history in which contributions were made at once: it is replayed into an
//! Automerge document in memory, which is read and thrown away.
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
//! The texts are made by a first change of no author, which all others depend on: one for each
//! field that the kind or the history names.

use std::collections::{BTreeMap, BTreeSet};

use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{
    ActorId, Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, TextEncoding,
    Value as Stored,
};

use crate::edit::{Edit, Shape, ShapeItem, Value};
use crate::id::ContributionId;
use crate::kind::{FieldType, Kind};

use super::Step;
use super::documents::Documents;
use super::fold::{fillers, has, needs_newer, without_fillers};
use super::order::Order;
use super::state::{Held, State};

/// The merged state; `None` if it would take too long, or if Automerge fails, which it does not.
pub(super) fn merge(kind: &Kind, history: &[Step], order: &Order) -> Option<State> {
    let (first, texts) = first_change(kind, history).ok()?;
    let mut documents = Documents::new(history, order, first)?;
    for step in order.steps() {
        let mut document = documents.before(step)?;
        let cost = replay(&mut document.automerge, &texts, &history[step]).ok()?;
        documents.after(step, document, cost)?;
    }
    read(kind, history, &texts, &documents.after_all()?).ok()
}

/// Field → its text, which is the same object in every document.
type Texts<'a> = BTreeMap<&'a str, ObjId>;

/// The document before any contribution.
fn first_change<'a>(
    kind: &Kind,
    history: &'a [Step],
) -> Result<(Automerge, Texts<'a>), AutomergeError> {
    let mut document = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint)
        .with_actor(ActorId::from([0; 32].as_slice()));
    let mut change = document.transaction();
    let mut texts = Texts::new();
    for field in prose_fields(kind, history) {
        texts.insert(field, change.put_object(ROOT, format!("p:{field}"), ObjType::Text)?);
    }
    commit(change);
    Ok((document, texts))
}

fn prose_fields<'a>(kind: &Kind, history: &'a [Step]) -> BTreeSet<&'a str> {
    let of_kind = kind.fields().iter().filter(|field| field.field_type == FieldType::Prose);
    let mut fields: BTreeSet<&str> = of_kind.map(|field| field.name).collect();
    for step in history {
        fields.extend(step.record.edits().iter().filter_map(|edit| match edit {
            Edit::Splice { field, .. } => Some(field.as_str()),
            _ => None,
        }));
        let shape = step.shape.map_or(&[][..], |shape| &shape.0);
        fields.extend(shape.iter().filter_map(|item| match item {
            ShapeItem::Splice(field, ..) => Some(field.as_str()),
            ShapeItem::Operations(_) => None,
        }));
    }
    fields
}

/// Makes the change of this contribution, on a document that holds what it had seen; tells what
/// that costs.
fn replay(document: &mut Automerge, texts: &Texts, step: &Step) -> Result<u64, AutomergeError> {
    document.set_actor(ActorId::from(step.record.id.0.as_slice()));
    let (cost, operations) = {
        let change = document.transaction();
        let mut writer = Writer { change, texts, by: step.record.id, cost: 0 };
        match step.shape {
            Some(shape) => writer.erased(shape)?,
            None => writer.edits(step.record.edits())?,
        }
        let told = (writer.cost, writer.change.pending_ops());
        commit(writer.change);
        told
    };
    if operations == 0 {
        document.empty_commit(CommitOptions::default().with_time(0));
    }
    Ok(cost)
}

fn commit(change: Transaction<'_>) {
    change.commit_with(CommitOptions::default().with_time(0));
}

/// Writes one contribution into the change that it becomes.
struct Writer<'a> {
    change: Transaction<'a>,
    texts: &'a Texts<'a>,
    by: ContributionId,
    /// Microseconds, estimated.
    cost: u64,
}

impl Writer<'_> {
    fn edits(&mut self, edits: &[Edit]) -> Result<(), AutomergeError> {
        for (number, edit) in edits.iter().enumerate() {
            match edit {
                Edit::Set { field, .. } => self.put(&single_key(field), number)?,
                Edit::Add { field, item } => self.put(&item_key(field, item), number)?,
                Edit::Remove { field, item } => {
                    let key = item_key(field, item);
                    if self.change.get(ROOT, &key)?.is_some() {
                        self.cost += VALUE;
                        self.change.delete(ROOT, &key)?;
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
        Ok(())
    }

    fn erased(&mut self, shape: &Shape) -> Result<(), AutomergeError> {
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
        Ok(())
    }

    fn put(&mut self, key: &str, number: usize) -> Result<(), AutomergeError> {
        self.cost += VALUE;
        let token = [self.by.as_bytes().as_slice(), &(number as u64).to_be_bytes()].concat();
        self.change.put(ROOT, key, token)
    }

    fn splice(
        &mut self,
        field: &str,
        at: u64,
        delete: u64,
        insert: &str,
    ) -> Result<(), AutomergeError> {
        let Some(text) = self.texts.get(field) else { return Ok(()) };
        let length = self.change.length(text);
        let within = |count: u64, most: usize| usize::try_from(count).unwrap_or(most).min(most);
        let at = within(at, length);
        let delete = within(delete, length - at);
        self.cost += SPLICE + delete as u64 * DELETED + insert.len() as u64 * INSERTED;
        self.change.splice_text(text, at, delete.cast_signed(), insert)
    }
}

/// What a document shows.
fn read(
    kind: &Kind,
    history: &[Step],
    texts: &Texts,
    document: &Automerge,
) -> Result<State, AutomergeError> {
    let newer = history.iter().any(|step| step.shape.is_none() && needs_newer(kind, *step));
    let mut state = State { newer, ..State::default() };
    for (field, text) in texts {
        let text = document.text(text)?;
        if !text.is_empty() && has(kind, field, FieldType::Prose) {
            state.prose.insert((*field).to_owned(), text);
        }
    }
    let told = history.iter().filter(|step| step.shape.is_none());
    let records: BTreeMap<_, _> = told.map(|step| (step.record.id, step.record)).collect();
    for key in document.keys(ROOT).filter(|key| key != NOTHING) {
        let mut held = Vec::new();
        for (token, _) in document.get_all(ROOT, &key)?.iter().rev() {
            let Some((by, number)) = read_token(token) else { continue };
            let edit = records.get(&by).and_then(|record| record.edits().get(number));
            match edit {
                Some(Edit::Add { field, item }) if has(kind, field, FieldType::Set) => {
                    state.sets.entry(field.clone()).or_default().insert(item.clone());
                }
                Some(Edit::Set { field, value }) if has(kind, field, FieldType::Single) => {
                    held.push((field, Held { value: value.clone(), by }));
                }
                _ => {}
            }
        }
        hold(&mut state, held);
    }
    Ok(state)
}

/// Keeps of equal values the first, and nothing of a field that everybody emptied.
fn hold(state: &mut State, held: Vec<(&String, Held)>) {
    let Some((field, _)) = held.first() else { return };
    let field = (*field).clone();
    let mut distinct: Vec<Held> = Vec::new();
    for (_, held) in held {
        if distinct.iter().all(|other| other.value != held.value) {
            distinct.push(held);
        }
    }
    if distinct.iter().any(|held| held.value.is_some()) {
        state.singles.insert(field, distinct);
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

fn read_token(token: &Stored<'_>) -> Option<(ContributionId, usize)> {
    let Stored::Scalar(token) = token else { return None };
    let ScalarValue::Bytes(bytes) = token.as_ref() else { return None };
    let (by, number) = bytes.split_first_chunk::<32>()?;
    let number = u64::from_be_bytes(number.try_into().ok()?);
    Some((ContributionId(*by), usize::try_from(number).ok()?))
}

/// Where operations go that have nothing to do. Its tokens are never read.
const NOTHING: &str = "e";

/// Microseconds, measured with automerge 0.12: a value put or deleted, a splice whatever is in it,
/// a character inserted (a byte of it), one deleted.
const VALUE: u64 = 10;
const SPLICE: u64 = 20;
const INSERTED: u64 = 2;
const DELETED: u64 = 10;
