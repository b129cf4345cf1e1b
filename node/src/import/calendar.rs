//! Calendars: iCalendar (RFC 5545). Each event is a session. Who is invited is never taken, of who
//! organises it only the name; what is marked as private is skipped.

mod content;
mod zones;

use std::collections::BTreeMap;
use std::ops::Range;

use commons_proto::kind::Kind;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

use super::html;
use super::item::{Contents, Item};
use super::source;

use content::{Line, lines};
use zones::Zones;

/// The events of a calendar. `now` says in which zone times without one are.
pub(super) fn read(text: &str, now: &Zoned) -> Contents {
    let mut contents = Contents::default();
    let all: Vec<Line> = lines(text).take(LINES).collect();
    if all.len() == LINES {
        contents.notices.push(format!("only its first {LINES} lines were looked at; split it"));
    }
    let zones = Zones::of(&all, now.time_zone().clone());
    let mut event: Option<Event> = None;
    // Alarms and whatever else stands in an event.
    let mut within = 0_usize;
    for line in &all {
        match (line.name.as_str(), line.raw().trim().to_uppercase().as_str()) {
            ("BEGIN", "VEVENT") if event.is_none() => event = Some(Event::new(line.number)),
            ("BEGIN", what @ ("VTODO" | "VJOURNAL")) if event.is_none() => {
                let what = if what == "VTODO" { "a task" } else { "a journal" };
                contents.skip(line.number, format!("{what} is no session"));
            }
            ("BEGIN", _) if event.is_some() => within += 1,
            ("END", _) if within > 0 => within -= 1,
            ("END", _) => {
                if let Some(event) = event.take() {
                    take(event, &zones, &mut contents);
                }
            }
            _ if within == 0 => {
                if let Some(event) = &mut event {
                    event.add(line);
                }
            }
            _ => {}
        }
        if contents.is_too_much() {
            break;
        }
    }
    if let Some(event) = event {
        contents.skip(event.line, "the file ends within this event");
    }
    contents
}

/// The lines of an event, by name.
struct Event<'l, 't> {
    line: u64,
    lines: BTreeMap<&'l str, Vec<&'l Line<'t>>>,
    count: usize,
}

impl<'l, 't> Event<'l, 't> {
    fn new(line: u64) -> Self {
        Self { line, lines: BTreeMap::new(), count: 0 }
    }

    fn add(&mut self, line: &'l Line<'t>) {
        self.count += 1;
        if self.count <= EVENT_LINES {
            self.lines.entry(line.name.as_str()).or_default().push(line);
        }
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'l Line<'t>> {
        self.lines.get(name).into_iter().flatten().copied()
    }

    fn first(&self, name: &str) -> Option<&'l Line<'t>> {
        self.all(name).next()
    }

    fn text(&self, name: &str) -> String {
        self.first(name).map(Line::text).unwrap_or_default()
    }
}

fn take(event: Event, zones: &Zones, contents: &mut Contents) {
    let class = event.text("CLASS").to_uppercase();
    if class == "PRIVATE" || class == "CONFIDENTIAL" {
        return contents.skip(event.line, "it is marked as private");
    }
    let mut item = Item::at(event.line);
    item.kind = Some(Kind::Session);
    item.title = event.text("SUMMARY").trim().to_owned();
    let description = event.text("DESCRIPTION");
    let text =
        if html::is_html(&description) { html::to_markdown(&description) } else { description };
    item.add_text(&text);
    item.set_line("place", &event.text("LOCATION"));
    let status = event.text("STATUS").to_lowercase();
    if status != "confirmed" {
        item.set_line("status", &status);
    }
    times(&event, zones, &mut item);
    for categories in event.all("CATEGORIES") {
        for category in categories.list() {
            item.add("tags", &category);
        }
    }
    for name in event.all("ORGANIZER").filter_map(|line| line.parameter("CN")) {
        item.add("leads", name);
    }
    for contact in event.all("CONTACT") {
        for name in contact.list() {
            item.add("leads", &name);
        }
    }
    // A name that is an address is none.
    if let Some(leads) = item.sets.get_mut("leads") {
        leads.retain(|name| !name.contains('@'));
    }
    for line in event.all("URL").chain(event.all("CONFERENCE")) {
        if source::is_web(line.raw().trim()) {
            item.add("links", line.raw());
        }
    }
    let uid = event.text("UID");
    if !uid.trim().is_empty() {
        // One time of what repeats, by its moment, however it is written.
        let which = event.first("RECURRENCE-ID").map(|line| {
            let moment = zones.moment(line).map(|(moment, _)| moment.timestamp().to_string());
            moment.unwrap_or_else(|| line.raw().trim().to_owned())
        });
        item.source = Some(source::of_event(&uid, which.as_deref()));
    }
    contents.items.push(item);
}

fn times(event: &Event, zones: &Zones, item: &mut Item) {
    let Some(line) = event.first("DTSTART") else { return };
    let Some((start, is_day)) = zones.moment(line) else {
        item.notice(format!("the start “{}” is not a time", line.raw()));
        return;
    };
    if let Some(zone) = zones.unknown(line) {
        item.notice(format!(
            "the zone “{zone}” is not known, so times are taken as of this machine's"
        ));
    }
    let end = match (event.first("DTEND"), event.first("DURATION")) {
        (Some(end), _) => zones.moment(end).map(|(end, _)| end),
        (None, Some(lasts)) => {
            duration(lasts.raw()).and_then(|lasts| start.checked_add(lasts).ok())
        }
        (None, None) if is_day => start.tomorrow().ok(),
        (None, None) => None,
    };
    for (field, moment) in [("start", Some(&start)), ("end", end.as_ref())] {
        let seconds = moment.and_then(|moment| u64::try_from(moment.timestamp().as_second()).ok());
        if let Some(seconds) = seconds {
            item.times.insert(field, seconds);
        }
    }
    if item.times.get("end") <= item.times.get("start") {
        item.times.remove("end");
    }
    if event.first("RRULE").is_some() || event.first("RDATE").is_some() {
        item.notice("it repeats; only its first time is taken");
    }
}

/// How long something takes: RFC 5545, 3.3.6, which is ISO 8601 without months and years.
fn duration(text: &str) -> Option<SignedDuration> {
    let text = text.trim().trim_start_matches('+');
    let weeks = text.strip_prefix('P').and_then(|rest| rest.strip_suffix('W'));
    if let Some(weeks) = weeks.and_then(|weeks| weeks.parse::<i64>().ok()) {
        return SignedDuration::try_from_hours(weeks.checked_mul(7 * 24)?);
    }
    let rest = text.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let days = match days.strip_suffix('D') {
        Some(days) => days.parse::<i64>().ok()?,
        None if days.is_empty() => 0,
        None => return None,
    };
    let time =
        if time.is_empty() { SignedDuration::ZERO } else { format!("PT{time}").parse().ok()? };
    SignedDuration::try_from_hours(days.checked_mul(24)?)?.checked_add(time)
}

/// A date, or a date with a time and perhaps a `Z`: RFC 5545, 3.3.4 and 3.3.5.
fn date_time(text: &str) -> Option<(DateTime, bool, bool)> {
    let text = text.trim();
    let is_utc = text.ends_with(['Z', 'z']);
    let bare = text.trim_end_matches(['Z', 'z']);
    if let Some((date, time)) = bare.split_once(['T', 't']) {
        let date = Date::strptime("%Y%m%d", date).ok()?;
        let digits = |range: Range<usize>| time.get(range)?.parse::<i8>().ok();
        // A leap second is the second before.
        let second = digits(4..6).unwrap_or(0).min(59);
        let is_time = (time.len() == 6 || time.len() == 4) && time.is_ascii();
        let moment =
            (is_time).then(|| jiff::civil::Time::new(digits(0..2)?, digits(2..4)?, second, 0).ok());
        return Some((date.to_datetime(moment??), is_utc, false));
    }
    let date = Date::strptime("%Y%m%d", bare).ok()?;
    Some((date.into(), false, true))
}

/// The moment at which a clock in this zone shows this.
fn at(moment: DateTime, zone: &TimeZone) -> Option<Zoned> {
    moment.to_zoned(zone.clone()).ok()
}

/// Lines of a calendar at most: what 64 MiB have, if they are of usual length.
const LINES: usize = 2_000_000;

/// Lines of one event that are looked at: those who are invited are the most of them.
const EVENT_LINES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+01:00[+01:00]".parse().unwrap()
    }

    fn event(lines: &str) -> Item {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let contents = read(&text, &noon());
        contents.items.into_iter().next().unwrap_or_else(|| panic!("{:?}", contents.skipped))
    }

    #[test]
    fn an_event_is_a_session() {
        let session = event(
            "UID:1@example\r\nSUMMARY:Beds\\, and mats\r\nDTSTART:20261123T090000Z\r\nDURATION:PT45M\r\n\
             DESCRIPTION:A long\r\n  line.\\nTwo.\r\nLOCATION:Room 2\r\nCATEGORIES:Hygiene,Ward 3\r\n\
             ORGANIZER;CN=\"Ana; of ward 3\":MAILTO:nobody\r\nATTENDEE;CN=Ben:MAILTO:nobody\r\n\
             BEGIN:VALARM\r\nDESCRIPTION:Wake up\r\nEND:VALARM\r\nURL:https://example.org/beds",
        );
        assert_eq!(
            (session.title.as_str(), session.body.as_str()),
            ("Beds, and mats", "A long line.\nTwo.")
        );
        assert_eq!(session.lines["place"], "Room 2");
        assert_eq!((session.times["start"], session.times["end"]), (1_795_424_400, 1_795_427_100));
        assert_eq!(session.sets["tags"], ["Hygiene", "Ward 3"]);
        assert_eq!(session.sets["leads"], ["Ana; of ward 3"]);
        assert_eq!(session.sets["links"], ["https://example.org/beds"]);
        assert_eq!(session.source.as_deref(), Some("ical:1@example"));
        assert_eq!(session.place.line, 2);
    }

    #[test]
    fn times_are_those_of_their_zone() {
        for (start, seconds) in [
            ("DTSTART:20261123T100000", 1_795_424_400),
            ("DTSTART;TZID=Europe/London:20261123T090000", 1_795_424_400),
            ("DTSTART;TZID=/example.org/20200101/Europe/London:20261123T090000", 1_795_424_400),
            ("DTSTART;TZID=America/New_York:20260701T090000", 1_782_910_800),
            ("DTSTART;VALUE=DATE:20261123", 1_795_388_400),
        ] {
            assert_eq!(event(start).times["start"], seconds, "{start}");
        }
        assert_eq!(event("DTSTART;VALUE=DATE:20261123").times["end"], 1_795_388_400 + 86_400);
        let strange = event("DTSTART;TZID=Ward:20261123T100000");
        assert_eq!(strange.times["start"], 1_795_424_400);
        assert!(strange.notices[0].contains("Ward"));
        assert!(event("DTSTART:2026").times.is_empty());
    }

    #[test]
    fn what_is_private_or_no_event_is_skipped() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nCLASS:PRIVATE\nSUMMARY:x\nEND:VEVENT\n\
            BEGIN:VTODO\nSUMMARY:y\nEND:VTODO\nBEGIN:VEVENT\nSUMMARY:z\n";
        let contents = read(text, &noon());
        assert!(contents.items.is_empty());
        let lines: Vec<u64> = contents.skipped.iter().map(|skipped| skipped.place.line).collect();
        assert_eq!(lines, [2, 6, 9]);
    }

    #[test]
    fn each_time_of_what_repeats_has_a_source_of_its_own() {
        let first = event("UID:1\r\nRRULE:FREQ=DAILY\r\nDTSTART:20261123T090000Z");
        assert!(first.notices[0].contains("repeats"));
        let moved = event(
            "UID:1\r\nRECURRENCE-ID;TZID=Europe/London:20261124T090000\r\nDTSTART:20261124T100000Z",
        );
        assert_eq!(moved.source.as_deref(), Some("ical:1/2026-11-24T09:00:00Z"));
    }

    #[test]
    fn durations_are_those_of_calendars() {
        for (text, seconds) in
            [("PT1H30M", 5400), ("P1D", 86_400), ("P1DT1H", 90_000), ("P2W", 1_209_600)]
        {
            assert_eq!(duration(text).map(|lasts| lasts.as_secs()), Some(seconds), "{text}");
        }
        for text in ["", "P", "1H", "P999999999999999999W", "PT"] {
            assert!(duration(text).is_none_or(|lasts| lasts.is_zero()), "{text}");
        }
    }
}
