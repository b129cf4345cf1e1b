//! What goes to the terminal: data to stdout, talk to stderr, colour only where it is wanted.
//! Tables are beneath; what each verb says is in [`crate::verbs`].

mod pager;
pub(crate) mod screen;
pub(crate) mod table;

pub(crate) use commons_node::escape;
pub(crate) use commons_node::phrases::count;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write};
use unicode_width::UnicodeWidthStr as _;

use commons_node::json;
use pager::Sink;
use table::Table;

/// Looks. They are shown on a terminal that has colours, unless `NO_COLOR` is set.
pub(crate) const ID: Style = AnsiColor::Yellow.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const TAG: Style = AnsiColor::Cyan.on_default();
pub(crate) const MATCH: Style = AnsiColor::Magenta.on_default().bold().underline();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const WRONG: Style = AnsiColor::Red.on_default().bold();

/// The standard output of a verb.
pub(crate) struct Output {
    stdout: BufWriter<Sink>,
    json: bool,
}

impl Output {
    /// The output: for programs where `json` is set, for people where not.
    pub(crate) fn new(json: bool) -> Self {
        Self { stdout: BufWriter::new(Sink::direct()), json }
    }

    /// From now on goes through a pager if it is longer than the screen, unless a program reads it.
    pub(crate) fn page(&mut self) {
        if !self.json {
            self.stdout = BufWriter::new(Sink::paged());
        }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes an object as a line.
    pub(crate) fn json(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.stdout.write_all(json::line(object)?.as_bytes())
    }

    /// Writes a line of our own words; what strangers wrote in it must have been escaped.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.stdout, "{text}")
    }

    /// Writes a line of a label and a value, which must have been escaped. No label: it belongs to
    /// the one above.
    pub(crate) fn field(&mut self, label: &str, value: &str) -> io::Result<()> {
        self.line(format!("{}  {value}", styled(format!("{label:LABEL_COLUMNS$}"), FAINT)))
    }

    /// Writes a table, as wide as the terminal.
    pub(crate) fn table(&mut self, table: &Table) -> io::Result<()> {
        for line in table.lines(width(), FAINT) {
            self.line(line)?;
        }
        Ok(())
    }

    /// Makes sure that everything was written. Each verb ends with it.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// Says a line to the person, on stderr. That nobody listens is no failure.
pub(crate) fn say(text: impl Display) {
    let text = text.to_string();
    if pager::keep(&text) {
        return;
    }
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The standard output for a document: as it is, but on a terminal without what that would obey.
pub(crate) fn data() -> Box<dyn Write> {
    match is_terminal() {
        true => Box::new(Shown { stdout: io::stdout(), line: Vec::new() }),
        false => Box::new(BufWriter::new(io::stdout())),
    }
}

/// A document on a terminal, line by line.
struct Shown {
    stdout: Stdout,
    line: Vec<u8>,
}

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.flush()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let ending = if line.ends_with("\r\n") { "\r\n" } else { "" };
        let text = line.strip_suffix(ending).unwrap_or(&line);
        write!(self.stdout, "{}{ending}", escape::block(text))?;
        self.stdout.flush()
    }
}

/// Whether a person reads the standard output.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The text in a style.
pub(crate) fn styled(text: impl Display, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// So many bytes, for people: `999 bytes`, `184 kB`, `1.2 GB`.
pub(crate) fn size(bytes: u64) -> String {
    let (unit, per) = match bytes {
        0..1_000 => return count(bytes, "byte", "bytes"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let (whole, tenth) = (bytes / per, bytes % per * 10 / per);
    if whole < 10 { format!("{whole}.{tenth} {unit}") } else { count(whole, unit, unit) }
}

/// The text in lines that fit the terminal, broken at blanks; all but the first begin with so many
/// blanks, and there is room for as many before the first.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    wrapped_to(text, indent, width().unwrap_or(usize::MAX))
}

fn wrapped_to(text: &str, indent: usize, columns: usize) -> String {
    let room = columns.saturating_sub(indent).max(LEAST_COLUMNS);
    let (mut out, mut taken) = (String::new(), 0);
    for word in text.split(' ') {
        let width = word.width();
        if taken > 0 && taken + 1 + width > room {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            taken = 0;
        } else if !out.is_empty() {
            out.push(' ');
            taken += 1;
        }
        out.push_str(word);
        taken += width;
    }
    out
}

/// Columns of text that is broken into lines, however narrow the terminal is.
const LEAST_COLUMNS: usize = 20;

/// Columns of the label of a field: those of the longest, `fingerprint`.
const LABEL_COLUMNS: usize = 11;

/// Whether colours are shown on the standard output.
pub(crate) fn can_colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Rows and columns of the terminal, if there is one.
pub(crate) fn size_of() -> Option<(usize, usize)> {
    let (columns, rows) = terminal_size::terminal_size().filter(|_| is_terminal())?;
    Some((usize::from(rows.0), usize::from(columns.0)))
}

/// Columns of the terminal, if there is one.
pub(crate) fn width() -> Option<usize> {
    size_of().map(|(_, columns)| columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_at_blanks_within_the_terminal() {
        let text = "one two three four five six seven";
        assert_eq!(wrapped_to(text, 2, usize::MAX), text);
        assert_eq!(wrapped_to(text, 2, 22), "one two three four\n  five six seven");
        assert_eq!(wrapped_to(text, 2, 0), "one two three four\n  five six seven");
        let long = "a".repeat(30);
        assert_eq!(wrapped_to(&format!("x {long} y"), 1, 20), format!("x\n {long}\n y"));
    }
}
