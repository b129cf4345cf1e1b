//! `key`: taking the author key along, and bringing one here that was made elsewhere, as in the
//! browser of a guest.

use clap::Subcommand;
use commons_node::home::{author_key_in, keep_author_key};
use commons_node::store::{Store, StoreError};
use commons_proto::author::AuthorKey;
use commons_proto::id::Author;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find::short_author;
use crate::json;
use crate::output::{count, escape, say};

/// Take your author key along, or bring one here that was made elsewhere
///
/// The key is who you are: what you write is signed with it. A guest, who wrote with the key that
/// their browser made, becomes the same author on a node of their own.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons key import ~/Downloads/commons-guest.key\n  commons key export /media/stick/author.key"
)]
pub(crate) struct Key {
    #[command(subcommand)]
    what: What,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
enum What {
    Import(Import),
    Export(Export),
}

/// Become the author whose key is in a file
///
/// The file is one that a guest saved in the browser, or the author.key of another home. A key that
/// is here already stays beside the new one, as author.key.old-…; if you have written something with
/// it, it takes --replace, and a question.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  commons key import ~/Downloads/commons-guest.key\n  commons key import - < author.key\n  commons key import ana.key --replace"
)]
struct Import {
    /// The file with the key; - reads the standard input
    file: PathBuf,
    /// Take the place of a key that has written something here
    #[arg(long)]
    replace: bool,
}

/// Write a copy of your author key into a new file
///
/// Whoever has that file writes in your name. In a backup it is encrypted: commons backup --with-key.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons key export /media/stick/author.key")]
struct Export {
    /// The file to write, which must not be there yet
    file: PathBuf,
}

impl Key {
    /// Does what is asked.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        match &self.what {
            What::Import(import) => import.run(context),
            What::Export(export) => export.run(context),
        }
    }
}

impl Import {
    fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = read(&self.file)?;
        // A damaged key is no reason to keep out a good one.
        let before = context.home.existing_author_key().ok().flatten().map(|key| key.author());
        if let Some(before) = before.filter(|before| *before != key.author()) {
            self.may_replace(&before, &key.author(), context)?;
        }
        let old = context.home.put_author_key(&key)?;
        tell(&key.author(), before == Some(key.author()), old.as_deref(), context)
    }

    /// Asks where somebody would cease to be who they are here.
    fn may_replace(&self, old: &Author, new: &Author, context: &Context) -> Result<(), CliError> {
        let has_written = || Ok::<_, CliError>(!context.home.written_by(old)?.is_empty());
        let (was, will) = (short_author(old), short_author(new));
        if !self.replace {
            if !has_written()? {
                return Ok(());
            }
            let message =
                format!("you have written here as {was}, and would be {will} from now on");
            return Err(CliError::new(ErrorKind::NotAllowed, message).hint(
                "say --replace if you want that: the old key stays beside the new one; or name \
                 another directory with --home, to be both",
            ));
        }
        let question = format!(
            "From now on you are {will} here. You cannot change or take back what {was} wrote, \
             until you bring that key back. Go on?"
        );
        match ask(&question, context.yes)? {
            true => Ok(()),
            false => Err(CliError::new(ErrorKind::Unanswered, "nothing was changed")),
        }
    }
}

impl Export {
    fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let key = context.key()?;
        keep_author_key(&key, &self.file).map_err(|error| {
            let file = self.file.display();
            let failed = CliError::new(ErrorKind::Busy, format!("{file} cannot be written"));
            failed
                .because(&error)
                .hint("name a file that is not there yet, in a directory of yours")
        })?;
        if context.out.is_json() {
            return Ok(context.out.json(&json::Key::new(&key.author(), &self.file))?);
        }
        let who = short_author(&key.author());
        say(format!("The key of {who} is in {}.", self.file.display()));
        say("Whoever has that file writes in your name: keep it well, and give it to nobody.");
        Ok(())
    }
}

/// Says who you are now, and what that author has written here.
fn tell(
    author: &Author,
    was_here: bool,
    old: Option<&Path>,
    context: &mut Context,
) -> Result<(), CliError> {
    let (name, entries) = match Store::open_read_only(&context.home.database(&context.name)) {
        Ok(store) => (store.author_name(author)?, store.entries_of(author)?.len() as u64),
        Err(StoreError::Missing(_)) => (None, 0),
        Err(error) => return Err(error.into()),
    };
    if context.out.is_json() {
        let mut told = json::Key::new(author, &context.home.author_key_file());
        told.name = name.as_deref();
        told.old_key_file = old.map(|old| old.display().to_string());
        told.entries = Some(entries);
        return Ok(context.out.json(&told)?);
    }
    let name = name.map(|name| format!(" ({})", escape::line(&name))).unwrap_or_default();
    let now = if was_here { "You are that author already" } else { "You are now" };
    say(format!("{now}: {}{name}", short_author(author)));
    match entries {
        0 => say("Nothing of this author is here yet: commons start fetches it from the others."),
        _ => say(format!("They have written in {} here.", count(entries, "entry", "entries"))),
    }
    if let Some(old) = old {
        say(format!("The key that was here before is kept: {}", old.display()));
    }
    Ok(())
}

/// The key in this file, whose mode does not matter: it comes from a stick or a browser.
fn read(file: &Path) -> Result<AuthorKey, CliError> {
    let unreadable = |error: io::Error| {
        CliError::usage(format!("{} cannot be read", file.display()))
            .because(&error)
            .hint("name the file with the key: the one that your browser saved, or an author.key")
    };
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(io::stdin()),
        false if fs::metadata(file).map_err(unreadable)?.is_file() => {
            Box::new(File::open(file).map_err(unreadable)?)
        }
        false => return Err(CliError::usage(format!("{} is no file", file.display()))),
    };
    source.take(FILE_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    author_key_in(&String::from_utf8_lossy(&bytes)).ok_or_else(|| {
        let failed = CliError::new(
            ErrorKind::Key,
            format!("there is no author key in {}", file.display()),
        );
        failed.hint(match bytes.starts_with(b"age-encryption.org/") {
            true => "this is an encrypted file: if commons backup made it, commons restore FILE --only-key",
            false => "such a file has a line that begins with #, and one of 64 digits 0-9 and a-f",
        })
    })
}

/// Bytes of a key file that are read: it has about 200, and whoever adds comments has room.
const FILE_BYTES: u64 = 64 * 1024;
