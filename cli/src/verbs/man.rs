//! `man`: the pages of the manual, as `man` reads them, or as one page of Markdown. Both are made of the
//! same words as `--help`.

use clap::{Arg, Command, CommandFactory as _};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::error::{CliError, ErrorKind};
use crate::output::{Output, say};

/// Write the pages of the manual into a directory, for man
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Man {
    /// The directory, which is made if it is not there
    #[arg(value_name = "DIR", required_unless_present = "markdown")]
    directory: Option<PathBuf>,
    /// Print all of it as one page of Markdown
    #[arg(long, conflicts_with = "directory")]
    markdown: bool,
}

impl Man {
    /// Writes them.
    pub(crate) fn run(&self, out: &mut Output) -> Result<(), CliError> {
        let Some(directory) = &self.directory else {
            out.line(markdown().trim_end())?;
            return Ok(out.flush()?);
        };
        let written = fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(Args::command(), directory));
        written.map_err(|error| cannot(directory, &error))?;
        let first = directory.join("commons.1");
        say(format!(
            "The pages are in {}. Read one: man -l {}",
            directory.display(),
            first.display()
        ));
        Ok(())
    }
}

fn cannot(directory: &Path, error: &io::Error) -> CliError {
    let message = format!("the pages cannot be written to {}", directory.display());
    CliError::new(ErrorKind::Busy, message)
        .because(error)
        .hint("name a directory that is yours to write")
}

/// Everything that `--help` says, as Markdown.
fn markdown() -> String {
    let mut text = String::from(BEGINNING);
    for (path, command) in commands() {
        let is_whole = path == NAME;
        // What every verb takes is told once.
        let mut command = if is_whole {
            command.disable_help_subcommand(true)
        } else {
            command.mut_args(|argument| match argument.is_global_set() {
                true => argument.hide(true),
                false => argument,
            })
        };
        command = command.disable_help_flag(true).disable_version_flag(true).term_width(COLUMNS);
        let help = command.bin_name(path.clone()).render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        let heading = if is_whole { "commons".to_owned() } else { path };
        // A String takes all that it is given.
        let _ = write!(text, "\n## {heading}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
    }
    text
}

/// The whole command, each verb and each verb below a verb, by the words that call it.
fn commands() -> Vec<(String, Command)> {
    let mut all = Vec::new();
    let mut command = Args::command();
    command.build();
    gather(NAME, command, &mut all);
    all
}

fn gather(path: &str, command: Command, all: &mut Vec<(String, Command)>) {
    all.push((
        path.to_owned(),
        command.clone().mut_args(|argument: Arg| argument.hide_env_values(true)),
    ));
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        gather(&format!("{path} {}", below.get_name()), below.clone(), all);
    }
}

const NAME: &str = "commons";

/// Columns of the help in Markdown: those of a page of this project.
const COLUMNS: usize = 100;

const BEGINNING: &str = "\
# The command line

Made from the program by `commons man --markdown`; a test compares it. After a change:
`UPDATE_DOCS=1 cargo test --workspace --test guide reference`.
";

const EXAMPLES: &str = "\
Examples:
  commons man ~/.local/share/man/man1
  commons man --markdown > cli.md";
