//! `watch`: what comes in, as it comes.

use commons_node::json::Contribution;
use commons_node::news;
use commons_node::store::{LogItem, Store};
use commons_node::when;
use jiff::Zoned;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::incoming;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::json::Event;
use crate::output::{FAINT, escape, say, styled};

/// Watch what comes in, as it comes
///
/// It goes on until Ctrl-C, and needs no running node: what you write yourself, what commons import
/// takes in and what a node gets from others is told alike.
///
/// A program that --exec names is run by sh for each contribution, one after the other. It finds the
/// entry in its environment (COMMONS_ENTRY, COMMONS_SHORT, COMMONS_KIND, COMMONS_TITLE,
/// COMMONS_AUTHOR) and on its standard input as commons show --json prints it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  commons watch
  commons watch is:followed
  commons watch kind:session -status:draft
  commons watch tag:help --exec 'notify-send \"$COMMONS_TITLE\"'")]
pub(crate) struct Watch {
    /// Only entries like this: a query as for commons search
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Begin with what came since then: 10m, 2h, today
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// End after so many contributions
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
    /// Run this for each contribution
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
}

/// Runs the verb.
pub(crate) fn run(verb: &Watch, context: &mut Context) -> Result<(), CliError> {
    let mut store = context.reader()?;
    // What is asked for must be clear before anything is waited for.
    let query = find::query(&verb.query)?;
    query.filter(&store, context.me())?;
    let mut seen = match &verb.since {
        Some(typed) => store.before(when::parse(typed, &Zoned::now()).map_err(CliError::usage)?)?,
        None => store.last()?,
    };
    say(styled("Watching; Ctrl-C ends it.", FAINT));
    let mut left = verb.limit.unwrap_or(u64::MAX);
    loop {
        // Names that the query has may mean others by now.
        let filter = query.filter(&store, context.me())?;
        loop {
            let items = store.tail(seen, AT_ONCE)?;
            let Some(last) = items.last() else { break };
            seen = last.seq;
            let entries: BTreeSet<_> = items.iter().map(|item| item.entry).collect();
            let matching = news::matching(&store, &filter, &entries)?;
            for item in items.iter().filter(|item| !item.muted) {
                if !matching.contains_key(&item.entry) {
                    continue;
                }
                if left == 0 {
                    return Ok(());
                }
                left -= 1;
                tell(item, &store, context)?;
                if let Some(command) = &verb.exec {
                    execute(command, item, &store, context)?;
                }
            }
            if left == 0 {
                return Ok(());
            }
        }
        while !store.changed_elsewhere()? {
            thread::sleep(LOOK);
        }
    }
}

fn tell(item: &LogItem, store: &Store, context: &mut Context) -> Result<(), CliError> {
    if context.out.is_json() {
        context.out.json(&Event::Contribution(Contribution::of(store, item)?))?;
        return Ok(context.out.flush()?);
    }
    incoming::contribution(item, store, &mut context.out)
}

/// Runs a program for an entry, and waits for its end. That it fails is told, and not the end.
fn execute(
    command: &str,
    item: &LogItem,
    store: &Store,
    context: &Context,
) -> Result<(), CliError> {
    let Some(view) = store.entry(&item.entry)? else { return Ok(()) };
    let input = super::show::json_line(store, &view)?;
    // An environment has no zeros; a title should have none.
    let title = view.summary.title.replace('\0', "");
    let child = Command::new("sh")
        .args(["-c", command])
        .env("COMMONS_HOME", context.home.directory())
        .env("COMMONS_NAME", &context.name)
        .env("COMMONS_ENTRY", item.entry.to_string())
        .env("COMMONS_SHORT", &view.summary.short)
        .env("COMMONS_KIND", item.kind.name())
        .env("COMMONS_TITLE", title)
        .env("COMMONS_AUTHOR", item.author.to_string())
        .stdin(Stdio::piped())
        .spawn();
    let mut child = child
        .map_err(|error| CliError::new(ErrorKind::Other, "sh cannot be run").because(&error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // That the program does not read it is its own affair.
        let _ = stdin.write_all(input.as_bytes());
    }
    let ended = child.wait().map_err(|error| {
        CliError::new(ErrorKind::Other, "the program cannot be waited for").because(&error)
    })?;
    if !ended.success() {
        say(format!("{} for {}: {ended}", escape::line(command), view.summary.short));
    }
    Ok(())
}

/// How often the database is asked whether something was committed, which takes it microseconds: a
/// tenth of a second feels like at once.
const LOOK: Duration = Duration::from_millis(100);

/// Rows of the log that are read at once.
const AT_ONCE: usize = 500;
