//! The fields of an entry as a program sends them, and what is wanted of the entry then. The rules for
//! each value are those of [`crate::compose`].

use std::collections::BTreeMap;

use commons_proto::entry::State;
use commons_proto::kind::{FieldType, Kind};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::compose::{Changes, Refused, field_of};

/// Values by the name of their field. One that is named is replaced by what is given here.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = json!({ "title": "Bed sensors", "tags": ["wards"] }))]
pub(super) struct Fields(BTreeMap<String, Given>);

impl Fields {
    /// What is given for this field, if that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Given::One(text)) => text.as_deref(),
            _ => None,
        }
    }
}

/// What a field is to hold; null or an empty text empties it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = FieldValue)]
enum Given {
    /// The items of a set, such as tags.
    Several(Vec<String>),
    /// A text, an id, or a time as it is typed: `2026-11-22T09:30:00Z`, `14:30`.
    One(Option<String>),
}

/// What is asked of an entry of this kind that looks like `state`.
pub(super) fn changes(kind: &Kind, state: &State, fields: &Fields) -> Result<Changes, Refused> {
    let mut changes = Changes::default();
    for (name, value) in &fields.0 {
        let is_set = field_of(kind, name)?.field_type == FieldType::Set;
        match value {
            Given::One(Some(_)) if is_set => return Err(Refused::Several(name.clone())),
            Given::Several(_) if !is_set => {
                let what = format!("{name} holds one value, not several");
                return Err(Refused::Value(what));
            }
            Given::One(text) if !is_set => {
                changes.put(name, text.as_deref().unwrap_or_default());
            }
            items => {
                let items = match items {
                    Given::Several(items) => items.as_slice(),
                    Given::One(_) => &[],
                };
                let held = state.set(name).map(ToString::to_string);
                let gone: Vec<String> = held.filter(|item| !items.contains(item)).collect();
                changes.remove(name, &gone).add(name, items);
            }
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use commons_proto::entry::Wanted;

    fn wanted(kind: &Kind, json: &str) -> Result<Wanted, Refused> {
        let fields: Fields = serde_json::from_str(json).unwrap();
        let state = State::default();
        let find = |typed: &str| Err(crate::find::unknown(typed, Vec::new()));
        changes(kind, &state, &fields)?.wanted(kind, &state, &find)
    }

    #[test]
    fn fields_are_what_the_kind_has() {
        let mut expected = Wanted::new();
        expected.set("title", ["Bed sensors".into()]).set("tags", ["wards".into()]);
        expected.set("licence", []);
        let json = r##"{"title": " Bed  sensors", "tags": ["#Wards"], "licence": null}"##;
        assert_eq!(wanted(&Kind::Idea, json).unwrap(), expected);
        let wrong = [r#"{"tags": "wards"}"#, r#"{"title": ["a"]}"#, r#"{"colour": "red"}"#];
        for json in wrong {
            assert!(wanted(&Kind::Idea, json).is_err(), "{json}");
        }
    }
}
