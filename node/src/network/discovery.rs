//! Peers on the same LAN, by multicast (mDNS). Nodes look for a service name that only members of
//! the commons can derive; each says who it is and at which ports in TXT attributes. The cost does
//! not grow with the number of nodes.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use commons_proto::id::CommonsId;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};
use sha2::{Digest, Sha256};
use swarm_discovery::{Discoverer, DropGuard, IpClass, Peer};
use tokio::sync::mpsc;

use super::dialling::{host, is_loopback, is_usable};

/// The TXT attributes: the peer's id, its TCP port, its QUIC port.
const PEER: &str = "p";
const TCP: &str = "t";
const QUIC: &str = "q";

/// Sightings that wait for the task: more than one answer of the whole LAN holds.
const SIGHTINGS: usize = 256;

/// A peer that has just answered on the LAN.
pub(crate) struct Sighting {
    pub(crate) peer: PeerId,
    pub(crate) addresses: Vec<Multiaddr>,
}

/// What is told to the LAN: hosts and ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Presence {
    hosts: BTreeSet<IpAddr>,
    tcp: Option<u16>,
    quic: Option<u16>,
}

/// Tells the LAN of this node and hears of others.
pub(super) struct Discovery {
    service: String,
    local: PeerId,
    sightings: mpsc::Sender<Sighting>,
    presence: Presence,
    running: Option<DropGuard>,
    pace: Pace,
}

/// How often the LAN is asked while nobody else asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Every 0.15 s, at most ten answers a second: for the first moments, which people wait for.
    Quick,
    /// Every 0.7 s, at most 2.5 answers a second.
    Calm,
}

impl Discovery {
    /// Silent until [`Discovery::announce`].
    pub(super) fn new(commons: &CommonsId, local: PeerId) -> (Self, mpsc::Receiver<Sighting>) {
        let (sightings, seen) = mpsc::channel(SIGHTINGS);
        let service = format!("commons-{}", commons.service());
        let presence = Presence::default();
        (Self { service, local, sightings, presence, running: None, pace: Pace::Quick }, seen)
    }

    /// Tells the LAN of these addresses, if they are others than before. An error is a sentence for
    /// the user.
    pub(super) fn announce(&mut self, listening: &[Multiaddr]) -> Result<(), String> {
        let presence = Presence::new(listening);
        if presence == self.presence {
            return Ok(());
        }
        self.presence = presence;
        self.respawn(Pace::Quick)
    }

    /// The first moments are over.
    pub(super) fn calm_down(&mut self) -> Result<(), String> {
        if self.running.is_none() || self.pace == Pace::Calm {
            return Ok(());
        }
        self.respawn(Pace::Calm)
    }

    fn respawn(&mut self, pace: Pace) -> Result<(), String> {
        self.pace = pace;
        // The old one lets go of its sockets first.
        self.running = None;
        if !self.presence.hosts.is_empty() {
            self.running = Some(self.spawn()?);
        }
        Ok(())
    }

    fn spawn(&self) -> Result<DropGuard, String> {
        // Asking on both would double what everybody hears.
        let has_v4 = self.presence.hosts.iter().any(IpAddr::is_ipv4);
        let class = if has_v4 { IpClass::V4Only } else { IpClass::V6Only };
        let (cadence, rate) = match self.pace {
            Pace::Quick => (Duration::from_millis(150), 10.0),
            Pace::Calm => (Duration::from_millis(700), 2.5),
        };
        let (local, sightings) = (self.local, self.sightings.clone());
        let port = self.presence.tcp.or(self.presence.quic).unwrap_or_default();
        let attributes = [
            (PEER.to_owned(), Some(self.local.to_string())),
            (TCP.to_owned(), self.presence.tcp.map(|port| port.to_string())),
            (QUIC.to_owned(), self.presence.quic.map(|port| port.to_string())),
        ];
        let attributes = attributes.into_iter().filter(|(_, value)| value.is_some());
        let interfaces = self.presence.hosts.iter().filter_map(|host| match host {
            IpAddr::V4(host) => Some(*host),
            IpAddr::V6(_) => None,
        });
        Discoverer::new(self.service.clone(), label(&self.local))
            .with_cadence(cadence)
            .with_response_rate(rate)
            .with_addrs(port, self.presence.hosts.iter().copied())
            .with_multicast_interfaces_v4(interfaces.collect())
            .with_ip_class(class)
            .with_txt_attributes(attributes)
            .map_err(|error| error.to_string())?
            .with_callback(move |_, peer| {
                if let Some(sighting) = sighting(peer).filter(|sighting| sighting.peer != local) {
                    // A full queue means that there are plenty; this one will answer again.
                    let _ = sightings.try_send(sighting);
                }
            })
            .spawn(&tokio::runtime::Handle::current())
            .map_err(|error| {
                format!(
                    "cannot look for peers on this network ({error}): name one with --peer, or \
                     stop the program that holds UDP port 5353"
                )
            })
    }
}

impl Presence {
    /// The hosts that other machines can reach; the loopback only if there is no other, for nodes
    /// on the same machine.
    fn new(listening: &[Multiaddr]) -> Self {
        let mut presence = Self::default();
        let has_other = listening.iter().any(|address| !is_loopback(address));
        for address in listening.iter().filter(|address| is_usable(address)) {
            if has_other && is_loopback(address) {
                continue;
            }
            presence.hosts.extend(host(address));
            for part in address.iter() {
                match part {
                    Protocol::Tcp(port) => presence.tcp = Some(port),
                    Protocol::Udp(port) => presence.quic = Some(port),
                    _ => {}
                }
            }
        }
        presence
    }
}

/// What an answer on the LAN says; none if it is an expiry or makes no sense.
fn sighting(answer: &Peer) -> Option<Sighting> {
    let attribute = |name| answer.txt_attribute(name).flatten();
    let hosts = answer.addrs().iter().map(|(host, _)| *host).collect();
    sighted(attribute(PEER)?, attribute(TCP), attribute(QUIC), hosts)
}

/// The same, by the attributes and the hosts of the answer.
pub(crate) fn sighted(
    peer: &str,
    tcp: Option<&str>,
    quic: Option<&str>,
    hosts: BTreeSet<IpAddr>,
) -> Option<Sighting> {
    let peer = peer.parse().ok()?;
    let port = |text: Option<&str>| text.and_then(|text| text.parse::<u16>().ok());
    let (tcp, quic) = (port(tcp), port(quic));
    let addresses = hosts.into_iter().flat_map(|host| {
        let base = Multiaddr::from(host);
        let tcp = tcp.map(|port| base.clone().with(Protocol::Tcp(port)));
        let quic = quic.map(|port| base.with(Protocol::Udp(port)).with(Protocol::QuicV1));
        tcp.into_iter().chain(quic)
    });
    let addresses: Vec<Multiaddr> = addresses.filter(is_usable).collect();
    (!addresses.is_empty()).then_some(Sighting { peer, addresses })
}

/// The host name under which a node answers: letters of one case, as DNS keeps no other.
fn label(local: &PeerId) -> String {
    Sha256::digest(local.to_bytes())[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_loopback_is_told_only_where_there_is_nothing_else() {
        let alone = Presence::new(&addresses(&["/ip4/127.0.0.1/tcp/7", "/ip6/::1/tcp/7"]));
        assert!(alone.hosts.contains(&Ipv4Addr::LOCALHOST.into()));
        assert_eq!((alone.tcp, alone.quic), (Some(7), None));

        let lan = Presence::new(&addresses(&[
            "/ip4/127.0.0.1/tcp/7",
            "/ip4/192.0.2.7/tcp/7",
            "/ip4/192.0.2.7/udp/7/quic-v1",
            "/ip6/fe80::1/tcp/7",
        ]));
        assert_eq!(lan.hosts, BTreeSet::from([IpAddr::from([192, 0, 2, 7])]));
        assert_eq!((lan.tcp, lan.quic), (Some(7), Some(7)));
    }
}
