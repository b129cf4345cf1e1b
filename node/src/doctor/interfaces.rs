//! The networks that this machine is on.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::Findings;
use super::redact::Private;

/// A network that others may be on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    /// What the system calls it.
    pub(super) name: String,
    /// Its addresses.
    pub(super) addresses: Vec<IpAddr>,
    /// Whether it is a Wi-Fi, as far as the system tells.
    pub(super) is_wireless: bool,
}

impl Interface {
    /// The addresses of version 4, on which neighbours are looked for.
    pub(super) fn v4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.addresses.iter().filter_map(|address| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        })
    }
}

/// Looks into it, and gives the networks.
pub(super) fn look(findings: &mut Findings, private: &mut Private) -> Vec<Interface> {
    let found = match if_addrs::get_if_addrs() {
        Ok(found) => found,
        Err(error) => {
            let what = format!("the system does not tell its network interfaces: {error}");
            findings.warning(CHECK, what, "see whether this user may ask (ip address, ifconfig)");
            return Vec::new();
        }
    };
    let mut interfaces: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for one in found.iter().filter(|one| !one.is_loopback() && one.is_oper_up()) {
        interfaces.entry(one.name.clone()).or_default().push(one.ip());
    }
    let all: Vec<Interface> = interfaces
        .into_iter()
        .map(|(name, addresses)| {
            let is_wireless = Path::new("/sys/class/net").join(&name).join("wireless").exists();
            Interface { name, addresses, is_wireless }
        })
        .collect();
    for (number, interface) in (1..).zip(&all) {
        // Some names are made of the hardware's address.
        private.hide(&interface.name, format!("INTERFACE-{number}"));
    }
    judge(&all, findings);
    all
}

pub(super) fn judge(interfaces: &[Interface], findings: &mut Findings) {
    if interfaces.is_empty() {
        findings.warning(
            CHECK,
            "this machine is on no network: nobody can be met, and everything else works",
            "join the Wi-Fi of the others, or plug in a cable; or carry a bundle by hand",
        );
        return;
    }
    for Interface { name, addresses, is_wireless } in interfaces {
        let kind = if *is_wireless { "Wi-Fi" } else { "network" };
        let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let what = format!("{kind} {name}: {}", shown.join(", "));
        if addresses.iter().all(is_self_assigned) {
            findings.warning(
                CHECK,
                format!("{what}: only an address that this machine gave itself"),
                "leave the network and join it again; if that does not help, it gives out no addresses",
            );
        } else if addresses.iter().any(is_public_v4) {
            let fix = "that is no fault; whoever is not meant to take part must not know the \
                       commons's name, or give it a passphrase";
            findings.note(CHECK, format!("{what}: it can be reached from the internet"), fix);
        } else {
            findings.ok(CHECK, what);
        }
    }
}

/// An address that a machine gives itself where nobody gives it one.
fn is_self_assigned(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// An address of version 4 that others on the internet can reach. With version 6 most are, behind a
/// wall; that is nothing to tell.
fn is_public_v4(address: &IpAddr) -> bool {
    let IpAddr::V4(address) = address else { return false };
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_benchmark = first == 198 && (18..20).contains(&second);
    !(address.is_private()
        || address.is_link_local()
        || address.is_loopback()
        || address.is_documentation()
        || is_shared
        || is_benchmark)
}

const CHECK: &str = "interfaces";
