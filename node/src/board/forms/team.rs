//! Joining a project's team, saying what one does there, and leaving it.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use super::fields::{self, Known};
use super::filled::{Filled, once};
use super::judge::{BUTTONS, Pressed};
use super::sheet::Sheet;
use super::{About, action, reader};
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::entry_page;
use crate::board::viewer::Viewer;
use crate::board::write::{self, Composed};
use crate::compose::Wrong;
use crate::compose::team::{self, Joining};
use crate::render::{Markup, html};
use crate::store::Store;

/// The form in which somebody joins a project's team; for who is in it, `role` is what they do there.
pub(in crate::board) fn join(viewer: &Viewer, project: &EntryId, role: Option<&str>) -> Markup {
    reader(viewer).unwrap_or_else(|| {
        html! {
            (sheet(project, role).show())
            @if role.is_some() {
                form.press method="post" action=(action(project, "leave")) {
                    (once())
                    button { "Leave the team" }
                }
            }
        }
    })
}

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/join", get(show).post(send))
        .route("/entry/{id}/leave", post(leave))
}

async fn show(frame: Frame, Path(id): Path<String>) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let (about, role) = frame
        .board
        .read(move |store| {
            let about = project(store, &id)?;
            let role = team::role(store, &about.id, &me)?;
            Ok((about, role))
        })
        .await?;
    let above = html! { h1 { "Join a team" } p.lead { "Of " (about.link()) "." } };
    Ok(sheet(&about.id, role.as_deref()).page(&frame, "Join a team", above))
}

async fn send(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&[&["role"][..], &BUTTONS].concat())?;
    let (board, me, pressed) = (form.frame.board.clone(), form.author, Pressed::of(&form));
    let (role, token) = (form.text("role").trim().to_owned(), form.token());
    let (about, sheet, drafts) = board
        .clone()
        .read(move |store| {
            let about = project(store, &id)?;
            let held = team::role(store, &about.id, &me)?;
            let mut sheet = Sheet { token, ..sheet(&about.id, held.as_deref()) };
            sheet.controls[0].value.clone_from(&role);
            let drafts = match team::join(store, &about.id, &Some(role), &me) {
                Ok(Joining::New(draft) | Joining::Role(draft)) => vec![draft],
                Ok(Joining::Already(_)) => Vec::new(),
                Err(refused) => {
                    sheet.note(vec![Wrong { field: "role".to_owned(), refused }]);
                    Vec::new()
                }
            };
            sheet.judge(&board, &me, &drafts, pressed);
            Ok((about, sheet, drafts))
        })
        .await?;
    if sheet.is_refused() {
        let above = html! { h1 { "Join a team" } p.lead { "Of " (about.link()) "." } };
        return Ok(sheet.page(&form.frame, "Join a team", above));
    }
    let page = entry_page(&about.id);
    match drafts.is_empty() {
        true => Ok(form.lead(&page)),
        false => form.finish(Composed::of_all(drafts, page)).await,
    }
}

async fn leave(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&[])?;
    let me = form.author;
    let question = move |store: &Store| {
        let about = project(store, &id)?;
        Ok((entry_page(&about.id), team::leave(store, &about.id, &me)?.drafts()))
    };
    let (page, drafts) = form.frame.board.read(question).await?;
    match drafts.is_empty() {
        true => Ok(form.lead(&page)),
        false => form.finish(Composed::of_all(drafts, page)).await,
    }
}

fn project(store: &Store, typed: &str) -> Result<About, Fault> {
    let project = team::project(store, typed)?;
    Ok(About { id: project.id, title: project.title })
}

fn sheet(project: &EntryId, role: Option<&str>) -> Sheet {
    let (mut controls, _) = fields::controls(&Kind::Membership, &Known::default());
    let words = match role {
        Some(role) => {
            controls[0].value = role.to_owned();
            "Change your role"
        }
        None => "Join the team",
    };
    Sheet { prefix: "join-", controls, ..Sheet::new(action(project, "join"), words) }
}
