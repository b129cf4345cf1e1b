//! From what stands in an address to the entry: its id, or the beginning of one, which leads to the
//! address with the whole of it. What fits several or nothing is answered with what may be meant.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use commons_proto::id::EntryId;

use super::fault::Fault;
use super::frame::Frame;
use super::parts::{LINKS, entry_page};
use crate::find::{self, FindError};
use crate::phrases::with_article;
use crate::render::{Markup, html, parts};
use crate::store::{Candidate, Store};
use crate::{escape, words};

/// What an address names.
pub(super) enum Meant {
    /// This entry.
    Entry(EntryId),
    /// No one entry by its whole id: this is the answer.
    Other(Response),
}

/// The entry that is meant by this part of an address, behind which stands `rest`.
pub(super) async fn entry(frame: &Frame, typed: &str, rest: &str) -> Result<Meant, Fault> {
    let asked = typed.to_owned();
    let found = frame.board.read(move |store| match find::entry(store, &asked) {
        Err(FindError::Store(error)) => Err(error.into()),
        found => Ok(found),
    });
    let answer = match found.await? {
        Ok(entry) if entry.to_string() == typed => return Ok(Meant::Entry(entry)),
        Ok(entry) => Redirect::to(&format!("{}{rest}", entry_page(&entry))).into_response(),
        Err(FindError::Ambiguous { typed, all }) => {
            let main = several(&typed, &all, rest);
            with_status(StatusCode::MULTIPLE_CHOICES, frame.page("Which one?", main))
        }
        Err(FindError::Unknown { typed, near }) => {
            let main = unknown(&typed, &near, rest);
            with_status(StatusCode::NOT_FOUND, frame.page("It is not here", main))
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Meant::Other(answer))
}

fn with_status(status: StatusCode, mut response: Response) -> Response {
    *response.status_mut() = status;
    response
}

fn several(typed: &str, all: &[Candidate], rest: &str) -> Markup {
    html! {
        h1 { "Which one?" }
        p.lead { "Several entries begin with " code { (escape::line(typed)) } "." }
        (candidates(all, rest))
    }
}

fn unknown(typed: &str, near: &[Candidate], rest: &str) -> Markup {
    html! {
        h1 { "It is not here" }
        p.lead { "There is no entry " code.long { (escape::line(typed)) } " on this node." }
        @if !near.is_empty() {
            p { "Did you mean one of these?" }
            (candidates(near, rest))
        }
        p {
            "If somebody gave you this address, what it leads to may not have come here yet: "
            a href="/status" { "see whether this node is in touch with the others" }
            ". Or " a href="/search" { "look for it by its words" } "."
        }
    }
}

fn candidates(all: &[Candidate], rest: &str) -> Markup {
    html! {
        h2.unseen { "What begins so, or nearly" }
        ul.entries.rows {
            @for candidate in all {
                li {
                    h3 {
                        a href={ (entry_page(&candidate.entry)) (rest) } {
                            @if candidate.muted { "Something that is muted here" }
                            @else { (parts::title(&words::cut(&candidate.title, TITLE_CHARS))) }
                        }
                    }
                    p.meta {
                        span.kind { (parts::line(candidate.kind.name())) } " "
                        span.id { (candidate.short) }
                    }
                }
            }
        }
    }
}

/// How an entry is named that another refers to, which may not be here, or be muted.
pub(super) fn named(store: &Store, entry: &EntryId) -> Markup {
    let summary = store.summary(entry).ok().flatten();
    match summary {
        None => html! {
            span.empty { "something that is not here yet" } " " span.id { (format!("{entry:.10}")) }
        },
        Some(summary) if summary.muted => html! {
            a href=(entry_page(entry)) { "something that is muted here" }
        },
        Some(summary) => match summary.title.trim() {
            "" => html! {
                a href=(entry_page(entry)) {
                    (parts::line(&with_article(summary.kind.name())))
                    " without a title"
                }
            },
            title => parts::entry(entry, &words::cut(title, TITLE_CHARS), &LINKS),
        },
    }
}

/// Characters of a title that stands for its entry.
const TITLE_CHARS: usize = 140;
