//! `/people`: everybody with a profile and those who wrote without one, by name, with what they can
//! do; found by words, skills and interests.
//!
//! | module | what lives there |
//! |---|---|
//! | [`known`] | what is known of somebody: profile, teams |
//! | [`person`] | the page of one of them |

mod known;
mod person;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::kind::Kind;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::board::Board;
use crate::board::extract::Query;
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::paging::Part;
use crate::board::parts::{LINKS, choice, nothing, with_query};
use crate::names::{person_name, short_author};
use crate::phrases::{count, figures};
use crate::render::{Markup, html, parts};
use crate::store::{Contributor, Filter, Store};
use known::{Profile, Team, teams};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/people", get(people)).merge(person::routes())
}

/// Whom to show.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    skill: String,
    #[serde(default)]
    interest: String,
    page: Option<usize>,
}

async fn people(frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let main = frame.board.read(move |store| Ok(People::read(store, asked)?.show())).await?;
    Ok(frame.page("People", main))
}

/// What the page tells.
struct People {
    asked: Asked,
    /// Those with a profile that fit, by name.
    profiles: Vec<Profile>,
    /// Those of them on this page, with their teams.
    teams: Vec<Vec<Team>>,
    part: Part,
    /// Those who wrote without a profile and fit.
    others: Vec<Contributor>,
    /// How many there are in all.
    all: u64,
    skills: Vec<(String, usize)>,
    interests: Vec<(String, usize)>,
}

impl People {
    fn read(store: &Store, asked: Asked) -> Result<Self, Fault> {
        let filter =
            Filter { kinds: vec![Kind::Person], limit: Some(PROFILES), ..Filter::default() };
        let mut seen = BTreeSet::new();
        let mut profiles = Vec::new();
        for summary in store.list(&filter)? {
            // Of several profiles of one key the last changed counts.
            if seen.insert(summary.author)
                && let Some(view) = store.entry(&summary.id)?
            {
                profiles.push(Profile::new(&view));
            }
        }
        let contributors = store.contributors(OTHERS)?;
        let mut others = contributors.people;
        others.retain(|one| !seen.contains(&one.author));
        let all = contributors.all.max((profiles.len() + others.len()) as u64);
        let skills = used(profiles.iter().map(|one| &one.skills));
        let interests = used(profiles.iter().map(|one| &one.interests));
        profiles.retain(|one| one.fits(&asked.q, &asked.skill, &asked.interest));
        profiles.sort_by_cached_key(|one| (one.name.to_lowercase(), one.author));
        let wants_profile = !asked.skill.is_empty() || !asked.interest.is_empty();
        others.retain(|one| !wants_profile && is_called(one, &asked.q));
        let part = Part::new(asked.page, PAGE, profiles.len());
        let shown = profiles[part.range()].iter();
        let teams = shown.map(|one| teams(store, &one.author)).collect::<Result<_, _>>()?;
        Ok(Self { asked, profiles, teams, part, others, all, skills, interests })
    }

    fn show(&self) -> Markup {
        html! {
            div.wide {
                h1 { "People" }
                p.lead {
                    @if self.all == 0 { "Everybody who writes here is a peer." }
                    @else { (count(self.all, "person has", "people have")) " written here." }
                }
                (self.choose())
                section data-live="people" {
                    @if self.profiles.is_empty() && self.others.is_empty() { (self.nobody()) }
                    ul.cards {
                        @for (one, teams) in self.profiles[self.part.range()].iter().zip(&self.teams) {
                            (card(one, teams))
                        }
                    }
                    (self.part.links("/people", &self.kept()))
                    @if !self.others.is_empty() { (self.without_profile()) }
                }
            }
        }
    }

    /// The choice of whom to show.
    fn choose(&self) -> Markup {
        let Asked { q, skill, interest, .. } = &self.asked;
        html! {
            form.choose action="/people" role="search" aria-label="People" {
                label for="people-q" { "Name or words" }
                input #people-q type="search" name="q" value=(q);
                @for (name, value) in [("skill", skill), ("interest", interest)] {
                    @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
                }
                button { "Find" }
                a.button href="/profile" { "Your profile" }
            }
            (self.facet("Can", "skill", &self.skills, skill))
            (self.facet("Interested in", "interest", &self.interests, interest))
        }
    }

    /// The skills or interests that most people have, each leading to those who have it.
    fn facet(&self, label: &str, name: &str, all: &[(String, usize)], chosen: &str) -> Markup {
        let is_chosen = |item: &str| item.to_lowercase() == chosen.to_lowercase();
        let others: Vec<(&str, &str)> =
            self.kept().into_iter().filter(|(held, _)| *held != name).collect();
        let leads = |item: &str| {
            let mut asked = others.clone();
            if !is_chosen(item) {
                asked.push((name, item));
            }
            with_query("/people", &asked)
        };
        html! {
            @if !all.is_empty() {
                div.facet {
                    h2 { (label) }
                    ul.choices {
                        @for (item, people) in all.iter().take(FACETS) {
                            li { (choice(item, Some(*people as u64), &leads(item), is_chosen(item))) }
                        }
                        @if !chosen.is_empty() && !all.iter().take(FACETS).any(|(item, _)| is_chosen(item)) {
                            li { (choice(chosen, None, &leads(chosen), true)) }
                        }
                    }
                }
            }
        }
    }

    /// What was asked for, to be asked for again.
    fn kept(&self) -> Vec<(&str, &str)> {
        let Asked { q, skill, interest, .. } = &self.asked;
        vec![("q", q), ("skill", skill), ("interest", interest)]
    }

    fn nobody(&self) -> Markup {
        if self.all == 0 {
            return nothing(
                "Nobody has written anything yet.",
                &html! {
                    a href="/profile" { "Say who you are and what you can do" }
                    "; a pseudonym is as good as a name."
                },
            );
        }
        nothing("Nobody here is like that.", &html! { a href="/people" { "Show everybody" } })
    }

    fn without_profile(&self) -> Markup {
        let left = self.others.len().saturating_sub(PAGE);
        html! {
            section.quiet aria-labelledby="without" {
                h2 #without { "Without a profile" }
                ul.people {
                    @for one in self.others.iter().take(PAGE) {
                        li data-key=(one.author) {
                            (parts::person(&one.author, one.name.as_deref(), &LINKS)) " "
                            span.count { (count(one.entries, "entry", "entries")) }
                        }
                    }
                }
                @if left > 0 { p.meta { "and " (figures(left as u64)) " more; the words above find them by the beginning of their key" } }
            }
        }
    }
}

fn card(one: &Profile, teams: &[Team]) -> Markup {
    html! {
        li.card data-key=(one.id) {
            h2 { (parts::person(&one.author, Some(&one.name), &LINKS)) }
            @if !one.about.is_empty() { p { (parts::line(&one.about)) } }
            (known::set("Can", "skill", &one.skills))
            (known::set("Interested in", "interest", &one.interests))
            @for team in teams { p.meta { (known::team(team)) } }
        }
    }
}

/// Whether somebody without a profile is meant by these words.
fn is_called(one: &Contributor, q: &str) -> bool {
    let name = person_name(one.name.as_deref().unwrap_or_default()).to_lowercase();
    let key = one.author.to_string();
    q.split_whitespace().map(str::to_lowercase).all(|word| {
        name.contains(&word) || key.starts_with(&word) || one.author.did().to_lowercase() == word
    })
}

/// What several people have, in the words of the first; those of most people first.
fn used<'s>(sets: impl Iterator<Item = &'s Vec<String>>) -> Vec<(String, usize)> {
    let mut used: BTreeMap<String, (&String, usize)> = BTreeMap::new();
    for set in sets {
        let own: BTreeMap<String, &String> =
            set.iter().map(|item| (item.to_lowercase(), item)).collect();
        for (key, item) in own {
            used.entry(key).or_insert((item, 0)).1 += 1;
        }
    }
    let mut used: Vec<(String, usize)> =
        used.into_values().map(|(item, people)| (item.clone(), people)).collect();
    used.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    used
}

/// What stands for somebody in a title.
pub(super) fn called(author: &commons_proto::id::Author, name: Option<&str>) -> String {
    name.map_or_else(|| short_author(author), person_name)
}

/// Profiles that are looked through, the last changed first: many times an event's people.
const PROFILES: usize = 3000;

/// People who wrote that are told at most.
const OTHERS: usize = 5000;

/// People on a page.
const PAGE: usize = 100;

/// Skills, or interests, that are offered to choose from: two or three lines.
const FACETS: usize = 20;

#[cfg(test)]
mod tests;
