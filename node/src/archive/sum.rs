//! What a tag, a day, or a tag on a day comes to: who is involved, the resources that others point
//! to, projects and what they look for, sessions, related tags.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use commons_proto::id::Author;
use commons_proto::kind::Kind;

use super::gather::{DAY, Known};
use super::shell::number;
use super::site::Site;
use crate::programme::Slot;
use crate::render::{Links, Markup, html, parts};

/// What is summed up.
pub(super) struct Sum<'s> {
    pub(super) site: &'s Site<'s>,
    /// The entries, the last changed first.
    pub(super) entries: &'s [usize],
    /// Only what happened on this day, in days since 1970 UTC.
    pub(super) day: Option<u64>,
    /// A tag that all have, which need not be told.
    pub(super) tag: Option<&'s str>,
}

impl Sum<'_> {
    /// The sum, in sections.
    pub(super) fn show(&self, here: &dyn Links) -> Markup {
        let people = self.people();
        let tags = self.tags();
        let resources = self.resources();
        let sessions = self.sessions();
        let projects: Vec<&Known> = self.of_kind(&Kind::Project).take(PROJECTS).collect();
        html! {
            p.lead {
                (number(self.entries.len(), "entry", "entries")) " by "
                (number(people.len(), "person", "people"))
            }
            @if !people.is_empty() {
                section {
                    h2 { "Who is involved" }
                    ul.people {
                        @for (author, entries) in people.iter().take(PEOPLE) {
                            li {
                                (self.site.person(author, here)) " "
                                span.count { (entries) }
                            }
                        }
                    }
                    @if people.len() > PEOPLE { p.meta { "and " (people.len() - PEOPLE) " more" } }
                }
            }
            @if !tags.is_empty() {
                section {
                    h2 { @if self.tag.is_some() { "Related tags" } @else { "Tags" } }
                    ul.tags {
                        @for (tag, entries) in tags.iter().take(TAGS) {
                            li { (parts::tag(tag, here)) " " span.count { (entries) } }
                        }
                    }
                }
            }
            @if !resources.is_empty() {
                section {
                    h2 { "Resources" }
                    ul.brief {
                        @for known in resources {
                            li {
                                (parts::entry(&known.summary.id, self.site.called(known), here))
                                @if let Some(address) = &known.address {
                                    br; span.meta { (parts::address(address, here)) }
                                }
                            }
                        }
                    }
                }
            }
            @if !projects.is_empty() {
                section {
                    h2 { "Projects" }
                    ul.brief {
                        @for known in projects {
                            li {
                                (parts::entry(&known.summary.id, self.site.called(known), here))
                                @if !known.skills.is_empty() {
                                    br; span.meta { "looks for " (parts::line(&known.skills.join(", "))) }
                                }
                            }
                        }
                    }
                }
            }
            @if !sessions.is_empty() {
                section {
                    h2 { "Sessions" }
                    ul.brief {
                        @for slot in sessions {
                            li {
                                (parts::entry(&slot.summary.id, &slot.summary.title, here))
                                @if let Some(start) = slot.start { br; span.meta { (parts::time(start)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn known(&self) -> impl Iterator<Item = &Known> {
        self.site.at(self.entries)
    }

    fn of_kind(&self, kind: &Kind) -> impl Iterator<Item = &Known> {
        self.known().filter(move |known| known.summary.kind == *kind)
    }

    /// The sessions: on a day those that are held then, of a tag also those of its workstream.
    fn sessions(&self) -> Vec<&Slot> {
        let slots = |places: Option<&Vec<usize>>| places.into_iter().flatten().copied().collect();
        let found: BTreeSet<usize> = match (self.tag, self.day) {
            (Some(tag), _) => {
                let tagged = self.of_kind(&Kind::Session);
                let tagged = tagged.filter_map(|known| self.site.slots.get(&known.summary.id));
                let mut found: BTreeSet<usize> = slots(self.site.workstreams.get(tag));
                found.extend(tagged);
                found
            }
            (None, Some(day)) => slots(self.site.held.get(&day)),
            (None, None) => (0..self.site.programme.len()).collect(),
        };
        let on_day = |slot: &&Slot| match self.day {
            Some(day) => slot.start.is_some_and(|start| start / DAY == day),
            None => true,
        };
        let found = found.into_iter().map(|place| &self.site.programme[place]);
        found.filter(on_day).take(SESSIONS).collect()
    }

    /// Who contributed to how many of the entries; who to most stands first.
    fn people(&self) -> Vec<(Author, usize)> {
        let mut people: BTreeMap<Author, usize> = BTreeMap::new();
        for known in self.known() {
            let authors: BTreeSet<Author> = match self.day {
                Some(day) => {
                    let on_it =
                        known.days.range((day, Author([0; 32]))..=(day, Author([0xff; 32])));
                    on_it.map(|(_, author)| *author).collect()
                }
                None => known.contributors.iter().map(|(author, _)| *author).collect(),
            };
            for author in authors {
                *people.entry(author).or_default() += 1;
            }
        }
        let mut people: Vec<_> = people.into_iter().collect();
        people.sort_by_key(|(author, entries)| (Reverse(*entries), *author));
        people
    }

    /// The tags of the entries, with how many have them.
    fn tags(&self) -> Vec<(&str, usize)> {
        let mut tags: BTreeMap<&str, usize> = BTreeMap::new();
        for tag in self.known().flat_map(|known| &known.tags) {
            if self.tag != Some(tag.as_str()) {
                *tags.entry(tag).or_default() += 1;
            }
        }
        let mut tags: Vec<_> = tags.into_iter().collect();
        tags.sort_by_key(|(tag, entries)| (Reverse(*entries), *tag));
        tags
    }

    /// The resources that most others endorse or refer to; then the newest.
    fn resources(&self) -> Vec<&Known> {
        let mut found: Vec<&Known> = self.of_kind(&Kind::Resource).collect();
        found.sort_by_key(|known| {
            (Reverse(known.support), Reverse(known.summary.changed), known.summary.id)
        });
        found.truncate(RESOURCES);
        found
    }
}

/// People whom a sum names: a hundred fit a screen.
const PEOPLE: usize = 100;

/// Tags that a sum names.
const TAGS: usize = 40;

/// Resources that a sum names.
const RESOURCES: usize = 20;

/// Sessions that a sum names.
const SESSIONS: usize = 50;

/// Projects that a sum names.
const PROJECTS: usize = 50;
