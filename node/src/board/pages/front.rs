//! The front page: the commons as a living board.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::kind::Kind;

use crate::board::Board;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, ago, encoded, entry_of_kind, nothing};
use crate::phrases::count;
use crate::programme::{Slot, programme};
use crate::render::{Markup, html, parts};
use crate::store::{Counts, Filter, Store, Summary, TagCount};
use crate::when;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/", get(front))
}

async fn front(frame: Frame) -> Result<Response, Fault> {
    let (board, now) = (&frame.board, frame.now);
    let front = board.front().of(board, move |store| Front::read(store, now)).await?;
    Ok(frame.page("Board", front.show(board.name())))
}

/// What the front page tells.
pub(in crate::board) struct Front {
    now: u64,
    counts: Counts,
    ideas: Vec<Summary>,
    projects: Vec<Summary>,
    resources: Vec<Summary>,
    notes: Vec<Summary>,
    people: Vec<Summary>,
    tags: Vec<TagCount>,
    going_on: Vec<Slot>,
    next: Vec<Slot>,
}

impl Front {
    fn read(store: &Store, now: u64) -> Result<Self, Fault> {
        let of_kind = |kind: Kind, limit: usize| {
            store.list(&Filter { kinds: vec![kind], limit: Some(limit), ..Filter::default() })
        };
        let programme = programme(store)?;
        let (going_on, next) = now_and_next(&programme, now, SESSIONS);
        let (going_on, next) = (owned(going_on), owned(next));
        let mut tags = store.tags()?.tags;
        tags.truncate(TAGS);
        Ok(Self {
            now,
            counts: store.counts()?,
            ideas: of_kind(Kind::Idea, ENTRIES)?,
            projects: of_kind(Kind::Project, ENTRIES)?,
            resources: of_kind(Kind::Resource, ENTRIES)?,
            notes: of_kind(Kind::Note, ENTRIES)?,
            people: of_kind(Kind::Person, PEOPLE)?,
            tags,
            going_on,
            next,
        })
    }

    fn show(&self, name: &str) -> Markup {
        html! {
            div.wide {
                section.hello data-live="hello" {
                    h1 { (parts::line(name)) }
                    p.lead { (self.sum()) }
                }
                div.board {
                    div.column {
                        (self.programme())
                        (self.section("Ideas", Kind::Idea, &self.ideas))
                        (self.section("Projects", Kind::Project, &self.projects))
                    }
                    div.column {
                        (self.section("Notes", Kind::Note, &self.notes))
                        (self.section("Resources", Kind::Resource, &self.resources))
                        (self.people())
                        (self.tags())
                    }
                }
            }
        }
    }

    fn sum(&self) -> String {
        if self.counts.entries == 0 {
            return "Nothing is here yet. What you write reaches everybody in this commons."
                .to_owned();
        }
        let entries = count(self.counts.entries, "entry", "entries");
        let authors = count(self.counts.authors, "person", "people");
        format!("{entries} by {authors}, held by everybody alike.")
    }

    fn section(&self, heading: &str, kind: Kind, entries: &[Summary]) -> Markup {
        let name = kind.name();
        let list = format!("/{name}s");
        let total = self.counts.kinds.get(name).copied().unwrap_or_default();
        html! {
            section.panel data-live=(heading) {
                div.heading {
                    h2 { a href=(list) { (heading) } }
                    @if total > 0 { span.count { (crate::phrases::figures(total)) } }
                    a.add href={ "/new/" (name) } { "Add" span.unseen { " " (crate::phrases::with_article(name)) } }
                }
                @if entries.is_empty() { (self.empty(&kind)) }
                @else {
                    ul.entries { @for entry in entries { (entry_of_kind(entry, self.now)) } }
                    @if total > entries.len() as u64 {
                        p { a href=(list) { "All " (crate::phrases::figures(total)) " " (name) "s" } }
                    }
                }
            }
        }
    }

    fn empty(&self, kind: &Kind) -> Markup {
        let (what, next) = match kind {
            Kind::Idea => ("No idea yet.", "Propose the first one"),
            Kind::Project => ("No team has begun yet.", "Start a project"),
            Kind::Resource => ("Nothing to use yet.", "Add data, a paper or a tool"),
            _ => ("No note yet.", "Say what happens"),
        };
        nothing(what, &html! { a href={ "/new/" (kind.name()) } { (next) } })
    }

    fn programme(&self) -> Markup {
        let (going_on, next) = (&self.going_on, &self.next);
        html! {
            section.panel data-live="Programme" {
                div.heading {
                    h2 { a href="/programme" { "Now and next" } }
                    a.add href="/new/session" { "Add" span.unseen { " a session" } }
                }
                @if going_on.is_empty() && next.is_empty() {
                    (nothing("Nothing is coming up.", &html! {
                        a href="/new/session" { "Put a session on the programme" }
                    }))
                }
                ul.sessions {
                    @for slot in going_on { (session(slot, true, self.now)) }
                    @for slot in next { (session(slot, false, self.now)) }
                }
            }
        }
    }

    fn people(&self) -> Markup {
        html! {
            section.panel data-live="People" {
                div.heading { h2 { a href="/people" { "People" } } }
                @if self.people.is_empty() {
                    (nothing("Nobody has said who they are.", &html! {
                        a href="/profile" { "Say who you are and what you can do" }
                    }))
                }
                ul.people {
                    @for person in &self.people {
                        li data-key=(person.id) {
                            (parts::person(&person.author, Some(&person.title), &LINKS))
                        }
                    }
                }
            }
        }
    }

    fn tags(&self) -> Markup {
        html! {
            @if !self.tags.is_empty() {
                section.panel data-live="Tags" {
                    div.heading { h2 { a href="/tags" { "Tags" } } }
                    ul.tags {
                        @for tag in &self.tags {
                            li {
                                a.tag rel="tag" href={ "/tags/" (encoded(&tag.tag)) } {
                                    bdi { "#" (crate::escape::line(&tag.tag)) } " "
                                    span.number { (tag.entries) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn owned(slots: Vec<&Slot>) -> Vec<Slot> {
    slots.into_iter().cloned().collect()
}

/// The sessions that go on at this time, and those that come next; at most so many of each.
pub(super) fn now_and_next(slots: &[Slot], now: u64, most: usize) -> (Vec<&Slot>, Vec<&Slot>) {
    let comes = |slot: &&Slot| slot.start.is_some_and(|start| start > now);
    let going_on = slots.iter().filter(|slot| slot.is_at(now)).take(most).collect();
    (going_on, slots.iter().filter(comes).take(most).collect())
}

/// A session in a short list.
pub(super) fn session(slot: &Slot, is_now: bool, now: u64) -> Markup {
    let start = slot.start.unwrap_or_default();
    html! {
        li.now[is_now] data-key=(slot.summary.id) {
            span.time { @if is_now { "now" } @else { (when::clock(start)) } }
            div {
                h3 { (parts::entry(&slot.summary.id, &slot.summary.title, &LINKS)) }
                p.meta {
                    @if is_now { @if let Some(end) = slot.end { "until " (when::clock(end)) } }
                    @else { (ago(start, now)) }
                    @if let Some(place) = &slot.place { ", " (parts::line(place)) }
                }
            }
        }
    }
}

/// Entries of a kind that stand on the front page.
const ENTRIES: usize = 5;

/// Sessions that go on now, and that come next.
const SESSIONS: usize = 4;

/// People on the front page.
const PEOPLE: usize = 12;

/// Tags on the front page.
const TAGS: usize = 24;
