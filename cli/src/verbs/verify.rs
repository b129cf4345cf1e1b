//! `verify`: checks every signature and hash, and the derived tables.

use std::io::{self, IsTerminal as _, Write as _};

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::json;
use crate::output::{GOOD, WARNING, WRONG, count, escape, say, styled};

/// Check every signature and hash, and make the derived tables again where they are wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons verify")]
pub(crate) struct Verify {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let mut store = match context.writer() {
        // What may not be written can be checked all the same.
        Err(error) if error.kind() == ErrorKind::Busy => context.reader()?,
        store => store?,
    };
    let report = store.verify(watch)?;
    watched();
    let out = &mut context.out;
    if out.is_json() {
        out.json(&json::Verify {
            checked: report.checked,
            damaged: report.damaged.iter().map(json::Damaged::from).collect(),
            file: &report.file,
            rebuilt: report.rebuilt,
            changed: report.changed,
            unshown: report.unshown,
        })?;
    } else {
        let checked = count(report.checked, "contribution", "contributions");
        if report.damaged.is_empty() {
            let good = styled("good", GOOD);
            out.line(format!("{good}     {checked}: every signature and hash holds"))?;
        }
        for damaged in &report.damaged {
            let label = styled("damaged", WRONG);
            let reason = escape::line(&damaged.reason);
            out.line(format!("{label}  {} at {}: {reason}", damaged.id, damaged.seq))?;
        }
        for line in &report.file {
            out.line(format!("{}  {}", styled("damaged", WRONG), escape::line(line)))?;
        }
        if report.unshown > 0 {
            let entries = count(report.unshown, "entry", "entries");
            let label = styled("unshown", WARNING);
            let note = "sound, but this program fails to put it together; a later one may not";
            out.line(format!("{label}  {entries}: {note}"))?;
        }
        if report.changed > 0 && !report.rebuilt {
            let rows = count(report.changed, "row", "rows");
            let label = styled("wrong", WRONG);
            out.line(format!("{label}    {rows} of the derived tables"))?;
        }
        if report.rebuilt {
            let rows = count(report.changed, "row", "rows");
            let label = styled("rebuilt", WARNING);
            out.line(format!("{label}  the derived tables, in which {rows} were wrong"))?;
        }
    }
    if report.read_only {
        say(format!(
            "{} the database may not be written: it was checked, and nothing could be put right",
            styled("note:", WARNING)
        ));
    }
    if !report.file.is_empty() {
        let wrong = report.damaged.len() + report.file.len();
        let what = count(wrong as u64, "place in the database is", "places in the database are");
        return Err(CliError::new(ErrorKind::Unsound, format!("{what} damaged")).hint(
            "move the file away and run commons start: your peers give back what they hold; keep \
             the file for what only you have",
        ));
    }
    if !report.damaged.is_empty() {
        let damaged = report.damaged.len() as u64;
        let what = count(damaged, "contribution is", "contributions are");
        let message = format!("{what} damaged on this disk");
        return Err(CliError::new(ErrorKind::Unsound, message).hint(
            "while commons start runs it fetches them again from a peer who holds them; then run \
             commons verify once more",
        ));
    }
    if report.changed > 0 && report.read_only {
        return Err(CliError::new(ErrorKind::Unsound, "the derived tables are wrong")
            .hint("copy the home to where it may be written, and run commons verify there"));
    }
    if report.changed > 0 {
        return Err(CliError::new(
            ErrorKind::Unsound,
            "the derived tables were wrong, and were made again",
        )
        .hint("all is well now; run commons verify once more to see it"));
    }
    Ok(())
}

/// Tells somebody at a terminal how far a verification is, in a line that is written over.
pub(super) fn watch(checked: u64, all: u64) {
    if io::stderr().is_terminal() {
        let then = if checked == all { ", comparing the derived tables" } else { "" };
        // That nobody reads it is no failure.
        let _ = write!(anstream::stderr(), "\rchecked {checked} of {all}{then}");
    }
}

/// Takes that line away again.
pub(super) fn watched() {
    if io::stderr().is_terminal() {
        let _ = write!(anstream::stderr(), "\r\u{1b}[K");
    }
}
