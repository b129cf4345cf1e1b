//! `mute` and `unmute`: what a person does not want to read leaves their own lists. Nobody is told,
//! and nothing else changes.

use commons_node::json::{self, Muting};
use commons_node::store::{Muted, Newcomer, Store, Target};
use commons_proto::id::Author;
use jiff::Zoned;
use std::io::{self, BufRead as _};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::find;
use crate::json::named;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, ID, STRONG, count, say, styled};
use commons_node::when;

/// Hide what an author began, or single entries, from your own lists
///
/// Only this home is concerned, and nobody is told: what is muted is kept and passed on as before.
/// What a muted author wrote into others' entries stays, as everybody has one text; commons history
/// marks it. With nothing to mute, it lists who and what is muted. commons unmute takes it back.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Mute {
    /// An author (a name, the beginning of a key, a did:key) or an entry (its id, or the beginning
    /// of it); - reads them from the standard input, one a line, also as --json prints them
    #[arg(value_name = "AUTHOR|ID", conflicts_with = "newcomers")]
    who: Vec<String>,
    /// Mute everybody who is new here since --since; you are shown who, and asked
    #[arg(long, requires = "since")]
    newcomers: bool,
    /// New here since then: 10m, 2h, 2026-11-22T09:30:00Z, today
    #[arg(long, value_name = "WHEN", requires = "newcomers")]
    since: Option<String>,
    /// List who and what is muted
    #[arg(long, conflicts_with_all = ["who", "newcomers"])]
    list: bool,
}

/// Show again what you muted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons unmute 2gtnrm3m\n  commons unmute --since 1h")]
pub(crate) struct Unmute {
    /// As for commons mute
    #[arg(value_name = "AUTHOR|ID", required_unless_present_any = ["since", "all"])]
    who: Vec<String>,
    /// All that you muted since then: 10m, 2h, today
    #[arg(long, value_name = "WHEN", conflicts_with = "who")]
    since: Option<String>,
    /// All
    #[arg(long, conflicts_with_all = ["who", "since"])]
    all: bool,
}

impl Mute {
    /// Runs the verb.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let now = when::now();
        if self.newcomers {
            return self.mute_newcomers(now, context);
        }
        if self.who.is_empty() {
            return list(context);
        }
        let mut store = context.writer()?;
        let targets = targets(&self.who, &store, context)?;
        if let Some(me) = context.me()
            && targets.contains(&Target::Author(me))
        {
            return Err(CliError::usage("that is you"));
        }
        mute(&mut store, &targets, now, context)
    }

    fn mute_newcomers(&self, now: u64, context: &mut Context) -> Result<(), CliError> {
        let since = moment(self.since.as_deref().unwrap_or_default())?;
        let mut store = context.writer()?;
        let me = context.me();
        let mut newcomers = store.newcomers(since)?;
        newcomers.retain(|newcomer| Some(newcomer.author) != me);
        let begun: u64 = newcomers.iter().map(|newcomer| newcomer.entries).sum();
        if newcomers.is_empty() {
            let since = when::local(since);
            say(format!("Nobody whom you have not muted is new here since {since}."));
        } else if !context.yes {
            preview(&newcomers, context)?;
            let authors = count(newcomers.len() as u64, "author", "authors");
            let entries = count(begun, "entry", "entries");
            if !ask(&format!("Mute {authors}, who began {entries}?"), context.yes)? {
                say("Nothing was muted.");
                return Ok(());
            }
        }
        let targets: Vec<Target> =
            newcomers.iter().map(|newcomer| Target::Author(newcomer.author)).collect();
        mute(&mut store, &targets, now, context)
    }
}

impl Unmute {
    /// Runs the verb.
    pub(crate) fn run(&self, context: &mut Context) -> Result<(), CliError> {
        let since = self.since.as_deref().map(moment).transpose()?;
        let mut store = context.writer()?;
        let changed = match since.or(self.all.then_some(0)) {
            Some(since) => store.unmute_since(since)?,
            None => {
                let targets = targets(&self.who, &store, context)?;
                let changed = store.unmute(&targets)?;
                if changed == 0 {
                    say("Nothing of that was muted.");
                }
                changed
            }
        };
        told("unmuted", changed, &store, context)
    }
}

fn mute(
    store: &mut Store,
    targets: &[Target],
    now: u64,
    context: &mut Context,
) -> Result<(), CliError> {
    let changed = store.mute(targets, now)?;
    told("muted", changed, store, context)
}

/// Says what was done, and what lists show now.
fn told(
    what: &'static str,
    changed: u64,
    store: &Store,
    context: &mut Context,
) -> Result<(), CliError> {
    let counts = store.counts()?;
    let (shown, hidden) = (counts.entries, counts.muted);
    if context.out.is_json() {
        return Ok(context.out.json(&Muting { what, changed, shown, hidden })?);
    }
    let shown = count(shown, "entry", "entries");
    let hidden = count(hidden, "is", "are");
    context.out.line(format!("{what} {changed}; lists show {shown}, {hidden} hidden"))?;
    Ok(())
}

/// Who and what is muted.
fn list(context: &mut Context) -> Result<(), CliError> {
    let muted = context.reader()?.muted()?;
    if context.out.is_json() {
        for muted in &muted {
            context.out.json(&json::Muted::from(muted))?;
        }
        return Ok(());
    }
    if muted.is_empty() {
        say("Nobody and nothing is muted.");
        return Ok(());
    }
    let now = when::now();
    let mut table = Table::new(&["muted", "what", "name", "entries", "since"]);
    for Muted { target, since, name, entries } in &muted {
        let (id, what) = match target {
            Target::Author(author) => (find::short_author(author), "author"),
            Target::Entry(entry) => (format!("{entry:.10}"), "entry"),
        };
        table.row([
            Cell::new(&id, ID),
            Cell::new(what, FAINT),
            Cell::new(name.as_deref().unwrap_or_default(), STRONG),
            Cell::new(&entries.to_string(), FAINT),
            Cell::new(&when::ago(*since, now), FAINT),
        ]);
    }
    Ok(context.out.table(&table)?)
}

/// The newcomers, those first who began most.
fn preview(newcomers: &[Newcomer], context: &mut Context) -> Result<(), CliError> {
    let now = when::now();
    let mut table = Table::new(&["author", "name", "entries", "first seen"]);
    for newcomer in newcomers.iter().take(PREVIEWED) {
        table.row([
            Cell::new(&find::short_author(&newcomer.author), ID),
            Cell::new(newcomer.name.as_deref().unwrap_or_default(), STRONG),
            Cell::new(&newcomer.entries.to_string(), FAINT),
            Cell::new(&when::ago(newcomer.seen, now), FAINT),
        ]);
    }
    context.out.table(&table)?;
    if newcomers.len() > PREVIEWED {
        let more = count((newcomers.len() - PREVIEWED) as u64, "more", "more");
        context.out.line(styled(format!("and {more}"), FAINT))?;
    }
    Ok(context.out.flush()?)
}

fn moment(typed: &str) -> Result<u64, CliError> {
    when::parse(typed, &Zoned::now()).map_err(CliError::usage)
}

/// What is meant by all that was typed. Where one of them means nothing, nothing is done.
fn targets(typed: &[String], store: &Store, context: &Context) -> Result<Vec<Target>, CliError> {
    let mut targets = Vec::new();
    for one in typed {
        if one != "-" {
            targets.push(target(one, store, context)?);
            continue;
        }
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|error| {
                CliError::usage("the standard input cannot be read").because(&error)
            })?;
            if let Some(one) = named(&line) {
                targets.push(target(&one, store, context)?);
            }
        }
    }
    Ok(targets)
}

/// The author or the entry that is meant. By a whole id or key also one that is not here yet.
fn target(typed: &str, store: &Store, context: &Context) -> Result<Target, CliError> {
    if typed == "me" {
        return Ok(Target::Author(context.key()?.author()));
    }
    if let Some(author) = Author::from_did(typed) {
        return Ok(Target::Author(author));
    }
    let authors = store.resolve_author(typed)?;
    let entry = find::entry(store, typed);
    match (authors.as_slice(), entry) {
        ([], Ok(entry)) => Ok(Target::Entry(entry)),
        ([(author, _)], Err(_)) => Ok(Target::Author(*author)),
        ([], Err(error)) => match typed.parse() {
            Ok(entry) => Ok(Target::Entry(entry)),
            Err(_) => Err(error.into()),
        },
        ([_, _, ..], Err(_)) => find::author(store, typed, context).map(Target::Author),
        (_, Ok(_)) => Err(CliError::new(
            ErrorKind::Ambiguous,
            format!("“{typed}” is the beginning of an entry's id and means an author as well"),
        )
        .hint("give more letters of the one you mean, or the author's did:key")),
    }
}

/// Newcomers that are shown before the question: about a screen.
const PREVIEWED: usize = 20;

const EXAMPLES: &str = "\
Examples:
  commons mute 2gtnrm3m
  commons mute --newcomers --since 10m
  commons mute --json > muted; commons mute - < muted
  commons unmute --since 1h";
