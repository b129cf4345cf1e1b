//! A liar's connection: libp2p's transports, the proof of the commons or something in its place,
//! and streams as many as one likes. Nothing here checks or bounds anything, as a node would.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use commons_proto::id::CommonsId;
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::upgrade::Version;
use libp2p::core::{Endpoint, Transport};
use libp2p::futures::future::Either;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, noise, quic, tcp, yamux};
use multistream_select::{Negotiated, dialer_select_proto, listener_select_proto};
use tokio::sync::{mpsc, oneshot};

/// A stream whose protocol was agreed upon.
pub type Stream = Negotiated<SubstreamBox>;

/// What somebody says on the first stream of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// What a member says.
    Proof,
    /// These bytes.
    Bytes(Vec<u8>),
    /// The beginning of a proof, so many bytes, and no more.
    Part(usize),
}

/// A connection that can be asked for streams. It ends when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Line {
    asks: mpsc::UnboundedSender<oneshot::Sender<SubstreamBox>>,
}

impl Line {
    /// Connects, greets, and hands over streams that come in. When the connection has ended,
    /// `inbound` is dropped.
    pub(super) async fn dial(
        keypair: &Keypair,
        commons: &CommonsId,
        address: &Multiaddr,
        greeting: &Greeting,
        inbound: impl Fn(SubstreamBox) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (peer, mut muxer) = connect(keypair, address).await?;
        let mut first = poll_fn(|context| {
            drive(&mut muxer, context)?;
            muxer.poll_outbound_unpin(context)
        })
        .await?;
        let (asks, asked) = mpsc::unbounded_channel();
        tokio::spawn(run(muxer, asked, inbound));
        let here = keypair.public().to_peer_id().to_bytes();
        let there = peer.to_bytes();
        let proof = [&VERSION[..], &commons.proof(&here, &there)].concat();
        let (words, is_whole) = match greeting {
            Greeting::Proof => (proof, true),
            Greeting::Bytes(bytes) => (bytes.clone(), true),
            Greeting::Part(bytes) => (proof[..*bytes].to_vec(), false),
        };
        first.write_all(&words).await?;
        first.flush().await?;
        if !is_whole {
            // The stream is kept as it is, with the connection.
            tokio::spawn(async move { first.read(&mut [0]).await.map(drop) });
            return Ok(Self { asks });
        }
        let mut answer = [0; VERSION.len() + 32];
        first.read_exact(&mut answer).await?;
        if answer[VERSION.len()..] == commons.proof(&there, &here) {
            Ok(Self { asks })
        } else {
            Err(io::Error::other("it does not give its proof"))
        }
    }

    /// A further stream, without a protocol.
    pub(super) async fn stream(&self) -> io::Result<SubstreamBox> {
        let (ask, stream) = oneshot::channel();
        // An error means that the connection has ended, as does the next one.
        let _ = self.asks.send(ask);
        stream.await.map_err(|_| io::ErrorKind::ConnectionAborted.into())
    }

    /// A further stream of this protocol.
    pub(super) async fn open(&self, protocol: &'static str) -> io::Result<Stream> {
        let stream = self.stream().await?;
        let (_, stream) =
            dialer_select_proto(stream, [protocol], Version::V1).await.map_err(io::Error::other)?;
        Ok(stream)
    }
}

/// Agrees on one of these protocols for a stream that came in.
pub(super) async fn agree(
    stream: SubstreamBox,
    protocols: &[&'static str],
) -> io::Result<(&'static str, Stream)> {
    listener_select_proto(stream, protocols.iter().copied()).await.map_err(io::Error::other)
}

async fn connect(keypair: &Keypair, address: &Multiaddr) -> io::Result<(PeerId, StreamMuxerBox)> {
    let noise = noise::Config::new(keypair).map_err(io::Error::other)?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(STREAMS);
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let quic = quic::tokio::Transport::new(quic::Config::new(keypair))
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let mut transport = tcp
        .or_transport(quic)
        .map(|either, _| match either {
            Either::Left(connection) | Either::Right(connection) => connection,
        })
        .boxed();
    let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
    let dial = transport.dial(address.clone(), options).map_err(io::Error::other)?;
    let mut dial = Box::pin(dial);
    // A transport has to be polled for its dials to make progress.
    poll_fn(|context| {
        while Transport::poll(std::pin::Pin::new(&mut transport), context).is_ready() {}
        dial.as_mut().poll(context)
    })
    .await
    .map_err(io::Error::other)
}

/// Keeps a connection going until it breaks, or nobody has it any more.
async fn run(
    mut muxer: StreamMuxerBox,
    mut asks: mpsc::UnboundedReceiver<oneshot::Sender<SubstreamBox>>,
    inbound: impl Fn(SubstreamBox),
) {
    let mut waiting = VecDeque::new();
    // A stream that was just opened is heard only once the connection is polled again.
    poll_fn(|context| {
        while match step(&mut muxer, &mut asks, &mut waiting, &inbound, context) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => false,
        } {}
        Poll::Pending
    })
    .await;
}

/// Does something if there is something to do.
fn step(
    muxer: &mut StreamMuxerBox,
    asks: &mut mpsc::UnboundedReceiver<oneshot::Sender<SubstreamBox>>,
    waiting: &mut VecDeque<oneshot::Sender<SubstreamBox>>,
    inbound: &impl Fn(SubstreamBox),
    context: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    drive(muxer, context)?;
    if let Poll::Ready(ask) = asks.poll_recv(context) {
        waiting.push_back(ask.ok_or(io::ErrorKind::NotConnected)?);
        return Poll::Ready(Ok(()));
    }
    if let Poll::Ready(stream) = muxer.poll_inbound_unpin(context)? {
        inbound(stream);
        return Poll::Ready(Ok(()));
    }
    if !waiting.is_empty()
        && let Poll::Ready(stream) = muxer.poll_outbound_unpin(context)?
    {
        // An error means that nobody wants it any more.
        let _ = waiting.pop_front().map(|ask| ask.send(stream));
        return Poll::Ready(Ok(()));
    }
    Poll::Pending
}

fn drive(muxer: &mut StreamMuxerBox, context: &mut Context<'_>) -> io::Result<()> {
    while let Poll::Ready(event) = muxer.poll_unpin(context) {
        event?;
    }
    Ok(())
}

/// The first eight bytes of a greeting.
const VERSION: [u8; 8] = *b"commons1";

/// Streams that a liar would keep open at once: as many as its side's window allows.
const STREAMS: usize = 4096;
