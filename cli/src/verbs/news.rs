//! `news`: what has come since somebody last looked, by kind.

use commons_node::phrases::several;
use commons_node::store::{Filter, LogItem, Source, Store, Summary};
use commons_node::when;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet};

use super::incoming;
use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::json;
use crate::output::{FAINT, ID, Output, STRONG, WARNING, count, escape, say, styled};

/// Tell what has come since you last looked
///
/// It is told by kind, what you follow (commons follow) first. What you wrote yourself is no news to
/// you. The next time it begins where it ended now; --keep and --since leave that as it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons news
  commons news --since yesterday
  commons news tag:wards --keep")]
pub(crate) struct News {
    /// Only entries like this: a query as for commons search
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// What came since then, whether you looked or not: 2h, today, 2026-11-22
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Look without having looked: the next time tells it again
    #[arg(long)]
    keep: bool,
    /// At most so many entries of each kind; 0 is all
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
}

/// What is new of an entry.
#[derive(Debug, Default)]
pub(crate) struct Item {
    /// Whether it began since then.
    pub(crate) is_new: bool,
    /// How many contributions came to it.
    pub(crate) contributions: u64,
    /// Who made them.
    pub(crate) authors: BTreeSet<Author>,
    /// Whether it is followed here.
    pub(crate) followed: bool,
}

/// Runs the verb.
pub(crate) fn run(verb: &News, context: &mut Context) -> Result<(), CliError> {
    let marks = verb.since.is_none() && verb.query.is_empty() && !verb.keep;
    let mut store = if marks { context.writer()? } else { context.reader()? };
    let after = match &verb.since {
        Some(typed) => store.before(when::parse(typed, &Zoned::now()).map_err(CliError::usage)?)?,
        None => store.looked()?,
    };
    let filter = find::filter(&verb.query, &store, context)?;
    let (mut items, through) = gather(&store, after)?;
    let entries: BTreeSet<EntryId> = items.keys().copied().collect();
    let listed = incoming::matching(&store, &filter, &entries)?;
    items.retain(|entry, _| listed.contains_key(entry));
    let followed = Filter { followed: true, ..Filter::default() };
    let entries = items.keys().copied().collect();
    for entry in incoming::matching(&store, &followed, &entries)?.keys() {
        if let Some(item) = items.get_mut(entry) {
            item.followed = true;
        }
    }
    let news = News::in_order(&items, &listed);
    if context.out.is_json() {
        for (summary, item) in &news {
            context.out.json(&json::NewsItem::new(summary, item))?;
        }
    } else if news.is_empty() {
        say("Nothing has come since you last looked.");
    } else {
        verb.print(&news, &store, &mut context.out)?;
    }
    context.out.flush()?;
    if marks && through > after {
        store.set_looked(through)?;
    }
    Ok(())
}

/// What came to each entry after this position, but what was written here; and the last position.
fn gather(store: &Store, after: u64) -> Result<(BTreeMap<EntryId, Item>, u64), CliError> {
    let mut items: BTreeMap<EntryId, Item> = BTreeMap::new();
    let mut through = after;
    loop {
        let rows = store.tail(through, AT_ONCE)?;
        let Some(last) = rows.last() else { return Ok((items, through)) };
        through = last.seq;
        let is_news = |row: &&LogItem| !row.muted && row.source == Source::Peer;
        for row in rows.iter().filter(is_news) {
            let item = items.entry(row.entry).or_default();
            item.is_new |= row.begins();
            item.contributions += 1;
            item.authors.insert(row.author);
        }
    }
}

impl News {
    /// What is followed first; then kind by kind, in the order of the kinds; the last changed first.
    fn in_order<'a>(
        items: &'a BTreeMap<EntryId, Item>,
        listed: &'a BTreeMap<EntryId, Summary>,
    ) -> Vec<(&'a Summary, &'a Item)> {
        let mut news: Vec<(&Summary, &Item)> =
            items.iter().filter_map(|(entry, item)| Some((listed.get(entry)?, item))).collect();
        news.sort_by(|(one, item), (other, other_item)| {
            let key = |summary: &Summary, item: &Item| {
                (
                    !item.followed,
                    place(&summary.kind),
                    std::cmp::Reverse(summary.changed),
                    summary.id,
                )
            };
            key(one, item).cmp(&key(other, other_item))
        });
        news
    }

    fn print(
        &self,
        news: &[(&Summary, &Item)],
        store: &Store,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let heading = |summary: &Summary, item: &Item| match item.followed {
            true => "what you follow".to_owned(),
            false => escape::line(&several(summary.kind.name())).into_owned(),
        };
        let limit = match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None => OF_EACH_KIND,
        };
        let alike = |one: &(&Summary, &Item), other: &(&Summary, &Item)| {
            heading(one.0, one.1) == heading(other.0, other.1)
        };
        for (at, group) in news.chunk_by(alike).enumerate() {
            let (first, item) = group[0];
            if at > 0 {
                out.line("")?;
            }
            let title = heading(first, item);
            let told = format!("{} {}", styled(&title, STRONG), styled(group.len(), FAINT));
            out.line(told)?;
            for (summary, item) in group.iter().take(limit) {
                print_one(summary, item, store, out)?;
            }
            if group.len() > limit {
                let more = count((group.len() - limit) as u64, "more", "more");
                out.line(styled(format!("  and {more}; --limit 0 shows all"), FAINT))?;
            }
        }
        Ok(())
    }
}

fn print_one(
    summary: &Summary,
    item: &Item,
    store: &Store,
    out: &mut Output,
) -> Result<(), CliError> {
    let about = find::about(store, summary)?;
    let title = match (summary.title.as_str(), about) {
        ("", None) => "(no title)".to_owned(),
        ("", Some(about)) => format!("of {about}"),
        (title, None) => escape::line(title).into_owned(),
        (title, Some(about)) => format!("{} (on {about})", escape::line(title)),
    };
    let mut names = Vec::new();
    for author in item.authors.iter().take(NAMES) {
        names.push(find::person(author, store.author_name(author)?.as_deref()));
    }
    if item.authors.len() > NAMES {
        names.push(count((item.authors.len() - NAMES) as u64, "other", "others"));
    }
    let what = match (item.is_new, item.contributions) {
        (true, 1) => String::new(),
        (true, all) => format!(", and {}", count(all - 1, "change", "changes")),
        (false, all) => format!(", {}", count(all, "change", "changes")),
    };
    let new = if item.is_new { styled("new", WARNING) } else { "   ".to_owned() };
    let kind = match item.followed {
        true => format!("{} ", styled(summary.kind.name(), FAINT)),
        false => String::new(),
    };
    let told =
        format!("by {}{what}, {}", names.join(", "), when::ago(summary.changed, when::now()));
    let id = styled(&summary.short, ID);
    Ok(out.line(format!("  {new} {id}  {kind}{title}  {}", styled(told, FAINT)))?)
}

/// Where a kind stands among the others: those of a newer commons last.
fn place(kind: &Kind) -> usize {
    Kind::KNOWN.iter().position(|known| known == kind).unwrap_or(Kind::KNOWN.len())
}

/// Entries of a kind that are told when no number is asked for.
const OF_EACH_KIND: usize = 10;

/// Authors of one entry that are named.
const NAMES: usize = 3;

/// Rows of the log that are read at once.
const AT_ONCE: usize = 500;
