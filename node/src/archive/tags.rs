//! Tags: all of them, and of each what it comes to, in all and on each day.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;

use super::gather::DAY;
use super::shell::{Frame, List, figures, number};
use super::site::{Site, day_name};
use super::sum::Sum;
use crate::render::{Links as _, html, parts};

/// Writes the pages.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let mut ranked: Vec<(&str, &Vec<usize>)> =
        site.tags.iter().map(|(tag, entries)| (tag.as_str(), entries)).collect();
    ranked.sort_by_key(|(tag, entries)| (Reverse(entries.len()), *tag));
    let here = frame.here("tags");
    let first = html! {
        h1 { "Tags" }
        p.lead { (number(ranked.len() + site.map.further_tags, "tag", "tags")) "." }
        @if site.map.further_tags > 0 {
            p.meta { (figures(site.map.further_tags)) " that are hardly used have no page." }
        }
    };
    frame.list(
        List {
            stem: "tags",
            title: "Tags",
            heading: Some("The most used first"),
            count: ranked.len(),
            first,
        },
        |range| {
            html! {
                ul.tags.cloud {
                    @for (tag, entries) in &ranked[range] {
                        li { (parts::tag(tag, &here)) " " span.count { (entries.len()) } }
                    }
                }
            }
        },
    )?;
    // A page for a day of a tag, while there is room; the most used tags come first.
    let mut room = DAY_PAGES;
    let mut work = Vec::with_capacity(ranked.len());
    for (tag, entries) in ranked {
        let days = days(site, entries);
        let with_days = days.len() > 1 && days.len() <= room;
        if with_days {
            room -= days.len();
        }
        work.push((tag, entries, if with_days { days } else { BTreeMap::new() }));
    }
    work.par_iter().try_for_each(|(tag, entries, days)| one(site, frame, tag, entries, days))
}

/// On which days which of these entries were written or changed.
fn days(site: &Site, entries: &[usize]) -> BTreeMap<u64, Vec<usize>> {
    let mut days: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for place in entries {
        for (day, _) in &site.known[*place].days {
            let on_it = days.entry(*day).or_default();
            if on_it.last() != Some(place) {
                on_it.push(*place);
            }
        }
    }
    days
}

fn one(
    site: &Site,
    frame: &Frame,
    tag: &str,
    entries: &[usize],
    days: &BTreeMap<u64, Vec<usize>>,
) -> io::Result<()> {
    let Some(name) = site.map.tag(tag) else { return Ok(()) };
    let stem = format!("tag/{name}");
    let here = frame.here(&stem);
    let title = format!("#{tag}");
    let sum = Sum { site, entries, day: None, tag: Some(tag) };
    let first = html! {
        h1 { (parts::line(&title)) }
        (sum.show(&here))
        @if !days.is_empty() {
            section {
                h2 { "Day by day" }
                ul.days {
                    @for (day, on_it) in days {
                        li {
                            a href=(format!("{name}.{}.html", day_name(*day))) { (parts::day(day * DAY)) }
                            " " span.count { (on_it.len()) }
                        }
                    }
                }
            }
        }
    };
    frame.list(
        List {
            stem: &stem,
            title: &title,
            heading: Some("Everything"),
            count: entries.len(),
            first,
        },
        |range| site.entries(site.at(&entries[range]), &here),
    )?;
    for (day, on_it) in days {
        let stem = format!("{stem}.{}", day_name(*day));
        let title = format!("#{tag} on {}", day_name(*day));
        let sum = Sum { site, entries: on_it, day: Some(*day), tag: Some(tag) };
        let first = html! {
            h1 { (parts::tag(tag, &here)) " on " (parts::day(day * DAY)) }
            (sum.show(&here))
            p.meta { a href=(here.tag(tag).unwrap_or_default()) { "All days" } }
        };
        frame.list(
            List {
                stem: &stem,
                title: &title,
                heading: Some("What was written"),
                count: on_it.len(),
                first,
            },
            |range| site.entries(site.at(&on_it[range]), &here),
        )?;
    }
    Ok(())
}

/// Pages for a day of a tag at most: a hundred tags on a hundred days.
const DAY_PAGES: usize = 10_000;
