//! The driver: joins the replica, the store, the network and the clock into a running [`Node`].
//!
//! The replica decides; `driver/task.rs` turns each of its outputs into an effect, one arm each.
//! Effects that take time have a place of their own: the store's thread (`driver/writer.rs`, what it
//! does being in [`keeper`]), one sender for each peer (`driver/sender.rs`), the cores that verify
//! ([`crate::verify`]).

mod bell;
mod control_server;
mod events;
pub mod gossip;
pub mod keeper;
mod reader;
mod sender;
mod status;
pub(crate) mod task;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use commons_proto::contribution::Verified;
use commons_proto::id::CommonsId;
use commons_proto::replica::{Outcome, Replica};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

pub(crate) use bell::Ring;
pub use events::NodeEvent;

use crate::control::{NodeStatus, PeerStatus};
use crate::home::{Home, HomeError, NodeLock};
use crate::network::{Events, ListenPlan, Network, NetworkConfig, NetworkError, NetworkEvent};
use crate::store::{Store, StoreError};
use crate::verify::Verifier;
use bell::Bell;
use control_server::ControlServer;
use reader::Reader;
use task::{Command, Driver};
use writer::Writer;

/// What a node is started with.
#[derive(Debug, Clone)]
pub struct NodeConfig {
    /// The home directory: the node's key, its lock, its port and its control socket.
    pub home: Home,
    /// The database.
    pub database: PathBuf,
    /// Which commons.
    pub commons: CommonsId,
    /// Where to listen; if empty, on all interfaces, on the port of the last time.
    pub listen: Vec<Multiaddr>,
    /// Peers that the user named.
    pub peers: Vec<Multiaddr>,
    /// Whether to look for peers on the LAN by multicast.
    pub mdns: bool,
    /// Whether hundreds of others lean on this node, as where they cannot reach each other.
    pub hub: bool,
}

/// Why a node did not start, or did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The home directory: keys, or another node on it.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The node has stopped.
    #[error("the node has stopped")]
    Stopped,
}

/// A running node. Dropping it stops it without waiting; [`Node::stop`] waits.
pub struct Node {
    commands: mpsc::UnboundedSender<Command>,
    events: broadcast::WeakSender<NodeEvent>,
    peer: PeerId,
    listening: Vec<Multiaddr>,
    bell: Bell,
    _control: Option<ControlServer>,
    _lock: NodeLock,
}

/// What others in this process ask of a running node. It does not keep the node running: once that
/// has stopped, every answer is [`NodeError::Stopped`].
#[derive(Debug, Clone)]
pub struct NodeHandle {
    commands: mpsc::WeakUnboundedSender<Command>,
    events: broadcast::WeakSender<NodeEvent>,
    bell: Bell,
}

impl Node {
    /// Starts a node on the current tokio runtime, and returns when it listens, with its events from
    /// the first one on. Who is slow loses the oldest ones and is told so; they end with the node.
    pub async fn start(
        config: NodeConfig,
    ) -> Result<(Self, broadcast::Receiver<NodeEvent>), NodeError> {
        let lock = config.home.lock()?;
        let keypair = config.home.node_key()?;
        let store = Store::open_alone(&config.database, &config.commons)?;
        let verifier = Arc::new(Verifier::new(config.commons));
        let (found_sender, found) = mpsc::unbounded_channel();
        let readable = Store::open_read_only(&config.database)?;
        let reader = Reader::new(readable, Arc::clone(&verifier), found_sender)?;
        // Before the ids are read: what another process writes meanwhile is told, not missed.
        let seen = store.last()?;
        let replica = Replica::new(store.ids()?, store.elsewhere()?, seed());
        let (listen, port_taken) = listen(&config)?;
        let (network, mut network_events) = Network::start(NetworkConfig {
            keypair,
            commons: config.commons,
            listen,
            peers: config.peers.clone(),
            mdns: config.mdns,
            known: address_book(&store)?,
            hub: config.hub,
        })?;
        let (listening, mut early) = first_addresses(&mut network_events).await;
        early.extend(port_taken);

        let (done_sender, done) = mpsc::unbounded_channel();
        let (command_sender, commands) = mpsc::unbounded_channel();
        let (events, listener) = broadcast::channel(EVENTS);
        let peer = network.local_peer();
        let driver = Driver {
            replica,
            network,
            early,
            network_events,
            writer: Writer::start(store, seen, done_sender),
            done,
            reader,
            found,
            verifier,
            events,
            commands,
            since: writer::unix_seconds(),
        };
        let bell = Bell::default();
        let control =
            ControlServer::start(&config.home.socket(), command_sender.clone(), bell.clone());
        if let Err(error) = &control {
            tracing::warn!(%error, "no control socket: commands are noticed a little later");
        }
        let events = driver.events.downgrade();
        tokio::spawn(driver.run());
        let node = Self {
            commands: command_sender,
            events,
            peer,
            listening,
            bell,
            _control: control.ok(),
            _lock: lock,
        };
        Ok((node, listener))
    }

    /// What others in this process ask of it.
    pub fn handle(&self) -> NodeHandle {
        NodeHandle {
            commands: self.commands.downgrade(),
            events: self.events.clone(),
            bell: self.bell.clone(),
        }
    }

    /// The node's libp2p peer id.
    pub fn peer(&self) -> PeerId {
        self.peer
    }

    /// The addresses on which it listened when it started.
    pub fn listening(&self) -> &[Multiaddr] {
        &self.listening
    }

    /// Stops the node, and returns when everything that it acknowledged is on disk and its home is
    /// free.
    pub async fn stop(self) {
        // An error means that it has stopped by itself.
        let _ = self.handle().ask(Command::Stop).await;
    }
}

impl NodeHandle {
    /// Takes in what was written here, and says for each contribution what became of it. When this
    /// returns, what is new is on disk and on its way to the peers.
    pub async fn write(&self, batch: Vec<Verified>) -> Result<Vec<Outcome>, NodeError> {
        Ok(self.ask(|answer| Command::Write { batch, answer }).await??)
    }

    /// How the node stands.
    pub async fn status(&self) -> Result<NodeStatus, NodeError> {
        let status: NodeStatus = self.ask(Command::Status).await?;
        Ok(NodeStatus { board: self.bell.board(), ..status })
    }

    /// Who its peers are.
    pub async fn peers(&self) -> Result<Vec<PeerStatus>, NodeError> {
        self.ask(Command::Peers).await
    }

    /// What is asked from now on of the board at this URL, by commands on the node's home.
    pub(crate) fn rings(&self, url: String) -> mpsc::Receiver<Ring> {
        self.bell.listen(url)
    }

    /// Its events from now on; `None` if it has stopped.
    pub fn events(&self) -> Option<broadcast::Receiver<NodeEvent>> {
        self.events.upgrade().map(|events| events.subscribe())
    }

    async fn ask<Answer>(
        &self,
        command: impl FnOnce(oneshot::Sender<Answer>) -> Command,
    ) -> Result<Answer, NodeError> {
        let (sender, answer) = oneshot::channel();
        let commands = self.commands.upgrade().ok_or(NodeError::Stopped)?;
        commands.send(command(sender)).map_err(|_| NodeError::Stopped)?;
        drop(commands);
        answer.await.map_err(|_| NodeError::Stopped)
    }
}

/// Where to listen: as the user says, else on all interfaces, on the port of the last time if it is
/// free.
fn listen(config: &NodeConfig) -> Result<(Vec<Multiaddr>, Option<NetworkEvent>), NodeError> {
    if !config.listen.is_empty() {
        return Ok((config.listen.clone(), None));
    }
    let last = last_port(&config.home);
    let plan = ListenPlan::new(last).map_err(|error| NetworkError::Setup(error.to_string()))?;
    if last != Some(plan.port)
        && let Err(error) = std::fs::write(port_file(&config.home), format!("{}\n", plan.port))
    {
        tracing::warn!(%error, "the port is not kept");
    }
    Ok((plan.addresses, plan.warning.map(NetworkEvent::Warning)))
}

/// The port of the last time, if there was one.
pub(crate) fn last_port(home: &Home) -> Option<u16> {
    std::fs::read_to_string(port_file(home)).ok()?.trim().parse().ok()
}

fn port_file(home: &Home) -> PathBuf {
    home.directory().join("node.port")
}

fn address_book(store: &Store) -> Result<Vec<(PeerId, Multiaddr)>, StoreError> {
    let known = store.peers()?;
    let parse = |known: crate::store::KnownPeer| {
        Some((known.peer.parse().ok()?, known.address.parse().ok()?))
    };
    Ok(known.into_iter().filter_map(parse).collect())
}

/// The first addresses that the network tells of, and whatever else it tells meanwhile. On a busy
/// machine the first one takes its time; the others follow it closely. More may come later, with a
/// cable.
async fn first_addresses(events: &mut Events) -> (Vec<Multiaddr>, Vec<NetworkEvent>) {
    let (mut addresses, mut early) = (Vec::new(), Vec::new());
    let mut deadline = Instant::now() + FIRST_ADDRESS;
    while let Ok(Some(event)) = timeout_at(deadline, events.recv()).await {
        match event {
            NetworkEvent::Listening(address) => {
                addresses.push(address);
                deadline = Instant::now() + NEXT_ADDRESS;
            }
            other => early.push(other),
        }
    }
    (addresses, early)
}

/// A seed for the replica's jitter. It guards nothing, so a fixed one does where there is no
/// entropy.
fn seed() -> u64 {
    getrandom::u64().unwrap_or(0)
}

/// Events that wait for a slow listener.
const EVENTS: usize = 1024;

/// How long the network may take to tell its first address: chosen, long enough for a machine that
/// has better things to do.
const FIRST_ADDRESS: Duration = Duration::from_secs(5);

/// How long it may take to tell the next one.
const NEXT_ADDRESS: Duration = Duration::from_millis(50);
