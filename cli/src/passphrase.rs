//! The passphrase of a backup: from a file, from the environment, or typed twice without being seen.
//! That of a commons is read in `context`.

use commons_node::backup::{SecretString, generate_passphrase};
use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use crate::context::first_line;
use crate::error::{CliError, ErrorKind};
use crate::output::{STRONG, say, styled};

/// Where the passphrase of a backup comes from, if not from the keyboard.
#[derive(Debug, clap::Args)]
pub(crate) struct Given {
    /// A file whose first line is the passphrase of the backup; or set COMMONS_BACKUP_PASSPHRASE
    #[arg(long, value_name = "FILE")]
    pub(crate) backup_passphrase_file: Option<PathBuf>,
}

impl Given {
    /// The passphrase for a new backup. One that is typed is typed twice; an empty one is made up, and
    /// told.
    pub(crate) fn for_new(&self) -> Result<SecretString, CliError> {
        if let Some(passphrase) = self.given()? {
            return strong(&passphrase).map(|()| passphrase.into());
        }
        let first = typed("Passphrase for the backup (leave it empty to have one made up): ")?;
        if first.is_empty() {
            let made = generate_passphrase().map_err(|error| {
                CliError::new(ErrorKind::Other, "the system gives no random numbers")
                    .because(&error)
            })?;
            say(format!("The passphrase is  {}", styled(&made, STRONG)));
            say("Write it down now: without it nobody can open the backup, and nobody can help.");
            return Ok(made.into());
        }
        strong(&first)?;
        match typed("The same once more: ")? == first {
            true => Ok(first.into()),
            false => Err(CliError::usage("the two passphrases differ").hint("nothing was written")),
        }
    }

    /// The passphrase of an existing backup.
    pub(crate) fn for_existing(&self) -> Result<SecretString, CliError> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase.into()),
            None => typed("Passphrase of the backup: ").map(SecretString::from),
        }
    }

    fn given(&self) -> Result<Option<String>, CliError> {
        match &self.backup_passphrase_file {
            Some(path) => first_line(path).map(Some),
            None => Ok(env::var(VARIABLE).ok().filter(|text| !text.is_empty())),
        }
    }
}

/// What is typed, without being seen.
fn typed(question: &str) -> Result<String, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::new(
            ErrorKind::Unanswered,
            "there is nobody here to type a passphrase",
        )
        .hint(format!("name a file with --backup-passphrase-file, or set {VARIABLE}")));
    }
    rpassword::prompt_password(question).map_err(|error| {
        CliError::new(ErrorKind::Other, "the passphrase cannot be read").because(&error)
    })
}

/// Refuses a passphrase that is soon guessed.
fn strong(passphrase: &str) -> Result<(), CliError> {
    if passphrase.chars().count() >= FEWEST_CHARS {
        return Ok(());
    }
    Err(CliError::usage(format!("this passphrase has fewer than {FEWEST_CHARS} characters"))
        .hint("take four or five words that have nothing to do with each other"))
}

/// The variable that holds the passphrase of a backup.
const VARIABLE: &str = "COMMONS_BACKUP_PASSPHRASE";

/// Characters of a passphrase (chosen): with a second for each guess, four random words of ten
/// letters or more are out of reach, and a short password is not.
const FEWEST_CHARS: usize = 10;
