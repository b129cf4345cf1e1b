//! How what a person types is read, and how a stranger's words are made harmless: a function each,
//! without a home or a terminal. Only tests call it, which make up arbitrary text.

use clap::Parser as _;
use commons_node::compose::{self, Changes, Refused};
use commons_node::find::FindError;
use commons_node::when;
use commons_proto::entry::{State, Wanted};
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use jiff::Zoned;
use serde::Serialize as _;

use crate::args::Args;
use crate::compose::{assign, text};
use crate::output::escape::{self, JsonFormatter};

/// Whether these words are a command.
pub fn is_command(words: &[&str]) -> bool {
    Args::try_parse_from([&["commons"], words].concat()).is_ok()
}

/// What is wanted of an entry of this kind where `FIELD=VALUE` was typed; or the sentence that
/// refuses it.
pub fn assigned(kind: &Kind, typed: &str) -> Result<Wanted, String> {
    let mut changes = Changes::default();
    assign(&mut changes, &[typed.to_owned()]).map_err(|error| error.message().to_owned())?;
    changes.wanted(kind, &State::default(), &any_entry).map_err(sentence)
}

/// What is wanted of an entry of this kind where an item was typed to be put into a set; or the
/// sentence that refuses it.
pub fn added(kind: &Kind, field: &'static str, typed: &str) -> Result<Wanted, String> {
    let mut changes = Changes::default();
    changes.add(field, &[typed.to_owned()]);
    changes.wanted(kind, &State::default(), &any_entry).map_err(sentence)
}

/// The line that says why, as typed.
pub fn summary(typed: &str) -> Result<Option<String>, String> {
    compose::summary(&Some(typed.to_owned())).map_err(sentence)
}

/// The time that was typed, in seconds since 1970 UTC.
pub fn time(typed: &str, now: &Zoned) -> Result<u64, String> {
    when::parse(typed, now)
}

/// How long something takes, as typed, in seconds.
pub fn duration(typed: &str) -> Option<u64> {
    when::duration(typed)
}

/// A time as it is shown, in all ways; as JSON has it first.
pub fn shown_time(seconds: u64, now: u64) -> [String; 5] {
    let (day, clock) = (when::day(seconds), when::clock(seconds));
    [when::rfc3339(seconds), when::local(seconds), when::ago(seconds, now), day, clock]
}

/// What a person wrote, of all that an editor saved.
pub fn written(saved: &str) -> String {
    text::written(saved)
}

/// A text as a terminal shows it in a line and in a block, and as JSON has it.
pub fn harmless(text: &str) -> [String; 3] {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, JsonFormatter);
    let written = text.serialize(&mut serializer);
    written.expect("a text has a JSON form");
    let json = String::from_utf8(json).expect("JSON is UTF-8");
    [escape::line(text).into_owned(), escape::block(text).into_owned(), json]
}

/// Every id means an entry.
fn any_entry(_: &str) -> Result<EntryId, FindError> {
    Ok(EntryId([7; 32]))
}

fn sentence(refused: Refused) -> String {
    refused.to_string()
}
