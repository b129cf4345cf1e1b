//! The bell at the guests' door: the control socket belongs to the node, the door to the board,
//! which may not be there.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::control::{GuestsAnswer, GuestsAsked};

/// Something that is asked of the door, and where the answer goes.
pub(crate) type Ring = (GuestsAsked, oneshot::Sender<GuestsAnswer>);

/// A bell. A clone is the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bell(Arc<Mutex<Option<mpsc::Sender<Ring>>>>);

impl Bell {
    /// What is rung from now on.
    pub(super) fn listen(&self) -> mpsc::Receiver<Ring> {
        let (sender, rings) = mpsc::channel(WAITING);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        rings
    }

    /// Asks something of the door; `None` if nobody listens.
    pub(super) async fn ring(&self, asked: GuestsAsked) -> Option<GuestsAnswer> {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let (answer, answered) = oneshot::channel();
        sender.send((asked, answer)).await.ok()?;
        answered.await.ok()
    }
}

/// Rings that wait at most: there is one host.
const WAITING: usize = 4;
