//! `status`: what is here, and how the node stands.

use commons_node::phrases::several;
use commons_node::{control, json};

use crate::context::Context;
use crate::error::CliError;
use crate::find;
use crate::output::{FAINT, GOOD, WARNING, count, escape, styled};
use commons_node::when;

/// Show what is here, its fingerprint, and how the node stands
///
/// Two machines whose fingerprints are equal hold the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  commons status\n  commons status --json")]
pub(crate) struct Status {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let me = context.me();
    let no_key = if context.has_key() {
        "(the key cannot be used; commons whoami says why)"
    } else {
        "(no key yet)"
    };
    let mut tries = 0;
    let (status, node) = loop {
        let node = control::status(&context.home.socket());
        let status = json::Status::of(&store, &context.name, me, node.as_ref())?;
        tries += 1;
        // All of it is of one set, unless something came between.
        if store.last()? == status.contributions || tries == TRIES {
            break (status, node);
        }
    };
    let home = context.home.directory().display().to_string();
    if context.out.is_json() {
        return Ok(context.out.json(&json::Status { home: Some(home), ..status })?);
    }
    let entries = count(status.entries, "entry", "entries");
    let contributions = count(status.contributions, "contribution", "contributions");
    let authors = count(status.authors, "author", "authors");
    let kinds: Vec<String> =
        status.kinds.iter().map(|(kind, number)| count(*number, kind, &several(kind))).collect();
    let name = escape::line(&context.name).into_owned();
    let out = &mut context.out;
    out.field("commons", &name)?;
    out.field("home", &home)?;
    out.field("author", &me.map_or_else(|| no_key.to_owned(), |me| find::short_author(&me)))?;
    out.field("holds", &format!("{entries}, {contributions}, {authors}"))?;
    if !kinds.is_empty() {
        out.field("", &styled(escape::line(&kinds.join(", ")), FAINT))?;
    }
    if status.muted > 0 {
        let entries = count(status.muted, "entry is", "entries are");
        let muted = format!("{entries} muted and not counted; commons list --muted shows them");
        out.field("", &styled(muted, FAINT))?;
    }
    if status.damaged > 0 {
        let entries = count(status.damaged, "entry", "entries");
        let damaged =
            format!("this program fails to put {entries} together; commons list marks it");
        out.field("", &styled(damaged, WARNING))?;
    }
    out.field("fingerprint", &status.fingerprint[..FINGERPRINT_CHARS])?;
    if status.only_here > 0 {
        let what = count(status.only_here, "contribution is", "contributions are");
        out.field("", &styled(format!("{what} only on this machine so far"), WARNING))?;
    }
    match node {
        None => out.field("node", &styled("not running; commons start runs one", FAINT))?,
        Some(node) => {
            let since = when::ago(node.since, when::now());
            out.field("node", &format!("process {}, started {since}", node.pid))?;
            let peers = count(node.connected as u64, "peer", "peers");
            let (sync, look) = match (node.connected, node.in_sync) {
                (0, _) => ("no peers yet".to_owned(), FAINT),
                (all, in_sync) => (
                    format!("in sync with {in_sync} of {peers}"),
                    if in_sync == all { GOOD } else { WARNING },
                ),
            };
            out.field("", &styled(sync, look))?;
            if let Some(board) = &node.board {
                out.field("board", &escape::line(board))?;
            }
            if node.pending > 0 {
                let waiting =
                    count(node.pending as u64, "contribution waits", "contributions wait");
                out.field("", &format!("{waiting} for what they build on"))?;
            }
            for (at, address) in control::reachable(&node.listen).into_iter().enumerate() {
                out.field(if at == 0 { "listens" } else { "" }, &escape::line(address))?;
            }
        }
    }
    Ok(())
}

/// How often everything is read again if more comes in meanwhile: in a flood no answer stays true.
const TRIES: u32 = 5;

/// Characters of the fingerprint that people compare: 80 bits, more than chance can meet.
const FINGERPRINT_CHARS: usize = 16;
