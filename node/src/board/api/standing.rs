//! How the node stands, its peers, and what is new.

use axum::extract::State;
use axum::http::StatusCode;
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::{Json, Query};
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::super::write::keep;
use super::reply::{Always, HostOnly, Naming, Page, Reply, Writing};
use crate::json::{NewsItem, Peer, Status};
use crate::{news, when};

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(peers))
        .routes(routes!(told, looked))
}

/// What is new is told of this.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct New {
    /// Only entries like this: a query.
    q: Option<String>,
    /// What came since then. If it is not given: since the host last looked; for a guest, of a day.
    #[param(example = "2h")]
    since: Option<String>,
}

/// What is new.
#[derive(Debug, Serialize, ToSchema)]
struct News {
    /// The entries, what is followed first, then by kind.
    items: Vec<NewsItem>,
    /// The position of the log up to which that is.
    through: u64,
}

/// Up to where somebody has looked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Looked {
    /// The `through` of the news that were seen.
    through: u64,
}

/// What is here, its fingerprint, and how the node stands
#[utoipa::path(get, path = "/status", tag = "reading",
    responses((status = 200, description = "How it stands. A guest is not told the home, where the node \
        listens, nor how much is muted.", body = Status), Always))]
async fn status(State(board): State<Board>, viewer: Viewer) -> Result<Reply<Status>, Fault> {
    let node = board.node().status().await?;
    let (name, author) = (board.name().to_owned(), board.host());
    let home = board.home().directory().display().to_string();
    let status = board.read(move |store| {
        let mut status = Status::of(store, &name, Some(author), Some(&node))?;
        if viewer.is_host() {
            status.home = Some(home);
        } else {
            status.muted = 0;
            status.node.iter_mut().for_each(|node| {
                node.listen.clear();
                node.board = None;
            });
        }
        Ok(status)
    });
    status.await.map(Reply)
}

/// The peers of this node, and how far each is
#[utoipa::path(get, path = "/peers", tag = "reading",
    responses((status = 200, description = "The peers; all of them are on one page. A guest is not told their \
        addresses.", body = Page<Peer>), Always))]
async fn peers(State(board): State<Board>, viewer: Viewer) -> Result<Reply<Page<Peer>>, Fault> {
    let mut peers: Vec<Peer> = board.node().peers().await?.iter().map(Peer::from).collect();
    if !viewer.is_host() {
        peers.iter_mut().for_each(|peer| peer.address = None);
    }
    Ok(Reply(Page::all(peers)))
}

/// What others wrote since somebody last looked
#[utoipa::path(get, path = "/news", tag = "reading", params(New),
    responses((status = 200, description = "What is new.", body = News), Always, HostOnly))]
async fn told(
    State(board): State<Board>,
    viewer: Viewer,
    Query(new): Query<New>,
) -> Result<Reply<News>, Fault> {
    let since = new.since.as_deref().map(|typed| when::parse(typed, &Zoned::now())).transpose();
    let since = since.map_err(Fault::bad)?;
    let news = board.read(move |store| {
        let after = match (since, viewer.is_host()) {
            (Some(since), _) => store.before(since)?,
            (None, true) => store.looked()?,
            (None, false) => store.before(when::now().saturating_sub(A_DAY))?,
        };
        let filter = super::entries::filter(store, &viewer, new.q.as_deref())?;
        let (news, through) = news::news(store, after, &filter)?;
        let mut items: Vec<NewsItem> = news.iter().map(NewsItem::from).collect();
        if !viewer.is_host() {
            items.iter_mut().for_each(|item| item.followed = false);
        }
        Ok(News { items, through })
    });
    news.await.map(Reply)
}

/// Note up to where the host has looked: the news begin there
#[utoipa::path(put, path = "/news", tag = "own", request_body = Looked, security(("token" = [])),
    responses((status = 200, description = "It is noted.", body = Noted), Always, Naming, Writing))]
async fn looked(
    State(board): State<Board>,
    viewer: Viewer,
    Json(looked): Json<Looked>,
) -> Result<Reply<Noted>, Fault> {
    viewer.only_host()?;
    let through = keep(&board, move |store| {
        let last = store.last()?;
        if looked.through <= last {
            store.set_looked(looked.through)?;
        }
        Ok((looked.through <= last).then_some(looked.through))
    });
    let through = through.await?.ok_or_else(|| {
        Fault::new(StatusCode::CONFLICT, "ahead", "the log does not go so far")
            .hint("give the through of the news that were seen")
    })?;
    Ok(Reply(Noted { through }))
}

/// Up to where the host has looked.
#[derive(Debug, Serialize, ToSchema)]
struct Noted {
    /// The position of the log.
    through: u64,
}

/// What a guest is told of who does not say since when, in seconds.
const A_DAY: u64 = 24 * 60 * 60;
