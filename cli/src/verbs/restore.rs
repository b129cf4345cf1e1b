//! `restore`: brings an entry back to what it was at one of its versions, by a further version; or,
//! given a file, puts a backup back, which is in `restore/backup.rs`.

mod backup;

use commons_node::compose::{edit, summary};

use super::written;
use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::say;
use crate::passphrase::Given;
use backup::Part;
use std::path::Path;

/// Bring an entry back to one of its versions, or a home back from a backup
///
/// With an entry and a version: nothing is lost, as it is a further version, and those between stay in
/// the history. Prints the shortened id of the new version.
///
/// With the file of a backup: says what it holds, verifies it, and puts it into the home, where it
/// never writes over anything: name a new directory with --home if there is something.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "commons restore [OPTIONS] <ID> <VERSION>\n       commons restore [OPTIONS] <FILE>",
    after_help = EXAMPLES
)]
pub(crate) struct Restore {
    /// The entry's id, or the beginning of it; or the file of a backup
    #[arg(value_name = "ID|FILE")]
    what: String,
    /// The version's id, or the beginning of it; commons history ID shows them
    version: Option<String>,
    /// Why, in a line for the history
    #[arg(short = 'm', long, value_name = "LINE", requires = "version")]
    summary: Option<String>,
    /// Only say what the backup holds, and whether it can be read to its end
    #[arg(long, visible_alias = "list", conflicts_with = "version")]
    dry_run: bool,
    /// Take only the author key out of the backup, for a home whose key was lost
    #[arg(long, conflicts_with_all = ["version", "dry_run"])]
    only_key: bool,
    #[command(flatten)]
    passphrase: Given,
}

/// Runs the verb.
pub(crate) fn run(verb: &Restore, context: &mut Context) -> Result<(), CliError> {
    match &verb.version {
        Some(version) => version_of(verb, version, context),
        None if Path::new(&verb.what).is_file() => {
            backup::run(Path::new(&verb.what), &verb.passphrase, part(verb), context)
        }
        None => Err(CliError::usage(format!("there is no file “{}”, and no version is named", verb.what))
            .hint("give the file of a backup; or an entry and one of its versions, as commons history ID shows them")),
    }
}

/// What of a backup is to be restored.
fn part(verb: &Restore) -> Part {
    match (verb.dry_run, verb.only_key) {
        (true, _) => Part::Nothing,
        (_, true) => Part::Key,
        _ => Part::All,
    }
}

fn version_of(verb: &Restore, version: &str, context: &mut Context) -> Result<(), CliError> {
    let summary = summary(&verb.summary)?;
    let key = context.key()?;
    let mut store = context.writer()?;
    let entry = find::entry(&store, &verb.what)?;
    let restoring = edit::restore(&store, &entry, version, summary, &key.author())?;
    let (kind, short) = (&restoring.view.summary.kind, restoring.short);
    let Some(draft) = restoring.draft else {
        say(format!("Nothing to change: it is as it was at {short} already."));
        return Ok(());
    };
    let (verified, told) = context.write(&mut store, &key, draft)?;
    let entry = &restoring.view.summary.short;
    let what = format!("brought the {} {entry} back to {short}", kind.name());
    written::print(context, &store, &verified, kind, &what, told)
}

const EXAMPLES: &str = "\
Examples:
  commons restore k3f7qa ivxwid
  commons restore --dry-run ~/commons.age
  commons restore ~/commons.age --home ~/commons-again
  commons restore ~/me.age --only-key";
