//! The network: a libp2p swarm that runs as a task of its own behind a small surface. It carries
//! bytes between the members of one commons and knows nothing of what they mean.
//!
//! The driver starts it, reads [`Events`] and speaks through [`NetworkHandle`]. What a peer goes
//! through before it is announced: a connection (`transport`), the proof of the commons both ways
//! (`hello`), one stream in each direction (`streams`, `frames`). Who is dialled and who is let go
//! is decided in `dialling`, on time as a value.

mod behaviour;
mod clock;
pub(crate) mod dialling;
pub(crate) mod discovery;
mod events;
pub(crate) mod exchange;
pub(crate) mod frames;
pub(crate) mod hello;
mod ports;
mod random;
mod sessions;
mod streams;
mod task;
mod transport;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use commons_proto::id::CommonsId;
use libp2p::identity::{KeyType, Keypair};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, mpsc, oneshot};

pub use self::events::{Events, NetworkEvent};
use self::frames::Queued;
pub use self::ports::ListenPlan;
use self::task::Task;

/// Bytes of the largest frame: a batch of contributions, and what a stranger may make us hold.
pub const FRAME_BYTES: usize = 1 << 20;

/// Bytes of the largest gossip message, the same on every node, or some would not forward what
/// others sent. Contributions over 32 KiB are announced by id, so nothing comes near it.
pub const GOSSIP_BYTES: usize = 64 * 1024;

/// What a network is started with.
#[derive(Clone)]
pub struct NetworkConfig {
    /// The node's identity; it says nothing about any author. Ed25519.
    pub keypair: Keypair,
    /// The commons whose members are peers; all others are strangers.
    pub commons: CommonsId,
    /// Where to listen: TCP and QUIC over IPv4 and IPv6.
    pub listen: Vec<Multiaddr>,
    /// Peers that the user named; dialled for as long as they are not connected. The last part may
    /// be `/p2p/…` or be missing.
    pub peers: Vec<Multiaddr>,
    /// Whether to look for peers on the LAN by multicast, and to be found.
    pub mdns: bool,
    /// The address book of an earlier run.
    pub known: Vec<(PeerId, Multiaddr)>,
    /// Whether this node serves as a hub that hundreds of others lean on.
    pub hub: bool,
}

/// Why a network did not start.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// An address to listen on is taken, not ours, or of a transport that is not spoken here.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: Multiaddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The identity is not an Ed25519 key.
    #[error("a node's key is an Ed25519 key")]
    Key,
    /// The transports or the behaviours could not be set up.
    #[error("cannot set up the network: {0}")]
    Setup(String),
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The peer is not ready, or no longer.
    #[error("the peer is not connected")]
    Gone,
    /// The peer's queue is full: it reads more slowly than we write.
    #[error("the peer's queue is full")]
    Full,
    /// The frame is over [`FRAME_BYTES`].
    #[error("a frame has at most {FRAME_BYTES} bytes")]
    TooLarge,
}

/// What a gossip message is known by until the verdict on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What becomes of a gossip message. Until a verdict it is not forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Pass it on.
    Accept,
    /// Do not pass it on: its sender should have known better.
    Reject,
    /// Do not pass it on: nobody is to blame.
    Ignore,
}

/// A network at a moment.
#[derive(Debug, Clone, Default)]
pub struct NetworkStatus {
    /// The addresses that others can dial.
    pub listening: Vec<Multiaddr>,
    /// Connected peers that have given their proof.
    pub connected: Vec<ConnectedPeer>,
    /// Peers known and not connected, each with the address last seen working.
    pub known: Vec<(PeerId, Multiaddr)>,
    /// Peers refused for now, and for how much longer.
    pub refused: Vec<(PeerId, Duration)>,
}

/// One connected peer.
#[derive(Debug, Clone)]
pub struct ConnectedPeer {
    /// Who.
    pub peer: PeerId,
    /// Where: dialled, or come from.
    pub address: Multiaddr,
    /// Whether we dialled.
    pub dialer: bool,
    /// Since when.
    pub since: SystemTime,
    /// Which version of commons it says it is, once it has.
    pub version: Option<String>,
}

/// Speaks to the network; cheap to clone. When the last one is dropped the network stops.
#[derive(Clone)]
pub struct NetworkHandle {
    local: PeerId,
    commands: mpsc::UnboundedSender<Command>,
    publishes: Arc<Semaphore>,
    outboxes: Outboxes,
}

impl NetworkHandle {
    /// This node's own id.
    pub fn local_peer(&self) -> PeerId {
        self.local
    }

    /// Puts a frame into the peer's queue, and waits for room in it: a peer that reads slowly
    /// slows whoever sends to it, and nobody else.
    pub async fn send(&self, peer: PeerId, frame: Vec<u8>) -> Result<(), SendError> {
        let outbox = self.outbox(&peer, &frame)?;
        let permit = Arc::clone(&outbox.room)
            .acquire_many_owned(weight(&frame))
            .await
            .map_err(|_| SendError::Gone)?;
        outbox.queue.send((frame, permit)).map_err(|_| SendError::Gone)
    }

    /// Puts a frame into the peer's queue if there is room now.
    pub fn try_send(&self, peer: PeerId, frame: Vec<u8>) -> Result<(), SendError> {
        let outbox = self.outbox(&peer, &frame)?;
        let permit =
            Arc::clone(&outbox.room).try_acquire_many_owned(weight(&frame)).map_err(|error| {
                match error {
                    TryAcquireError::Closed => SendError::Gone,
                    TryAcquireError::NoPermits => SendError::Full,
                }
            })?;
        outbox.queue.send((frame, permit)).map_err(|_| SendError::Gone)
    }

    /// Publishes a message of at most [`GOSSIP_BYTES`] to all members. Waits while too many are on
    /// their way out. A message may be lost: see [`NetworkEvent::GossipLost`].
    pub async fn publish(&self, message: Vec<u8>) {
        if let Ok(permit) = Arc::clone(&self.publishes).acquire_owned().await {
            self.tell(Command::Publish(message, permit));
        }
    }

    /// Says what becomes of a gossip message. A verdict on an unknown token does nothing.
    pub fn verdict(&self, token: Token, verdict: Verdict) {
        self.tell(Command::Verdict(token, verdict));
    }

    /// Disconnects a peer, and neither dials nor admits it for so long (zero: may return at once).
    pub fn drop_peer(&self, peer: PeerId, refuse_for: Duration) {
        self.tell(Command::Drop(peer, refuse_for));
    }

    /// The network as it is now; empty when it has stopped.
    pub async fn status(&self) -> NetworkStatus {
        let (answer, status) = oneshot::channel();
        self.tell(Command::Status(answer));
        status.await.unwrap_or_default()
    }

    /// Closes every connection and stops; returns when that is done.
    pub async fn shutdown(&self) {
        let (answer, done) = oneshot::channel();
        self.tell(Command::Shutdown(answer));
        // An error means that the task is gone, which is what was asked for.
        let _ = done.await;
    }

    fn outbox(&self, peer: &PeerId, frame: &[u8]) -> Result<Outbox, SendError> {
        if frame.len() > FRAME_BYTES {
            return Err(SendError::TooLarge);
        }
        let outboxes = self.outboxes.lock().expect("nobody panics while holding the outboxes");
        outboxes.get(peer).cloned().ok_or(SendError::Gone)
    }

    fn tell(&self, command: Command) {
        // An error means that the network has stopped; whoever reads its events knows.
        let _ = self.commands.send(command);
    }
}

/// Starts networks.
pub struct Network;

impl Network {
    /// Starts a network on the current tokio runtime. Listening has begun when this returns; the
    /// addresses follow as [`NetworkEvent::Listening`].
    pub fn start(config: NetworkConfig) -> Result<(NetworkHandle, Events), NetworkError> {
        let local = config.keypair.public().to_peer_id();
        if config.keypair.key_type() != KeyType::Ed25519 {
            return Err(NetworkError::Key);
        }
        let (emitter, events) = events::queue();
        let (commands, asked) = mpsc::unbounded_channel();
        let outboxes = Outboxes::default();
        let task = Task::new(config, emitter, Arc::clone(&outboxes), asked)?;
        tokio::spawn(task.run());
        let publishes = Arc::new(Semaphore::new(PUBLISHES));
        Ok((NetworkHandle { local, commands, publishes, outboxes }, events))
    }
}

/// What the handle asks of the task.
enum Command {
    Publish(Vec<u8>, OwnedSemaphorePermit),
    Verdict(Token, Verdict),
    Drop(PeerId, Duration),
    Status(oneshot::Sender<NetworkStatus>),
    Shutdown(oneshot::Sender<()>),
}

/// The way into a ready peer's queue. The room is counted in bytes.
#[derive(Clone)]
struct Outbox {
    queue: mpsc::UnboundedSender<Queued>,
    room: Arc<Semaphore>,
}

/// The queues of all ready peers, shared with the handles so that a frame takes no detour.
type Outboxes = Arc<Mutex<HashMap<PeerId, Outbox>>>;

/// What a frame takes of a queue's room: its bytes, and at least one.
fn weight(frame: &[u8]) -> u32 {
    u32::try_from(frame.len().max(1)).expect("a frame is at most 1 MiB")
}

/// Published messages on their way to the swarm: 16 MiB if all are as large as allowed (chosen).
const PUBLISHES: usize = 256;
