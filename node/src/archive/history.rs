//! The history of an entry: who changed what, and when. Words that were taken back are not in it, nor
//! what somebody wrote who is muted here.

use commons_proto::contribution::Content;
use commons_proto::edit::{Edit, Value};
use commons_proto::kind::{FieldValue, Kind};

use super::map::Map;
use super::shell::number;
use crate::render::{Links, Markup, html, parts};
use crate::store::Version;
use crate::words;

/// The history, the newest version first.
pub(super) fn history(map: &Map, kind: &Kind, versions: &[Version], here: &dyn Links) -> Markup {
    let older = versions.len().saturating_sub(VERSIONS);
    html! {
        ol.history reversed {
            @for version in versions.iter().rev().take(VERSIONS) {
                li { (one(map, kind, version, here)) }
            }
        }
        @if older > 0 {
            p.meta { (number(older, "older version is", "older versions are")) " in the bundle." }
        }
    }
}

fn one(map: &Map, kind: &Kind, version: &Version, here: &dyn Links) -> Markup {
    let record = &version.record;
    let author = &record.header.author;
    if map.is_muted(author) {
        return html! {
            p.meta { (parts::time(version.time)) ", by somebody who is left out of this archive" }
        };
    }
    let is_first = record.header.parents.is_empty();
    html! {
        p.meta {
            (parts::time(version.time)) ", " (parts::person(author, version.name.as_deref(), here))
            @if is_first { " began it" }
            @if record.header.parents.len() > 1 {
                " brought " (record.header.parents.len()) " versions together"
            }
        }
        @if let Some(summary) = record.summary() {
            p.summary { (parts::line(&words::cut(summary, SHOWN_CHARS))) }
        }
        @match &record.content {
            Content::Erased => p.empty { "Taken back by its author." },
            Content::Newer => p.empty { "Only a newer commons can read this." },
            Content::Payload(payload) => ul.changes {
                @for edit in payload.edits.iter().take(EDITS) { li { (change(kind, edit, here)) } }
                @if payload.edits.len() > EDITS {
                    li { "and " (payload.edits.len() - EDITS) " more" }
                }
            },
        }
    }
}

fn change(kind: &Kind, edit: &Edit, here: &dyn Links) -> Markup {
    let name = |field: &str| html! { span.field { (parts::line(field)) } " " };
    let value = |field: &str, value: &Value| match value {
        Value::Entry(entry) => self::entry(entry, here),
        Value::Number(seconds)
            if kind.field(field).is_some_and(|field| field.value == FieldValue::Time) =>
        {
            u64::try_from(*seconds).map_or_else(|_| html! { (seconds) }, parts::time)
        }
        value => parts::line(&words::cut(&value.to_string(), SHOWN_CHARS)),
    };
    match edit {
        Edit::Set { field, value: None } => html! { (name(field)) "emptied" },
        Edit::Set { field, value: Some(set) } => html! { (name(field)) (value(field, set)) },
        Edit::Add { field, item } => html! { (name(field)) ins { (value(field, item)) } },
        Edit::Remove { field, item } => html! { (name(field)) del { (value(field, item)) } },
        Edit::Splice { field, delete, insert, .. } => html! {
            (name(field))
            @if *delete > 0 { del { (delete) @if *delete == 1 { " character" } @else { " characters" } } " " }
            @if !insert.is_empty() { ins { (parts::line(&words::cut(insert, SHOWN_CHARS))) } }
        },
        Edit::Erase { target, .. } => html! { "takes back " span.id { (format!("{target:.10}")) } },
        Edit::Newer(_) => html! { "something that only a newer commons can show" },
    }
}

/// An entry that is referred to.
pub(super) fn entry(entry: &commons_proto::id::EntryId, here: &dyn Links) -> Markup {
    match here.title(entry) {
        Some(title) => parts::entry(entry, &title, here),
        None => html! { span.empty { "something that is not here" } },
    }
}

/// Versions on the page of an entry.
const VERSIONS: usize = 500;

/// Changes of one version that are told.
const EDITS: usize = 50;

/// Characters of a text that history shows.
const SHOWN_CHARS: usize = 240;
