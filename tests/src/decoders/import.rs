//! Files of other programs, which anybody may have made.

use std::sync::LazyLock;

use commons_node::decoders;
use commons_node::import::{Format, html, source};
use commons_proto::edit::{Edit, Value};
use commons_proto::limits::{LINE_CHARS, TAG_CHARS, TIME_END};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::contributions::signed;

/// A file in a format. The first byte says in which; the others are the file.
pub(super) fn import(bytes: &[u8]) {
    let Some((which, file)) = bytes.split_first() else { return };
    let _ = Format::of(file, None);
    let format = Format::ALL[usize::from(*which) % Format::ALL.len()];
    for (source, kind, edits) in decoders::import(format, file, &NOON).into_iter().flatten() {
        assert!(source::is_source(&source), "{source} is a source");
        assert_eq!(source::kept_whole(&source), source, "it stays what it is");
        assert!(edits.iter().all(holds), "{edits:?}");
        assert!(edits.iter().any(|edit| is_source(edit, &source)), "it is kept");
        assert!(signed(kind, edits).is_some(), "it can be signed");
    }
    if let Ok(text) = str::from_utf8(file) {
        let markdown = html::to_markdown(text);
        assert!(markdown.len() <= 64 + text.len() * GROWTH, "{} of {}", markdown.len(), text.len());
        let once = source::normalised(text);
        assert_eq!(source::normalised(&once), once, "an address is brought to its form once");
    }
}

fn is_source(edit: &Edit, source: &str) -> bool {
    let value = Some(Value::from(source));
    *edit == Edit::Set { field: "source".to_owned(), value }
}

/// Whether what an edit writes is what a person could have typed.
fn holds(edit: &Edit) -> bool {
    match edit {
        Edit::Set { field, value: Some(Value::Text(text)) } if field == "text" => is_block(text),
        Edit::Set { value: Some(Value::Text(text)), .. } => is_line(text, LINE_CHARS),
        Edit::Set { value: Some(Value::Number(time)), .. } => {
            u64::try_from(*time).is_ok_and(|time| time < TIME_END)
        }
        Edit::Add { field, item: Value::Text(tag) } if field == "tags" => is_line(tag, TAG_CHARS),
        Edit::Add { item: Value::Text(text), .. } => is_line(text, LINE_CHARS),
        Edit::Splice { insert, .. } => is_block(insert),
        _ => false,
    }
}

fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= most
        && commons_node::escape::line(text) == text
}

fn is_block(text: &str) -> bool {
    !text.trim().is_empty() && commons_node::escape::block(text) == text
}

/// How many times as long Markdown may be as the HTML that it says: a short tag may end deep within
/// lists and quotations, each of which begins every line.
const GROWTH: usize = 64;

static NOON: LazyLock<Zoned> = LazyLock::new(|| {
    let now = Timestamp::from_second(1_795_345_200).expect("a time of our days");
    now.to_zoned(TimeZone::UTC)
});
