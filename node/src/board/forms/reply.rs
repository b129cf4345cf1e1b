//! Answers to an entry: comments and endorsements.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use super::fields::{self, Known};
use super::filled::{Filled, once};
use super::judge::{BUTTONS, Pressed};
use super::sheet::Sheet;
use super::{About, about, action, reader};
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{BoardLinks, entry_page};
use crate::board::viewer::Viewer;
use crate::board::write::{self, Composed};
use crate::compose::erase::Taken;
use crate::compose::post::{self, Once};
use crate::find;
use crate::render::{Markup, html, markdown};

/// The form in which somebody comments on an entry, to stand on its page.
pub(in crate::board) fn comment(viewer: &Viewer, entry: &EntryId) -> Markup {
    reader(viewer).unwrap_or_else(|| comment_sheet(entry).show())
}

/// The button with which somebody endorses an entry, or takes that back if it `is_endorsed` by them.
pub(in crate::board) fn endorse(viewer: &Viewer, entry: &EntryId, is_endorsed: bool) -> Markup {
    if viewer.author().is_none() {
        return html! {};
    }
    let (value, words) = match is_endorsed {
        true => ("no", "Take your endorsement back"),
        false => ("yes", "Endorse"),
    };
    html! {
        form.press method="post" action=(action(entry, "endorse")) {
            (once())
            button name="endorse" value=(value) { (words) }
        }
    }
}

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/comment", get(show).post(send))
        .route("/entry/{id}/endorse", post(press))
}

async fn show(frame: Frame, Path(id): Path<String>) -> Result<Response, Fault> {
    write::author(&frame.viewer, &Default::default())?;
    let (entry, above) = frame.board.read(move |store| heading(&about(store, &id)?)).await?;
    Ok(comment_sheet(&entry).page(&frame, "Comment", above))
}

async fn send(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&[&["text"][..], &BUTTONS].concat())?;
    let (board, me, pressed) = (form.frame.board.clone(), form.author, Pressed::of(&form));
    let (text, token) = (form.text("text").to_owned(), form.token());
    let (entry, above, sheet, draft) = board
        .clone()
        .read(move |store| {
            let (entry, above) = heading(&about(store, &id)?)?;
            let mut sheet = Sheet { token, ..comment_sheet(&entry) };
            sheet.controls[0].value.clone_from(&text);
            let changes = post::comment(&entry.to_string(), &text);
            let (wanted, wrong) = changes
                .check(&Kind::Comment, &Default::default(), &|typed| find::entry(store, typed));
            let draft = post::entry(&Kind::Comment, &wanted, None);
            if pressed.preview {
                sheet.preview = Some(markdown::post(&text, &BoardLinks::new(store)));
            } else {
                sheet.note(wrong);
                sheet.note_missing();
                sheet.judge(&board, &me, std::slice::from_ref(&draft), pressed);
            }
            Ok((entry, above, sheet, draft))
        })
        .await?;
    if sheet.is_refused() || pressed.preview {
        return Ok(sheet.page(&form.frame, "Comment", above));
    }
    form.finish(Composed::of(draft).then(entry_page(&entry))).await
}

async fn press(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&["endorse"])?;
    let (me, takes_back) = (form.author, form.is("endorse", "no"));
    let (entry, drafts) = form
        .frame
        .board
        .read(move |store| {
            let entry = about(store, &id)?.id;
            if !takes_back {
                let drafts = match post::endorsement(store, &entry, &me)? {
                    Once::New(draft) => vec![draft],
                    Once::Already(_) => Vec::new(),
                };
                return Ok((entry, drafts));
            }
            let mut taken = Taken::default();
            for endorsement in post::own(store, &entry, &Kind::Endorsement, &me)? {
                taken.add_entry(store, &endorsement.id, &me)?;
            }
            Ok((entry, taken.drafts()))
        })
        .await?;
    let page = entry_page(&entry);
    match drafts.is_empty() {
        true => Ok(form.lead(&page)),
        false => form.finish(Composed::of_all(drafts, page)).await,
    }
}

fn comment_sheet(entry: &EntryId) -> Sheet {
    let (controls, _) = fields::controls(&Kind::Comment, &Known::default());
    Sheet {
        prefix: "comment-",
        draft: Some(format!("comment {entry}")),
        controls,
        has_preview: true,
        ..Sheet::new(action(entry, "comment"), "Comment")
    }
}

fn heading(about: &About) -> Result<(EntryId, Markup), Fault> {
    Ok((about.id, html! { h1 { "Comment" } p.lead { "On " (about.link()) "." } }))
}
