//! `/programme`: the sessions of a day as a timetable by place, and those without a time;
//! `/programme.ics`: all of them for calendars.
//!
//! | module | what lives there |
//! |---|---|
//! | [`grid`] | where each session stands in the timetable |
//! | [`timetable`] | the timetable as a table |
//! | [`session`] | one session in it |

mod grid;
mod session;
mod timetable;

use std::collections::BTreeMap;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use jiff::Zoned;
use jiff::civil::Date;
use serde::Deserialize;

use crate::board::Board;
use crate::board::download::{Download, Written};
use crate::board::extract::{Origin, Query};
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::parts::{choice, nothing, with_query};
use crate::export::{ExportError, Format};
use crate::phrases::{count, figures};
use crate::programme::{Slot, programme};
use crate::render::parts::Zone;
use crate::render::{Markup, html};
use crate::store::Summary;
use crate::when;
use session::Sessions;

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/programme", get(page)).route("/programme.ics", get(calendar))
}

/// What of the programme to show.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    day: String,
    #[serde(default)]
    workstream: String,
}

async fn page(
    frame: Frame,
    Origin(origin): Origin,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let now = frame.now;
    let wanted = match asked.day.trim() {
        "" => None,
        typed => Some(day_of(when::parse(typed, &Zoned::now()).map_err(Fault::bad)?)),
    };
    let slots = frame.board.read(move |store| Ok(programme(store)?)).await?;
    let programme = Programme::new(slots, asked, wanted, now);
    Ok(frame.page("Programme", programme.show(&origin)))
}

/// All sessions that have a start, for calendars.
async fn calendar(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let commons = frame.board.name().to_owned();
    let file = frame.board.read(move |store| {
        let mut slots = programme(store)?;
        slots.retain(|slot| is_wanted(slot, &asked.workstream));
        slots.truncate(EVENTS);
        let sessions: Vec<Summary> = slots.into_iter().map(|slot| slot.summary).collect();
        Written::by(|out| {
            Format::Ical.write(store, &commons, &sessions, out)?;
            Ok::<_, ExportError>(())
        })
    });
    let name = Some("programme.ics".to_owned());
    Ok(Download { media_type: Format::Ical.media_type(), name }.written(file.await?))
}

/// What the page tells.
struct Programme {
    asked: Asked,
    /// All sessions, to find those that clash with one that is shown.
    sessions: Sessions,
    /// How many sessions of the workstream each day has.
    days: BTreeMap<String, usize>,
    /// The day that is shown, if any has a session.
    day: Option<String>,
    /// All workstreams, in lower case, as somebody wrote them.
    workstreams: BTreeMap<String, String>,
}

impl Programme {
    fn new(slots: Vec<Slot>, asked: Asked, wanted: Option<String>, now: u64) -> Self {
        let mut days: BTreeMap<String, usize> = BTreeMap::new();
        for slot in slots.iter().filter(|slot| is_wanted(slot, &asked.workstream)) {
            if let Some(start) = slot.start {
                *days.entry(day_of(start)).or_default() += 1;
            }
        }
        let workstreams = slots.iter().filter_map(|slot| slot.workstream.as_deref());
        let workstreams = workstreams
            .map(|one| (plain(one), one.trim().trim_start_matches('#').to_owned()))
            .filter(|(plain, _)| !plain.is_empty())
            .collect();
        // Today or the next day with a session, else the last one.
        let today = day_of(now);
        let next = days.keys().find(|day| **day >= today).or(days.keys().next_back());
        let day = wanted.or_else(|| next.cloned());
        Self { asked, sessions: Sessions::new(slots, now), days, day, workstreams }
    }

    fn show(&self, origin: &str) -> Markup {
        html! {
            div.wide {
                div.heading { h1 { "Programme" } a.add href="/new/session" { "Add a session" } }
                (self.choose())
                section data-live="programme" {
                    @if self.sessions.all().is_empty() {
                        (nothing("Nothing is on the programme yet.", &html! {
                            a href="/new/session" { "Propose a session" }
                            "; the time and the place can follow later."
                        }))
                    }
                    @if let Some(day) = &self.day { (self.day(day)) }
                    (self.undated())
                }
                @if !self.days.is_empty() { (self.calendar(origin)) }
            }
        }
    }

    /// The days and the workstreams to choose from.
    fn choose(&self) -> Markup {
        let Asked { workstream, .. } = &self.asked;
        let day = self.asked.day.as_str();
        let to_day =
            |day: &str| with_query("/programme", &[("day", day), ("workstream", workstream)]);
        let to_stream = |one: &str| with_query("/programme", &[("day", day), ("workstream", one)]);
        html! {
            @if self.days.len() > 1 {
                nav aria-label="Days" {
                    ul.choices {
                        @for (day, sessions) in self.near_days() {
                            li { (choice(&short_day(day), Some(sessions as u64), &to_day(day), self.day.as_deref() == Some(day))) }
                        }
                    }
                }
            }
            @if !self.workstreams.is_empty() {
                ul.choices aria-label="Workstreams" {
                    li { (choice("all workstreams", None, &to_stream(""), workstream.is_empty())) }
                    @for (plain, name) in self.workstreams.iter().take(WORKSTREAMS) {
                        li { (choice(&format!("#{name}"), None, &to_stream(plain), is_same(plain, workstream))) }
                    }
                }
            }
        }
    }

    /// The days that are offered: those around the one that is shown.
    fn near_days(&self) -> impl Iterator<Item = (&str, usize)> {
        let shown = self.day.as_ref();
        let place = self.days.keys().position(|day| Some(day) >= shown).unwrap_or_default();
        let first = place.saturating_sub(DAYS / 2);
        let days = self.days.iter().skip(first).take(DAYS);
        days.map(|(day, sessions)| (day.as_str(), *sessions))
    }

    fn day(&self, day: &str) -> Markup {
        let on_day = |slot: &&Slot| slot.start.map(day_of).as_deref() == Some(day);
        let wanted = |slot: &&Slot| is_wanted(slot, &self.asked.workstream);
        let slots: Vec<&Slot> = self.sessions.all().iter().filter(on_day).filter(wanted).collect();
        let clashing = slots.iter().filter(|slot| !slot.clashes.is_empty()).count() as u64;
        let name =
            slots.iter().find_map(|slot| slot.start).map_or_else(|| short_day(day), when::day);
        html! {
            section.day aria-labelledby="day" {
                h2 #day { (name) }
                @if slots.is_empty() {
                    p.empty { "Nothing like that on this day." }
                    p { a href="/programme" { "The whole programme" } }
                }
                @if clashing > 0 {
                    p.warning {
                        (count(clashing, "session clashes", "sessions clash"))
                        " with another over a place or a person. Whoever can may move one: anybody may change a session."
                    }
                }
                (timetable::show(&slots, &self.sessions, &name))
            }
        }
    }

    /// The sessions that are not at any time yet.
    fn undated(&self) -> Markup {
        let slots: Vec<&Slot> = self
            .sessions
            .all()
            .iter()
            .filter(|slot| slot.start.is_none() && is_wanted(slot, &self.asked.workstream))
            .collect();
        html! {
            @if !slots.is_empty() {
                section.quiet aria-labelledby="undated" {
                    h2 #undated { "Not yet at any time" }
                    ul.undated { @for slot in slots.iter().take(UNDATED) { li { (self.sessions.show(slot)) } } }
                    @if slots.len() > UNDATED {
                        p { "and " (figures((slots.len() - UNDATED) as u64)) " more among " a href="/sessions" { "all sessions" } }
                    }
                }
            }
        }
    }

    /// How to have the programme in a calendar.
    fn calendar(&self, origin: &str) -> Markup {
        let path = with_query("/programme.ics", &[("workstream", &self.asked.workstream)]);
        html! {
            details.take {
                summary { "Into your calendar" }
                p { a href=(path) download { "Download the programme" } " and open it in a calendar: it has every session with a start." }
                p {
                    "Or let a calendar on this machine subscribe to it, and it follows each change while the node runs: "
                    code { (origin) (path) }
                }
            }
        }
    }
}

/// Whether it is of the workstream that is asked for, if one is.
fn is_wanted(slot: &Slot, workstream: &str) -> bool {
    workstream.trim().is_empty() || slot.is_of_workstream(workstream)
}

fn is_same(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// A workstream as it is compared.
fn plain(workstream: &str) -> String {
    workstream.trim().trim_start_matches('#').to_lowercase()
}

/// The day of a time where this machine is, as addresses have it.
fn day_of(seconds: u64) -> String {
    Zone::Here.formatted(seconds, "%Y-%m-%d")
}

/// A day in few letters.
fn short_day(day: &str) -> String {
    match day.parse::<Date>() {
        Ok(date) => date.strftime("%a %-d %b").to_string(),
        Err(_) => day.to_owned(),
    }
}

/// Days that are offered at once.
const DAYS: usize = 12;

/// Workstreams that are offered.
const WORKSTREAMS: usize = 30;

/// Sessions without a time that are shown.
const UNDATED: usize = 100;

/// Events of a calendar: a programme of many years.
const EVENTS: usize = 10_000;

#[cfg(test)]
mod tests;
