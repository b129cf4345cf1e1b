//! `restore FILE`: says what a backup holds, verifies it, and puts it into the home. Nothing that is
//! there is ever written over.

use commons_node::backup::{self, BackupError, Checked, Contents, Opened};
use commons_node::store::VerifyReport;
use commons_proto::id::Author;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find::short_author;
use crate::json;
use crate::output::{WARNING, count, escape, say, styled};
use crate::passphrase::Given;
use crate::verbs::verify;
use commons_node::when;

/// What of a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    All,
    /// The author key.
    Key,
    /// Nothing: it is only said what it holds.
    Nothing,
}

/// Restores this file, or only says what it holds.
pub(super) fn run(
    file: &Path,
    given: &Given,
    part: Part,
    context: &mut Context,
) -> Result<(), CliError> {
    let opened = File::open(file).map_err(|error| {
        CliError::usage(format!("{} cannot be read", file.display())).because(&error)
    })?;
    let unreadable = |error: BackupError| about(file, error);
    let (source, encrypted): (Box<dyn Read>, bool) = match Opened::new(opened)
        .map_err(unreadable)?
    {
        Opened::Plain(source) => (source, false),
        Opened::Sealed(sealed) => (sealed.open(given.for_existing()?).map_err(unreadable)?, true),
    };
    let scratch = match part {
        Part::Nothing => None,
        Part::All | Part::Key => Some(backup::scratch(&context.home)?),
    };
    let directory = scratch.as_ref().map(tempfile::TempDir::path);
    let heard = |contents: &Contents| {
        if !context.out.is_json() {
            tell(contents, encrypted);
        }
        let obstacle = match part {
            Part::All => backup::obstacle(&context.home, contents),
            Part::Key if contents.author.is_none() => return Err(Failure::NoKey),
            Part::Key => backup::key_obstacle(&context.home, contents),
            Part::Nothing => Ok(None),
        };
        match obstacle {
            Ok(None) => Ok(()),
            Ok(Some(error)) | Err(error) => Err(Failure::Home(error)),
        }
    };
    let contents = backup::read(source, directory, heard).map_err(|error| match error {
        Failure::File(error) => about(file, error),
        Failure::Home(error) => error.into(),
        Failure::NoKey => CliError::usage(format!("{} has no author key in it", file.display()))
            .hint("take one that was made with --with-key"),
    })?;
    if let Some(directory) = directory {
        let report = match part {
            Part::Key => put_key(directory, &contents, context)?,
            _ => put(file, directory, &contents, context)?,
        };
        if !context.out.is_json() {
            say(report);
        }
    } else if !context.out.is_json() {
        say("It can be read to its end. Nothing was written.");
    }
    if context.out.is_json() {
        let mut told = json::Backup::new(file, &contents, encrypted, None);
        told.restored = Some(part != Part::Nothing);
        context.out.json(&told)?;
    }
    Ok(())
}

/// Puts the key in its place. Gives what to say.
fn put_key(directory: &Path, contents: &Contents, context: &Context) -> Result<String, CliError> {
    let key = context.home.author_key_file();
    Ok(match backup::put_key(&context.home, directory, contents)? {
        true => format!("The author key is in its place: {}", key.display()),
        false => format!("That author key is there already: {}", key.display()),
    })
}

/// Verifies what was read into this directory, and puts it in its place. Gives what to say.
fn put(
    file: &Path,
    directory: &Path,
    contents: &Contents,
    context: &mut Context,
) -> Result<String, CliError> {
    let checked = backup::check(directory, contents, verify::watch);
    verify::watched();
    let checked = checked.map_err(|error| about(file, error))?;
    let damaged: usize = checked.iter().map(|checked| checked.report.damaged.len()).sum();
    if damaged > 0 {
        tell_damaged(&checked);
        let question = "Restore it all the same? Peers are asked for what is damaged.";
        if !ask(question, context.yes)? {
            return Err(CliError::new(ErrorKind::Unanswered, "nothing was restored"));
        }
    }
    if contents.author.is_none() && !context.has_key() {
        say(
            "Neither this home nor the backup has an author key, so you would go on as somebody new.",
        );
        say(format!(
            "If you have kept yours, put it at {} first.",
            context.home.author_key_file().display()
        ));
        if !ask("Go on as somebody new?", context.yes)? {
            return Err(CliError::new(ErrorKind::Unanswered, "nothing was restored"));
        }
        context.key()?;
    }
    backup::put(&context.home, directory, contents)?;
    let contributions = checked.iter().map(|checked| checked.report.checked).sum();
    Ok(format!(
        "Restored and verified: {} in {}. commons start fetches what came since.",
        count(contributions, "contribution", "contributions"),
        context.home.directory().display()
    ))
}

/// Says what a backup holds.
fn tell(contents: &Contents, encrypted: bool) {
    let made = when::local(contents.made);
    let how = if encrypted { "encrypted" } else { "not encrypted" };
    say(format!("A backup of {made}, {how}, made by commons {}", escape::line(&contents.version)));
    for database in &contents.databases {
        let name = database.commons.as_deref().unwrap_or(&database.file);
        let entries = count(database.entries, "entry", "entries");
        let contributions = count(database.contributions, "contribution", "contributions");
        say(format!("  {}: {entries}, {contributions}", escape::line(name)));
    }
    match contents.author() {
        None => say("  no author key"),
        Some(author) => say(format!("  the author key of {}", key(&author))),
    }
}

fn key(author: &Author) -> String {
    short_author(author)
}

fn tell_damaged(checked: &[Checked]) {
    for Checked { file, report: VerifyReport { damaged, .. } } in checked {
        let what = count(damaged.len() as u64, "contribution", "contributions");
        say(styled(format!("{file}: {what} damaged"), WARNING));
        for damaged in damaged.iter().take(SHOWN) {
            say(format!("  {}  {}", damaged.id, escape::line(&damaged.reason)));
        }
    }
}

/// Whether the file or the home is why it failed.
enum Failure {
    File(BackupError),
    Home(BackupError),
    /// There is no key in it, and nothing else was asked for.
    NoKey,
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        Self::File(error)
    }
}

/// A failure that is told with the name of the file.
fn about(file: &Path, error: BackupError) -> CliError {
    let error = CliError::from(error);
    error.of(format!("{} cannot be restored", file.display()))
}

/// Damaged contributions that are named.
const SHOWN: usize = 10;
