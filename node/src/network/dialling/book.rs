//! The peers that are known: where each can be reached, whether it is connected, and when it may
//! be dialled next. Bounded, whatever strangers and peers claim.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use crate::network::random::Random;

/// Peers kept: twice the largest event that was measured, about 1 MB.
pub(super) const PEERS: usize = 1024;

/// Bytes of the longest name in DNS (RFC 1035, 2.3.4): a longer one is nobody's.
const NAME_BYTES: usize = 253;

/// Addresses kept of one: two transports on a few interfaces.
const ADDRESSES: usize = 8;

/// How an address became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The address book of an earlier run.
    Book,
    /// The user.
    Named,
    /// The peer itself, on the LAN just now.
    Sighted,
    /// Another peer, or the peer itself as one of several.
    Hearsay,
}

/// The first wait after a failure; it doubles, with jitter.
pub(super) const BACKOFF: Duration = Duration::from_millis(500);

/// When somebody may be dialled next.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace {
    pub(super) not_before: Option<Instant>,
    pub(super) failures: u32,
    pub(super) dialling: bool,
}

impl Pace {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.dialling && self.not_before.is_none_or(|moment| moment <= now)
    }

    /// Doubles the wait, up to the longest, less up to half of it at random.
    pub(super) fn back_off(&mut self, longest: Duration, random: &mut Random, now: Instant) {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let wait = BACKOFF.saturating_mul(factor).min(longest);
        self.failures += 1;
        self.dialling = false;
        self.not_before = Some(now + random.between([wait / 2, wait]));
    }

    /// Forgets failures; due after the wait, or as soon as it already was.
    pub(super) fn reset(&mut self, now: Instant, wait: Duration) {
        let was_failing = std::mem::take(&mut self.failures) > 0;
        let moment = now + wait;
        self.not_before = Some(match self.not_before {
            Some(old) if !was_failing || old < moment => old.min(moment),
            _ => moment,
        });
    }
}

/// One address of a peer.
#[derive(Debug, Clone)]
struct Place {
    address: Multiaddr,
    /// Whether the peer was reached there, by us, since the start.
    is_confirmed: bool,
}

/// One known peer.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    places: Vec<Place>,
    pub(super) pace: Pace,
    pub(super) connected: Option<Instant>,
    /// Whether it was connected since the start.
    pub(super) is_met: bool,
    pub(super) is_named: bool,
    /// Whether we let it go to have fewer.
    pub(super) is_released: bool,
    pub(super) sighted: Option<Instant>,
    pub(super) refused_until: Option<Instant>,
}

impl Known {
    /// Adds an address; whether it is new.
    pub(super) fn add(&mut self, address: Multiaddr, confirmed: bool) -> bool {
        if let Some(index) = self.places.iter().position(|place| place.address == address) {
            let place = &mut self.places[index];
            place.is_confirmed |= confirmed;
            if confirmed {
                self.places[..=index].rotate_right(1);
            }
            return false;
        }
        if self.places.len() == ADDRESSES {
            // The least recently confirmed one goes: the last.
            self.places.pop();
        }
        self.places.insert(0, Place { address, is_confirmed: confirmed });
        true
    }

    /// Notes that the peer was reached at an address; whether that is news. What a peer claims of
    /// itself is bounded until it connects again.
    pub(super) fn confirm(&mut self, address: Multiaddr) -> bool {
        let mut confirmed = self.places.iter().filter(|place| place.is_confirmed);
        let is_news = confirmed.clone().all(|place| place.address != address);
        if is_news && confirmed.nth(ADDRESSES - 1).is_some() {
            return false;
        }
        self.add(address, true);
        is_news
    }

    /// The peer comes anew: it may be elsewhere now.
    pub(super) fn doubt(&mut self) {
        self.places.iter_mut().for_each(|place| place.is_confirmed = false);
    }

    pub(super) fn forget(&mut self, address: &Multiaddr) {
        self.places.retain(|place| place.address != *address);
    }

    pub(super) fn addresses(&self) -> Vec<Multiaddr> {
        self.places.iter().map(|place| place.address.clone()).collect()
    }

    /// Where it was reached since the start.
    pub(super) fn confirmed(&self) -> impl Iterator<Item = &Multiaddr> {
        self.places.iter().filter(|place| place.is_confirmed).map(|place| &place.address)
    }

    pub(super) fn is_refused(&self, now: Instant) -> bool {
        self.refused_until.is_some_and(|end| now < end)
    }

    /// Whether it can be dialled now.
    pub(super) fn is_candidate(&self, now: Instant) -> bool {
        self.connected.is_none()
            && !self.places.is_empty()
            && !self.is_refused(now)
            && self.pace.is_due(now)
    }

    /// Whether it is near: its backoff is shorter.
    pub(super) fn is_near(&self) -> bool {
        self.places.iter().any(|place| is_private(&place.address))
    }
}

/// All known peers.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) peers: BTreeMap<PeerId, Known>,
}

impl Book {
    /// The entry of a peer, made if there is room; none if all others matter more.
    pub(super) fn entry(&mut self, peer: PeerId) -> Option<&mut Known> {
        if !self.peers.contains_key(&peer) && self.peers.len() >= PEERS {
            let (&least, _) = self
                .peers
                .iter()
                .filter(|(_, known)| {
                    known.connected.is_none()
                        && !known.pace.dialling
                        && !known.is_named
                        && known.refused_until.is_none()
                })
                .max_by_key(|(_, known)| (!known.is_met, known.pace.failures))?;
            self.peers.remove(&least);
        }
        Some(self.peers.entry(peer).or_default())
    }

    pub(super) fn connected(&self) -> usize {
        self.peers.values().filter(|known| known.connected.is_some()).count()
    }

    pub(super) fn dialling(&self) -> usize {
        self.peers.values().filter(|known| known.pace.dialling).count()
    }
}

/// The address as it is kept and compared: without the peer's id at its end.
pub(crate) fn without_peer(address: &Multiaddr) -> Multiaddr {
    address.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect()
}

/// Whether an address names a host and a port that can be dialled.
pub(crate) fn is_usable(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let host = match parts.next() {
        Some(Protocol::Ip4(host)) => !host.is_unspecified() && !host.is_multicast(),
        // A link-local address means nothing without the interface.
        Some(Protocol::Ip6(host)) => {
            !host.is_unspecified() && !host.is_multicast() && !host.is_unicast_link_local()
        }
        Some(Protocol::Dns(name) | Protocol::Dns4(name) | Protocol::Dns6(name)) => {
            name.len() <= NAME_BYTES
        }
        _ => false,
    };
    let port = match (parts.next(), parts.next(), parts.next()) {
        (Some(Protocol::Tcp(port)), None, None) => port,
        (Some(Protocol::Udp(port)), Some(Protocol::QuicV1), None) => port,
        _ => 0,
    };
    host && port != 0
}

/// Whether an address means the machine on which it is read.
pub(crate) fn is_loopback(address: &Multiaddr) -> bool {
    host(address).is_some_and(|host| host.is_loopback())
}

/// Whether an address means something only on one's own network, or machine.
pub(crate) fn is_private(address: &Multiaddr) -> bool {
    match host(address) {
        Some(IpAddr::V4(host)) => host.is_private() || host.is_link_local() || host.is_loopback(),
        Some(IpAddr::V6(host)) => {
            host.is_unique_local() || host.is_unicast_link_local() || host.is_loopback()
        }
        None => false,
    }
}

/// The IP address at its start.
pub(crate) fn host(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next() {
        Some(Protocol::Ip4(host)) => Some(host.into()),
        Some(Protocol::Ip6(host)) => Some(host.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_cannot_be_dialled_is_not_kept() {
        for good in
            ["/ip4/10.0.0.1/tcp/1", "/ip6/2001:db8::1/udp/1/quic-v1", "/dns4/a.example/tcp/1"]
        {
            assert!(is_usable(&address(good)), "{good}");
        }
        for bad in [
            "/ip4/0.0.0.0/tcp/1",
            "/ip4/10.0.0.1/tcp/0",
            "/ip4/10.0.0.1",
            "/ip4/224.0.0.1/tcp/1",
            "/ip6/fe80::1/tcp/1",
            "/ip4/10.0.0.1/udp/1",
            "/ip4/10.0.0.1/tcp/1/ws",
        ] {
            assert!(!is_usable(&address(bad)), "{bad}");
        }
    }

    #[test]
    fn addresses_are_bounded_and_the_confirmed_come_first() {
        let mut known = Known::default();
        for port in 1..=20 {
            assert!(known.add(address(&format!("/ip4/10.0.0.1/tcp/{port}")), false));
        }
        assert_eq!(known.addresses().len(), ADDRESSES);
        let last = known.addresses().pop().unwrap();
        assert!(!known.add(last.clone(), true));
        assert_eq!(known.addresses()[0], last);
        assert_eq!(known.confirmed().collect::<Vec<_>>(), vec![&last]);
    }

    #[test]
    fn the_book_is_bounded_and_keeps_whom_it_needs() {
        let mut book = Book::default();
        let named = PeerId::random();
        book.entry(named).unwrap().is_named = true;
        for _ in 0..2 * PEERS {
            book.entry(PeerId::random()).unwrap();
        }
        assert_eq!(book.peers.len(), PEERS);
        assert!(book.peers.contains_key(&named));
    }
}
