//! Where a body comes from: an argument, a file, the standard input or an editor. What somebody
//! wrote in an editor or piped in is kept in a file until the contribution is committed, so that
//! nothing is lost when something fails.

use commons_node::lines::prose;
use commons_proto::limits::CONTRIBUTION_BYTES;
use std::env;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use super::fields::SharedFields;
use crate::error::{CliError, ErrorKind};

/// A body, and where it can be found again if it cannot be written.
#[derive(Debug)]
pub(crate) struct Body {
    /// The text.
    pub(crate) text: String,
    kept: Kept,
}

/// Whether somebody would lose the text.
#[derive(Debug)]
enum Kept {
    /// It is an argument or in a file of theirs.
    Theirs,
    /// It came through a pipe and is nowhere else.
    Nowhere,
    /// It is in this file of ours.
    File(PathBuf),
}

impl Body {
    /// The body that the options ask for; `None` if they don't. `directory` is where a draft is
    /// kept, `about` the line that tells the editor's user what is written, `now` the text that
    /// is to be changed.
    pub(crate) fn read(
        fields: &SharedFields,
        directory: &Path,
        about: &str,
        now: &str,
    ) -> Result<Option<Self>, CliError> {
        if fields.edit {
            return edited(directory, about, now).map(Some);
        }
        let (text, kept) = match (&fields.body, &fields.body_file) {
            (Some(text), _) => (text.clone(), Kept::Theirs),
            (None, Some(path)) if path.as_os_str() == "-" => (from_stdin()?, Kept::Nowhere),
            (None, Some(path)) => (from_file(path)?, Kept::Theirs),
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { text: prose(&text), kept }))
    }

    /// The contribution is committed: the draft, if there is one, has done its work.
    pub(crate) fn committed(body: Option<Self>) {
        if let Some(Self { kept: Kept::File(path), .. }) = body {
            let _ = fs::remove_file(path);
        }
    }

    /// Something failed: makes sure that the text, if there is one, is in a file and says in
    /// which.
    pub(crate) fn keep(body: Option<Self>, directory: &Path, error: CliError) -> CliError {
        let Some(body) = body else { return error };
        let path = match body.kept {
            Kept::Theirs => return error,
            Kept::File(path) => Some(path),
            Kept::Nowhere => {
                save(directory, &body.text).or_else(|_| save(&env::temp_dir(), &body.text)).ok()
            }
        };
        match path {
            Some(path) => error.hint(format!(
                "what you wrote is kept; use it with --body-file {} when that is put right",
                path.display()
            )),
            None => error.hint("what you wrote could not be kept in a file"),
        }
    }
}

/// Lets a person write in their editor.
fn edited(directory: &Path, about: &str, now: &str) -> Result<Body, CliError> {
    let chosen = chosen_editor();
    if chosen.is_none() && !io::stdin().is_terminal() {
        return Err(CliError::usage("there is no terminal to open an editor in")
            .hint("give the text with --body TEXT or --body-file FILE"));
    }
    let editor = chosen.unwrap_or_else(|| DEFAULT_EDITOR.to_owned());
    let template = format!("{now}\n\n{SCISSORS}\n{about}\n{GUIDANCE}\n");
    let path = save(directory, &template).or_else(|_| save(&env::temp_dir(), &template)).map_err(
        |error| CliError::new(ErrorKind::Busy, "there is no place for a draft").because(&error),
    )?;
    let kept = |error: CliError| {
        if fs::read(&path).is_ok_and(|now| now == template.as_bytes()) {
            let _ = fs::remove_file(&path);
            return error;
        }
        error.hint(format!("what was written is in {}", path.display()))
    };
    let other_editor = "set VISUAL or EDITOR to your editor, such as EDITOR=nano";
    let status = open(&editor, &path).map_err(|error| {
        let failed = format!("the editor “{editor}” does not start");
        kept(CliError::new(ErrorKind::Other, failed).because(&error).hint(other_editor))
    })?;
    if status.code() == Some(NOT_FOUND) {
        let failed = format!("there is no editor “{editor}”");
        return Err(kept(CliError::new(ErrorKind::Other, failed).hint(other_editor)));
    }
    if !status.success() {
        let failed = format!("the editor “{editor}” ended with {status}, so nothing was written");
        return Err(kept(CliError::new(ErrorKind::Other, failed)));
    }
    let all = fs::read(&path).map_err(|error| {
        CliError::new(ErrorKind::Other, format!("{} cannot be read", path.display()))
            .because(&error)
    })?;
    let text = String::from_utf8(all).map_err(|_| kept(not_utf8("what the editor saved")))?;
    let text = written(&text);
    if text.trim().is_empty() {
        let _ = fs::remove_file(&path);
        return Err(CliError::new(
            ErrorKind::Other,
            "the text is empty, so nothing was written to the commons",
        ));
    }
    Ok(Body { text, kept: Kept::File(path) })
}

/// Runs the editor as the shell would, so that `EDITOR="code --wait"` works.
fn open(editor: &str, path: &Path) -> io::Result<process::ExitStatus> {
    if cfg!(windows) {
        return Command::new(editor).arg(path).status();
    }
    Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(path).status()
}

fn chosen_editor() -> Option<String> {
    let mut named = ["VISUAL", "EDITOR"].iter().filter_map(|name| env::var(name).ok());
    named.find(|editor| !editor.trim().is_empty())
}

/// What a person wrote, of all that the editor saved.
pub(crate) fn written(saved: &str) -> String {
    prose(above_scissors(saved))
}

fn above_scissors(text: &str) -> &str {
    text.split(SCISSORS).next().unwrap_or_default()
}

fn from_stdin() -> Result<String, CliError> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(READ_BYTES).read_to_end(&mut bytes).map_err(|error| {
        CliError::new(ErrorKind::Other, "the standard input cannot be read").because(&error)
    })?;
    String::from_utf8(bytes).map_err(|_| not_utf8("the standard input"))
}

fn from_file(path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(READ_BYTES).read_to_end(&mut bytes)).map_err(
        |error| {
            CliError::usage(format!("{} cannot be read", path.display()))
                .because(&error)
                .hint("give a text file with --body-file, or - for the standard input")
        },
    )?;
    String::from_utf8(bytes).map_err(|_| not_utf8(&path.display().to_string()))
}

fn not_utf8(what: &str) -> CliError {
    CliError::usage(format!("{what} is not UTF-8 text"))
        .hint("save it as UTF-8; a file of another sort is best put somewhere else and linked with --link")
}

/// Saves a draft under a name of its own.
fn save(directory: &Path, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(directory)?;
    for number in 1.. {
        let path = directory.join(format!("draft-{}-{number}.md", process::id()));
        match new_file(&path) {
            Ok(mut file) => {
                return match file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
                    Ok(()) => Ok(path),
                    Err(error) => {
                        let _ = fs::remove_file(&path);
                        Err(error)
                    }
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("the numbers do not end")
}

/// The editor that every such system has.
const DEFAULT_EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// The exit code with which a shell says that there is no such command (POSIX, 2.8.2).
const NOT_FOUND: i32 = 127;

/// A new file that only its owner reads: a draft is nobody else's affair yet.
fn new_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Bytes that are read at most: past what a contribution holds, so that the refusal can say so.
const READ_BYTES: u64 = 16 * CONTRIBUTION_BYTES as u64;

const SCISSORS: &str = "------------------------ >8 ------------------------";

const GUIDANCE: &str = "\
Write above the line, in Markdown. The line and what is below it are not kept.
Save and leave the editor to contribute it; leave nothing above the line to give up.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_the_line_is_left_out() {
        let text = format!("\n# Why\r\n\nFalls.\n\n{SCISSORS}\n{GUIDANCE}\n");
        assert_eq!(prose(above_scissors(&text)), "# Why\n\nFalls.");
        assert_eq!(prose(above_scissors("no line at all\n")), "no line at all");
        assert_eq!(prose(above_scissors(SCISSORS)), "");
    }
}
