//! Whether machines on this network can find each other by multicast (mDNS): whether a question
//! leaves this machine, and whether any other machine answers one. The question is the one that every
//! mDNS responder knows, printers and phones among them: which services there are.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::Findings;
use super::interfaces::Interface;

/// Looks into it.
pub(super) fn look(networks: &[Interface], findings: &mut Findings) {
    for interface in networks {
        if let Some(address) = interface.v4().next() {
            judge(interface, try_at(address, PORT, PATIENCE), findings);
        }
    }
    if !networks.iter().any(|interface| interface.v4().next().is_some()) {
        findings.note(CHECK, "there is no network to try it on", "");
    }
}

/// What a try showed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    /// Whether our own question came back to us, as it does to everybody on the network.
    pub(super) ourselves: bool,
    /// How many other machines were heard.
    pub(super) others: usize,
}

fn judge(interface: &Interface, heard: io::Result<Heard>, findings: &mut Findings) {
    let name = &interface.name;
    match heard {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => findings.warning(
            CHECK,
            format!(
                "a program holds UDP port {PORT} and does not share it, so nobody can be looked for"
            ),
            "stop it (ss -lunp, lsof -i UDP tell which), or name a peer with --peer",
        ),
        Err(error) => findings.warning(
            CHECK,
            format!("{name} takes no multicast: {error}"),
            "name a peer with --peer; a VPN or a firewall may be in the way",
        ),
        Ok(Heard { ourselves: false, others: 0 }) => findings.warning(
            CHECK,
            format!("what is sent to all on {name} does not even come back to this machine"),
            "see whether a firewall blocks UDP port 5353; or name a peer with --peer",
        ),
        Ok(Heard { others: 0, .. }) => {
            let fix = if interface.is_wireless {
                "if others are here, the Wi-Fi may keep its guests apart: name a peer with --peer, or \
                 have one machine that all can reach run commons start --hub"
            } else {
                "if others are here, the network may not pass multicast on: name a peer with --peer"
            };
            findings.note(
                CHECK,
                format!("on {name} it is sent, and no other machine answers"),
                fix,
            );
        }
        Ok(Heard { others, .. }) => {
            let machines = if others == 1 { "machine answers" } else { "machines answer" };
            findings.ok(CHECK, format!("on {name} {others} other {machines}"));
        }
    }
}

/// Asks on this network, and listens for so long; less, once somebody has answered.
pub(super) fn try_at(address: Ipv4Addr, port: u16, patience: Duration) -> io::Result<Heard> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // Others on this machine listen there, too.
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    socket.join_multicast_v4(&GROUP, &address)?;
    socket.set_multicast_if_v4(&address)?;
    socket.set_multicast_loop_v4(true)?;
    let socket = UdpSocket::from(socket);
    let question = question()?;
    socket.send_to(&question, (GROUP, port))?;
    let ours = own_addresses();
    let (mut ourselves, mut others) = (false, BTreeSet::new());
    let deadline = Instant::now() + patience;
    let mut buffer = vec![0; DATAGRAM_BYTES];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || (ourselves && !others.is_empty()) {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv_from(&mut buffer) {
            Ok((length, _)) if buffer[..length] == question => ourselves = true,
            Ok((_, from)) if ours.contains(&from.ip()) => {}
            Ok((_, from)) => {
                others.insert(from.ip());
            }
            Err(error) if is_over(&error) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Heard { ourselves, others: others.len() })
}

/// A question for the services on this network, with a number of its own by which it is known.
fn question() -> io::Result<Vec<u8>> {
    let mut number = [0; 2];
    getrandom::fill(&mut number).map_err(|error| io::Error::other(error.to_string()))?;
    let mut question = number.to_vec();
    // No flags; one question, no answers (RFC 1035, section 4.1.1).
    question.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in ["_services", "_dns-sd", "_udp", "local"] {
        question.push(label.len() as u8);
        question.extend(label.as_bytes());
    }
    // The end of the name; type PTR, class IN (RFC 6763, section 9).
    question.extend([0, 0, 12, 0, 1]);
    Ok(question)
}

fn own_addresses() -> Vec<IpAddr> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    found.iter().map(if_addrs::Interface::ip).collect()
}

fn is_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

const CHECK: &str = "multicast";

/// The group and the port of mDNS (RFC 6762, section 3).
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const PORT: u16 = 5353;

/// How long answers are waited for: responders wait up to 0.12 s, and a busy Wi-Fi gathers multicast
/// for some 0.3 s.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Bytes of a datagram: larger ones are cut, and only counted.
const DATAGRAM_BYTES: usize = 9_000;
