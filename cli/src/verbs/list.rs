//! `list`: what is here, the last changed first.

use commons_node::json::ListItem;
use commons_node::query::{self, QueryError};
use commons_node::store::{Filter, Muting, Store, Summary};
use jiff::Zoned;

use crate::context::Context;
use crate::error::CliError;
use crate::find::{self, short_author};
use crate::output::screen::Screen;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, ID, STRONG, TAG, count, escape, say, styled};
use commons_node::when;

/// List what is here, the last changed first
///
/// On a terminal the last 50 are shown, unless --limit says another number.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons list
  commons list ideas --tag hackday --since 2h
  commons list projects -status:done
  commons list 'by:\"Ana Lima\" -kind:note'")]
pub(crate) struct List {
    /// Only these: a kind (ideas, resources, projects, sessions, people, notes, ...), a query as
    /// for commons search, or both
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Only with this tag; may be given several times
    #[arg(short, long = "tag", value_name = "TAG")]
    tags: Vec<String>,
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
    let store = context.reader()?;
    let asked = verb.filter(&store, context)?;
    let screen = Screen::of(verb.limit, ON_TERMINAL, &context.out);
    let mut entries = store.list(&Filter { limit: screen.wanted(), ..asked.clone() })?;
    let more = screen.cut(&mut entries);
    if context.out.is_json() {
        for entry in &entries {
            context.out.json(&ListItem::from(entry))?;
        }
        return Ok(());
    }
    let muted = if verb.muted { 0 } else { store.hidden()? };
    if entries.is_empty() {
        say(nothing(&asked, &context.name, muted));
        return Ok(());
    }
    context.out.table(&table(&entries))?;
    context.out.flush()?;
    if more {
        let shown = count(entries.len() as u64, "entry", "entries");
        say(styled(format!("the last {shown}; --limit 0 shows all"), FAINT));
    }
    if muted > 0 {
        say(styled(hidden(muted), FAINT));
    }
    Ok(())
}

impl List {
    /// What is asked for.
    fn filter(&self, store: &Store, context: &Context) -> Result<Filter, CliError> {
        let (kind, query) = match self.query.split_first() {
            Some((first, rest)) if rest.is_empty() || !first.contains(char::is_whitespace) => {
                match query::kind(first, store) {
                    Ok(kind) => (Some(kind), rest),
                    Err(QueryError::Store(error)) => return Err(error.into()),
                    Err(_) => (None, self.query.as_slice()),
                }
            }
            _ => (None, self.query.as_slice()),
        };
        let mut filter = find::filter(query, store, context)?;
        filter.kinds.extend(kind);
        filter.tags.extend(self.tags.iter().map(|tag| tag.trim().to_owned()));
        if let Some(typed) = &self.by {
            filter.authors.push(vec![find::author(store, typed, context)?]);
        }
        if let Some(typed) = &self.since {
            let since = when::parse(typed, &Zoned::now()).map_err(CliError::usage)?;
            filter.since = filter.since.max(Some(since));
        }
        filter.muting = if self.muted { Muting::Only } else { Muting::LeaveOut };
        Ok(filter)
    }
}

/// That lists leave something out.
fn hidden(muted: u64) -> String {
    let entries = count(muted, "entry here is", "entries here are");
    format!("{entries} muted; commons list --muted shows them")
}

fn nothing(asked: &Filter, commons: &str, muted: u64) -> String {
    if asked.muting == Muting::Only {
        return "Nothing here that is like that is muted.".to_owned();
    }
    if muted > 0 {
        return format!("Nothing here is like that, but for what is muted. {}", hidden(muted));
    }
    if *asked == Filter::default() {
        format!(
            "Nothing is in {} yet. Write the first idea: commons add-idea TITLE; or meet the \
             others: commons start.",
            escape::line(commons)
        )
    } else {
        "Nothing here is like that.".to_owned()
    }
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
