//! Connections: they are accepted, bounded in number and patience, and given to the router with word
//! of the door through which they came.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Through which door a request came: that decides whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The board's own, on this machine alone.
    Own,
    /// That of the guests.
    Guests,
}

/// The address from which a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct From(pub(super) SocketAddr);

/// Serves what comes to this listener, for as long as this is polled.
pub(super) async fn serve(listener: TcpListener, router: Router, door: Door) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let accepted = listener.accept().await;
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, from)) => {
                // What is written goes out at once; if that cannot be, a little later.
                let _ = stream.set_nodelay(true);
                let router = router.clone();
                connections.spawn(async move {
                    connection(stream, router, door, from).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the board cannot take a connection");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn connection<Stream>(stream: Stream, router: Router, door: Door, from: SocketAddr)
where
    Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = router.layer(Extension(door)).layer(Extension(From(from)));
    let service = TowerToHyperService::new(router);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_headers(HEADER_LINES)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a browser went away");
    }
}

/// Connections at once at most: 200 open event streams, and as many readers, with room.
const CONNECTIONS: usize = 1024;

/// How long a browser may take to send its headers, or to ask again.
const HEADERS: Duration = Duration::from_secs(30);

/// Lines of headers at most: browsers send about 20.
const HEADER_LINES: usize = 64;

/// Bytes of headers at most; hyper wants 8 KiB at least.
const HEADER_BYTES: usize = 32 * 1024;

/// The pause after a failure to accept, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);
