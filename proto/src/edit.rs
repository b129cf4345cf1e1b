//! The vocabulary of what an author can do to an entry, and the *shape* that is left of it when
//! the words are taken back.
//!
//! Edits are total: a position beyond the end of a text means the end, a deletion that is too long
//! stops at the end, removing what is absent does nothing. So whether a contribution is valid never
//! depends on the state of its entry.

use ipld_core::ipld::Ipld;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::cbor;
use crate::id::{ContributionId, EntryId};
use crate::kind::is_name;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ipld", into = "Ipld")]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number, such as a time in seconds since 1970 UTC.
    Number(i64),
    /// A reference to an entry.
    Entry(EntryId),
}

/// One thing that an author did. Positions and lengths count Unicode scalar values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Ipld", into = "Ipld")]
pub enum Edit {
    /// Gives a single-valued field a value, or empties it.
    Set {
        /// Which field.
        field: String,
        /// Its value from now on.
        value: Option<Value>,
    },
    /// Puts an item into a set.
    Add {
        /// Which field.
        field: String,
        /// The item.
        item: Value,
    },
    /// Takes an item out of a set.
    Remove {
        /// Which field.
        field: String,
        /// The item.
        item: Value,
    },
    /// Deletes and inserts characters of prose.
    Splice {
        /// Which field.
        field: String,
        /// Where.
        at: u64,
        /// How many characters go.
        delete: u64,
        /// What comes in their place.
        insert: String,
    },
    /// Takes back a contribution of the same author; only in an erasure.
    Erase {
        /// Which contribution.
        target: ContributionId,
        /// What is left of it.
        shape: Shape,
    },
    /// Something that a newer commons knows, as its DAG-CBOR. It is kept, passed on, and does nothing
    /// here, so it takes no more memory than its bytes.
    Newer(Vec<u8>),
}

/// The edits of a contribution with words and values taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Shape(pub Vec<ShapeItem>);

/// A part of a [`Shape`], in the order of the edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ShapeItem {
    /// So many edits that each make one operation.
    Operations(u64),
    /// A splice: field, position, characters deleted, characters inserted.
    Splice(String, u64, u64, u64),
}

/// Why an edit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A known operation with other parts than it has.
    #[error("an edit does not have the parts of its operation")]
    Parts,
    /// A field's name that cannot be one.
    #[error("a field's name has only a-z and -, and at most 32 of them")]
    FieldName,
    /// A value that is neither text, nor a whole number, nor an id.
    #[error("a value is neither text, nor a whole number, nor an id")]
    Value,
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Number(number) => write!(out, "{number}"),
            Self::Entry(entry) => write!(out, "{entry}"),
        }
    }
}

impl Edit {
    /// How many operations the edit makes when it is replayed, as its shape counts them.
    pub fn operations(&self) -> u64 {
        match self {
            Self::Set { .. } | Self::Add { .. } | Self::Remove { .. } => 1,
            Self::Splice { insert, delete, .. } => insert.chars().count() as u64 + delete,
            Self::Erase { .. } | Self::Newer(_) => 0,
        }
    }
}

impl Shape {
    /// The shape of these edits.
    pub fn of(edits: &[Edit]) -> Self {
        let mut items: Vec<ShapeItem> = Vec::new();
        for edit in edits {
            match edit {
                Edit::Splice { field, at, delete, insert } => {
                    let inserted = insert.chars().count() as u64;
                    items.push(ShapeItem::Splice(field.clone(), *at, *delete, inserted));
                }
                Edit::Set { .. } | Edit::Add { .. } | Edit::Remove { .. } => match items.last_mut()
                {
                    Some(ShapeItem::Operations(count)) => *count += 1,
                    _ => items.push(ShapeItem::Operations(1)),
                },
                Edit::Erase { .. } | Edit::Newer(_) => {}
            }
        }
        Self(items)
    }

    /// How many edits a contribution has at least that has this shape.
    pub fn edits(&self) -> u64 {
        self.0.iter().fold(0, |sum: u64, item| {
            sum.saturating_add(match item {
                ShapeItem::Operations(count) => *count,
                ShapeItem::Splice(..) => 1,
            })
        })
    }

    /// How many bytes of payload it takes at least to have this shape: a character takes one, a
    /// single-valued edit several. A shape that claims more than its target's header says is false.
    pub fn least_payload_bytes(&self) -> u64 {
        self.0.iter().fold(0, |sum: u64, item| {
            sum.saturating_add(match item {
                ShapeItem::Operations(count) => *count,
                ShapeItem::Splice(_, _, _, insert) => *insert,
            })
        })
    }
}

impl From<Value> for Ipld {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::String(text),
            Value::Number(number) => Self::Integer(number.into()),
            Value::Entry(entry) => Self::Bytes(entry.0.to_vec()),
        }
    }
}

impl TryFrom<Ipld> for Value {
    type Error = EditError;

    fn try_from(value: Ipld) -> Result<Self, EditError> {
        match value {
            Ipld::String(text) => Ok(Self::Text(text)),
            Ipld::Integer(number) => {
                number.try_into().map(Self::Number).map_err(|_| EditError::Value)
            }
            Ipld::Bytes(bytes) => {
                let bytes = bytes.try_into().map_err(|_| EditError::Value)?;
                Ok(Self::Entry(EntryId(bytes)))
            }
            _ => Err(EditError::Value),
        }
    }
}

impl From<Edit> for Ipld {
    fn from(edit: Edit) -> Self {
        let list = |name: &str, parts: Vec<Ipld>| {
            Self::List([Self::String(name.to_owned())].into_iter().chain(parts).collect())
        };
        let count = |number: u64| Self::Integer(number.into());
        match edit {
            Edit::Set { field, value } => {
                list("set", vec![field.into(), value.map_or(Self::Null, Self::from)])
            }
            Edit::Add { field, item } => list("add", vec![field.into(), item.into()]),
            Edit::Remove { field, item } => list("remove", vec![field.into(), item.into()]),
            Edit::Splice { field, at, delete, insert } => {
                list("splice", vec![field.into(), count(at), count(delete), insert.into()])
            }
            Edit::Erase { target, shape } => {
                let items = shape.0.into_iter().map(|item| match item {
                    ShapeItem::Operations(number) => count(number),
                    ShapeItem::Splice(field, at, delete, insert) => {
                        Self::List(vec![field.into(), count(at), count(delete), count(insert)])
                    }
                });
                let target = Self::Bytes(target.0.to_vec());
                list("erase", vec![target, Self::List(items.collect())])
            }
            Edit::Newer(bytes) => {
                serde_ipld_dagcbor::from_slice(&bytes).expect("it was decoded before")
            }
        }
    }
}

impl TryFrom<Ipld> for Edit {
    type Error = EditError;

    fn try_from(ipld: Ipld) -> Result<Self, EditError> {
        let Ipld::List(parts) = &ipld else { return Ok(newer(ipld)) };
        let Some(Ipld::String(name)) = parts.first() else { return Ok(newer(ipld)) };
        match (name.as_str(), &parts[1..]) {
            ("set", [field, Ipld::Null]) => Ok(Self::Set { field: name_of(field)?, value: None }),
            ("set", [field, value]) => {
                Ok(Self::Set { field: name_of(field)?, value: Some(value.clone().try_into()?) })
            }
            ("add", [field, item]) => {
                Ok(Self::Add { field: name_of(field)?, item: item.clone().try_into()? })
            }
            ("remove", [field, item]) => {
                Ok(Self::Remove { field: name_of(field)?, item: item.clone().try_into()? })
            }
            ("splice", [field, at, delete, Ipld::String(insert)]) => Ok(Self::Splice {
                field: name_of(field)?,
                at: count_of(at)?,
                delete: count_of(delete)?,
                insert: insert.clone(),
            }),
            ("erase", [Ipld::Bytes(target), Ipld::List(items)]) => {
                let target = target.as_slice().try_into().map_err(|_| EditError::Parts)?;
                let shape = items.iter().map(shape_item).collect::<Result<_, _>>()?;
                Ok(Self::Erase { target: ContributionId(target), shape: Shape(shape) })
            }
            ("set" | "add" | "remove" | "splice" | "erase", _) => Err(EditError::Parts),
            _ => Ok(newer(ipld)),
        }
    }
}

fn newer(ipld: Ipld) -> Edit {
    Edit::Newer(cbor::encode(&ipld))
}

fn name_of(ipld: &Ipld) -> Result<String, EditError> {
    match ipld {
        Ipld::String(name) if is_name(name) => Ok(name.clone()),
        Ipld::String(_) => Err(EditError::FieldName),
        _ => Err(EditError::Parts),
    }
}

fn count_of(ipld: &Ipld) -> Result<u64, EditError> {
    match ipld {
        Ipld::Integer(number) => (*number).try_into().map_err(|_| EditError::Parts),
        _ => Err(EditError::Parts),
    }
}

fn shape_item(ipld: &Ipld) -> Result<ShapeItem, EditError> {
    match ipld {
        Ipld::Integer(_) => count_of(ipld).map(ShapeItem::Operations),
        Ipld::List(parts) => match parts.as_slice() {
            [field, at, delete, insert] => Ok(ShapeItem::Splice(
                name_of(field)?,
                count_of(at)?,
                count_of(delete)?,
                count_of(insert)?,
            )),
            _ => Err(EditError::Parts),
        },
        _ => Err(EditError::Parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits() -> Vec<Edit> {
        let field = "title".to_owned();
        vec![
            Edit::Set { field: field.clone(), value: Some("Bed sensors".into()) },
            Edit::Set { field: field.clone(), value: None },
            Edit::Set { field: "start".to_owned(), value: Some(Value::Number(-7)) },
            Edit::Add { field: "tags".to_owned(), item: "hygiene".into() },
            Edit::Remove { field: "ideas".to_owned(), item: Value::Entry(EntryId([7; 32])) },
            Edit::Splice { field: "body".to_owned(), at: 3, delete: 1, insert: "é".to_owned() },
            Edit::Erase {
                target: ContributionId([9; 32]),
                shape: Shape(vec![
                    ShapeItem::Operations(2),
                    ShapeItem::Splice("body".to_owned(), 0, 0, 12),
                ]),
            },
            newer(Ipld::List(vec![Ipld::String("move".to_owned()), Ipld::Integer(1)])),
        ]
    }

    #[test]
    fn edits_round_trip() {
        for edit in edits() {
            let bytes = cbor::encode(&edit);
            assert_eq!(cbor::decode::<Edit>(&bytes, "edit"), Ok(edit));
        }
    }

    #[test]
    fn a_known_operation_with_other_parts_is_refused() {
        let refused = [
            Ipld::List(vec!["set".to_owned().into()]),
            Ipld::List(vec!["set".to_owned().into(), "Title".to_owned().into(), Ipld::Null]),
            Ipld::List(vec!["add".to_owned().into(), "tags".to_owned().into(), Ipld::Null]),
            Ipld::List(vec![
                "splice".to_owned().into(),
                "body".to_owned().into(),
                Ipld::Integer(-1),
                Ipld::Integer(0),
                String::new().into(),
            ]),
        ];
        for ipld in refused {
            assert!(Edit::try_from(ipld.clone()).is_err(), "{ipld:?} was accepted");
        }
    }

    #[test]
    fn a_shape_tells_counts_and_no_words() {
        let shape = Shape::of(&edits()[..6]);
        assert_eq!(
            shape.0,
            [ShapeItem::Operations(5), ShapeItem::Splice("body".to_owned(), 3, 1, 1)]
        );
        assert_eq!(shape.least_payload_bytes(), 6);
        let boast = Shape(vec![ShapeItem::Operations(u64::MAX), ShapeItem::Operations(2)]);
        assert_eq!(boast.least_payload_bytes(), u64::MAX);
    }
}
