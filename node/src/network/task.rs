//! The task that owns the swarm: it routes what the swarm, the handles, the LAN and the clock say
//! to the small machines, and carries out what those decide. What it does on each event of the
//! swarm is in `task/swarm.rs`, what it does every second in `task/upkeep.rs`.

mod swarm;
mod upkeep;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant, SystemTime};

use libp2p::futures::StreamExt;
use libp2p::gossipsub::{IdentTopic, MessageAcceptance, MessageId, PublishError};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, Swarm};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Interval, MissedTickBehavior};

use self::upkeep::TICK;
use super::behaviour::{self, Behaviour};
use super::clock::Clock;
use super::dialling::{Dialling, Source, Step, without_peer};
use super::discovery::{Discovery, Sighting};
use super::events::{Emitter, NetworkEvent};
use super::hello::{Hello, Stranger};
use super::random::Random;
use super::sessions::Sessions;
use super::{
    Command, NetworkConfig, NetworkError, NetworkStatus, Outboxes, Token, Verdict, ports, transport,
};

/// How long a peer of another commons is left alone (chosen: an event is set up in that time).
const STRANGER_REST: Duration = Duration::from_secs(300);

/// Strangers that wait to be noted.
const STRANGERS: usize = 64;

/// Gossip messages without a verdict. gossipsub itself forgets them after a few heartbeats.
const TOKENS: usize = 4096;

/// Everything that the task owns.
pub(super) struct Task {
    swarm: Swarm<Behaviour>,
    topic: IdentTopic,
    emitter: Emitter,
    sessions: Sessions,
    dialling: Dialling,
    dials: HashMap<ConnectionId, Step>,
    /// Peers that we disconnect because they seem to have restarted: they are dialled at once.
    restarted: HashSet<PeerId>,
    tokens: BTreeMap<Token, (MessageId, PeerId)>,
    next_token: u64,
    published_at: Option<Instant>,
    /// From whom, or to whom, gossip was lost since the last tick.
    losses: BTreeSet<Option<PeerId>>,
    warned: Option<(String, Instant)>,
    listening: Vec<Multiaddr>,
    /// Which version of commons each connected peer says it is.
    versions: HashMap<PeerId, String>,
    discovery: Option<Discovery>,
    /// When the LAN is told of addresses that have changed.
    announce_at: Option<Instant>,
    random: Random,
    clock: Clock,
    ask_at: Instant,
    ask_after: Duration,
    inputs: Inputs,
}

/// What the task listens to besides the swarm.
struct Inputs {
    commands: mpsc::UnboundedReceiver<Command>,
    broken: mpsc::UnboundedReceiver<ConnectionId>,
    strangers: mpsc::Receiver<Stranger>,
    /// Never closed: without discovery the sender is kept beside it.
    sightings: mpsc::Receiver<Sighting>,
    _sightings: Option<mpsc::Sender<Sighting>>,
    tick: Interval,
}

impl Task {
    /// Sets everything up and begins to listen.
    pub(super) fn new(
        config: NetworkConfig,
        emitter: Emitter,
        outboxes: Outboxes,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Result<Self, NetworkError> {
        let local = config.keypair.public().to_peer_id();
        let (now, seed) = (Instant::now(), seed()?);
        let (strangers, met) = mpsc::channel(STRANGERS);
        let hello = Hello { commons: config.commons, local, strangers };
        let transport = transport::build(&config.keypair, hello)?;
        let behaviour = Behaviour::new(&config.keypair, &config.commons, config.hub)?;
        let mut swarm = Swarm::new(transport, behaviour, local, behaviour::swarm_config());
        for address in &config.listen {
            listen(&mut swarm, address)?;
        }
        let mut dialling = Dialling::new(local, config.hub, seed, now);
        for (peer, address) in &config.known {
            dialling.learn(*peer, address.clone(), Source::Book, now);
        }
        for address in &config.peers {
            dialling.name(address, now);
        }
        let (discovery, sightings, kept) = if config.mdns {
            let (discovery, sightings) = Discovery::new(&config.commons, local);
            (Some(discovery), sightings, None)
        } else {
            let (sender, sightings) = mpsc::channel(1);
            (None, sightings, Some(sender))
        };
        let (break_link, broken) = mpsc::unbounded_channel();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            swarm,
            topic: behaviour::topic(&config.commons),
            sessions: Sessions::new(local, emitter.clone(), outboxes, break_link),
            emitter,
            dialling,
            dials: HashMap::new(),
            restarted: HashSet::new(),
            tokens: BTreeMap::new(),
            next_token: 0,
            published_at: None,
            losses: BTreeSet::new(),
            warned: None,
            listening: Vec::new(),
            versions: HashMap::new(),
            discovery,
            announce_at: None,
            random: Random::new(seed.rotate_left(32)),
            clock: Clock::new(now, SystemTime::now()),
            ask_at: now + upkeep::ASK_FIRST,
            ask_after: upkeep::ASK_FIRST,
            inputs: Inputs { commands, broken, strangers: met, sightings, _sightings: kept, tick },
        })
    }

    /// Runs until it is told to stop, or until nobody holds a handle any more.
    pub(super) async fn run(mut self) {
        let stopped = loop {
            let now = Instant::now();
            for step in self.dialling.steps(now) {
                self.dial(step, now);
            }
            let deadlines = [Some(self.dialling.deadline()), self.announce_at];
            let deadline = deadlines.into_iter().flatten().min().unwrap_or(now + TICK);
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                command = self.inputs.commands.recv() => match command {
                    None => break None,
                    Some(Command::Shutdown(done)) => break Some(done),
                    Some(command) => self.on_command(command),
                },
                Some(connection) = self.inputs.broken.recv() => {
                    self.swarm.close_connection(connection);
                }
                Some(stranger) = self.inputs.strangers.recv() => self.on_stranger(&stranger),
                Some(sighting) = self.inputs.sightings.recv() => {
                    let now = Instant::now();
                    for address in sighting.addresses {
                        self.dialling.learn(sighting.peer, address, Source::Sighted, now);
                    }
                }
                _ = self.inputs.tick.tick() => self.on_tick(),
                () = tokio::time::sleep_until(deadline.into()) => self.announce(),
            }
        };
        self.stop(stopped).await;
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Publish(message, _room) => self.publish(message),
            Command::Verdict(token, verdict) => self.judge(token, verdict),
            Command::Drop(peer, refuse_for) => self.drop_peer(peer, refuse_for),
            Command::Status(answer) => {
                // An error means that nobody waits for the answer any more.
                let _ = answer.send(self.status());
            }
            Command::Shutdown(_) => unreachable!("the loop ends on it"),
        }
    }

    fn publish(&mut self, message: Vec<u8>) {
        self.published_at = Some(Instant::now());
        match self.swarm.behaviour_mut().gossip.publish(self.topic.clone(), message) {
            Ok(_) | Err(PublishError::Duplicate | PublishError::NoPeersSubscribedToTopic) => {}
            Err(error) => {
                tracing::debug!(%error, "a message was not published");
                self.losses.insert(None);
            }
        }
    }

    fn judge(&mut self, token: Token, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Reject => MessageAcceptance::Reject,
            Verdict::Ignore => MessageAcceptance::Ignore,
        };
        if let Some((message, peer)) = self.tokens.remove(&token) {
            let gossip = &mut self.swarm.behaviour_mut().gossip;
            gossip.report_message_validation_result(&message, &peer, acceptance);
        }
    }

    fn drop_peer(&mut self, peer: PeerId, refuse_for: Duration) {
        let now = Instant::now();
        if !refuse_for.is_zero() {
            self.dialling.refuse(peer, None, now + refuse_for);
            self.swarm.behaviour_mut().refused.block_peer(peer);
        }
        // An error means that it is not connected, which is what was asked for.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn on_stranger(&mut self, stranger: &Stranger) {
        let until = Instant::now() + STRANGER_REST;
        let address = stranger.dialled.as_ref().map(without_peer);
        if self.dialling.refuse(stranger.peer, address.as_ref(), until) {
            self.emitter.emit(NetworkEvent::Stranger { peer: stranger.peer });
            if let Some(address) = &stranger.dialled {
                self.warn(format!(
                    "the node at {address} is in another commons, or has another passphrase for it"
                ));
            }
        }
    }

    fn status(&self) -> NetworkStatus {
        let mut connected = self.sessions.list();
        for peer in &mut connected {
            peer.version = self.versions.get(&peer.peer).cloned();
        }
        NetworkStatus {
            listening: self.listening.clone(),
            connected,
            known: self.dialling.known(),
            refused: self.dialling.refused(Instant::now()),
        }
    }

    fn dial(&mut self, step: Step, now: Instant) {
        let options = match &step {
            Step::Peer(peer, addresses) => DialOpts::peer_id(*peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(addresses.clone())
                .allocate_new_port()
                .build(),
            Step::Address(address) => {
                DialOpts::unknown_peer_id().address(address.clone()).allocate_new_port().build()
            }
        };
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => {
                self.dials.insert(connection, step);
            }
            Err(DialError::DialPeerConditionFalse(_)) => self.dialling.settled(&step),
            Err(error) => {
                tracing::debug!(?step, %error, "cannot dial");
                self.dialling.failed(&step, now);
            }
        }
    }

    /// Hangs up kindly, so that peers know at once.
    async fn stop(mut self, done: Option<oneshot::Sender<()>>) {
        self.discovery = None;
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // An error means that it is gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closing = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.next().await;
            }
        };
        // A peer that does not answer is not waited for.
        let _ = tokio::time::timeout(FAREWELL, closing).await;
        drop(self);
        if let Some(done) = done {
            // An error means that nobody waits for this any more.
            let _ = done.send(());
        }
    }
}

/// How long closing all connections may take.
const FAREWELL: Duration = Duration::from_millis(500);

fn listen(swarm: &mut Swarm<Behaviour>, address: &Multiaddr) -> Result<(), NetworkError> {
    let failed = |source| NetworkError::Listen { address: address.clone(), source };
    ports::check(address).map_err(failed)?;
    swarm.listen_on(address.clone()).map_err(|error| match error {
        libp2p::TransportError::Other(source) => failed(source),
        other => failed(std::io::Error::new(std::io::ErrorKind::Unsupported, other.to_string())),
    })?;
    Ok(())
}

fn seed() -> Result<u64, NetworkError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| NetworkError::Setup(error.to_string()))?;
    Ok(u64::from_le_bytes(bytes))
}
