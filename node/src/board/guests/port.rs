//! The guests' port, which speaks HTTP and HTTPS. The QR code leads to plain HTTP, which opens
//! without a warning; browsers sign things in secure pages alone, so writing takes HTTPS. The first
//! byte of a connection tells which it is.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::places::Places;

/// A connection, whichever of the two it is.
pub(super) trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}

impl<Stream: AsyncRead + AsyncWrite + Unpin + Send> Connection for Stream {}

/// A connection that came, and what is known of it.
pub(super) struct Visit {
    /// What goes to and fro.
    pub(super) stream: Box<dyn Connection>,
    /// From where.
    pub(super) from: SocketAddr,
    /// Whether nobody between can read or change what goes to and fro, unless the guest was led to
    /// another certificate.
    pub(super) is_private: bool,
}

/// Serves what comes to this listener for as long as this is polled; who has not said within this time
/// what they speak is sent away. When it is dropped, all connections end.
pub(super) async fn serve<Serving>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    places: Places,
    patience: Duration,
    serve: impl Fn(Visit) -> Serving + Clone + Send + 'static,
) where
    Serving: Future<Output = ()> + Send,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "the guests' port cannot take a connection");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take(from.ip()) else {
            tracing::debug!(%from, "a guest has too many connections");
            continue;
        };
        let (acceptor, serve) = (acceptor.clone(), serve.clone());
        connections.spawn(async move {
            match timeout(patience, greet(stream, from, &acceptor)).await {
                Ok(Ok(visit)) => serve(visit).await,
                Ok(Err(error)) => tracing::debug!(%from, %error, "a guest was not understood"),
                Err(_) => tracing::debug!(%from, "a guest said nothing"),
            }
            drop(place);
        });
    }
}

/// Finds out which language a connection speaks, and begins to speak it.
async fn greet(stream: TcpStream, from: SocketAddr, tls: &TlsAcceptor) -> io::Result<Visit> {
    // What is written goes out at once; if that cannot be, a little later.
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if first == [TLS_HANDSHAKE] {
        let stream = Box::new(tls.accept(stream).await?);
        return Ok(Visit { stream, from, is_private: true });
    }
    // Nothing leaves this machine on the way to itself.
    let is_private = from.ip().to_canonical().is_loopback();
    Ok(Visit { stream: Box::new(stream), from, is_private })
}

/// The first byte of a TLS connection: a record of type handshake. Source: RFC 8446, section 5.1.
/// No HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// How long a connection may take until it has said what it is: chosen, for a phone at the edge of
/// the Wi-Fi.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The pause after a failure to accept, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
