//! The bell of the board: the control socket belongs to the node, and what is asked of the board, which
//! may not be there, is rung on here.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::control::{GuestsAnswer, GuestsAsked};

/// Something that is asked of the door, and where the answer goes.
pub(crate) type Ring = (GuestsAsked, oneshot::Sender<GuestsAnswer>);

/// A bell. A clone is the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bell(Arc<Mutex<Option<Wire>>>);

/// What leads to a board.
#[derive(Debug)]
struct Wire {
    url: String,
    rings: mpsc::Sender<Ring>,
}

impl Bell {
    /// What is rung from now on, for the board at this URL.
    pub(super) fn listen(&self, url: String) -> mpsc::Receiver<Ring> {
        let (rings, heard) = mpsc::channel(WAITING);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Wire { url, rings });
        heard
    }

    /// Where the board is, if there is one.
    pub(super) fn board(&self) -> Option<String> {
        let wire = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wire.as_ref().filter(|wire| !wire.rings.is_closed()).map(|wire| wire.url.clone())
    }

    /// Asks something of the door; `None` if nobody listens.
    pub(super) async fn ring(&self, asked: GuestsAsked) -> Option<GuestsAnswer> {
        let sender = {
            let wire = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            wire.as_ref()?.rings.clone()
        };
        let (answer, answered) = oneshot::channel();
        sender.send((asked, answer)).await.ok()?;
        answered.await.ok()
    }
}

/// Rings that wait at most: there is one host.
const WAITING: usize = 4;
