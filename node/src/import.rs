//! Bringing in what other programs wrote: from the bytes of a file to entries of one's own. What is read is
//! a stranger's, so sizes, counts and depths are bounded before memory is spent, and a broken part costs
//! only itself.
//!
//! | module | what lives there |
//! |---|---|
//! | `charset` | from bytes to text |
//! | `bookmarks`, `feed`, `calendar`, `table`, `markdown`, `entries`, `urls`, `datapackage` | a reader for each format |
//! | `columns` | what names of columns and keys mean |
//! | `html` | HTML to Markdown |
//! | [`item`] | what the readers make |
//! | [`source`] | what the place it comes from calls a thing, so that it is known again |
//! | [`fit`] | from what was read to an entry, by the checks of typed ones |
//! | [`mod@write`] | signing and storing many at once |
//!
//! Bundles, which hold signed contributions, are in [`crate::bundle`].

mod bookmarks;
mod calendar;
mod charset;
pub mod columns;
mod datapackage;
mod entries;
mod feed;
pub mod fit;
pub mod html;
pub mod item;
mod markdown;
pub mod source;
mod table;
mod urls;
pub mod write;

use std::path::Path;

use commons_proto::kind::Kind;
use jiff::Zoned;

use item::{Contents, ITEMS};

/// A format that can be brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Signed contributions: see [`crate::bundle`].
    Bundle,
    /// Netscape bookmark files.
    Bookmarks,
    /// RSS, Atom and JSON Feed.
    Feed,
    /// iCalendar.
    Calendar,
    /// Tables with headers.
    Csv,
    /// A page with front matter.
    Markdown,
    /// JSON Lines of our own.
    Jsonl,
    /// A list of addresses.
    Urls,
    /// A Data Package.
    DataPackage,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be read as {}: {why}", format.description())]
pub struct ReadError {
    /// As what it was read.
    pub format: Format,
    /// What is wrong.
    pub why: String,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Bookmarks,
        Self::Feed,
        Self::Calendar,
        Self::Csv,
        Self::Markdown,
        Self::Jsonl,
        Self::Urls,
        Self::DataPackage,
        Self::Bundle,
    ];

    /// Its name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Bookmarks => "bookmarks",
            Self::Feed => "feed",
            Self::Calendar => "ical",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
            Self::Jsonl => "jsonl",
            Self::Urls => "urls",
            Self::DataPackage => "datapackage",
        }
    }

    /// What it is, for people.
    pub fn description(self) -> &'static str {
        match self {
            Self::Bundle => "a bundle (CAR)",
            Self::Bookmarks => "a bookmark file of a browser or bookmark service (HTML)",
            Self::Feed => "a feed (RSS, Atom, JSON Feed)",
            Self::Calendar => "a calendar (iCalendar)",
            Self::Csv => "a table (CSV with headers)",
            Self::Markdown => "Markdown with front matter",
            Self::Jsonl => "entries as commons prints them (JSON Lines)",
            Self::Urls => "a list of addresses",
            Self::DataPackage => "a Data Package (datapackage.json)",
        }
    }

    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a file, by what is in it; where that does not tell, by its name.
    pub fn of(bytes: &[u8], name: Option<&Path>) -> Option<Self> {
        by_content(bytes).or_else(|| by_name(name?))
    }
}

/// What the file holds. `name` is what it is called, `now` says how times without a zone are meant.
pub fn read(
    format: Format,
    bytes: &[u8],
    name: Option<&str>,
    now: &Zoned,
) -> Result<Contents, ReadError> {
    let error = |why: String| ReadError { format, why };
    if bytes.len() > FILE_BYTES {
        return Err(error(format!("it has {} bytes; at most {FILE_BYTES} are read", bytes.len())));
    }
    let (text, charset) = charset::text(bytes);
    let mut contents = match format {
        Format::Bundle => Err("it is for commons import alone".to_owned()),
        Format::Bookmarks => Ok(bookmarks::read(&text)),
        Format::Feed => feed::read(bytes),
        Format::Calendar => Ok(calendar::read(&text, now)),
        Format::Csv => table::read(&text, now),
        Format::Markdown => Ok(markdown::read(&text, name, now)),
        Format::Jsonl => Ok(entries::read(&text, now)),
        Format::Urls => Ok(urls::read(&text)),
        Format::DataPackage => datapackage::read(&text, now),
    }
    .map_err(error)?;
    if contents.is_too_much() {
        return Err(error(format!("it has over {ITEMS} entries; split it")));
    }
    if let Some(charset) = charset {
        contents.notices.push(format!("it is not UTF-8, so it was read as {charset}"));
    }
    Ok(contents)
}

/// The tables beside a Data Package that hold what can be brought in: of which kind, and where, as a path
/// within the folder of the package.
pub fn tables_of_package(bytes: &[u8]) -> Vec<(Kind, String)> {
    datapackage::tables(&charset::text(bytes).0)
}

fn by_content(bytes: &[u8]) -> Option<Format> {
    if is_car(bytes) {
        return Some(Format::Bundle);
    }
    let (text, _) = charset::text(&bytes[..bytes.len().min(HEAD)]);
    // The head may end within a line.
    let text = match text.rfind('\n') {
        Some(end) if bytes.len() > HEAD => &text[..end],
        _ => &text[..],
    };
    let start = text.trim_start();
    let lower = start.get(..start.floor_char_boundary(MARKS)).unwrap_or_default().to_lowercase();
    if lower.starts_with("begin:vcalendar") {
        return Some(Format::Calendar);
    }
    if lower.contains("netscape-bookmark-file")
        || lower.contains("<dt><a ")
        || lower.contains("<dt><h3")
    {
        return Some(Format::Bookmarks);
    }
    if lower.starts_with('<') {
        let is_feed =
            ["<rss", "<feed", "<rdf:rdf", "<atom:feed"].iter().any(|root| lower.contains(root));
        return is_feed.then_some(Format::Feed);
    }
    if lower.starts_with('{') {
        if start.lines().next().is_some_and(entries::is_entry) {
            return Some(Format::Jsonl);
        }
        let (whole, _) = charset::text(bytes);
        if lower.contains("jsonfeed.org") {
            return Some(Format::Feed);
        }
        return datapackage::is_package(&whole).then_some(Format::DataPackage);
    }
    if markdown::has_front_matter(start) {
        return Some(Format::Markdown);
    }
    if urls::is_list(text) {
        return Some(Format::Urls);
    }
    table::is_table(text).then_some(Format::Csv)
}

fn by_name(name: &Path) -> Option<Format> {
    let extension = name.extension()?.to_str()?.to_lowercase();
    Some(match extension.as_str() {
        "car" => Format::Bundle,
        "ics" | "ical" => Format::Calendar,
        "rss" | "atom" => Format::Feed,
        "csv" | "tsv" => Format::Csv,
        "md" | "markdown" => Format::Markdown,
        "jsonl" | "ndjson" => Format::Jsonl,
        _ => return None,
    })
}

/// Whether it begins as a CAR file: a length, then a map in DAG-CBOR whose first key is `roots`.
fn is_car(bytes: &[u8]) -> bool {
    let header = &bytes[..bytes.len().min(16)];
    header.windows(CAR_MARK.len()).any(|part| part == CAR_MARK)
}

const CAR_MARK: &[u8] = b"\xa2\x65roots";

/// Bytes of a file at most: a hundred thousand long bookmarks. All of it is in memory, and what is read
/// of it several times over.
pub const FILE_BYTES: usize = 64 * 1024 * 1024;

/// Bytes that are looked at to tell a format.
pub const HEAD: usize = 64 * 1024;

/// Bytes in which the marks of a format are looked for.
const MARKS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_what_is_in_the_file() {
        for (text, format) in [
            ("<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>x</TITLE>", Some(Format::Bookmarks)),
            ("<DL><p><DT><A HREF=\"https://example.org\">x</A>", Some(Format::Bookmarks)),
            ("<?xml version=\"1.0\"?>\n<rss version=\"2.0\">", Some(Format::Feed)),
            ("\u{feff}<feed xmlns=\"http://www.w3.org/2005/Atom\">", Some(Format::Feed)),
            ("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}", Some(Format::Feed)),
            ("BEGIN:VCALENDAR\r\nVERSION:2.0", Some(Format::Calendar)),
            ("title,url\nx,https://example.org", Some(Format::Csv)),
            ("---\ntitle: x\n---\ntext", Some(Format::Markdown)),
            ("{\"kind\":\"idea\",\"fields\":{}}\n", Some(Format::Jsonl)),
            ("https://example.org\n", Some(Format::Urls)),
            ("{\n\"resources\":[{\"name\":\"a\",\"path\":\"a.csv\"}]}", Some(Format::DataPackage)),
            (":\u{1}", None),
            ("", None),
            ("Shopping list: soap", None),
            ("<html><body>Hello</body></html>", None),
            ("{}", None),
        ] {
            assert_eq!(Format::of(text.as_bytes(), None), format, "{text}");
        }
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("title;text\nx;y".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(Format::of(&utf16, None), Some(Format::Csv));
        assert_eq!(Format::of(b":\xa2\x65roots\x81", None), Some(Format::Bundle));
        assert_eq!(Format::of(b"# Soap", Some(Path::new("a.MD"))), Some(Format::Markdown));
    }
}
