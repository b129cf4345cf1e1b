//! Guests: people with a browser and no node. They read everything over a door of their own, and
//! write with a key that is made and kept in their browser, so what they write is signed by them. The
//! host opens and closes the door.
//!
//! | module | what lives there |
//! |---|---|
//! | `port` | the port that speaks HTTP and HTTPS |
//! | `certificate` | the certificate of that port |
//! | `addresses` | under which addresses others reach it |
//! | `places` | how many connections and streams there are at once |
//! | `rates` | how much one guest may ask |
//! | `limit` | what is too much, refused |
//! | `page` | the page about guests, for the host and for them |
//! | `control` | the host's word from the terminal |

mod addresses;
mod certificate;
mod control;
mod limit;
mod page;
mod places;
mod port;
mod rates;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::{Extension, Router};
use commons_proto::contribution::{Refusal, Verified};
use commons_proto::id::{Author, CommonsId};
use commons_proto::wire::Unchecked;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Board;
use super::server::{self, Door};
use crate::control::GuestsStatus;
use crate::home::Home;
use crate::verify::Verifier;
use certificate::{Certificate, CertificateError};
use places::Places;
use port::Visit;
use rates::Rates;

pub(super) use control::answer;
pub(super) use limit::limit;
pub(super) use page::{how_to_write, invitation};

/// Where guests come in if nothing else is said: from everywhere.
pub const GUESTS_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 7118);

/// Why guests cannot come in.
#[derive(Debug, thiserror::Error)]
pub enum GuestsError {
    /// It cannot listen there.
    #[error("guests cannot be let in at {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// There is no certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Whether nobody on the way can read or change a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Private(pub(super) bool);

impl<State: Send + Sync> FromRequestParts<State> for Private {
    type Rejection = Infallible;

    /// What is not known to be private is not.
    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(Self(false)))
    }
}

/// The guests of a board, and their door.
pub(super) struct Guests {
    certificate_file: PathBuf,
    connections: Places,
    rates: Rates,
    verifier: Verifier,
    wrote: Mutex<BTreeSet<Author>>,
    door: Mutex<Option<Opened>>,
}

/// A door that is open.
struct Opened {
    address: SocketAddr,
    /// For everybody who looks, the likeliest first.
    urls: Vec<String>,
    fingerprint: String,
    serving: JoinHandle<()>,
}

impl Guests {
    /// No guests, and a closed door.
    pub(super) fn new(home: &Home, commons: CommonsId) -> Self {
        Self {
            certificate_file: home.directory().join(CERTIFICATE_FILE),
            connections: Places::new(CONNECTIONS, CONNECTIONS_OF_ONE),
            rates: Rates::new(),
            verifier: Verifier::new(commons),
            wrote: Mutex::default(),
            door: Mutex::default(),
        }
    }

    /// Lets guests in at this address, or where they usually come in; if that is taken, at any free
    /// port. A door that is open stays as it is unless another address is asked for.
    pub(super) fn open(
        board: &Board,
        wanted: Option<SocketAddr>,
    ) -> Result<GuestsStatus, GuestsError> {
        let guests = board.guests();
        let mut door = guests.door();
        let is_there = |opened: &Opened| wanted.is_none_or(|wanted| wanted == opened.address);
        if !door.as_ref().is_some_and(is_there) {
            // The old one closes first: it may be in the way.
            *door = None;
            *door = Some(Opened::at(board, wanted)?);
        }
        drop(door);
        Ok(guests.status())
    }

    /// Lets nobody in any more, and sends away who is here, their streams of events too.
    pub(super) fn close(&self) {
        *self.door() = None;
    }

    /// How it stands with guests.
    pub(super) fn status(&self) -> GuestsStatus {
        let door = self.door();
        let wrote = self.wrote.lock().unwrap_or_else(PoisonError::into_inner).len() as u64;
        GuestsStatus {
            open: door.is_some(),
            urls: door.as_ref().map(|door| door.urls.clone()).unwrap_or_default(),
            fingerprint: door.as_ref().map(|door| door.fingerprint.clone()),
            connected: self.connections.addresses() as u64,
            wrote,
        }
    }

    /// Verifies what was signed elsewhere, as what a peer sends is verified.
    pub(super) fn check(&self, contribution: &Unchecked) -> Result<Verified, Refusal> {
        self.verifier.check_one(contribution).map_err(|(_, refusal)| refusal)
    }

    /// Notes that this author wrote as a guest.
    pub(super) fn note(&self, author: Author) {
        let mut wrote = self.wrote.lock().unwrap_or_else(PoisonError::into_inner);
        if wrote.len() < WRITERS {
            wrote.insert(author);
        }
    }

    fn door(&self) -> MutexGuard<'_, Option<Opened>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    fn at(board: &Board, wanted: Option<SocketAddr>) -> Result<Self, GuestsError> {
        let usual = wanted.unwrap_or(GUESTS_ADDRESS);
        let mut bound = bind(usual);
        if wanted.is_none()
            && bound.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
        {
            bound = bind(SocketAddr::new(usual.ip(), 0));
        }
        let failed = |source| GuestsError::Listen { address: usual, source };
        let listener = bound.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let reachable = addresses::reachable(address.ip());
        let guests = board.guests();
        let certificate = Certificate::at(&guests.certificate_file, &reachable)?;
        let url = |ip: &IpAddr| format!("http://{}/", SocketAddr::new(*ip, address.port()));
        let router = super::router(board.clone());
        let serve = move |visit: Visit| serve(visit, router.clone());
        let places = guests.connections.clone();
        let serving = port::serve(listener, certificate.acceptor(), places, port::PATIENCE, serve);
        Ok(Self {
            address,
            urls: reachable.iter().map(url).collect(),
            fingerprint: certificate.fingerprint(),
            serving: tokio::spawn(serving),
        })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The routes of guests.
pub(super) fn routes() -> Router<Board> {
    page::routes()
}

/// The first letters of a fingerprint, for people to compare: 64 bits, which nobody makes a second
/// certificate for.
pub fn short_fingerprint(fingerprint: &str) -> &str {
    fingerprint.get(..SHORT_FINGERPRINT).unwrap_or(fingerprint)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn serve(visit: Visit, router: Router) {
    let router = router.layer(Extension(Private(visit.is_private)));
    server::connection(visit.stream, router, Door::Guests, visit.from).await;
}

/// The file in the home with the certificate.
pub(crate) const CERTIFICATE_FILE: &str = "guests.pem";

/// Connections at once at most: 400 streams of events and as many readers as will be in between.
const CONNECTIONS: usize = 600;

/// Connections of one address at most: a browser opens six, and several phones may share one.
const CONNECTIONS_OF_ONE: usize = 48;

/// Authors who are counted as guests that wrote: more than come to an event.
const WRITERS: usize = 4096;

/// Letters of a fingerprint that people compare: eight bytes of it.
const SHORT_FINGERPRINT: usize = 8 * 3 - 1;

#[cfg(test)]
mod tests;
