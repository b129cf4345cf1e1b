//! What stands beside the text of an entry: what one can do with it, its fields, the team and what it
//! looks for, who endorses it, who wrote it, what refers to it.

use commons_proto::id::Author;
use commons_proto::kind::Kind;

use super::look::{Look, PEOPLE};
use crate::board::forms;
use crate::board::parts::{LINKS, ago, entry_page, with_query};
use crate::phrases::count;
use crate::render::entry::{Said, Teller, more};
use crate::render::{Markup, html, parts};
use crate::store::{Followed, Reference, Target};

/// All of it.
pub(super) fn all(look: &Look, teller: Teller) -> Markup {
    let said = Said::of(&look.references);
    let is_project = *look.item.kind() == Kind::Project;
    // What a project looks for stands with its team.
    let elsewhere: &[&str] = if is_project { &["skills"] } else { &[] };
    html! {
        (does(look))
        @if !look.summary().muted {
            section data-live="facts" { (teller.fields(&look.item, elsewhere)) }
        }
        @if is_project { (team(look, &said)) }
        @let is_endorsed = !matches!(look.item.kind(), Kind::Erasure | Kind::Endorsement);
        @if is_endorsed && !look.is_gone() {
            section.panel data-live="endorsed" { (endorsed(look, &said)) }
        }
        section data-live="beside" {
            (writers(look))
            (others(look, &said, teller))
        }
    }
}

/// What one can do with it.
fn does(look: &Look) -> Markup {
    let summary = look.summary();
    let (id, page) = (&summary.id, entry_page(&summary.id));
    let me = look.viewer.author();
    let is_mine = me == Some(summary.author);
    let may_change = me.is_some()
        && (summary.kind.is_open() || is_mine)
        && !summary.kind.fields().is_empty()
        && summary.damaged.is_none()
        && !look.is_gone();
    let wrote = look.item.view().contributors.iter().any(|(author, _)| Some(*author) == me);
    html! {
        div.does {
            @if may_change {
                @match summary.kind {
                    Kind::Person => a.button.first href="/profile" { "Change it" },
                    _ => a.button.first href={ (page) "/edit" } { "Change it" },
                }
            }
            a.button href={ (page) "/history" } { "History" }
            @if wrote && summary.kind != Kind::Erasure && !look.is_gone() {
                a.button href={ (page) "/erase" } { "Erase what I wrote" }
            }
            (forms::follow(&look.viewer, &Followed::Entry(*id), look.is_followed))
            @if !is_mine && !summary.muted {
                (forms::mute(&look.viewer, &Target::Entry(*id), false))
            }
        }
    }
}

/// Who takes part in a project, and whom it looks for.
fn team(look: &Look, said: &Said) -> Markup {
    let skills = look.item.set("skills");
    let mine = said.members.iter().find(|member| look.is_me(&member.from.author));
    html! {
        section.panel {
            div data-live="team" {
                h2 { "Team" }
                @if said.members.is_empty() { p.empty { "Nobody has joined yet." } }
                ul.plain-people {
                    @for Reference { from, .. } in said.members.iter().take(PEOPLE) {
                        li data-key=(from.id) {
                            (parts::person(&from.author, from.name.as_deref(), &LINKS))
                            @if !from.title.is_empty() { ": " (parts::line(&from.title)) }
                        }
                    }
                }
                (more(said.members.len(), PEOPLE))
                @if !skills.is_empty() {
                    h3 { "Looks for" }
                    ul.tags {
                        @for skill in skills.iter().take(SKILLS) {
                            li {
                                a.tag href=(with_query("/people", &[("skill", skill)])) { (parts::line(skill)) }
                            }
                        }
                    }
                }
            }
            (forms::join(&look.viewer, &look.summary().id, mine.map(|member| member.from.title.as_str())))
        }
    }
}

fn endorsed(look: &Look, said: &Said) -> Markup {
    let by = once_each(&said.endorsed);
    let is_mine = by.iter().any(|one| look.is_me(&one.from.author));
    html! {
        h2 {
            @if by.is_empty() { "Endorsements" }
            @else { (count(by.len() as u64, "endorsement", "endorsements")) }
        }
        @if by.is_empty() { p.empty { "Nobody has endorsed it yet." } }
        @else {
            ul.plain-people {
                @for one in by.iter().take(PEOPLE) {
                    li { (parts::person(&one.from.author, one.from.name.as_deref(), &LINKS)) }
                }
            }
            (more(by.len(), PEOPLE))
        }
        (forms::endorse(&look.viewer, &look.summary().id, is_mine))
    }
}

/// Each person once, however often they said it.
fn once_each<'r>(references: &[&'r Reference]) -> Vec<&'r Reference> {
    let mut told: std::collections::BTreeSet<Author> = Default::default();
    references.iter().filter(|one| told.insert(one.from.author)).copied().collect()
}

fn writers(look: &Look) -> Markup {
    let all = &look.item.view().contributors;
    html! {
        @if all.len() > 1 {
            h2 { "Written by" }
            ul.plain-people {
                @for (author, name) in all.iter().take(PEOPLE) {
                    @if !look.muted.contains(author) {
                        li { (parts::person(author, name.as_deref(), &LINKS)) }
                    }
                }
                @if !look.muted.is_empty() {
                    li.empty { (count(look.muted.len() as u64, "person who is", "people who are")) " muted here" }
                }
            }
            (more(all.len(), PEOPLE))
        }
    }
}

/// What else refers to it.
fn others(look: &Look, said: &Said, teller: Teller) -> Markup {
    html! {
        @if !said.others.is_empty() {
            h2 { "Referred to by" }
            ul.referring {
                @for Reference { from, how } in said.others.iter().take(PEOPLE) {
                    li data-key=(from.id) {
                        ((teller.entry)(&from.id)) " "
                        span.meta {
                            "(" (parts::line(from.kind.name())) ", " (parts::line(how)) ", "
                            (ago(from.changed, look.now)) ")"
                        }
                    }
                }
            }
            (more(said.others.len(), PEOPLE))
        }
        @if look.muted_references > 0 {
            p.meta {
                "Left out: " (count(look.muted_references as u64, "thing", "things"))
                " said of it that " @if look.muted_references == 1 { "is" } @else { "are" } " muted here."
            }
        }
    }
}

/// Skills that a project is shown to look for.
const SKILLS: usize = 50;
