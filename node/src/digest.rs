//! The digest of a span of time, for all that is new or for some tags: who is involved, the top
//! resources, related tags, projects and what they look for, sessions, and every post with what was
//! said about it. Data alone; [`html`], [`markdown`] and [`feed`] write it down, and so does the
//! command line for a terminal.
//!
//! Two nodes that hold the same set, and mute the same, make the same digest: times are the claimed
//! ones (but for a clock that is ahead, [`crate::store`] says how), what has the same time or weight
//! is in the order of ids, and nothing depends on the order in which contributions came.
//!
//! What is muted here is left out, and so is what its author took back. Counts of people are counts of
//! keys: nobody raises their own resource by any number of endorsements and references, but whoever
//! makes many keys can.

mod asked;
mod form;
mod gather;

pub mod feed;
pub mod html;
pub mod markdown;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::store::{Result, Store};
use crate::when;

pub use asked::Unclear;
pub use form::Form;

/// What a digest is to be of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Only entries with all of these tags, and what was said about them; all if there are none.
    pub tags: BTreeSet<String>,
    /// From this time on, in seconds since 1970 UTC.
    pub since: u64,
    /// Until before this time, in seconds since 1970 UTC.
    pub until: u64,
    /// Whether posts are to have the whole of what they say, not only what notes and comments do.
    pub bodies: bool,
}

/// What happened in a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Digest {
    /// The tags that it is about, sorted; all that happened if there are none.
    pub tags: Vec<String>,
    /// When the span begins, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub since: u64,
    /// Before when it ends, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub until: u64,
    /// How many contributions there were.
    pub contributions: u64,
    /// How many entries of each kind were begun.
    pub begun: BTreeMap<String, u64>,
    /// Everybody who contributed, those who did most first.
    pub people: Vec<Involved>,
    /// Resources that were brought, changed or spoken of, those with most people behind them first.
    pub resources: Vec<Resource>,
    /// The other tags of what happened, those of most entries first.
    pub related: Vec<RelatedTag>,
    /// Projects that were begun, changed, joined or spoken of, in the order of the posts.
    pub projects: Vec<Project>,
    /// Sessions that begin in the span, by time; then those that were written in it for no time yet.
    pub sessions: Vec<Session>,
    /// Every post, the first first.
    pub posts: Vec<Post>,
    /// How many further entries there are, touched before those that are told.
    pub left_out: u64,
}

/// An author, by key and by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = DigestPerson)]
pub struct Person {
    /// The key.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    pub author: Author,
    /// What the author wants to be called.
    #[schema(required)]
    pub name: Option<String>,
}

/// An entry, summed up.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestItem)]
pub struct Item {
    /// Its id.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    pub id: EntryId,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// The name of its kind.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// Who began it.
    #[serde(flatten)]
    pub by: Person,
    /// When it was begun, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub created: u64,
    /// The licence that it names.
    #[schema(required)]
    pub licence: Option<String>,
}

/// Somebody who contributed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestInvolved)]
pub struct Involved {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// How many contributions.
    pub contributions: u64,
    /// How many entries they began.
    pub begun: u64,
}

/// A resource, with who stands behind it: others than who brought it, each counted once.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestResource)]
pub struct Resource {
    /// The entry.
    #[serde(flatten)]
    pub item: Item,
    /// Where it is.
    #[schema(required)]
    pub url: Option<String>,
    /// How many people endorsed it or refer to it, by the end of the span.
    pub support: u64,
    /// How many endorsed it.
    pub endorsements: u64,
    /// How many refer to it: comments, notes, links.
    pub references: u64,
}

/// A tag that stands beside those that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DigestRelatedTag)]
pub struct RelatedTag {
    /// The tag.
    pub tag: String,
    /// At how many of the posts.
    pub entries: u64,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestProject)]
pub struct Project {
    /// The entry.
    #[serde(flatten)]
    pub item: Item,
    /// The skills that it looks for.
    pub skills: Vec<String>,
    /// Who is part of it, who joined first first.
    pub team: Vec<Person>,
    /// Where its work is.
    #[schema(required)]
    pub repository: Option<String>,
    /// Where it can be seen.
    #[schema(required)]
    pub demo: Option<String>,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestSession)]
pub struct Session {
    /// The entry.
    #[serde(flatten)]
    pub item: Item,
    /// When it begins, in seconds since 1970 UTC, if that is known.
    #[serde(serialize_with = "time_if_any")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    pub start: Option<u64>,
    /// When it ends.
    #[serde(serialize_with = "time_if_any")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    pub end: Option<u64>,
    /// Where it is.
    #[schema(required)]
    pub place: Option<String>,
    /// The workstream that it belongs to.
    #[schema(required)]
    pub workstream: Option<String>,
    /// Who leads it.
    pub leads: Vec<String>,
}

/// An entry that was begun, changed or spoken of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestPost)]
pub struct Post {
    /// The entry.
    #[serde(flatten)]
    pub item: Item,
    /// When it was first touched in the span, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub time: u64,
    /// When it, or what was said about it, was last touched in the span.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub last: u64,
    /// Whether it was begun in the span.
    pub is_new: bool,
    /// What it says: the whole of a note or comment; of others only if that was asked for.
    #[schema(required)]
    pub text: Option<String>,
    /// Where it is, if it is a resource.
    #[schema(required)]
    pub url: Option<String>,
    /// The entry that it is about, if it names one that is here.
    #[schema(required)]
    pub about: Option<About>,
    /// Who changed it in the span after it was begun, who did so first first.
    pub changed_by: Vec<Change>,
    /// What was said about it, the first first.
    pub comments: Vec<Comment>,
    /// Who endorsed it in the span.
    pub endorsed_by: Vec<Person>,
    /// Who joined it in the span.
    pub joined_by: Vec<Person>,
}

/// The entry that a post is about.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestAbout)]
pub struct About {
    /// Its id.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    pub id: EntryId,
    /// What it is called.
    pub title: String,
}

/// What one author changed in an entry.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestChange)]
pub struct Change {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// How many changes.
    pub changes: u64,
    /// When the last one was made, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub time: u64,
}

/// Something that was said about a post.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DigestComment)]
pub struct Comment {
    /// The comment's id.
    #[serde(serialize_with = "shown")]
    #[schema(value_type = String)]
    pub id: EntryId,
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// Who said it.
    #[serde(flatten)]
    pub by: Person,
    /// When, in seconds since 1970 UTC.
    #[serde(serialize_with = "time")]
    #[schema(value_type = String, format = DateTime)]
    pub time: u64,
    /// What.
    pub text: String,
}

/// The digest that is asked for.
///
/// # Errors
/// If the store cannot be read.
pub fn digest(store: &Store, asked: &Asked) -> Result<Digest> {
    store.look(|look| gather::gather(look, asked))
}

/// The form in which a tag is asked for: upper and lower case are one, and a `#` is none of it.
/// `None` if nothing is left.
pub fn tag(typed: &str) -> Option<String> {
    let tag = typed.trim().trim_start_matches('#').to_lowercase();
    (!tag.is_empty()).then_some(tag)
}

impl Digest {
    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.posts.is_empty() && self.people.is_empty() && self.sessions.is_empty()
    }

    /// What it is of, in a few words: `#wards and #hygiene`, `everything`.
    pub fn title(&self) -> String {
        let tags: Vec<String> = self.tags.iter().map(|tag| format!("#{tag}")).collect();
        match tags.as_slice() {
            [] => "everything".to_owned(),
            tags => tags.join(" and "),
        }
    }

    /// How much happened, in a sentence without a full stop: `3 people, 2 ideas, 1 note`.
    pub fn tally(&self) -> String {
        let mut counts = vec![counted(self.people.len() as u64, "person", "people")];
        let known = Kind::KNOWN.iter().map(Kind::name);
        let newer =
            self.begun.keys().map(String::as_str).filter(|kind| Kind::known(kind).is_none());
        for kind in known.chain(newer) {
            let (one, many) = match kind {
                "person" => ("profile", "profiles".to_owned()),
                kind => (kind, format!("{kind}s")),
            };
            counts.extend(self.begun.get(kind).map(|count| counted(*count, one, &many)));
        }
        counts.join(", ")
    }

    /// The licences that are named in it, each once, with how many of its entries name it.
    pub fn licences(&self) -> BTreeMap<&str, u64> {
        let mut licences = BTreeMap::new();
        let posts = self.posts.iter().map(|post| &post.item);
        let sessions = self.sessions.iter().map(|session| &session.item);
        let items: BTreeMap<EntryId, &Item> =
            posts.chain(sessions).map(|item| (item.id, item)).collect();
        for item in items.into_values() {
            if let Some(licence) = &item.licence {
                *licences.entry(licence.as_str()).or_default() += 1;
            }
        }
        licences
    }
}

impl Post {
    /// Who began it, and everybody who wrote something of it in the span.
    pub fn credited(&self) -> Vec<Person> {
        let changed = self.changed_by.iter().map(|change| &change.person);
        let others = changed.chain(self.comments.iter().map(|comment| &comment.by));
        let others: BTreeSet<&Person> = others.filter(|person| **person != self.item.by).collect();
        std::iter::once(&self.item.by).chain(others).cloned().collect()
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn shown<S: Serializer>(id: &impl Display, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn time<S: Serializer>(seconds: &u64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&when::rfc3339(*seconds))
}

fn time_if_any<S: Serializer>(
    seconds: &Option<u64>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    seconds.map(when::rfc3339).serialize(serializer)
}

#[cfg(test)]
mod tests;
