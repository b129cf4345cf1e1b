//! The page of an entry: what it says, what others say of it, and its history.

use commons_proto::edit::Value;
use commons_proto::entry::Held;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};

use super::gather::is_endorsement;
use super::history::{self, history};
use super::map::{Here, Map, own_tags};
use super::shell::{Frame, number};
use crate::export::{Item, Result};
use crate::render::markdown::{markdown, post};
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
    let page = Page { map, here: &frame.here(&stem), item };
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
                (history(map, item.kind(), versions, page.here))
            }
        }
    };
    let title = if called.trim().is_empty() { item.kind().name() } else { called };
    Ok(frame.page(&stem, title, main)?)
}

struct Page<'p> {
    map: &'p Map,
    here: &'p Here<'p>,
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
        let item = self.item;
        let state = &item.view().state;
        let prose = state.prose("body");
        let conflicts: Vec<(&str, &[Held])> = state.conflicts().take(CONFLICTS).collect();
        let fields = item.kind().fields().iter().filter(|field| self.is_listed(field));
        let fields: Vec<(&Field, Vec<&Value>)> = fields
            .map(|field| match field.field_type {
                FieldType::Set => (field, state.set(field.name).take(VALUES).collect()),
                _ => (field, state.single(field.name).into_iter().collect::<Vec<_>>()),
            })
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let text = if prose.is_empty() { item.body() } else { String::new() };
        html! {
            @if item.view().state.needs_newer() || item.kind().fields().is_empty() {
                p.warning { "There is more in it than this archive can show." }
            }
            @if let Some(about) = item.entry("about") {
                p.about { "About " (history::entry(&about, self.here)) }
            }
            @if !prose.trim().is_empty() { (markdown(&prose, 1, self.here)) }
            @else if !text.trim().is_empty() { (post(&text, self.here)) }
            @if !fields.is_empty() {
                dl.fields {
                    @for (field, values) in &fields {
                        div {
                            dt { (field.name) }
                            @for value in values { dd { (self.value(field, value)) } }
                        }
                    }
                }
            }
            @for (name, held) in conflicts { (self.conflict(name, held)) }
        }
    }

    /// Whether a field stands in the list of fields: not what has its own place.
    fn is_listed(&self, field: &Field) -> bool {
        let in_its_place = matches!(field.name, "title" | "name" | "tags" | "text" | "about");
        field.field_type != FieldType::Prose && !in_its_place
    }

    fn value(&self, field: &Field, value: &Value) -> Markup {
        match value {
            Value::Entry(entry) => history::entry(entry, self.here),
            Value::Number(seconds) if field.value == FieldValue::Time => {
                u64::try_from(*seconds).map_or_else(|_| html! { (seconds) }, parts::time)
            }
            Value::Number(number) => html! { (number) },
            Value::Text(text) => match crate::links::addressed(text.trim()) {
                Some(entry) if self.here.entry(&entry).is_some() => {
                    history::entry(&entry, self.here)
                }
                _ => parts::address(text, self.here),
            },
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
                            @match (&held.value, field) {
                                (Some(value), Some(field)) => (self.value(field, value)),
                                (Some(value), None) => (parts::line(&value.to_string())),
                                (None, _) => em { "emptied" },
                            }
                        }
                    }
                }
            }
        }
    }

    /// What others say of it.
    fn said(&self, store: &Store, references: &[Reference]) -> Result<Markup> {
        let of_kind = |kind: Kind| {
            let about = move |reference: &&Reference| {
                reference.from.kind == kind && reference.how == "about"
            };
            let mut found: Vec<&Reference> = references.iter().filter(about).collect();
            found.sort_by_key(|reference| (reference.from.created, reference.from.id));
            found
        };
        let mut comments = Vec::new();
        let commented = of_kind(Kind::Comment);
        for reference in commented.iter().take(COMMENTS) {
            if let Some(view) = store.entry(&reference.from.id)? {
                comments.push(Item::new(view));
            }
        }
        let endorsed: Vec<&Reference> = of_kind(Kind::Endorsement);
        let members = of_kind(Kind::Membership);
        let is_other = |reference: &&Reference| {
            let in_its_place = matches!(reference.from.kind, Kind::Comment | Kind::Membership)
                && reference.how == "about";
            !in_its_place && !is_endorsement(reference)
        };
        let others: Vec<&Reference> = references.iter().filter(is_other).collect();
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
                                (history::entry(&one.from.id, self.here)) " "
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

/// That not all are told.
fn more(all: usize, shown: usize) -> Markup {
    html! {
        @if all > shown { p.meta { "and " (all - shown) " more" } }
    }
}

/// Comments that stand in full on a page.
const COMMENTS: usize = 200;

/// Entries of one sort that are named on a page.
const REFERENCES: usize = 300;

/// Values of one field that are shown.
const VALUES: usize = 100;

/// Fields in conflict that are told.
const CONFLICTS: usize = 20;
