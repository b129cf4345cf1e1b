//! What the task does on each event of the swarm.

use std::time::{Duration, Instant};

use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{self, MessageAcceptance};
use libp2p::request_response::{self, Message};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, identify, ping};

use super::upkeep::SETTLE;
use super::{TOKENS, Task};
use crate::network::behaviour::{BehaviourEvent, version_of};
use crate::network::dialling::{
    Source, Step, host, is_loopback, is_private, is_usable, without_peer,
};
use crate::network::streams::{Opened, StreamEvent};
use crate::network::{NetworkEvent, Token, exchange};

/// A peer that connects to us while its other connection is older than this has restarted, and
/// does not know of the other.
const STALE: Duration = Duration::from_secs(5);

/// Addresses taken of those that a peer says it listens on.
const IDENTIFIED: usize = 16;

impl Task {
    pub(super) fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        let now = Instant::now();
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event, now),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint, now);
            }
            SwarmEvent::ConnectionClosed {
                peer_id, connection_id, num_established, cause, ..
            } => {
                tracing::debug!(peer = %peer_id, ?cause, "a connection is closed");
                self.sessions.closed(connection_id);
                if num_established == 0 {
                    self.versions.remove(&peer_id);
                    let has_restarted = self.restarted.remove(&peer_id);
                    self.dialling.disconnected(peer_id, has_restarted, now);
                }
            }
            SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                if let Some(step) = self.dials.remove(&connection_id) {
                    self.on_failed(&step, error, now);
                }
            }
            SwarmEvent::NewListenAddr { address, .. } if is_usable(&address) => {
                self.listening.push(address.clone());
                self.announce_at = Some(now + SETTLE);
                self.dialling.woke(now);
                self.emitter.emit(NetworkEvent::Listening(address));
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => self.on_expired(address, now),
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                if let Err(error) = reason {
                    self.warn(format!("stopped listening: {error}"));
                }
                for address in addresses {
                    self.on_expired(address, now);
                }
            }
            SwarmEvent::ListenerError { error, .. } => {
                self.warn(format!("while listening: {error}"));
            }
            _ => {}
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent, now: Instant) {
        match event {
            BehaviourEvent::Streams(StreamEvent { connection, opened, .. }) => match opened {
                Opened::Outbound(stream) => self.sessions.opened(connection, stream, now),
                Opened::Inbound(stream) => self.sessions.accepted(connection, stream, now),
                Opened::Failed => {
                    self.swarm.close_connection(connection);
                }
            },
            BehaviourEvent::Gossip(event) => self.on_gossip(event),
            BehaviourEvent::Exchange(event) => self.on_exchange(event, now),
            BehaviourEvent::Identify(identify::Event::Received {
                connection_id,
                peer_id,
                info,
            }) => {
                if let Some(version) = version_of(&info.agent_version) {
                    self.versions.insert(peer_id, version);
                }
                self.on_identified(peer_id, connection_id, info.listen_addrs, now);
            }
            BehaviourEvent::Ping(ping::Event { connection, result: Ok(_), .. }) => {
                self.sessions.answered(connection, now);
            }
            _ => {}
        }
    }

    fn on_connected(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
        now: Instant,
    ) {
        let is_inbound = endpoint.is_listener();
        if is_inbound && self.sessions.has_older(&peer, STALE, now) {
            tracing::debug!(%peer, "has restarted");
            self.restart(peer);
            return;
        }
        let address = without_peer(endpoint.get_remote_address());
        let dialled = (!is_inbound).then_some(&address);
        self.dialling.connected(peer, dialled, now);
        self.dials.remove(&connection);
        if !is_inbound && self.dialling.confirm(peer, address.clone()) {
            self.emitter.emit(NetworkEvent::Learned { peer, address: address.clone() });
        }
        self.sessions.connected(connection, peer, address, is_inbound, now);
    }

    /// Closes all connections of a peer, to meet it afresh.
    pub(super) fn restart(&mut self, peer: PeerId) {
        if self.swarm.disconnect_peer_id(peer).is_ok() {
            self.restarted.insert(peer);
        }
    }

    fn on_failed(&mut self, step: &Step, error: DialError, now: Instant) {
        tracing::debug!(?step, %error, "a dial failed");
        match (error, step) {
            (DialError::DialPeerConditionFalse(_), _) => self.dialling.settled(step),
            (DialError::WrongPeerId { obtained, address }, Step::Peer(peer, _)) => {
                let address = without_peer(&address);
                self.dialling.moved(*peer, &address);
                self.emitter.emit(NetworkEvent::Moved { peer: *peer, address: address.clone() });
                self.dialling.failed(step, now);
                self.dialling.learn(obtained, address, Source::Hearsay, now);
            }
            (DialError::LocalPeerId { .. }, Step::Address(address)) => {
                self.dialling.is_ours(address);
            }
            (DialError::LocalPeerId { address }, Step::Peer(peer, _)) => {
                let address = without_peer(&address);
                self.dialling.moved(*peer, &address);
                self.emitter.emit(NetworkEvent::Moved { peer: *peer, address });
                self.dialling.failed(step, now);
            }
            _ => self.dialling.failed(step, now),
        }
    }

    /// Without the address the connections that used it are dead, and nothing will say so.
    fn on_expired(&mut self, address: Multiaddr, now: Instant) {
        self.listening.retain(|other| *other != address);
        self.announce_at = Some(now + SETTLE);
        if !is_usable(&address) {
            return;
        }
        if !is_loopback(&address) {
            self.reconnect(now);
        }
        self.emitter.emit(NetworkEvent::ListenerLost(address));
    }

    /// Drops every connection and dials anew.
    pub(super) fn reconnect(&mut self, now: Instant) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            self.restart(peer);
        }
        self.dialling.woke(now);
    }

    fn on_gossip(&mut self, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message { propagation_source: peer, message_id, message } => {
                let token = Token(self.next_token);
                self.next_token += 1;
                let event = NetworkEvent::Gossip { peer, token, bytes: message.data };
                if self.emitter.emit_gossip(event) {
                    self.tokens.insert(token, (message_id, peer));
                    if self.tokens.len() > TOKENS {
                        self.tokens.pop_first();
                    }
                } else {
                    let gossip = &mut self.swarm.behaviour_mut().gossip;
                    let ignore = MessageAcceptance::Ignore;
                    gossip.report_message_validation_result(&message_id, &peer, ignore);
                    self.losses.insert(Some(peer));
                }
            }
            gossipsub::Event::Subscribed { peer_id, .. } => {
                // What was published since the sets were compared did not reach this peer.
                let ready = self.sessions.ready_since(&peer_id);
                if ready.zip(self.published_at).is_some_and(|(ready, last)| last >= ready) {
                    self.losses.insert(Some(peer_id));
                }
            }
            gossipsub::Event::SlowPeer { peer_id, .. } => {
                self.losses.insert(Some(peer_id));
            }
            _ => {}
        }
    }

    fn on_exchange(&mut self, event: exchange::Event, now: Instant) {
        let request_response::Event::Message { peer, message, .. } = event else { return };
        match message {
            Message::Request { channel, .. } => {
                let is_near = self.sessions.peer_address(&peer).is_some_and(is_private);
                let answer = self.dialling.offer(peer, is_near, now);
                // An error means that the peer no longer waits for it.
                let _ = self.swarm.behaviour_mut().exchange.send_response(channel, answer);
            }
            Message::Response { response, .. } => {
                for (other, addresses) in response {
                    for address in addresses.iter().map(without_peer) {
                        if !is_loopback(&address) {
                            self.dialling.learn(other, address, Source::Hearsay, now);
                        }
                    }
                }
            }
        }
    }

    /// A peer says where it listens. What it says of the host that it comes from is believed.
    fn on_identified(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        listening: Vec<Multiaddr>,
        now: Instant,
    ) {
        let Some(there) = self.sessions.address(connection).cloned() else { return };
        for address in listening.iter().take(IDENTIFIED).map(without_peer) {
            if is_loopback(&address) && !is_loopback(&there) {
                continue;
            }
            self.dialling.learn(peer, address.clone(), Source::Hearsay, now);
            if host(&address) == host(&there) && self.dialling.confirm(peer, address.clone()) {
                self.emitter.emit(NetworkEvent::Learned { peer, address });
            }
        }
    }
}
