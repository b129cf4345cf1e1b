//! The programme for calendars (RFC 5545): each session that has a start. Times are in UTC, which
//! every calendar shows in its own zone. Taking the file in again changes the same events: their UIDs
//! are the ids of the entries.

use std::io::Write;

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use jiff::Timestamp;

use super::{Exported, Item, Result};

/// Writes the calendar; `commons` is what it is called.
pub fn write(
    commons: &str,
    items: impl Iterator<Item = Result<Item>>,
    out: &mut impl Write,
) -> Result<Exported> {
    let mut exported = Exported::default();
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//commons//programme//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("X-WR-CALNAME", plain(commons)));
    for item in items {
        let event = event(&item?);
        exported.note(event.is_some());
        calendar.extend(event);
    }
    out.write_all(calendar.to_string().as_bytes())?;
    Ok(exported)
}

/// The event of a session that has a start.
fn event(item: &Item) -> Option<Event> {
    let start = item.time("start")?;
    let summary = item.summary();
    let mut event = Event::new();
    let mut property = |name: &str, value: String| {
        if !value.is_empty() {
            event.add_property(name, plain(&value));
        }
    };
    property("UID", uid(item));
    property("DTSTAMP", moment(summary.changed));
    property("CREATED", moment(summary.created));
    property("LAST-MODIFIED", moment(summary.changed));
    property("SEQUENCE", summary.versions.saturating_sub(1).to_string());
    property("DTSTART", moment(start));
    if let Some(end) = item.time("end").filter(|end| *end > start) {
        property("DTEND", moment(end));
    }
    property("SUMMARY", summary.title.clone());
    property("DESCRIPTION", item.body());
    property("LOCATION", item.text("place").unwrap_or_default().to_owned());
    let leads = item.set("leads").join(", ");
    property("CONTACT", leads);
    if let Some((_, address)) = item.addresses().into_iter().next() {
        property("URL", address);
    }
    let workstream = item.text("workstream").map(plain);
    let tags =
        summary.tags.iter().map(|tag| plain(tag)).filter(|tag| Some(tag) != workstream.as_ref());
    let categories: Vec<String> =
        workstream.clone().into_iter().chain(tags).take(CATEGORIES).collect();
    if !categories.is_empty() {
        event.categories(categories);
    }
    if item.text("status").is_some_and(is_cancelled) {
        event.status(EventStatus::Cancelled);
    }
    Some(event.done())
}

/// What calendars know the session by, wherever it is taken out.
fn uid(item: &Item) -> String {
    format!("{}@commons", item.id())
}

fn is_cancelled(status: &str) -> bool {
    matches!(status.trim().to_lowercase().as_str(), "cancelled" | "canceled")
}

/// A moment in UTC as calendars write it. The last that they hold stands for all later ones.
fn moment(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let moment = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A stranger's text without what would end a line of the file, or is in no text.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

/// Categories of one event at most: more would help nobody.
const CATEGORIES: usize = 50;
