//! What an entry says, what a version changed in it and who said something of it, as pages show that:
//! those of an archive and those of the board alike.

use commons_proto::contribution::{Content, Record};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::EntryId;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};

use super::markdown::{markdown, post};
use super::{Links, Markup, html, parts};
use crate::export::Item;
use crate::links as refer;
use crate::store::Reference;
use crate::words;

/// How the pages of one site tell of entries.
#[derive(Clone, Copy)]
pub struct Teller<'t> {
    /// Where things have their pages.
    pub links: &'t dyn Links,
    /// How a time is shown.
    pub time: fn(u64) -> Markup,
    /// How an entry is named that another refers to.
    pub entry: &'t dyn Fn(&EntryId) -> Markup,
}

/// What refers to an entry, by how.
#[derive(Debug, Default)]
pub struct Said<'r> {
    /// Who is part of it, the first first.
    pub members: Vec<&'r Reference>,
    /// Who endorses it, the first first.
    pub endorsed: Vec<&'r Reference>,
    /// What was remarked, the first first.
    pub comments: Vec<&'r Reference>,
    /// All others, the last changed first.
    pub others: Vec<&'r Reference>,
}

impl<'r> Said<'r> {
    /// All of these, sorted out.
    pub fn of(references: &'r [Reference]) -> Self {
        let mut said = Self::default();
        for reference in references {
            let place = match (&reference.from.kind, reference.how.as_str()) {
                (Kind::Membership, "about") => &mut said.members,
                (Kind::Endorsement, "about") => &mut said.endorsed,
                (Kind::Comment, "about") => &mut said.comments,
                _ => &mut said.others,
            };
            place.push(reference);
        }
        for place in [&mut said.members, &mut said.endorsed, &mut said.comments] {
            place.sort_by_key(|reference| (reference.from.created, reference.from.id));
        }
        said
    }
}

impl Teller<'_> {
    /// What an entry says at length.
    pub fn text(&self, item: &Item) -> Markup {
        let prose = item.view().state.prose("body");
        if !prose.trim().is_empty() {
            return markdown(&prose, 1, self.links);
        }
        let text = item.body();
        html! { @if !text.trim().is_empty() { (post(&text, self.links)) } }
    }

    /// The fields that have no place of their own, but for these; nothing if there are none.
    pub fn fields(&self, item: &Item, but: &[&str]) -> Markup {
        let state = &item.view().state;
        let fields = item.kind().fields().iter();
        let fields = fields.filter(|field| is_listed(field) && !but.contains(&field.name));
        let fields: Vec<(&Field, Vec<&Value>)> = fields
            .map(|field| match field.field_type {
                FieldType::Set => (field, state.set(field.name).take(VALUES).collect()),
                _ => (field, state.single(field.name).into_iter().collect::<Vec<_>>()),
            })
            .filter(|(_, values)| !values.is_empty())
            .collect();
        html! {
            @if !fields.is_empty() {
                dl.fields {
                    @for (field, values) in &fields {
                        div {
                            dt { (field.name) }
                            @for value in values { dd { (self.value(Some(field), value)) } }
                        }
                    }
                }
            }
        }
    }

    /// A value of a field.
    pub fn value(&self, field: Option<&Field>, value: &Value) -> Markup {
        match value {
            Value::Entry(entry) => (self.entry)(entry),
            Value::Number(seconds)
                if field.is_some_and(|field| field.value == FieldValue::Time) =>
            {
                u64::try_from(*seconds).map_or_else(|_| html! { (seconds) }, self.time)
            }
            Value::Number(number) => html! { (number) },
            Value::Text(text) => match refer::addressed(text.trim()) {
                Some(entry) if self.links.entry(&entry).is_some() => (self.entry)(&entry),
                _ => parts::address(text, self.links),
            },
        }
    }

    /// What a version of an entry of this kind says of itself, and what it changed.
    pub fn version(&self, kind: &Kind, record: &Record) -> Markup {
        html! {
            @if let Some(summary) = record.summary() {
                p.summary { (parts::line(&words::cut(summary, SHOWN_CHARS))) }
            }
            @match &record.content {
                Content::Erased => p.empty { "Taken back by its author." },
                Content::Newer => p.empty { "Only a newer commons can read this." },
                Content::Payload(payload) => (self.changes(kind, &payload.edits)),
            }
        }
    }

    fn changes(&self, kind: &Kind, edits: &[Edit]) -> Markup {
        let shown = &edits[..edits.len().min(EDITS)];
        html! {
            ul.changes {
                @for edits in shown.chunk_by(|one, next| spliced(one).is_some() && spliced(one) == spliced(next)) {
                    li { (self.change(kind, edits)) }
                }
                @if edits.len() > EDITS { li { "and " (edits.len() - EDITS) " more" } }
            }
        }
    }

    /// A change of a field: one edit, or all that make one change of a prose.
    fn change(&self, kind: &Kind, edits: &[Edit]) -> Markup {
        let name = |field: &str| html! { span.field { (parts::line(field)) } " " };
        match edits {
            [Edit::Set { field, value: None }] => html! { (name(field)) "emptied" },
            [Edit::Set { field, value: Some(set) }] => {
                html! { (name(field)) (self.short(kind, field, set)) }
            }
            [Edit::Add { field, item }] => {
                html! { (name(field)) ins { (self.short(kind, field, item)) } }
            }
            [Edit::Remove { field, item }] => {
                html! { (name(field)) del { (self.short(kind, field, item)) } }
            }
            [Edit::Erase { target, .. }] => {
                html! { "takes back " span.id { (format!("{target:.10}")) } }
            }
            [Edit::Newer(_)] => html! { "something that only a newer commons can show" },
            splices => html! {
                @if let Some(field) = splices.first().and_then(spliced) { (name(field)) }
                (splice(splices))
            },
        }
    }

    /// A value in a line that has more than it.
    fn short(&self, kind: &Kind, field: &str, value: &Value) -> Markup {
        match value {
            Value::Text(text) => parts::line(&words::cut(text, SHOWN_CHARS)),
            value => self.value(kind.field(field), value),
        }
    }
}

/// The prose that an edit changes.
fn spliced(edit: &Edit) -> Option<&str> {
    match edit {
        Edit::Splice { field, .. } => Some(field),
        _ => None,
    }
}

/// What went and what came, in the order of the text.
fn splice(edits: &[Edit]) -> Markup {
    let splices = edits.iter().filter_map(|edit| match edit {
        Edit::Splice { at, delete, insert, .. } => Some((*at, *delete, insert)),
        _ => None,
    });
    let mut splices: Vec<(u64, u64, &String)> = splices.collect();
    splices.sort_by_key(|(at, ..)| *at);
    html! {
        @for (place, (_, delete, insert)) in splices.into_iter().enumerate() {
            @if place > 0 { " … " }
            @if delete > 0 { del { (delete) @if delete == 1 { " character" } @else { " characters" } } }
            @if delete > 0 && !insert.is_empty() { " " }
            @if !insert.is_empty() { ins { (parts::line(&words::cut(insert, SHOWN_CHARS))) } }
        }
    }
}

/// Whether a field stands in the list of fields: not what has its own place.
fn is_listed(field: &Field) -> bool {
    let in_its_place = matches!(field.name, "title" | "name" | "tags" | "text" | "about");
    field.field_type != FieldType::Prose && !in_its_place
}

/// That not all are told.
pub fn more(all: usize, shown: usize) -> Markup {
    html! {
        @if all > shown { p.meta { "and " (all - shown) " more" } }
    }
}

/// Values of one field that are shown.
pub const VALUES: usize = 100;

/// Fields in conflict that are told.
pub const CONFLICTS: usize = 20;

/// Changes of one version that are told.
const EDITS: usize = 50;

/// Characters of a text that history shows.
const SHOWN_CHARS: usize = 240;
