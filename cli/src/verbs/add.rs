//! `add-idea`, `add-resource`, `add-project`, `add-session`: what they have in common is [`add`].

use commons_node::compose::{self, Changes, post};
use commons_proto::kind::Kind;

use super::written;
use crate::compose::fields::{ProjectFields, ResourceFields, SessionFields, SharedFields};
use crate::compose::text::Body;
use crate::context::Context;
use crate::error::CliError;
use crate::output::escape;

/// Propose an idea that anybody may improve
///
/// Prints the shortened id of the new entry. No node needs to run: what you write is safe on your
/// disk, and goes out when a node runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons add-idea \"Bed sensors for ward 3\" --tag hackday\n  commons add-idea \"A quieter waiting room\" --body-file idea.md"
)]
pub(crate) struct AddIdea {
    /// What it is called
    #[arg(required = true, value_name = "TITLE")]
    pub(crate) title: Vec<String>,
    #[command(flatten)]
    shared: SharedFields,
}

/// Add something that others can use: data, a paper, a tool, a course
///
/// Prints the shortened id of the new entry. No node needs to run: what you write is safe on your
/// disk, and goes out when a node runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  commons add-resource \"Falls by hour, 2025\" --url https://example.org/falls.csv --tag falls"
)]
pub(crate) struct AddResource {
    /// What it is called
    #[arg(required = true, value_name = "TITLE")]
    title: Vec<String>,
    #[command(flatten)]
    resource: ResourceFields,
    #[command(flatten)]
    shared: SharedFields,
}

/// Add a team's work at a hack day
///
/// Prints the shortened id of the new entry. No node needs to run: what you write is safe on your
/// disk, and goes out when a node runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  commons add-project \"Sensor mat\" --idea k3f7qa --skill \"front end\""
)]
pub(crate) struct AddProject {
    /// What it is called
    #[arg(required = true, value_name = "TITLE")]
    title: Vec<String>,
    #[command(flatten)]
    project: ProjectFields,
    #[command(flatten)]
    shared: SharedFields,
}

/// Put a talk or an unconference session on the programme
///
/// What is not settled yet may be left out, and added by anybody: commons edit ID --place "Room 2".
/// Prints the shortened id of the new entry. No node needs to run: what you write is safe on your
/// disk, and goes out when a node runs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  commons add-session \"Sleep on wards\" --start 14:30 --end 45m --place \"Room 2\""
)]
pub(crate) struct AddSession {
    /// What it is called
    #[arg(required = true, value_name = "TITLE")]
    title: Vec<String>,
    #[command(flatten)]
    session: SessionFields,
    #[command(flatten)]
    shared: SharedFields,
}

impl AddIdea {
    /// Adds the idea.
    pub(crate) fn run(self, context: &mut Context) -> Result<(), CliError> {
        let changes = self.shared.changes();
        add(Kind::Idea, &self.title, changes, &self.shared, context)
    }
}

impl AddResource {
    /// Adds the resource.
    pub(crate) fn run(self, context: &mut Context) -> Result<(), CliError> {
        let mut changes = self.shared.changes();
        self.resource.add_to(&mut changes);
        add(Kind::Resource, &self.title, changes, &self.shared, context)
    }
}

impl AddProject {
    /// Adds the project.
    pub(crate) fn run(self, context: &mut Context) -> Result<(), CliError> {
        let mut changes = self.shared.changes();
        self.project.add_to(&mut changes);
        add(Kind::Project, &self.title, changes, &self.shared, context)
    }
}

impl AddSession {
    /// Adds the session.
    pub(crate) fn run(self, context: &mut Context) -> Result<(), CliError> {
        let mut changes = self.shared.changes();
        self.session.add_to(&mut changes);
        add(Kind::Session, &self.title, changes, &self.shared, context)
    }
}

/// Adds an entry of this kind. Everything that can be refused is checked before anybody is asked
/// to write a text.
fn add(
    kind: Kind,
    title: &[String],
    mut changes: Changes,
    shared: &SharedFields,
    context: &mut Context,
) -> Result<(), CliError> {
    let title = title.join(" ");
    changes.set("title", &Some(title.clone()));
    let summary = compose::summary(&shared.summary)?;
    let key = context.key()?;
    let mut store = context.writer()?;
    let mut wanted = post::wanted(&store, &kind, &changes)?;

    let drafts = context.drafts();
    let about = format!("The text of the {} “{}”.", kind.name(), escape::line(title.trim()));
    let body = Body::read(shared, &drafts, &about, "")?;
    if let Some(body) = &body {
        wanted.set("body", [body.text.as_str().into()]);
    }
    let draft = post::entry(&kind, &wanted, summary);
    let (verified, told) = match context.write(&mut store, &key, draft) {
        Ok(written) => written,
        Err(error) => return Err(Body::keep(body, &drafts, error)),
    };
    Body::committed(body);
    let what = format!("added the {}", kind.name());
    written::print(context, &store, &verified, &kind, &what, told)
}
