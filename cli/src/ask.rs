//! Questions to the person, asked on stderr and answered with a letter. Scripts, which cannot
//! answer, say `--yes`.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::error::{CliError, ErrorKind};

/// Whether the person says yes. `yes` is what they said before, with `--yes`; where nobody can
/// answer, it fails and names `--yes`.
pub(crate) fn ask(question: &str, yes: bool) -> Result<bool, CliError> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(CliError::new(
            ErrorKind::Unanswered,
            format!("there is nobody here to answer: {question}"),
        )
        .hint("say --yes if that is what you want"));
    }
    let mut stderr = io::stderr();
    // That the question is not seen is seen in the answer.
    let _ = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| {
        CliError::new(ErrorKind::Other, "your answer cannot be read").because(&error)
    })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
