//! `search`: entries by their words, those that fit best first.

use anstyle::Style;
use commons_node::json;
use commons_node::store::{Filter, Found, Store};
use commons_node::when;
use std::ops::Range;

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::screen::Screen;
use crate::output::{FAINT, ID, MATCH, STRONG, TAG, count, escape, say, styled};

/// Find entries by their words, the best first
///
/// A word is found where a word begins so, in title, text or tags; upper and lower case are one, and
/// so are letters with accents and without. Several words must all be there.
///
/// A query may have, in any order: words; "some words" that stand one behind the other; tag:T or #T;
/// kind:K; by:AUTHOR (a name, the beginning of a key, or me); status:S; since:WHEN and until:WHEN;
/// is:followed. A - before one of them, or not: where the shell takes it for an option, means without
/// it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons search bed sensors
  commons search 'waiting room' tag:wards since:3d
  commons search hygiene kind:resource by:Ana -status:draft
  commons search 'hygiene -hands'
  commons search 'by:\"Ana Lima\" until:2026-11-22'")]
pub(crate) struct Search {
    /// What to look for
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    /// At most so many; 0 is all
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
}

/// Entries that a terminal shows when no number is asked for: about a screen, at two lines each.
const ON_TERMINAL: usize = 20;

/// Runs the verb.
pub(crate) fn run(verb: &Search, context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let screen = Screen::of(verb.limit, ON_TERMINAL, &context.out);
    let filter = Filter { limit: screen.wanted(), ..find::filter(&verb.query, &store, context)? };
    let mut found = store.search(&filter)?;
    let more = screen.cut(&mut found);
    for found in &found {
        match context.out.is_json() {
            true => context.out.json(&json::Found::from(found))?,
            false => print(context, &store, found)?,
        }
    }
    if context.out.is_json() {
        return Ok(());
    }
    context.out.flush()?;
    if found.is_empty() {
        say("Nothing here is like that.");
    }
    if more {
        let shown = count(found.len() as u64, "entry", "entries");
        say(styled(format!("the best {shown}; --limit 0 shows all"), FAINT));
    }
    Ok(())
}

/// Two lines: what was found, and where in its text the words are.
fn print(context: &mut Context, store: &Store, found: &Found) -> Result<(), CliError> {
    let summary = &found.summary;
    let title = marked(&summary.title, &found.marks, STRONG);
    let about = find::about(store, summary)?;
    let about = about.map_or_else(String::new, |about| format!(" on {about}"));
    let mut line = format!(
        "{}  {title}  {}{about}",
        styled(&summary.short, ID),
        styled(summary.kind.name(), FAINT)
    );
    for tag in &summary.tags {
        line.push_str(&format!(" {}", styled(format!("#{}", escape::line(tag)), TAG)));
    }
    let author = find::person(&summary.author, summary.name.as_deref());
    let told = format!("  {author}, {}", when::ago(summary.changed, when::now()));
    line.push_str(&styled(told, FAINT));
    context.out.line(line)?;
    if let Some(excerpt) = &found.excerpt {
        let text = marked(&excerpt.text, &excerpt.marks, Style::new());
        context.out.line(format!("    {text}"))?;
    }
    Ok(())
}

/// A text with what was found in it marked.
fn marked(text: &str, marks: &[Range<usize>], style: Style) -> String {
    let mut line = String::new();
    let mut told = 0;
    for mark in marks {
        line.push_str(&styled(escape::line(&text[told..mark.start]), style));
        line.push_str(&styled(escape::line(&text[mark.clone()]), MATCH));
        told = mark.end;
    }
    line.push_str(&styled(escape::line(&text[told..]), style));
    line
}
