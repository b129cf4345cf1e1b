//! A row for each entry, for spreadsheets. Every kind has the same columns; several values of one
//! cell stand on lines of their own.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@` or a tab for a formula, and a
//! stranger's formula may fetch and send. Such a cell has a `'` in front, which spreadsheets take for
//! "this is text". [`unguarded`] takes it away again.

use std::borrow::Cow;
use std::io::Write;

use super::item::time_text;
use super::{Exported, Item, Result, lines};

/// The columns, in their order.
pub const COLUMNS: &[&str] = &[
    "id",
    "kind",
    "title",
    "url",
    "tags",
    "author",
    "name",
    "created",
    "changed",
    "licence",
    "status",
    "about",
    "start",
    "end",
    "place",
    "workstream",
    "leads",
    "published",
    "format",
    "repository",
    "demo",
    "skills",
    "interests",
    "ideas",
    "links",
    "role",
    "source",
    "versions",
    "authors",
    "body",
];

/// Writes the table.
pub fn write(items: impl Iterator<Item = Result<Item>>, out: &mut impl Write) -> Result<Exported> {
    let mut rows = ::csv::WriterBuilder::new().from_writer(out);
    let mut exported = Exported::default();
    rows.write_record(COLUMNS).map_err(io_error)?;
    for item in items {
        let item = item?;
        let cells = COLUMNS.iter().map(|column| guarded(cell(&item, column)).into_owned());
        rows.write_record(cells).map_err(io_error)?;
        exported.note(true);
    }
    rows.flush()?;
    Ok(exported)
}

/// The text as a spreadsheet takes it for text.
pub fn guarded<'t>(text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
    let text = text.into();
    // What has a guard already gets another, so that taking one away gives what there was.
    if text.trim_start_matches('\'').starts_with(FORMULA) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

/// The text without the guard that [`guarded`] put in front.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(FORMULA) => rest,
        _ => text,
    }
}

fn cell(item: &Item, column: &str) -> String {
    let summary = item.summary();
    let text = |field| item.text(field).unwrap_or_default().to_owned();
    let time = |field| item.time(field).map(time_text).unwrap_or_default();
    match column {
        "id" => item.id(),
        "kind" => summary.kind.name().to_owned(),
        "title" => summary.title.clone(),
        "tags" => lines(&summary.tags),
        "author" => summary.author.to_string(),
        "name" => summary.name.clone().unwrap_or_default(),
        "created" => time_text(summary.created),
        "changed" => time_text(summary.changed),
        "licence" => summary.licence.clone().unwrap_or_default(),
        "about" => item.entry("about").map(|entry| entry.to_string()).unwrap_or_default(),
        "start" | "end" | "published" => time(column),
        "leads" | "skills" | "interests" | "ideas" | "links" => lines(&item.set(column)),
        "versions" => summary.versions.to_string(),
        "authors" => summary.authors.to_string(),
        "body" => item.body(),
        single => text(single),
    }
}

/// What the writer of rows says, by its cause: but for the file nothing can fail, as all rows have one
/// length.
pub(super) fn io_error(error: ::csv::Error) -> std::io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

/// What a spreadsheet takes for the beginning of a formula, also in its wide form.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_nothing_is_lost() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''-", "＝1"] {
            let guarded = guarded(text);
            assert!(guarded.starts_with('\''), "{text}");
            assert_eq!(unguarded(&guarded), text);
        }
        for text in ["", "a=1", "'tis a text", "it's", "''", " ="] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }
}
