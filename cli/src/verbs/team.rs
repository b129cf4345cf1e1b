//! `join-project`, `leave-project`: who is in a team. A membership is its author's own.

use commons_node::compose::team::{self, Joining};
use commons_node::store::Summary;
use commons_proto::kind::Kind;

use super::{erase, written};
use crate::context::Context;
use crate::error::CliError;
use crate::output::{escape, say};

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
        let project = team::project(&store, &self.id)?;
        let title = named(&project);
        let (draft, what) = match team::join(&store, &project.id, &self.role, &key.author())? {
            Joining::Already(membership) => {
                say(format!("You are in the team of {title} already."));
                return Ok(context.out.line(&membership.short)?);
            }
            Joining::New(draft) => (draft, format!("joined {title}")),
            Joining::Role(draft) => (draft, format!("changed your role in {title}")),
        };
        let (verified, told) = context.write(&mut store, &key, draft)?;
        written::print(context, &store, &verified, &Kind::Membership, &what, told)
    }
}

impl LeaveProject {
    /// Leaves.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let project = team::project(&store, &self.id)?;
        let title = named(&project);
        let taken = team::leave(&store, &project.id, &key.author())?;
        if taken.is_empty() {
            say(format!("You are not in the team of {title}."));
            return Ok(());
        }
        erase::write(context, &mut store, &key, &taken)?;
        say(format!("You have left {title}."));
        Ok(())
    }
}

/// A project in a sentence.
fn named(project: &Summary) -> String {
    format!("{} {}", project.short, escape::line(&project.title))
}
