//! `completions`: what a shell needs to complete ids, tags, kinds and authors. What it offers then is in
//! [`crate::completion`].

use clap::ValueEnum;
use clap_complete::env::Shells;

use crate::completion::{NAME, VARIABLE};
use crate::error::{CliError, ErrorKind};
use crate::output::Output;

/// Print what has your shell complete verbs, ids, tags, kinds and authors
///
/// Put the line of the example for your shell into its start file; it takes effect in the next shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// Your shell
    shell: Shell,
}

/// A shell.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
}

impl Completions {
    /// Prints it.
    pub(crate) fn run(&self, out: &mut Output) -> Result<(), CliError> {
        let shell = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Elvish => "elvish",
        };
        let shells = Shells::builtins();
        let completer = shells.completer(shell).ok_or_else(|| {
            CliError::new(ErrorKind::Other, format!("{shell} cannot be completed"))
        })?;
        let mut script = Vec::new();
        completer.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
        out.line(String::from_utf8_lossy(&script).trim_end())?;
        Ok(out.flush()?)
    }
}

const EXAMPLES: &str = "\
Examples:
  echo 'source <(commons completions bash)' >> ~/.bashrc
  echo 'source <(commons completions zsh)' >> ~/.zshrc
  commons completions fish > ~/.config/fish/completions/commons.fish";
