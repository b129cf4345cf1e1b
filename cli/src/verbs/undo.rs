//! `undo`: takes back the last thing that this author did, by a further contribution.

use commons_proto::contribution::{Content, Draft, Record, Subject};
use commons_proto::edit::{Edit, Value};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::kind::{FieldType, Kind};
use std::collections::BTreeSet;

use super::erase::{self, Taken};
use super::written;
use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::output::{escape, say};

/// Undo the last thing that you did
///
/// A change is taken back by a further version; what others have written since stays. Undone again,
/// it comes back. A new entry is erased, after a question. Prints the shortened id of what was
/// written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons undo")]
pub(crate) struct Undo {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let key = context.key()?;
    let mut store = context.writer()?;
    let Some(last) = store.last_of(&key.author())? else {
        say("There is nothing to undo: you have written nothing here.");
        return Ok(());
    };
    let view = store.entry(&last.entry())?.ok_or_else(|| lost(&last))?;
    let kind = &view.summary.kind;
    let title = escape::line(&view.summary.title).into_owned();
    let named = format!("the {} {} “{title}”", kind.name(), view.summary.short);
    if *kind == Kind::Erasure {
        return Err(CliError::new(ErrorKind::NotAllowed, "an erasure cannot be undone")
            .hint("what it took back is gone; write it again"));
    }
    if last.content == Content::Erased {
        say(format!("Your last change of {named} is erased: there is nothing left of it to undo."));
        return Ok(());
    }
    if last.header.parents.is_empty() {
        say(format!("The last thing that you did was to add {named}. Undoing that erases it."));
        if !ask("Erase it?", context.yes)? {
            return Err(CliError::new(ErrorKind::Unanswered, "nothing was undone"));
        }
        let mut taken = Taken::default();
        taken.add_entry(&store, &view.summary.id, &key.author())?;
        for erasure in erase::write(context, &mut store, &key, &taken)? {
            context.out.line(store.short(&erasure)?)?;
        }
        say(format!("Erased {named}."));
        return Ok(());
    }
    // As if it were written at once with whatever followed, so that the merge keeps what others
    // wrote since.
    let then = store.state_at(&view.summary.id, &[last.id])?.unwrap_or_default();
    let before = store.state_at(&view.summary.id, &last.header.parents)?.unwrap_or_default();
    let wanted = before_it(kind, &last, &before, &then, &view.state);
    let edits = entry::changes(kind, &then, &wanted);
    if edits.is_empty() {
        say(format!(
            "Nothing is left of your last change of {named}: others have changed it since."
        ));
        return Ok(());
    }
    let short = store.short(&last.id)?;
    let draft = Draft {
        subject: Subject::Entry(view.summary.id),
        parents: vec![last.id],
        edits,
        summary: Some(format!("undoes {short}")),
    };
    let (verified, told) = context.write(&mut store, &key, draft)?;
    let what = format!("undid your change {short} of {named}");
    written::print(context, &store, &verified, kind, &what, told)
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

fn lost(last: &Record) -> CliError {
    find::unknown(&last.entry().to_string(), &[])
}
