//! From what a person types to the thing: most of it is in `commons_node::find`, which the board uses,
//! too. Here is what needs the surroundings of a verb or a terminal.

use commons_node::query::Query;
use commons_node::store::{Filter, Store, Summary};
use commons_proto::edit::Value;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use jiff::Zoned;

use crate::context::Context;
use crate::error::CliError;
use crate::output::escape;

pub(crate) use commons_node::find::{entry, unknown};
pub(crate) use commons_node::names::{person, person_name, short_author};

/// The author that is meant: by name, by the beginning of their key, by did:key, or `me`.
pub(crate) fn author(store: &Store, typed: &str, context: &Context) -> Result<Author, CliError> {
    if typed.trim() == "me" {
        return Ok(context.key()?.author());
    }
    Ok(commons_node::find::author(store, typed, None)?)
}

/// The entries that the words of a QUERY ask for. Where there are several words, one that was typed
/// in quotation marks is a phrase.
pub(crate) fn filter(
    typed: &[String],
    store: &Store,
    context: &Context,
) -> Result<Filter, CliError> {
    Ok(query(typed)?.filter(store, context.me())?)
}

/// What the words of a QUERY say.
pub(crate) fn query(typed: &[String]) -> Result<Query, CliError> {
    let text = match typed {
        [whole] => whole.clone(),
        words => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    };
    Ok(Query::parse(&text, &Zoned::now())?)
}

/// A word as it was typed: the shell has taken the quotation marks off.
fn quoted(word: &str) -> String {
    if !word.contains(char::is_whitespace) || word.contains('"') {
        return word.to_owned();
    }
    match word.split_once(':') {
        Some((field, value)) if !field.contains(char::is_whitespace) => {
            format!("{field}:\"{value}\"")
        }
        _ => match word.strip_prefix('-') {
            Some(word) => format!("-\"{word}\""),
            None => format!("\"{word}\""),
        },
    }
}

/// The title of an entry for a line that refers to it, if it is here.
pub(crate) fn title(store: &Store, entry: &EntryId) -> Result<Option<String>, CliError> {
    let summary = store.summary(entry)?;
    Ok(summary.map(|summary| match summary.muted {
        true => format!("{} (muted)", summary.short),
        false => format!("{} {}", summary.short, escape::line(&summary.title)),
    }))
}

/// What a comment, an endorsement or a membership is about, for a line that tells of it.
pub(crate) fn about(store: &Store, summary: &Summary) -> Result<Option<String>, CliError> {
    if !matches!(summary.kind, Kind::Comment | Kind::Endorsement | Kind::Membership) {
        return Ok(None);
    }
    let view = store.entry(&summary.id)?;
    let about = view.and_then(|view| match view.state.single("about") {
        Some(Value::Entry(entry)) => Some(*entry),
        _ => None,
    });
    about.map_or(Ok(None), |entry| title(store, &entry))
}
