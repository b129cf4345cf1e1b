//! What a running node tells whoever runs it.

use serde::Serialize;

/// Something that happened, in the order in which it did. Contributions are not told here: the log
/// is the list of them, and [`NodeEvent::Committed`] says when to look at its tail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum NodeEvent {
    /// Others can dial this multiaddress now.
    Listening {
        /// The address.
        address: String,
    },
    /// A peer of this commons is connected.
    PeerConnected {
        /// Its libp2p peer id.
        peer: String,
        /// The multiaddress at which it was met.
        address: String,
    },
    /// A peer is gone.
    PeerDisconnected {
        /// Its libp2p peer id.
        peer: String,
    },
    /// A peer did what it should not have done: it is disconnected, and refused for a while.
    PeerRefused {
        /// Its libp2p peer id.
        peer: String,
        /// What it did, in words.
        reason: String,
        /// For how long.
        seconds: u64,
    },
    /// A peer holds exactly what we hold.
    InSync {
        /// Its libp2p peer id.
        peer: String,
    },
    /// The log holds everything up to this position.
    Committed {
        /// The position.
        through: u64,
    },
    /// Something that the user should know and may be able to mend.
    Warning {
        /// In a sentence.
        message: String,
    },
}
