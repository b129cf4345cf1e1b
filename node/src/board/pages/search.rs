//! The search: entries of all kinds by their words, the best first, with the words marked. A script
//! fetches the same page while somebody types.

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::board::Board;
use crate::board::asked::{self, Asked};
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::paging::Part;
use crate::board::parts::{nothing, with_query};
use crate::board::rows::Row;
use crate::board::viewer::Viewer;
use crate::phrases::{count, figures, several};
use crate::render::{Markup, html};
use crate::store::{Filter, Fitting, Store};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/search", get(search))
}

/// What stands behind the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    q: String,
    page: Option<usize>,
}

async fn search(frame: Frame, Query(address): Query<Address>) -> Result<Response, Fault> {
    let (viewer, now) = (frame.viewer, frame.now);
    let read = move |store: &Store| {
        let search = Search::read(store, &address, viewer)?;
        Ok((search.asked.refused.is_some(), search.show(now)))
    };
    let (is_refused, main) = frame.board.read(read).await?;
    let mut page = frame.page_with("Search", &["search.js"], main);
    if is_refused {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(page)
}

/// What was found.
struct Search {
    asked: Asked,
    part: Part,
    fitting: Fitting,
    rows: Vec<Row>,
}

impl Search {
    fn read(store: &Store, address: &Address, viewer: Viewer) -> Result<Self, Fault> {
        let asked = Asked::read(store, &address.q, viewer)?;
        let part = Part::new(None, ON_PAGE, 0);
        let mut search = Self { asked, part, fitting: Fitting::default(), rows: Vec::new() };
        if search.asked.refused.is_some() || search.asked.terms.is_empty() {
            return Ok(search);
        }
        let mut filter = Filter { limit: Some(ON_PAGE), ..search.asked.filter.clone() };
        search.fitting = store.count(&filter)?;
        // Of more, the best are not known.
        let all = search.fitting.all().min(RANKED) as usize;
        search.part = Part::new(address.page, ON_PAGE, all);
        filter.offset = search.part.range().start;
        for found in store.search(&filter)? {
            search.rows.push(Row::found(store, found)?);
        }
        Ok(search)
    }

    fn show(&self, now: u64) -> Markup {
        let Asked { typed, refused, .. } = &self.asked;
        let is_refused = refused.is_some();
        html! {
            div.finding {
                h1 { "Search" }
                form.ask #find action="/search" role="search" {
                    label for="words" { "Words, #tags or by:name" }
                    div.asking {
                        input #words type="search" name="q" value=(typed) autocomplete="off"
                            autofocus[typed.is_empty()] enterkeyhint="search"
                            aria-controls="found"
                            aria-invalid=[is_refused.then_some("true")]
                            aria-describedby=[is_refused.then_some("refused")];
                        button { "Search" }
                    }
                }
                (asked::help())
                p.count #sum role="status" { (self.sum()) }
                div #found {
                    @if let Some(refused) = refused { (asked::refusal(refused)) }
                    section data-live="found" { (self.found(now)) }
                }
            }
        }
    }

    fn sum(&self) -> String {
        let (all, or_more) = (self.fitting.all(), self.fitting.or_more);
        match (self.asked.refused.is_some() || self.asked.terms.is_empty(), all) {
            (true, _) => String::new(),
            (false, 0) => "Nothing found".to_owned(),
            (false, _) if or_more => format!("More than {} entries fit", figures(all - 1)),
            (false, 1) => "1 entry fits".to_owned(),
            (false, _) => format!("{} fit", count(all, "entry", "entries")),
        }
    }

    fn found(&self, now: u64) -> Markup {
        if self.asked.refused.is_some() {
            return html! {};
        }
        if self.asked.terms.is_empty() {
            return nothing(
                "What are you looking for?",
                &html! {
                    "A word is found in titles, texts and tags, also where a longer one begins so."
                },
            );
        }
        if self.rows.is_empty() {
            return nothing(
                "Nothing here is like that.",
                &html! {
                    "Leave a word out, or type only its beginning. "
                    a href="/new" { "Add what is missing" } "."
                },
            );
        }
        html! {
            h2.unseen { "What was found" }
            (self.kinds())
            ul.entries.rows { @for row in &self.rows { (row.show(true, now)) } }
            (self.part.links("/search", &[("q", &self.asked.typed)]))
        }
    }

    /// Links to what was found of each kind alone.
    fn kinds(&self) -> Markup {
        html! {
            @if self.fitting.kinds.len() > 1 {
                ul.kinds aria-label="Of one kind alone" {
                    @for (kind, number) in &self.fitting.kinds {
                        li {
                            a href=(with_query("/search", &[("q", &self.asked.with(&format!("kind:{kind}")))])) {
                                (if *number == 1 { kind.clone() } else { several(kind) }) " "
                                span.number { (figures(*number)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Entries on one page: what one looks through before one asks better.
const ON_PAGE: usize = 30;

/// Entries that one can go through: as many as the store puts in order.
const RANKED: u64 = 1000;

#[cfg(test)]
mod tests;
