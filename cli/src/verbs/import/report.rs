//! What is told of files that were brought in, or would be.

use commons_node::import::Format;
use commons_node::import::fit::Fitted;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::context::Context;
use crate::error::CliError;
use crate::json::{Imported, Skipped};
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, STRONG, TAG, WARNING, count, escape, say, styled};

/// Tells what became of a file, by its name if there are several.
pub(super) fn tell(context: &mut Context, line: &Imported, several: bool) -> Result<(), CliError> {
    if context.out.is_json() {
        return Ok(context.out.json(line)?);
    }
    let twice = match line.twice {
        0 => String::new(),
        twice => format!(", {twice} more than once in it"),
    };
    let skipped = match line.skipped.len() {
        0 => String::new(),
        skipped => format!(", {skipped} skipped"),
    };
    let file = match several {
        true => format!("{}: ", escape::line(&line.file)),
        false => String::new(),
    };
    say(format!("{file}{} new, {} already here{twice}{skipped}", line.new, line.known));
    if line.waiting > 0 {
        let waiting = count(line.waiting, "contribution", "contributions");
        say(format!("{waiting} not taken: what they follow is neither here nor in the file"));
    }
    for refused in line.refused.iter().take(SHOWN) {
        say(styled(format!("refused {}: {}", refused.id, refused.reason), WARNING));
    }
    and_more(line.refused.len());
    remarks("skipped", &line.skipped);
    remarks("changed", &line.notices);
    Ok(())
}

/// Shows the first entries of what would come, and says how many there are of each kind.
pub(super) fn table(context: &mut Context, entries: &[Fitted]) -> Result<(), CliError> {
    if context.out.is_json() || entries.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["line", "kind", "title", "tags"]);
    for fitted in entries.iter().take(ROWS) {
        let place = match &fitted.place.file {
            Some(file) => file.clone(),
            None => fitted.place.line.to_string(),
        };
        let tags: Vec<String> = fitted.tags.iter().map(|tag| format!("#{tag}")).collect();
        table.row([
            Cell::new(&place, FAINT),
            Cell::new(fitted.kind.name(), FAINT),
            Cell::new(&fitted.title, STRONG),
            Cell::new(&tags.join(" "), TAG),
        ]);
    }
    context.out.table(&table)?;
    context.out.flush()?;
    if entries.len() > ROWS {
        say(format!("and {} more", entries.len() - ROWS));
    }
    say(styled("Nothing was written: this shows what would come.", FAINT));
    Ok(())
}

/// A bar for what takes long enough to wonder about, where somebody watches.
pub(super) fn progress(entries: u64) -> ProgressBar {
    if entries < LONG {
        return ProgressBar::hidden();
    }
    // It draws on a terminal only.
    let bar = ProgressBar::with_draw_target(Some(entries), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A place, with what parts it from what is said of it.
pub(super) fn place(file: Option<&str>, line: Option<u64>) -> String {
    match (file.map(escape::line), line) {
        (Some(file), Some(line)) if line > 1 => format!("{file}, line {line}: "),
        (Some(file), _) => format!("{file}: "),
        (None, Some(line)) if line > 0 => format!("line {line}: "),
        _ => String::new(),
    }
}

/// The formats, with what each is.
pub(super) fn formats() -> String {
    let mut text = String::from("commons reads, and takes as --format:");
    for format in Format::ALL {
        text.push_str(&format!("\n  {:12} {}", format.name(), format.description()));
    }
    text
}

/// Says how many more there are than are shown.
pub(super) fn and_more(all: usize) {
    if let Some(more) = all.checked_sub(SHOWN).filter(|more| *more > 0) {
        say(styled(format!("  and {more} more, which --json tells"), FAINT));
    }
}

fn remarks(what: &str, remarks: &[Skipped]) {
    for remark in remarks.iter().take(SHOWN) {
        let place = place(remark.file.as_deref(), remark.line);
        say(format!("  {} {place}{}", styled(what, WARNING), escape::line(&remark.reason)));
    }
    and_more(remarks.len());
}

/// What is told of each sort at most.
pub(super) const SHOWN: usize = 10;

/// Entries that a dry run shows.
const ROWS: usize = 10;

/// Entries that take so long that people look for a sign of life.
const LONG: u64 = 2000;
