//! What is done with versions: bringing an old one back, settling a conflict, undoing the last change.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use commons_proto::id::{ContributionId, EntryId};

use super::filled::{Filled, once};
use super::judge::{BUTTONS, judge_and_finish};
use super::sheet::Sheet;
use super::{about, action};
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, entry_page};
use crate::board::viewer::Viewer;
use crate::board::write::{self, Composed};
use crate::compose::edit;
use crate::compose::undo::{self, Undo};
use crate::render::{Markup, html, parts};
use crate::store::Summary;

/// The button that brings an entry back to one of its versions.
pub(in crate::board) fn restore(
    viewer: &Viewer,
    entry: &EntryId,
    version: &ContributionId,
) -> Markup {
    html! {
        @if viewer.author().is_some() {
            form.press method="post" action=(action(entry, "restore")) {
                (once())
                button name="version" value=(version) { "Bring this version back" }
            }
        }
    }
}

/// The button that settles a conflict: of what a field holds, the value that this contribution gave it
/// is to stand. `called` is what that value looks like, for those who hear the page.
pub(in crate::board) fn settle(
    viewer: &Viewer,
    entry: &EntryId,
    field: &str,
    by: &ContributionId,
    called: &str,
) -> Markup {
    html! {
        @if viewer.author().is_some() {
            form.press method="post" action=(action(entry, "settle")) {
                (once())
                (super::filled::hidden("field", field))
                button name="by" value=(by) {
                    "Keep this" span.unseen { ": " (parts::line(called)) }
                }
            }
        }
    }
}

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/restore", post(send_restore))
        .route("/entry/{id}/settle", post(send_settle))
        .route("/undo", get(show_undo).post(send_undo))
}

async fn send_restore(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&[&["version"][..], &BUTTONS].concat())?;
    let (me, version) = (form.author, form.text("version").to_owned());
    let typed = version.clone();
    let (entry, draft) = form
        .frame
        .board
        .read(move |store| {
            let entry = about(store, &id)?.id;
            Ok((entry, edit::restore(store, &entry, &typed, None, &me)?.draft))
        })
        .await?;
    let Some(draft) = draft else { return Ok(form.lead(&entry_page(&entry))) };
    let sheet = Sheet {
        hidden: vec![("version", version)],
        ..Sheet::new(action(&entry, "restore"), "Bring it back")
    };
    judge_and_finish(form, Composed::of(draft), sheet, "Bring a version back").await
}

async fn send_settle(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&[&["field", "by"][..], &BUTTONS].concat())?;
    let (me, field, by) = (form.author, form.text("field").to_owned(), form.text("by").to_owned());
    let version: ContributionId =
        by.parse().map_err(|_| Fault::bad("this names no version of the entry"))?;
    let settled = field.clone();
    let (entry, draft) = form
        .frame
        .board
        .read(move |store| {
            let entry = about(store, &id)?.id;
            Ok((entry, edit::settle(store, &entry, &settled, &version, &me)?))
        })
        .await?;
    let Some(draft) = draft else { return Ok(form.lead(&entry_page(&entry))) };
    let sheet = Sheet {
        hidden: vec![("field", field), ("by", by)],
        ..Sheet::new(action(&entry, "settle"), "Keep it")
    };
    judge_and_finish(form, Composed::of(draft), sheet, "Settle a conflict").await
}

async fn show_undo(frame: Frame) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let undo = frame.board.read(move |store| Ok(undo::undo(store, &me)?)).await?;
    Ok(frame.page("Undo", told(&undo, &Sheet::new("/undo".to_owned(), button(&undo)))))
}

async fn send_undo(form: Filled) -> Result<Response, Fault> {
    form.only(&[&["last"][..], &BUTTONS].concat())?;
    let me = form.author;
    let undo = form.frame.board.read(move |store| Ok(undo::undo(store, &me)?)).await?;
    // Since the question was shown, this author may have done something else.
    if form.text("last") != last(&undo) {
        let mut response =
            form.frame.page("Undo", told(&undo, &Sheet::new("/undo".to_owned(), button(&undo))));
        *response.status_mut() = axum::http::StatusCode::CONFLICT;
        return Ok(response);
    }
    let sheet = Sheet {
        hidden: vec![("last", last(&undo))],
        ..Sheet::new("/undo".to_owned(), button(&undo))
    };
    match undo {
        Undo::Changed { draft, .. } => {
            judge_and_finish(form, Composed::of(draft), sheet, "Undo").await
        }
        Undo::Added(_, taken) => form.finish(Composed::of_all(taken.drafts(), "/erased")).await,
        Undo::Nothing | Undo::Erased(_) | Undo::Overtaken(_) => Ok(form.lead("/undo")),
    }
}

/// What undoing comes to, in words, and the button that does it.
fn told(undo: &Undo, sheet: &Sheet) -> Markup {
    let entry = |summary: &Summary| {
        html! {
            "the " (parts::line(summary.kind.name())) " "
            (parts::entry(&summary.id, &summary.title, &LINKS))
        }
    };
    html! {
        h1 { "Undo the last thing that you did" }
        @match undo {
            Undo::Nothing => p { "There is nothing to undo: you have written nothing here." },
            Undo::Erased(summary) => p {
                "Your last change of " (entry(summary)) " is erased: there is nothing left of it to undo."
            },
            Undo::Overtaken(summary) => p {
                "Nothing is left of your last change of " (entry(summary))
                ": others have changed it since."
            },
            Undo::Added(summary, taken) => {
                p.lead {
                    "The last thing that you did was to add " (entry(summary))
                    ". Undoing that erases it."
                }
                p { (taken.warning()) }
                (press(undo, sheet, "danger"))
            },
            Undo::Changed { summary, .. } => {
                p.lead { "The last thing that you did was to change " (entry(summary)) "." }
                p {
                    "It is taken back by a further version; what others have written since stays. "
                    "Undone again, it comes back."
                }
                (press(undo, sheet, "first"))
            },
        }
    }
}

fn press(undo: &Undo, sheet: &Sheet, class: &str) -> Markup {
    html! {
        form.press method="post" action=(sheet.action) {
            (sheet.token)
            (super::filled::hidden("last", &last(undo)))
            button class=(class) { (sheet.button) }
        }
    }
}

fn button(undo: &Undo) -> &'static str {
    match undo {
        Undo::Added(..) => "Erase it",
        _ => "Undo it",
    }
}

/// What stands for the thing that is undone.
fn last(undo: &Undo) -> String {
    match undo {
        Undo::Added(summary, _) => summary.id.to_string(),
        Undo::Changed { short, .. } => short.clone(),
        Undo::Nothing | Undo::Erased(_) | Undo::Overtaken(_) => String::new(),
    }
}
