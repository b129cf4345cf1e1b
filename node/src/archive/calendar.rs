//! Months and days: what was written when, and what each day comes to.

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;

use super::gather::DAY;
use super::shell::{Frame, List, number};
use super::site::{Site, day_name};
use super::sum::Sum;
use crate::render::{html, parts};

/// Writes the pages.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let mut months: BTreeMap<String, BTreeMap<u64, &[usize]>> = BTreeMap::new();
    for (day, entries) in &site.days {
        months.entry(month_name(*day)).or_default().insert(*day, entries);
    }
    let main = html! {
        h1 { "Days" }
        @if months.is_empty() { p.empty { "Nothing was written yet." } }
        @for (month, days) in months.iter().rev().take(MONTHS) {
            section {
                h2 { a href=(format!("month/{month}.html")) { (called(month, days)) } }
                ul.days {
                    @for (day, entries) in days {
                        li {
                            a href=(format!("day/{}.html", day_name(*day))) { (parts::formatted(day * DAY, "%A %-d")) }
                            " " span.count { (entries.len()) }
                        }
                    }
                }
            }
        }
        @if months.len() > MONTHS { p.meta { "and " (months.len() - MONTHS) " months before" } }
    };
    frame.page("days", "Days", main)?;
    let all: Vec<_> = months.iter().collect();
    all.par_iter().try_for_each(|(month, days)| one_month(site, frame, month, days))?;
    let days: Vec<_> = site.days.iter().collect();
    days.par_iter().try_for_each(|(day, entries)| one_day(site, frame, **day, entries))
}

/// A month: what was begun in it, the newest first.
fn one_month(
    site: &Site,
    frame: &Frame,
    month: &str,
    days: &BTreeMap<u64, &[usize]>,
) -> io::Result<()> {
    let stem = format!("month/{month}");
    let here = frame.here(&stem);
    let title = called(month, days);
    let mut begun: Vec<usize> = days
        .iter()
        .flat_map(|(day, entries)| {
            entries.iter().filter(|place| site.known[**place].summary.created / DAY == *day)
        })
        .copied()
        .collect();
    begun.sort_by_key(|place| {
        let summary = &site.known[*place].summary;
        (std::cmp::Reverse(summary.created), summary.id)
    });
    let first = html! {
        h1 { (title) }
        p.lead { (number(begun.len(), "entry", "entries")) " begun." }
        ul.days {
            @for (day, entries) in days {
                li {
                    a href=(format!("../day/{}.html", day_name(*day))) { (parts::formatted(day * DAY, "%A %-d")) }
                    " " span.count { (entries.len()) }
                }
            }
        }
    };
    frame.list(
        List {
            stem: &stem,
            title: &title,
            heading: Some("What was begun"),
            count: begun.len(),
            first,
        },
        |range| site.entries(site.at(&begun[range]), &here),
    )
}

/// A day: what was begun or changed on it.
fn one_day(site: &Site, frame: &Frame, day: u64, entries: &[usize]) -> io::Result<()> {
    let stem = format!("day/{}", day_name(day));
    let here = frame.here(&stem);
    let title = parts::formatted(day * DAY, "%A %-d %B %Y");
    let sum = Sum { site, entries, day: Some(day), tag: None };
    let first = html! {
        h1 { (title) }
        (sum.show(&here))
    };
    frame.list(
        List {
            stem: &stem,
            title: &title,
            heading: Some("What was written"),
            count: entries.len(),
            first,
        },
        |range| site.entries(site.at(&entries[range]), &here),
    )
}

fn month_name(day: u64) -> String {
    parts::formatted(day * DAY, "%Y-%m")
}

fn called(month: &str, days: &BTreeMap<u64, &[usize]>) -> String {
    days.keys().next().map_or_else(|| month.to_owned(), |day| parts::formatted(day * DAY, "%B %Y"))
}

/// Months on one page: ten years of them.
const MONTHS: usize = 120;
