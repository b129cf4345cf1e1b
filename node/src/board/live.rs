//! What comes into the log, told to those who wait for it. One task reads the tail of the log when
//! the node has committed something, and keeps the last of it; each listener takes from that what is
//! new to it, and what is no longer kept there from the store. So nothing is lost, however slow a
//! listener is, and two hundred listeners cost no more than one reading.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use futures::Stream;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::Board;
use super::extract::Query;
use super::fault::Fault;
use crate::driver::NodeEvent;
use crate::json::{self, Contribution};
use crate::store::{LogItem, Store};

/// The end of the log.
pub(super) struct Live {
    kept: Mutex<Kept>,
    position: watch::Sender<u64>,
}

/// The last items, without a gap.
struct Kept {
    /// The position behind which all items are here.
    after: u64,
    items: VecDeque<Arc<Told>>,
}

/// An item of the log with what programs are told of it, made once for all who listen.
pub(super) struct Told {
    /// The item.
    pub(super) item: LogItem,
    /// A [`Contribution`] as a line of JSON.
    pub(super) json: String,
}

/// Somebody who wants to be told of each item once, in the order of the log.
pub(super) struct Follower {
    board: Board,
    position: watch::Receiver<u64>,
    after: u64,
}

impl Live {
    /// The end of a log whose last position is this.
    pub(super) fn new(last: u64) -> Self {
        let kept = Kept { after: last, items: VecDeque::new() };
        Self { kept: Mutex::new(kept), position: watch::Sender::new(last) }
    }

    /// The last position that was told.
    pub(super) fn position(&self) -> u64 {
        *self.position.borrow()
    }

    fn push(&self, items: Vec<Told>) {
        let Some(last) = items.last().map(|told| told.item.seq) else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.items.extend(items.into_iter().map(Arc::new));
        while kept.items.len() > KEPT {
            if let Some(told) = kept.items.pop_front() {
                kept.after = told.item.seq;
            }
        }
        drop(kept);
        self.position.send_replace(last);
    }

    /// What came after this position; `None` if it is not kept here any more.
    fn after(&self, position: u64) -> Option<Vec<Arc<Told>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.items.partition_point(|told| told.item.seq <= position);
        (kept.after <= position).then(|| kept.items.range(first..).cloned().collect())
    }
}

impl Follower {
    /// Somebody who knows the log up to this position.
    pub(super) fn new(board: &Board, after: u64) -> Self {
        Self { board: board.clone(), position: board.live().position.subscribe(), after }
    }

    /// Up to where it was told.
    pub(super) fn position(&self) -> u64 {
        self.after
    }

    /// What has come since, as soon as there is something; `None` when the board stops or cannot
    /// read. What is muted here is among it, and says so.
    pub(super) async fn next(&mut self) -> Option<Vec<Arc<Told>>> {
        let after = self.after;
        self.position.wait_for(|position| *position > after).await.ok()?;
        let items = match self.board.live().after(after) {
            Some(items) => items,
            None => {
                let read = self.board.read(move |store| tail(store, after)).await;
                read.ok()?.into_iter().map(Arc::new).collect()
            }
        };
        self.after = items.last()?.item.seq;
        Some(items)
    }
}

/// Reads the tail of the log whenever the node has committed something, until that stops.
pub(super) async fn follow_log(board: Board) {
    let Some(mut events) = board.node().events() else { return };
    loop {
        // What came before the first event, or while this one was slow, is read as well.
        let mut after = board.live().position();
        loop {
            match board.read_first(move |store| tail(store, after)).await {
                Ok(items) if items.is_empty() => break,
                Ok(items) => {
                    after = items.last().map_or(after, |told| told.item.seq);
                    board.live().push(items);
                }
                Err(_) => break,
            }
        }
        loop {
            match events.recv().await {
                Ok(NodeEvent::Committed { .. }) | Err(RecvError::Lagged(_)) => break,
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// What stands in the log behind this position.
fn tail(store: &Store, after: u64) -> Result<Vec<Told>, Fault> {
    let told = |item: LogItem| {
        let json = json::line(&Contribution::of(store, &item)?).expect("it has only texts");
        Ok(Told { json: json.trim_end().to_owned(), item })
    };
    store.tail(after, CHUNK)?.into_iter().map(told).collect()
}

/// Where pages hear that something has come.
pub(super) fn routes() -> Router<Board> {
    Router::new().route("/live", get(live))
}

#[derive(Debug, Deserialize)]
struct Since {
    after: Option<u64>,
}

/// Tells up to where the log goes, whenever it has grown.
async fn live(
    State(board): State<Board>,
    Query(since): Query<Since>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let after = since.after.unwrap_or_else(|| board.live().position());
    let follower = Follower::new(&board, after);
    let told = futures::stream::unfold(follower, |mut follower| async move {
        loop {
            let items = follower.next().await?;
            if items.iter().any(|told| !told.item.muted) {
                let position = follower.position().to_string();
                return Some((Ok(Event::default().event("grown").data(position)), follower));
            }
        }
    });
    Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT))
}

/// Items that are kept for listeners: what 500 people write in some minutes.
const KEPT: usize = 4096;

/// Items that are read from the log at once.
const CHUNK: usize = 512;

/// How often an idle stream says that it lives, so that a browser that is gone is noticed.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::testing::TestBoard;
    use commons_proto::kind::Kind;

    /// Takes all that a follower is told, up to this position.
    async fn told(follower: &mut Follower, last: u64) -> Vec<u64> {
        let mut told = Vec::new();
        while follower.position() < last {
            let items = follower.next().await.expect("the board runs");
            told.extend(items.iter().map(|told| told.item.seq));
        }
        told
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_follows_is_told_of_everything_once_and_in_order() {
        let test = TestBoard::new().await;
        let mut early = Follower::new(&test.board, 0);
        for number in 0..20 {
            test.add(Kind::Idea, &[("title", &format!("Idea {number}"))]).await;
        }
        let last = test.board.read(|store| Ok(store.last()?)).await.unwrap();
        let all = told(&mut early, last).await;
        assert_eq!(all.len(), 20);
        assert!(all.is_sorted());
        // Somebody who comes late is told the rest, and so is one whose place is kept no more.
        let mut late = Follower::new(&test.board, all[4]);
        assert_eq!(told(&mut late, last).await, all[5..]);
        test.board.live().kept.lock().unwrap().after = last;
        test.board.live().kept.lock().unwrap().items.clear();
        let mut from_the_store = Follower::new(&test.board, all[9]);
        assert_eq!(told(&mut from_the_store, last).await, all[10..]);
        test.node.stop().await;
    }
}
