//! What a node remembers of its peers: where they were, and what they are known to hold.

use super::{Result, Store};

/// An address at which a peer was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// The peer's id, as libp2p shows it.
    pub peer: String,
    /// The address, as a multiaddress.
    pub address: String,
    /// When it was last reached there, in seconds since 1970 UTC.
    pub seen: u64,
}

impl Store {
    /// Everybody in the address book, the last seen first.
    pub fn peers(&self) -> Result<Vec<KnownPeer>> {
        unimplemented!()
    }

    /// Notes that a peer was reached at this address.
    pub fn remember_peer(&mut self, peer: &str, address: &str, seen: u64) -> Result<()> {
        unimplemented!()
    }

    /// Forgets an address, or without one everything of a peer.
    pub fn forget_peer(&mut self, peer: &str, address: Option<&str>) -> Result<()> {
        unimplemented!()
    }

    /// The position up to which everything is known to be held by some peer as well.
    pub fn elsewhere(&self) -> Result<u64> {
        unimplemented!()
    }

    /// Notes that everything up to this position is held by some peer as well.
    pub fn set_elsewhere(&mut self, seq: u64) -> Result<()> {
        unimplemented!()
    }

    /// How many contributions were written here and are not known to be anywhere else.
    pub fn only_here(&self) -> Result<u64> {
        unimplemented!()
    }
}
