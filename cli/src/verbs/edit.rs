//! `edit`: changes an entry. What is typed becomes what is wanted, and the least edits that lead
//! there from what is shown; where an entry has several heads, they are brought together.

use commons_node::store::{EntryView, Store};
use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, State};
use commons_proto::id::{Author, ContributionId};
use commons_proto::kind::Kind;
use commons_proto::limits::PARENTS;
use commons_proto::policy::{self, PolicyError};
use std::io::{self, IsTerminal as _};

use super::written;
use crate::compose;
use crate::compose::fields::{
    ProjectFields, RemovedFields, ResourceFields, SessionFields, SharedFields,
};
use crate::compose::text::Body;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
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
    changes.assign(&set)?;
    if changes.is_empty() && shared.body.is_none() && shared.body_file.is_none() {
        let can_ask = io::stdin().is_terminal() && io::stdout().is_terminal();
        if !shared.edit && !can_ask {
            return Err(CliError::usage("nothing says what to change")
                .hint("commons edit --help lists what can be: --title, --body, --tag, ..."));
        }
        shared.edit = true;
    }
    let summary = compose::summary(&shared.summary)?;

    let key = context.key()?;
    let mut store = context.writer()?;
    let entry = find::entry(&store, &id)?;
    let view = store.entry(&entry)?.ok_or_else(|| find::unknown(&id, &[]))?;
    check_allowed(&view, &key.author())?;
    let kind = &view.summary.kind;
    let (parents, state) = base(&store, &view)?;
    let mut wanted = changes.wanted(kind, &state, &|typed| find::entry(&store, typed))?;
    let drafts = context.drafts();
    let mut body = None;
    if shared.edit || shared.body.is_some() || shared.body_file.is_some() {
        compose::field_of(kind, "body")?;
        let title = escape::line(&view.summary.title);
        let about = format!("The text of the {} “{title}”.", kind.name());
        body = Body::read(&shared, &drafts, &about, &state.prose("body"))?;
    }
    if let Some(body) = &body {
        wanted.set("body", [body.text.as_str().into()]);
    }
    let edits = entry::changes(kind, &state, &wanted);
    if edits.is_empty() {
        Body::committed(body);
        say("Nothing to change: it is like that already.");
        return Ok(());
    }
    let subject = Subject::Entry(entry);
    let draft = Draft { subject, parents, edits, summary };
    let (verified, told) = match context.write(&mut store, &key, draft) {
        Ok(written) => written,
        Err(error) => return Err(Body::keep(body, &drafts, error)),
    };
    Body::committed(body);
    let what = format!("changed the {} {}", kind.name(), view.summary.short);
    written::print(context, &store, &verified, kind, &what, told)
}

/// What the next version follows, and what the entry looks like there: all its heads, or as many
/// as one contribution can bring together.
pub(super) fn base(
    store: &Store,
    view: &EntryView,
) -> Result<(Vec<ContributionId>, State), CliError> {
    let mut parents = view.heads.clone();
    if parents.len() <= PARENTS {
        return Ok((parents, view.state.clone()));
    }
    parents.sort_unstable();
    parents.truncate(PARENTS);
    let state = store.state_at(&view.summary.id, &parents)?;
    Ok((parents, state.unwrap_or_default()))
}

/// Whether this author may change the entry, and this program can.
pub(super) fn check_allowed(view: &EntryView, me: &Author) -> Result<(), CliError> {
    if view.summary.damaged.is_some() {
        let message = "this program fails to put the entry together, so it cannot change it";
        let hint = format!("commons history {} shows what was written", view.summary.short);
        return Err(CliError::new(ErrorKind::Damaged, message).hint(hint));
    }
    let kind = &view.genesis.kind;
    match policy::allows_author(&view.genesis, me) {
        Ok(()) if matches!(kind, Kind::Newer { .. }) => Err(CliError::new(
            ErrorKind::Other,
            format!("{} is a kind of entry that only a newer commons can change", kind.name()),
        )),
        Ok(()) => Ok(()),
        Err(error @ PolicyError::Erasure) => {
            Err(CliError::new(ErrorKind::NotAllowed, error.to_string()))
        }
        Err(error @ PolicyError::NotTheAuthor) => {
            let owner = find::person(&view.summary.author, view.summary.name.as_deref());
            Err(CliError::new(ErrorKind::NotAllowed, error.to_string()).hint(format!(
                "this {} belongs to {owner}; you are {}",
                kind.name(),
                find::short_author(me)
            )))
        }
    }
}
