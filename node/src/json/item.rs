//! An entry in a list, and what is told besides where it was found.

use serde::Serialize;
use utoipa::ToSchema;

use crate::news::News;
use crate::programme::{Clash, Slot};
use crate::store::{self, Summary};
use crate::when;

/// An entry in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ListItem {
    /// Its id.
    pub id: String,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// What kind of entry it is: `idea`, `resource`, `project`, `session`, `person`, `note`, …
    pub kind: String,
    /// Its title, name, or the first line of its text.
    pub title: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Who began it.
    pub author: String,
    /// What that author calls themselves.
    #[schema(required)]
    pub name: Option<String>,
    /// When it was begun.
    #[schema(format = DateTime)]
    pub created: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub changed: String,
    /// How many contributions it has.
    pub versions: u64,
    /// How many people made them.
    pub authors: u64,
    /// How many of its fields hold several values at once.
    pub conflicts: u64,
    /// The licence that it names: an SPDX expression.
    #[schema(required)]
    pub licence: Option<String>,
    /// Whether it, or who began it, is muted here.
    pub muted: bool,
    /// Why this program fails to put it together, if it does.
    #[schema(required)]
    pub damaged: Option<String>,
}

/// An entry that was found by its words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Found {
    /// The entry.
    #[serde(flatten)]
    pub item: ListItem,
    /// The part of its text where the first of the words are.
    #[schema(required)]
    pub excerpt: Option<String>,
    /// What was found in the title, then in the excerpt.
    pub matches: Vec<String>,
}

/// An entry of which something is new.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NewsItem {
    /// The entry.
    #[serde(flatten)]
    pub item: ListItem,
    /// Whether it began since then.
    pub new: bool,
    /// How many contributions came.
    pub contributions: u64,
    /// Who made them.
    pub by: Vec<String>,
    /// Whether it is followed here.
    pub followed: bool,
}

/// A session of the programme.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// The entry.
    #[serde(flatten)]
    pub item: ListItem,
    /// When it begins.
    #[schema(required, format = DateTime)]
    pub start: Option<String>,
    /// When it ends.
    #[schema(required, format = DateTime)]
    pub end: Option<String>,
    /// Where it is.
    #[schema(required)]
    pub place: Option<String>,
    /// The workstream that it belongs to.
    #[schema(required)]
    pub workstream: Option<String>,
    /// Who leads it.
    pub leads: Vec<String>,
    /// The sessions with which it cannot be as planned.
    pub clashes: Vec<SessionClash>,
}

/// A session that cannot be as planned together with the one that is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionClash {
    /// The other session.
    pub with: String,
    /// The place or the person that both need.
    pub over: String,
}

impl From<&Summary> for ListItem {
    fn from(summary: &Summary) -> Self {
        Self {
            id: summary.id.to_string(),
            short: summary.short.clone(),
            kind: summary.kind.name().to_owned(),
            title: summary.title.clone(),
            tags: summary.tags.clone(),
            author: summary.author.to_string(),
            name: summary.name.clone(),
            created: when::rfc3339(summary.created),
            changed: when::rfc3339(summary.changed),
            versions: summary.versions,
            authors: summary.authors,
            conflicts: summary.conflicts,
            licence: summary.licence.clone(),
            muted: summary.muted,
            damaged: summary.damaged.clone(),
        }
    }
}

impl From<&store::Found> for Found {
    fn from(found: &store::Found) -> Self {
        let title = &found.summary.title;
        let in_title = found.marks.iter().map(|mark| &title[mark.clone()]);
        let excerpt = found.excerpt.iter();
        let in_text = excerpt
            .flat_map(|excerpt| excerpt.marks.iter().map(|mark| &excerpt.text[mark.clone()]));
        Self {
            item: ListItem::from(&found.summary),
            excerpt: found.excerpt.as_ref().map(|excerpt| excerpt.text.clone()),
            matches: in_title.chain(in_text).map(str::to_owned).collect(),
        }
    }
}

impl From<&News> for NewsItem {
    fn from(news: &News) -> Self {
        Self {
            item: ListItem::from(&news.summary),
            new: news.is_new,
            contributions: news.contributions,
            by: news.authors.iter().map(ToString::to_string).collect(),
            followed: news.followed,
        }
    }
}

impl From<&Slot> for Session {
    fn from(slot: &Slot) -> Self {
        let clash =
            |clash: &Clash| SessionClash { with: clash.with.to_string(), over: clash.over.clone() };
        Self {
            item: ListItem::from(&slot.summary),
            start: slot.start.map(when::rfc3339),
            end: slot.end.map(when::rfc3339),
            place: slot.place.clone(),
            workstream: slot.workstream.clone(),
            leads: slot.leads.clone(),
            clashes: slot.clashes.iter().map(clash).collect(),
        }
    }
}
