//! `/tags`: the tags that are used, and how much. `/tags/TAG`: what has a tag, what stands beside it,
//! and what happened there this week.

mod one;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::board::Board;
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::paging::Part;
use crate::board::parts::{choice, nothing, tag_page, with_query};
use crate::phrases::{count, figures};
use crate::render::{Markup, html, parts};
use crate::store::{TagCount, Tags};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/tags", get(tags)).merge(one::routes())
}

/// Which tags to show, and how.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    by: Order,
    page: Option<usize>,
}

/// The order of the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// Those of most entries first.
    #[default]
    Use,
    /// By the letters of their names.
    Name,
}

async fn tags(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let tags = frame.board.read(|store| Ok(store.tags()?)).await?;
    Ok(frame.page("Tags", Cloud::new(tags, asked).show()))
}

/// What the page tells.
struct Cloud {
    asked: Asked,
    /// How many there are in all.
    all: u64,
    /// How many entries have the most used one.
    most: u64,
    /// Those that fit, in order.
    tags: Vec<TagCount>,
    part: Part,
}

impl Cloud {
    fn new(Tags { mut tags, all }: Tags, asked: Asked) -> Self {
        let most = tags.first().map_or(0, |tag| tag.entries);
        let wanted = asked.q.trim().trim_start_matches('#').to_lowercase();
        tags.retain(|tag| tag.tag.contains(&wanted));
        if asked.by == Order::Name {
            tags.sort_by(|one, other| one.tag.cmp(&other.tag));
        }
        let part = Part::new(asked.page, PAGE, tags.len());
        Self { asked, all, most, tags, part }
    }

    fn show(&self) -> Markup {
        let q = self.asked.q.as_str();
        let by = if self.asked.by == Order::Name { "name" } else { "" };
        let is_by_name = self.asked.by == Order::Name;
        html! {
            div.wide {
                h1 { "Tags" }
                p.lead {
                    @if self.all == 0 { "A tag gathers what belongs together." }
                    @else { (count(self.all, "tag", "tags")) ", each with the number of entries that have it." }
                }
                @if self.all > 0 {
                    form.choose action="/tags" role="search" aria-label="Tags" {
                        label for="tags-q" { "Letters of a tag" }
                        input #tags-q type="search" name="q" value=(q);
                        @if is_by_name { input type="hidden" name="by" value="name"; }
                        button { "Find" }
                    }
                    ul.choices aria-label="Order" {
                        li { (choice("most used first", None, &with_query("/tags", &[("q", q)]), !is_by_name)) }
                        li { (choice("by name", None, &with_query("/tags", &[("q", q), ("by", "name")]), is_by_name)) }
                    }
                }
                section data-live="tags" {
                    @if self.tags.is_empty() { (self.nothing()) }
                    ul.tags.cloud {
                        @for tag in &self.tags[self.part.range()] { (self.tag(tag)) }
                    }
                    (self.part.links("/tags", &[("q", q), ("by", by)]))
                }
            }
        }
    }

    fn tag(&self, TagCount { tag, entries, .. }: &TagCount) -> Markup {
        html! {
            li.{ "use-" (weight(*entries, self.most)) } data-key=(tag) {
                a.tag rel="tag" href=(tag_page(tag)) {
                    bdi { "#" (crate::escape::line(tag)) } " "
                    span.number { (figures(*entries)) span.unseen { @if *entries == 1 { " entry" } @else { " entries" } } }
                }
            }
        }
    }

    fn nothing(&self) -> Markup {
        match self.all {
            0 => nothing(
                "Nothing here has a tag yet.",
                &html! {
                    a href="/new" { "Add something" }
                    ": a word with a # before it, as in #wards, is a tag."
                },
            ),
            _ => html! {
                div.nothing {
                    p { "No tag has these letters: " (parts::line(self.asked.q.trim())) }
                    p { a href="/tags" { "Show all tags" } }
                }
            },
        }
    }
}

/// How big a tag stands, from 1 to [`WEIGHTS`], by how often its number doubled rather than by the
/// number itself: one that everybody uses leaves the others readable.
fn weight(entries: u64, most: u64) -> u32 {
    let (entries, most) = (entries.max(1).ilog2(), most.max(1).ilog2());
    1 + (entries * (WEIGHTS - 1)).checked_div(most).unwrap_or_default()
}

/// Sizes in which tags stand: the style has one for each.
const WEIGHTS: u32 = 5;

/// Tags on a page.
const PAGE: usize = 400;

#[cfg(test)]
mod tests;
