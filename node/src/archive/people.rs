//! Everybody who contributed, and a page for each with what they wrote.

use std::io;

use commons_proto::id::Author;
use rayon::prelude::*;

use super::gather::Known;
use super::shell::{Frame, List, number};
use super::site::{Site, Somebody};
use crate::names::{person_name, short_author};
use crate::render::{Markup, html, parts};

/// Writes the pages.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let mut people: Vec<(&Author, &Somebody)> = site.people.iter().collect();
    // By name, as people look for each other; who has none comes last, in the order of keys.
    people.sort_by_cached_key(|(author, somebody)| {
        let name = somebody.name.as_ref().map(|name| name.to_lowercase());
        (name.is_none(), name, **author)
    });
    let here = frame.here("people");
    let first = html! {
        h1 { "People" }
        p.lead { (number(people.len(), "person has", "people have")) " contributed." }
    };
    frame.list(List { stem: "people", title: "People", heading: Some("By name"), count: people.len(), first }, |range| {
        html! {
            ul.entries {
                @for (author, somebody) in &people[range] {
                    li {
                        h3 { (site.person(author, &here)) }
                        p.meta { (wrote(somebody)) }
                        @if let Some(profile) = profile(site, somebody) {
                            @if !profile.words.is_empty() { p.begins { (parts::line(&profile.words)) } }
                            @if !profile.skills.is_empty() { p.meta { "Skills: " (parts::line(&profile.skills.join(", "))) } }
                        }
                    }
                }
            }
        }
    })?;
    people.par_iter().try_for_each(|(author, somebody)| person(site, frame, author, somebody))
}

fn person(site: &Site, frame: &Frame, author: &Author, somebody: &Somebody) -> io::Result<()> {
    let stem = format!("person/{author}");
    let here = frame.here(&stem);
    let title = match &somebody.name {
        Some(name) => person_name(name),
        None => short_author(author),
    };
    let all: Vec<usize> = somebody.began.iter().chain(&somebody.joined).copied().collect();
    let profile = profile(site, somebody);
    let first = html! {
        h1 { (parts::line(&title)) }
        p.key title="The author's key" { (author.did()) }
        @if let Some(profile) = profile {
            @if !profile.words.is_empty() { p.lead { (parts::line(&profile.words)) } }
            dl.fields {
                (set("skills", &profile.skills))
                (set("interests", &profile.interests))
            }
        }
        p.meta { (wrote(somebody)) }
    };
    frame.list(
        List { stem: &stem, title: &title, heading: None, count: all.len(), first },
        |range| {
            let began = somebody.began.len();
            let (mine, others) =
                (range.start..range.end.min(began), range.start.max(began)..range.end);
            html! {
                @if !mine.is_empty() {
                    h2 { "What they began" }
                    (site.entries(site.at(&all[mine]), &here))
                }
                @if !others.is_empty() {
                    h2 { "What they contributed to" }
                    (site.entries(site.at(&all[others]), &here))
                }
            }
        },
    )
}

fn profile<'s>(site: &'s Site, somebody: &Somebody) -> Option<&'s Known> {
    somebody.profile.map(|place| &site.known[place])
}

fn set(name: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            div { dt { (name) } @for item in items { dd { (parts::line(item)) } } }
        }
    }
}

fn wrote(somebody: &Somebody) -> String {
    let began = number(somebody.began.len(), "entry begun", "entries begun");
    match somebody.joined.len() {
        0 => began,
        joined => format!("{began}, {} improved", number(joined, "other", "others")),
    }
}
