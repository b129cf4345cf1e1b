//! `restore`: brings an entry back to what it was at one of its versions, by a further version.

use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, Wanted};

use super::{edit, written};
use crate::compose;
use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::say;

/// Bring an entry back to one of its versions
///
/// Nothing is lost: it is a further version, and those between stay in the history. Prints the
/// shortened id of the new version.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The entry's id, or the beginning of it
    id: String,
    /// The version's id, or the beginning of it; commons history ID shows them
    version: String,
    /// Why, in a line for the history
    #[arg(short = 'm', long, value_name = "LINE")]
    summary: Option<String>,
}

/// Runs the verb.
pub(crate) fn run(verb: &Restore, context: &mut Context) -> Result<(), CliError> {
    let summary = compose::summary(&verb.summary)?;
    let key = context.key()?;
    let mut store = context.writer()?;
    let entry = find::entry(&store, &verb.id)?;
    let view = store.entry(&entry)?.ok_or_else(|| find::unknown(&verb.id, &[]))?;
    edit::check_allowed(&view, &key.author())?;
    let kind = &view.summary.kind;
    let version = find::version(&store, &store.history(&entry)?, &verb.version)?;
    let then = store.state_at(&entry, &[version])?.unwrap_or_default();
    let (parents, now) = edit::base(&store, &view)?;
    let edits = entry::changes(kind, &now, &Wanted::from(&then));
    let short = store.short(&version)?;
    if edits.is_empty() {
        say(format!("Nothing to change: it is as it was at {short} already."));
        return Ok(());
    }
    let summary = summary.or_else(|| Some(format!("back to {short}")));
    let subject = Subject::Entry(entry);
    let draft = Draft { subject, parents, edits, summary };
    let (verified, told) = context.write(&mut store, &key, draft)?;
    let what = format!("brought the {} {} back to {short}", kind.name(), view.summary.short);
    written::print(context, &store, &verified, kind, &what, told)
}
