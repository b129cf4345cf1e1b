//! All entries of each kind.

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::*;

use super::shell::{Frame, List, number};
use super::site::Site;
use crate::render::html;

/// Writes the pages.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let kinds: Vec<_> = kinds(site).into_iter().collect();
    kinds.par_iter().try_for_each(|(kind, entries)| {
        let stem = format!("kind/{kind}");
        let here = frame.here(&stem);
        let title = plural(kind);
        let first = html! {
            h1 { (title) }
            p.lead { (number(entries.len(), "entry", "entries")) "." }
        };
        frame.list(
            List {
                stem: &stem,
                title: &title,
                heading: Some("The last changed first"),
                count: entries.len(),
                first,
            },
            |range| site.entries(site.at(&entries[range]), &here),
        )
    })
}

/// The entries of each kind.
pub(super) fn kinds<'s>(site: &'s Site) -> BTreeMap<&'s str, Vec<usize>> {
    let mut kinds: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, known) in site.known.iter().enumerate() {
        kinds.entry(known.summary.kind.name()).or_default().push(place);
    }
    kinds
}

/// What several of a kind are called: `Ideas`.
pub(super) fn plural(kind: &str) -> String {
    let plural = match kind {
        "person" => "profiles".to_owned(),
        kind => format!("{kind}s"),
    };
    let mut letters = plural.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
