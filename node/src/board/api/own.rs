//! What is kept for this node alone: who and what is muted, what is followed.

use axum::extract::State;
use axum::http::StatusCode;
use commons_proto::id::{Author, EntryId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::Json;
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::super::write::keep;
use super::reply::{Always, HostOnly, Naming, Page, Reply, Writing};
use crate::json::{Followed, Following, Muted, Muting, What};
use crate::store::{self, Store, Target};
use crate::{digest, find, when};

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new()
        .routes(routes!(mutes, mute, unmute))
        .routes(routes!(follows, follow, unfollow))
}

/// Who or what is to be muted, or not any more: as the list of it says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "what": "author", "id": "Ana" }))]
struct Named {
    /// An author or an entry.
    what: AuthorOrEntry,
    /// Of an author a key or the beginning of it, a did:key, or a name; of an entry its id, or the beginning
    /// of it.
    id: String,
}

/// What can be muted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AuthorOrEntry {
    /// Somebody.
    Author,
    /// An entry.
    Entry,
}

/// What is to be followed, or not any more: as the list of it says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "what": "tag", "id": "wards" }))]
struct NamedOrTag {
    /// An author, an entry or a tag.
    what: What,
    /// Of an author a key or the beginning of it, a did:key, or a name; of an entry its id, or the beginning
    /// of it; of a tag the tag.
    #[schema(min_length = 1)]
    id: String,
}

/// Who and what is muted here
#[utoipa::path(get, path = "/mutes", tag = "own",
    responses((status = 200, description = "All of it is on one page.", body = Page<Muted>), Always, HostOnly))]
async fn mutes(State(board): State<Board>, viewer: Viewer) -> Result<Reply<Page<Muted>>, Fault> {
    viewer.only_host()?;
    let muted = board.read(|store| Ok(Page::all(store.muted()?.iter().map(Muted::from).collect())));
    muted.await.map(Reply)
}

/// Hide what an author began, or an entry, from one's own lists
#[utoipa::path(put, path = "/mutes", tag = "own", request_body = Named, security(("token" = [])),
    responses((status = 200, description = "It is muted.", body = Muting), Always, Naming, Writing))]
async fn mute(
    State(board): State<Board>,
    viewer: Viewer,
    Json(named): Json<Named>,
) -> Result<Reply<Muting>, Fault> {
    viewer.only_host()?;
    let target = target(&board, named).await?;
    if target == Target::Author(board.host()) {
        return Err(Fault::new(StatusCode::CONFLICT, "yourself", "that is you")
            .hint("nobody mutes themselves"));
    }
    let muting = keep(&board, move |store| {
        let changed = store.mute(&[target], when::now())?;
        muting(store, "muted", changed)
    });
    muting.await.map(Reply)
}

/// Show again what was muted
#[utoipa::path(delete, path = "/mutes", tag = "own", request_body = Named, security(("token" = [])),
    responses((status = 200, description = "It is not muted.", body = Muting), Always, Naming, Writing))]
async fn unmute(
    State(board): State<Board>,
    viewer: Viewer,
    Json(named): Json<Named>,
) -> Result<Reply<Muting>, Fault> {
    viewer.only_host()?;
    let target = target(&board, named).await?;
    let muting = keep(&board, move |store| {
        let changed = store.unmute(&[target])?;
        muting(store, "unmuted", changed)
    });
    muting.await.map(Reply)
}

/// What is followed here
#[utoipa::path(get, path = "/follows", tag = "own",
    responses((status = 200, description = "All of it is on one page.", body = Page<Followed>), Always, HostOnly))]
async fn follows(
    State(board): State<Board>,
    viewer: Viewer,
) -> Result<Reply<Page<Followed>>, Fault> {
    viewer.only_host()?;
    let followed = board.read(|store| {
        let mut items = Vec::new();
        for (one, since) in store.followed()? {
            items.push(Followed::of(store, &one, since)?);
        }
        Ok(Page::all(items))
    });
    followed.await.map(Reply)
}

/// Follow a tag, somebody or an entry
#[utoipa::path(put, path = "/follows", tag = "own", request_body = NamedOrTag, security(("token" = [])),
    responses((status = 200, description = "It is followed.", body = Following), Always, Naming, Writing))]
async fn follow(
    State(board): State<Board>,
    viewer: Viewer,
    Json(named): Json<NamedOrTag>,
) -> Result<Reply<Following>, Fault> {
    viewer.only_host()?;
    let followed = followed(&board, named).await?;
    let following = keep(&board, move |store| {
        let changed = store.follow(&[followed], when::now())?;
        Ok(Following { what: "followed", changed, follows: store.followed()?.len() })
    });
    following.await.map(Reply)
}

/// Follow something no longer
#[utoipa::path(delete, path = "/follows", tag = "own", request_body = NamedOrTag, security(("token" = [])),
    responses((status = 200, description = "It is not followed.", body = Following), Always, Naming, Writing))]
async fn unfollow(
    State(board): State<Board>,
    viewer: Viewer,
    Json(named): Json<NamedOrTag>,
) -> Result<Reply<Following>, Fault> {
    viewer.only_host()?;
    let followed = followed(&board, named).await?;
    let following = keep(&board, move |store| {
        let changed = store.unfollow(&[followed])?;
        Ok(Following { what: "unfollowed", changed, follows: store.followed()?.len() })
    });
    following.await.map(Reply)
}

async fn target(board: &Board, named: Named) -> Result<Target, Fault> {
    let me = board.host();
    let target = board.read(move |store| {
        Ok(match named.what {
            AuthorOrEntry::Author => Target::Author(author(store, &named.id, me)?),
            AuthorOrEntry::Entry => Target::Entry(entry(store, &named.id)?),
        })
    });
    target.await
}

async fn followed(board: &Board, named: NamedOrTag) -> Result<store::Followed, Fault> {
    let me = board.host();
    let followed = board.read(move |store| {
        let NamedOrTag { what, id } = named;
        Ok(match what {
            What::Author => store::Followed::Author(author(store, &id, me)?),
            What::Entry => store::Followed::Entry(entry(store, &id)?),
            What::Tag => store::Followed::Tag(digest::tag(&id).ok_or_else(|| {
                let message = format!("“{id}” is not a tag");
                Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "value", message)
                    .hint("a tag is a word, such as hygiene")
            })?),
        })
    });
    followed.await
}

/// Who is meant. By a whole did:key also somebody who is not here yet.
fn author(store: &Store, typed: &str, me: Author) -> Result<Author, Fault> {
    match Author::from_did(typed.trim()) {
        Some(author) => Ok(author),
        None => Ok(find::author(store, typed, Some(me))?),
    }
}

/// Which entry is meant. By a whole id also one that is not here yet.
fn entry(store: &Store, typed: &str) -> Result<EntryId, Fault> {
    match (find::entry(store, typed), typed.trim().parse()) {
        (Err(find::FindError::Unknown { .. }), Ok(entry)) => Ok(entry),
        (found, _) => Ok(found?),
    }
}

fn muting(store: &Store, what: &'static str, changed: u64) -> store::Result<Muting> {
    let counts = store.counts()?;
    Ok(Muting { what, changed, shown: counts.entries, hidden: counts.muted })
}
