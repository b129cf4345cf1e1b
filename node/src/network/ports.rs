//! One port number for TCP and QUIC, kept across restarts where it is still free. Binding is tried
//! without port sharing, because libp2p shares a TCP port silently with another process of the
//! same user.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Ports that the system offers for TCP and that are tried for UDP before giving up.
const ATTEMPTS: usize = 64;

/// Where a node listens unless it is told: all interfaces, TCP and QUIC on one port.
#[derive(Debug, Clone)]
pub struct ListenPlan {
    /// For [`NetworkConfig::listen`](super::NetworkConfig::listen).
    pub addresses: Vec<Multiaddr>,
    /// The port, to be handed in at the next start.
    pub port: u16,
    /// What to tell the user: the last port is taken.
    pub warning: Option<String>,
}

impl ListenPlan {
    /// The last port if it is free, else another.
    pub fn new(last: Option<u16>) -> io::Result<Self> {
        let kept = last.filter(|&port| port != 0 && is_free(port));
        let port = match kept {
            Some(port) => port,
            None => free_port()?,
        };
        let warning = last.filter(|&old| old != port && old != 0).map(|old| {
            format!("port {old} is taken by another program: listening on port {port} instead")
        });
        let mut hosts = vec![Protocol::Ip4(Ipv4Addr::UNSPECIFIED)];
        if binds((Ipv6Addr::UNSPECIFIED, port).into()) {
            hosts.push(Protocol::Ip6(Ipv6Addr::UNSPECIFIED));
        }
        let addresses = hosts
            .into_iter()
            .flat_map(|host| {
                let host = Multiaddr::from(host);
                [
                    host.clone().with(Protocol::Tcp(port)),
                    host.with(Protocol::Udp(port)).with(Protocol::QuicV1),
                ]
            })
            .collect();
        Ok(Self { addresses, port, warning })
    }
}

/// Refuses an address whose TCP port another process listens on.
pub(super) fn check(address: &Multiaddr) -> io::Result<()> {
    let mut parts = address.iter();
    let host: IpAddr = match parts.next() {
        Some(Protocol::Ip4(host)) => host.into(),
        Some(Protocol::Ip6(host)) => host.into(),
        _ => return Ok(()),
    };
    match parts.next() {
        Some(Protocol::Tcp(port)) if port != 0 && host.is_ipv4() => {
            TcpListener::bind((host, port)).map(drop)
        }
        _ => Ok(()),
    }
}

fn free_port() -> io::Result<u16> {
    for _ in 0..ATTEMPTS {
        let port = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0))?.local_addr()?.port();
        if is_free(port) {
            return Ok(port);
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port is free for both TCP and UDP"))
}

fn is_free(port: u16) -> bool {
    binds((Ipv4Addr::UNSPECIFIED, port).into())
}

fn binds(address: SocketAddr) -> bool {
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_is_kept_and_a_taken_one_is_left() {
        let first = ListenPlan::new(None).unwrap();
        assert!(first.warning.is_none());
        let again = ListenPlan::new(Some(first.port)).unwrap();
        assert_eq!(again.port, first.port);
        assert!(again.warning.is_none());

        let _taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, first.port)).unwrap();
        let other = ListenPlan::new(Some(first.port)).unwrap();
        assert_ne!(other.port, first.port);
        assert!(other.warning.unwrap().contains(&first.port.to_string()));
        let mut address = Multiaddr::from(Protocol::Ip4(Ipv4Addr::UNSPECIFIED));
        address.push(Protocol::Tcp(first.port));
        assert!(check(&address).is_err());
    }
}
