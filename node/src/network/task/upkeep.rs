//! What the task does every second: watch for sleep and for peers that are mute, let some go where
//! there are too many, ask for others where there are too few.

use std::time::{Duration, Instant, SystemTime};

use libp2p::PeerId;

use super::Task;
use crate::network::NetworkEvent;
use crate::network::clock::Pause;
use crate::network::dialling::LOW;
use crate::network::discovery::Discovery;

/// How often.
pub(super) const TICK: Duration = Duration::from_secs(1);

/// How long a connected peer may take to subscribe. gossipsub announces subscriptions only on the
/// first connection to a peer, so one that restarted may never hear ours (rust-libp2p#5097).
const MUTE: Duration = Duration::from_secs(4);

/// When a peer is first asked for others, and at most how long later another is: the wait doubles,
/// and begins anew while peers are few and come in.
pub(super) const ASK_FIRST: Duration = Duration::from_secs(1);
const ASK_LONGEST: Duration = Duration::from_secs(60);

/// How long addresses may still change before the LAN is told: all interfaces come up together.
pub(super) const SETTLE: Duration = Duration::from_millis(50);

/// When the user is told the same thing again.
const WARN_AGAIN: Duration = Duration::from_secs(60);

impl Task {
    pub(super) fn on_tick(&mut self) {
        let now = Instant::now();
        match self.clock.look(now, SystemTime::now(), TICK) {
            Pause::None => {}
            Pause::Stopped => {
                self.dialling.woke(now);
                self.emitter.emit(NetworkEvent::Woke);
            }
            Pause::Slept => {
                self.reconnect(now);
                self.emitter.emit(NetworkEvent::Woke);
            }
        }
        for connection in self.sessions.dead(now) {
            self.swarm.close_connection(connection);
        }
        for peer in self.dialling.pardon(now) {
            self.swarm.behaviour_mut().refused.unblock_peer(peer);
        }
        if self.announce_at.is_none() {
            let result = self.discovery.as_mut().map(Discovery::calm_down);
            self.warn_of(result);
        }
        self.tell_of_losses();
        self.wake_the_mute(now);
        self.let_go(now);
        self.ask(now);
    }

    /// Tells the LAN where we listen, when that has settled.
    pub(super) fn announce(&mut self) {
        if self.announce_at.take_if(|moment| *moment <= Instant::now()).is_some() {
            let result = self.discovery.as_mut().map(|found| found.announce(&self.listening));
            self.warn_of(result);
        }
    }

    fn warn_of(&mut self, result: Option<Result<(), String>>) {
        if let Some(Err(message)) = result {
            self.warn(message);
        }
    }

    /// Tells the user, but not the same thing over and over.
    pub(super) fn warn(&mut self, message: String) {
        let now = Instant::now();
        let is_news = self
            .warned
            .as_ref()
            .is_none_or(|(last, at)| *last != message || now.duration_since(*at) > WARN_AGAIN);
        if is_news {
            self.warned = Some((message.clone(), now));
            self.emitter.emit(NetworkEvent::Warning(message));
        }
    }

    /// Says from whom gossip was lost since the last tick: once each, however much it was.
    fn tell_of_losses(&mut self) {
        for peer in std::mem::take(&mut self.losses) {
            self.emitter.emit(NetworkEvent::GossipLost { peer });
        }
    }

    fn wake_the_mute(&mut self, now: Instant) {
        let topic = self.topic.hash();
        let gossip = &self.swarm.behaviour().gossip;
        let heard: Vec<&PeerId> = gossip
            .all_peers()
            .filter(|(_, topics)| topics.contains(&&topic))
            .map(|(peer, _)| peer)
            .collect();
        let old = self.sessions.ready().filter(|(_, since)| now.duration_since(*since) > MUTE);
        let mute: Vec<PeerId> =
            old.map(|(peer, _)| *peer).filter(|peer| !heard.contains(&peer)).collect();
        for peer in mute {
            tracing::debug!(%peer, "is mute");
            self.restart(peer);
        }
    }

    fn let_go(&mut self, now: Instant) {
        let topic = self.topic.hash();
        let mesh: Vec<PeerId> = self.swarm.behaviour().gossip.mesh_peers(&topic).copied().collect();
        let spare = |peer: &PeerId| mesh.contains(peer) || self.sessions.is_busy(peer, now);
        for peer in self.dialling.let_go(spare, now) {
            // An error means that it is gone already.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    fn ask(&mut self, now: Instant) {
        if now < self.ask_at {
            return;
        }
        let ready: Vec<PeerId> = self.sessions.ready().map(|(peer, _)| *peer).collect();
        if ready.is_empty() {
            return;
        }
        let is_lonely = ready.len() < LOW;
        if let Some(peer) = self.random.choose(ready, 1).first() {
            self.swarm.behaviour_mut().exchange.send_request(peer, ());
        }
        self.ask_after =
            if is_lonely { (2 * self.ask_after).min(ASK_LONGEST) } else { ASK_LONGEST };
        self.ask_at = now + self.ask_after;
    }
}
