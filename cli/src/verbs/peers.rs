//! `peers`: who the node is connected to and who it knows.

use commons_node::control::{self, PeerState};
use commons_node::json;
use commons_node::names::short_peer;

use crate::context::Context;
use crate::error::CliError;
use crate::output::table::{Cell, Table};
use crate::output::{FAINT, GOOD, ID, WARNING, WRONG, say};
use commons_node::when;

/// Show the nodes that yours is connected to or knows, and how far each is
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons peers")]
pub(crate) struct Peers {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let store = context.reader()?;
    let live = control::peers(&context.home.socket());
    let is_live = live.is_some();
    let peers = match live {
        Some(peers) => peers,
        None => store.peers()?.into_iter().map(remembered).collect(),
    };
    let out = &mut context.out;
    if out.is_json() {
        for peer in &peers {
            out.json(&json::Peer::from(peer))?;
        }
        return Ok(());
    }
    if !peers.is_empty() {
        out.table(&table(&peers))?;
        out.flush()?;
    }
    if !is_live {
        say("No node runs here, so nobody is connected; commons start runs one.");
    } else if peers.is_empty() {
        say("No peers yet. Others on this network are found by themselves; where they are not, \
             give an address: commons start --peer ADDRESS.");
    }
    Ok(())
}

fn remembered(peer: commons_node::store::KnownPeer) -> control::PeerStatus {
    control::PeerStatus {
        peer: peer.peer,
        address: Some(peer.address),
        state: PeerState::Known,
        in_sync: None,
        behind: None,
        ahead: None,
        since: Some(peer.seen),
        version: None,
    }
}

fn table(peers: &[control::PeerStatus]) -> Table {
    let now = when::now();
    let mut table = Table::new(&["peer", "state", "sync", "since", "address"]);
    for peer in peers {
        let look = match peer.state {
            PeerState::Connected => GOOD,
            PeerState::Known => FAINT,
            PeerState::Refused => WRONG,
        };
        let (sync, sync_look) = match peer.in_sync {
            Some(true) => ("in sync".to_owned(), GOOD),
            Some(false) => (peer.differences(), WARNING),
            None => (String::new(), FAINT),
        };
        let since = peer.since.map(|since| when::ago(since, now)).unwrap_or_default();
        table.row([
            Cell::new(&short_peer(&peer.peer), ID),
            Cell::new(peer.state.name(), look),
            Cell::new(&sync, sync_look),
            Cell::new(&since, FAINT),
            Cell::new(peer.address.as_deref().unwrap_or_default(), FAINT),
        ]);
    }
    table
}
