//! A day's timetable as a table, with a column for each place; on a narrow screen its sessions stand
//! below one another by time. A day that does not fit a table is a list from the start.

use super::grid::{Cell, Grid};
use super::session::Sessions;
use crate::phrases::figures;
use crate::programme::Slot;
use crate::render::{Markup, html, parts};
use crate::when;

/// The sessions of the day of this name, in the order of their starts.
pub(super) fn show(slots: &[&Slot], sessions: &Sessions, day: &str) -> Markup {
    match Grid::new(slots) {
        Some(grid) => table(&grid, sessions, day),
        None => list(slots, sessions),
    }
}

fn table(grid: &Grid, sessions: &Sessions, day: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Timetable of " (day) } {
            table.timetable {
                caption.unseen { "Timetable of " (day) ", by place" }
                thead {
                    tr {
                        th scope="col" { span.unseen { "Time" } }
                        @for column in &grid.places {
                            th scope="col" colspan=[over(column.lanes)] {
                                @match column.place {
                                    Some(place) => (parts::line(place)),
                                    None => "no place yet",
                                }
                            }
                        }
                    }
                }
                tbody {
                    @for (start, end) in grid.rows() { (row(grid, sessions, start, end)) }
                }
            }
        }
    }
}

fn row(grid: &Grid, sessions: &Sessions, start: u64, end: u64) -> Markup {
    let is_now = sessions.is_now(start, end);
    html! {
        tr.{ "long-" (length(start, end)) }.current[is_now] {
            th scope="row" { (when::clock(start)) @if is_now { span.badge { "now" } } }
            @for column in &grid.places {
                @for cell in grid.cells(column, start) {
                    @match cell {
                        Cell::Free { lanes } => td.free colspan=[over(lanes)] {},
                        Cell::Session { slot, rows, lanes } => {
                            td rowspan=[over(rows)] colspan=[over(lanes)] { (sessions.show(slot)) }
                        }
                    }
                }
            }
        }
    }
}

fn list(slots: &[&Slot], sessions: &Sessions) -> Markup {
    html! {
        ul.by-time { @for slot in slots.iter().take(LISTED) { li { (sessions.show(slot)) } } }
        @if slots.len() > LISTED {
            p { "and " (figures((slots.len() - LISTED) as u64)) " more among " a href="/sessions" { "all sessions" } }
        }
    }
}

/// What a span of cells is told by, if it is more than one.
fn over(cells: usize) -> Option<usize> {
    (cells > 1).then_some(cells)
}

/// How long a row is, in quarters of an hour up to two hours: the style has a height for each.
fn length(start: u64, end: u64) -> u64 {
    (end - start).div_ceil(QUARTER).clamp(1, 8)
}

/// Seconds of a quarter of an hour.
const QUARTER: u64 = 15 * 60;

/// Sessions of a day that are listed.
const LISTED: usize = 300;
