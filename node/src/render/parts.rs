//! The small parts of which pages are made: times, tags, authors, titles, links.

use std::borrow::Cow;

use commons_proto::id::{Author, EntryId};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Links;
use crate::names::{person_name, short_author};
use crate::{escape, links as refer, when};

/// Bytes of a web address that becomes a link: browsers and servers take about as many.
const ADDRESS_BYTES: usize = 2048;

/// In which zone times are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// In UTC, which is said: a page may be read anywhere.
    #[default]
    Utc,
    /// In that of this machine: for who is where it is.
    Here,
}

impl Zone {
    /// A time.
    pub fn time(self, seconds: u64) -> Markup {
        match self {
            Self::Utc => time(seconds),
            Self::Here => html! {
                time datetime=(when::rfc3339(seconds)) { (self.formatted(seconds, "%-d %b %Y, %H:%M")) }
            },
        }
    }

    /// When something ends that begins at `start`: without the day, if it is the same.
    pub fn end(self, start: u64, end: u64) -> Markup {
        let day = |seconds| self.formatted(seconds, "%Y-%m-%d");
        if day(start) != day(end) {
            return self.time(end);
        }
        html! { time datetime=(when::rfc3339(end)) { (self.formatted(end, "%H:%M")) } }
    }

    /// A time in this form of `strftime`.
    pub fn formatted(self, seconds: u64, form: &str) -> String {
        let zone = match self {
            Self::Utc => TimeZone::UTC,
            Self::Here => TimeZone::system(),
        };
        moment(seconds).to_zoned(zone).strftime(form).to_string()
    }
}

/// A time in UTC: a page is read anywhere.
pub fn time(seconds: u64) -> Markup {
    html! { time datetime=(when::rfc3339(seconds)) { (formatted(seconds, "%-d %b %Y, %H:%M UTC")) } }
}

/// The day of a time in UTC.
pub fn day(seconds: u64) -> Markup {
    html! { time datetime=(formatted(seconds, "%Y-%m-%d")) { (formatted(seconds, "%-d %B %Y")) } }
}

/// The time of the day of a time in UTC.
pub fn clock(seconds: u64) -> Markup {
    html! { time datetime=(when::rfc3339(seconds)) { (formatted(seconds, "%H:%M")) } }
}

/// A time in UTC in this form of `strftime`.
pub fn formatted(seconds: u64, form: &str) -> String {
    Zone::Utc.formatted(seconds, form)
}

fn moment(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// An author: the name, which anybody may choose, set apart from the key, which nobody can.
pub fn person(author: &Author, name: Option<&str>, links: &dyn Links) -> Markup {
    let key = short_author(author);
    let shown = html! {
        @if let Some(name) = name { bdi { (person_name(name)) } " " }
        span.key title=(author.did()) { @if name.is_some() { "(" (key) ")" } @else { (key) } }
    };
    html! {
        span.person {
            @match links.author(author) {
                Some(page) => a href=(page) { (shown) },
                None => (shown),
            }
        }
    }
}

/// A tag.
pub fn tag(tag: &str, links: &dyn Links) -> Markup {
    let shown = html! { bdi { "#" (escape::line(tag)) } };
    html! {
        @match links.tag(tag) {
            Some(page) => a.tag rel="tag" href=(page) { (shown) },
            None => span.tag { (shown) },
        }
    }
}

/// Tags in a list; nothing if there are none.
pub fn tags<'t>(all: impl IntoIterator<Item = &'t String>, links: &dyn Links) -> Markup {
    let mut all = all.into_iter().peekable();
    html! {
        @if all.peek().is_some() {
            ul.tags { @for one in all { li { (tag(one, links)) } } }
        }
    }
}

/// What an entry is called, kept from mixing with the direction of what stands around it.
pub fn title(title: &str) -> Markup {
    html! {
        @if title.trim().is_empty() { em.untitled { "without a title" } }
        @else { bdi { (escape::line(title)) } }
    }
}

/// An entry by its title, with a link to its page if it has one.
pub fn entry(id: &EntryId, called: &str, links: &dyn Links) -> Markup {
    html! {
        @match links.entry(id) {
            Some(page) => a href=(page) { (title(called)) },
            None => (title(called)),
        }
    }
}

/// A stranger's line of text.
pub fn line(text: &str) -> Markup {
    html! { bdi { (escape::line(text)) } }
}

/// An address on the web, or of an entry, with a link; anything else is only shown.
pub fn address(text: &str, links: &dyn Links) -> Markup {
    let shown = html! { bdi { (escape::line(text)) } };
    html! {
        @match target(text, links) {
            Some(Target::Web(address)) => a.out href=(address) rel=(RELATION) { (shown) },
            Some(Target::Page(page)) => a href=(page) { (shown) },
            None => (shown),
        }
    }
}

/// What a link is to others who count links: not advice, and nothing to reach back by.
pub const RELATION: &str = "nofollow noopener";

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Target<'t> {
    /// An address on the web.
    Web(Cow<'t, str>),
    /// A page of ours.
    Page(String),
}

/// Where a stranger's address may lead, if anywhere.
pub fn target<'t>(text: &'t str, links: &dyn Links) -> Option<Target<'t>> {
    match refer::addressed(text.trim()) {
        Some(entry) => links.entry(&entry).map(Target::Page),
        None => web_address(text).map(|address| Target::Web(Cow::Borrowed(address))),
    }
}

/// The address if it is one on the web, without anything that would not be seen.
pub fn web_address(text: &str) -> Option<&str> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let is_plain = matches!(escape::line(text), Cow::Borrowed(_))
        && !text.contains(|letter: char| letter.is_whitespace() || "\"'<>\\^`{|}".contains(letter));
    let has_host = rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '[');
    (is_web && is_plain && has_host && text.len() <= ADDRESS_BYTES).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::NoLinks;

    #[test]
    fn a_name_and_a_title_stay_text_and_a_key_stays_a_key() {
        let author = Author([7; 32]);
        let key = short_author(&author);
        let shown = person(&author, Some("<b>Ana</b> (aaaaaaaa)\u{202e}"), &NoLinks).into_string();
        assert!(shown.contains("<bdi>&lt;b&gt;Ana&lt;/b&gt; [aaaaaaaa]\\u{202e}</bdi>"), "{shown}");
        assert!(shown.contains(&format!(">({key})<")), "{shown}");
        let shown = title("\u{202e}<script>").into_string();
        assert_eq!(shown, "<bdi>\\u{202e}&lt;script&gt;</bdi>");
        assert!(title(" \n").into_string().contains("without a title"));
    }

    #[test]
    fn only_addresses_on_the_web_are_links() {
        for good in ["https://example.org", "HTTP://example.org/a?b=c#d", "https://[::1]/"] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,x",
            "mailto:x",
            "https://",
            "https:///x",
            "https://a b",
            "https://example.org/\u{202e}",
            "https://example.org/\"onclick=",
            "//example.org",
            "java\tscript://x",
        ] {
            assert_eq!(web_address(bad), None, "{bad}");
        }
        assert_eq!(web_address(&format!("https://example.org/{}", "x".repeat(5000))), None);
        let shown = address("javascript:alert(1)", &NoLinks).into_string();
        assert_eq!(shown, "<bdi>javascript:alert(1)</bdi>");
    }

    #[test]
    fn times_are_in_utc() {
        let shown = time(1_795_339_800).into_string();
        assert_eq!(shown, "<time datetime=\"2026-11-22T09:30:00Z\">22 Nov 2026, 09:30 UTC</time>");
        assert!(time(u64::MAX).into_string().contains("9999"));
    }
}
