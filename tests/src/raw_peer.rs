//! A peer of which nothing but the secured and multiplexed connection is the product's or libp2p's:
//! proof of the commons, negotiation of protocols, frames and gossip are written out here from
//! `docs/protocol.md` as it was at protocol 1, and stay so. It says bytes that were recorded and
//! hears bytes; what they mean is for the tests.

use std::future::poll_fn;
use std::io;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::upgrade::Version;
use libp2p::core::{Endpoint, Transport};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, noise, tcp, yamux};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::sync::mpsc as channel;

/// The protocol of the streams of frames.
pub const SYNC: &str = "/commons/sync/1";

/// The protocol of gossip: of those that a node offers, one that all versions have.
pub const GOSSIP: &str = "/meshsub/1.1.0";

/// A connection to a node, as one that has proved the commons.
pub struct RawPeer {
    frames: mpsc::Receiver<Vec<u8>>,
    gossip: mpsc::Receiver<Vec<u8>>,
    say_frame: channel::UnboundedSender<Vec<u8>>,
    say_gossip: channel::UnboundedSender<Vec<u8>>,
    /// What the node wrote in answer to the proof.
    pub hello: Vec<u8>,
    _runtime: Runtime,
}

impl RawPeer {
    /// Dials a node at this address over TCP, with the identity of this secret, and proves that it
    /// knows the commons.
    ///
    /// # Panics
    /// If the node cannot be reached, or opens no streams.
    pub fn dials(address: &str, secret: [u8; 32], commons: &[u8; 32]) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let (to_frames, frames) = mpsc::channel();
        let (to_gossip, gossip) = mpsc::channel();
        let (say_frame, frames_to_say) = channel::unbounded_channel();
        let (say_gossip, gossip_to_say) = channel::unbounded_channel();
        let hello = runtime.block_on(async {
            let (mut muxer, here, there) = connect(address, secret).await;
            let mut first = open(&mut muxer).await.expect("a stream opens");
            let sync = open(&mut muxer).await.expect("a stream opens");
            let mesh = open(&mut muxer).await.expect("a stream opens");
            let (to_streams, mut streams) = channel::unbounded_channel();
            tokio::spawn(keep(muxer, to_streams));
            let proof = [&b"commons1"[..], &proof(commons, &here, &there)].concat();
            first.write_all(&proof).await.expect("the proof can be written");
            first.flush().await.expect("the proof can be written");
            let mut hello = vec![0; 40];
            first.read_exact(&mut hello).await.expect("the node gives its proof");
            tokio::spawn(say(sync, SYNC, frames_to_say));
            tokio::spawn(say(mesh, GOSSIP, gossip_to_say));
            tokio::spawn(async move {
                while let Some(stream) = streams.recv().await {
                    tokio::spawn(hear(stream, to_frames.clone(), to_gossip.clone()));
                }
            });
            hello
        });
        Self { frames, gossip, say_frame, say_gossip, hello, _runtime: runtime }
    }

    /// Says a frame.
    pub fn says(&self, frame: &[u8]) {
        let length = u32::try_from(frame.len()).expect("a short frame");
        // An error means that the node has hung up: what it should have said will be missed.
        let _ = self.say_frame.send([&length.to_be_bytes()[..], frame].concat());
    }

    /// Says a gossip message, as the bytes of its protobuf.
    pub fn gossips(&self, message: &[u8]) {
        // As above.
        let _ = self.say_gossip.send([&length(message.len())[..], message].concat());
    }

    /// The next frame, if one comes in time.
    pub fn hears(&self, patience: Duration) -> Option<Vec<u8>> {
        self.frames.recv_timeout(patience).ok()
    }

    /// The next gossip message, if one comes in time.
    pub fn hears_gossip(&self, patience: Duration) -> Option<Vec<u8>> {
        self.gossip.recv_timeout(patience).ok()
    }
}

/// What a node proves itself with: `proof(from, to)` of the protocol's section 3.
pub fn proof(commons: &[u8; 32], from: &[u8], to: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"commons/1 proof\0")
        .chain_update(commons)
        .chain_update(Sha256::digest(from))
        .chain_update(Sha256::digest(to))
        .finalize()
        .into()
}

/// The peer id of this secret, as its bytes.
pub fn peer_id(secret: [u8; 32]) -> PeerId {
    identity(secret).public().to_peer_id()
}

fn identity(mut secret: [u8; 32]) -> Keypair {
    Keypair::ed25519_from_bytes(&mut secret).expect("32 bytes are a secret")
}

async fn connect(address: &str, secret: [u8; 32]) -> (StreamMuxerBox, Vec<u8>, Vec<u8>) {
    let keypair = identity(secret);
    let noise = noise::Config::new(&keypair).expect("an Ed25519 key is one for Noise");
    let mut transport = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux::Config::default())
        .boxed();
    let mut address: Multiaddr = address.parse().expect("a node prints an address");
    address.pop();
    let how = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let dial = transport.dial(address, how).expect("TCP can be dialled");
    let (there, muxer) = dial.await.expect("the node is there");
    (muxer, keypair.public().to_peer_id().to_bytes(), there.to_bytes())
}

async fn open(muxer: &mut StreamMuxerBox) -> io::Result<SubstreamBox> {
    poll_fn(|context| {
        while let Poll::Ready(event) = muxer.poll_unpin(context) {
            event?;
        }
        muxer.poll_outbound_unpin(context)
    })
    .await
}

/// Lets the connection make progress, and hands on the streams that the node opens.
async fn keep(mut muxer: StreamMuxerBox, streams: channel::UnboundedSender<SubstreamBox>) {
    // The end of the connection is the end of this.
    let _ = poll_fn(|context| -> Poll<io::Result<()>> {
        loop {
            while let Poll::Ready(event) = muxer.poll_unpin(context) {
                event?;
            }
            match muxer.poll_inbound_unpin(context)? {
                // Nobody may be listening any more.
                Poll::Ready(stream) => drop(streams.send(stream)),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
}

/// Agrees on the protocol of a stream of ours and says what it is given.
async fn say(
    mut stream: SubstreamBox,
    protocol: &str,
    mut queue: channel::UnboundedReceiver<Vec<u8>>,
) -> io::Result<()> {
    write_line(&mut stream, MULTISTREAM).await?;
    write_line(&mut stream, protocol).await?;
    for expected in [MULTISTREAM, protocol] {
        let answer = read_line(&mut stream).await?;
        assert_eq!(answer, expected, "the node speaks what it spoke");
    }
    while let Some(bytes) = queue.recv().await {
        stream.write_all(&bytes).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Agrees on the protocol of a stream of the node's and hands on what it says there; what is
/// neither frames nor gossip is declined.
async fn hear(
    mut stream: SubstreamBox,
    frames: mpsc::Sender<Vec<u8>>,
    gossip: mpsc::Sender<Vec<u8>>,
) -> io::Result<()> {
    let protocol = loop {
        let line = read_line(&mut stream).await?;
        match line.as_str() {
            MULTISTREAM | SYNC | GOSSIP => write_line(&mut stream, &line).await?,
            _ => write_line(&mut stream, "na").await?,
        }
        if line == SYNC || line == GOSSIP {
            break line;
        }
    };
    loop {
        let (length, heard) = if protocol == SYNC {
            let mut length = [0; 4];
            stream.read_exact(&mut length).await?;
            (u32::from_be_bytes(length) as usize, &frames)
        } else {
            (read_length(&mut stream).await?, &gossip)
        };
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).await?;
        // Nobody may be listening any more.
        let _ = heard.send(bytes);
    }
}

async fn write_line(stream: &mut SubstreamBox, line: &str) -> io::Result<()> {
    let bytes = [&length(line.len() + 1)[..], line.as_bytes(), b"\n"].concat();
    stream.write_all(&bytes).await?;
    stream.flush().await
}

async fn read_line(stream: &mut SubstreamBox) -> io::Result<String> {
    let length = read_length(stream).await?;
    let mut line = vec![0; length];
    stream.read_exact(&mut line).await?;
    line.pop();
    String::from_utf8(line).map_err(io::Error::other)
}

/// A length as multistream and protobuf have it: seven bits a byte, the lowest first.
fn length(mut length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes
}

async fn read_length(stream: &mut SubstreamBox) -> io::Result<usize> {
    let mut length = 0;
    for shift in (0..28).step_by(7) {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok(length);
        }
    }
    Err(io::Error::other("a length of more than 28 bits"))
}

/// What each side of a negotiation begins with.
const MULTISTREAM: &str = "/multistream/1.0.0";
