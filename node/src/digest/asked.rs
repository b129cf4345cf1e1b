//! What a digest is to be of, from what people type.

use std::collections::BTreeSet;

use jiff::Zoned;

use super::{Asked, tag};
use crate::when;

/// Why it is not clear what a digest is to be of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// A tag with no word in it.
    #[error("“{0}” is not a tag")]
    Tag(String),
    /// A time that is none.
    #[error("{0}")]
    Time(String),
    /// A span that is over before it begins.
    #[error(
        "the span would end at {}, before it begins at {}",
        when::local(*until),
        when::local(*since)
    )]
    Backwards {
        /// When it would begin.
        since: u64,
        /// When it would end.
        until: u64,
    },
}

impl Asked {
    /// A digest of what has all of these tags, from `since` until before `until`, as people type times.
    /// Without an end it goes up to now, and without a beginning over the week before that.
    ///
    /// # Errors
    /// If a tag or a time is none, or the end comes first.
    pub fn typed(
        tags: &[impl AsRef<str>],
        since: Option<&str>,
        until: Option<&str>,
        now: &Zoned,
    ) -> Result<Self, Unclear> {
        let mut named = BTreeSet::new();
        for typed in tags {
            let typed = typed.as_ref();
            named.insert(tag(typed).ok_or_else(|| Unclear::Tag(typed.to_owned()))?);
        }
        let time = |typed: Option<&str>| {
            typed.map(|typed| when::parse(typed, now)).transpose().map_err(Unclear::Time)
        };
        let end = time(until)?;
        let last = end.unwrap_or_else(|| seconds(now));
        let since = time(since)?.unwrap_or_else(|| last.saturating_sub(SPAN));
        if since >= last {
            return Err(Unclear::Backwards { since, until: last });
        }
        // What was written now by somebody whose clock is ahead belongs to now.
        let until = end.unwrap_or(last + AHEAD);
        Ok(Self { tags: named, since, until, bodies: false })
    }
}

fn seconds(now: &Zoned) -> u64 {
    now.timestamp().as_second().try_into().unwrap_or(0)
}

/// Seconds that are looked back on if no time is named: a week.
const SPAN: u64 = 7 * 24 * 60 * 60;

/// Seconds by which a clock may be ahead and is still believed: a time that is further ahead is shown as
/// that of receipt.
const AHEAD: u64 = 10 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn a_week_up_to_now_is_meant_unless_something_else_is_said() {
        let noon = noon();
        let now = seconds(&noon);
        let none: [&str; 0] = [];
        let week = Asked::typed(&none, None, None, &noon).unwrap();
        assert_eq!((week.since, week.until), (now - SPAN, now + AHEAD));
        let day = Asked::typed(&["#Wards", "wards"], Some("1d"), None, &noon).unwrap();
        assert_eq!((day.since, day.until), (now - 24 * 3600, now + AHEAD));
        assert_eq!(day.tags.into_iter().collect::<Vec<_>>(), ["wards"]);
        let past = Asked::typed(&none, None, Some("2026-11-21"), &noon).unwrap();
        assert_eq!((past.since, past.until), (now - 36 * 3600 - SPAN, now - 36 * 3600));
    }

    #[test]
    fn what_is_not_clear_is_said() {
        let asked = |tags: &[&str], since, until| Asked::typed(tags, since, until, &noon());
        assert_eq!(asked(&["#"], None, None), Err(Unclear::Tag("#".to_owned())));
        assert!(matches!(asked(&[], Some("soon"), None), Err(Unclear::Time(_))));
        assert!(matches!(asked(&[], None, Some("soon")), Err(Unclear::Time(_))));
        let backwards = asked(&[], Some("tomorrow"), None).unwrap_err();
        assert!(backwards.to_string().contains("before it begins"), "{backwards}");
    }
}
