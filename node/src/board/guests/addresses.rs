//! Under which addresses others reach this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// The addresses at which others reach what listens at this one, the likeliest first. Where there is
/// no network, it is this machine's own.
pub(super) fn reachable(listening: IpAddr) -> Vec<IpAddr> {
    if !listening.is_unspecified() {
        return vec![listening];
    }
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let all = interfaces.iter().filter(|one| one.is_oper_up()).map(if_addrs::Interface::ip);
    in_order(listening, all.collect(), towards_the_world())
}

fn in_order(listening: IpAddr, mut all: Vec<IpAddr>, first: Option<IpAddr>) -> Vec<IpAddr> {
    all.retain(|address| match address {
        IpAddr::V4(address) => !address.is_loopback(),
        // An address of one link takes the name of the link, which no page can have in its own.
        IpAddr::V6(address) => {
            listening.is_ipv6() && !address.is_loopback() && !address.is_unicast_link_local()
        }
    });
    let is_makeshift = |address: &IpAddr| matches!(address, IpAddr::V4(it) if it.is_link_local());
    all.sort_by_key(|it| (Some(*it) != first, is_makeshift(it), it.is_ipv6(), *it));
    all.dedup();
    match (all.is_empty(), listening) {
        (false, _) => all,
        (true, IpAddr::V4(_)) => vec![Ipv4Addr::LOCALHOST.into()],
        (true, IpAddr::V6(_)) => vec![Ipv6Addr::LOCALHOST.into()],
    }
}

/// The address that this machine would have if it spoke with the world: the system is asked for the
/// way, and nothing is sent.
fn towards_the_world() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((SOMEWHERE, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// An address that is no machine's. Source: RFC 5737.
const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn the_way_to_the_world_comes_first_and_what_no_phone_can_open_is_left_out() {
        let [v4, v6] = ["0.0.0.0", "::"].map(|text| text.parse().unwrap());
        let all = [
            "127.0.0.1",
            "169.254.3.4",
            "172.17.0.1",
            "192.168.1.5",
            "fe80::1",
            "2001:db8::7",
            "::1",
        ];
        let first = "192.168.1.5".parse().ok();
        let told = in_order(v4, addresses(&all), first);
        assert_eq!(told, addresses(&["192.168.1.5", "172.17.0.1", "169.254.3.4"]));
        let told = in_order(v6, addresses(&all), first);
        assert_eq!(told.len(), 4);
        assert!(told.contains(&"2001:db8::7".parse().unwrap()));
        assert_eq!(in_order(v4, addresses(&["127.0.0.1"]), None), addresses(&["127.0.0.1"]));
        assert_eq!(reachable("192.0.2.9".parse().unwrap()), addresses(&["192.0.2.9"]));
    }
}
