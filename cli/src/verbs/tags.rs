//! `tags`: which tags are used, and which stand together.

use anstyle::Style;
use commons_node::store::{TagCount, TagView};
use commons_node::when;
use commons_node::{digest, json};

use crate::context::Context;
use crate::error::CliError;
use crate::output::screen::Screen;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, TAG, count, escape, say, styled};

/// List the tags, the most used first; with a TAG, what stands beside it
///
/// On a terminal the first 50 are shown, unless --limit says another number.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons tags\n  commons tags hackday")]
pub(crate) struct Tags {
    /// A tag, to see of which kinds its entries are, and which other tags they have
    tag: Option<String>,
    /// At most so many; 0 is all
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
}

/// Tags that a terminal shows when no number is asked for: about a screen.
const ON_TERMINAL: usize = 50;

impl Tags {
    /// Lists the tags, or tells of one.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let screen = Screen::of(self.limit, ON_TERMINAL, &context.out);
        match &self.tag {
            Some(typed) => one(typed, &screen, context),
            None => all(&screen, context),
        }
    }
}

fn all(screen: &Screen, context: &mut Context) -> Result<(), CliError> {
    let mut found = context.reader()?.tags()?;
    screen.cut(&mut found.tags);
    let shown = &found.tags;
    if context.out.is_json() {
        return Ok(shown.iter().try_for_each(|tag| context.out.json(&json::Tag::from(tag)))?);
    }
    if shown.is_empty() {
        say("Nothing here has a tag yet: commons edit ID --tag WORD gives one.");
        return Ok(());
    }
    let now = when::now();
    let mut table = Table::new(&["tag", "entries", "last change"]);
    for TagCount { tag, entries, changed } in shown {
        table.row([
            Cell::new(&format!("#{tag}"), TAG),
            Cell::new(&entries.to_string(), Style::new()),
            Cell::new(&when::ago(*changed, now), FAINT),
        ]);
    }
    context.out.table(&table)?;
    context.out.flush()?;
    let more = found.all - shown.len() as u64;
    if more > 0 {
        say(styled(format!("and {}", count(more, "other tag", "other tags")), FAINT));
    }
    Ok(())
}

fn one(typed: &str, screen: &Screen, context: &mut Context) -> Result<(), CliError> {
    let tag = digest::tag(typed).ok_or_else(|| {
        CliError::usage(format!("“{typed}” is not a tag")).hint("a tag is a word, such as hygiene")
    })?;
    let mut view = context.reader()?.tag(&tag)?;
    screen.cut(&mut view.related);
    if context.out.is_json() {
        return Ok(context.out.json(&json::TagView::from(&view))?);
    }
    let TagView { count: TagCount { entries, changed, .. }, kinds, related } = view;
    if entries == 0 {
        say(format!(
            "Nothing here has the tag #{}; commons tags lists those that are here.",
            escape::line(&tag)
        ));
        return Ok(());
    }
    let kinds: Vec<String> =
        kinds.iter().map(|(kind, count)| format!("{} {count}", escape::line(kind))).collect();
    let what = count(entries, "entry", "entries");
    context.out.line(format!(
        "{}  {what}, last changed {}",
        styled(format!("#{}", escape::line(&tag)), TAG),
        when::ago(changed, when::now())
    ))?;
    context.out.line(kinds.join(", "))?;
    if !related.is_empty() {
        context.out.line("")?;
        let mut table = Table::new(&["beside it", "entries"]);
        for (tag, entries) in &related {
            let entries = entries.to_string();
            table.row([Cell::new(&format!("#{tag}"), TAG), Cell::new(&entries, Style::new())]);
        }
        context.out.table(&table)?;
    }
    Ok(())
}
