//! What crosses gossip: a contribution, or the id of one that is too large for it.

use commons_proto::cbor;
use commons_proto::id::ContributionId;
use commons_proto::replica::{Input, Peer};
use commons_proto::wire::Unchecked;

/// What a message of this peer, which the network knows by the token, is to the replica.
pub fn read(peer: Peer, token: u64, bytes: Vec<u8>) -> Input {
    if let Ok(id) = cbor::decode::<ContributionId>(&bytes, "announcement") {
        return Input::GossipId { peer, token, id };
    }
    match Unchecked::new(bytes) {
        Ok(contribution) => Input::Gossip { peer, token, contribution },
        Err(_) => Input::Garbage { peer },
    }
}

/// What gossip carries: a contribution, or the id of one that is too large, as a CBOR byte string.
pub fn message(contribution: Vec<u8>) -> Option<Vec<u8>> {
    if contribution.len() <= INLINE_BYTES {
        return Some(contribution);
    }
    let large = Unchecked::new(contribution).ok()?;
    Some(cbor::encode(&large.id()))
}

/// Bytes of the largest contribution that gossip carries whole; measured with gossipsub, whose
/// every copy of a larger one costs more than asking for it once.
const INLINE_BYTES: usize = 32 * 1024;
