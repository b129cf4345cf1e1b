//! `edit`: changes an entry. What is typed becomes what is wanted, and the least edits that lead
//! there from what is shown; where an entry has several heads, they are brought together.

use commons_node::compose::{edit::Base, field_of, summary};
use std::io::{self, IsTerminal as _};

use super::written;
use crate::compose::assign;
use crate::compose::fields::{
    ProjectFields, RemovedFields, ResourceFields, SessionFields, SharedFields,
};
use crate::compose::text::Body;
use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::{escape, say};

/// Change an entry: an idea, a resource, a project, or whatever is yours
///
/// What is not named stays as it is. An empty value empties a field: --licence "". With nothing
/// but an id, your editor opens with the text. Naming a field that is in conflict settles the
/// conflict. Prints the shortened id of the new version.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons edit k3f7qa --title \"Bed sensors\" --tag sensors\n  commons edit k3f7qa --edit\n  commons edit k3f7qa --status done -m \"it works\""
)]
pub(crate) struct Edit {
    /// Its id, or the beginning of it
    id: String,
    /// What it is called
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    shared: SharedFields,
    #[command(flatten)]
    removed: RemovedFields,
    #[command(flatten)]
    resource: ResourceFields,
    #[command(flatten)]
    project: ProjectFields,
    #[command(flatten)]
    session: SessionFields,
    /// Give any field that holds one value a value: --set place="Room 2"
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
}

/// Runs the verb.
pub(crate) fn run(verb: Edit, context: &mut Context) -> Result<(), CliError> {
    let Edit { id, title, mut shared, removed, resource, project, session, set } = verb;
    let mut changes = shared.changes();
    changes.set("title", &title);
    removed.add_to(&mut changes);
    resource.add_to(&mut changes);
    project.add_to(&mut changes);
    session.add_to(&mut changes);
    assign(&mut changes, &set)?;
    if changes.is_empty() && shared.body.is_none() && shared.body_file.is_none() {
        let can_ask = io::stdin().is_terminal() && io::stdout().is_terminal();
        if !shared.edit && !can_ask {
            return Err(CliError::usage("nothing says what to change")
                .hint("commons edit --help lists what can be: --title, --body, --tag, ..."));
        }
        shared.edit = true;
    }
    let summary = summary(&shared.summary)?;

    let key = context.key()?;
    let mut store = context.writer()?;
    let entry = find::entry(&store, &id)?;
    let base = Base::of(&store, &entry, &key.author())?;
    let mut wanted = base.wanted(&store, &changes)?;
    let (kind, short) = (base.kind().clone(), base.view.summary.short.clone());
    let drafts = context.drafts();
    let mut body = None;
    if shared.edit || shared.body.is_some() || shared.body_file.is_some() {
        field_of(&kind, "body")?;
        let title = escape::line(&base.view.summary.title);
        let about = format!("The text of the {} “{title}”.", kind.name());
        body = Body::read(&shared, &drafts, &about, &base.state.prose("body"))?;
    }
    if let Some(body) = &body {
        wanted.set("body", [body.text.as_str().into()]);
    }
    let Some(draft) = base.draft(&wanted, summary) else {
        Body::committed(body);
        say("Nothing to change: it is like that already.");
        return Ok(());
    };
    let (verified, told) = match context.write(&mut store, &key, draft) {
        Ok(written) => written,
        Err(error) => return Err(Body::keep(body, &drafts, error)),
    };
    Body::committed(body);
    let what = format!("changed the {} {short}", kind.name());
    written::print(context, &store, &verified, &kind, &what, told)
}
