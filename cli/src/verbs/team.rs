//! `join-project`, `leave-project`: who is in a team. A membership is its author's own.

use commons_node::phrases::with_article;
use commons_node::store::Store;
use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry;
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use super::erase::{self, Taken};
use super::{post, written};
use crate::compose::Changes;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::output::say;

/// Join a project's team
///
/// With --role you say what you do there; saying it again changes it. Prints the shortened id of
/// your membership.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons join-project k3f7qa --role \"front end\"")]
pub(crate) struct JoinProject {
    /// The project's id, or the beginning of it
    id: String,
    /// What you do in the team, in a few words
    #[arg(long, value_name = "WORDS")]
    role: Option<String>,
}

/// Leave a project's team
///
/// Takes your membership back, as commons erase would.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons leave-project k3f7qa")]
pub(crate) struct LeaveProject {
    /// The project's id, or the beginning of it
    id: String,
}

impl JoinProject {
    /// Joins, or changes the role.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let (project, title) = project(&store, &self.id)?;
        let mut changes = Changes::default();
        changes.set("role", &self.role);
        let held = post::own(&store, &project, &Kind::Membership, &key.author())?;
        let Some(membership) = held.first() else {
            changes.set("about", &Some(project.to_string()));
            return post::post(Kind::Membership, &changes, &format!("joined {title}"), context);
        };
        let view = store.entry(&membership.id)?.ok_or_else(|| find::unknown(&self.id, &[]))?;
        let find = |typed: &str| find::entry(&store, typed);
        let wanted = changes.wanted(&Kind::Membership, &view.state, &find)?;
        let edits = entry::changes(&Kind::Membership, &view.state, &wanted);
        if edits.is_empty() {
            say(format!("You are in the team of {title} already."));
            return Ok(context.out.line(&membership.short)?);
        }
        let subject = Subject::Entry(membership.id);
        let draft = Draft { subject, parents: view.heads, edits, summary: None };
        let (verified, told) = context.write(&mut store, &key, draft)?;
        let what = format!("changed your role in {title}");
        written::print(context, &store, &verified, &Kind::Membership, &what, told)
    }
}

impl LeaveProject {
    /// Leaves.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let (project, title) = project(&store, &self.id)?;
        let mut taken = Taken::default();
        for membership in post::own(&store, &project, &Kind::Membership, &key.author())? {
            taken.add_entry(&store, &membership.id, &key.author())?;
        }
        if taken.is_empty() {
            say(format!("You are not in the team of {title}."));
            return Ok(());
        }
        erase::write(context, &mut store, &key, &taken)?;
        say(format!("You have left {title}."));
        Ok(())
    }
}

/// The project that is meant, and what it is called.
fn project(store: &Store, typed: &str) -> Result<(EntryId, String), CliError> {
    let id = find::entry(store, typed)?;
    let summary = store.summary(&id)?.ok_or_else(|| find::unknown(typed, &[]))?;
    if summary.kind != Kind::Project {
        let kind = with_article(summary.kind.name());
        return Err(CliError::new(ErrorKind::Usage, format!("{typed} is {kind}, not a project"))
            .hint("commons list projects shows the projects"));
    }
    Ok((id, format!("{} {}", summary.short, crate::output::escape::line(&summary.title))))
}
