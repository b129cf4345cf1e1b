//! An entry, whole, and its versions.

use std::collections::BTreeMap;

use commons_proto::contribution::Content;
use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::Author;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::ListItem;
use crate::names::short_author;
use crate::store::{self, EntryView, Held, Reference, Store};
use crate::{changes, when};

/// An entry with what refers to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Entry {
    /// As in a list.
    #[serde(flatten)]
    pub item: ListItem,
    /// Each field that is not empty: a value, or an array for a set.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// For each field in conflict its values, the shown one first.
    pub conflicting: BTreeMap<String, Vec<Conflicting>>,
    /// Who has contributed, in the order of their keys.
    pub contributors: Vec<Person>,
    /// The contributions that no other one follows: the `parents` of a change.
    pub heads: Vec<String>,
    /// The entries that refer to this one and are not muted.
    pub referred_by: Vec<ReferredBy>,
    /// Whether a newer commons wrote something that this one cannot show.
    pub needs_newer: bool,
}

/// One of the values that a field holds at once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conflicting {
    /// The value; null if the field was emptied.
    pub value: serde_json::Value,
    /// The contribution that set it.
    pub by: String,
    /// Who made that.
    pub author: String,
    /// What they call themselves.
    #[schema(required)]
    pub name: Option<String>,
    /// When they made it.
    #[schema(format = DateTime)]
    pub time: String,
}

/// An author, by key and by name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// The key.
    pub author: String,
    /// The beginning of it.
    pub short: String,
    /// What they call themselves.
    #[schema(required)]
    pub name: Option<String>,
}

/// An entry that refers to another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReferredBy {
    /// Its id.
    pub id: String,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// What kind of entry it is.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Who began it.
    pub author: String,
    /// What they call themselves.
    #[schema(required)]
    pub name: Option<String>,
    /// The field in which it refers.
    pub how: String,
}

/// A version of an entry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Version {
    /// The contribution.
    pub id: String,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// The entry that it belongs to.
    pub entry: String,
    /// Who made it.
    pub author: String,
    /// What they call themselves.
    #[schema(required)]
    pub name: Option<String>,
    /// When they made it.
    #[schema(format = DateTime)]
    pub time: String,
    /// The author's reason.
    #[schema(required)]
    pub summary: Option<String>,
    /// What it follows.
    pub parents: Vec<String>,
    /// How many edits it has.
    pub edits: usize,
    /// Whether its author took the words back.
    pub erased: bool,
    /// Whether its author is muted here.
    pub muted: bool,
    /// What it did, for people.
    pub changes: Vec<String>,
}

impl Entry {
    /// The entry with the values of its conflicts and with what refers to it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(store: &Store, view: &EntryView) -> store::Result<Self> {
        let mut references = store.references(&view.summary.id)?;
        references.retain(|reference| !reference.from.muted);
        Ok(Self::new(view, &store.conflicts(view)?, &references))
    }

    /// The same, of what was read already.
    pub fn new(
        view: &EntryView,
        conflicts: &BTreeMap<String, Vec<Held>>,
        references: &[Reference],
    ) -> Self {
        let kind = &view.summary.kind;
        let told = |(name, held): (&String, &Vec<Held>)| {
            let field = kind.field(name);
            (name.clone(), held.iter().map(|held| Conflicting::new(field, held)).collect())
        };
        let contributors = view.contributors.iter();
        Self {
            item: ListItem::from(&view.summary),
            fields: fields(kind, &view.state),
            conflicting: conflicts.iter().map(told).collect(),
            contributors: contributors
                .map(|(author, name)| Person::new(author, name.clone()))
                .collect(),
            heads: view.heads.iter().map(ToString::to_string).collect(),
            referred_by: references.iter().map(ReferredBy::from).collect(),
            needs_newer: view.state.needs_newer(),
        }
    }
}

impl Conflicting {
    fn new(field: Option<&Field>, held: &Held) -> Self {
        Self {
            value: value(field, held.value.as_ref()),
            by: held.by.to_string(),
            author: held.author.to_string(),
            name: held.name.clone(),
            time: when::rfc3339(held.time),
        }
    }
}

impl Person {
    /// This author, who calls themselves so.
    pub fn new(author: &Author, name: Option<String>) -> Self {
        Self { author: author.to_string(), short: short_author(author), name }
    }
}

impl From<&Reference> for ReferredBy {
    fn from(reference: &Reference) -> Self {
        Self {
            id: reference.from.id.to_string(),
            short: reference.from.short.clone(),
            kind: reference.from.kind.name().to_owned(),
            title: reference.from.title.clone(),
            author: reference.from.author.to_string(),
            name: reference.from.name.clone(),
            how: reference.how.clone(),
        }
    }
}

impl Version {
    /// A version with what it changed.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(store: &Store, version: &store::Version) -> store::Result<Self> {
        let record = &version.record;
        Ok(Self {
            id: record.id.to_string(),
            short: store.short(&record.id)?,
            entry: record.entry().to_string(),
            author: record.header.author.to_string(),
            name: version.name.clone(),
            time: when::rfc3339(version.time),
            summary: record.summary().map(str::to_owned),
            parents: record.header.parents.iter().map(ToString::to_string).collect(),
            edits: record.edits().len(),
            erased: record.content == Content::Erased,
            muted: version.muted,
            changes: changes::of(store, record)?,
        })
    }
}

/// A value of this field: times as RFC 3339, ids as text.
pub fn value(field: Option<&Field>, value: Option<&Value>) -> serde_json::Value {
    let is_time = field.is_some_and(|field| field.value == FieldValue::Time);
    match value {
        None => serde_json::Value::Null,
        Some(Value::Number(number)) if is_time => match u64::try_from(*number) {
            Ok(seconds) => json!(when::rfc3339(seconds)),
            Err(_) => json!(number),
        },
        Some(Value::Number(number)) => json!(number),
        Some(Value::Text(text)) => json!(text),
        Some(Value::Entry(entry)) => json!(entry.to_string()),
    }
}

/// Each field that is not empty.
pub fn fields(kind: &Kind, state: &State) -> BTreeMap<String, serde_json::Value> {
    let mut fields = BTreeMap::new();
    for field in kind.fields() {
        let shown = match field.field_type {
            FieldType::Single => value(Some(field), state.single(field.name)),
            FieldType::Prose => json!(state.prose(field.name)),
            FieldType::Set => {
                state.set(field.name).map(|item| value(Some(field), Some(item))).collect()
            }
        };
        let is_empty = shown.is_null()
            || shown.as_str().is_some_and(str::is_empty)
            || shown.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            fields.insert(field.name.to_owned(), shown);
        }
    }
    fields
}
