//! Entries one below the other, as lists and the search show them: what each is called, how its text
//! begins or where in it the words are that were looked for, by whom it is, and how much is said of it.

use std::ops::Range;

use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use super::fault::Fault;
use super::parts::{BoardLinks, LINKS, about, entry_page};
use crate::export::Item;
use crate::phrases::count;
use crate::render::{Links as _, Markup, html, parts};
use crate::store::{Found, Reactions, Store, Summary, Words};
use crate::words::{self, Excerpt};
use crate::{escape, when};

/// An entry in a list.
pub(super) struct Row {
    summary: Summary,
    /// Where in its title the words are.
    marks: Vec<Range<usize>>,
    /// How its text begins, or the part of it where the words are.
    text: Option<Excerpt>,
    /// What it is about, and what that is called.
    about: Option<(EntryId, String)>,
    status: Option<String>,
    /// When and where it takes place.
    moment: Option<String>,
    reactions: Reactions,
}

impl Row {
    /// The entry, with these words marked.
    pub(super) fn read(store: &Store, summary: Summary, wanted: &[Words]) -> Result<Self, Fault> {
        let marks = words::marks(&summary.title, wanted);
        Self::new(store, Found { summary, marks, excerpt: None }, wanted)
    }

    /// An entry that the search found.
    pub(super) fn found(store: &Store, found: Found) -> Result<Self, Fault> {
        Self::new(store, found, &[])
    }

    fn new(store: &Store, found: Found, wanted: &[Words]) -> Result<Self, Fault> {
        let Found { summary, marks, excerpt } = found;
        let item = store.entry(&summary.id)?.map(Item::new);
        let item = item.as_ref();
        let links = BoardLinks::new(store);
        let text = excerpt
            .or_else(|| words::excerpt(&item?.unmarked(), wanted, BEGINNING_BYTES))
            .or_else(|| beginning(item?));
        Ok(Self {
            marks,
            // What stands in the title already is not told twice.
            text: text.filter(|text| text.text.trim() != summary.title.trim()),
            about: item
                .and_then(|item| item.entry("about"))
                .and_then(|about| Some((about, links.title(&about)?))),
            status: item.and_then(|item| item.text("status")).map(str::to_owned),
            moment: item.and_then(moment),
            reactions: store.reactions(&summary.id)?,
            summary,
        })
    }

    /// The entry as an item of a list; of a list of several kinds, with its kind.
    pub(super) fn show(&self, is_mixed: bool, now: u64) -> Markup {
        let summary = &self.summary;
        html! {
            li data-key=(summary.id) {
                h3 { a href=(entry_page(&summary.id)) { (self.title()) } }
                @if let Some(moment) = &self.moment { p.moment { (parts::line(moment)) } }
                @if let Some(text) = &self.text {
                    p.beginning { (marked(&text.text, &text.marks)) }
                }
                p.meta {
                    @if is_mixed { span.kind { (parts::line(summary.kind.name())) } " " }
                    @if let Some((entry, title)) = &self.about {
                        "on " (parts::entry(entry, &words::cut(title, ABOUT_CHARS), &LINKS)) " "
                    }
                    (about(summary, now))
                    @if let Some(status) = &self.status {
                        " · " span.status { (parts::line(&words::cut(status, ABOUT_CHARS))) }
                    }
                    @for said in self.said() { " · " span.whole { (said) } }
                }
                (parts::tags(summary.tags.iter().take(TAGS), &LINKS))
            }
        }
    }

    fn title(&self) -> Markup {
        let whole = &self.summary.title;
        let title = words::cut(whole, TITLE_CHARS);
        let is_shown =
            |mark: &&Range<usize>| title.get((*mark).clone()) == whole.get((*mark).clone());
        let marks: Vec<Range<usize>> = self.marks.iter().filter(is_shown).cloned().collect();
        match (&self.summary.damaged, title.trim().is_empty()) {
            (Some(_), _) => html! { span.warning { "A damaged entry" } },
            (None, true) => parts::title(&title),
            (None, false) => marked(&title, &marks),
        }
    }

    /// How much is said of it.
    fn said(&self) -> Vec<String> {
        let Reactions { comments, endorsements, members } = self.reactions;
        let said = [
            (members, "takes part", "take part"),
            (endorsements, "endorses it", "endorse it"),
            (comments, "comment", "comments"),
        ];
        let said = said.into_iter().filter(|(number, ..)| *number > 0);
        said.map(|(number, one, many)| count(number, one, many)).collect()
    }
}

/// A text with what was found in it marked.
pub(super) fn marked(text: &str, marks: &[Range<usize>]) -> Markup {
    let mut told = 0;
    let mut pieces = Vec::with_capacity(marks.len() * 2);
    for mark in marks {
        pieces.push((&text[told..mark.start], false));
        pieces.push((&text[mark.clone()], true));
        told = mark.end;
    }
    html! {
        bdi {
            @for (piece, is_found) in pieces {
                @if is_found { mark { (escape::line(piece)) } } @else { (escape::line(piece)) }
            }
            (escape::line(&text[told..]))
        }
    }
}

/// How the text begins, without what the title has told already.
fn beginning(item: &Item) -> Option<Excerpt> {
    let text = item.beginning(BEGINNING_BYTES);
    let title = &item.summary().title;
    let rest = text.strip_prefix(title.trim()).filter(|_| *item.kind() != Kind::Person);
    let text = rest.map_or(text.as_str(), str::trim_start).to_owned();
    (!text.is_empty() && text != "…").then_some(Excerpt { text, marks: Vec::new() })
}

/// When and where a session takes place.
fn moment(item: &Item) -> Option<String> {
    let place = item.text("place").map(|place| words::cut(place, ABOUT_CHARS));
    let time = item.time("start").map(|start| match item.time("end") {
        Some(end) if end > start && end - start < DAY => {
            format!("{}, {}–{}", when::day(start), when::clock(start), when::clock(end))
        }
        _ => format!("{}, {}", when::day(start), when::clock(start)),
    });
    let parts: Vec<String> = time.into_iter().chain(place).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Bytes of an entry's text in a list: two lines of a wide screen.
const BEGINNING_BYTES: usize = 220;

/// Characters of a title in a list: three lines of a telephone.
const TITLE_CHARS: usize = 140;

/// Characters of what stands beside: a place, a status, what something is about.
const ABOUT_CHARS: usize = 60;

/// Tags of an entry in a list: people give ten at most.
const TAGS: usize = 10;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
