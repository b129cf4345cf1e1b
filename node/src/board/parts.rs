//! Small parts of which pages of the board are made, besides those that all pages share
//! ([`crate::render::parts`]). Times are those of this machine.

use commons_proto::id::{Author, EntryId};

use crate::render::{Links, Markup, html, parts};
use crate::store::{Store, Summary};
use crate::when;

/// Where things have their pages on the board.
#[derive(Clone, Copy)]
pub(super) struct BoardLinks<'s> {
    store: Option<&'s Store>,
}

impl<'s> BoardLinks<'s> {
    /// Links that name entries in a text by their titles in this store.
    pub(super) fn new(store: &'s Store) -> Self {
        Self { store: Some(store) }
    }
}

/// Links, where no text is shown.
pub(super) const LINKS: BoardLinks<'static> = BoardLinks { store: None };

impl Links for BoardLinks<'_> {
    fn zone(&self) -> parts::Zone {
        parts::Zone::Here
    }

    fn entry(&self, entry: &EntryId) -> Option<String> {
        Some(entry_page(entry))
    }

    fn title(&self, entry: &EntryId) -> Option<String> {
        let summary = self.store?.summary(entry).ok()??;
        (!summary.muted && !summary.title.trim().is_empty()).then_some(summary.title)
    }

    fn author(&self, author: &Author) -> Option<String> {
        Some(format!("/people/{author}"))
    }

    fn tag(&self, tag: &str) -> Option<String> {
        Some(tag_page(tag))
    }
}

/// The address of an entry's page.
pub(super) fn entry_page(entry: &EntryId) -> String {
    format!("/entry/{entry}")
}

/// The address of a tag's page.
pub(super) fn tag_page(tag: &str) -> String {
    format!("/tags/{}", encoded(tag))
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// An address with what is asked for behind it, without what is empty.
pub(super) fn with_query(path: &str, asked: &[(&str, &str)]) -> String {
    let asked = asked.iter().filter(|(_, value)| !value.is_empty());
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// One of several things that a page can show, with how many there are of it.
pub(super) fn choice(label: &str, number: Option<u64>, leads: &str, is_chosen: bool) -> Markup {
    html! {
        a.choice href=(leads) aria-current=[is_chosen.then_some("true")] {
            (parts::line(label))
            @if let Some(number) = number { " " span.number { (crate::phrases::figures(number)) } }
        }
    }
}

/// How long ago something was, with the exact time for those who point at it.
pub(super) fn ago(seconds: u64, now: u64) -> Markup {
    html! {
        time datetime=(when::rfc3339(seconds)) title=(when::local(seconds)) data-ago {
            (when::ago(seconds, now))
        }
    }
}

/// When something is or was, in this machine's zone.
pub(super) fn at(seconds: u64) -> Markup {
    html! { time datetime=(when::rfc3339(seconds)) { (when::local(seconds)) } }
}

/// An entry in a short list of entries of its kind: what it is called, by whom, when, its tags.
pub(super) fn entry_of_kind(summary: &Summary, now: u64) -> Markup {
    html! {
        li data-key=(summary.id) {
            h3 { (parts::entry(&summary.id, &summary.title, &LINKS)) }
            p.meta { (about(summary, now)) }
            (parts::tags(&summary.tags, &LINKS))
        }
    }
}

/// By whom an entry is and when it was last changed.
pub(super) fn about(summary: &Summary, now: u64) -> Markup {
    html! {
        (parts::person(&summary.author, summary.name.as_deref(), &LINKS))
        @if summary.authors > 1 {
            " and " (crate::phrases::count(summary.authors - 1, "other", "others"))
        }
        ", " (ago(summary.changed, now))
        @if summary.conflicts > 0 { " " span.warning { "in conflict" } }
    }
}

/// Says that there is nothing, and what to do next.
pub(super) fn nothing(what: &str, next: &Markup) -> Markup {
    html! { div.nothing { p { (what) } p { (next) } } }
}
