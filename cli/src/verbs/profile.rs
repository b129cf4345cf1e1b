//! `profile`: what people say of themselves; `people`: who is here.

use commons_node::compose::{Changes, profile};
use commons_node::json;
use commons_node::store::{EntryView, Filter};
use commons_proto::edit::Value;
use commons_proto::kind::Kind;

use super::{show, written};
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find::{self, short_author};
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, ID, STRONG, TAG, say};

/// Show or write what you say of yourself
///
/// A pseudonym is as good as a name. Only you can change your profile, and you are never asked for
/// more than you like to say. With nothing but an AUTHOR, shows theirs.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons profile --name Ana --skill statistics,welding\n  commons profile --about \"Nurse on a night ward\" --interest sleep\n  commons profile ben"
)]
pub(crate) struct Profile {
    /// Whose profile: a name, the beginning of a key, a did:key [default: yours]
    #[arg(value_name = "AUTHOR", conflicts_with_all = ["name", "about", "skills", "interests", "removed_skills", "removed_interests"])]
    author: Option<String>,
    /// What you want to be called
    #[arg(long)]
    name: Option<String>,
    /// What you say of yourself, in a line
    #[arg(long, value_name = "LINE")]
    about: Option<String>,
    /// What you can do; may be given several times
    #[arg(long = "skill", value_name = "SKILL", value_delimiter = ',')]
    skills: Vec<String>,
    /// What interests you; may be given several times
    #[arg(long = "interest", value_name = "TOPIC", value_delimiter = ',')]
    interests: Vec<String>,
    /// Take a skill off
    #[arg(long = "remove-skill", value_name = "SKILL", value_delimiter = ',')]
    removed_skills: Vec<String>,
    /// Take an interest off
    #[arg(long = "remove-interest", value_name = "TOPIC", value_delimiter = ',')]
    removed_interests: Vec<String>,
}

/// List the people who have said who they are
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons people\n  commons people --skill statistics")]
pub(crate) struct People {
    /// Only those with this skill
    #[arg(long, value_name = "SKILL")]
    skill: Option<String>,
    /// Only those with this interest
    #[arg(long, value_name = "TOPIC")]
    interest: Option<String>,
}

impl Profile {
    /// Shows or writes a profile.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let changes = self.changes();
        if changes.is_empty() {
            return self.show(context);
        }
        let key = context.key()?;
        let mut store = context.writer()?;
        let Some(draft) = profile::write(&store, &changes, &key.author())? else {
            say("Nothing to change: it is like that already.");
            return Ok(());
        };
        let (verified, told) = context.write(&mut store, &key, draft)?;
        written::print(context, &store, &verified, &Kind::Person, "wrote your profile", told)
    }

    fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        changes.set("name", &self.name).set("about", &self.about);
        changes.add("skills", &self.skills).add("interests", &self.interests);
        changes.remove("skills", &self.removed_skills);
        changes.remove("interests", &self.removed_interests);
        changes
    }

    fn show(&self, context: &mut Context) -> Result<(), CliError> {
        let typed = self.author.as_deref().unwrap_or("me");
        let store = context.reader()?;
        let author = find::author(&store, typed, context)?;
        match profile::of(&store, &author)? {
            Some(view) => show::print(context, &store, &view),
            None if typed == "me" => {
                say("You have not said who you are: commons profile --name NAME --skill SKILL ...");
                Ok(())
            }
            None => {
                let message = format!("{} has no profile", short_author(&author));
                Err(CliError::new(ErrorKind::UnknownId, message)
                    .hint("commons people lists those who have"))
            }
        }
    }
}

impl People {
    /// Lists the people.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let store = context.reader()?;
        let mut table = Table::new(&["id", "name", "key", "skills", "interests", "about"]);
        let mut shown = 0;
        let filter = Filter { kinds: vec![Kind::Person], ..Filter::default() };
        let mut people = store.list(&filter)?;
        people.sort_by_cached_key(|person| (person.title.to_lowercase(), person.id));
        for person in people {
            let Some(view) = store.entry(&person.id)? else { continue };
            if !has(&view, "skills", &self.skill) || !has(&view, "interests", &self.interest) {
                continue;
            }
            shown += 1;
            if context.out.is_json() {
                context.out.json(&json::Profile::from(&view))?;
                continue;
            }
            let about = view.state.single("about").and_then(Value::as_text).unwrap_or_default();
            table.row([
                Cell::new(&person.short, ID),
                Cell::new(&person.title, STRONG),
                Cell::new(&short_author(&person.author), FAINT),
                Cell::new(&joined(&view, "skills"), TAG),
                Cell::new(&joined(&view, "interests"), TAG),
                Cell::new(about, anstyle::Style::new()),
            ]);
        }
        if context.out.is_json() {
            return Ok(());
        }
        if shown == 0 {
            say(
                "Nobody like that has said who they are. Be the first: commons profile --name NAME",
            );
            return Ok(());
        }
        Ok(context.out.table(&table)?)
    }
}

fn has(view: &EntryView, field: &str, wanted: &Option<String>) -> bool {
    wanted.as_ref().is_none_or(|wanted| {
        let wanted = wanted.trim().to_lowercase();
        let mut items = view.state.set(field).filter_map(Value::as_text);
        items.any(|item| item.to_lowercase() == wanted)
    })
}

fn joined(view: &EntryView, field: &str) -> String {
    view.state.set(field).filter_map(Value::as_text).collect::<Vec<_>>().join(", ")
}
