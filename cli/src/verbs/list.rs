//! `list`: what is here, the last changed first.

use commons_node::store::{Filter, Muting, Store, Summary};
use commons_proto::kind::Kind;
use jiff::Zoned;

use crate::context::Context;
use crate::error::CliError;
use crate::find::{self, short_author};
use crate::json::ListItem;
use crate::output::table::{Cell, Table};
use crate::output::{self, FAINT, ID, STRONG, TAG, count, escape, say, styled};
use commons_node::when;

/// List what is here, the last changed first
///
/// On a terminal the last 50 are shown, unless --limit says another number.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only this kind: idea, resource, project, session, person, note, ...
    kind: Option<String>,
    /// Only with this tag
    #[arg(short, long)]
    tag: Option<String>,
    /// Only what this author has contributed to: a name, the beginning of a key, a did:key, or me
    #[arg(long, value_name = "AUTHOR")]
    by: Option<String>,
    /// Only changed since then: 2h, 3d, 1w, 2026-11-22, 2026-11-22T09:30:00Z, today
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// At most so many; 0 is all
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Only what you muted
    #[arg(long)]
    muted: bool,
}

/// Entries that a terminal shows when no number is asked for: about a screen.
const ON_TERMINAL: usize = 50;

/// Runs the verb.
pub(crate) fn run(verb: &List, context: &mut Context) -> Result<(), CliError> {
    let since = verb.since.as_deref().map(|text| when::parse(text, &Zoned::now()));
    let since = since.transpose().map_err(CliError::usage)?;
    let tag = verb.tag.as_ref().map(|tag| tag.trim().trim_start_matches('#').to_lowercase());
    let store = context.reader()?;
    let kind = verb.kind.as_deref().map(|typed| kind(typed, &store)).transpose()?;
    let author =
        verb.by.as_deref().map(|typed| find::author(&store, typed, context)).transpose()?;
    let people = !context.out.is_json() && output::is_terminal();
    let limit = match verb.limit {
        Some(0) => None,
        Some(limit) => Some(limit),
        None => people.then_some(ON_TERMINAL),
    };
    // One more than is shown tells whether there are more.
    let filter = Filter {
        kind,
        tag,
        author,
        since,
        limit: limit.map(|limit| limit.saturating_add(usize::from(people))),
        muting: if verb.muted { Muting::Only } else { Muting::LeaveOut },
        ..Filter::default()
    };
    let mut entries = store.list(&filter)?;
    let shown = limit.unwrap_or(entries.len()).min(entries.len());
    let more = entries.len() > shown;
    entries.truncate(shown);
    if context.out.is_json() {
        for entry in &entries {
            context.out.json(&ListItem::from(entry))?;
        }
        return Ok(());
    }
    let muted = if verb.muted { 0 } else { store.counts()?.muted };
    if entries.is_empty() {
        say(nothing(verb, &context.name, muted));
        return Ok(());
    }
    context.out.table(&table(&entries))?;
    context.out.flush()?;
    if more {
        let shown = count(shown as u64, "entry", "entries");
        say(styled(format!("the last {shown}; --limit 0 shows all"), FAINT));
    }
    if muted > 0 {
        say(styled(hidden(muted), FAINT));
    }
    Ok(())
}

/// That lists leave something out.
fn hidden(muted: u64) -> String {
    let entries = count(muted, "entry here is", "entries here are");
    format!("{entries} muted; commons list --muted shows them")
}

fn nothing(verb: &List, commons: &str, muted: u64) -> String {
    if verb.muted {
        return "Nothing here that is like that is muted.".to_owned();
    }
    if muted > 0 {
        return format!("Nothing here is like that, but for what is muted. {}", hidden(muted));
    }
    if verb.kind.is_none() && verb.tag.is_none() && verb.by.is_none() && verb.since.is_none() {
        format!(
            "Nothing is in {} yet. Write the first idea: commons add-idea TITLE; or meet the \
             others: commons start.",
            escape::line(commons)
        )
    } else {
        "Nothing here is like that.".to_owned()
    }
}

/// The kind that is meant, in the singular or the plural. A newer commons may have kinds that are
/// here, too.
fn kind(typed: &str, store: &Store) -> Result<Kind, CliError> {
    if let Some(kind) = known(typed) {
        return Ok(kind);
    }
    if store.counts()?.kinds.contains_key(typed)
        && let Some(kind) = Kind::new(typed, true)
    {
        return Ok(kind);
    }
    let names: Vec<String> = Kind::KNOWN.iter().map(|kind| kind.name().to_owned()).collect();
    Err(CliError::usage(format!("“{typed}” is not a kind of entry"))
        .hint(format!("the kinds are {}", names.join(", "))))
}

fn known(typed: &str) -> Option<Kind> {
    let name = typed.trim().to_lowercase();
    let singular = if name == "people" { "person" } else { name.trim_end_matches('s') };
    Kind::known(&name).or_else(|| Kind::known(singular))
}

fn table(entries: &[Summary]) -> Table {
    let now = when::now();
    let mut table = Table::new(&["id", "kind", "title", "tags", "by", "changed"]);
    for entry in entries {
        let tags: Vec<String> = entry.tags.iter().map(|tag| format!("#{tag}")).collect();
        let others = match entry.authors {
            0 | 1 => String::new(),
            authors => format!(" +{}", authors - 1),
        };
        let key = short_author(&entry.author);
        let (name, tail) = match &entry.name {
            Some(name) => (find::person_name(name), format!(" ({key}){others}")),
            None => (String::new(), format!("{key}{others}")),
        };
        let title = match (&entry.damaged, entry.conflicts) {
            (Some(_), _) => format!("[damaged] commons show {}", entry.short),
            (None, 0) => entry.title.clone(),
            (None, _) => format!("[conflict] {}", entry.title),
        };
        table.row([
            Cell::new(&entry.short, ID),
            Cell::new(entry.kind.name(), FAINT),
            Cell::new(&title, STRONG),
            Cell::new(&tags.join(" "), TAG),
            Cell::with_tail(&name, &tail, anstyle::Style::new()),
            Cell::new(&when::ago(entry.changed, now), FAINT),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_in_the_plural_too() {
        assert_eq!(known("ideas"), Some(Kind::Idea));
        assert_eq!(known("Person"), Some(Kind::Person));
        assert_eq!(known("people"), Some(Kind::Person));
        assert_eq!(known("survey"), None);
    }
}
