//! The task that runs a node: inputs of all kinds go into the replica, each output becomes an
//! effect. Nothing is decided here.

use std::collections::{BTreeMap, HashSet};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use commons_proto::contribution::Verified;
use commons_proto::id::ContributionId;
use commons_proto::replica::{
    Fault, Input, Lane, Moment, Origin, Outcome, Output, Peer, Replica, Verdict,
};
use commons_proto::wire::{Message, Unchecked};
use libp2p::PeerId;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::events::NodeEvent;
use super::gossip;
use super::keeper::{Done, Job};
use super::reader::{Found, Reader};
use super::sender::{self, Outbox};
use super::status::{self, Snapshot};
use super::writer::Writer;
use crate::control::{NodeStatus, PeerStatus};
use crate::network::{self, Events, NetworkEvent, NetworkHandle, Token};
use crate::store;
use crate::verify::Verifier;

/// What the holder of a [`super::Node`], or a command on its home, asks of it.
pub(super) enum Command {
    /// Takes in what was written here.
    Write { batch: Vec<Verified>, answer: oneshot::Sender<store::Result<Vec<Outcome>>> },
    /// Looks at the database.
    Look,
    /// Tells how the node stands.
    Status(oneshot::Sender<NodeStatus>),
    /// Tells of the peers.
    Peers(oneshot::Sender<Vec<PeerStatus>>),
    /// Ends.
    Stop(oneshot::Sender<()>),
}

/// A verdict of the cores that verify.
pub(super) struct Checked {
    peer: Peer,
    origin: Origin,
    verdicts: Vec<crate::verify::Verdict>,
}

/// Everything that a running node is made of.
pub(super) struct Driver {
    pub(super) replica: Replica,
    pub(super) network: NetworkHandle,
    /// What the network told before anybody listened.
    pub(super) early: Vec<NetworkEvent>,
    pub(super) network_events: Events,
    pub(super) writer: Writer,
    pub(super) done: mpsc::UnboundedReceiver<Done>,
    pub(super) reader: Reader,
    pub(super) found: mpsc::UnboundedReceiver<Found>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) events: broadcast::Sender<NodeEvent>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) since: u64,
}

/// What the loop keeps beside the parts.
struct Running {
    parts: Driver,
    peers: BTreeMap<Peer, Connected>,
    publisher: mpsc::Sender<Vec<ContributionId>>,
    served: mpsc::UnboundedSender<Peer>,
    checked: mpsc::UnboundedSender<Checked>,
    origin: Instant,
    warned: HashSet<String>,
}

/// A connected peer.
struct Connected {
    id: PeerId,
    outbox: Outbox,
    /// Whether it is about to be gone, since it is refused.
    is_refused: bool,
}

impl Driver {
    /// Runs until it is told to stop, or nobody is left who could tell it.
    pub(super) async fn run(self) {
        let (served_sender, mut served) = mpsc::unbounded_channel();
        let (checked_sender, mut checked) = mpsc::unbounded_channel();
        let mut running = Running {
            publisher: sender::start_publisher(self.network.clone(), self.reader.clone()),
            parts: self,
            peers: BTreeMap::new(),
            served: served_sender,
            checked: checked_sender,
            origin: Instant::now(),
            warned: HashSet::new(),
        };
        for event in std::mem::take(&mut running.parts.early) {
            running.network_event(event);
        }
        let stopped = loop {
            let deadline = running.deadline();
            // Local work goes before remote work; and what was done is known before it is asked for.
            tokio::select! {
                biased;
                Some(done) = running.parts.done.recv() => running.done(done),
                command = running.parts.commands.recv() => match command {
                    Some(Command::Stop(answer)) => break Some(answer),
                    Some(command) => running.command(command),
                    None => break None,
                },
                Some(found) = running.parts.found.recv() => running.found(found),
                Some(Checked { peer, origin, verdicts }) = checked.recv() => {
                    running.input(Input::Checked { peer, origin, verdicts });
                }
                Some(peer) = served.recv() => running.input(Input::Served { peer }),
                () = sleep_until(deadline) => running.input(Input::Tick),
                event = running.parts.network_events.recv() => match event {
                    Some(event) => running.network_event(event),
                    None => break None,
                },
            }
        };
        running.parts.network.shutdown().await;
        // The store's thread finishes what it was given before the writer is gone.
        drop(running);
        if let Some(answer) = stopped {
            // Whoever asked may have gone.
            let _ = answer.send(());
        }
    }
}

impl Running {
    fn now(&self) -> Moment {
        Moment(u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn deadline(&self) -> Option<Instant> {
        self.parts.replica.deadline().map(|at| self.origin + Duration::from_millis(at.0))
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        for output in self.parts.replica.handle(input, now) {
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Send { peer, message } => self.send(peer, |outbox| outbox.say(&message)),
            Output::Serve { peer, ids } => self.send(peer, |outbox| outbox.serve(ids)),
            Output::Check { peer, origin, contributions } => {
                self.check(peer, origin, contributions);
            }
            Output::Accept { origin, batch } => {
                self.parts.writer.give(Job::Accept { origin, batch });
            }
            Output::Publish { ids } => {
                if self.publisher.try_send(ids).is_err() {
                    tracing::debug!("too much to publish: the rest is left to repair");
                }
            }
            Output::Verdict { token, verdict } => {
                self.parts.network.verdict(Token(token), network_verdict(verdict));
            }
            Output::Blame { peer, fault, refuse_for } => {
                self.blame(peer, &fault, Duration::from_millis(refuse_for));
            }
            Output::Elsewhere { seq } => self.parts.writer.give(Job::Elsewhere(seq)),
            Output::InSync { peer } => {
                if let Some(connected) = self.peers.get(&peer) {
                    self.tell(NodeEvent::InSync { peer: connected.id.to_string() });
                }
            }
        }
    }

    fn network_event(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Listening(address) => {
                self.tell(NodeEvent::Listening { address: address.to_string() });
            }
            NetworkEvent::ListenerLost(address) => {
                tracing::info!(%address, "no longer listening");
            }
            NetworkEvent::PeerReady { peer: id, address, dialer } => {
                let peer = name(&id);
                let outbox = sender::start(
                    peer,
                    id,
                    self.parts.network.clone(),
                    self.parts.reader.clone(),
                    self.served.clone(),
                );
                self.peers.insert(peer, Connected { id, outbox, is_refused: false });
                self.tell(NodeEvent::PeerConnected {
                    peer: id.to_string(),
                    address: address.to_string(),
                });
                self.input(Input::Connected { peer, dialer });
            }
            NetworkEvent::PeerGone { peer: id } => {
                let peer = name(&id);
                if self.peers.remove(&peer).is_some() {
                    self.tell(NodeEvent::PeerDisconnected { peer: id.to_string() });
                    self.input(Input::Disconnected { peer });
                }
            }
            NetworkEvent::Frame { peer, bytes } => {
                let peer = name(&peer);
                self.input(match Message::decode(&bytes) {
                    Ok(message) => Input::Message { peer, message },
                    Err(_) => Input::Garbage { peer },
                });
            }
            NetworkEvent::TooLarge { peer } => self.input(Input::Garbage { peer: name(&peer) }),
            NetworkEvent::Gossip { peer, token, bytes } => {
                let input = gossip::read(name(&peer), token.0, bytes);
                if matches!(input, Input::Garbage { .. }) {
                    self.parts.network.verdict(token, network::Verdict::Reject);
                }
                self.input(input);
            }
            // The roots that peers tell each other show what is missing.
            NetworkEvent::GossipLost { peer } => tracing::debug!(?peer, "gossip may be lost"),
            NetworkEvent::Woke => self.input(Input::Woke),
            NetworkEvent::Learned { peer, address } => {
                let (peer, address) = (peer.to_string(), address.to_string());
                self.parts.writer.give(Job::Remember { peer, address });
            }
            NetworkEvent::Moved { peer, address } => {
                let (peer, address) = (peer.to_string(), Some(address.to_string()));
                self.parts.writer.give(Job::Forget { peer, address });
            }
            NetworkEvent::Stranger { peer } => {
                self.parts.writer.give(Job::Forget { peer: peer.to_string(), address: None });
                tracing::info!(%peer, "a node of another commons; it is left alone");
            }
            NetworkEvent::Warning(message) => self.warn(message),
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Accepted { origin, outcomes } => {
                self.input(Input::Accepted { origin, outcomes });
            }
            Done::Committed(items) => {
                let through = items.last().map_or(0, |item| item.seq);
                // Whoever listens hears of what came before that it makes us equal to somebody.
                self.tell(NodeEvent::Committed { through });
                self.input(Input::Committed { items });
            }
            Done::Damaged(ids) => {
                self.tell(NodeEvent::Warning { message: damaged(&ids) });
                self.input(Input::Lost { ids });
            }
            Done::Healed(items) => {
                let what = if items.len() == 1 { "contribution is" } else { "contributions are" };
                let message = format!("{} damaged {what} whole again", items.len());
                self.tell(NodeEvent::Warning { message });
                self.input(Input::Committed { items });
            }
            Done::Trouble(error) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                let then = "the node goes on by itself when it can write again";
                self.tell(NodeEvent::Warning { message: format!("{error}{cause}; {then}") });
            }
            Done::Recovered => self.tell(NodeEvent::Warning {
                message: "the database can be written again".to_owned(),
            }),
        }
    }

    /// The log is damaged. Who was told that this is here would take the rest for a broken promise,
    /// so that connection begins anew, without blame.
    fn found(&mut self, Found { peer, ids }: Found) {
        self.input(Input::Lost { ids: ids.clone() });
        self.parts.writer.give(Job::Damaged(ids));
        if let Some(peer) = peer {
            self.parts.network.drop_peer(peer, Duration::ZERO);
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Write { batch, answer } => {
                // Whoever asked may have gone; the contributions are in the log all the same.
                let answer = Box::new(|outcomes| drop(answer.send(outcomes)));
                self.parts.writer.give(Job::Write { batch, answer });
            }
            Command::Look => self.parts.writer.give(Job::Look),
            Command::Status(answer) => {
                let (snapshot, network) = (self.snapshot(), self.parts.network.clone());
                tokio::spawn(async move {
                    // Whoever asked may have gone.
                    let _ = answer.send(status::node(&snapshot, &network.status().await));
                });
            }
            Command::Peers(answer) => {
                let (snapshot, network) = (self.snapshot(), self.parts.network.clone());
                tokio::spawn(async move {
                    let _ = answer.send(status::peers(&snapshot, &network.status().await));
                });
            }
            Command::Stop(_) => {}
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            local: self.parts.network.local_peer(),
            since: self.parts.since,
            fingerprint: self.parts.replica.root(),
            contributions: self.parts.replica.count(),
            pending: self.parts.replica.pending(),
            only_here: self.parts.replica.only_here() as u64,
            peers: self
                .parts
                .replica
                .peers()
                .filter_map(|status| Some((self.peers.get(&status.peer)?.id, status)))
                .collect(),
        }
    }

    /// Puts something into a peer's queue. One who asks and does not read has no room in it.
    fn send(&mut self, peer: Peer, put: impl FnOnce(&Outbox) -> bool) {
        let Some(connected) = self.peers.get(&peer).filter(|peer| !peer.is_refused) else { return };
        if !put(&connected.outbox) {
            self.blame(peer, &Fault::Stalled, SLOW_READER);
        }
    }

    fn blame(&mut self, peer: Peer, fault: &Fault, refuse_for: Duration) {
        let Some(connected) = self.peers.get_mut(&peer) else { return };
        if std::mem::replace(&mut connected.is_refused, true) {
            return;
        }
        let id = connected.id;
        self.parts.network.drop_peer(id, refuse_for);
        self.tell(NodeEvent::PeerRefused {
            peer: id.to_string(),
            reason: fault.to_string(),
            seconds: refuse_for.as_secs(),
        });
    }

    /// Verifies on other threads. A single live contribution does not queue behind a batch.
    fn check(&self, peer: Peer, origin: Origin, contributions: Vec<Unchecked>) {
        let (verifier, checked) = (Arc::clone(&self.parts.verifier), self.checked.clone());
        let work = move || {
            let verdicts = verifier.check(&contributions);
            // An error means that the node is stopping.
            let _ = checked.send(Checked { peer, origin, verdicts });
        };
        match origin.lane {
            Lane::Live => drop(tokio::task::spawn_blocking(work)),
            Lane::Bulk => rayon::spawn(work),
        }
    }

    /// Tells each thing once: what one cannot mend at once need not be read again and again.
    fn warn(&mut self, message: String) {
        if self.warned.len() < WARNINGS && self.warned.insert(message.clone()) {
            self.tell(NodeEvent::Warning { message });
        }
    }

    fn tell(&self, event: NodeEvent) {
        // An error means that nobody listens, which is fine.
        let _ = self.parts.events.send(event);
    }
}

/// How the replica names a peer: the last 32 bytes of its id, which are its key or a hash of it.
pub(crate) fn name(peer: &PeerId) -> Peer {
    let digest = peer.as_ref().digest();
    let mut bytes = [0; 32];
    let length = digest.len().min(bytes.len());
    bytes[..length].copy_from_slice(&digest[digest.len() - length..]);
    Peer(bytes)
}

/// What to tell of these.
fn damaged(ids: &[ContributionId]) -> String {
    let what = if ids.len() == 1 { "contribution is" } else { "contributions are" };
    let first = ids.first().map(ToString::to_string).unwrap_or_default();
    let more = if ids.len() == 1 { "" } else { ", …" };
    format!(
        "{} {what} damaged on this disk ({first}{more}) and will be fetched from a peer again",
        ids.len()
    )
}

fn network_verdict(verdict: Verdict) -> network::Verdict {
    match verdict {
        Verdict::Accept => network::Verdict::Accept,
        Verdict::Reject => network::Verdict::Reject,
        Verdict::Ignore => network::Verdict::Ignore,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// How long a peer is refused that does not read what it is sent: chosen, time to recover.
const SLOW_READER: Duration = Duration::from_secs(30);

/// Different warnings of the network that are told in one run.
const WARNINGS: usize = 100;
