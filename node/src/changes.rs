//! What a version of an entry changed, in a line each for people. What strangers wrote in them has to
//! be escaped by whoever shows them.

use commons_proto::contribution::{Content, Record};
use commons_proto::edit::{Edit, Value};

use crate::phrases::cut;
use crate::store::{Result, Store};

/// A line for each thing that a version changed.
///
/// # Errors
/// If the store cannot be read.
pub fn of(store: &Store, record: &Record) -> Result<Vec<String>> {
    Ok(match &record.content {
        Content::Erased => vec!["taken back by its author".to_owned()],
        Content::Newer => vec!["only a newer commons can read this".to_owned()],
        Content::Payload(payload) => {
            let edits = payload.edits.iter();
            edits.map(|edit| change(store, edit)).collect::<Result<_>>()?
        }
    })
}

fn change(store: &Store, edit: &Edit) -> Result<String> {
    Ok(match edit {
        Edit::Set { field, value: None } => format!("{field} emptied"),
        Edit::Set { field, value: Some(value) } => format!("{field}: {}", short(store, value)?),
        Edit::Add { field, item } => format!("{field} + {}", short(store, item)?),
        Edit::Remove { field, item } => format!("{field} - {}", short(store, item)?),
        Edit::Splice { field, at, delete, insert } => splice(field, *at, *delete, insert),
        Edit::Erase { target, .. } => format!("takes back {}", store.short(target)?),
        Edit::Newer(_) => "something that only a newer commons can show".to_owned(),
    })
}

fn splice(field: &str, at: u64, delete: u64, insert: &str) -> String {
    let mut parts = Vec::new();
    if delete > 0 {
        let letters = if delete == 1 { "character" } else { "characters" };
        parts.push(format!("- {delete} {letters}"));
    }
    if !insert.is_empty() {
        parts.push(format!("+ “{}”", cut(&insert.replace('\n', " "), SHOWN_COLUMNS)));
    }
    format!("{field} at {at}: {}", parts.join(" "))
}

fn short(store: &Store, value: &Value) -> Result<String> {
    Ok(match value {
        Value::Entry(entry) => store.short(&(*entry).into())?,
        value => cut(&value.to_string(), SHOWN_COLUMNS),
    })
}

/// Columns of a text that a line shows.
const SHOWN_COLUMNS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_prose_tells_what_went_and_what_came() {
        assert_eq!(splice("body", 3, 0, "one\ntwo"), "body at 3: + “one two”");
        assert_eq!(splice("body", 0, 1, ""), "body at 0: - 1 character");
        assert_eq!(splice("body", 0, 4, "x"), "body at 0: - 4 characters + “x”");
    }
}
