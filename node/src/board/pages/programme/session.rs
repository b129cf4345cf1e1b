//! One session as the programme shows it.

use std::collections::BTreeMap;

use commons_proto::id::EntryId;

use crate::board::parts::{LINKS, encoded, tag_page};
use crate::programme::Slot;
use crate::render::parts::Zone;
use crate::render::{Markup, html, parts};
use crate::when;
use crate::words;

/// All sessions, of which some are shown.
pub(super) struct Sessions {
    all: Vec<Slot>,
    places: BTreeMap<EntryId, usize>,
    now: u64,
}

impl Sessions {
    pub(super) fn new(all: Vec<Slot>, now: u64) -> Self {
        let places = all.iter().enumerate().map(|(at, slot)| (slot.summary.id, at)).collect();
        Self { all, places, now }
    }

    /// All sessions, in the order of the programme.
    pub(super) fn all(&self) -> &[Slot] {
        &self.all
    }

    /// Whether a row from then to then has now in it.
    pub(super) fn is_now(&self, start: u64, end: u64) -> bool {
        (start..end).contains(&self.now)
    }

    /// The session, to stand below the heading of a day.
    pub(super) fn show(&self, slot: &Slot) -> Markup {
        let is_now = slot.is_at(self.now);
        let title =
            parts::entry(&slot.summary.id, &words::cut(&slot.summary.title, TITLE_CHARS), &LINKS);
        html! {
            article.session.now[is_now].clashing[!slot.clashes.is_empty()] id=(anchor(slot)) data-key=(slot.summary.id) {
                p.times {
                    (times(slot))
                    @if is_now { " " span.badge { "now" } }
                    @if let Some(place) = &slot.place { span.where { " · " (parts::line(place)) } }
                }
                h3 { (title) }
                (about(slot))
                @for clash in slot.clashes.iter().take(CLASHES) {
                    p.warning {
                        "Clashes with "
                        @match self.places.get(&clash.with).map(|at| &self.all[*at]) {
                            Some(other) => a href=(self.leads(other, slot)) { (parts::title(&other.summary.title)) },
                            None => "another session",
                        }
                        " over " (parts::line(&clash.over))
                    }
                }
            }
        }
    }

    /// Where another session is: on the page of this one, if it is of the same day.
    fn leads(&self, other: &Slot, from: &Slot) -> String {
        let day = |slot: &Slot| slot.start.map(super::day_of);
        match day(other) {
            Some(other_day) if Some(&other_day) != day(from).as_ref() => {
                format!("/programme?day={}#{}", encoded(&other_day), anchor(other))
            }
            _ => format!("#{}", anchor(other)),
        }
    }
}

/// The place of a session in the page.
fn anchor(slot: &Slot) -> String {
    format!("session-{}", slot.summary.short)
}

fn times(slot: &Slot) -> Markup {
    html! {
        @match slot.start {
            Some(start) => {
                time datetime=(when::rfc3339(start)) { (when::clock(start)) }
                @if let Some(end) = slot.end { "–" (Zone::Here.end(start, end)) }
            }
            None => "no time yet",
        }
    }
}

/// The workstream and who leads.
fn about(slot: &Slot) -> Markup {
    let workstream = slot.workstream.as_deref().map(|one| one.trim().trim_start_matches('#'));
    html! {
        @if workstream.is_some() || !slot.leads.is_empty() {
            p.meta {
                @if let Some(workstream) = workstream {
                    a.tag href=(tag_page(&workstream.to_lowercase())) { bdi { "#" (crate::escape::line(workstream)) } }
                }
                @if workstream.is_some() && !slot.leads.is_empty() { " · " }
                @if !slot.leads.is_empty() {
                    "with "
                    @for (at, lead) in slot.leads.iter().take(LEADS).enumerate() {
                        @if at > 0 { ", " }
                        (parts::line(lead))
                    }
                    @if slot.leads.len() > LEADS { " and others" }
                }
            }
        }
    }
}

/// Characters of a title in the timetable: a few lines of a narrow column.
const TITLE_CHARS: usize = 120;

/// Clashes of one session that are told.
const CLASHES: usize = 4;

/// People who lead one session that are named.
const LEADS: usize = 6;
