//! `status`: what is here, and how the node stands.

use commons_node::phrases::several;
use commons_node::store::Store;
use commons_node::{control, json};
use commons_proto::id::TreeHash;
use commons_proto::tree::Tree;

use super::start;
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
    let (counts, node, fingerprint) = loop {
        let counts = store.counts()?;
        let node = control::status(&context.home.socket());
        let fingerprint = match &node {
            // A set only grows: of the same number it is the same, and the node knows its
            // fingerprint.
            Some(node) if node.contributions == counts.contributions => node.fingerprint.clone(),
            _ => fingerprint(&store)?.to_string(),
        };
        tries += 1;
        // Both are of one set, unless something came between.
        if store.last()? == counts.contributions || tries == TRIES {
            break (counts, node, fingerprint);
        }
    };
    // The node knows at once what it writes into the database a little later.
    let only_here = store.only_here()?.min(node.as_ref().map_or(u64::MAX, |node| node.only_here));
    let home = context.home.directory().display().to_string();
    if context.out.is_json() {
        let status = json::Status {
            commons: context.name.clone(),
            home: Some(home),
            author: me.map(|author| author.to_string()),
            fingerprint,
            contributions: counts.contributions,
            entries: counts.entries,
            kinds: counts.kinds,
            authors: counts.authors,
            muted: counts.muted,
            damaged: counts.damaged,
            only_here,
            node: node.as_ref().map(json::Node::from),
        };
        return Ok(context.out.json(&status)?);
    }
    let entries = count(counts.entries, "entry", "entries");
    let contributions = count(counts.contributions, "contribution", "contributions");
    let authors = count(counts.authors, "author", "authors");
    let kinds: Vec<String> =
        counts.kinds.iter().map(|(kind, number)| count(*number, kind, &several(kind))).collect();
    let name = escape::line(&context.name).into_owned();
    let out = &mut context.out;
    out.field("commons", &name)?;
    out.field("home", &home)?;
    out.field("author", &me.map_or_else(|| no_key.to_owned(), |me| find::short_author(&me)))?;
    out.field("holds", &format!("{entries}, {contributions}, {authors}"))?;
    if !kinds.is_empty() {
        out.field("", &styled(escape::line(&kinds.join(", ")), FAINT))?;
    }
    if counts.muted > 0 {
        let entries = count(counts.muted, "entry is", "entries are");
        let muted = format!("{entries} muted and not counted; commons list --muted shows them");
        out.field("", &styled(muted, FAINT))?;
    }
    if counts.damaged > 0 {
        let entries = count(counts.damaged, "entry", "entries");
        let damaged =
            format!("this program fails to put {entries} together; commons list marks it");
        out.field("", &styled(damaged, WARNING))?;
    }
    out.field("fingerprint", &fingerprint[..FINGERPRINT_CHARS])?;
    if only_here > 0 {
        let what = count(only_here, "contribution is", "contributions are");
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
            if node.pending > 0 {
                let waiting =
                    count(node.pending as u64, "contribution waits", "contributions wait");
                out.field("", &format!("{waiting} for what they build on"))?;
            }
            for (at, address) in start::reachable(&node.listen).into_iter().enumerate() {
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

/// The hash of the set of all contributions.
pub(super) fn fingerprint(store: &Store) -> Result<TreeHash, CliError> {
    let mut tree = Tree::default();
    tree.insert(store.ids()?);
    Ok(tree.root())
}
