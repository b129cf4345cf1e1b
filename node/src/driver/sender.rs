//! What goes out to peers. Each peer has a sender of its own, which reads from the log what is
//! served and waits while the peer reads slowly, so that nobody else does. Gossip has one, too.

use commons_proto::id::ContributionId;
use commons_proto::replica::Peer;
use commons_proto::wire::{Message, deliveries};
use libp2p::PeerId;
use tokio::sync::mpsc;

use super::gossip;
use super::reader::Reader;
use crate::network::NetworkHandle;

/// Something for a peer.
pub(super) enum Outgoing {
    /// A message.
    Message(Message),
    /// Contributions, to be read from the log.
    Serve(Vec<ContributionId>),
}

/// The way to a peer's sender. Dropping it ends the sender.
pub(super) type Outbox = mpsc::Sender<Outgoing>;

/// Starts a peer's sender. When something was served, the peer is named on `served`.
pub(super) fn start(
    peer: Peer,
    id: PeerId,
    network: NetworkHandle,
    reader: Reader,
    served: mpsc::UnboundedSender<Peer>,
) -> Outbox {
    let (outbox, mut queue) = mpsc::channel(QUEUE);
    tokio::spawn(async move {
        while let Some(outgoing) = queue.recv().await {
            match outgoing {
                Outgoing::Message(message) => {
                    if network.send(id, message.encode()).await.is_err() {
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
    outbox
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

/// Contributions read from the log at once: at most 16 MiB, usually 100 kB.
const READ_AT_ONCE: usize = 256;

/// Batches that may wait to be published.
const PUBLISHED: usize = 256;
