//! `history`: the versions of an entry, and what each changed.

use commons_node::store::{Store, Version};
use commons_node::{changes, json, when};

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::{FAINT, ID, Output, WARNING, escape, styled};

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
        if out.is_json() {
            out.json(&json::Version::of(&store, &version)?)?;
        } else {
            draw(out, &store, &version, verb.muted)?;
        }
    }
    Ok(())
}

fn draw(out: &mut Output, store: &Store, version: &Version, muted: bool) -> Result<(), CliError> {
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
    for change in changes::of(store, record)? {
        out.line(format!("    {}", escape::line(&change)))?;
    }
    Ok(())
}
