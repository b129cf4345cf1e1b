//! The front page.

use std::cmp::Reverse;
use std::io;

use super::gather::DAY;
use super::kinds::{kinds, plural};
use super::search;
use super::shell::{Frame, figures, number};
use super::site::{Site, day_name};
use crate::render::{html, parts};

/// Writes the page.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let here = frame.here("index");
    let kinds = kinds(site);
    let mut tags: Vec<(&String, usize)> =
        site.tags.iter().map(|(tag, entries)| (tag, entries.len())).collect();
    tags.sort_by_key(|(tag, entries)| (Reverse(*entries), *tag));
    let further: Vec<_> = kinds.iter().filter(|(name, _)| !IN_ORDER.contains(name)).collect();
    let newest = site.known.iter().filter(|known| IN_ORDER.contains(&known.summary.kind.name()));
    let main = html! {
        h1 { (parts::line(site.commons)) }
        p.lead {
            (number(site.known.len(), "entry", "entries")) " by "
            (number(site.people.len(), "person", "people"))
            @if let Some((first, last)) = site.span {
                ", "
                @if first / DAY == last / DAY { "on " (parts::day(last)) }
                @else { "from " (parts::day(first)) " to " (parts::day(last)) }
            }
            "."
        }
        (search::form(""))
        @if !kinds.is_empty() {
            ul.kinds {
                @for name in IN_ORDER.iter().filter(|name| kinds.contains_key(*name)) {
                    (kind(name, kinds[name].len()))
                }
            }
        }
        @if !further.is_empty() {
            p.meta {
                "Beside them "
                @for (at, (name, entries)) in further.iter().take(KINDS).enumerate() {
                    @if at > 0 { ", " }
                    a href=(format!("kind/{name}.html")) { (figures(entries.len())) " " (called(name, entries.len()).to_lowercase()) }
                }
                "."
            }
        }
        @if !site.days.is_empty() {
            section {
                h2 { "Day by day" }
                ul.days {
                    @for (day, entries) in site.days.iter().rev().take(DAYS) {
                        li {
                            a href=(format!("day/{}.html", day_name(*day))) { (parts::formatted(day * DAY, "%a %-d %b %Y")) }
                            " " span.count { (entries.len()) }
                        }
                    }
                    @if site.days.len() > DAYS { li { a href="days.html" { "all days" } } }
                }
            }
        }
        @if !tags.is_empty() {
            section {
                h2 { "Tags" }
                ul.tags {
                    @for (tag, entries) in tags.iter().take(TAGS) {
                        li { (parts::tag(tag, &here)) " " span.count { (entries) } }
                    }
                    @if tags.len() > TAGS { li { a href="tags.html" { "all " (figures(tags.len())) } } }
                }
            }
        }
        @if site.known.is_empty() { p.empty { "Nothing is in it." } }
        @else {
            section {
                h2 { "Changed last" }
                (site.entries(newest.take(NEWEST), &here))
                p.meta { "A " a href="feed.atom" { "feed" } " has the same for your reader." }
            }
        }
    };
    frame.page("index", "Everything", main)
}

fn kind(name: &str, entries: usize) -> crate::render::Markup {
    html! {
        li {
            a href=(format!("kind/{name}.html")) {
                span.figure { (figures(entries)) } " " (called(name, entries))
            }
        }
    }
}

/// What so many of a kind are called.
fn called(kind: &str, entries: usize) -> String {
    let mut called = plural(kind);
    if entries == 1 {
        called.pop();
    }
    called
}

/// The kinds in the order in which people look for them.
const IN_ORDER: [&str; 6] = ["idea", "project", "resource", "session", "note", "person"];

/// Kinds of a newer commons that are named.
const KINDS: usize = 20;

/// Days on the front page: a week and what led to it.
const DAYS: usize = 21;

/// Tags on the front page.
const TAGS: usize = 40;

/// Entries on the front page.
const NEWEST: usize = 15;
