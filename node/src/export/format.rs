//! The formats by name, and writing entries in the one that is asked for, into one file.

use std::io::Write;

use super::{Exported, Item, Result, bookmarks, csv, datapackage, feed, ical, items, markdown};
use crate::json;
use crate::store::{Store, Summary};

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An object for each entry, with everything.
    Jsonl,
    /// A table for spreadsheets.
    Csv,
    /// A page for each entry with its fields in front.
    Markdown,
    /// What has an address on the web, for browsers and bookmark services.
    Bookmarks,
    /// Sessions that have a start, for calendars.
    Ical,
    /// A feed.
    Atom,
    /// A Frictionless Data Package.
    Datapackage,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 7] = [
        Self::Jsonl,
        Self::Csv,
        Self::Markdown,
        Self::Bookmarks,
        Self::Ical,
        Self::Atom,
        Self::Datapackage,
    ];

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name, as people ask for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Bookmarks => "bookmarks",
            Self::Ical => "ical",
            Self::Atom => "atom",
            Self::Datapackage => "datapackage",
        }
    }

    /// How the names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Bookmarks => "html",
            Self::Ical => "ics",
            Self::Atom => "atom",
            Self::Datapackage => "datapackage.json",
        }
    }

    /// What such a file is, for browsers.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jsonl => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Bookmarks => "text/html; charset=utf-8",
            Self::Ical => "text/calendar; charset=utf-8",
            Self::Atom => "application/atom+xml",
            Self::Datapackage => "application/json",
        }
    }

    /// Which entries it has no place for.
    pub fn lacks(self) -> &'static str {
        match self {
            Self::Bookmarks => "without an address on the web",
            Self::Ical => "without a start",
            _ => "that only a newer commons can show",
        }
    }

    /// Writes these entries; `commons` is what the whole is called.
    pub fn write(
        self,
        store: &Store,
        commons: &str,
        entries: &[Summary],
        out: &mut impl Write,
    ) -> Result<Exported> {
        let items = items(store, entries);
        match self {
            Self::Jsonl => write_lines(store, items, out),
            Self::Csv => csv::write(items, out),
            Self::Markdown => markdown::write(items, out),
            Self::Bookmarks => bookmarks::write(commons, items, out),
            Self::Ical => ical::write(commons, items, out),
            Self::Atom => feed::write(commons, items, out),
            Self::Datapackage => datapackage::write(commons, items, out),
        }
    }
}

/// The lines of `show --json`.
fn write_lines(
    store: &Store,
    items: impl Iterator<Item = Result<Item>>,
    out: &mut impl Write,
) -> Result<Exported> {
    let mut exported = Exported::default();
    for item in items {
        let line = json::line(&json::Entry::of(store, item?.view())?)?;
        out.write_all(line.as_bytes())?;
        exported.note(true);
    }
    Ok(exported)
}
