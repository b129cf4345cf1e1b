//! What goes out to peers. Each peer has a sender of its own, which reads from the log what is
//! served and waits while the peer reads slowly, so that nobody else does. Gossip has one, too.

use std::sync::Arc;

use commons_proto::id::ContributionId;
use commons_proto::replica::Peer;
use commons_proto::wire::{Message, deliveries};
use libp2p::PeerId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::gossip;
use super::reader::Reader;
use crate::network::NetworkHandle;

/// Something for a peer.
enum Outgoing {
    /// A message's bytes, and their share of the room.
    Message(Vec<u8>, OwnedSemaphorePermit),
    /// Contributions, to be read from the log.
    Serve(Vec<ContributionId>),
}

/// The way to a peer's sender. Dropping it ends the sender.
pub(super) struct Outbox {
    queue: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
}

impl Outbox {
    /// Puts a message into the queue; whether there was room.
    pub(super) fn say(&self, message: &Message) -> bool {
        let bytes = message.encode();
        let weight = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        match Arc::clone(&self.room).try_acquire_many_owned(weight) {
            Ok(room) => self.put(Outgoing::Message(bytes, room)),
            Err(_) => false,
        }
    }

    /// Puts contributions into the queue; whether there was room.
    pub(super) fn serve(&self, ids: Vec<ContributionId>) -> bool {
        self.put(Outgoing::Serve(ids))
    }

    fn put(&self, outgoing: Outgoing) -> bool {
        // A sender that has ended has no queue that could be full: its peer is gone.
        !matches!(self.queue.try_send(outgoing), Err(mpsc::error::TrySendError::Full(_)))
    }
}

/// Starts a peer's sender. When something was served, the peer is named on `served`.
pub(super) fn start(
    peer: Peer,
    id: PeerId,
    network: NetworkHandle,
    reader: Reader,
    served: mpsc::UnboundedSender<Peer>,
) -> Outbox {
    let (outbox, mut queue) = mpsc::channel(QUEUE);
    let room = Arc::new(Semaphore::new(WAITING_BYTES));
    tokio::spawn(async move {
        while let Some(outgoing) = queue.recv().await {
            match outgoing {
                Outgoing::Message(message, _room) => {
                    if network.send(id, message).await.is_err() {
                        return;
                    }
                }
                Outgoing::Serve(ids) => {
                    for some in ids.chunks(READ_AT_ONCE) {
                        for message in
                            deliveries(reader.contributions(Some(id), some.to_vec()).await)
                        {
                            if network.send(id, message.encode()).await.is_err() {
                                return;
                            }
                        }
                    }
                    // An error means that the node is stopping.
                    let _ = served.send(peer);
                }
            }
        }
    });
    Outbox { queue: outbox, room }
}

/// Starts the publisher: what it is given goes out by gossip, in order. When it has too much to do
/// the rest is left to repair.
pub(super) fn start_publisher(
    network: NetworkHandle,
    reader: Reader,
) -> mpsc::Sender<Vec<ContributionId>> {
    let (queue, mut ids) = mpsc::channel::<Vec<ContributionId>>(PUBLISHED);
    tokio::spawn(async move {
        while let Some(ids) = ids.recv().await {
            for some in ids.chunks(READ_AT_ONCE) {
                let contributions = reader.contributions(None, some.to_vec()).await;
                for message in contributions.into_iter().filter_map(gossip::message) {
                    network.publish(message).await;
                }
            }
        }
    });
    queue
}

/// Messages that may wait for one peer: the replica asks and answers far less at once, so a peer
/// for whom more waits does not read.
const QUEUE: usize = 1024;

/// Bytes of messages that may wait for one peer: an honest one has four answers under way, of under
/// 700 KB each, so that a peer for whom more waits asks and does not read.
const WAITING_BYTES: usize = 8 * 1024 * 1024;

/// Contributions read from the log at once: at most 16 MiB, usually 100 kB.
const READ_AT_ONCE: usize = 256;

/// Batches that may wait to be published.
const PUBLISHED: usize = 256;
