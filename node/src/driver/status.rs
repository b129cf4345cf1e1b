//! How a running node describes itself and its peers to commands on the same home.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use commons_proto::id::TreeHash;
use commons_proto::replica;
use libp2p::PeerId;

use crate::control::{NodeStatus, PeerState, PeerStatus};
use crate::network::NetworkStatus;

/// The replica's and the driver's half of it, at a moment.
pub(super) struct Snapshot {
    pub(super) local: PeerId,
    pub(super) since: u64,
    pub(super) fingerprint: TreeHash,
    pub(super) contributions: u64,
    pub(super) pending: usize,
    pub(super) only_here: u64,
    pub(super) peers: Vec<(PeerId, replica::PeerStatus)>,
}

/// How the node stands.
pub(super) fn node(snapshot: &Snapshot, network: &NetworkStatus) -> NodeStatus {
    let in_sync = |(_, peer): &&(PeerId, replica::PeerStatus)| peer.in_sync == Some(true);
    NodeStatus {
        pid: std::process::id(),
        peer: snapshot.local.to_string(),
        listen: network.listening.iter().map(ToString::to_string).collect(),
        since: snapshot.since,
        connected: snapshot.peers.len(),
        in_sync: snapshot.peers.iter().filter(in_sync).count(),
        fingerprint: snapshot.fingerprint.to_string(),
        contributions: snapshot.contributions,
        pending: snapshot.pending,
        only_here: snapshot.only_here,
        board: None,
    }
}

/// Each peer that the node knows: connected ones first, then refused ones, then the address book.
pub(super) fn peers(snapshot: &Snapshot, network: &NetworkStatus) -> Vec<PeerStatus> {
    let connected = network.connected.iter().map(|peer| {
        let told = snapshot.peers.iter().find(|(id, _)| *id == peer.peer).map(|(_, told)| told);
        PeerStatus {
            peer: peer.peer.to_string(),
            address: Some(peer.address.to_string()),
            state: PeerState::Connected,
            in_sync: told.and_then(|told| told.in_sync),
            behind: told.and_then(|told| told.behind),
            ahead: told.and_then(|told| told.ahead),
            since: Some(seconds(peer.since)),
            version: peer.version.clone(),
        }
    });
    let refused =
        network.refused.iter().map(|(peer, _)| unconnected(peer, None, PeerState::Refused));
    let known = network
        .known
        .iter()
        .map(|(peer, address)| unconnected(peer, Some(address.to_string()), PeerState::Known));
    connected.chain(refused).chain(known).collect()
}

fn unconnected(peer: &PeerId, address: Option<String>, state: PeerState) -> PeerStatus {
    PeerStatus {
        peer: peer.to_string(),
        address,
        state,
        in_sync: None,
        behind: None,
        ahead: None,
        since: None,
        version: None,
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
