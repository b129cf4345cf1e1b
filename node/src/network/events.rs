//! What the network tells the driver, and the bounded queue on which it does so.

use libp2p::{Multiaddr, PeerId};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Token;

/// Something that happened, in the order in which it did.
#[derive(Debug)]
pub enum NetworkEvent {
    /// Others can dial this address now.
    Listening(Multiaddr),
    /// An address is gone: an interface went down or got another address.
    ListenerLost(Multiaddr),
    /// A peer has proved that it is in this commons, we have to it, and frames can flow. Until
    /// [`NetworkEvent::PeerGone`] frames are reliable and ordered in each direction.
    PeerReady {
        /// Who.
        peer: PeerId,
        /// Where.
        address: Multiaddr,
        /// Whether we dialled.
        dialer: bool,
    },
    /// A ready peer is gone, and with it whatever was on the way.
    PeerGone {
        /// Who.
        peer: PeerId,
    },
    /// One sync frame, at most [`FRAME_BYTES`](super::FRAME_BYTES).
    Frame {
        /// From whom.
        peer: PeerId,
        /// What.
        bytes: Vec<u8>,
    },
    /// A gossip message, at most [`GOSSIP_BYTES`](super::GOSSIP_BYTES). It waits for a verdict.
    Gossip {
        /// Who passed it on, who need not be who published it.
        peer: PeerId,
        /// What the verdict names.
        token: Token,
        /// What.
        bytes: Vec<u8>,
    },
    /// Gossip may have been lost, to or from this peer or, if none is named, anybody: time to
    /// compare sets.
    GossipLost {
        /// The peer, if it is known.
        peer: Option<PeerId>,
    },
    /// An address at which a peer was reached: for the address book.
    Learned {
        /// Who.
        peer: PeerId,
        /// Where, without the peer's id.
        address: Multiaddr,
    },
    /// A peer of another commons, or of none. It is left alone.
    Stranger {
        /// Who.
        peer: PeerId,
    },
    /// Something that the user should know and may be able to mend.
    Warning(String),
    /// The machine slept, or this process was stopped for a while.
    Woke,
}

/// The events, oldest first. Frames and gossip that wait here are counted: while the driver is
/// behind, peers are read no further and gossip is dropped.
pub struct Events {
    queue: mpsc::UnboundedReceiver<(NetworkEvent, Option<OwnedSemaphorePermit>)>,
}

impl Events {
    /// The next event; none when the network has stopped.
    pub async fn recv(&mut self) -> Option<NetworkEvent> {
        self.queue.recv().await.map(|(event, _room)| event)
    }

    /// The next event if there is one now.
    pub fn try_recv(&mut self) -> Option<NetworkEvent> {
        self.queue.try_recv().ok().map(|(event, _room)| event)
    }
}
