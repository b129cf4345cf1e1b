//! How bytes reach a peer: TCP with Noise and Yamux, and QUIC, both with the proof of the commons
//! as the last step of every connection.

use std::time::Duration;

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::upgrade::Version;
use libp2p::futures::future::Either;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, dns, noise, quic, tcp, yamux};

use super::NetworkError;
use super::hello::Hello;

/// From the first packet to the proof; the default of libp2p, enough for a bad Wi-Fi.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Streams on one connection: an honest peer has about ten open, and each takes 256 KiB of memory
/// if it is written to and not read.
const STREAMS: u32 = 64;

/// The transport of a node.
pub(super) fn build(
    keypair: &Keypair,
    hello: Hello,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, NetworkError> {
    let noise =
        noise::Config::new(keypair).map_err(|error| NetworkError::Setup(error.to_string()))?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(STREAMS as usize);
    let mut quic = quic::Config::new(keypair);
    quic.max_concurrent_stream_limit = STREAMS;
    let secured = || {
        let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
            .upgrade(Version::V1Lazy)
            .authenticate(noise.clone())
            .multiplex(yamux.clone())
            .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
        let quic = quic::tokio::Transport::new(quic.clone())
            .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
        tcp.or_transport(quic).map(|either, _| match either {
            Either::Left(connection) | Either::Right(connection) => connection,
        })
    };
    // Where no name server is configured, addresses with names fail and all others work.
    let named = dns::tokio::Transport::system(secured()).unwrap_or_else(|_| {
        let nobody = dns::ResolverConfig::from_parts(None, Vec::new(), Vec::new());
        dns::tokio::Transport::custom(secured(), nobody, dns::ResolverOpts::default())
    });
    let proved =
        named.and_then(move |(peer, muxer), endpoint| hello.exchange(peer, muxer, endpoint));
    Ok(libp2p::core::transport::timeout::TransportTimeout::new(proved, CONNECT_TIMEOUT).boxed())
}
