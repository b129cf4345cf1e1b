//! From what is shown and what is wanted to the edits of a contribution.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Edit, Value};
use crate::kind::{FieldType, Kind};

use super::state::{FILLER, State};

/// What the fields of an entry should hold. Fields that are not named stay as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    fields: BTreeMap<String, Vec<Value>>,
    all: bool,
}

impl Wanted {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants these values in a field: one text for prose, one value or none for a single-valued
    /// field, all the items of a set.
    pub fn set(&mut self, field: &str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.fields.insert(field.to_owned(), values.into_iter().collect());
        self
    }

    /// Whether no field is named.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.all
    }
}

/// Wants all that this state shows, and nothing in the other fields: how a version is restored.
impl From<&State> for Wanted {
    fn from(state: &State) -> Self {
        let mut wanted = Self { fields: BTreeMap::new(), all: true };
        for field in state.singles.keys() {
            wanted.set(field, state.single(field).cloned());
        }
        for field in state.sets.keys() {
            wanted.set(field, state.set(field).cloned());
        }
        for field in state.prose.keys() {
            wanted.set(field, [Value::Text(state.prose(field))]);
        }
        wanted
    }
}

/// The edits that turn what is shown into what is wanted: none where it is shown already.
/// Naming a field that is in conflict settles the conflict. Fields that the kind does not have are
/// passed over.
pub fn changes(kind: &Kind, from: &State, to: &Wanted) -> Vec<Edit> {
    let mut edits = Vec::new();
    for field in kind.fields() {
        let wanted = match to.fields.get(field.name) {
            Some(values) => values.as_slice(),
            None if to.all => &[],
            None => continue,
        };
        match field.field_type {
            FieldType::Single => single(&mut edits, from, field.name, wanted.first()),
            FieldType::Set => set(&mut edits, from, field.name, wanted),
            FieldType::Prose => {
                let text = wanted.first().and_then(Value::as_text).unwrap_or_default();
                prose(&mut edits, from, field.name, text);
            }
        }
    }
    edits
}

fn single(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: Option<&Value>) {
    if from.single(field) != wanted || from.held(field).len() > 1 {
        edits.push(Edit::Set { field: field.to_owned(), value: wanted.cloned() });
    }
}

fn set(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: &[Value]) {
    let (has, wanted): (BTreeSet<&Value>, BTreeSet<&Value>) =
        (from.set(field).collect(), wanted.iter().collect());
    for item in has.difference(&wanted) {
        edits.push(Edit::Remove { field: field.to_owned(), item: (*item).clone() });
    }
    for item in wanted.difference(&has) {
        edits.push(Edit::Add { field: field.to_owned(), item: (*item).clone() });
    }
}

fn prose(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: &str) {
    let raw: Vec<char> = from.raw_prose(field).chars().collect();
    let wanted: String = wanted.replace(FILLER, "\u{FFFD}");
    let shown: String = raw.iter().filter(|c| **c != FILLER).collect();
    if shown != wanted {
        edits.push(Edit::Splice {
            field: field.to_owned(),
            at: 0,
            delete: raw.len() as u64,
            insert: wanted,
        });
    }
}
