//! `note`, `comment`, `endorse`: short posts of one's own.

use commons_node::compose::Changes;
use commons_node::compose::post::{self, Once};
use commons_proto::kind::Kind;
use std::io::{self, Read as _};

use super::written;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::output::say;

/// Post a note: what happens, what you found, what you need
///
/// Hashtags in the text become its tags. Only you can change or erase it. Prints the shortened id.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons note \"Soap is out on the first floor #hygiene\"\n  commons note \"This worked on our ward\" --about k3f7qa"
)]
pub(crate) struct Note {
    /// What you say; - reads the standard input
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
    /// The entry that it is about
    #[arg(long, value_name = "ID")]
    about: Option<String>,
    /// A tag besides those in the text; may be given several times
    #[arg(short, long = "tag", value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
}

/// Comment on an entry
///
/// Only you can change or erase what you say. Prints the shortened id.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  commons comment k3f7qa \"Have you thought of the night shift?\""
)]
pub(crate) struct Comment {
    /// The entry's id, or the beginning of it
    id: String,
    /// What you say; - reads the standard input
    #[arg(required = true, value_name = "TEXT")]
    text: Vec<String>,
}

/// Endorse an entry: say in public that you find it good
///
/// Each of you counts once, and commons erase takes it back. Prints the shortened id.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons endorse k3f7qa")]
pub(crate) struct Endorse {
    /// The entry's id, or the beginning of it
    id: String,
}

impl Note {
    /// Posts the note.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let changes = post::note(&text(&self.text)?, &self.tags, &self.about);
        post(Kind::Note, &changes, "posted the note", context)
    }
}

impl Comment {
    /// Posts the comment.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let changes = post::comment(&self.id, &text(&self.text)?);
        post(Kind::Comment, &changes, "posted the comment", context)
    }
}

impl Endorse {
    /// Endorses the entry, if that is not done.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        let mut store = context.writer()?;
        let entry = find::entry(&store, &self.id)?;
        let draft = match post::endorsement(&store, &entry, &key.author())? {
            Once::New(draft) => draft,
            Once::Already(done) => {
                say("You have endorsed it already.");
                return Ok(context.out.line(&done.short)?);
            }
        };
        let what = match find::title(&store, &entry)? {
            Some(title) => format!("endorsed {title}"),
            None => "endorsed it".to_owned(),
        };
        let (verified, told) = context.write(&mut store, &key, draft)?;
        written::print(context, &store, &verified, &Kind::Endorsement, &what, told)
    }
}

/// Writes a new entry that has no title, and says that it is `done`.
fn post(kind: Kind, changes: &Changes, done: &str, context: &mut Context) -> Result<(), CliError> {
    let key = context.key()?;
    let mut store = context.writer()?;
    let wanted = post::wanted(&store, &kind, changes)?;
    let draft = post::entry(&kind, &wanted, None);
    let (verified, told) = context.write(&mut store, &key, draft)?;
    written::print(context, &store, &verified, &kind, done, told)
}

/// The words that were typed, or what comes on the standard input for a `-`.
fn text(typed: &[String]) -> Result<String, CliError> {
    let text = match typed {
        [dash] if dash == "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(|error| {
                CliError::new(ErrorKind::Other, "the standard input cannot be read").because(&error)
            })?;
            text
        }
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err(CliError::usage("there is no text").hint("say something behind the verb"));
    }
    Ok(text)
}
