//! `erase` and `forget-me`: an author takes back what they wrote. Both say what will go and what
//! stays, ask once, and tell afterwards on how many peers it is confirmed.

use commons_node::compose::erase::{Taken, TakenEntry, confirmed_on};
use commons_node::control;
use commons_node::json;
use commons_node::store::Store;
use commons_proto::author::AuthorKey;
use commons_proto::id::ContributionId;
use std::time::{Duration, Instant};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::output::{FAINT, ID, WARNING, count, escape, say, styled};

/// Erase what you wrote: entries, or single versions
///
/// Of an entry goes all that you wrote in it; what others wrote stays. The words are dropped from
/// your disk at once, and by every node that hears of it; that you wrote something, and when, can
/// still be seen. It cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons erase k3f7qa")]
pub(crate) struct Erase {
    /// Ids of entries or versions, or their beginnings
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
}

/// Erase everything that you wrote in this commons
///
/// What others wrote stays, also in your entries. Your author key stays, too: you can go on writing.
/// It cannot be undone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons forget-me")]
pub(crate) struct ForgetMe {}

impl Erase {
    /// Erases what is named.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let mut taken = Taken::default();
        for typed in &self.ids {
            taken.add(&store, typed, &key.author())?;
        }
        if taken.is_empty() {
            say("Nothing to erase: it is erased already.");
            return Ok(());
        }
        confirm_and_write(context, &mut store, &key, &taken)
    }
}

impl ForgetMe {
    /// Erases everything of one's own.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let taken = Taken::all(&store, &key.author())?;
        if taken.is_empty() {
            say("Nothing to erase: you have written nothing here, or it is erased already.");
            return Ok(());
        }
        confirm_and_write(context, &mut store, &key, &taken)
    }
}

/// Writes erasures of what is taken back, as many as it needs, and gives their ids.
pub(super) fn write(
    context: &Context,
    store: &mut Store,
    key: &AuthorKey,
    taken: &Taken,
) -> Result<Vec<ContributionId>, CliError> {
    let mut erasures = Vec::new();
    for draft in taken.drafts() {
        let (verified, _) = context.write(store, key, draft)?;
        erasures.push(verified.id());
    }
    Ok(erasures)
}

fn confirm_and_write(
    context: &mut Context,
    store: &mut Store,
    key: &AuthorKey,
    taken: &Taken,
) -> Result<(), CliError> {
    for entry in taken.entries().take(SHOWN) {
        say(line(entry));
    }
    if let Some(more) = taken.entries().len().checked_sub(SHOWN).filter(|more| *more > 0) {
        say(format!("  … and {} more", count(more as u64, "entry", "entries")));
    }
    say(taken.warning());
    if !ask("Erase that?", context.yes)? {
        return Err(CliError::new(ErrorKind::Unanswered, "nothing was erased"));
    }
    let erasures = write(context, store, key, taken)?;
    let (confirmed, peers) = confirmed(context);
    if context.out.is_json() {
        let object = json::Erased {
            erasures: erasures.iter().map(ToString::to_string).collect(),
            erased: taken.ids().map(|id| id.to_string()).collect(),
            peers,
            confirmed,
        };
        return Ok(context.out.json(&object)?);
    }
    say(match (peers, confirmed) {
        (0, _) => "Erased here. It reaches the others when your node meets them: commons start."
            .to_owned(),
        (peers, confirmed) => confirmed_on(confirmed, peers),
    });
    Ok(())
}

/// On how many of the connected peers it is, and how many there are. Peers tell within a moment;
/// one that is busy catching up takes longer, and is not waited for.
fn confirmed(context: &Context) -> (usize, usize) {
    let until = Instant::now() + CONFIRMATION;
    loop {
        let Some(node) = control::status(&context.home.socket()) else { return (0, 0) };
        if node.in_sync >= node.connected || Instant::now() > until {
            return (node.in_sync, node.connected);
        }
        std::thread::sleep(LOOK);
    }
}

/// What goes and what stays of an entry.
fn line(entry: &TakenEntry) -> String {
    let TakenEntry { short, kind, title, .. } = entry;
    let title = escape::line(title);
    let stays = entry.stays().map(|stays| format!("; {stays}")).unwrap_or_default();
    let (goes, stays) = (styled(entry.goes(), WARNING), styled(stays, FAINT));
    format!("  {}  {} “{title}”  {goes}{stays}", styled(short, ID), kind.name())
}

/// Entries that are named before the question: a screen.
const SHOWN: usize = 20;

/// How long peers have to confirm before the verb tells how it stands.
const CONFIRMATION: Duration = Duration::from_secs(3);

/// How often the node is asked meanwhile.
const LOOK: Duration = Duration::from_millis(50);
