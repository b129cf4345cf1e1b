//! The history of an entry: its versions, the newest first, with who made each, when and why, and what
//! it changed. A version's own page is in `version`.

#[cfg(test)]
mod tests;
mod version;

use std::collections::{HashMap, HashSet};

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use commons_proto::contribution::Content;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::policy;
use serde::Deserialize;

use crate::board::Board;
use crate::board::extract::{Path, Query};
use crate::board::fault::Fault;
use crate::board::forms;
use crate::board::frame::Frame;
use crate::board::meant::{self, Meant};
use crate::board::paging::Part;
use crate::board::parts::{BoardLinks, LINKS, ago, at, entry_page, with_query};
use crate::board::viewer::Viewer;
use crate::find;
use crate::phrases::count;
use crate::render::entry::Teller;
use crate::render::{Markup, html, parts};
use crate::store::{EntryView, Store, Version};

pub(super) fn routes() -> Router<Board> {
    Router::new()
        .route("/entry/{id}/history", get(show))
        .route("/entry/{id}/history/{version}", get(version::show))
}

/// What stands behind the question mark.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Address {
    page: Option<usize>,
    /// Whether what is muted here is shown: `yes`.
    muted: String,
}

async fn show(
    frame: Frame,
    Path(typed): Path<String>,
    Query(address): Query<Address>,
) -> Result<Response, Fault> {
    let id = match meant::entry(&frame, &typed, "/history").await? {
        Meant::Entry(id) => id,
        Meant::Other(answer) => return Ok(answer),
    };
    let (viewer, now) = (frame.viewer, frame.now);
    let read = frame.board.read(move |store| {
        let history = History::read(store, &id, viewer, now)?;
        let links = BoardLinks::new(store);
        let named = |entry: &EntryId| meant::named(store, entry);
        let teller = Teller { links: &links, time: at, entry: &named };
        Ok(history.show(&address, teller))
    });
    let main = read.await?;
    Ok(frame.page("History", main))
}

/// An entry with its versions.
struct History {
    viewer: Viewer,
    /// When it is looked at, in seconds since 1970 UTC.
    now: u64,
    view: EntryView,
    /// The oldest first.
    versions: Vec<Version>,
}

impl History {
    fn read(store: &Store, id: &EntryId, viewer: Viewer, now: u64) -> Result<Self, Fault> {
        let view = store.entry(id)?;
        let view = view.ok_or_else(|| find::unknown(&id.to_string(), Vec::new()))?;
        Ok(Self { viewer, now, view, versions: store.history(id)? })
    }

    fn show(&self, address: &Address, teller: Teller) -> Markup {
        let summary = &self.view.summary;
        let page = format!("{}/history", entry_page(&summary.id));
        let part = Part::new(address.page, ON_PAGE, self.versions.len());
        let shows_muted = address.muted == "yes";
        let is_some_muted = self.versions.iter().any(|version| version.muted);
        let unseen = Unseen::of(&self.versions);
        let newest_first: Vec<usize> = (0..self.versions.len()).rev().collect();
        html! {
            div.wide.history {
                h1 { "History of " ((teller.entry)(&summary.id)) }
                section data-live="history" {
                    p.lead {
                        (count(self.versions.len() as u64, "version", "versions"))
                        ", the newest first. Nothing is lost: any of them can be brought back, and what "
                        "is there now stays in the history."
                    }
                    @if is_some_muted && !shows_muted {
                        p.meta {
                            "What people wrote who are muted here is left out. "
                            a href=(with_query(&page, &[("muted", "yes")])) { "Show it" }
                        }
                    }
                    h2.unseen { "The versions" }
                    ol.versions {
                        @for place in &newest_first[part.range()] {
                            (self.one(*place, &unseen, shows_muted, teller))
                        }
                    }
                    (part.links(&page, &[("muted", &address.muted)]))
                }
            }
        }
    }

    fn one(&self, place: usize, unseen: &Unseen, shows_muted: bool, teller: Teller) -> Markup {
        let version = &self.versions[place];
        let (id, record) = (&self.view.summary.id, &version.record);
        let page = version_page(id, &record.id);
        html! {
            li data-key=(record.id) {
                h3 {
                    a href=(page) { (at(version.time)) }
                    @if self.view.heads.contains(&record.id) {
                        " " span.kind { @if self.view.heads.len() == 1 { "newest" } @else { "one of the newest" } }
                    }
                }
                (self.by(place, unseen))
                @if version.muted && !shows_muted { p.empty { "By somebody who is muted here." } }
                @else {
                    (teller.version(&self.view.summary.kind, record))
                    div.does.small {
                        a href=(page) { "See what it changed" }
                        (self.does(place))
                    }
                }
            }
        }
    }

    /// Who made it, and beside which others.
    fn by(&self, place: usize, unseen: &Unseen) -> Markup {
        let version = &self.versions[place];
        let parents = version.record.header.parents.len();
        let beside = unseen.by(place);
        html! {
            p.meta {
                (parts::person(&version.record.header.author, version.name.as_deref(), &LINKS))
                @if parents == 0 { " began it" }
                " " (ago(version.time, self.now))
                @if parents > 1 { ", bringing " (parents) " versions together" }
                @if beside > 0 {
                    ". " span.concurrent {
                        "Made without knowing of " (count(beside as u64, "version", "versions")) " below"
                    }
                }
            }
        }
    }

    /// What one can do with a version.
    fn does(&self, place: usize) -> Markup {
        let record = &self.versions[place].record;
        let id = &self.view.summary.id;
        let is_whole = matches!(record.content, Content::Payload(_));
        let is_mine = self.viewer.author() == Some(record.header.author);
        let may_change = self
            .viewer
            .author()
            .is_some_and(|me| policy::allows_author(&self.view.genesis, &me).is_ok());
        let is_newest = self.view.heads == [record.id];
        html! {
            @if is_mine && is_whole && self.view.summary.kind != Kind::Erasure {
                a href=(with_query(&format!("{}/erase", entry_page(id)), &[("version", &record.id.to_string())])) {
                    "Erase what I wrote in it"
                }
            }
            @if is_whole && may_change && !is_newest && self.view.summary.damaged.is_none() {
                (forms::restore(&self.viewer, id, &record.id))
            }
        }
    }
}

/// The address of a version.
fn version_page(entry: &EntryId, version: &ContributionId) -> String {
    format!("{}/history/{version}", entry_page(entry))
}

/// Tells which versions were made without knowing of others that are told before them.
struct Unseen {
    /// The places of each version's parents, in the order of the history.
    parents: Vec<Vec<usize>>,
    /// Whether each follows the one before it and nothing else.
    is_linear: bool,
}

impl Unseen {
    fn of(versions: &[Version]) -> Self {
        let places: HashMap<ContributionId, usize> = versions
            .iter()
            .enumerate()
            .map(|(place, version)| (version.record.id, place))
            .collect();
        let parents = versions.iter().map(|version| {
            let parents = version.record.header.parents.iter();
            parents.filter_map(|parent| places.get(parent).copied()).collect()
        });
        let parents: Vec<Vec<usize>> = parents.collect();
        let is_linear = parents.iter().enumerate().all(|(place, parents)| match parents[..] {
            [parent] => parent + 1 == place,
            [] => place == 0,
            _ => false,
        });
        Self { parents, is_linear }
    }

    /// How many versions before this one it does not follow.
    fn by(&self, place: usize) -> usize {
        if self.is_linear {
            return 0;
        }
        let mut seen = HashSet::new();
        let mut next = self.parents[place].clone();
        while let Some(parent) = next.pop() {
            if seen.insert(parent) {
                next.extend(&self.parents[parent]);
            }
        }
        place - seen.len()
    }
}

/// Versions on one page: each looks through the whole history for what it knew of.
const ON_PAGE: usize = 50;
