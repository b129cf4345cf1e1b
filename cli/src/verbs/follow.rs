//! `follow` and `unfollow`: what somebody wants to hear of first.

use commons_node::json;
use commons_node::store::{Followed, Store};
use commons_node::when;
use commons_proto::id::Author;

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, ID, STRONG, say};

/// Follow tags, people and entries
///
/// commons news tells what is new of them first, commons watch is:followed tells it as it comes, and
/// is:followed finds them in every query. Nobody is told. With nothing to follow, it lists what you
/// follow. commons unfollow takes it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons follow '#wards'
  commons follow Ana k3f7qa
  commons follow")]
pub(crate) struct Follow {
    /// A tag, an author (a name, the beginning of a key, a did:key), or an entry (its id, or the
    /// beginning of it). #T is the tag T in any case
    #[arg(value_name = "TAG|AUTHOR|ID")]
    what: Vec<String>,
}

/// Follow tags, people and entries no longer
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons unfollow '#wards'
  commons unfollow --all")]
pub(crate) struct Unfollow {
    /// As for commons follow
    #[arg(value_name = "TAG|AUTHOR|ID", required_unless_present = "all")]
    what: Vec<String>,
    /// All
    #[arg(long, conflicts_with = "what")]
    all: bool,
}

impl Follow {
    /// Runs the verb.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        if self.what.is_empty() {
            return list(context);
        }
        let mut store = context.writer()?;
        let all = meant(&self.what, &store, context)?;
        let new = store.follow(&all, when::now())?;
        told("followed", new, &store, context)
    }
}

impl Unfollow {
    /// Runs the verb.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let mut store = context.writer()?;
        let all = match self.all {
            true => store.followed()?.into_iter().map(|(one, _)| one).collect(),
            false => meant(&self.what, &store, context)?,
        };
        let gone = store.unfollow(&all)?;
        if gone == 0 {
            say("You followed nothing of that.");
        }
        told("unfollowed", gone, &store, context)
    }
}

/// Says what was done.
fn told(
    what: &'static str,
    changed: u64,
    store: &Store,
    context: &mut Context,
) -> Result<(), CliError> {
    let follows = store.followed()?.len();
    if context.out.is_json() {
        return Ok(context.out.json(&json::Following { what, changed, follows })?);
    }
    Ok(context.out.line(format!("{what} {changed}; you follow {follows}"))?)
}

/// What is followed.
fn list(context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let followed = store.followed()?;
    if followed.is_empty() && !context.out.is_json() {
        say("You follow nothing yet: commons follow '#TAG', a name, or an id.");
        return Ok(());
    }
    let mut table = Table::new(&["follows", "what", "name", "since"]);
    for (one, since) in &followed {
        let told = json::Followed::of(&store, one, *since)?;
        if context.out.is_json() {
            context.out.json(&told)?;
            continue;
        }
        let (what, shown) = match one {
            Followed::Tag(tag) => ("tag", format!("#{tag}")),
            Followed::Author(author) => ("author", find::short_author(author)),
            Followed::Entry(entry) => ("entry", store.short(&(*entry).into())?),
        };
        table.row([
            Cell::new(&shown, ID),
            Cell::new(what, FAINT),
            Cell::new(told.name.as_deref().unwrap_or_default(), STRONG),
            Cell::new(&when::ago(*since, when::now()), FAINT),
        ]);
    }
    if !context.out.is_json() {
        context.out.table(&table)?;
    }
    Ok(())
}

/// What is meant by all that was typed. Where one of them means nothing, nothing is done.
fn meant(typed: &[String], store: &Store, context: &Context) -> Result<Vec<Followed>, CliError> {
    typed.iter().map(|one| meant_by(one.trim(), store, context)).collect()
}

fn meant_by(typed: &str, store: &Store, context: &Context) -> Result<Followed, CliError> {
    if let Some(tag) = typed.strip_prefix('#').or_else(|| typed.strip_prefix("tag:")) {
        return match tag.trim() {
            "" => Err(CliError::usage("there is no tag behind the #")),
            tag => Ok(Followed::Tag(tag.to_lowercase())),
        };
    }
    if let Some(author) = Author::from_did(typed) {
        return Ok(Followed::Author(author));
    }
    if typed == "me" {
        return Ok(Followed::Author(context.key()?.author()));
    }
    let mut meant = Vec::new();
    let authors = store.resolve_author(typed)?;
    if let [(author, _)] = authors.as_slice() {
        meant.push(Followed::Author(*author));
    }
    if store.has_tag(typed)? {
        meant.push(Followed::Tag(typed.to_lowercase()));
    }
    let entry = find::entry(store, typed);
    if let Ok(entry) = &entry {
        meant.push(Followed::Entry(*entry));
    }
    match (meant.len(), authors.len()) {
        (1, _) => Ok(meant.remove(0)),
        (0, 2..) => find::author(store, typed, context).map(Followed::Author),
        (0, _) if typed.parse::<commons_proto::id::EntryId>().is_ok() => {
            Ok(Followed::Entry(typed.parse().expect("it was parsed just now")))
        }
        (0, _) => {
            let message = format!("nothing here is called “{typed}”");
            Err(CliError::new(ErrorKind::UnknownId, message)
                .hint(format!("to follow a tag that nobody has used yet, write '#{typed}'")))
        }
        _ => {
            let message = format!("“{typed}” means several things here");
            Err(CliError::new(ErrorKind::Ambiguous, message).hint(format!(
                "write '#{typed}' for the tag, a did:key for the author, or more letters of the id"
            )))
        }
    }
}
