//! What is taken out: entries in formats that other programs read. Each format is a module with a
//! writer, and [`Format`] names them all; where a file goes, and what may be written over, is for who
//! calls. What brings such files in is another part; the site that people browse is
//! [`crate::archive`].
//!
//! | format | what it keeps |
//! |---|---|
//! | `jsonl` | everything, as `show --json` prints it |
//! | `csv` | a row for each entry, for spreadsheets |
//! | `markdown` | a page for each entry, its fields in front of its text |
//! | `bookmarks` | what has an address, for browsers |
//! | `ical` | sessions with a start, for calendars |
//! | `feed` | an Atom feed |
//! | `datapackage` | a typed table for each kind, with licences and contributors |

pub mod bookmarks;
pub mod csv;
pub mod datapackage;
pub mod feed;
mod format;
pub mod ical;
pub mod item;
pub mod markdown;

use std::io;

use crate::store::{Store, StoreError, Summary};

pub use format::Format;
pub use item::Item;

/// Why something was not taken out.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The place it was to be written to.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a call gives here.
pub type Result<T> = std::result::Result<T, ExportError>;

/// How many entries were written, and how many the format has no place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Entries that are in the output.
    pub written: u64,
    /// Entries that were asked for and are not, such as one without an address among bookmarks.
    pub left_out: u64,
}

impl Exported {
    /// Notes an entry.
    pub fn note(&mut self, is_written: bool) {
        match is_written {
            true => self.written += 1,
            false => self.left_out += 1,
        }
    }
}

/// The entries to take out, whole, one after another: what was erased since it was listed is passed
/// over.
pub fn items<'a>(
    store: &'a Store,
    entries: &'a [Summary],
) -> impl Iterator<Item = Result<Item>> + 'a {
    entries.iter().filter_map(|summary| match store.entry(&summary.id) {
        Ok(Some(view)) => Some(Ok(Item::new(view))),
        Ok(None) => None,
        Err(error) => Some(Err(error.into())),
    })
}

/// What a table calls the licence, the state and so on, and how a cell of several lines is cut into
/// its items again.
pub(crate) fn lines(items: &[String]) -> String {
    let one_line = |item: &String| item.split_whitespace().collect::<Vec<_>>().join(" ");
    items.iter().map(one_line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
pub(crate) mod tests;
