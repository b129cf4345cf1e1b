//! What the network tells the driver, and the bounded queue on which it does so.

use std::sync::Arc;

use libp2p::{Multiaddr, PeerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

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
        /// Whether it is for us to begin: of two peers exactly one does, the one with the lower id,
        /// which also dials first.
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
    /// A peer has announced a frame over [`FRAME_BYTES`](super::FRAME_BYTES). It was not read, and
    /// the peer is about to be gone.
    TooLarge {
        /// Who.
        peer: PeerId,
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
    /// An address at which a peer was reached once, and somebody else is now.
    Moved {
        /// Who is not there any more.
        peer: PeerId,
        /// Where, without a peer's id.
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

/// Puts events into the queue.
#[derive(Clone)]
pub(super) struct Emitter {
    queue: mpsc::UnboundedSender<(NetworkEvent, Option<OwnedSemaphorePermit>)>,
    frame_room: Arc<Semaphore>,
    gossip_room: Arc<Semaphore>,
}

/// A queue and its two ends.
pub(super) fn queue() -> (Emitter, Events) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let emitter = Emitter {
        queue: sender,
        frame_room: Arc::new(Semaphore::new(FRAMES_WAITING)),
        gossip_room: Arc::new(Semaphore::new(GOSSIP_WAITING)),
    };
    (emitter, Events { queue: receiver })
}

impl Emitter {
    /// An event that is rare: a peer's coming and going, a warning.
    pub(super) fn emit(&self, event: NetworkEvent) {
        // An error means that nobody listens any more: the network is about to stop.
        let _ = self.queue.send((event, None));
    }

    /// A gossip message, unless too many wait; whether there was room.
    pub(super) fn emit_gossip(&self, event: NetworkEvent) -> bool {
        let Ok(room) = Arc::clone(&self.gossip_room).try_acquire_owned() else { return false };
        self.queue.send((event, Some(room))).is_ok()
    }

    /// Waits for room for a frame. Peers get it in turn.
    pub(super) async fn room_for(&self, frame: &[u8]) -> OwnedSemaphorePermit {
        Arc::clone(&self.frame_room)
            .acquire_many_owned(super::weight(frame))
            .await
            .expect("the room for frames is never closed")
    }

    /// A frame for which there is room.
    pub(super) fn emit_frame(&self, peer: PeerId, bytes: Vec<u8>, room: OwnedSemaphorePermit) {
        let _ = self.queue.send((NetworkEvent::Frame { peer, bytes }, Some(room)));
    }
}

/// Bytes of frames that wait for the driver; at least as many as the largest frame has (chosen).
const FRAMES_WAITING: usize = 8 * super::FRAME_BYTES;

/// Gossip messages that wait for the driver: 32 MiB if all are as large as allowed (chosen).
const GOSSIP_WAITING: usize = 512;
