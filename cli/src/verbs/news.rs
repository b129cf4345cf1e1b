//! `news`: what has come since somebody last looked, by kind.

use commons_node::news::{self, News as Item};
use commons_node::phrases::several;
use commons_node::store::Store;
use commons_node::{json, when};
use jiff::Zoned;

use crate::context::Context;
use crate::error::CliError;
use crate::find;
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

/// Runs the verb.
pub(crate) fn run(verb: &News, context: &mut Context) -> Result<(), CliError> {
    let marks = verb.since.is_none() && verb.query.is_empty() && !verb.keep;
    let mut store = if marks { context.writer()? } else { context.reader()? };
    let after = match &verb.since {
        Some(typed) => store.before(when::parse(typed, &Zoned::now()).map_err(CliError::usage)?)?,
        None => store.looked()?,
    };
    let filter = find::filter(&verb.query, &store, context)?;
    let (news, through) = news::news(&store, after, &filter)?;
    if context.out.is_json() {
        for item in &news {
            context.out.json(&json::NewsItem::from(item))?;
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

impl News {
    fn print(&self, news: &[Item], store: &Store, out: &mut Output) -> Result<(), CliError> {
        let heading = |item: &Item| match item.followed {
            true => "what you follow".to_owned(),
            false => escape::line(&several(item.summary.kind.name())).into_owned(),
        };
        let limit = match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None => OF_EACH_KIND,
        };
        let alike = |one: &Item, other: &Item| heading(one) == heading(other);
        for (at, group) in news.chunk_by(alike).enumerate() {
            if at > 0 {
                out.line("")?;
            }
            let title = heading(&group[0]);
            let told = format!("{} {}", styled(&title, STRONG), styled(group.len(), FAINT));
            out.line(told)?;
            for item in group.iter().take(limit) {
                print_one(item, store, out)?;
            }
            if group.len() > limit {
                let more = count((group.len() - limit) as u64, "more", "more");
                out.line(styled(format!("  and {more}; --limit 0 shows all"), FAINT))?;
            }
        }
        Ok(())
    }
}

fn print_one(item: &Item, store: &Store, out: &mut Output) -> Result<(), CliError> {
    let summary = &item.summary;
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

/// Entries of a kind that are told when no number is asked for.
const OF_EACH_KIND: usize = 10;

/// Authors of one entry that are named.
const NAMES: usize = 3;
