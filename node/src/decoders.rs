//! What strangers' bytes are decoded by, where that is private otherwise: a function each, without
//! a network or a node. Only tests call it, which throw arbitrary bytes at all of them.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;

use commons_proto::edit::Edit;
use commons_proto::kind::Kind;
use commons_proto::replica::Peer;
use futures::executor::block_on;
use futures::{AsyncRead, TryStreamExt, stream};
use jiff::Zoned;
use libp2p::{Multiaddr, PeerId};

use crate::bundle;
use crate::driver::task;
use crate::home::key_file;
use crate::import::fit::{Options, fit};
use crate::import::{self, Format};
use crate::network::{discovery, exchange, frames, hello};

/// The frames on a stream that brings so many bytes at a time, until it ends or one is refused.
pub fn frames(bytes: &[u8], at_a_time: usize) -> (Vec<Vec<u8>>, Option<io::Error>) {
    let (mut stream, progress) = (in_pieces(bytes, at_a_time), frames::Progress::default());
    let mut frames = Vec::new();
    loop {
        match block_on(frames::read_frame(&mut stream, &progress)) {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(error) => return (frames, Some(error)),
        }
    }
}

/// The proof of the commons at the beginning of a stream that brings so many bytes at a time;
/// `None` if another version is spoken there.
pub fn proof(bytes: &[u8], at_a_time: usize) -> io::Result<Option<[u8; 32]>> {
    block_on(hello::heard(&mut in_pieces(bytes, at_a_time)))
}

/// The peers that another peer tells of, as far as they can be read.
pub fn peers(bytes: &[u8]) -> Option<Vec<(PeerId, Vec<Multiaddr>)>> {
    exchange::decode(bytes).ok()
}

/// Whether an address that a peer tells of is noted.
pub fn is_noted(address: &Multiaddr) -> bool {
    crate::network::dialling::is_usable(address)
}

/// How the replica names this peer.
pub fn name(peer: &PeerId) -> Peer {
    task::name(peer)
}

/// The peer that an answer on the LAN tells of, by its attributes and the hosts it names.
pub fn sighting(
    peer: &str,
    tcp: Option<&str>,
    quic: Option<&str>,
    hosts: BTreeSet<IpAddr>,
) -> Option<(PeerId, Vec<Multiaddr>)> {
    let sighting = discovery::sighted(peer, tcp, quic, hosts)?;
    Some((sighting.peer, sighting.addresses))
}

/// The contributions of a bundle, and what is wrong with the file in the end.
pub fn bundle(file: &[u8]) -> (Vec<Vec<u8>>, Option<bundle::CarError>) {
    let mut contributions = Vec::new();
    let reader = match bundle::Contributions::new(file) {
        Ok(reader) => reader,
        Err(error) => return (contributions, Some(error)),
    };
    for contribution in reader {
        match contribution {
            Ok(bytes) => contributions.push(bytes),
            Err(error) => return (contributions, Some(error)),
        }
    }
    (contributions, None)
}

/// What a file becomes that is read in this format, as entries with their edits; none if it cannot be
/// read.
pub fn import(format: Format, file: &[u8], now: &Zoned) -> Option<Vec<(String, Kind, Vec<Edit>)>> {
    let contents = import::read(format, file, Some("folder/page.md"), now).ok()?;
    assert!(!contents.is_too_much(), "what is too much is refused");
    let fitted = contents.items.into_iter().filter_map(|item| fit(item, &Options::default()).ok());
    Some(
        fitted.map(|fitted| (fitted.source.clone(), fitted.kind.clone(), fitted.edits())).collect(),
    )
}

/// The secret in the text of a key file.
pub fn secret(text: &str) -> Option<[u8; 32]> {
    key_file::secret(text)
}

fn in_pieces(bytes: &[u8], at_a_time: usize) -> impl AsyncRead + Unpin {
    let pieces: Vec<Vec<u8>> = bytes.chunks(at_a_time.max(1)).map(<[u8]>::to_vec).collect();
    stream::iter(pieces.into_iter().map(Ok)).into_async_read()
}
