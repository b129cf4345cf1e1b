//! What comes, as it comes: a stream of events, one for each contribution. Its ids are positions of the
//! log, so whoever was away names the last one and misses nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::Stream;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::Query;
use super::super::fault::Fault;
use super::super::live::{Follower, HEARTBEAT, Told};
use super::reply::Always;

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Which events are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Since {
    /// Those behind this position: the `id` of an event; 0 is the beginning. If it is not given, what comes
    /// from now on. The header Last-Event-ID, which browsers send by themselves, counts for more.
    #[param(maximum = 9_007_199_254_740_991_u64)]
    after: Option<u64>,
    /// End after so many.
    #[param(minimum = 1, maximum = 1_000_000)]
    limit: Option<u64>,
}

/// What is still to be told on a stream.
struct Telling {
    follower: Follower,
    waiting: VecDeque<Arc<Told>>,
    left: u64,
}

/// Contributions as they come
///
/// Server-sent events: `id` is the position of the log, `event` is `contribution`, `data` an object as
/// `commons watch --json` prints it (the schema `Contribution`). What is muted is left out. While nothing comes,
/// a comment every 15 seconds tells that the stream lives. A client that is away asks again with
/// Last-Event-ID, and misses nothing.
#[utoipa::path(get, path = "/events", tag = "reading",
    params(Since, ("Last-Event-ID" = Option<u64>, Header, description = "As `after`.",
        maximum = 9_007_199_254_740_991_u64)),
    responses((status = 200, description = "A stream of events.", body = String,
        content_type = "text/event-stream"), Always))]
async fn events(
    State(board): State<Board>,
    headers: HeaderMap,
    Query(since): Query<Since>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Fault> {
    let last = headers.get("last-event-id").map(|value| {
        let position = value.to_str().ok().and_then(|text| text.trim().parse().ok());
        position.ok_or_else(|| {
            Fault::bad("Last-Event-ID is the id of an event of this stream, a number")
        })
    });
    let after = last.transpose()?.or(since.after).unwrap_or_else(|| board.live().position());
    let left = match since.limit {
        Some(0) => return Err(Fault::bad("limit is a number above zero")),
        limit => limit.unwrap_or(u64::MAX),
    };
    let telling =
        Telling { follower: Follower::new(&board, after), waiting: VecDeque::new(), left };
    let told = futures::stream::unfold(telling, |mut telling| async move {
        let event = telling.next().await?;
        Some((Ok(event), telling))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

impl Telling {
    async fn next(&mut self) -> Option<Event> {
        self.left = self.left.checked_sub(1)?;
        loop {
            while let Some(told) = self.waiting.pop_front() {
                if !told.item.muted {
                    let event = Event::default().id(told.item.seq.to_string());
                    return Some(event.event("contribution").data(&told.json));
                }
            }
            self.waiting = self.follower.next().await?.into();
        }
    }
}
