//! Stores to read from: as many as may be read at once, opened when they are needed, each used by one
//! request at a time on a thread where that may take its time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::fault::Fault;
use crate::store::Store;

/// The stores that nobody uses just now.
#[derive(Clone)]
pub(super) struct Shelf {
    path: PathBuf,
    stores: Arc<Mutex<Vec<Store>>>,
    turns: Arc<Semaphore>,
}

impl Shelf {
    /// A shelf with this store on it.
    pub(super) fn new(store: Store) -> Self {
        Self {
            path: store.path().to_owned(),
            stores: Arc::new(Mutex::new(vec![store])),
            turns: Arc::new(Semaphore::new(READERS)),
        }
    }

    /// Asks a store, when it is this question's turn.
    pub(super) async fn read<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<Answer, Fault> + Send + 'static,
    ) -> Result<Answer, Fault> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.expect("the turns are never closed");
        self.ask(question, Some(turn)).await
    }

    /// Asks a store before whoever waits for a turn: for the one task on which all who listen wait.
    pub(super) async fn read_first<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<Answer, Fault> + Send + 'static,
    ) -> Result<Answer, Fault> {
        self.ask(question, None).await
    }

    async fn ask<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Store) -> Result<Answer, Fault> + Send + 'static,
        turn: Option<OwnedSemaphorePermit>,
    ) -> Result<Answer, Fault> {
        let shelf = self.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let store = shelf.take()?;
            let answer = question(&store);
            shelf.stores.lock().unwrap_or_else(PoisonError::into_inner).push(store);
            drop(turn);
            answer
        });
        asked.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a page could not be made");
            Err(Fault::new(
                axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                "panic",
                "this page could not be made",
            ))
        })
    }

    fn take(&self) -> Result<Store, Fault> {
        let idle = self.stores.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(store) => Ok(store),
            None => Ok(Store::open_read_only(&self.path)?),
        }
    }
}

/// Stores that are read at once at most: a few more than a laptop has cores.
const READERS: usize = 8;
