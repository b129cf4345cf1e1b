//! What an entry shows: the values of its fields, with those that are in conflict. How they come
//! about is in `fold.rs` and `merge.rs`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};

use crate::cbor::{self, NotCanonical};
use crate::edit::Value;
use crate::id::ContributionId;
use crate::kind::Kind;

use super::fold::bytes_of;

/// The state of an entry.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(from = "Raw")]
pub struct State {
    /// Field → its values, the winner first, distinct, at least one of them not empty.
    pub(super) singles: BTreeMap<String, Vec<Held>>,
    /// Field → its items: at least one.
    pub(super) sets: BTreeMap<String, BTreeSet<Value>>,
    /// Field → its text, not empty, a [`FILLER`] for each erased character.
    pub(super) prose: BTreeMap<String, String>,
    pub(super) newer: bool,
}

/// A value that a field holds; more than one if several people set it at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "(Option<Value>, ContributionId)")]
pub struct Held {
    /// The value; `None` if the field was emptied.
    pub value: Option<Value>,
    /// The contribution that set it.
    pub by: ContributionId,
}

/// What stands for an erased character: a noncharacter of Unicode, which nobody's words contain.
pub(super) const FILLER: char = '\u{10FFFF}';

impl State {
    /// The value of a single-valued field: the winner, if several people set it at once.
    pub fn single(&self, field: &str) -> Option<&Value> {
        self.held(field).first()?.value.as_ref()
    }

    /// All values of a single-valued field, the winner first. More than one is a conflict.
    pub fn held(&self, field: &str) -> &[Held] {
        self.singles.get(field).map_or(&[], Vec::as_slice)
    }

    /// The items of a set, sorted.
    pub fn set(&self, field: &str) -> impl Iterator<Item = &Value> {
        self.sets.get(field).into_iter().flatten()
    }

    /// The text of a prose field.
    pub fn prose(&self, field: &str) -> String {
        self.raw_prose(field).replace(FILLER, "")
    }

    /// The single-valued fields that hold more than one value.
    pub fn conflicts(&self) -> impl Iterator<Item = (&str, &[Held])> {
        let all = self.singles.iter().map(|(field, held)| (field.as_str(), held.as_slice()));
        all.filter(|(_, held)| held.len() > 1)
    }

    /// Whether there is something in the history that only a newer commons can show.
    pub fn needs_newer(&self) -> bool {
        self.newer
    }

    /// Whether nothing is left to show.
    pub fn is_empty(&self) -> bool {
        let no_prose = || self.prose.values().all(|text| text.chars().all(|c| c == FILLER));
        self.singles.is_empty() && self.sets.is_empty() && !self.newer && no_prose()
    }

    /// What stands for the entry in a list: its title, its name, or the first line of its text
    /// that has something in it. Empty if it has none of these.
    pub fn title(&self, kind: &Kind) -> String {
        let fields: &[&str] = match kind {
            Kind::Person => &["name"],
            Kind::Note | Kind::Comment => &["text"],
            Kind::Membership => &["role"],
            _ => &["title", "name", "text"],
        };
        let text = fields.iter().find_map(|field| self.single(field)?.as_text());
        let mut lines = text.unwrap_or_default().lines().map(str::trim);
        lines.find(|line| !line.is_empty()).unwrap_or_default().to_owned()
    }

    /// The bytes to keep it by: compact DAG-CBOR.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads what [`State::encode`] wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, NotCanonical> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_| NotCanonical { what: "state" })
    }

    /// The text of a prose field with a [`FILLER`] for each erased character: what the positions
    /// of edits count.
    pub(super) fn raw_prose(&self, field: &str) -> &str {
        self.prose.get(field).map_or("", String::as_str)
    }

    /// How much it holds, roughly.
    pub(super) fn bytes(&self) -> usize {
        let held = self.singles.values().flatten().filter_map(|held| held.value.as_ref());
        let values = held.chain(self.sets.values().flatten());
        let texts = self.prose.values().map(String::len);
        values.map(bytes_of).chain(texts).sum()
    }

    pub(super) fn has_item(&self, field: &str, item: &Value) -> bool {
        self.sets.get(field).is_some_and(|items| items.contains(item))
    }

    /// Makes a field hold these values, the winner first. Of equal values the first is kept, and
    /// nothing of a field that everybody emptied.
    pub(super) fn put_held(&mut self, field: &str, mut held: Vec<Held>) {
        let mut told = BTreeSet::new();
        held.retain(|held| told.insert(held.value.clone()));
        if held.iter().any(|held| held.value.is_some()) {
            self.singles.insert(field.to_owned(), held);
        } else {
            self.singles.remove(field);
        }
    }

    /// Puts an item into a set, or takes it out.
    pub(super) fn put_item(&mut self, field: &str, item: &Value, present: bool) {
        if present {
            self.sets.entry(field.to_owned()).or_default().insert(item.clone());
        } else if let Some(items) = self.sets.get_mut(field) {
            items.remove(item);
            if items.is_empty() {
                self.sets.remove(field);
            }
        }
    }

    /// Makes a prose field hold this text.
    pub(super) fn put_prose(&mut self, field: &str, text: String) {
        if text.is_empty() {
            self.prose.remove(field);
        } else {
            self.prose.insert(field.to_owned(), text);
        }
    }
}

/// The state as it is kept: an array of its parts.
#[derive(Deserialize)]
struct Raw(
    BTreeMap<String, Vec<Held>>,
    BTreeMap<String, BTreeSet<Value>>,
    BTreeMap<String, String>,
    bool,
);

impl From<Raw> for State {
    fn from(Raw(singles, sets, prose, newer): Raw) -> Self {
        Self { singles, sets, prose, newer }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.singles, &self.sets, &self.prose, self.newer).serialize(serializer)
    }
}

impl From<(Option<Value>, ContributionId)> for Held {
    fn from((value, by): (Option<Value>, ContributionId)) -> Self {
        Self { value, by }
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.value, self.by).serialize(serializer)
    }
}
