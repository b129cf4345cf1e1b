//! `/tags/TAG`: what has a tag, kind by kind; what stands beside it; and what happened there in the
//! last week.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::kind::Kind;
use jiff::Zoned;

use super::super::feeds::tag_feed;
use crate::board::Board;
use crate::board::extract::Path;
use crate::board::fault::Fault;
use crate::board::forms::follow;
use crate::board::frame::Frame;
use crate::board::parts::{LINKS, choice, entry_of_kind, nothing, tag_page, with_query};
use crate::board::viewer::Viewer;
use crate::digest::{self, Asked, Digest, Unclear};
use crate::phrases::{count, several};
use crate::render::{Markup, html, parts};
use crate::store::{Filter, Followed, Store, Summary, TagView};
use crate::when;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/tags/{tag}", get(one))
}

async fn one(frame: Frame, Path(typed): Path<String>) -> Result<Response, Fault> {
    let tag = digest::tag(&typed).ok_or_else(|| Unclear::Tag(typed.clone()))?;
    let (title, feed) = (format!("#{tag}"), tag_feed(&tag));
    let (viewer, now) = (frame.viewer, frame.now);
    let main = frame
        .board
        .read(move |store| Ok(Tag::read(store, &tag, &viewer)?.show(&viewer, now)))
        .await?;
    Ok(frame.page_with_feeds(&title, &[(&title, &feed)], main))
}

/// What the page tells.
struct Tag {
    view: TagView,
    kinds: Vec<(Kind, Vec<Summary>)>,
    week: Digest,
    is_followed: bool,
}

impl Tag {
    fn read(store: &Store, tag: &str, viewer: &Viewer) -> Result<Self, Fault> {
        let view = store.tag(tag)?;
        let mut kinds: Vec<Kind> =
            view.kinds.keys().filter_map(|name| Kind::new(name, true)).collect();
        kinds.sort_by_key(|kind| {
            Kind::KNOWN.iter().position(|known| known == kind).unwrap_or(usize::MAX)
        });
        let mut entries = Vec::new();
        for kind in kinds {
            let filter = Filter {
                kinds: vec![kind.clone()],
                tags: vec![tag.to_owned()],
                limit: Some(OF_EACH_KIND),
                ..Filter::default()
            };
            entries.push((kind, store.list(&filter)?));
        }
        let asked = Asked::typed(&[tag], None, None, &Zoned::now())?;
        let followed = Followed::Tag(tag.to_owned());
        Ok(Self {
            view,
            kinds: entries,
            week: digest::digest(store, &asked)?,
            is_followed: viewer.is_host() && store.is_followed(&followed)?,
        })
    }

    fn show(&self, viewer: &Viewer, now: u64) -> Markup {
        let tag = self.view.count.tag.as_str();
        html! {
            div.wide {
                h1 { bdi { "#" (crate::escape::line(tag)) } }
                div.beside {
                    div { (self.entries(now)) }
                    div.column {
                        div.presses {
                            (follow(viewer, &Followed::Tag(tag.to_owned()), self.is_followed))
                            a href=(tag_feed(tag)) { "Feed of this tag" }
                        }
                        @if self.view.count.entries > 0 { (self.week()) }
                        (self.related())
                    }
                }
            }
        }
    }

    fn entries(&self, now: u64) -> Markup {
        let tag = self.view.count.tag.as_str();
        let all = |kind: &Kind| {
            with_query("/search", &[("q", &format!("tag:\"{tag}\" kind:{}", kind.name()))])
        };
        html! {
            div data-live="entries" {
                @if self.view.count.entries == 0 {
                    (nothing("Nothing here has this tag.", &html! {
                        "Write it with a # before it to begin. " a href="/tags" { "The tags that are used" }
                    }))
                } @else {
                    p.lead {
                        (count(self.view.count.entries, "entry", "entries"))
                        ", last changed " (when::ago(self.view.count.changed, now))
                    }
                    @if self.kinds.len() > 1 {
                        ul.choices aria-label="Kinds" {
                            @for (kind, _) in &self.kinds {
                                li { (choice(&several(kind.name()), self.number(kind), &format!("#{}", kind.name()), false)) }
                            }
                        }
                    }
                }
                @for (kind, entries) in &self.kinds {
                    @let number = self.number(kind).unwrap_or_default();
                    section aria-labelledby=(kind.name()) {
                        h2.group id=(kind.name()) { (several(kind.name())) }
                        ul.entries { @for entry in entries { (entry_of_kind(entry, now)) } }
                        @if number > entries.len() as u64 {
                            p { a href=(all(kind)) { "All " (count(number, kind.name(), &several(kind.name()))) } }
                        }
                    }
                }
            }
        }
    }

    /// What happened in the last week, in short.
    fn week(&self) -> Markup {
        let week = &self.week;
        let tag = self.view.count.tag.as_str();
        html! {
            section.panel aria-labelledby="week" data-live="week" {
                div.heading { h2 #week { "This week" } }
                @if week.is_empty() { p.empty { "Nothing was written in the last seven days." } }
                @else {
                    p { (week.tally()) "." }
                    ul.inline {
                        @for one in week.people.iter().take(PEOPLE) {
                            li { (parts::person(&one.person.author, one.person.name.as_deref(), &LINKS)) }
                        }
                        @if week.people.len() > PEOPLE { li { "and others" } }
                    }
                    @if !week.resources.is_empty() {
                        h3 { "Top resources" }
                        ol.plain {
                            @for one in week.resources.iter().take(RESOURCES) {
                                li { (parts::entry(&one.item.id, &one.item.title, &LINKS)) }
                            }
                        }
                    }
                }
                p { a href=(with_query("/digest", &[("tag", tag)])) { "The whole digest" } }
            }
        }
    }

    fn related(&self) -> Markup {
        html! {
            @if !self.view.related.is_empty() {
                section.panel aria-labelledby="related" data-live="related" {
                    div.heading { h2 #related { "Stands beside" } }
                    ul.tags {
                        @for (tag, entries) in self.view.related.iter().take(RELATED) {
                            li {
                                a.tag rel="tag" href=(tag_page(tag)) {
                                    bdi { "#" (crate::escape::line(tag)) } " " span.number { (entries) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn number(&self, kind: &Kind) -> Option<u64> {
        self.view.kinds.get(kind.name()).copied()
    }
}

/// Entries of a kind that stand on the page.
const OF_EACH_KIND: usize = 8;

/// People who are named as those of the week.
const PEOPLE: usize = 8;

/// Resources that are named as those of the week.
const RESOURCES: usize = 5;

/// Tags beside it that are named.
const RELATED: usize = 30;
