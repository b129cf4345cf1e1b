//! What stands around entries: tags, people, the programme.

use axum::extract::State;
use commons_proto::kind::Kind;
use jiff::Zoned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::{Path, Query};
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::reply::{Always, MOST, Naming, Page, Reply, USUAL, limit};
use crate::json::{ListItem, Person, Profile, Session, Tag, TagView};
use crate::programme::programme;
use crate::store::Filter;
use crate::{compose, digest, find, when};

/// The routes.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new()
        .routes(routes!(tags))
        .routes(routes!(tag))
        .routes(routes!(people))
        .routes(routes!(person))
        .routes(routes!(sessions))
}

/// How many are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Many {
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    limit: Option<u64>,
}

/// Which sessions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Planned {
    /// Only this day: today, tomorrow, 2026-11-22. In the zone of the node.
    #[param(example = "2026-11-22")]
    day: Option<String>,
    /// Only this workstream.
    workstream: Option<String>,
}

/// Somebody who has written here.
#[derive(Debug, Serialize, ToSchema)]
struct Somebody {
    /// Who.
    #[serde(flatten)]
    person: Person,
    /// The same key as a did:key.
    did: String,
    /// Their profile, if they wrote one.
    #[schema(required)]
    profile: Option<Profile>,
    /// What they have contributed to, the last changed first: at most 100.
    entries: Vec<ListItem>,
}

/// The tags, those of most entries first
#[utoipa::path(get, path = "/tags", tag = "reading", params(Many),
    responses((status = 200, description = "The tags; all of them are on one page.", body = Page<Tag>), Always))]
async fn tags(
    State(board): State<Board>,
    Query(many): Query<Many>,
) -> Result<Reply<Page<Tag>>, Fault> {
    let limit = limit(many.limit, MOST)?;
    let tags = board.read(move |store| {
        Ok(Page::all(store.tags()?.tags.iter().take(limit).map(Tag::from).collect()))
    });
    tags.await.map(Reply)
}

/// A tag: how many entries of which kinds have it, and which tags stand beside it
#[utoipa::path(get, path = "/tags/{tag}", tag = "reading",
    params(("tag" = String, Path, description = "The tag, in upper or lower case.", example = "wards")),
    responses((status = 200, description = "The tag; one that nobody uses has no entries.", body = TagView),
        Always))]
async fn tag(
    State(board): State<Board>,
    Path(typed): Path<String>,
) -> Result<Reply<TagView>, Fault> {
    let tag = digest::tag(&typed).ok_or_else(|| {
        Fault::bad(format!("“{typed}” is not a tag")).hint("a tag is a word, such as hygiene")
    })?;
    board.read(move |store| Ok(TagView::from(&store.tag(&tag)?))).await.map(Reply)
}

/// The people who say who they are, in the order of their names
#[utoipa::path(get, path = "/people", tag = "reading", params(Many),
    responses((status = 200, description = "The profiles; all of them are on one page.", body = Page<Profile>),
        Always))]
async fn people(
    State(board): State<Board>,
    Query(many): Query<Many>,
) -> Result<Reply<Page<Profile>>, Fault> {
    let limit = limit(many.limit, MOST)?;
    let people = board.read(move |store| {
        let filter = Filter { kinds: vec![Kind::Person], limit: Some(limit), ..Filter::default() };
        let mut summaries = store.list(&filter)?;
        summaries.sort_by_cached_key(|summary| (summary.title.to_lowercase(), summary.id));
        let mut profiles = Vec::with_capacity(summaries.len());
        for summary in summaries {
            profiles.extend(store.entry(&summary.id)?.as_ref().map(Profile::from));
        }
        Ok(Page::all(profiles))
    });
    people.await.map(Reply)
}

/// Somebody: their profile, and what they have contributed to
#[utoipa::path(get, path = "/people/{author}", tag = "reading",
    params(("author" = String, Path, description = "A key or the beginning of it, a did:key, a name, or me.",
        example = "me")),
    responses((status = 200, description = "Who it is.", body = Somebody), Always, Naming))]
async fn person(
    State(board): State<Board>,
    viewer: Viewer,
    Path(typed): Path<String>,
) -> Result<Reply<Somebody>, Fault> {
    let somebody = board.read(move |store| {
        let author = find::author(store, &typed, viewer.author())?;
        let mut profile = compose::profile::of(store, &author)?.as_ref().map(Profile::from);
        if let Some(profile) = &mut profile {
            profile.item.muted &= viewer.is_host();
        }
        let filter =
            Filter { authors: vec![vec![author]], limit: Some(USUAL), ..Filter::default() };
        let entries = store.list(&filter)?.iter().map(ListItem::from).collect();
        let person = Person::new(&author, store.author_name(&author)?);
        Ok(Somebody { person, did: author.did(), profile, entries })
    });
    somebody.await.map(Reply)
}

/// The programme: sessions with a start by time, then the others
#[utoipa::path(get, path = "/programme", tag = "reading", params(Planned),
    responses((status = 200, description = "The sessions; all of them are on one page.", body = Page<Session>),
        Always))]
async fn sessions(
    State(board): State<Board>,
    Query(planned): Query<Planned>,
) -> Result<Reply<Page<Session>>, Fault> {
    let day = planned.day.as_deref().map(|typed| when::parse(typed, &Zoned::now())).transpose();
    let day = day.map_err(Fault::bad)?.map(when::day);
    let sessions = board.read(move |store| {
        let mut slots = programme(store)?;
        slots.retain(|slot| {
            let is_on = |day: &String| slot.start.map(when::day).as_ref() == Some(day);
            let workstream = planned.workstream.as_ref();
            day.as_ref().is_none_or(is_on)
                && workstream.is_none_or(|wanted| slot.is_of_workstream(wanted))
        });
        Ok(Page::all(slots.iter().map(Session::from).collect()))
    });
    sessions.await.map(Reply)
}
