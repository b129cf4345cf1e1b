//! What many ask for at once and is the same for all of them: made once, and kept until something
//! comes in, for a moment at most.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::Board;
use super::fault::Fault;
use crate::store::Store;

/// A thing that was made a moment ago, if it was.
pub(super) struct Recent<T>(Mutex<Option<Made<T>>>);

struct Made<T> {
    position: u64,
    at: Instant,
    thing: Arc<T>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Recent<T> {
    /// The thing, as of now. While one asker makes it the others wait for that.
    pub(super) async fn of(
        &self,
        board: &Board,
        make: impl FnOnce(&Store) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Arc<T>, Fault> {
        let mut made = self.0.lock().await;
        // Before it is made: what comes in meanwhile makes it anew.
        let position = board.live().position();
        let is_recent = |made: &&Made<T>| made.position == position && made.at.elapsed() < KEPT;
        if let Some(made) = made.as_ref().filter(is_recent) {
            return Ok(Arc::clone(&made.thing));
        }
        let at = Instant::now();
        let thing = Arc::new(board.read(make).await?);
        *made = Some(Made { position, at, thing: Arc::clone(&thing) });
        Ok(thing)
    }
}

/// How long a thing is kept though nothing has come in: what is muted or followed meanwhile is seen a
/// moment later.
const KEPT: Duration = Duration::from_secs(1);
