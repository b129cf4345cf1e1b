//! New entries: a page to choose what to add, and a form for each kind.

use std::collections::BTreeMap;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::entry::State;
use commons_proto::kind::Kind;

use super::fields::{self, Known, Texts};
use super::filled::Filled;
use super::judge::{BUTTONS, Pressed};
use super::preview::preview;
use super::sheet::Sheet;
use crate::board::Board;
use crate::board::extract::{Path, Query};
use crate::board::fault::{Fault, no_page};
use crate::board::frame::Frame;
use crate::board::write::{self, Composed};
use crate::compose::Changes;
use crate::compose::post;
use crate::find;
use crate::lines;
use crate::phrases::with_article;
use crate::render::{Markup, html};
use crate::store::Store;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/new", get(choose)).route("/new/{kind}", get(show).post(send))
}

async fn choose(frame: Frame) -> Result<Response, Fault> {
    write::author(&frame.viewer, &Default::default())?;
    let main = html! {
        h1 { "Add something" }
        p.lead { "What you add reaches everybody in this commons, and lasts." }
        ul.adds {
            @for (kind, what) in KINDS {
                li {
                    a href={ "/new/" (kind.name()) } { (capital(&with_article(kind.name()))) }
                    p.meta { (what) }
                }
            }
        }
    };
    Ok(frame.page("Add something", main))
}

/// The empty form, or one in which an address has filled in something: `/new/project?ideas=k3f7qa`.
async fn show(
    frame: Frame,
    Path(kind): Path<String>,
    Query(filled): Query<BTreeMap<String, String>>,
) -> Result<Response, Fault> {
    write::author(&frame.viewer, &Default::default())?;
    let kind = known_kind(&kind).await?;
    let named = kind.clone();
    let sheet = frame
        .board
        .read(move |store| {
            let mut sheet = sheet(store, &named)?;
            let value = |name: &'static str| Some((name, filled.get(name)?.trim().to_owned()));
            let texts = fields::fields(&named).filter_map(|field| value(field.name)).collect();
            fields::fill(&mut sheet.controls, &texts);
            fields::fill(&mut sheet.more, &texts);
            Ok(sheet)
        })
        .await?;
    Ok(sheet.page(&frame, &title(&kind), above(&kind)))
}

async fn send(Path(kind): Path<String>, form: Filled) -> Result<Response, Fault> {
    let kind = known_kind(&kind).await?;
    let names: Vec<&str> = fields::fields(&kind).map(|field| field.name).collect();
    form.only(&[&names[..], &BUTTONS].concat())?;
    let (board, me, pressed) = (form.frame.board.clone(), form.author, Pressed::of(&form));
    let (named, typed, token) = (kind.clone(), fields::typed(&kind, form.fields()), form.token());
    let (sheet, draft) = board
        .clone()
        .read(move |store| {
            let mut sheet = Sheet { token, ..sheet(store, &named)? };
            fields::fill(&mut sheet.controls, &typed);
            fields::fill(&mut sheet.more, &typed);
            let changes = changes(&named, &typed);
            let (wanted, wrong) =
                changes.check(&named, &State::default(), &|typed| find::entry(store, typed));
            let draft = post::entry(&named, &wanted, None);
            if pressed.preview {
                sheet.preview = Some(preview(store, &named, &sheet));
            } else {
                sheet.note(wrong);
                sheet.note_missing();
                sheet.judge(&board, &me, std::slice::from_ref(&draft), pressed);
            }
            Ok((sheet, draft))
        })
        .await?;
    if sheet.is_refused() || pressed.preview {
        return Ok(sheet.page(&form.frame, &title(&kind), above(&kind)));
    }
    form.finish(Composed::of(draft)).await
}

/// What is asked for; a note has the tags that its text has as hashtags.
fn changes(kind: &Kind, typed: &Texts) -> Changes {
    let mut changes = fields::changes(kind, &Texts::new(), typed);
    if *kind == Kind::Note {
        let text = typed.get("text").map(String::as_str).unwrap_or_default();
        changes.add("tags", &lines::hashtags(text));
    }
    changes
}

fn sheet(store: &Store, kind: &Kind) -> Result<Sheet, Fault> {
    let (controls, more) = fields::controls(kind, &Known::read(store, kind)?);
    let name = kind.name();
    Ok(Sheet {
        draft: Some(format!("new {name}")),
        controls,
        more,
        has_preview: true,
        ..Sheet::new(format!("/new/{name}"), format!("Add the {name}"))
    })
}

async fn known_kind(name: &str) -> Result<Kind, Fault> {
    let kind = KINDS.iter().find(|(kind, _)| kind.name() == name).map(|(kind, _)| kind.clone());
    match kind {
        Some(kind) => Ok(kind),
        None => Err(no_page().await),
    }
}

fn above(kind: &Kind) -> Markup {
    let what = KINDS.iter().find(|(one, _)| one == kind).map_or("", |(_, what)| what);
    html! { h1 { (title(kind)) } p.lead { (what) } }
}

fn title(kind: &Kind) -> String {
    format!("Add {}", with_article(kind.name()))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
}

/// What people add, and what each is.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Idea, "Something that could be made or tried. Anybody may improve it."),
    (Kind::Note, "What happens, what you found, what you need. Only you can change it."),
    (Kind::Project, "A team's work: what it makes, from which idea, whom it looks for."),
    (Kind::Session, "A talk or an unconference session for the programme."),
    (Kind::Resource, "Something that others can use: data, a paper, a tool, a course."),
];
