//! What a person types or an editor saves, and how a stranger's words are shown.

use std::sync::LazyLock;

use commons_cli::decoders;
use commons_node::personal::personal;
use commons_proto::edit::Value;
use commons_proto::entry::{State, Step, Wanted, changes};
use commons_proto::kind::{FieldType, FieldValue, Kind};
use commons_proto::limits::{LINE_CHARS, TAG_CHARS, TIME_END};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::contributions::signed;

/// A text in the place of everything that can be typed.
pub(super) fn typed(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for kind in Kind::KNOWN {
        for field in kind.fields() {
            let wanted = match field.field_type {
                FieldType::Set => decoders::added(&kind, field.name, text),
                FieldType::Single | FieldType::Prose => {
                    decoders::assigned(&kind, &format!("{}={text}", field.name))
                }
            };
            let Ok(wanted) = wanted else { continue };
            holds(&kind, field.name, field.value, &wanted);
        }
    }
    let _ = decoders::assigned(&Kind::Idea, text);
    if let Ok(Some(line)) = decoders::summary(text)
        && !line.is_empty()
    {
        is_a_line(&line, LINE_CHARS);
    }
    for (_, words) in personal(text) {
        assert!(text.contains(&words), "{words:?} is in it");
    }
    let words: Vec<&str> = text.lines().collect();
    let _ = decoders::is_command(&words);
}

/// A time as typed.
pub(super) fn time(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    assert_ne!(decoders::duration(text), Some(0));
    let Ok(seconds) = decoders::time(text, &NOON) else { return };
    assert!(seconds < TIME_END, "a time that cannot be signed is refused");
    let [rfc3339, ..] = decoders::shown_time(seconds, NOW);
    assert_eq!(decoders::time(&rfc3339, &NOON), Ok(seconds), "{text} is {rfc3339}");
}

/// A stranger's words, and what an editor saved.
pub(super) fn shown(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let [line, block, json] = decoders::harmless(&text);
    assert!(!line.chars().any(obeys), "{line:?}");
    assert!(!block.chars().any(|letter| obeys(letter) && !"\n\t".contains(letter)), "{block:?}");
    assert!(!json.chars().any(obeys), "{json:?}");
    assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
    assert_eq!(decoders::harmless(&line)[0], line, "what is harmless stays");
    let written = decoders::written(&text);
    assert!(!written.contains('\r') && !written.starts_with('\n'), "{written:?}");
    assert_eq!(written.trim_end(), written);
    if let Some(seconds) = bytes.first_chunk().copied().map(u64::from_be_bytes) {
        assert!(decoders::shown_time(seconds, NOW).iter().all(|shown| !shown.is_empty()));
        let _ = decoders::shown_time(NOW, seconds);
    }
}

/// Whether a terminal might obey it, or text after it be turned round.
fn obeys(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is wanted can be signed, shows what was wanted, and is within its limits.
fn holds(kind: &Kind, field: &str, value: FieldValue, wanted: &Wanted) {
    let edits = changes(kind, &State::default(), wanted);
    let Some(record) = signed(kind.clone(), edits) else { return };
    let mut state = State::default();
    state.fold(kind, Step { record: &record, shape: None });
    assert!(changes(kind, &state, wanted).is_empty(), "it is like that already");
    for held in state.single(field).into_iter().chain(state.set(field)) {
        match (value, held) {
            (FieldValue::Text, Value::Text(text)) if field == "tags" => is_a_line(text, TAG_CHARS),
            // What people say may have several lines.
            (FieldValue::Text, Value::Text(text)) if ["text", "about"].contains(&field) => {
                assert!(!text.trim().is_empty());
                assert_eq!(decoders::harmless(text)[1], *text);
            }
            (FieldValue::Text, Value::Text(text)) => is_a_line(text, LINE_CHARS),
            (FieldValue::Time, Value::Number(time)) => assert!(*time >= 0),
            (FieldValue::Entry, Value::Entry(_)) => {}
            other => panic!("{field} holds {other:?}"),
        }
    }
}

/// Nothing invisible, white space drawn together, not empty, not too long.
fn is_a_line(line: &str, most: usize) {
    assert!(!line.is_empty() && line.chars().count() <= most, "{line:?}");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>().join(" "), line);
    assert_eq!(decoders::harmless(line)[0], line);
}

/// Any time does.
const NOW: u64 = 1_795_345_200;

static NOON: LazyLock<Zoned> = LazyLock::new(|| {
    let now = Timestamp::from_second(NOW.cast_signed()).expect("a time of our days");
    now.to_zoned(TimeZone::UTC)
});
