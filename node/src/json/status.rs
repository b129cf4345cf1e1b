//! How the node and its peers stand.

use std::collections::BTreeMap;

use commons_proto::id::Author;
use serde::Serialize;
use utoipa::ToSchema;

use crate::control::{NodeStatus, PeerState, PeerStatus};
use crate::store::{self, Store};
use crate::when;

/// What is here, and how the node stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Status {
    /// The name of the commons.
    pub commons: String,
    /// The home directory. A guest is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Who writes on this home; null before there is a key.
    #[schema(required)]
    pub author: Option<String>,
    /// The root of the tree of ids: equal on nodes that hold the same set.
    pub fingerprint: String,
    /// How many contributions are here.
    pub contributions: u64,
    /// How many entries lists show.
    pub entries: u64,
    /// How many entries there are of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// How many people contributed.
    pub authors: u64,
    /// How many entries are muted here, which the others do not count.
    pub muted: u64,
    /// How many entries this program fails to put together.
    pub damaged: u64,
    /// How many contributions no other node is known to hold.
    pub only_here: u64,
    /// The running node.
    #[schema(required)]
    pub node: Option<Node>,
}

/// The running node.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Node {
    /// Its process.
    pub pid: u32,
    /// Its libp2p peer id.
    pub peer: String,
    /// The multiaddresses that it listens on. A guest is not told.
    pub listen: Vec<String>,
    /// Since when it runs.
    #[schema(format = DateTime)]
    pub since: String,
    /// How many peers it is connected to.
    pub connected: usize,
    /// How many of them hold exactly what it holds.
    pub in_sync: usize,
    /// How many contributions wait for what they build on.
    pub pending: usize,
    /// Where its board is, if it has one. A guest is not told.
    pub board: Option<String>,
}

/// A peer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Peer {
    /// Its libp2p peer id.
    pub peer: String,
    /// A multiaddress at which it was met. A guest is not told.
    #[schema(required)]
    pub address: Option<String>,
    /// How it stands with us.
    pub state: PeerState,
    /// Whether it holds exactly what we hold, if known.
    #[schema(required)]
    pub in_sync: Option<bool>,
    /// How many contributions it lacks, if known.
    #[schema(required)]
    pub behind: Option<u64>,
    /// How many we lack of its, if known.
    #[schema(required)]
    pub ahead: Option<u64>,
    /// Since when it is in this state; where no node runs, when it was last met.
    #[schema(required, format = DateTime)]
    pub since: Option<String>,
    /// Which version of commons it says it is.
    #[schema(required)]
    pub version: Option<String>,
}

impl Status {
    /// How this store and the node that runs on it stand. Of the home, nothing is told.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(
        store: &Store,
        commons: &str,
        author: Option<Author>,
        node: Option<&NodeStatus>,
    ) -> store::Result<Self> {
        let counts = store.counts()?;
        let fingerprint = match node {
            // A set only grows: of the same number it is the same, and the node knows its
            // fingerprint.
            Some(node) if node.contributions == counts.contributions => node.fingerprint.clone(),
            _ => store.fingerprint()?.to_string(),
        };
        // The node knows at once what it writes into the database a little later.
        let only_here = store.only_here()?.min(node.map_or(u64::MAX, |node| node.only_here));
        Ok(Self {
            commons: commons.to_owned(),
            home: None,
            author: author.map(|author| author.to_string()),
            fingerprint,
            contributions: counts.contributions,
            entries: counts.entries,
            kinds: counts.kinds,
            authors: counts.authors,
            muted: counts.muted,
            damaged: counts.damaged,
            only_here,
            node: node.map(Node::from),
        })
    }
}

impl From<&NodeStatus> for Node {
    fn from(node: &NodeStatus) -> Self {
        Self {
            pid: node.pid,
            peer: node.peer.clone(),
            listen: node.listen.clone(),
            since: when::rfc3339(node.since),
            connected: node.connected,
            in_sync: node.in_sync,
            pending: node.pending,
            board: node.board.clone(),
        }
    }
}

impl From<&PeerStatus> for Peer {
    fn from(peer: &PeerStatus) -> Self {
        Self {
            peer: peer.peer.clone(),
            address: peer.address.clone(),
            state: peer.state,
            in_sync: peer.in_sync,
            behind: peer.behind,
            ahead: peer.ahead,
            since: peer.since.map(when::rfc3339),
            version: peer.version.clone(),
        }
    }
}
