//! Who wrote it all, under which licences, what is left out, and how to bring it back to life.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use commons_proto::id::Author;

use super::shell::{Frame, List, figures, number};
use super::site::{Site, Somebody};
use crate::render::{Links as _, html, parts};

/// Writes the pages.
pub(super) fn write(site: &Site, frame: &Frame) -> io::Result<()> {
    let here = frame.here("credits");
    let mut licences: BTreeMap<&str, usize> = BTreeMap::new();
    let mut without = 0;
    for known in &site.known {
        match known.summary.licence.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => *licences.entry(name).or_default() += 1,
            None => without += 1,
        }
    }
    let mut licences: Vec<_> = licences.into_iter().collect();
    licences.sort_by_key(|(name, entries)| (std::cmp::Reverse(*entries), *name));
    let people: Vec<(&Author, &Somebody)> = site.people.iter().collect();
    let unnamed: BTreeSet<Author> =
        site.known.iter().flat_map(|known| &known.unnamed).copied().collect();
    let first = html! {
        h1 { "Credits" }
        section {
            h2 { "How to bring it back to life" }
            p {
                a href=(super::BUNDLE) { (super::BUNDLE) } " has every contribution, signed by who made it. \
                With the program commons it becomes a node of the same commons, in which people can go \
                on writing:"
            }
            pre { code { "commons import " (super::BUNDLE) } }
            p {
                "Anybody can check the signatures, offline, years later. The file is a CAR file, which \
                tools of the IPLD project can list."
            }
        }
        section {
            h2 { "What is left out" }
            p {
                "Words that their authors took back are nowhere in it. "
                @if site.muted > 0 {
                    "Who made these pages left out " (number(usize::try_from(site.muted).unwrap_or(usize::MAX), "entry", "entries"))
                    " by muting; the bundle has them."
                } @else {
                    "Who makes such pages can leave out entries by muting; here nothing was."
                }
            }
        }
        section {
            h2 { "Licences" }
            p { "Each entry names its licence on its page." }
            table {
                thead { tr { th scope="col" { "Licence" } th.number scope="col" { "Entries" } } }
                tbody {
                    @for (name, entries) in licences.iter().take(LICENCES) {
                        tr { td { (parts::line(name)) } td.number { (figures(*entries)) } }
                    }
                    @if without > 0 {
                        tr { td { em { "names none" } } td.number { (figures(without)) } }
                    }
                }
            }
            @if licences.len() > LICENCES { p.meta { "and " (licences.len() - LICENCES) " more" } }
        }
        @if !unnamed.is_empty() {
            section {
                h2 { "Also by" }
                p { "What they began is left out; what they improved of others' is not." }
                ul.credits {
                    @for author in unnamed.iter().take(UNNAMED) { li { span.key { (author.did()) } } }
                }
                @if unnamed.len() > UNNAMED { p.meta { "and " (unnamed.len() - UNNAMED) " more" } }
            }
        }
    };
    frame.list(List { stem: "credits", title: "Credits", heading: Some("Everybody who contributed"), count: people.len(), first }, |range| {
        html! {
            ul.credits {
                @for (author, somebody) in &people[range] {
                    li {
                        (site.person(author, &here)) ": "
                        (number(somebody.began.len() + somebody.joined.len(), "entry", "entries"))
                        br;
                        @match here.author(author) {
                            Some(page) => a.key href=(page) { (author.did()) },
                            None => span.key { (author.did()) },
                        }
                    }
                }
            }
        }
    })
}

/// Licences that are named: people use a handful.
const LICENCES: usize = 200;

/// People who are credited by their keys alone: a thousand lines.
const UNNAMED: usize = 1000;
