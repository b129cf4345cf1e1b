//! Erasing what one wrote, and being forgotten. Each page says what goes and what stays before anything
//! goes, in the words of the terminal, and afterwards on how many peers it is confirmed.

use std::time::Duration;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::id::Author;
use serde::Deserialize;
use tokio::time::timeout;

use super::filled::{Filled, hidden, once};
use super::{about, action};
use crate::board::Board;
use crate::board::extract::{Path, Query};
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::entry_page;
use crate::board::write::{self, Composed};
use crate::compose::erase::{Taken, TakenEntry, confirmed_on};
use crate::find;
use crate::phrases::count;
use crate::render::{Markup, html, parts};
use crate::store::Store;

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/erase", get(show).post(send))
        .route("/forget-me", get(show_all).post(send_all))
        .route("/erased", get(erased))
}

/// Which version is meant, if it is not the whole entry.
#[derive(Debug, Deserialize)]
struct Which {
    version: Option<String>,
}

async fn show(
    frame: Frame,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let version = which.version.clone().unwrap_or_default();
    let (about, taken) = frame
        .board
        .read(move |store| {
            let about = about(store, &id)?;
            let taken = taken(store, &about.id.to_string(), &version, &me)?;
            Ok((about, taken))
        })
        .await?;
    let (title, question) = match which.version {
        Some(_) => ("Erase a version", "Erase that?"),
        None => ("Erase what you wrote", "Erase that?"),
    };
    let page = entry_page(&about.id);
    let main = html! {
        h1 { (title) }
        @if taken.is_empty() { p { "Nothing to erase: it is erased already." } }
        @else {
            p.lead { "In " (about.link()) }
            (told(&taken))
            (button(&action(&about.id, "erase"), which.version.as_deref(), question, &page))
        }
    };
    Ok(frame.page(title, main))
}

async fn send(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    form.only(&["version"])?;
    let (me, version) = (form.author, form.text("version").to_owned());
    let taken = form
        .frame
        .board
        .read(move |store| {
            let entry = about(store, &id)?.id;
            taken(store, &entry.to_string(), &version, &me)
        })
        .await?;
    erase(form, &taken).await
}

async fn show_all(frame: Frame) -> Result<Response, Fault> {
    let me = write::author(&frame.viewer, &Default::default())?;
    let taken = frame.board.read(move |store| Ok(Taken::all(store, &me)?)).await?;
    let title = "Erase everything that you wrote";
    let main = html! {
        h1 { (title) }
        @if taken.is_empty() {
            p { "Nothing to erase: you have written nothing here, or it is erased already." }
        } @else {
            p.lead {
                "What others wrote stays, also in your entries. Your author key stays, too: you can go \
                 on writing. It cannot be undone."
            }
            (told(&taken))
            (button("/forget-me", None, "Erase that?", "/profile"))
        }
    };
    Ok(frame.page(title, main))
}

async fn send_all(form: Filled) -> Result<Response, Fault> {
    form.only(&[])?;
    let me = form.author;
    let taken = form.frame.board.read(move |store| Ok(Taken::all(store, &me)?)).await?;
    erase(form, &taken).await
}

async fn erase(form: Filled, taken: &Taken) -> Result<Response, Fault> {
    match taken.is_empty() {
        true => Ok(form.lead("/erased")),
        false => form.finish(Composed::of_all(taken.drafts(), "/erased")).await,
    }
}

/// Tells on how many peers it is confirmed.
async fn erased(frame: Frame) -> Result<Response, Fault> {
    let (peers, confirmed) = confirmed(&frame.board).await?;
    let told = match peers {
        0 => "Erased here. It reaches the others when this node meets them.".to_owned(),
        peers => confirmed_on(confirmed, peers),
    };
    let main = html! {
        h1 { "It is erased" }
        p.lead role="status" { (told) }
        p {
            @if confirmed < peers { a href="/erased" { "Look again" } " · " }
            a href="/" { "To the front page" }
        }
    };
    Ok(frame.page("It is erased", main))
}

/// How many peers there are, and how many of them have it. Peers tell within a moment; one that is busy
/// catching up takes longer, and is not waited for.
async fn confirmed(board: &Board) -> Result<(usize, usize), Fault> {
    let mut events = board.node().events();
    let all_have_it = async {
        loop {
            let node = board.node().status().await?;
            let Some(events) = &mut events else { break Ok::<_, Fault>(()) };
            if node.in_sync >= node.connected {
                break Ok(());
            }
            // Whatever happens on the node may be what is waited for.
            let _ = events.recv().await;
        }
    };
    if let Ok(ended) = timeout(CONFIRMATION, all_have_it).await {
        ended?;
    }
    let node = board.node().status().await?;
    Ok((node.connected, node.in_sync))
}

/// What is to be taken back: of an entry all that this author wrote, or one version.
fn taken(store: &Store, entry: &str, version: &str, me: &Author) -> Result<Taken, Fault> {
    let mut taken = Taken::default();
    let entry = find::entry(store, entry)?;
    if version.is_empty() {
        taken.add(store, &entry.to_string(), me)?;
    } else {
        let history = store.history(&entry)?;
        let version = find::version(store, &history, version)?;
        taken.add_version(store, &entry, &history, &version, me)?;
    }
    Ok(taken)
}

/// What goes and what stays.
fn told(taken: &Taken) -> Markup {
    let more = taken.entries().len().saturating_sub(SHOWN);
    html! {
        ul.goes { @for entry in taken.entries().take(SHOWN) { (line(entry)) } }
        @if more > 0 { p { "… and " (count(more as u64, "more entry", "more entries")) } }
        p { (taken.warning()) }
    }
}

fn line(entry: &TakenEntry) -> Markup {
    html! {
        li {
            span.id { (entry.short) } " " (parts::line(entry.kind.name())) " "
            (parts::title(&entry.title)) ": " strong.warning { (entry.goes()) }
            @if let Some(stays) = entry.stays() { "; " (stays) }
        }
    }
}

fn button(action: &str, version: Option<&str>, question: &str, back: &str) -> Markup {
    html! {
        form.press method="post" action=(action) {
            (once())
            @if let Some(version) = version { (hidden("version", version)) }
            h2 { (question) }
            p.buttons {
                button.danger { "Erase it for good" } " "
                a.button href=(back) { "No, go back" }
            }
        }
    }
}

/// Entries that are named before the question: a screen.
const SHOWN: usize = 20;

/// How long peers have to confirm before the page tells how it stands.
const CONFIRMATION: Duration = Duration::from_secs(3);
