//! What a reader makes of one thing in a foreign file, before it is checked: [`super::fit`] makes an
//! entry of it. A reader writes what it finds in the fields that it is meant for, whatever kind it will be.

use std::collections::BTreeMap;

use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

/// One thing in a foreign file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// Where it begins.
    pub place: Place,
    /// What kind the file says or its fields suggest.
    pub kind: Option<Kind>,
    /// What the place that it comes from calls it, in the form of [`super::source`]. If it has none, one
    /// is made of what it holds.
    pub source: Option<String>,
    /// Who made it, as the file says.
    pub by: Option<String>,
    /// Its title.
    pub title: String,
    /// Its text, in Markdown.
    pub body: String,
    /// Fields of one line, by the names that kinds have for them.
    pub lines: BTreeMap<&'static str, String>,
    /// Times in seconds since 1970 UTC, by the names of their fields.
    pub times: BTreeMap<&'static str, u64>,
    /// Fields of several lines.
    pub sets: BTreeMap<&'static str, Vec<String>>,
    /// Entries that it refers to.
    pub entries: BTreeMap<&'static str, Vec<EntryId>>,
    /// What of it was left out or changed.
    pub notices: Vec<String>,
}

/// A place in what is brought in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The file, where there are several.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: u64,
}

/// Something that is told of a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// What.
    pub text: String,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    /// What can be taken.
    pub items: Vec<Item>,
    /// What cannot, and why.
    pub skipped: Vec<Remark>,
    /// What is to be said of the file as a whole.
    pub notices: Vec<String>,
}

impl Remark {
    /// Something told of a place, cut to what people read: it may quote a stranger at length.
    pub fn new(place: Place, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.len() > REMARK_BYTES {
            text.truncate(text.floor_char_boundary(REMARK_BYTES));
            text.push('…');
        }
        Self { place, text }
    }
}

impl Item {
    /// One that begins at this line.
    pub fn at(line: u64) -> Self {
        Self { place: Place { file: None, line }, ..Self::default() }
    }

    /// Gives a field of one line this value, unless that is empty or it has one.
    pub fn set_line(&mut self, field: &'static str, value: &str) -> &mut Self {
        let value = value.trim();
        if !value.is_empty() && !self.lines.contains_key(field) {
            self.lines.insert(field, value.to_owned());
        }
        self
    }

    /// Puts an item into a set.
    pub fn add(&mut self, field: &'static str, item: &str) -> &mut Self {
        let item = item.trim();
        if !item.is_empty() {
            self.sets.entry(field).or_default().push(item.to_owned());
        }
        self
    }

    /// Adds a paragraph to the body.
    pub fn add_text(&mut self, text: &str) -> &mut Self {
        let text = text.trim_end();
        if !text.trim().is_empty() {
            if !self.body.is_empty() {
                self.body.push_str("\n\n");
            }
            self.body.push_str(text);
        }
        self
    }

    /// Says that something of it was left out or changed.
    pub fn notice(&mut self, text: impl Into<String>) -> &mut Self {
        if self.notices.len() < NOTICES {
            self.notices.push(Remark::new(Place::default(), text).text);
        }
        self
    }
}

impl Contents {
    /// Says that something cannot be taken.
    pub fn skip(&mut self, line: u64, why: impl Into<String>) {
        let place = Place { file: None, line };
        self.skipped.push(Remark::new(place, why));
    }

    /// Whether there is more in it than is taken from one file.
    pub fn is_too_much(&self) -> bool {
        self.items.len() + self.skipped.len() > ITEMS
    }
}

/// The lines of a text, by the place in it.
#[derive(Debug, Default)]
pub(super) struct LineNumbers(Vec<usize>);

impl LineNumbers {
    pub(super) fn of(text: &[u8]) -> Self {
        Self(memchr::memchr_iter(b'\n', text).collect())
    }

    /// The line that holds the byte at this place, from 1.
    pub(super) fn at(&self, place: usize) -> u64 {
        self.0.partition_point(|end| *end < place) as u64 + 1
    }
}

/// Items of a file at most: ten times as many as the largest collection of bookmarks that people are
/// known to keep, and in memory all at once.
pub const ITEMS: usize = 250_000;

/// Bytes of a remark at most: some lines on a terminal.
const REMARK_BYTES: usize = 400;

/// Notices of one item at most.
const NOTICES: usize = 16;
