//! The programme as a timetable: a table for each day, with the places side by side, and what clashes.

use std::collections::BTreeMap;
use std::io;

use super::gather::DAY;
use super::map::Here;
use super::shell::{Frame, number};
use super::site::Site;
use crate::programme::Slot;
use crate::render::{Links as _, Markup, html, parts};

/// Writes the page.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let mut days: BTreeMap<u64, Vec<&Slot>> = BTreeMap::new();
    let mut undated = Vec::new();
    for slot in &site.programme {
        match slot.start {
            Some(start) => days.entry(start / DAY).or_default().push(slot),
            None => undated.push(slot),
        }
    }
    let table = Table { site, here: &frame.here("programme") };
    let clashing = site.programme.iter().filter(|slot| !slot.clashes.is_empty()).count();
    let main = html! {
        h1 { "Programme" }
        @if site.programme.is_empty() { p.empty { "There were no sessions." } }
        @else {
            p.lead {
                "Times are in UTC. " a href="programme.ics" { "Take it into your calendar" } "."
            }
            @if clashing > 0 {
                p.warning { (number(clashing, "session clashes", "sessions clash")) " with another." }
            }
        }
        @for (day, slots) in days.iter().take(DAYS) {
            section {
                h2 { (parts::formatted(day * DAY, "%A %-d %B %Y")) }
                (table.day(slots))
            }
        }
        @if days.len() > DAYS {
            p.meta { "and " (days.len() - DAYS) " days after that, each session on its own page" }
        }
        @if !undated.is_empty() {
            section {
                h2 { "Not at any time yet" }
                @for slot in undated.iter().take(UNDATED) { (table.session(slot)) }
                @if undated.len() > UNDATED { p.meta { "and " (undated.len() - UNDATED) " more" } }
            }
        }
    };
    frame.page("programme", "Programme", main)
}

struct Table<'t> {
    site: &'t Site<'t>,
    here: &'t Here<'t>,
}

impl Table<'_> {
    /// A day: a row for each time at which something begins, a column for each place if these are
    /// few.
    fn day(&self, slots: &[&Slot]) -> Markup {
        let mut places: BTreeMap<String, &str> = BTreeMap::new();
        for place in slots.iter().filter_map(|slot| slot.place.as_deref()) {
            places.entry(place.to_lowercase()).or_insert(place);
        }
        let is_wide = (2..=PLACES).contains(&places.len());
        let mut columns: Vec<Option<(&String, &str)>> = match is_wide {
            true => places.iter().map(|(key, place)| Some((key, *place))).collect(),
            false => vec![None],
        };
        let placeless = slots.iter().any(|slot| slot.place.is_none());
        if is_wide && placeless {
            columns.push(None);
        }
        let mut rows: BTreeMap<u64, Vec<&Slot>> = BTreeMap::new();
        for slot in slots {
            rows.entry(slot.start.unwrap_or_default()).or_default().push(slot);
        }
        let belongs = |slot: &Slot, column: &Option<(&String, &str)>| match (column, is_wide) {
            (Some((key, _)), _) => {
                slot.place.as_ref().is_some_and(|place| place.to_lowercase() == **key)
            }
            (None, true) => slot.place.is_none(),
            (None, false) => true,
        };
        html! {
            table.timetable.by-place[is_wide] {
                thead {
                    tr {
                        th scope="col" { "Time" }
                        @for column in &columns {
                            th scope="col" {
                                @match column {
                                    Some((_, place)) => (parts::line(place)),
                                    None => @if is_wide { "Elsewhere" } @else { "Session" },
                                }
                            }
                        }
                    }
                }
                tbody {
                    @for (start, slots) in &rows {
                        tr {
                            th scope="row" { (parts::clock(*start)) }
                            @for column in &columns {
                                td {
                                    @for slot in slots.iter().filter(|slot| belongs(slot, column)) {
                                        (self.session(slot))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn session(&self, slot: &Slot) -> Markup {
        let summary = &slot.summary;
        html! {
            div.session {
                p.title { (parts::entry(&summary.id, &summary.title, self.here)) }
                p.meta {
                    @if let (Some(start), Some(end)) = (slot.start, slot.end) {
                        (parts::clock(start)) "–"
                        @if end / DAY == start / DAY { (parts::clock(end)) } @else { (parts::time(end)) }
                    }
                    @if let Some(place) = &slot.place { " " span.place { (parts::line(place)) } }
                    @if let Some(workstream) = &slot.workstream {
                        " " (self.workstream(workstream))
                    }
                    @if !slot.leads.is_empty() {
                        " with "
                        @for (at, lead) in slot.leads.iter().take(LEADS).enumerate() {
                            @if at > 0 { ", " }
                            (parts::line(lead))
                        }
                        @if slot.leads.len() > LEADS { " and others" }
                    }
                }
                @for clash in &slot.clashes {
                    p.warning {
                        "Clashes with "
                        (parts::entry(&clash.with, self.site.map.called(&clash.with).unwrap_or_default(), self.here))
                        " over " (parts::line(&clash.over))
                    }
                }
            }
        }
    }

    /// A workstream, which is a tag if somebody uses it so.
    fn workstream(&self, workstream: &str) -> Markup {
        match self.here.tag(workstream) {
            Some(_) => parts::tag(workstream, self.here),
            None => html! { span.tag { (parts::line(workstream)) } },
        }
    }
}

/// Places that stand side by side: more do not fit a screen.
const PLACES: usize = 5;

/// Days of a programme: a stranger may give a session any time.
const DAYS: usize = 100;

/// Sessions without a time that are shown.
const UNDATED: usize = 200;

/// People who lead one session that are named.
const LEADS: usize = 10;
