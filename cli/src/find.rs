//! From what a person calls something to the thing: shortened ids of entries and versions, names
//! of authors. What fits nothing or several is told with what may have been meant.

use commons_node::links;
use commons_node::query::Query;
use commons_node::store::{Among, Candidate, Filter, Resolution, Store, Summary, Version};
use commons_node::when;
use commons_proto::edit::Value;
use commons_proto::id::{Author, ContributionId, EntryId, IdPrefix};
use commons_proto::kind::Kind;
use jiff::Zoned;

use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::output::escape;

pub(crate) use commons_node::names::{person, person_name, short_author};

/// The entry that a shortened id means. The id of any of its versions stands for it, too.
pub(crate) fn entry(store: &Store, typed: &str) -> Result<EntryId, CliError> {
    let prefix = prefix(typed)?;
    let near = match store.resolve(&prefix, Among::Entries)? {
        Resolution::One(id) => return Ok(id.into()),
        Resolution::Many(all) => return Err(ambiguous(typed, &all)),
        Resolution::None { near } => near,
    };
    match store.resolve(&prefix, Among::Contributions)? {
        Resolution::One(id) => {
            let record = store.record(&id)?.ok_or_else(|| unknown(typed, &near))?;
            Ok(record.entry())
        }
        Resolution::Many(all) => Err(ambiguous(typed, &all)),
        Resolution::None { .. } => Err(unknown(typed, &near)),
    }
}

/// The version in this history that a shortened id means.
pub(crate) fn version(
    store: &Store,
    history: &[Version],
    typed: &str,
) -> Result<ContributionId, CliError> {
    let prefix = prefix(typed)?;
    let (low, high) = prefix.range();
    let within = |id: &ContributionId| low <= id.as_bytes() && id.as_bytes() <= high;
    let fitting: Vec<&Version> =
        history.iter().filter(|version| within(&version.record.id)).collect();
    if let [version] = fitting.as_slice() {
        return Ok(version.record.id);
    }
    let (error, shown) = if fitting.is_empty() {
        let message = format!("the entry has no version “{}”", typed.trim());
        (CliError::new(ErrorKind::UnknownId, message), history.iter().rev().take(NEAR).collect())
    } else {
        let message = format!("“{}” fits {} versions", typed.trim(), fitting.len());
        (CliError::new(ErrorKind::Ambiguous, message), fitting)
    };
    let mut hint = String::from("its versions are, among others");
    for version in shown {
        let short = store.short(&version.record.id)?;
        hint.push_str(&format!("\n  {short}  {}", when::local(version.time)));
    }
    Err(error.hint(hint))
}

/// The author that is meant: by name, by the beginning of their key, by did:key, or `me`.
pub(crate) fn author(store: &Store, typed: &str, context: &Context) -> Result<Author, CliError> {
    if typed.trim() == "me" {
        return Ok(context.key()?.author());
    }
    let found = store.resolve_author(typed.trim())?;
    if let [(author, _)] = found.as_slice() {
        return Ok(*author);
    }
    if found.is_empty() {
        let message = format!("nobody called “{}” has written anything here", typed.trim());
        return Err(CliError::new(ErrorKind::UnknownId, message)
            .hint("give a name, the beginning of a key as commons show prints it, or a did:key"));
    }
    let mut hint = String::from("give more of the key of the one you mean");
    for (author, name) in found.iter().take(NEAR) {
        let name = name.as_deref().unwrap_or_default();
        hint.push_str(&format!("\n  {:.16}  {}", author.to_string(), person_name(name)));
    }
    let message = format!("“{}” fits {} authors", typed.trim(), found.len());
    Err(CliError::new(ErrorKind::Ambiguous, message).hint(hint))
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

/// The end of a peer id, by which people tell them apart: all begin alike.
pub(crate) fn short_peer(peer: &str) -> String {
    let letters: Vec<char> = peer.chars().collect();
    let from = letters.len().saturating_sub(PEER_CHARS);
    let end: String = letters[from..].iter().collect();
    format!("…{}", escape::line(&end))
}

/// An entry that is not here.
pub(crate) fn unknown(typed: &str, near: &[Candidate]) -> CliError {
    let error =
        CliError::new(ErrorKind::UnknownId, format!("there is no entry “{}” here", typed.trim()));
    if near.is_empty() {
        error.hint("commons list shows what is here")
    } else {
        error.hint(candidates("did you mean one of these?", near))
    }
}

fn ambiguous(typed: &str, all: &[Candidate]) -> CliError {
    CliError::new(ErrorKind::Ambiguous, format!("“{}” fits several", typed.trim()))
        .hint(candidates("give more letters of the one you mean", all))
}

fn candidates(question: &str, all: &[Candidate]) -> String {
    let mut hint = question.to_owned();
    for candidate in all.iter().take(NEAR) {
        let title = if candidate.muted { "(muted)" } else { &candidate.title };
        let title = escape::line(title);
        let version = if candidate.id == candidate.entry.into() { "" } else { "version of " };
        let kind = candidate.kind.name();
        hint.push_str(&format!("\n  {}  {version}{kind}  {title}", candidate.short));
    }
    hint
}

fn prefix(typed: &str) -> Result<IdPrefix, CliError> {
    let bare = typed.trim();
    let bare = bare.strip_prefix(links::SCHEME).unwrap_or(bare);
    bare.parse().map_err(|_| {
        CliError::new(ErrorKind::UnknownId, format!("“{bare}” is not an id"))
            .hint("an id has only the letters a-z and the digits 2-7; commons list shows them")
    })
}

/// Letters of a peer id that people see.
const PEER_CHARS: usize = 8;

/// Candidates that are shown at most: more do not help.
const NEAR: usize = 8;
