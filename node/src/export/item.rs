//! An entry as the writers of formats ask for it: by the name of a field, whatever the kind.

use commons_proto::edit::Value;
use commons_proto::id::EntryId;
use commons_proto::kind::{FieldType, Kind};

use crate::render::markdown;
use crate::store::{EntryView, Summary};
use crate::when;

/// An entry that is taken out.
#[derive(Debug, Clone)]
pub struct Item {
    view: EntryView,
}

impl Item {
    /// The item that this entry makes.
    pub fn new(view: EntryView) -> Self {
        Self { view }
    }

    /// As in a list.
    pub fn summary(&self) -> &Summary {
        &self.view.summary
    }

    /// The entry, whole.
    pub fn view(&self) -> &EntryView {
        &self.view
    }

    /// The kind.
    pub fn kind(&self) -> &Kind {
        &self.view.summary.kind
    }

    /// The id, in full.
    pub fn id(&self) -> String {
        self.view.summary.id.to_string()
    }

    /// The text of a single-valued field, if there is one in it.
    pub fn text(&self, field: &str) -> Option<&str> {
        let text = self.view.state.single(field)?.as_text()?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// The time in a field, in seconds since 1970 UTC.
    pub fn time(&self, field: &str) -> Option<u64> {
        match self.view.state.single(field)? {
            Value::Number(seconds) => u64::try_from(*seconds).ok(),
            _ => None,
        }
    }

    /// The entry in a field.
    pub fn entry(&self, field: &str) -> Option<EntryId> {
        match self.view.state.single(field)? {
            Value::Entry(entry) => Some(*entry),
            _ => None,
        }
    }

    /// The items of a set as text, sorted.
    pub fn set(&self, field: &str) -> Vec<String> {
        self.view.state.set(field).map(ToString::to_string).collect()
    }

    /// What it says at length: its body, its text, or what a person says of themselves.
    pub fn body(&self) -> String {
        let prose = self.view.state.prose("body");
        if !prose.is_empty() {
            return prose;
        }
        let field = match self.kind() {
            Kind::Person => "about",
            _ => "text",
        };
        self.text(field).unwrap_or_default().to_owned()
    }

    /// The same without the marks of Markdown.
    pub fn unmarked(&self) -> String {
        let prose = self.view.state.prose("body");
        if prose.is_empty() { self.body() } else { markdown::unmarked(&prose) }
    }

    /// How that begins: at most about so many bytes, on one line, cut between words.
    pub fn beginning(&self, bytes: usize) -> String {
        let prose = self.view.state.prose("body");
        match prose.is_empty() {
            true => beginning(&self.body(), bytes),
            false => {
                let enough = prose.floor_char_boundary(bytes.saturating_mul(MARKED));
                beginning(&markdown::unmarked(&prose[..enough]), bytes)
            }
        }
    }

    /// Whether a field has nothing in it.
    pub fn is_empty(&self, field: &str) -> bool {
        self.view.state.single(field).is_none()
            && self.view.state.set(field).next().is_none()
            && self.view.state.prose(field).is_empty()
    }

    /// Its addresses on the web, the main one first, each with the field that it is in, and each
    /// once. Only `http` and `https`: a browser obeys others, such as `javascript:`.
    pub fn addresses(&self) -> Vec<(&'static str, String)> {
        let mut found: Vec<(&'static str, String)> = Vec::new();
        for field in self.kind().fields() {
            let texts = match (field.field_type, field.name) {
                (FieldType::Single, "url" | "repository" | "demo") => {
                    self.text(field.name).map(str::to_owned).into_iter().collect()
                }
                (FieldType::Set, "links") => self.set("links"),
                _ => continue,
            };
            for text in texts {
                let text = text.trim();
                if is_address(text) && !found.iter().any(|(_, held)| held == text) {
                    found.push((field.name, text.to_owned()));
                }
            }
        }
        // The field `links` stands before others in some kinds.
        found.sort_by_key(|(field, _)| *field == "links");
        found
    }
}

/// Whether a text is an address on the web that can be followed without harm.
pub fn is_address(text: &str) -> bool {
    let begins = |scheme: &str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            && text.len() > scheme.len()
    };
    (begins("http://") || begins("https://"))
        && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control())
}

/// A time as tables have it: RFC 3339 in UTC, whole seconds, at most the last of the year 9999.
pub fn time_text(seconds: u64) -> String {
    when::rfc3339(seconds.min(LAST_SECOND))
}

/// The beginning of a text on one line, cut between words.
fn beginning(text: &str, bytes: usize) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if words.len() + word.len() > bytes {
            if words.is_empty() {
                words.extend(word.chars().take(bytes / 4));
            }
            words.push_str(" …");
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    words
}

/// How many times as long a text may be with the marks of Markdown as without.
const MARKED: usize = 16;

/// The last second that every calendar program holds: 9999-12-30T21:59:59Z.
const LAST_SECOND: u64 = 253_402_207_199;
