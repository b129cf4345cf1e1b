//! What is known of somebody: the profile, and the teams.

use commons_proto::edit::Value;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use crate::board::parts::{LINKS, with_query};
use crate::render::{Markup, html, parts};
use crate::store::{EntryView, Filter, Result, Store, Summary};

/// What somebody says of themselves.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) id: EntryId,
    pub(super) author: Author,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) skills: Vec<String>,
    pub(super) interests: Vec<String>,
}

/// A team that somebody is in.
#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) project: Summary,
    pub(super) role: Option<String>,
}

impl Profile {
    /// What this entry of somebody says.
    pub(super) fn new(view: &EntryView) -> Self {
        let all =
            |field| view.state.set(field).filter_map(Value::as_text).map(str::to_owned).collect();
        let about = view.state.single("about").and_then(Value::as_text).unwrap_or_default();
        Self {
            id: view.summary.id,
            author: view.summary.author,
            name: view.summary.title.clone(),
            about: about.trim().to_owned(),
            skills: all("skills"),
            interests: all("interests"),
        }
    }

    /// Whether it has all of these words, this skill and this interest, as far as they are asked for.
    pub(super) fn fits(&self, words: &str, skill: &str, interest: &str) -> bool {
        let has = |all: &[String], wanted: &str| {
            let wanted = wanted.trim().to_lowercase();
            wanted.is_empty() || all.iter().any(|item| item.trim().to_lowercase() == wanted)
        };
        let said = [&self.name, &self.about].into_iter().chain(&self.skills).chain(&self.interests);
        let said = said.map(|text| text.to_lowercase()).collect::<Vec<_>>();
        let key = self.author.to_string();
        let is_said =
            |word: String| said.iter().any(|text| text.contains(&word)) || key.starts_with(&word);
        has(&self.skills, skill)
            && has(&self.interests, interest)
            && words.split_whitespace().map(str::to_lowercase).all(is_said)
    }
}

/// The teams that somebody is in, the last joined first, at most [`TEAMS`].
pub(super) fn teams(store: &Store, author: &Author) -> Result<Vec<Team>> {
    let mut teams: Vec<Team> = Vec::new();
    for (project, view) in subjects(store, author, Kind::Membership, TEAMS)? {
        if project.kind == Kind::Project && teams.iter().all(|team| team.project.id != project.id) {
            let role = view.state.single("role").and_then(Value::as_text).map(str::trim);
            let role = role.filter(|role| !role.is_empty()).map(str::to_owned);
            teams.push(Team { project, role });
        }
    }
    Ok(teams)
}

/// What the last entries of this kind by somebody are about, with those entries.
pub(super) fn subjects(
    store: &Store,
    author: &Author,
    kind: Kind,
    most: usize,
) -> Result<Vec<(Summary, EntryView)>> {
    let filter = Filter {
        kinds: vec![kind],
        authors: vec![vec![*author]],
        limit: Some(most),
        ..Filter::default()
    };
    let mut found = Vec::new();
    for summary in store.list(&filter)? {
        let Some(view) = store.entry(&summary.id)? else { continue };
        let Some(Value::Entry(about)) = view.state.single("about") else { continue };
        if let Some(about) = store.summary(about)?.filter(|about| !about.muted) {
            found.push((about, view));
        }
    }
    Ok(found)
}

/// A team and the role in it.
pub(super) fn team(team: &Team) -> Markup {
    html! {
        "In the team of " (parts::entry(&team.project.id, &team.project.title, &LINKS))
        @if let Some(role) = &team.role { " as " (parts::line(role)) }
    }
}

/// Skills or interests, each leading to those who share it.
pub(super) fn set(label: &str, name: &str, all: &[String]) -> Markup {
    html! {
        @if !all.is_empty() {
            p.set {
                span.label { (label) } " "
                @for (at, item) in all.iter().take(ITEMS).enumerate() {
                    @if at > 0 { ", " }
                    a href=(with_query("/people", &[(name, item)])) { (parts::line(item)) }
                }
                @if all.len() > ITEMS { " and more" }
            }
        }
    }
}

/// Teams of one person that are told.
const TEAMS: usize = 20;

/// Skills or interests of one person that are told.
const ITEMS: usize = 20;
