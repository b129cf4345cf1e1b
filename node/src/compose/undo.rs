//! Taking back the last thing that an author did, by a further contribution.

use std::collections::BTreeSet;

use commons_proto::contribution::{Content, Draft, Record, Subject};
use commons_proto::edit::{Edit, Value};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::id::Author;
use commons_proto::kind::{FieldType, Kind};

use super::Refused;
use super::erase::Taken;
use crate::find;
use crate::store::{Store, Summary};

/// What undoing comes to.
#[derive(Debug)]
pub enum Undo {
    /// This author has written nothing.
    Nothing,
    /// The last thing was to change this entry, and that is erased already.
    Erased(Summary),
    /// The last thing was to add this entry: undoing it erases it.
    Added(Summary, Taken),
    /// The last thing was to change this entry, and others have changed all of it since.
    Overtaken(Summary),
    /// The last thing was to change this entry.
    Changed {
        /// The entry.
        summary: Summary,
        /// The shortened id of the change.
        short: String,
        /// What is to be signed.
        draft: Draft,
    },
}

/// What takes back the last thing that this author did.
pub fn undo(store: &Store, me: &Author) -> Result<Undo, Refused> {
    let Some(last) = store.last_of(me)? else { return Ok(Undo::Nothing) };
    let entry = last.entry();
    let view = store.entry(&entry)?;
    let view = view.ok_or_else(|| find::unknown(&entry.to_string(), Vec::new()))?;
    let summary = view.summary;
    if summary.kind == Kind::Erasure {
        return Err(Refused::UndoErasure);
    }
    if last.content == Content::Erased {
        return Ok(Undo::Erased(summary));
    }
    if last.header.parents.is_empty() {
        let mut taken = Taken::default();
        taken.add_entry(store, &entry, me)?;
        return Ok(Undo::Added(summary, taken));
    }
    // As if it were written at once with whatever followed, so that the merge keeps what others
    // wrote since.
    let then = store.state_at(&entry, &[last.id])?.unwrap_or_default();
    let before = store.state_at(&entry, &last.header.parents)?.unwrap_or_default();
    let wanted = before_it(&summary.kind, &last, &before, &then, &view.state);
    let edits = entry::changes(&summary.kind, &then, &wanted);
    if edits.is_empty() {
        return Ok(Undo::Overtaken(summary));
    }
    let short = store.short(&last.id)?;
    let draft = Draft {
        subject: Subject::Entry(entry),
        parents: vec![last.id],
        edits,
        summary: Some(format!("undoes {short}")),
    };
    Ok(Undo::Changed { summary, short, draft })
}

/// What the fields that it changed held before it; but not those to which others have given
/// another value since.
fn before_it(kind: &Kind, last: &Record, before: &State, then: &State, now: &State) -> Wanted {
    let mut wanted = Wanted::new();
    let changed: BTreeSet<&str> = last.edits().iter().filter_map(field_of).collect();
    for field in kind.fields().iter().filter(|field| changed.contains(field.name)) {
        let name = field.name;
        match field.field_type {
            FieldType::Prose => wanted.set(name, [Value::Text(before.prose(name))]),
            FieldType::Set => wanted.set(name, before.set(name).cloned()),
            FieldType::Single if now.single(name) == then.single(name) => {
                wanted.set(name, before.single(name).cloned())
            }
            FieldType::Single => continue,
        };
    }
    wanted
}

fn field_of(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::Set { field, .. }
        | Edit::Add { field, .. }
        | Edit::Remove { field, .. }
        | Edit::Splice { field, .. } => Some(field),
        _ => None,
    }
}
