//! What whoever sits at the node keeps to themselves: whom and what they mute, and what they follow.
//! Nobody is told of either.

use axum::Router;
use axum::response::Response;
use axum::routing::post;
use commons_proto::id::Author;

use super::about;
use super::filled::{Filled, once};
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::parts::{entry_page, tag_page};
use crate::board::viewer::Viewer;
use crate::board::write;
use crate::lines;
use crate::render::{Markup, html};
use crate::store::{Followed, Target};
use crate::when;

/// The button with which the host hides somebody's entries, or an entry, from their own lists, or shows
/// them again.
pub(in crate::board) fn mute(viewer: &Viewer, target: &Target, is_muted: bool) -> Markup {
    let page = match target {
        Target::Author(author) => author_page(author),
        Target::Entry(entry) => entry_page(entry),
    };
    button(viewer, &format!("{page}/mute"), is_muted, ["Mute", "Show again"])
}

/// The button with which the host follows something, or does no longer.
pub(in crate::board) fn follow(viewer: &Viewer, what: &Followed, is_followed: bool) -> Markup {
    let address = format!("{}/follow", followed_page(what));
    button(viewer, &address, is_followed, ["Follow", "Follow no longer"])
}

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/mute", post(mute_entry))
        .route("/people/{key}/mute", post(mute_author))
        .route("/entry/{id}/follow", post(follow_entry))
        .route("/people/{key}/follow", post(follow_author))
        .route("/tags/{tag}/follow", post(follow_tag))
}

async fn mute_entry(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    let entry = form.frame.board.read(move |store| Ok(about(store, &id)?.id)).await?;
    keep_muted(form, Target::Entry(entry), entry_page(&entry)).await
}

async fn mute_author(Path(key): Path<String>, form: Filled) -> Result<Response, Fault> {
    let author = author(&key)?;
    if author == form.author {
        return Err(Fault::bad("that is you").hint("what you write can be erased"));
    }
    keep_muted(form, Target::Author(author), author_page(&author)).await
}

async fn follow_entry(Path(id): Path<String>, form: Filled) -> Result<Response, Fault> {
    let entry = form.frame.board.read(move |store| Ok(about(store, &id)?.id)).await?;
    keep_followed(form, Followed::Entry(entry)).await
}

async fn follow_author(Path(key): Path<String>, form: Filled) -> Result<Response, Fault> {
    keep_followed(form, Followed::Author(author(&key)?)).await
}

async fn follow_tag(Path(tag): Path<String>, form: Filled) -> Result<Response, Fault> {
    let tag = lines::tag(&tag).map_err(Fault::bad)?;
    keep_followed(form, Followed::Tag(tag)).await
}

async fn keep_muted(form: Filled, target: Target, page: String) -> Result<Response, Fault> {
    let on = pressed(&form)?;
    write::keep(&form.frame.board, move |store| match on {
        true => store.mute(&[target], when::now()),
        false => store.unmute(&[target]),
    })
    .await?;
    Ok(form.lead(&page))
}

async fn keep_followed(form: Filled, what: Followed) -> Result<Response, Fault> {
    let (on, page) = (pressed(&form)?, followed_page(&what));
    write::keep(&form.frame.board, move |store| match on {
        true => store.follow(&[what], when::now()),
        false => store.unfollow(&[what]),
    })
    .await?;
    Ok(form.lead(&page))
}

/// Whether it is to be so from now on.
fn pressed(form: &Filled) -> Result<bool, Fault> {
    form.frame.viewer.only_host()?;
    form.only(&["on"])?;
    match form.text("on") {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Fault::bad("it is not said whether it is to be on")),
    }
}

fn button(viewer: &Viewer, address: &str, is_on: bool, [on, off]: [&str; 2]) -> Markup {
    let (value, words) = if is_on { ("no", off) } else { ("yes", on) };
    html! {
        @if viewer.is_host() {
            form.press method="post" action=(address) {
                (once())
                button name="on" value=(value) { (words) }
            }
        }
    }
}

fn author(key: &str) -> Result<Author, Fault> {
    key.parse().map_err(|_| Fault::missing("this is nobody's key"))
}

fn author_page(author: &Author) -> String {
    format!("/people/{author}")
}

fn followed_page(what: &Followed) -> String {
    match what {
        Followed::Tag(tag) => tag_page(tag),
        Followed::Author(author) => author_page(author),
        Followed::Entry(entry) => entry_page(entry),
    }
}
