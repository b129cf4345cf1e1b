//! What strangers and peers send below and beside the messages: frames, the proof of the commons,
//! gossip, lists of peers, answers on the LAN.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use commons_node::decoders;
use commons_node::driver::gossip;
use commons_node::network::FRAME_BYTES;
use commons_proto::cbor;
use commons_proto::replica::{Input, Peer};

/// A stream of frames, in pieces of any size.
pub(super) fn frames(bytes: &[u8]) {
    let Some((pieces, bytes)) = bytes.split_first() else { return };
    let (frames, error) = decoders::frames(bytes, usize::from(*pieces));
    assert!(frames.iter().all(|frame| frame.len() <= FRAME_BYTES));
    let again = frames.iter().flat_map(|frame| {
        let length = u32::try_from(frame.len()).expect("a frame is at most 1 MiB");
        [&length.to_be_bytes()[..], frame].concat()
    });
    let again: Vec<u8> = again.collect();
    assert!(bytes.starts_with(&again));
    assert_eq!(error.is_none(), again.len() == bytes.len());
    let (whole, _) = decoders::frames(bytes, bytes.len());
    assert_eq!(whole, frames, "pieces make no difference");
}

/// What a stranger writes on the first stream of a connection.
pub(super) fn proof(bytes: &[u8]) {
    let Some((pieces, bytes)) = bytes.split_first() else { return };
    match decoders::proof(bytes, usize::from(*pieces)) {
        Ok(Some(proof)) => assert!(bytes.starts_with(&[&b"commons1"[..], &proof].concat())),
        Ok(None) => assert!(bytes.len() >= 8 && !bytes.starts_with(b"commons1")),
        Err(_) => assert!(bytes.len() < 40),
    }
}

/// A gossip message.
pub(super) fn gossip_message(bytes: &[u8]) {
    match gossip::read(Peer([1; 32]), 1, bytes.to_vec()) {
        Input::GossipId { id, .. } => assert_eq!(cbor::encode(&id), bytes),
        Input::Gossip { contribution, .. } => assert_eq!(contribution.bytes(), bytes),
        Input::Garbage { .. } => {}
        other => panic!("gossip is no {other:?}"),
    }
}

/// A peer's answer to the question for other peers.
pub(super) fn peers(bytes: &[u8]) {
    let Some(peers) = decoders::peers(bytes) else { return };
    assert!(peers.len() <= 32);
    for (peer, addresses) in peers {
        let _ = decoders::name(&peer);
        assert!(addresses.len() <= 4);
        for address in addresses.iter().filter(|address| decoders::is_noted(address)) {
            assert!(address.len() <= NOTED_BYTES, "what is noted of a peer is small");
        }
    }
}

/// An answer on the LAN: lines of a peer's id, its two ports, and hosts.
pub(super) fn sighting(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut lines = text.lines();
    let (peer, tcp, quic) = (lines.next().unwrap_or_default(), lines.next(), lines.next());
    let mut hosts: BTreeSet<IpAddr> = lines.filter_map(|line| line.parse().ok()).collect();
    hosts.extend([IpAddr::from(Ipv4Addr::new(192, 0, 2, 7)), Ipv6Addr::UNSPECIFIED.into()]);
    let Some((_, addresses)) = decoders::sighting(peer, tcp, quic, hosts.clone()) else { return };
    assert!(!addresses.is_empty() && addresses.len() <= 2 * hosts.len());
    assert!(addresses.iter().all(decoders::is_noted));
}

/// Bytes of the longest address that is noted: the longest name in DNS (RFC 1035, 2.3.4), and what
/// stands around it.
const NOTED_BYTES: usize = 253 + 32;
