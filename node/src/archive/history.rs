//! The history of an entry: who changed what, and when. Words that were taken back are not in it, nor
//! what somebody wrote who is muted here.

use commons_proto::kind::Kind;

use super::map::Map;
use super::shell::number;
use crate::render::entry::Teller;
use crate::render::{Links, Markup, html, parts};
use crate::store::Version;

/// The history, the newest version first.
pub(super) fn history(map: &Map, kind: &Kind, versions: &[Version], teller: Teller) -> Markup {
    let older = versions.len().saturating_sub(VERSIONS);
    html! {
        ol.history reversed {
            @for version in versions.iter().rev().take(VERSIONS) {
                li { (one(map, kind, version, teller)) }
            }
        }
        @if older > 0 {
            p.meta { (number(older, "older version is", "older versions are")) " in the bundle." }
        }
    }
}

fn one(map: &Map, kind: &Kind, version: &Version, teller: Teller) -> Markup {
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
            (parts::time(version.time)) ", " (parts::person(author, version.name.as_deref(), teller.links))
            @if is_first { " began it" }
            @if record.header.parents.len() > 1 {
                " brought " (record.header.parents.len()) " versions together"
            }
        }
        (teller.version(kind, record))
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
