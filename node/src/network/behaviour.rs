//! The behaviours that run on every connection, and their values. Each number comes from
//! measurements on LANs of up to 500 nodes unless it says otherwise.

use std::time::Duration;

use commons_proto::id::CommonsId;
use libp2p::gossipsub::{self, IdentTopic, MessageAuthenticity, MessageId, ValidationMode};
use libp2p::identity::Keypair;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{allow_block_list, connection_limits, identify, memory_connection_limits, ping};
use sha2::{Digest, Sha256};

use super::{GOSSIP_BYTES, NetworkError, exchange, streams};

/// What identify tells others of the protocol that is spoken here.
const PROTOCOL: &str = "/commons/1";

/// What the name of the program begins with.
const AGENT: &str = "commons/";

/// Characters of a version that are kept: a stranger says it.
const VERSION_CHARS: usize = 32;

/// How often a peer is asked whether it is there, and how long it may take to answer.
const PING: Duration = Duration::from_secs(5);

/// Connections: on the way in, on the way out, standing on an ordinary node and on a hub, and to
/// one peer (never 1: TCP and QUIC, or two simultaneous dials, meet).
const PENDING_IN: u32 = 64;
const PENDING_OUT: u32 = 16;
const ESTABLISHED: u32 = 80;
const ESTABLISHED_HUB: u32 = 600;

/// Standing connections that are kept for whom we dial: who fills all others from one machine does
/// not keep us from the rest. Twice the degree at which dialling stops.
const OUTGOING: u32 = 20;
const PER_PEER: u32 = 4;

/// Bytes of memory of this process above which no further connection is taken.
const MEMORY_BYTES: usize = 1 << 30;

/// How long a connection that carries nothing is kept.
const IDLE: Duration = Duration::from_secs(3600);

/// Mesh of an ordinary node: wanted, low, high.
const MESH: [usize; 3] = [6, 5, 12];

/// Mesh of a hub. With the ordinary mesh a hub with 198 leaves delivered 56 %, with this 100 %.
const MESH_HUB: [usize; 3] = [64, 32, 512];

/// When the mesh forms first.
const FIRST_HEARTBEAT: Duration = Duration::from_secs(1);

/// Messages that wait for one peer before more are dropped: at most 16 MiB (chosen).
const GOSSIP_QUEUE: usize = 256;

/// All that runs on a connection.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) limits: connection_limits::Behaviour,
    pub(super) memory: memory_connection_limits::Behaviour,
    pub(super) refused: allow_block_list::Behaviour<allow_block_list::BlockedPeers>,
    pub(super) gossip: gossipsub::Behaviour,
    pub(super) streams: streams::Behaviour,
    pub(super) exchange: exchange::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) ping: ping::Behaviour,
}

impl Behaviour {
    /// The behaviours of a member of this commons, subscribed to its topic.
    pub(super) fn new(
        keypair: &Keypair,
        commons: &CommonsId,
        hub: bool,
    ) -> Result<Self, NetworkError> {
        let established = if hub { ESTABLISHED_HUB } else { ESTABLISHED };
        let limits = connection_limits::ConnectionLimits::default()
            .with_max_pending_incoming(Some(PENDING_IN))
            .with_max_pending_outgoing(Some(PENDING_OUT))
            .with_max_established(Some(established))
            .with_max_established_incoming(Some(established - OUTGOING))
            .with_max_established_per_peer(Some(PER_PEER));
        let mut gossip =
            gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, values(commons, hub)?)
                .map_err(|error| NetworkError::Setup(error.into()))?;
        gossip
            .subscribe(&topic(commons))
            .map_err(|error| NetworkError::Setup(error.to_string()))?;
        Ok(Self {
            limits: connection_limits::Behaviour::new(limits),
            memory: memory_connection_limits::Behaviour::with_max_bytes(MEMORY_BYTES),
            refused: allow_block_list::Behaviour::default(),
            gossip,
            streams: streams::Behaviour::default(),
            exchange: exchange::behaviour(),
            identify: identify::Behaviour::new(
                identify::Config::new(PROTOCOL.into(), keypair.public())
                    .with_agent_version(agent())
                    .with_cache_size(0)
                    .with_push_listen_addr_updates(true),
            ),
            ping: ping::Behaviour::new(ping::Config::new().with_interval(PING).with_timeout(PING)),
        })
    }
}

/// What members are told of the program that speaks to them: `commons/` and its version.
fn agent() -> String {
    format!("{AGENT}{}", env!("CARGO_PKG_VERSION"))
}

/// The version of commons that a member says it is.
pub(super) fn version_of(agent: &str) -> Option<String> {
    agent.strip_prefix(AGENT).map(|version| version.chars().take(VERSION_CHARS).collect())
}

/// The swarm's own values: QUIC first and TCP a little later, and connections that are closed by
/// us alone, since gossip keeps them busy anyway.
pub(super) fn swarm_config() -> libp2p::swarm::Config {
    libp2p::swarm::Config::with_tokio_executor()
        .with_smart_dial()
        .with_idle_connection_timeout(IDLE)
}

/// The topic on which this commons's contributions travel.
pub(super) fn topic(commons: &CommonsId) -> IdentTopic {
    IdentTopic::new(commons.topic())
}

/// Messages carry our own signatures, so gossipsub adds none; the id of a message is its hash, and
/// none is passed on before the driver's verdict. gossipsub remembers ids also of messages on topics
/// that nobody here listens to; those have others, lest somebody makes us deaf for one of ours.
fn values(commons: &CommonsId, hub: bool) -> Result<gossipsub::Config, NetworkError> {
    let ours = topic(commons).hash();
    let [wanted, low, high] = if hub { MESH_HUB } else { MESH };
    gossipsub::ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(move |message| {
            let mut id = Sha256::new();
            if message.topic != ours {
                id.update(message.topic.as_str());
            }
            MessageId::new(&id.chain_update(&message.data).finalize())
        })
        .max_transmit_size(GOSSIP_BYTES)
        .flood_publish(true)
        .heartbeat_initial_delay(FIRST_HEARTBEAT)
        .connection_handler_queue_len(GOSSIP_QUEUE)
        .mesh_n(wanted)
        .mesh_n_low(low)
        .mesh_n_high(high)
        .build()
        .map_err(|error| NetworkError::Setup(error.to_string()))
}
