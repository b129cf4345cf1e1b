//! The page of an entry: what it says, what others say of it, and its history.

use commons_proto::entry::Held;
use commons_proto::id::EntryId;

use super::history::{self, history};
use super::map::{Here, Map, own_tags};
use super::shell::{Frame, number};
use crate::export::{Item, Result};
use crate::render::entry::{CONFLICTS, Said, Teller, VALUES, more};
use crate::render::markdown::post;
use crate::render::{Links as _, Markup, html, parts};
use crate::store::{Reference, Store, Summary, Version};

/// Writes the page.
pub(super) fn write(
    store: &Store,
    map: &Map,
    frame: &Frame,
    item: &Item,
    versions: &[Version],
    references: &[Reference],
) -> Result<()> {
    let id = item.summary().id;
    let stem = format!("entry/{id}");
    let called = map.called(&id).unwrap_or_default();
    let here = frame.here(&stem);
    let named = |entry: &EntryId| history::entry(entry, &here);
    let teller = Teller { links: &here, time: parts::time, entry: &named };
    let page = Page { map, here: &here, teller, item };
    let main = html! {
        article {
            (page.heading(called))
            @match &item.summary().damaged {
                Some(_) => p.warning {
                    "This entry could not be put together here. What was written is sound, and is in \
                     the bundle."
                },
                None => (page.content()),
            }
            (page.said(store, references)?)
            section {
                h2 #history { "History" }
                (history(map, item.kind(), versions, teller))
            }
        }
    };
    let title = if called.trim().is_empty() { item.kind().name() } else { called };
    Ok(frame.page(&stem, title, main)?)
}

struct Page<'p> {
    map: &'p Map,
    here: &'p Here<'p>,
    teller: Teller<'p>,
    item: &'p Item,
}

impl Page<'_> {
    fn heading(&self, called: &str) -> Markup {
        let summary = self.item.summary();
        html! {
            p.meta { span.kind { (parts::line(summary.kind.name())) } " " span.id { (format!("{:.10}", summary.id)) } }
            h1 { (parts::title(called)) }
            p.meta {
                "By " (self.author(summary)) ", " (parts::time(summary.created))
                @if summary.versions > 1 {
                    "; changed " (parts::time(summary.changed)) ", "
                    a href="#history" { (number(usize::try_from(summary.versions).unwrap_or(usize::MAX), "version", "versions")) }
                }
            }
            (parts::tags(own_tags(summary).iter(), self.here))
        }
    }

    fn author(&self, summary: &Summary) -> Markup {
        let name = self.map.name(&summary.author, summary.name.as_deref());
        parts::person(&summary.author, name, self.here)
    }

    /// The text, then the fields.
    fn content(&self) -> Markup {
        let (item, teller) = (self.item, self.teller);
        let state = &item.view().state;
        html! {
            @if state.needs_newer() || item.kind().fields().is_empty() {
                p.warning { "There is more in it than this archive can show." }
            }
            @if let Some(about) = item.entry("about") {
                p.about { "About " ((teller.entry)(&about)) }
            }
            (teller.text(item))
            (teller.fields(item, &[]))
            @for (name, held) in state.conflicts().take(CONFLICTS) { (self.conflict(name, held)) }
        }
    }

    fn conflict(&self, name: &str, held: &[Held]) -> Markup {
        let field = self.item.kind().field(name);
        html! {
            section.conflict {
                p { "Several people changed " strong { (parts::line(name)) } " at once, and nobody has settled it:" }
                ul {
                    @for held in held.iter().take(VALUES) {
                        li {
                            @match &held.value {
                                Some(value) => (self.teller.value(field, value)),
                                None => em { "emptied" },
                            }
                        }
                    }
                }
            }
        }
    }

    /// What others say of it.
    fn said(&self, store: &Store, references: &[Reference]) -> Result<Markup> {
        let Said { members, endorsed, comments: commented, others } = Said::of(references);
        let mut comments = Vec::new();
        for reference in commented.iter().take(COMMENTS) {
            if let Some(view) = store.entry(&reference.from.id)? {
                comments.push(Item::new(view));
            }
        }
        Ok(html! {
            @if !members.is_empty() {
                section {
                    h2 { "Who takes part" }
                    ul.people {
                        @for member in members.iter().take(REFERENCES) {
                            li {
                                (self.author(&member.from))
                                @if !member.from.title.is_empty() { ", " (parts::line(&member.from.title)) }
                            }
                        }
                    }
                    (more(members.len(), REFERENCES))
                }
            }
            @if !endorsed.is_empty() {
                section {
                    h2 { "Endorsed by" }
                    ul.people {
                        @for one in endorsed.iter().take(REFERENCES) { li { (self.author(&one.from)) } }
                    }
                    (more(endorsed.len(), REFERENCES))
                }
            }
            @if !comments.is_empty() {
                section {
                    h2 { "Comments" }
                    @for comment in &comments { (self.comment(comment)) }
                    (more(commented.len(), COMMENTS))
                }
            }
            @if !others.is_empty() {
                section {
                    h2 { "Referred to by" }
                    ul {
                        @for one in others.iter().take(REFERENCES) {
                            li {
                                ((self.teller.entry)(&one.from.id)) " "
                                span.meta { "(" (parts::line(one.from.kind.name())) ", " (parts::line(&one.how)) ")" }
                            }
                        }
                    }
                    (more(others.len(), REFERENCES))
                }
            }
        })
    }

    fn comment(&self, comment: &Item) -> Markup {
        let summary = comment.summary();
        let page = self.here.entry(&summary.id);
        html! {
            div.post {
                p.meta {
                    (self.author(summary)) ", "
                    a href=[page] { (parts::time(summary.created)) }
                }
                (post(&comment.body(), self.here))
            }
        }
    }
}

/// Comments that stand in full on a page.
const COMMENTS: usize = 200;

/// Entries of one sort that are named on a page.
const REFERENCES: usize = 300;
