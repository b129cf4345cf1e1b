//! The page of an entry: what it says, what several people set at once, what others say of it, and
//! what one can do with it. What is the same on the page of an archive is in
//! [`crate::render::entry`].
//!
//! | module | what lives there |
//! |---|---|
//! | `look` | the entry with all that its page tells, read |
//! | `standing` | what is the matter with it: erased, muted, damaged, newer |
//! | `conflict` | what several people set at once, side by side |
//! | `remarks` | comments, and comments on them |
//! | `beside` | fields, team, endorsements, who wrote it, what refers to it |

mod beside;
mod conflict;
mod look;
mod remarks;
mod standing;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::forms;
use crate::board::frame::Frame;
use crate::board::meant::{self, Meant};
use crate::board::parts::{BoardLinks, LINKS, ago, at, entry_page};
use crate::phrases::{count, figures};
use crate::render::entry::Teller;
use crate::render::{Markup, html, parts};
use crate::words;
use look::Look;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/entry/{id}", get(show))
}

async fn show(frame: Frame, Path(typed): Path<String>) -> Result<Response, Fault> {
    let id = match meant::entry(&frame, &typed, "").await? {
        Meant::Entry(id) => id,
        Meant::Other(answer) => return Ok(answer),
    };
    let (viewer, now) = (frame.viewer, frame.now);
    let read = frame.board.read(move |store| {
        let links = BoardLinks::new(store);
        let named = |entry: &EntryId| meant::named(store, entry);
        let teller = Teller { links: &links, time: at, entry: &named };
        let look = Look::read(store, &id, viewer, now)?;
        Ok((look.called(), page(&look, teller)))
    });
    let (title, main) = read.await?;
    Ok(frame.page(&words::cut(&title, TITLE_CHARS), main))
}

fn page(look: &Look, teller: Teller) -> Markup {
    html! {
        div.wide {
            article.whole-entry {
                div.says {
                    section data-live="entry" {
                        (heading(look, teller))
                        (standing::told(look))
                        @for (field, held) in &look.conflicts {
                            (conflict::side_by_side(look, field, held, teller))
                        }
                        @if look.summary().damaged.is_none() { (content(look, teller)) }
                    }
                }
                div.beside { (beside::all(look, teller)) }
                div.remarks {
                    section data-live="remarks" { (remarks::all(look, teller)) }
                    @if *look.item.kind() != Kind::Erasure {
                        (forms::comment(&look.viewer, &look.summary().id))
                    }
                }
            }
        }
    }
}

fn heading(look: &Look, teller: Teller) -> Markup {
    let summary = look.summary();
    html! {
        p.meta {
            span.kind { (parts::line(summary.kind.name())) } " "
            span.id title=(summary.id) { (summary.short) }
        }
        h1 class=[(summary.title.len() > LONG_BYTES).then_some("long")] { (title(look, teller)) }
        p.meta {
            "By " (parts::person(&summary.author, summary.name.as_deref(), &LINKS))
            ", " (ago(summary.created, look.now))
            @if summary.versions > 1 {
                "; changed " (ago(summary.changed, look.now)) ", "
                a href={ (entry_page(&summary.id)) "/history" } {
                    (count(summary.versions, "version", "versions"))
                }
                @if summary.authors > 1 { " by " (figures(summary.authors)) " people" }
            }
        }
        (parts::tags(summary.tags.iter().take(TAGS), &LINKS))
    }
}

/// What is said of something is called by what that is.
fn title(look: &Look, teller: Teller) -> Markup {
    let about = look.item.entry("about").map(|about| (teller.entry)(&about));
    match (look.item.kind(), about) {
        (Kind::Comment, Some(about)) => html! { "Comment on " (about) },
        (Kind::Endorsement, Some(about)) => html! { "Endorsement of " (about) },
        (Kind::Membership, Some(about)) => html! { "Part of " (about) },
        (Kind::Note, _) if !look.summary().title.is_empty() => html! { "Note" },
        _ if look.erased.some => html! { em.untitled { "Taken back" } },
        _ => parts::title(&look.summary().title),
    }
}

fn content(look: &Look, teller: Teller) -> Markup {
    let text = html! {
        @if *look.item.kind() == Kind::Note {
            @if let Some(about) = look.item.entry("about") {
                p.about { "About " ((teller.entry)(&about)) }
            }
        }
        (teller.text(&look.item))
    };
    html! {
        @if look.summary().muted {
            details #muted-text { summary { "Show it nevertheless" } (text) }
        } @else { (text) }
    }
}

/// Characters of a title in the name of a page.
const TITLE_CHARS: usize = 120;

/// Bytes of a title that is set smaller: three lines of a wide screen.
const LONG_BYTES: usize = 120;

/// Tags that are shown: people give ten.
const TAGS: usize = 100;
