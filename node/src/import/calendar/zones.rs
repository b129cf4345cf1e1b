//! The zones of a calendar. A zone that the IANA database has is that one, whatever the file says of it;
//! another, such as those of Outlook, is what the file's own VTIMEZONE says (RFC 5545, 3.6.5), as a rule
//! for every year.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::content::Line;
use super::{at, date_time};

/// The zones that are known by name.
pub(super) struct Zones {
    local: TimeZone,
    /// The file's own, and what they mean.
    own: BTreeMap<String, TimeZone>,
}

impl Zones {
    /// The zones that these lines describe. What has none is in the local one, or in that of the calendar.
    pub(super) fn of(lines: &[Line], local: TimeZone) -> Self {
        let mut zones = Self { local, own: BTreeMap::new() };
        let calendars = lines.iter().find(|line| line.name == "X-WR-TIMEZONE");
        if let Some(zone) = calendars.and_then(|line| named(line.raw())) {
            zones.local = zone;
        }
        let mut open: Option<Described> = None;
        for line in lines {
            let value = line.raw().trim();
            match (line.name.as_str(), &mut open) {
                ("BEGIN", None) if value.eq_ignore_ascii_case("VTIMEZONE") => {
                    open = Some(Described::default());
                }
                ("END", Some(described)) if value.eq_ignore_ascii_case("VTIMEZONE") => {
                    if zones.own.len() < ZONES
                        && let Some(zone) = described.zone()
                    {
                        zones.own.insert(std::mem::take(&mut described.name), zone);
                    }
                    open = None;
                }
                (_, Some(described)) => described.add(line),
                _ => {}
            }
        }
        zones
    }

    /// The moment in the value of a line, and whether it is a whole day.
    pub(super) fn moment(&self, line: &Line) -> Option<(Zoned, bool)> {
        let (moment, is_utc, is_day) = date_time(line.raw())?;
        let zone = match line.parameter("TZID") {
            _ if is_utc => TimeZone::UTC,
            Some(name) => self.find(name).unwrap_or_else(|| self.local.clone()),
            None => self.local.clone(),
        };
        at(moment, &zone).map(|zoned| (zoned, is_day))
    }

    /// The zone that the line names and that nobody knows.
    pub(super) fn unknown<'l>(&self, line: &'l Line) -> Option<&'l str> {
        line.parameter("TZID").filter(|name| self.find(name).is_none())
    }

    fn find(&self, name: &str) -> Option<TimeZone> {
        named(name).or_else(|| self.own.get(name).cloned())
    }
}

/// The zone of the IANA database with this name, which may have a path in front of it.
fn named(name: &str) -> Option<TimeZone> {
    let name = name.trim().trim_matches('"');
    if name.len() > NAME_BYTES {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
    let from = parts.len().saturating_sub(3);
    (from..parts.len()).find_map(|at| {
        let name = parts[at..].join("/");
        // A single word, such as the last of a path, may be anything.
        let is_name = name.contains('/') || parts.len() == 1;
        is_name.then(|| TimeZone::get(&name).ok()).flatten()
    })
}

/// A zone as a file describes it.
#[derive(Default)]
struct Described {
    name: String,
    part: Option<Part>,
    /// The latest of each: of standard time, and of summer time.
    standard: Option<Part>,
    daylight: Option<Part>,
}

/// Standard or summer time: since when, how far from UTC, and when in a year it begins.
#[derive(Default, Clone)]
struct Part {
    is_daylight: bool,
    since: String,
    offset: Option<i32>,
    rule: String,
}

impl Described {
    fn add(&mut self, line: &Line) {
        let value = line.raw().trim();
        match (line.name.as_str(), &mut self.part) {
            ("TZID", None) => value.clone_into(&mut self.name),
            ("BEGIN", _) => {
                let is_daylight = value.eq_ignore_ascii_case("DAYLIGHT");
                self.part = Some(Part { is_daylight, ..Part::default() });
            }
            ("END", part @ Some(_)) => {
                let Some(part) = part.take() else { return };
                let latest = if part.is_daylight { &mut self.daylight } else { &mut self.standard };
                if latest.as_ref().is_none_or(|latest| latest.since <= part.since) {
                    *latest = Some(part);
                }
            }
            ("DTSTART", Some(part)) => value.clone_into(&mut part.since),
            ("TZOFFSETTO", Some(part)) => part.offset = offset(value),
            ("RRULE", Some(part)) => value.clone_into(&mut part.rule),
            _ => {}
        }
    }

    /// The zone, by way of the rule that POSIX has for one (`STD-1DST-2,M3.5.0/2,M10.5.0/3`).
    fn zone(&self) -> Option<TimeZone> {
        let standard = self.standard.as_ref().or(self.daylight.as_ref())?;
        let mut rule = format!("<std>{}", posix_offset(standard.offset?));
        if let (Some(_), Some(daylight)) = (&self.standard, &self.daylight)
            && let (Some(begins), Some(ends)) = (daylight.begins(), standard.begins())
        {
            rule.push_str(&format!("<dst>{},{begins},{ends}", posix_offset(daylight.offset?)));
        }
        TimeZone::posix(&rule).ok()
    }
}

impl Part {
    /// When in a year it begins, by the month, the week and the day.
    fn begins(&self) -> Option<String> {
        let part = |name: &str| {
            let found = self.rule.split(';').find_map(|part| {
                part.split_once('=').filter(|(n, _)| n.eq_ignore_ascii_case(name))
            });
            found.map(|(_, value)| value.trim())
        };
        let month: u8 = part("BYMONTH")?.parse().ok()?;
        let day = part("BYDAY")?;
        let (week, day) = day.split_at_checked(day.len().checked_sub(2)?)?;
        let week: i8 =
            if week.is_empty() { 1 } else { week.trim_start_matches('+').parse().ok()? };
        let week = if week < 0 { 5 } else { week };
        let day = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
            .iter()
            .position(|name| day.eq_ignore_ascii_case(name))?;
        let (since, _, _) = date_time(&self.since)?;
        let time = since.time();
        Some(format!("M{month}.{week}.{day}/{}:{:02}", time.hour(), time.minute()))
    }
}

/// Seconds east of UTC: `+0100`, `-053000`.
fn offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.trim_start_matches('+')),
    };
    let part = |range: Range<usize>| {
        digits.get(range).map_or(Some(0), |part: &str| part.parse::<i32>().ok())
    };
    if !(4..=6).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Some(sign * (part(0..2)? * 3600 + part(2..4)? * 60 + part(4..6)?))
}

/// The same as POSIX has it: west of UTC.
fn posix_offset(east: i32) -> String {
    let (sign, seconds) = if east > 0 { ("-", east) } else { ("", -east) };
    format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Zones of one file at most.
const ZONES: usize = 1000;

/// Bytes of a zone's name at most.
const NAME_BYTES: usize = 200;

#[cfg(test)]
mod tests {
    use super::super::content::lines;
    use super::*;

    #[test]
    fn a_zone_that_only_the_file_knows_is_what_it_says() {
        let text = "BEGIN:VTIMEZONE\nTZID:W. Ward Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\n\
            TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
            BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
            RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n\
            DTSTART;TZID=W. Ward Standard Time:20260701T120000\n\
            DTSTART;TZID=W. Ward Standard Time:20261201T120000\n";
        let all: Vec<Line> = lines(text).collect();
        let zones = Zones::of(&all, TimeZone::UTC);
        let hours: Vec<_> = all
            .iter()
            .filter(|line| line.parameter("TZID").is_some())
            .map(|line| zones.moment(line).unwrap().0.timestamp().to_string())
            .collect();
        assert_eq!(hours, ["2026-07-01T10:00:00Z", "2026-12-01T11:00:00Z"]);
    }

    #[test]
    fn offsets_are_read_and_turned_round() {
        for (text, posix) in [("+0100", "-1:00:00"), ("-0530", "5:30:00"), ("+0000", "0:00:00")] {
            assert_eq!(offset(text).map(posix_offset).as_deref(), Some(posix));
        }
        for text in ["", "1", "+1", "01:00", "ä100"] {
            assert_eq!(offset(text), None, "{text}");
        }
    }
}
