//! Entries: lists of them, one by one, their histories, and the search.

use axum::extract::State;
use commons_proto::contribution::Content;
use commons_proto::id::EntryId;
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::{Path, Query};
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::reply::{Always, HostOnly, Naming, Page, Reply, USUAL, limit};
use crate::json::{self, Entry, Found, ListItem, Version};
use crate::store::{Filter, Store, Summary};
use crate::{find, query};

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new()
        .routes(routes!(list, super::writing::create))
        .routes(routes!(one, super::writing::change, super::taking_back::erase))
        .routes(routes!(history))
        .routes(routes!(version))
        .routes(routes!(search))
}

/// What a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Only entries like this: words, tag:T, kind:K, by:AUTHOR, status:S, since:WHEN, until:WHEN,
    /// is:followed; a - before one of them means without it.
    #[param(example = "kind:idea tag:wards since:3d")]
    q: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u64>,
    /// Those that follow: the `next` of the page before.
    after: Option<String>,
}

/// What a search is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Searching {
    /// Words, and what else a query may have.
    #[param(example = "waiting room")]
    q: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u64>,
}

/// Which part of a history is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Part {
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u64>,
    /// Those that follow: the `next` of the page before.
    after: Option<String>,
}

/// An entry as it was at one of its versions.
#[derive(Debug, Serialize, ToSchema)]
struct VersionView {
    /// The version.
    #[serde(flatten)]
    version: Version,
    /// Each field that was not empty then.
    fields: std::collections::BTreeMap<String, serde_json::Value>,
}

/// The entries, the last changed first
///
/// Page by page: an entry that is not changed meanwhile comes exactly once, however the list grows. One
/// that is changed moves to the beginning, and the events tell of it.
#[utoipa::path(get, path = "/entries", tag = "reading", params(Listing),
    responses((status = 200, description = "A part of the list.", body = Page<ListItem>), Always, HostOnly))]
async fn list(
    State(board): State<Board>,
    viewer: Viewer,
    Query(asked): Query<Listing>,
) -> Result<Reply<Page<ListItem>>, Fault> {
    let limit = limit(asked.limit, USUAL)?;
    let after = asked.after.as_deref().map(place).transpose()?;
    let page = board.read(move |store| {
        let filter = filter(store, &viewer, asked.q.as_deref())?;
        let found = store.list(&Filter { after, limit: Some(limit + 1), ..filter })?;
        let place = |summary: &Summary| format!("{}.{}", summary.changed, summary.id);
        Page::cut(found, limit, place, |summary| Ok(ListItem::from(summary)))
    });
    page.await.map(Reply)
}

/// One entry, whole
#[utoipa::path(get, path = "/entries/{id}", tag = "reading",
    params(("id" = String, Path, description = "Its id, or the beginning of it.", example = "k3f7qa")),
    responses((status = 200, description = "The entry.", body = Entry), Always, Naming))]
async fn one(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Reply<Entry>, Fault> {
    let entry = board.read(move |store| {
        let found = find::entry(store, &id)?;
        let view = store.entry(&found)?.ok_or_else(|| find::unknown(&id, Vec::new()))?;
        let mut entry = Entry::of(store, &view)?;
        entry.item.muted &= viewer.is_host();
        Ok(entry)
    });
    entry.await.map(Reply)
}

/// The versions of an entry, the newest first
#[utoipa::path(get, path = "/entries/{id}/history", tag = "reading",
    params(("id" = String, Path, description = "Its id, or the beginning of it."), Part),
    responses((status = 200, description = "A part of the history.", body = Page<Version>), Always, Naming))]
async fn history(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(part): Query<Part>,
) -> Result<Reply<Page<Version>>, Fault> {
    let limit = limit(part.limit, USUAL)?;
    let page = board.read(move |store| {
        let mut history = store.history(&find::entry(store, &id)?)?;
        history.reverse();
        if let Some(after) = &part.after {
            let is_it = |version: &crate::store::Version| version.record.id.to_string() == *after;
            let at = history.iter().position(is_it).ok_or_else(|| wrong_place(after))?;
            history.drain(..=at);
        }
        history.truncate(limit + 1);
        let place = |version: &crate::store::Version| version.record.id.to_string();
        Page::cut(history, limit, place, |version| told(store, &viewer, version))
    });
    page.await.map(Reply)
}

/// An entry as it was at one of its versions
#[utoipa::path(get, path = "/entries/{id}/versions/{version}", tag = "reading",
    params(
        ("id" = String, Path, description = "The entry's id, or the beginning of it."),
        ("version" = String, Path, description = "The version's id, or the beginning of it.")
    ),
    responses((status = 200, description = "The version.", body = VersionView), Always, Naming))]
async fn version(
    State(board): State<Board>,
    viewer: Viewer,
    Path((id, version)): Path<(String, String)>,
) -> Result<Reply<VersionView>, Fault> {
    let view = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        let history = store.history(&entry)?;
        let version = find::version(store, &history, &version)?;
        let kept = history.iter().find(|one| one.record.id == version);
        let kept = kept.ok_or_else(|| find::unknown(&id, Vec::new()))?;
        let kind = store.summary(&entry)?.map(|summary| summary.kind);
        let state = match &kept.record.content {
            Content::Erased => None,
            _ => store.state_at(&entry, &[version])?,
        };
        let fields = kind.zip(state).map(|(kind, state)| json::fields(&kind, &state));
        let version = told(store, &viewer, kept)?;
        Ok(VersionView { version, fields: fields.unwrap_or_default() })
    });
    view.await.map(Reply)
}

/// Entries by their words, the best first
#[utoipa::path(get, path = "/search", tag = "reading", params(Searching),
    responses((status = 200, description = "What was found; all of it is on one page.", body = Page<Found>),
        Always, HostOnly))]
async fn search(
    State(board): State<Board>,
    viewer: Viewer,
    Query(asked): Query<Searching>,
) -> Result<Reply<Page<Found>>, Fault> {
    let limit = limit(asked.limit, USUAL)?;
    let page = board.read(move |store| {
        let filter = filter(store, &viewer, asked.q.as_deref())?;
        let found = store.search(&Filter { limit: Some(limit), ..filter })?;
        Ok(Page::all(found.iter().map(Found::from).collect()))
    });
    page.await.map(Reply)
}

/// What the words of a query ask for. What the host follows is the host's own affair.
pub(super) fn filter(store: &Store, viewer: &Viewer, typed: Option<&str>) -> Result<Filter, Fault> {
    let query = query::Query::parse(typed.unwrap_or_default(), &Zoned::now())?;
    let filter = query.filter(store, viewer.author())?;
    if filter.followed {
        viewer.only_host()?;
    }
    Ok(filter)
}

fn told(store: &Store, viewer: &Viewer, version: &crate::store::Version) -> Result<Version, Fault> {
    let mut told = Version::of(store, version)?;
    told.muted &= viewer.is_host();
    Ok(told)
}

/// Where a page of the list begins.
fn place(after: &str) -> Result<(u64, EntryId), Fault> {
    let place = after
        .split_once('.')
        .and_then(|(changed, id)| Some((changed.parse().ok()?, id.parse().ok()?)));
    place.ok_or_else(|| wrong_place(after))
}

fn wrong_place(after: &str) -> Fault {
    Fault::bad(format!("“{after}” is no place in this list"))
        .hint("give the next of the page before as after")
}
