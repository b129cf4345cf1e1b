//! `note`, `comment`, `endorse`: short posts of one's own.

use commons_node::store::{Store, Summary};
use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, State};
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use std::io::{self, Read as _};

use super::written;
use crate::compose::{self, Changes};
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
        let text = text(&self.text)?;
        let mut changes = Changes::default();
        changes.add("tags", &compose::hashtags(&text)).add("tags", &self.tags);
        changes.set("text", &Some(text)).set("about", &self.about);
        post(Kind::Note, &changes, "posted the note", context)
    }
}

impl Comment {
    /// Posts the comment.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let mut changes = Changes::default();
        changes.set("text", &Some(text(&self.text)?)).set("about", &Some(self.id.clone()));
        post(Kind::Comment, &changes, "posted the comment", context)
    }
}

impl Endorse {
    /// Endorses the entry, if that is not done.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let me = context.key()?.author();
        let store = context.writer()?;
        let entry = find::entry(&store, &self.id)?;
        if let Some(done) = own(&store, &entry, &Kind::Endorsement, &me)?.first() {
            say("You have endorsed it already.");
            return Ok(context.out.line(&done.short)?);
        }
        let mut changes = Changes::default();
        changes.set("about", &Some(entry.to_string()));
        let what = match find::title(&store, &entry)? {
            Some(title) => format!("endorsed {title}"),
            None => "endorsed it".to_owned(),
        };
        post(Kind::Endorsement, &changes, &what, context)
    }
}

/// Writes a new entry that has no title, and says that it is `done`.
pub(super) fn post(
    kind: Kind,
    changes: &Changes,
    done: &str,
    context: &mut Context,
) -> Result<(), CliError> {
    let key = context.key()?;
    let mut store = context.writer()?;
    let nothing = State::default();
    let wanted = changes.wanted(&kind, &nothing, &|typed| find::entry(&store, typed))?;
    let draft = Draft {
        subject: Subject::Genesis(kind.clone()),
        parents: Vec::new(),
        edits: entry::changes(&kind, &nothing, &wanted),
        summary: None,
    };
    let (verified, told) = context.write(&mut store, &key, draft)?;
    written::print(context, &store, &verified, &kind, done, told)
}

/// What this author has written of a kind about an entry, the last changed first.
pub(super) fn own(
    store: &Store,
    about: &EntryId,
    kind: &Kind,
    author: &Author,
) -> Result<Vec<Summary>, CliError> {
    let references = store.references(about)?.into_iter();
    let own = references.filter(|reference| {
        reference.how == "about" && reference.from.kind == *kind && reference.from.author == *author
    });
    Ok(own.map(|reference| reference.from).collect())
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
