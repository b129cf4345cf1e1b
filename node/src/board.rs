//! The board: the commons in a browser, served by a running node from the binary alone.
//!
//! Pages are HTML made here and work without a script; a script of our own adds what moves. Nothing
//! is asked of any other machine.
//!
//! ```text
//!   browser ── server ── guard ── pages, forms, api ── shelf ── store (to read)
//!                 │                        │
//!               viewer                  write ── node (signed by whoever writes)
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | `server` | connections: who may have how many, and for how long |
//! | `guard` | what is refused before it is looked at, and what every answer says |
//! | `viewer` | who looks: the host of the node, or a guest |
//! | `frame` | what every page has around it |
//! | `fault` | what goes wrong, as a page or as JSON |
//! | `shelf` | stores to read from |
//! | `recent` | what many ask for at once |
//! | `live` | what comes into the log, for those who wait for it |
//! | `parts` | small parts of pages |
//! | `download` | files that somebody takes along |
//! | `paging` | lists that are longer than a page |
//! | `rows` | entries one below the other |
//! | `meant` | from what stands in an address to the entry |
//! | `asked` | the query of a page |
//! | `pages` | the pages |
//! | `api` | the local API, for programs |
//! | `extract` | what a request says, read |
//! | `forms` | what people write and press |
//! | `write` | signing what was written here, or having it signed |
//! | `difference` | what became of a text |
//! | `guests` | people with a browser and no node |
//! | `assets` | style and script |

mod api;
mod asked;
mod assets;
mod difference;
mod download;
mod extract;
mod fault;
mod forms;
mod frame;
mod guard;
mod guests;
mod live;
mod meant;
mod pages;
mod paging;
mod parts;
mod recent;
mod rows;
mod server;
mod shelf;
#[cfg(test)]
mod testing;
mod viewer;
mod write;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use commons_proto::author::AuthorKey;
use commons_proto::id::{Author, CommonsId};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::control::GuestsStatus;
use crate::driver::NodeHandle;
use crate::home::{ApiToken, Home, HomeError};
use crate::store::{Store, StoreError};
use fault::Fault;
use guests::Guests;
use live::Live;
use pages::Front;
use recent::Recent;
use server::Door;
use shelf::Shelf;
use write::Sent;

pub use guests::{GUESTS_ADDRESS, GuestsError, short_fingerprint};

/// Where the board is if nothing else is said.
pub const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7117);

/// What a board is started with.
#[derive(Debug, Clone)]
pub struct BoardConfig {
    /// Where it listens: on this machine alone. Port 0 is any that is free.
    pub address: SocketAddr,
    /// The home directory, with the key of whoever writes here.
    pub home: Home,
    /// What the commons is called.
    pub name: String,
}

/// Why a board did not start.
#[derive(Debug, thiserror::Error)]
pub enum BoardError {
    /// Others could write in the host's name.
    #[error("the board can be at an address of this machine alone, and {0} is none")]
    NotLoopback(SocketAddr),
    /// It cannot listen there.
    #[error("the board cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The keys.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A running board. It stops when it is dropped.
pub struct RunningBoard {
    address: SocketAddr,
    board: Board,
    tasks: Vec<JoinHandle<()>>,
}

/// What every request works with. A clone is the same board.
#[derive(Clone)]
struct Board(Arc<Inner>);

struct Inner {
    name: String,
    commons: CommonsId,
    key: AuthorKey,
    home: Home,
    token: ApiToken,
    node: NodeHandle,
    shelf: Shelf,
    live: Live,
    sent: Sent,
    front: Recent<Front>,
    guests: Guests,
}

impl RunningBoard {
    /// Starts the board of this node on the current tokio runtime.
    pub async fn start(config: BoardConfig, node: NodeHandle) -> Result<Self, BoardError> {
        let BoardConfig { address, .. } = config;
        if !address.ip().is_loopback() {
            return Err(BoardError::NotLoopback(address));
        }
        let failed = |source| BoardError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let board = Board::new(config, node)?;
        let tasks = vec![
            tokio::spawn(live::follow_log(board.clone())),
            tokio::spawn(guests::answer(board.clone(), board.node().rings(url(address)))),
            tokio::spawn(server::serve(listener, router(board.clone()), Door::Own)),
        ];
        Ok(Self { address, board, tasks })
    }

    /// Lets guests in at this address, or where they usually come in, and tells how it stands then.
    pub fn let_guests_in(&self, at: Option<SocketAddr>) -> Result<GuestsStatus, GuestsError> {
        Guests::open(&self.board, at)
    }

    /// How it stands with guests.
    pub fn guests_status(&self) -> GuestsStatus {
        self.board.guests().status()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its front page.
    pub fn url(&self) -> String {
        url(self.address)
    }
}

impl Drop for RunningBoard {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
        self.board.guests().close();
    }
}

impl Board {
    fn new(config: BoardConfig, node: NodeHandle) -> Result<Self, BoardError> {
        let BoardConfig { home, name, .. } = config;
        let (key, token) = (home.author_key()?, home.api_token()?);
        let store = Store::open_read_only(&home.database(&name))?;
        let (commons, last) = (store.commons(), store.last()?);
        let (shelf, live) = (Shelf::new(store), Live::new(last));
        let sent = Sent::default();
        let front = Recent::default();
        let guests = Guests::new(&home, commons);
        Ok(Self(Arc::new(Inner {
            name,
            commons,
            key,
            home,
            token,
            node,
            shelf,
            live,
            sent,
            front,
            guests,
        })))
    }

    /// What the commons is called.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Which commons it is.
    fn commons(&self) -> CommonsId {
        self.0.commons
    }

    /// Who writes at this node.
    fn host(&self) -> Author {
        self.0.key.author()
    }

    /// The key of whoever writes at this node.
    fn key(&self) -> &AuthorKey {
        &self.0.key
    }

    /// The home directory of whoever writes at this node.
    fn home(&self) -> &Home {
        &self.0.home
    }

    /// What scripts say to be let in.
    fn token(&self) -> &ApiToken {
        &self.0.token
    }

    /// The running node.
    fn node(&self) -> &NodeHandle {
        &self.0.node
    }

    /// What comes into the log.
    fn live(&self) -> &Live {
        &self.0.live
    }

    /// The forms that were sent.
    fn sent(&self) -> &Sent {
        &self.0.sent
    }

    /// What the front page told a moment ago.
    fn front(&self) -> &Recent<Front> {
        &self.0.front
    }

    /// The guests, and their door.
    fn guests(&self) -> &Guests {
        &self.0.guests
    }

    /// Reads from a store, on a thread where that may take its time.
    async fn read<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<Answer, Fault> + Send + 'static,
    ) -> Result<Answer, Fault> {
        self.0.shelf.read(question).await
    }

    /// The same before whoever waits for a turn.
    async fn read_first<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<Answer, Fault> + Send + 'static,
    ) -> Result<Answer, Fault> {
        self.0.shelf.read_first(question).await
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// Everything that the board answers, behind its guard.
fn router(board: Board) -> Router {
    pages::routes()
        .merge(forms::routes())
        .merge(assets::routes())
        .merge(live::routes())
        .merge(api::routes())
        .merge(guests::routes())
        .fallback(fault::no_page)
        .method_not_allowed_fallback(fault::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(board.clone(), guests::limit))
        .layer(middleware::from_fn_with_state(board.clone(), fault::show))
        .layer(middleware::from_fn_with_state(board.clone(), guard::guard))
        .with_state(board)
}

/// Bytes of a request's body at most: a contribution holds 64 KiB, which a form may write with three
/// bytes for each.
const BODY_BYTES: usize = 256 * 1024;
