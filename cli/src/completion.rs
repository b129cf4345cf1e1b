//! What the shell offers when Tab is pressed: ids with titles, tags, kinds, authors, words of a query.
//! The shell runs `commons` itself for that, which looks into the database and writes nothing. Which
//! argument is what is told by the name of its value, so no verb has to say it again.

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::env::CompleteEnv;
use clap_complete::{ArgValueCompleter, CompletionCandidate};
use commons_node::home::Home;
use commons_node::store::{Among, Filter, Resolution, Store};
use commons_node::when;
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::args::Args;
use crate::find::{self, short_author};
use crate::output::escape;

/// Answers the shell, if it is the shell that asks, and ends the process then.
pub(crate) fn answer() {
    if env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(command).var(VARIABLE).bin(NAME).completer(NAME).complete();
    }
}

/// The commands, with what the values of their arguments can be.
fn command() -> Command {
    completed(Args::command())
}

fn completed(command: Command) -> Command {
    command.mut_args(with_values).mut_subcommands(completed)
}

fn with_values(argument: Arg) -> Arg {
    if argument.get_possible_values().iter().any(|value| !value.is_hide_set()) {
        return argument;
    }
    let named =
        argument.get_value_names().and_then(<[_]>::first).map(|name| name.as_str().to_owned());
    let named = named.unwrap_or_else(|| argument.get_id().as_str().to_uppercase());
    let sources: &[Source] = match named.as_str() {
        "ID" | "IDS" => &[ids],
        "VERSION" => &[versions],
        "ID|FILE" => &[ids, files],
        "FILE" | "PATH" | "DIR" => &[files],
        "TAG" => &[tags],
        "KIND" => &[kinds],
        "AUTHOR" => &[authors],
        "AUTHOR|ID" => &[authors, ids],
        "TAG|AUTHOR|ID" => &[tags, authors, ids],
        "QUERY" => &[terms],
        _ => return argument,
    };
    argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        sources.iter().flat_map(|source| source(&typed)).collect()
    }))
}

/// What can stand where this was typed so far.
type Source = fn(&str) -> Vec<CompletionCandidate>;

/// The latest entries; where none of them fits what was typed, whichever does.
fn ids(typed: &str) -> Vec<CompletionCandidate> {
    let Some(store) = store() else { return Vec::new() };
    let offer = |short: String, kind: &Kind, title: &str| {
        candidate(short, &format!("{}  {}", kind.name(), escape::line(title)))
    };
    let filter = Filter { limit: Some(MOST), ..Filter::default() };
    let latest = store.list(&filter).unwrap_or_default().into_iter();
    let fitting = latest.filter(|entry| entry.short.starts_with(typed));
    let offered: Vec<_> =
        fitting.map(|entry| offer(entry.short, &entry.kind, &entry.title)).collect();
    if !offered.is_empty() {
        return offered;
    }
    match typed.parse().ok().and_then(|prefix| store.resolve(&prefix, Among::Entries).ok()) {
        Some(Resolution::One(id)) => {
            let entry = store.summary(&id.into()).ok().flatten();
            entry.map(|entry| offer(entry.short, &entry.kind, &entry.title)).into_iter().collect()
        }
        Some(Resolution::Many(all)) => {
            all.into_iter().map(|one| offer(one.short, &one.kind, &one.title)).collect()
        }
        Some(Resolution::None { .. }) | None => Vec::new(),
    }
}

/// The versions of the entry that was typed before.
fn versions(typed: &str) -> Vec<CompletionCandidate> {
    let Some(store) = store() else { return Vec::new() };
    let words = env::args_os().skip_while(|word| word != "--").skip(2);
    let meant = |word: OsString| {
        let prefix = word.to_str()?.parse().ok()?;
        match store.resolve(&prefix, Among::Entries) {
            Ok(Resolution::One(id)) => Some(id.into()),
            _ => None,
        }
    };
    let entry: Option<EntryId> = words.filter_map(meant).next();
    let history = entry.and_then(|entry| store.history(&entry).ok()).unwrap_or_default();
    let now = when::now();
    let offered = history.iter().rev().take(MOST).filter_map(|version| {
        let short = store.short(&version.record.id).ok()?;
        let by = find::person(&version.record.header.author, version.name.as_deref());
        let help = format!("{}, by {by}", when::ago(version.time, now));
        short.starts_with(typed).then(|| candidate(short, &help))
    });
    offered.collect()
}

fn tags(typed: &str) -> Vec<CompletionCandidate> {
    let tags =
        store().and_then(|store| store.tags().ok()).map(|tags| tags.tags).unwrap_or_default();
    let typed = typed.trim_start_matches('#').to_lowercase();
    // A shell takes what it is given as it is: only what is plain is offered.
    let is_plain = |tag: &str| tag.chars().all(|it| it.is_alphanumeric() || "-_.".contains(it));
    let fitting =
        tags.into_iter().filter(|count| count.tag.starts_with(&typed) && is_plain(&count.tag));
    fitting
        .take(MOST)
        .map(|count| candidate(count.tag, &format!("{} entries", count.entries)))
        .collect()
}

fn kinds(typed: &str) -> Vec<CompletionCandidate> {
    let names = Kind::KNOWN.iter().filter(|kind| **kind != Kind::Erasure).map(Kind::name);
    let fitting = names.filter(|name| name.starts_with(typed));
    fitting.map(|name| candidate(name.to_owned(), "kind")).collect()
}

fn authors(typed: &str) -> Vec<CompletionCandidate> {
    let filter = Filter { kinds: vec![Kind::Person], limit: Some(MOST), ..Filter::default() };
    let people = store().and_then(|store| store.list(&filter).ok()).unwrap_or_default();
    let me = candidate("me".to_owned(), "you");
    let others = people
        .into_iter()
        .map(|person| candidate(short_author(&person.author), &escape::line(&person.title)));
    let all = [me].into_iter().chain(others);
    all.filter(|one| one.get_value().to_string_lossy().starts_with(typed)).collect()
}

/// The terms of a query: those that begin with a field and a colon, and the fields themselves.
fn terms(typed: &str) -> Vec<CompletionCandidate> {
    let words: Vec<String> = env::args_os()
        .skip_while(|word| word != "--")
        .map(|it| it.to_string_lossy().into())
        .collect();
    if let Some(source) = behind_colon(&words, typed) {
        return source(typed);
    }
    let (sign, bare) = match typed.strip_prefix('-') {
        Some(bare) => ("-", bare),
        None => ("", typed),
    };
    let Some((field, begun)) = bare.split_once(':') else {
        let fields = FIELDS.iter().filter(|field| field.starts_with(bare));
        return fields.map(|field| candidate(format!("{sign}{field}"), "")).collect();
    };
    let values = values_of(field).map(|source| source(begun)).unwrap_or_default();
    values.into_iter().map(|value| value.add_prefix(format!("{sign}{field}:"))).collect()
}

/// What the values of this field of a query can be.
fn values_of(field: &str) -> Option<Source> {
    match field.trim_start_matches('-') {
        "tag" => Some(tags),
        "kind" => Some(kinds),
        "by" => Some(authors),
        _ => None,
    }
}

/// bash takes a colon for a word of its own: the values of the field before it, if this stands behind
/// one. It does not tell `tag:` from `tag ` where nothing was typed yet.
fn behind_colon(words: &[String], typed: &str) -> Option<Source> {
    let index: usize = env::var("_CLAP_COMPLETE_INDEX").ok()?.parse().ok()?;
    // The first word is that which separates the shell's from ours.
    let before = words.get(..=index)?;
    match before {
        [.., field, colon] if colon == ":" => values_of(field),
        [.., field] if typed.is_empty() => values_of(field),
        _ => None,
    }
}

fn files(typed: &str) -> Vec<CompletionCandidate> {
    use clap_complete::engine::{PathCompleter, ValueCompleter as _};
    PathCompleter::any().complete(OsStr::new(typed))
}

fn candidate(value: String, help: &str) -> CompletionCandidate {
    let help = Some(StyledStr::from(help.to_owned())).filter(|_| !help.is_empty());
    CompletionCandidate::new(value).help(help)
}

/// The database that the words typed so far, or the environment, name; none, if there is none.
fn store() -> Option<Store> {
    let typed: Vec<OsString> = env::args_os().collect();
    let given = |option: &str, variable: &str| {
        let behind = typed.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1].clone());
        behind.or_else(|| env::var_os(variable)).filter(|value| !value.is_empty())
    };
    let directory = match given("--home", "COMMONS_HOME") {
        Some(directory) => PathBuf::from(directory),
        None => Home::default_directory().ok()?,
    };
    // To look must not make a home.
    let home = directory.is_dir().then(|| Home::open(directory).ok()).flatten()?;
    let name = given("--commons", "COMMONS_NAME").and_then(|name| name.into_string().ok());
    Store::open_read_only(&home.database(name.as_deref().unwrap_or("health-commons"))).ok()
}

/// The variable by which the shell says that it asks, and the program that it runs.
pub(crate) const VARIABLE: &str = "COMMONS_COMPLETE";
pub(crate) const NAME: &str = "commons";

/// The fields of a query.
const FIELDS: [&str; 6] = ["tag:", "kind:", "by:", "since:", "until:", "status:"];

/// Candidates at most: more than a screen shows.
const MOST: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn values(candidates: Vec<CompletionCandidate>) -> Vec<String> {
        candidates.iter().map(|one| one.get_value().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn terms_of_a_query_are_offered_with_their_field() {
        assert_eq!(values(terms("-ki")), ["-kind:"]);
        assert_eq!(values(terms("kind:pr")), ["kind:project"]);
        assert_eq!(values(terms("-kind:se")), ["-kind:session"]);
        assert!(values(terms("since:y")).is_empty());
        assert_eq!(values(terms("")).len(), FIELDS.len());
    }

    #[test]
    fn the_commands_with_their_candidates_are_consistent() {
        command().debug_assert();
    }
}
