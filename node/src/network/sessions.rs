//! Which peers are ready. A connection becomes a link; a link with a stream in each direction
//! makes its peer ready and carries its session; when a link goes on which frames may have been on
//! their way, the session ends and the peer's other links with it. So between `PeerReady` and
//! `PeerGone` frames are neither lost nor out of order.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use libp2p::swarm::{ConnectionId, Stream};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::AbortHandle;

use super::events::{Emitter, NetworkEvent};
use super::frames::{Progress, read_frame, write_frames};
use super::{ConnectedPeer, FRAME_BYTES, Outbox, Outboxes};

/// Bytes that wait for one peer: two of the largest frames, so that one is written while the next
/// is made.
const OUTBOX_BYTES: usize = 2 * FRAME_BYTES;

/// How long a connection may take to get a stream in each direction.
const STREAMS_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be silent: two pings and a bit. (The ping behaviour keeps its first
/// failure to itself, and the failure of a ping on a dead TCP connection takes over 25 s to show.)
const SILENCE: Duration = Duration::from_secs(11);

/// Pieces of frames (at most 64 KiB each) that move on a connection between two looks when more
/// than talk is going on (chosen).
const BUSY: u64 = 32;

/// One connection.
struct Link {
    peer: PeerId,
    address: Multiaddr,
    since: Instant,
    is_inbound: bool,
    outbound: Option<Stream>,
    /// Whether both streams came up: frames may be on their way.
    is_paired: bool,
    inbound: Option<Stream>,
    progress: Arc<Progress>,
    /// What `progress` said last.
    count: u64,
    /// When something last showed that the other side is there.
    alive: Instant,
    /// When much moved in one go.
    busy: Option<Instant>,
    tasks: Vec<AbortHandle>,
}

/// A ready peer.
struct Session {
    address: Multiaddr,
    is_inbound: bool,
    since: SystemTime,
    started: Instant,
}

/// All links and sessions.
pub(super) struct Sessions {
    local: PeerId,
    emitter: Emitter,
    outboxes: Outboxes,
    /// Says which connection's stream has ended.
    broken: mpsc::UnboundedSender<ConnectionId>,
    links: BTreeMap<ConnectionId, Link>,
    /// Whether a peer with links is ready: its readers wait for that.
    gates: HashMap<PeerId, watch::Sender<bool>>,
    ready: BTreeMap<PeerId, Session>,
}

impl Sessions {
    pub(super) fn new(
        local: PeerId,
        emitter: Emitter,
        outboxes: Outboxes,
        broken: mpsc::UnboundedSender<ConnectionId>,
    ) -> Self {
        Self {
            local,
            emitter,
            outboxes,
            broken,
            links: BTreeMap::new(),
            gates: HashMap::new(),
            ready: BTreeMap::new(),
        }
    }

    /// A connection is there.
    pub(super) fn connected(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: Multiaddr,
        is_inbound: bool,
        now: Instant,
    ) {
        let link = Link {
            peer,
            address,
            since: now,
            is_inbound,
            outbound: None,
            is_paired: false,
            inbound: None,
            progress: Arc::default(),
            count: 0,
            alive: now,
            busy: None,
            tasks: Vec::new(),
        };
        self.links.insert(connection, link);
        self.gates.entry(peer).or_insert_with(|| watch::channel(false).0);
    }

    /// The stream to write to is there.
    pub(super) fn opened(&mut self, connection: ConnectionId, stream: Stream, now: Instant) {
        if let Some(link) = self.links.get_mut(&connection) {
            link.outbound = Some(stream);
            self.pair(connection, now);
        }
    }

    /// The stream to read from is there.
    pub(super) fn accepted(&mut self, connection: ConnectionId, stream: Stream, now: Instant) {
        if let Some(link) = self.links.get_mut(&connection) {
            link.inbound = Some(stream);
            self.pair(connection, now);
        }
    }

    /// A connection is gone. If frames may have been on it, the peer's other connections go too:
    /// which of them the other side wrote to is not known here.
    pub(super) fn closed(&mut self, connection: ConnectionId) {
        let Some(link) = self.links.remove(&connection) else { return };
        link.tasks.iter().for_each(AbortHandle::abort);
        let peer = link.peer;
        if link.is_paired {
            self.end(peer);
            for (other, link) in self.links.extract_if(.., |_, link| link.peer == peer) {
                link.tasks.iter().for_each(AbortHandle::abort);
                // An error means that the network has stopped.
                let _ = self.broken.send(other);
            }
        }
        if !self.links.values().any(|link| link.peer == peer) {
            self.gates.remove(&peer);
        }
    }

    /// Whether the peer has a connection older than this.
    pub(super) fn has_older(&self, peer: &PeerId, age: Duration, now: Instant) -> bool {
        self.links.values().any(|link| link.peer == *peer && now.duration_since(link.since) > age)
    }

    /// The other end of a connection.
    pub(super) fn address(&self, connection: ConnectionId) -> Option<&Multiaddr> {
        self.links.get(&connection).map(|link| &link.address)
    }

    /// Where a ready peer is.
    pub(super) fn peer_address(&self, peer: &PeerId) -> Option<&Multiaddr> {
        self.ready.get(peer).map(|session| &session.address)
    }

    /// Since when a peer has been ready.
    pub(super) fn ready_since(&self, peer: &PeerId) -> Option<Instant> {
        self.ready.get(peer).map(|session| session.started)
    }

    /// The ready peers and since when each has been so.
    pub(super) fn ready(&self) -> impl Iterator<Item = (&PeerId, Instant)> {
        self.ready.iter().map(|(peer, session)| (peer, session.started))
    }

    /// The other side has answered a ping.
    pub(super) fn answered(&mut self, connection: ConnectionId, now: Instant) {
        if let Some(link) = self.links.get_mut(&connection) {
            link.alive = now;
        }
    }

    /// The connections that are dead, or never got their streams. A slow one on which frames move
    /// is not dead, however late its pings are.
    pub(super) fn dead(&mut self, now: Instant) -> Vec<ConnectionId> {
        let mut dead = Vec::new();
        for (connection, link) in &mut self.links {
            let count = link.progress.count();
            if count - link.count >= BUSY {
                link.busy = Some(now);
            }
            if count != link.count {
                (link.count, link.alive) = (count, now);
            }
            let is_stuck = !link.is_paired && now.duration_since(link.since) > STREAMS_TIMEOUT;
            if is_stuck || now.duration_since(link.alive) > SILENCE {
                dead.push(*connection);
            }
        }
        dead
    }

    /// Whether sets are being exchanged with a peer, which is worth finishing.
    pub(super) fn is_busy(&self, peer: &PeerId, now: Instant) -> bool {
        let mut links = self.links.values().filter(|link| link.peer == *peer);
        links.any(|link| link.busy.is_some_and(|last| now.duration_since(last) <= SILENCE))
    }

    /// The ready peers, for people.
    pub(super) fn list(&self) -> Vec<ConnectedPeer> {
        let list = self.ready.iter().map(|(peer, session)| ConnectedPeer {
            peer: *peer,
            address: session.address.clone(),
            dialer: !session.is_inbound,
            since: session.since,
            version: None,
        });
        list.collect()
    }

    /// Once both streams of a link are there it is read, and its peer is ready if it was not.
    fn pair(&mut self, connection: ConnectionId, now: Instant) {
        let Some(link) = self.links.get_mut(&connection) else { return };
        if link.is_paired || link.outbound.is_none() {
            return;
        }
        let Some(stream) = link.inbound.take() else { return };
        link.is_paired = true;
        let gate = self.gates.get(&link.peer).expect("a peer with a link has a gate").subscribe();
        let (peer, emitter) = (link.peer, self.emitter.clone());
        let (progress, broken) = (Arc::clone(&link.progress), self.broken.clone());
        let reader = tokio::spawn(async move {
            read(stream, peer, gate, emitter, &progress).await;
            // An error means that the network has stopped.
            let _ = broken.send(connection);
        });
        link.tasks.push(reader.abort_handle());
        if !self.ready.contains_key(&link.peer) {
            self.begin(connection, now);
        }
    }

    /// Starts a session on a paired link.
    fn begin(&mut self, connection: ConnectionId, now: Instant) {
        let Some(link) = self.links.get_mut(&connection) else { return };
        let Some(mut stream) = link.outbound.take() else { return };
        let (queue, mut waiting) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(OUTBOX_BYTES));
        let (progress, broken) = (Arc::clone(&link.progress), self.broken.clone());
        let writer = tokio::spawn(async move {
            if let Err(error) = write_frames(&mut stream, &mut waiting, &progress).await {
                tracing::debug!(%error, "a stream of frames broke");
                let _ = broken.send(connection);
            }
        });
        link.tasks.push(writer.abort_handle());
        let peer = link.peer;
        let session = Session {
            address: link.address.clone(),
            is_inbound: link.is_inbound,
            since: SystemTime::now(),
            started: now,
        };
        let mut outboxes = self.outboxes.lock().expect("nobody panics holding the outboxes");
        outboxes.insert(peer, Outbox { queue, room });
        drop(outboxes);
        self.emitter.emit(NetworkEvent::PeerReady {
            peer,
            address: session.address.clone(),
            dialer: self.local < peer,
        });
        self.ready.insert(peer, session);
        self.gates.get(&peer).expect("a peer with a link has a gate").send_replace(true);
    }

    fn end(&mut self, peer: PeerId) {
        if self.ready.remove(&peer).is_none() {
            return;
        }
        // Whoever holds the gate open hands over its frame first.
        if let Some(gate) = self.gates.get(&peer) {
            gate.send_replace(false);
        }
        let mut outboxes = self.outboxes.lock().expect("nobody panics holding the outboxes");
        if let Some(outbox) = outboxes.remove(&peer) {
            outbox.room.close();
        }
        drop(outboxes);
        self.emitter.emit(NetworkEvent::PeerGone { peer });
    }
}

/// Hands over the frames of a link while its peer is ready, no faster than the driver takes them.
async fn read(
    mut stream: Stream,
    peer: PeerId,
    mut gate: watch::Receiver<bool>,
    emitter: Emitter,
    progress: &Progress,
) {
    loop {
        match read_frame(&mut stream, progress).await {
            Ok(Some(frame)) => {
                let room = emitter.room_for(&frame).await;
                let Ok(_open) = gate.wait_for(|is_open| *is_open).await else { return };
                emitter.emit_frame(peer, frame, room);
            }
            Ok(None) => return,
            Err(error) => {
                tracing::debug!(%peer, %error, "a stream of frames broke");
                if error.kind() == io::ErrorKind::InvalidData
                    && let Ok(_open) = gate.wait_for(|is_open| *is_open).await
                {
                    emitter.emit(NetworkEvent::TooLarge { peer });
                }
                return;
            }
        }
    }
}
