//! The lists: all ideas, projects, resources, sessions and notes, the last changed first, narrowed
//! down by the query language or by filters that write it.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use commons_proto::kind::Kind;
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
use crate::phrases::{count, figures, several, with_article};
use crate::render::{Markup, html, parts};
use crate::store::{Filter, Fitting, Store};

pub(super) fn routes() -> Router<Board> {
    let lists = [Kind::Idea, Kind::Project, Kind::Resource, Kind::Session, Kind::Note];
    lists.into_iter().fold(Router::new(), |routes, kind| {
        let path = page(&kind);
        routes.route(&path, get(move |frame, address| list(frame, kind, address)))
    })
}

/// The address of the list of a kind.
fn page(kind: &Kind) -> String {
    format!("/{}", several(kind.name()))
}

/// What stands behind the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    q: String,
    page: Option<usize>,
    tag: String,
    status: String,
    since: String,
}

async fn list(frame: Frame, kind: Kind, Query(address): Query<Address>) -> Result<Response, Fault> {
    let filters = [("tag", &address.tag), ("status", &address.status), ("since", &address.since)];
    let filters: Vec<(&str, &str)> = filters
        .into_iter()
        .map(|(field, value)| (field, value.trim()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if !filters.is_empty() {
        let query = asked::narrowed(&address.q, &filters);
        return Ok(Redirect::to(&with_query(&page(&kind), &[("q", &query)])).into_response());
    }
    let (viewer, now, heading) = (frame.viewer, frame.now, heading(&kind));
    let read = move |store: &Store| {
        let list = List::read(store, kind, &address, viewer)?;
        Ok((list.asked.refused.is_some(), list.show(now)))
    };
    let (is_refused, main) = frame.board.read(read).await?;
    let mut page = frame.page(&heading, main);
    if is_refused {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(page)
}

fn heading(kind: &Kind) -> String {
    let name = several(kind.name());
    name[..1].to_uppercase() + &name[1..]
}

/// A page of a list.
struct List {
    kind: Kind,
    asked: Asked,
    part: Part,
    fitting: Fitting,
    rows: Vec<Row>,
    statuses: Vec<String>,
    tags: Vec<String>,
}

impl List {
    fn read(store: &Store, kind: Kind, address: &Address, viewer: Viewer) -> Result<Self, Fault> {
        let mut asked = Asked::read(store, &address.q, viewer)?;
        let kinds = &asked.filter.kinds;
        if !kinds.is_empty() && !kinds.contains(&kind) {
            asked.refused = Some(format!(
                "Here are {} alone. Leave kind: out, or search the whole commons.",
                several(kind.name())
            ));
        }
        let mut list = Self {
            part: Part::new(None, ON_PAGE, 0),
            fitting: Fitting::default(),
            rows: Vec::new(),
            statuses: store.statuses(&kind)?,
            tags: store.tags()?.tags.into_iter().take(TAGS).map(|tag| tag.tag).collect(),
            kind,
            asked,
        };
        if list.asked.refused.is_some() {
            return Ok(list);
        }
        let kinds = vec![list.kind.clone()];
        let mut filter = Filter { kinds, limit: Some(ON_PAGE), ..list.asked.filter.clone() };
        list.fitting = store.count(&filter)?;
        list.part = Part::new(address.page, ON_PAGE, list.fitting.all() as usize);
        filter.offset = list.part.range().start;
        for summary in store.list(&filter)? {
            list.rows.push(Row::read(store, summary, &filter.words)?);
        }
        Ok(list)
    }

    fn show(&self, now: u64) -> Markup {
        let (name, page) = (self.kind.name(), page(&self.kind));
        html! {
            div.wide.listing {
                div {
                    div.heading {
                        h1 { (heading(&self.kind)) }
                        a.button.first href={ "/new/" (name) } { "Add " (with_article(name)) }
                    }
                    @if self.kind == Kind::Session {
                        p { a href="/programme" { "See them by time and place: the programme" } }
                    }
                    (self.forms(&page))
                    (self.asked.chips(&page))
                    section data-live="list" {
                        @if self.asked.refused.is_none() { (self.entries(&page, now)) }
                    }
                }
                (self.aside(&page))
            }
        }
    }

    fn forms(&self, page: &str) -> Markup {
        let several = several(self.kind.name());
        let is_refused = self.asked.refused.is_some();
        html! {
            form.ask action=(page) role="search" {
                label for="ask" { "Words to look for among the " (several) }
                div.asking {
                    input #ask type="search" name="q" value=(self.asked.typed) autocomplete="off"
                        aria-invalid=[is_refused.then_some("true")]
                        aria-describedby=[is_refused.then_some("refused")];
                    button { "Look" }
                }
                @if let Some(refused) = &self.asked.refused {
                    (asked::refusal(refused))
                    p { a href=(with_query("/search", &[("q", &self.asked.typed)])) { "Search the whole commons for it" } }
                }
            }
            details #narrowing {
                summary { "Narrow it down" }
                form.narrow action=(page) {
                    @if !is_refused { input type="hidden" name="q" value=(self.asked.typed); }
                    (select("tag", "Any tag", self.tags.iter().map(|tag| (tag.as_str(), format!("#{tag}")))))
                    @if !self.statuses.is_empty() {
                        (select("status", "Any status", self.statuses.iter().map(|one| (one.as_str(), one.clone()))))
                    }
                    (select("since", "Changed at any time", SPANS.map(|(value, label)| (value, label.to_owned()))))
                    button { "Narrow down" }
                }
            }
        }
    }

    fn entries(&self, page: &str, now: u64) -> Markup {
        html! {
            p.count role="status" { (self.sum()) }
            h2.unseen { "The " (several(self.kind.name())) }
            @if self.rows.is_empty() { (self.empty(page)) }
            @else {
                ul.entries.rows { @for row in &self.rows { (row.show(false, now)) } }
            }
            (self.part.links(page, &[("q", &self.asked.typed)]))
        }
    }

    fn sum(&self) -> String {
        let (name, all) = (self.kind.name(), self.fitting.all());
        let verb = match (self.asked.terms.is_empty(), all) {
            (true, _) => "",
            (false, 1) => " fits",
            (false, _) => " fit",
        };
        match self.fitting.or_more {
            true => format!("More than {} {}{verb}", figures(all - 1), several(name)),
            false => format!("{}{verb}", count(all, name, &several(name))),
        }
    }

    fn empty(&self, page: &str) -> Markup {
        let name = self.kind.name();
        if self.asked.terms.is_empty() {
            let (what, next) = match self.kind {
                Kind::Idea => ("No idea yet.", "Propose the first one"),
                Kind::Project => ("No team has begun yet.", "Start a project"),
                Kind::Resource => ("Nothing to use yet.", "Add data, a paper or a tool"),
                Kind::Session => ("Nothing is on the programme yet.", "Propose a session"),
                _ => ("No note yet.", "Say what happens"),
            };
            return nothing(what, &html! { a href={ "/new/" (name) } { (next) } });
        }
        nothing(
            "Nothing fits all of that.",
            &html! {
                "Leave something out above, "
                a href=(with_query("/search", &[("q", &self.asked.typed)])) { "look through the whole commons" }
                ", or " a href=(page) { "see all " (several(name)) } "."
            },
        )
    }

    fn aside(&self, page: &str) -> Markup {
        html! {
            aside aria-label="Ways to look" {
                @if !self.tags.is_empty() {
                    h2 { "Tags" }
                    ul.tags {
                        @for tag in &self.tags {
                            li {
                                a.tag href=(with_query(page, &[("q", &self.asked.with(&asked::term("tag", tag)))])) {
                                    (parts::line(&format!("#{tag}")))
                                }
                            }
                        }
                    }
                }
                (asked::help())
            }
        }
    }
}

/// A choice that adds a term to the query.
fn select<'v>(
    field: &str,
    any: &str,
    values: impl IntoIterator<Item = (&'v str, String)>,
) -> Markup {
    html! {
        label.unseen for=(field) { (any) }
        select #(field) name=(field) {
            option value="" { (any) }
            @for (value, label) in values { option value=(value) { (crate::escape::line(&label)) } }
        }
    }
}

/// Entries on one page of a list.
const ON_PAGE: usize = 50;

/// Tags that are offered.
const TAGS: usize = 30;

/// Spans of time that are offered.
const SPANS: [(&str, &str); 4] = [
    ("1h", "Changed in the last hour"),
    ("today", "Changed today"),
    ("3d", "Changed in the last 3 days"),
    ("1w", "Changed in the last week"),
];

#[cfg(test)]
mod tests;
