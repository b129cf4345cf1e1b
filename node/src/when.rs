//! Times as people type and read them. A commons keeps seconds since 1970 UTC.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _, Zoned};

/// The time now, in seconds since 1970 UTC.
pub fn now() -> u64 {
    Timestamp::now().as_second().try_into().unwrap_or(0)
}

/// Reads a time: RFC 3339, a date or a date with a time (in the zone of this machine), a span
/// before `now` such as `2h`, `3d` or `1w`; `today`, `yesterday` or `tomorrow`, also with a time; or a
/// time of today.
pub fn parse(text: &str, now: &Zoned) -> Result<u64, String> {
    let text = text.trim();
    let zone = now.time_zone();
    let moment = match text {
        "now" => Some(now.timestamp()),
        _ => parse_moment(text, zone)
            .or_else(|| parse_near(text, now))
            .or_else(|| parse_span(text, now)),
    };
    moment.and_then(|moment| u64::try_from(moment.as_second()).ok()).ok_or_else(|| {
        format!(
            "“{text}” is not a time; write a date like 2026-11-22, a time like \
             2026-11-22T09:30:00Z, 14:30 or tomorrow 9:00, or how long ago: 45m, 2h, 3d, 1w"
        )
    })
}

/// As [`parse`], for the end of a span: of a day or a month it is the end that is meant.
pub fn parse_end(text: &str, now: &Zoned) -> Result<u64, String> {
    let start = parse(text, now)?;
    let zone = now.time_zone();
    let text = text.trim();
    let span = match text {
        "yesterday" | "today" | "tomorrow" => 1.day(),
        _ if text.parse::<Timestamp>().is_ok() || text.contains(':') => return Ok(start),
        _ if text.parse::<Date>().is_ok() => 1.day(),
        _ if format!("{text}-01").parse::<Date>().is_ok() => 1.month(),
        _ => return Ok(start),
    };
    let end = timestamp(start).to_zoned(zone.clone()).checked_add(span);
    Ok(end.ok().and_then(|end| u64::try_from(end.timestamp().as_second()).ok()).unwrap_or(start))
}

/// Reads how long something takes, in seconds: `45m`, `2h`, `1h 30m`.
pub fn duration(text: &str) -> Option<u64> {
    let duration: SignedDuration = text.trim().parse().ok()?;
    u64::try_from(duration.as_secs()).ok().filter(|seconds| *seconds > 0)
}

/// RFC 3339 in UTC, as JSON has it. A time that no calendar holds is the last one that it does.
pub fn rfc3339(seconds: u64) -> String {
    timestamp(seconds).to_string()
}

/// A time for people: `2026-11-22 09:30`, in this machine's zone.
pub fn local(seconds: u64) -> String {
    timestamp(seconds).to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A day for people: `Sunday 22 November 2026`, in this machine's zone.
pub fn day(seconds: u64) -> String {
    timestamp(seconds).to_zoned(TimeZone::system()).strftime("%A %-d %B %Y").to_string()
}

/// A time of the day: `09:30`, in this machine's zone.
pub fn clock(seconds: u64) -> String {
    timestamp(seconds).to_zoned(TimeZone::system()).strftime("%H:%M").to_string()
}

/// How long ago a time is: `just now`, `12 min ago`, `3 days ago`; after a year, the date.
pub fn ago(seconds: u64, now: u64) -> String {
    let Some(past) = now.checked_sub(seconds) else {
        return match seconds - now {
            0..MINUTE => "just now".to_owned(),
            ahead => format!("in {}", span(ahead)),
        };
    };
    match past {
        0..10 => "just now".to_owned(),
        10..YEAR => format!("{} ago", span(past)),
        _ => timestamp(seconds).strftime("%Y-%m-%d").to_string(),
    }
}

/// A span in its largest unit: `40 s`, `12 min`, `1 day`.
pub fn span(seconds: u64) -> String {
    let unit = |number: u64, one: &str, many: &str| {
        format!("{number} {}", if number == 1 { one } else { many })
    };
    match seconds {
        0..MINUTE => unit(seconds, "s", "s"),
        MINUTE..HOUR => unit(seconds / MINUTE, "min", "min"),
        HOUR..DAY => unit(seconds / HOUR, "h", "h"),
        DAY..MONTH => unit(seconds / DAY, "day", "days"),
        MONTH..YEAR => unit(seconds / MONTH, "month", "months"),
        _ => unit(seconds / YEAR, "year", "years"),
    }
}

fn parse_moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| {
        // A bare month, as archives are read.
        format!("{text}-01").parse::<Date>().ok().map(DateTime::from)
    })?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// A day as people call it, a time of that day, or a time of today.
fn parse_near(text: &str, now: &Zoned) -> Option<Timestamp> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (days, time) = match word {
        "yesterday" => (-1, rest),
        "today" => (0, rest),
        "tomorrow" => (1, rest),
        "" => return None,
        _ => (0, text),
    };
    let day = now.date().checked_add(days.days()).ok()?;
    let day = match time.trim() {
        "" => return day.to_zoned(now.time_zone().clone()).ok().map(|day| day.timestamp()),
        time => day.to_datetime(parse_time(time)?),
    };
    day.to_zoned(now.time_zone().clone()).ok().map(|moment| moment.timestamp())
}

/// A time of the day: `9:00`, `14:30`.
fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let is_minute = minute.len() == 2 && minute.bytes().all(|digit| digit.is_ascii_digit());
    if !is_minute || hour.is_empty() || !hour.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn parse_span(text: &str, now: &Zoned) -> Option<Timestamp> {
    let text = text.trim_end_matches("ago").trim_end();
    let span: Span = text.parse().ok()?;
    now.checked_sub(span.abs()).ok().map(|moment| moment.timestamp())
}

fn timestamp(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// A month of 30 days: ages need no better one.
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 365 * DAY;

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+01:00[+01:00]".parse().unwrap()
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second() as u64;
        for (typed, meant) in [
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
            ("2026-11-22T09:30:00+02:00", "2026-11-22T07:30:00Z"),
            ("2026-11-22", "2026-11-21T23:00:00Z"),
            ("2026-11-22 09:30", "2026-11-22T08:30:00Z"),
            ("2026-11", "2026-10-31T23:00:00Z"),
            ("45m", "2026-11-22T10:15:00Z"),
            ("2h", "2026-11-22T09:00:00Z"),
            ("3d", "2026-11-19T11:00:00Z"),
            ("1w", "2026-11-15T11:00:00Z"),
            ("2 hours ago", "2026-11-22T09:00:00Z"),
            ("today", "2026-11-21T23:00:00Z"),
            ("yesterday", "2026-11-20T23:00:00Z"),
            ("tomorrow", "2026-11-22T23:00:00Z"),
            ("tomorrow 9:00", "2026-11-23T08:00:00Z"),
            ("today 14:30", "2026-11-22T13:30:00Z"),
            ("14:30", "2026-11-22T13:30:00Z"),
        ] {
            assert_eq!(parse(typed, &noon()), Ok(at(meant)), "{typed}");
        }
    }

    #[test]
    fn a_day_or_a_month_ends_at_its_end() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap().as_second() as u64;
        for (typed, meant) in [
            ("2026-11-22", "2026-11-22T23:00:00Z"),
            ("2026-11", "2026-11-30T23:00:00Z"),
            ("today", "2026-11-22T23:00:00Z"),
            ("2026-11-22 09:30", "2026-11-22T08:30:00Z"),
            ("2026-11-22T09:30:00Z", "2026-11-22T09:30:00Z"),
            ("2h", "2026-11-22T09:00:00Z"),
            ("now", "2026-11-22T11:00:00Z"),
        ] {
            assert_eq!(parse_end(typed, &noon()), Ok(at(meant)), "{typed}");
        }
        assert!(parse_end("soon", &noon()).is_err());
    }

    #[test]
    fn what_is_no_time_is_refused_with_examples() {
        for typed in ["", "soon", "12", "2026-13-01", "1850-01-01", "25:00", "tomorrow noon"] {
            assert!(parse(typed, &noon()).unwrap_err().contains("2h"), "{typed}");
        }
    }

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (typed, seconds) in [("45m", 2700), ("2h", 7200), ("1h 30m", 5400), ("1h30m", 5400)] {
            assert_eq!(duration(typed), Some(seconds), "{typed}");
        }
        for typed in ["", "14:30", "-5m", "0s", "tomorrow", "2026-11-22"] {
            assert_eq!(duration(typed), None, "{typed}");
        }
    }

    #[test]
    fn ages_have_one_unit() {
        let now = 10 * YEAR;
        for (past, shown) in [
            (0, "just now"),
            (12, "12 s ago"),
            (12 * MINUTE, "12 min ago"),
            (HOUR, "1 h ago"),
            (DAY, "1 day ago"),
            (3 * DAY, "3 days ago"),
            (70 * DAY, "2 months ago"),
            (9 * YEAR, "1971-01-01"),
        ] {
            assert_eq!(ago(now - past, now), shown);
        }
        assert_eq!(ago(now + 5 * MINUTE, now), "in 5 min");
        assert_eq!(ago(now + 5, now), "just now");
    }

    #[test]
    fn times_that_no_calendar_holds_do_not_fail() {
        assert!(rfc3339(u64::MAX).starts_with("9999-"));
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    }
}
