//! What the host writes: new entries and changes, comments, endorsements, teams. What is to be written is
//! composed by [`crate::compose`] and signed with the key of the home.

use axum::extract::State;
use axum::http::StatusCode;
use commons_proto::contribution::{Draft, Verified};
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Board;
use super::super::extract::{Json, Path};
use super::super::fault::Fault;
use super::super::viewer::Viewer;
use super::super::write;
use super::fields::{self, Fields};
use super::reply::{Always, Naming, Reply, Writing};
use crate::compose::edit::Base;
use crate::compose::post::Once;
use crate::compose::team::Joining;
use crate::compose::{self, Refused, edit, post, profile, team};
use crate::find;
use crate::json::Written;
use crate::personal::{self, Personal};
use crate::store::Store;

/// The routes that no other module has beside reading ones.
pub(super) fn routes() -> OpenApiRouter<Board> {
    OpenApiRouter::new()
        .routes(routes!(comment))
        .routes(routes!(endorse, super::taking_back::take_endorsement_back))
        .routes(routes!(join, super::taking_back::leave))
        .routes(routes!(restore))
        .routes(routes!(settle))
        .routes(routes!(say_who))
}

/// A new entry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEntry, example = json!({
    "kind": "idea", "fields": { "title": "Bed sensors", "tags": ["wards"], "body": "They tell who got up." }
}))]
pub(super) struct New {
    /// What kind of entry.
    kind: NewKind,
    /// What it says, field by field, as `GET /entries/{id}` tells it.
    fields: Fields,
    /// Why, in a line.
    summary: Option<String>,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// What can be made as an entry of its own.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum NewKind {
    /// Something that could be done.
    Idea,
    /// Something that is of use: data, a paper, a tool.
    Resource,
    /// What a team does.
    Project,
    /// Something on the programme.
    Session,
    /// A short post; hashtags in its text are its tags.
    Note,
}

/// A change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "fields": { "status": "in progress" }, "summary": "we began" }))]
pub(super) struct Change {
    /// The fields that change; those that are not named stay.
    fields: Fields,
    /// The `heads` of the entry on which the change is based. What others wrote meanwhile is kept: both are
    /// merged. If they are not given, it is based on the entry as it is now.
    #[schema(min_items = 1, max_items = 64)]
    parents: Option<Vec<String>>,
    /// Why, in a line.
    summary: Option<String>,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewComment)]
pub(super) struct Comment {
    /// What it says.
    #[schema(example = "Could it be a mat?")]
    text: String,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// Joining a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Join {
    /// As what.
    #[schema(example = "design")]
    role: Option<String>,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// An old version that is to be brought back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Restore {
    /// Its id, or the beginning of it.
    version: String,
    /// Why, in a line.
    summary: Option<String>,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// Which of the values that a field holds at once is to stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settle {
    /// The field.
    #[schema(example = "title")]
    field: String,
    /// The contribution that gave it this value: the `by` in `conflicting`.
    by: String,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// What people say of themselves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProfileChange, example = json!({ "fields": { "name": "Ana", "skills": ["design"] } }))]
pub(super) struct Profile {
    /// The fields that change; those that are not named stay.
    fields: Fields,
    /// Write it even if it says too much about somebody.
    #[serde(default)]
    confirm: bool,
}

/// What became of something that may be so already.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Changed {
    /// The entry.
    entry: String,
    /// What was written; null if it was so already.
    #[schema(required)]
    written: Option<Written>,
}

/// Begin an entry
#[utoipa::path(post, path = "/entries", tag = "writing", request_body = New, security(("token" = [])),
    responses((status = 201, description = "It is written.", body = Written), Always, Naming, Writing))]
pub(super) async fn create(
    State(board): State<Board>,
    viewer: Viewer,
    Json(new): Json<New>,
) -> Result<(StatusCode, Reply<Written>), Fault> {
    viewer.only_host()?;
    let confirm = new.confirm;
    let draft = board.read(move |store| {
        let kind = new.kind.kind();
        let main = if kind == Kind::Note { "text" } else { "title" };
        let text = new.fields.text(main).unwrap_or_default();
        not_empty(main, text)?;
        let mut changes = fields::changes(&kind, &Default::default(), &new.fields)?;
        if kind == Kind::Note {
            changes.add("tags", &crate::lines::hashtags(text));
        }
        let wanted = post::wanted(store, &kind, &changes)?;
        Ok(post::entry(&kind, &wanted, compose::summary(&new.summary)?))
    });
    Ok((StatusCode::CREATED, Reply(write_one(&board, draft.await?, confirm).await?)))
}

/// Change an entry
///
/// Entries of kinds that are shared work can be changed by everybody; a note, a comment or a profile by its
/// author.
#[utoipa::path(patch, path = "/entries/{id}", tag = "writing", request_body = Change,
    security(("token" = [])), params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 200, description = "It is changed, or was so already.", body = Changed),
        Always, Naming, Writing))]
pub(super) async fn change(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Json(change): Json<Change>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let (me, confirm) = (board.host(), change.confirm);
    let asked = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        let base = base(store, &entry, change.parents.as_deref(), &me)?;
        let changes = fields::changes(base.kind(), &base.state, &change.fields)?;
        let wanted = base.wanted(store, &changes)?;
        Ok((entry, base.draft(&wanted, compose::summary(&change.summary)?)))
    });
    let (entry, draft) = asked.await?;
    write_if_any(&board, entry, draft, confirm).await
}

/// Say something about an entry
#[utoipa::path(post, path = "/entries/{id}/comments", tag = "writing", request_body = Comment,
    security(("token" = [])), params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 201, description = "It is written.", body = Written), Always, Naming, Writing))]
async fn comment(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Json(comment): Json<Comment>,
) -> Result<(StatusCode, Reply<Written>), Fault> {
    viewer.only_host()?;
    let confirm = comment.confirm;
    not_empty("text", &comment.text)?;
    let draft = board.read(move |store| {
        let changes = post::comment(&id, &comment.text);
        let wanted = post::wanted(store, &Kind::Comment, &changes)?;
        Ok(post::entry(&Kind::Comment, &wanted, None))
    });
    Ok((StatusCode::CREATED, Reply(write_one(&board, draft.await?, confirm).await?)))
}

/// Endorse an entry
#[utoipa::path(post, path = "/entries/{id}/endorsements", tag = "writing", security(("token" = [])),
    params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 200, description = "It is endorsed, or was already: `entry` is the endorsement.",
        body = Changed), Always, Naming, Writing))]
async fn endorse(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let me = board.host();
    let once = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        Ok(post::endorsement(store, &entry, &me)?)
    });
    match once.await? {
        Once::Already(done) => Ok(Reply(Changed { entry: done.id.to_string(), written: None })),
        Once::New(draft) => write_new(&board, draft, false).await,
    }
}

/// Join the team of a project, or change one's role in it
#[utoipa::path(post, path = "/entries/{id}/memberships", tag = "writing", request_body = Join,
    security(("token" = [])), params(("id" = String, Path, description = "A project's id.")),
    responses((status = 200, description = "The host is in the team: `entry` is the membership.",
        body = Changed), Always, Naming, Writing))]
async fn join(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Json(join): Json<Join>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let (me, confirm) = (board.host(), join.confirm);
    let joining = board.read(move |store| {
        let project = team::project(store, &id)?;
        Ok(team::join(store, &project.id, &join.role, &me)?)
    });
    match joining.await? {
        Joining::Already(done) => Ok(Reply(Changed { entry: done.id.to_string(), written: None })),
        Joining::New(draft) | Joining::Role(draft) => write_new(&board, draft, confirm).await,
    }
}

/// Bring an old version of an entry back, by a further version
#[utoipa::path(post, path = "/entries/{id}/restore", tag = "writing", request_body = Restore,
    security(("token" = [])), params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 200, description = "It is as it was then.", body = Changed), Always, Naming, Writing))]
async fn restore(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Json(restore): Json<Restore>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let (me, confirm) = (board.host(), restore.confirm);
    let restoring = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        let summary = compose::summary(&restore.summary)?;
        Ok((entry, edit::restore(store, &entry, &restore.version, summary, &me)?.draft))
    });
    let (entry, draft) = restoring.await?;
    write_if_any(&board, entry, draft, confirm).await
}

/// Settle a conflict: of the values that a field holds at once, one stays
#[utoipa::path(post, path = "/entries/{id}/settle", tag = "writing", request_body = Settle,
    security(("token" = [])), params(("id" = String, Path, description = "Its id, or the beginning of it.")),
    responses((status = 200, description = "The field holds this value alone.", body = Changed),
        Always, Naming, Writing))]
async fn settle(
    State(board): State<Board>,
    viewer: Viewer,
    Path(id): Path<String>,
    Json(settle): Json<Settle>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let (me, confirm) = (board.host(), settle.confirm);
    let settled = board.read(move |store| {
        let entry = find::entry(store, &id)?;
        let by = find::version(store, &store.history(&entry)?, &settle.by)?;
        Ok((entry, edit::settle(store, &entry, &settle.field, &by, &me)?))
    });
    let (entry, draft) = settled.await?;
    write_if_any(&board, entry, draft, confirm).await
}

/// Say who the host is
#[utoipa::path(patch, path = "/profile", tag = "writing", request_body = Profile, security(("token" = [])),
    responses((status = 200, description = "The profile says so; `entry` is the profile.", body = Changed),
        Always, Naming, Writing))]
async fn say_who(
    State(board): State<Board>,
    viewer: Viewer,
    Json(said): Json<Profile>,
) -> Result<Reply<Changed>, Fault> {
    viewer.only_host()?;
    let (me, confirm) = (board.host(), said.confirm);
    let asked = board.read(move |store| {
        let held = profile::of(store, &me)?;
        let state = held.as_ref().map(|view| view.state.clone()).unwrap_or_default();
        let changes = fields::changes(&Kind::Person, &state, &said.fields)?;
        Ok((held.map(|view| view.summary.id), profile::write(store, &changes, &me)?))
    });
    match asked.await? {
        (Some(entry), draft) => write_if_any(&board, entry, draft, confirm).await,
        (None, Some(draft)) => write_new(&board, draft, confirm).await,
        (None, None) => Err(Refused::Empty("name".to_owned()).into()),
    }
}

impl NewKind {
    fn kind(self) -> Kind {
        match self {
            Self::Idea => Kind::Idea,
            Self::Resource => Kind::Resource,
            Self::Project => Kind::Project,
            Self::Session => Kind::Session,
            Self::Note => Kind::Note,
        }
    }
}

fn not_empty(field: &str, text: &str) -> Result<(), Refused> {
    match text.trim().is_empty() {
        true => Err(Refused::Empty(field.to_owned())),
        false => Ok(()),
    }
}

/// What a change follows: the entry as it is, or as it was at these of its versions.
fn base(
    store: &Store,
    entry: &EntryId,
    parents: Option<&[String]>,
    me: &Author,
) -> Result<Base, Fault> {
    let Some(named) = parents else { return Ok(Base::of(store, entry, me)?) };
    let history = store.history(entry)?;
    let mut parents = Vec::with_capacity(named.len());
    for parent in named {
        parents.push(find::version(store, &history, parent)?);
    }
    Ok(Base::at(store, entry, parents, me)?)
}

/// Writes a draft, if there is one.
async fn write_if_any(
    board: &Board,
    entry: EntryId,
    draft: Option<Draft>,
    confirm: bool,
) -> Result<Reply<Changed>, Fault> {
    match draft {
        Some(draft) => write_new(board, draft, confirm).await,
        None => Ok(Reply(Changed { entry: entry.to_string(), written: None })),
    }
}

async fn write_new(board: &Board, draft: Draft, confirm: bool) -> Result<Reply<Changed>, Fault> {
    let written = write_one(board, draft, confirm).await?;
    Ok(Reply(Changed { entry: written.entry.clone(), written: Some(written) }))
}

/// Writes a draft, and tells what was written.
pub(super) async fn write_one(
    board: &Board,
    draft: Draft,
    confirm: bool,
) -> Result<Written, Fault> {
    if !confirm {
        check_personal(&draft)?;
    }
    let written = write::sign(board, vec![draft]).await?;
    let first = written.first().expect("one draft makes one contribution").clone();
    board.read(move |store| told(store, &first)).await
}

fn told(store: &Store, written: &Verified) -> Result<Written, Fault> {
    let kind = store.summary(&written.entry())?.map(|summary| summary.kind.name().to_owned());
    Ok(Written {
        id: written.id().to_string(),
        short: store.short(&written.id())?,
        entry: written.entry().to_string(),
        kind: kind.unwrap_or_default(),
    })
}

/// Refuses what says too much about somebody, unless that was confirmed.
fn check_personal(draft: &Draft) -> Result<(), Fault> {
    let found = personal::in_draft(draft);
    if found.is_empty() {
        return Ok(());
    }
    let name = |(what, words): &(Personal, String)| format!("{} (“{words}”)", what.name());
    let found: Vec<String> = found.iter().map(name).collect();
    let message = format!("this holds what looks like {}", found.join(" and "));
    Err(Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "personal", message)
        .hint(format!("{} To write it all the same: \"confirm\": true", personal::LASTING)))
}
