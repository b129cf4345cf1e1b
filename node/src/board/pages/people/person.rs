//! `/people/KEY`: somebody, with what they say of themselves, their teams, and what they wrote. A
//! shortened key, a did:key or a name leads to the page under the whole key.

use std::collections::BTreeMap;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use commons_proto::id::Author;
use commons_proto::kind::Kind;
use serde::Deserialize;

use super::super::feeds::person_feed;
use super::called;
use super::known::{Profile, Team, set, subjects, team, teams};
use crate::board::Board;
use crate::board::extract::{Path, Query};
use crate::board::fault::Fault;
use crate::board::forms::{follow, mute};
use crate::board::frame::Frame;
use crate::board::paging::Part;
use crate::board::parts::{LINKS, choice, entry_of_kind, nothing, with_query};
use crate::board::viewer::Viewer;
use crate::compose::profile;
use crate::find;
use crate::names::short_author;
use crate::phrases::{count, several};
use crate::render::{Markup, html, parts};
use crate::store::{Filter, Followed, Store, Summary, Target};

pub(super) fn routes() -> Router<Board> {
    Router::new().route("/people/{key}", get(person))
}

/// What of somebody to show.
#[derive(Debug, Clone, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    kind: String,
    page: Option<usize>,
}

async fn person(
    frame: Frame,
    Path(typed): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let (viewer, me, now) = (frame.viewer, frame.viewer.author(), frame.now);
    let found = frame.board.read(move |store| {
        let author = find::author(store, &typed, me)?;
        if author.to_string() != typed {
            return Ok(Err(author));
        }
        let person = Person::read(store, author, asked, &viewer)?;
        let title = called(&author, person.name.as_deref());
        Ok(Ok((title, person_feed(&author), person.show(&viewer, now))))
    });
    Ok(match found.await? {
        Ok((title, feed, main)) => frame.page_with_feeds(&title, &[(&title, &feed)], main),
        Err(author) => Redirect::to(&format!("/people/{author}")).into_response(),
    })
}

/// What the page tells.
struct Person {
    author: Author,
    name: Option<String>,
    profile: Option<Profile>,
    teams: Vec<Team>,
    kinds: BTreeMap<String, u64>,
    /// The kind that alone is shown, if one is.
    kind: Option<Kind>,
    wrote: Vec<(Kind, Vec<Summary>)>,
    endorsed: Vec<Summary>,
    part: Part,
    is_muted: bool,
    is_followed: bool,
}

impl Person {
    fn read(store: &Store, author: Author, asked: Asked, viewer: &Viewer) -> Result<Self, Fault> {
        let is_muted = store.is_muted(&Target::Author(author))?;
        let profile = profile::of(store, &author)?.filter(|view| !view.summary.muted);
        let kinds = store.kinds_of(&author)?;
        let is_post =
            |kind: &Kind| !matches!(kind, Kind::Person | Kind::Endorsement | Kind::Membership);
        let posts = kinds.keys().filter_map(|name| Kind::new(name, true)).filter(is_post);
        let mut posts: Vec<Kind> = posts.collect();
        posts.sort_by_key(|kind| {
            Kind::KNOWN.iter().position(|known| known == kind).unwrap_or(usize::MAX)
        });
        let kind = posts.iter().find(|kind| kind.name() == asked.kind).cloned();
        let all =
            kind.as_ref().and_then(|kind| kinds.get(kind.name())).copied().unwrap_or_default();
        let part = Part::new(asked.page, PAGE, usize::try_from(all).unwrap_or(usize::MAX));
        let list = |kind: &Kind, limit: usize| {
            let (kinds, authors) = (vec![kind.clone()], vec![vec![author]]);
            store.list(&Filter { kinds, authors, limit: Some(limit), ..Filter::default() })
        };
        let mut wrote = Vec::new();
        match &kind {
            Some(kind) => {
                let range = part.range();
                let mut entries = list(kind, range.end)?;
                entries.drain(..range.start.min(entries.len()));
                wrote.push((kind.clone(), entries));
            }
            None => {
                for kind in posts {
                    let entries = list(&kind, OF_EACH_KIND)?;
                    wrote.push((kind, entries));
                }
            }
        }
        let endorsed = subjects(store, &author, Kind::Endorsement, ENDORSED)?;
        Ok(Self {
            author,
            name: store.author_name(&author)?,
            profile: profile.as_ref().map(Profile::new),
            teams: teams(store, &author)?,
            kinds,
            kind,
            wrote,
            endorsed: endorsed.into_iter().map(|(about, _)| about).collect(),
            part,
            is_muted: is_muted && viewer.is_host(),
            is_followed: viewer.is_host() && store.is_followed(&Followed::Author(author))?,
        })
    }

    fn show(&self, viewer: &Viewer, now: u64) -> Markup {
        let is_me = viewer.author() == Some(self.author);
        html! {
            header.person-head {
                h1 { (parts::line(&called(&self.author, self.name.as_deref()))) }
                p.key title="The beginning of the key" { (short_author(&self.author)) }
                p.meta { a href=(person_feed(&self.author)) { "Feed" } }
            }
            @if self.is_muted {
                p.warning { "You have muted this author: what they began is left out here, for you and your guests." }
            }
            (self.says(is_me))
            @if !is_me {
                div.presses {
                    (follow(viewer, &Followed::Author(self.author), self.is_followed))
                    (mute(viewer, &Target::Author(self.author), self.is_muted))
                }
            }
            (self.key())
            @if !self.teams.is_empty() {
                section aria-labelledby="teams" {
                    h2 #teams { "Teams" }
                    ul.plain { @for one in &self.teams { li { (team(one)) } } }
                }
            }
            (self.posts(is_me, now))
            @if !self.endorsed.is_empty() && self.kind.is_none() { (self.endorsements()) }
        }
    }

    fn says(&self, is_me: bool) -> Markup {
        html! {
            @if let Some(profile) = &self.profile {
                @if !profile.about.is_empty() { p.lead { (parts::line(&profile.about)) } }
                (set("Can", "skill", &profile.skills))
                (set("Interested in", "interest", &profile.interests))
            } @else if !is_me { p.meta { "They have not said who they are." } }
            @if is_me {
                p {
                    a.button href="/profile" {
                        @if self.profile.is_some() { "Change your profile" } @else { "Say who you are" }
                    }
                }
            }
        }
    }

    /// The key, by which this author is told from all others.
    fn key(&self) -> Markup {
        html! {
            details.key-whole #key {
                summary { "The key, to compare" }
                p {
                    "Anybody can take a name; nobody else can write under this key. Compare it with the "
                    "one that they read to you from their own node (" code { "commons whoami" } ")."
                }
                dl {
                    dt { "key" } dd { code { (self.author) } }
                    dt { "did:key" } dd { code { (self.author.did()) } }
                }
            }
        }
    }

    fn posts(&self, is_me: bool, now: u64) -> Markup {
        let path = format!("/people/{}", self.author);
        let to = |kind: &str| with_query(&path, &[("kind", kind)]);
        html! {
            section aria-labelledby="wrote" data-live="wrote" {
                h2 #wrote { "What they wrote" }
                @if self.wrote.is_empty() {
                    @if is_me { (nothing("Nothing yet.", &html! { a href="/new" { "Add something" } })) }
                    @else { p.empty { "Nothing that is shown here." } }
                }
                @if let Some(kind) = &self.kind {
                    ul.choices {
                        li { (choice("everything", None, &path, false)) }
                        li { (choice(&several(kind.name()), self.kinds.get(kind.name()).copied(), &to(kind.name()), true)) }
                    }
                } @else if self.wrote.len() > 1 {
                    ul.choices {
                        @for (kind, _) in &self.wrote {
                            li { (choice(&several(kind.name()), self.kinds.get(kind.name()).copied(), &to(kind.name()), false)) }
                        }
                    }
                }
                @for (kind, entries) in &self.wrote {
                    @let all = self.kinds.get(kind.name()).copied().unwrap_or_default();
                    section {
                        h3.group { (several(kind.name())) }
                        ul.entries { @for entry in entries { (entry_of_kind(entry, now)) } }
                        @if self.kind.is_none() && all > entries.len() as u64 {
                            p { a href=(to(kind.name())) { "All " (count(all, kind.name(), &several(kind.name()))) } }
                        }
                    }
                }
                @if let Some(kind) = &self.kind { (self.part.links(&path, &[("kind", kind.name())])) }
            }
        }
    }

    fn endorsements(&self) -> Markup {
        let all = self.kinds.get(Kind::Endorsement.name()).copied().unwrap_or_default();
        html! {
            section aria-labelledby="endorsed" {
                h2 #endorsed { "What they endorsed" }
                ul.plain {
                    @for about in &self.endorsed {
                        li {
                            span.kind { (parts::line(about.kind.name())) } " "
                            (parts::entry(&about.id, &about.title, &LINKS))
                        }
                    }
                }
                @if all > self.endorsed.len() as u64 { p.meta { "the last of " (all) } }
            }
        }
    }
}

/// Entries of a kind that are shown among all.
const OF_EACH_KIND: usize = 5;

/// Entries of one kind on a page.
const PAGE: usize = 50;

/// Endorsements that are told.
const ENDORSED: usize = 20;
