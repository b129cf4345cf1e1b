//! The proof of the commons, given both ways before a connection counts as one: the last step of
//! the transport, on TCP and QUIC alike. Whatever runs above (gossip, identify, frames) meets only
//! members, so a stranger learns neither the topic nor an address.
//!
//! On the first stream of a connection, which the dialer opens, each side writes 40 bytes, the
//! dialer first: the version, then [`CommonsId::proof`] from itself to the other, or 32 zeros if
//! the other's proof is not that of this commons.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use commons_proto::id::CommonsId;
use futures::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt, SubstreamBox};
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;

/// The first eight bytes that each side writes.
pub(super) const VERSION: [u8; 8] = *b"commons1";

/// What a stranger gets in place of a proof.
const NO_PROOF: [u8; 32] = [0; 32];

/// How long a listener leaves its refusal to be read before it hangs up.
const FAREWELL: Duration = Duration::from_secs(1);

/// Somebody of another commons, or of none.
#[derive(Debug)]
pub(super) struct Stranger {
    pub(super) peer: PeerId,
    /// Where we dialled it, if we did.
    pub(super) dialled: Option<Multiaddr>,
}

/// Gives and checks proofs for one node.
#[derive(Clone)]
pub(super) struct Hello {
    pub(super) commons: CommonsId,
    pub(super) local: PeerId,
    pub(super) strangers: mpsc::Sender<Stranger>,
}

impl Hello {
    /// Turns a secured connection into one with a member, or fails.
    pub(super) async fn exchange(
        self,
        peer: PeerId,
        mut muxer: StreamMuxerBox,
        endpoint: ConnectedPoint,
    ) -> io::Result<(PeerId, StreamMuxerBox)> {
        let dialled = match &endpoint {
            ConnectedPoint::Dialer { address, role_override: Endpoint::Dialer, .. } => {
                Some(address.clone())
            }
            _ => None,
        };
        let mut stream = poll_fn(|context| {
            drive(&mut muxer, context)?;
            match dialled {
                Some(_) => muxer.poll_outbound_unpin(context),
                None => muxer.poll_inbound_unpin(context),
            }
        })
        .await?;
        let talk = self.talk(&mut stream, &peer, dialled.is_some());
        if alongside(&mut muxer, talk).await? {
            return Ok((peer, muxer));
        }
        let is_listener = dialled.is_none();
        // A full queue means that strangers come faster than they can be noted.
        let _ = self.strangers.try_send(Stranger { peer, dialled });
        if is_listener {
            // The stranger hangs up when it has read the refusal; or it does not, and we do.
            let farewell = async { stream.read(&mut [0]).await.map(drop) };
            let _ = tokio::time::timeout(FAREWELL, alongside(&mut muxer, farewell)).await;
        }
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "a peer of another commons"))
    }

    /// Whether the other is a member, and it knows that we are.
    async fn talk(
        &self,
        stream: &mut SubstreamBox,
        peer: &PeerId,
        dialer: bool,
    ) -> io::Result<bool> {
        let (here, there) = (self.local.to_bytes(), peer.to_bytes());
        let ours = self.commons.proof(&here, &there);
        let expected = self.commons.proof(&there, &here);
        if dialer {
            say(stream, &ours).await?;
            return Ok(heard(stream).await? == Some(expected));
        }
        let is_member = heard(stream).await? == Some(expected);
        say(stream, if is_member { &ours } else { &NO_PROOF }).await?;
        // Without a proper end the other side may never see what was written. An error here means
        // that it has seen it and hung up.
        let _ = stream.close().await;
        Ok(is_member)
    }
}

async fn say(stream: &mut SubstreamBox, proof: &[u8; 32]) -> io::Result<()> {
    stream.write_all(&[&VERSION[..], proof].concat()).await?;
    stream.flush().await
}

/// The other's proof; none if it speaks another version, or something else altogether.
pub(crate) async fn heard(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<[u8; 32]>> {
    let mut version = [0; VERSION.len()];
    stream.read_exact(&mut version).await?;
    if version != VERSION {
        return Ok(None);
    }
    let mut proof = [0; 32];
    stream.read_exact(&mut proof).await?;
    Ok(Some(proof))
}

/// Runs a conversation on the first stream while the connection under it makes progress.
async fn alongside<T>(
    muxer: &mut StreamMuxerBox,
    conversation: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let mut conversation = pin!(conversation);
    poll_fn(|context| match conversation.as_mut().poll(context) {
        Poll::Pending => {
            drive(muxer, context)?;
            Poll::Pending
        }
        ready => ready,
    })
    .await
}

/// Lets the connection make progress. What it reports besides, a changed address, is of no use yet.
fn drive(muxer: &mut StreamMuxerBox, context: &mut Context<'_>) -> io::Result<()> {
    while let Poll::Ready(event) = muxer.poll_unpin(context) {
        event?;
    }
    Ok(())
}
