//! `history`: the versions of an entry, and what each changed.

use commons_node::store::{Store, Version};
use commons_proto::contribution::{Content, Record};
use commons_proto::edit::{Edit, Value};

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::json;
use crate::output::table::cut;
use crate::output::{FAINT, ID, Output, WARNING, escape, styled};
use commons_node::when;

/// Show the versions of an entry, the newest first, and what each changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons history k3f7qa\n  commons history k3f7qa --json")]
pub(crate) struct History {
    /// Its id, or the beginning of it
    id: String,
    /// Show also what authors changed whom you muted
    #[arg(long)]
    muted: bool,
}

/// Runs the verb.
pub(crate) fn run(verb: &History, context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let entry = find::entry(&store, &verb.id)?;
    let history = store.history(&entry)?;
    if history.is_empty() {
        return Err(find::unknown(&verb.id, Vec::new()).into());
    }
    let out = &mut context.out;
    for version in history.into_iter().rev() {
        let changes = changes(&store, &version.record)?;
        if out.is_json() {
            out.json(&json_version(&store, &version, changes)?)?;
        } else {
            draw(out, &store, &version, &changes, verb.muted)?;
        }
    }
    Ok(())
}

fn json_version<'a>(
    store: &Store,
    version: &'a Version,
    changes: Vec<String>,
) -> Result<json::Version<'a>, CliError> {
    let record = &version.record;
    Ok(json::Version {
        id: record.id.to_string(),
        short: store.short(&record.id)?,
        entry: record.entry().to_string(),
        author: record.header.author.to_string(),
        name: version.name.as_deref(),
        time: when::rfc3339(version.time),
        summary: record.summary(),
        parents: record.header.parents.iter().map(ToString::to_string).collect(),
        edits: record.edits().len(),
        erased: record.content == Content::Erased,
        muted: version.muted,
        changes,
    })
}

fn draw(
    out: &mut Output,
    store: &Store,
    version: &Version,
    changes: &[String],
    muted: bool,
) -> Result<(), CliError> {
    let record = &version.record;
    let short = styled(store.short(&record.id)?, ID);
    let who = find::person(&record.header.author, version.name.as_deref());
    let time = styled(when::local(version.time), FAINT);
    let ago = when::ago(version.time, when::now());
    let merges = match record.header.parents.len() {
        0 | 1 => String::new(),
        heads => styled(format!("  brings {heads} versions together"), FAINT),
    };
    let mark = if version.muted { styled("  muted", WARNING) } else { String::new() };
    out.line(format!("{short}  {time}  {ago}  {who}{mark}{merges}"))?;
    if version.muted && !muted {
        return Ok(());
    }
    if let Some(summary) = record.summary() {
        out.line(format!("    {}", styled(escape::line(summary), anstyle::Style::new().italic())))?;
    }
    for change in changes {
        out.line(format!("    {}", escape::line(change)))?;
    }
    Ok(())
}

/// A line for each thing that a version changed.
fn changes(store: &Store, record: &Record) -> Result<Vec<String>, CliError> {
    Ok(match &record.content {
        Content::Erased => vec!["taken back by its author".to_owned()],
        Content::Newer => vec!["only a newer commons can read this".to_owned()],
        Content::Payload(payload) => {
            let edits = payload.edits.iter();
            edits.map(|edit| change(store, edit)).collect::<Result<_, _>>()?
        }
    })
}

fn change(store: &Store, edit: &Edit) -> Result<String, CliError> {
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

fn short(store: &Store, value: &Value) -> Result<String, CliError> {
    Ok(match value {
        Value::Entry(entry) => store.short(&(*entry).into())?,
        value => cut(&value.to_string(), SHOWN_COLUMNS),
    })
}

/// Columns of a text that a line of history shows.
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
