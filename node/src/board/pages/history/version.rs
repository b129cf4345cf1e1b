//! The page of a version: what it changed, field by field, against what it followed; and the entry as
//! it was then.

use axum::response::{IntoResponse as _, Redirect, Response};
use commons_proto::contribution::Content;
use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::EntryId;
use commons_proto::kind::{Field, FieldType, Kind};

use super::{Address, History, Unseen, version_page};
use crate::board::difference::difference;
use crate::board::extract::{Path, Query};
use crate::board::fault::Fault;
use crate::board::frame::Frame;
use crate::board::meant::{self, Meant};
use crate::board::parts::{BoardLinks, at, entry_page, with_query};
use crate::export::Item;
use crate::find;
use crate::render::entry::{Teller, VALUES};
use crate::render::{Markup, html, parts};
use crate::store::{EntryView, Store, Version};
use crate::words;

pub(super) async fn show(
    frame: Frame,
    Path((typed, version)): Path<(String, String)>,
    Query(address): Query<Address>,
) -> Result<Response, Fault> {
    let id = match meant::entry(&frame, &typed, &format!("/history/{version}")).await? {
        Meant::Entry(id) => id,
        Meant::Other(answer) => return Ok(answer),
    };
    let (viewer, now) = (frame.viewer, frame.now);
    let read = frame.board.read(move |store| {
        let history = History::read(store, &id, viewer, now)?;
        let meant = find::version(store, &history.versions, &version)?;
        if meant.to_string() != version {
            return Ok(Err(version_page(&id, &meant)));
        }
        let place = history.versions.iter().position(|one| one.record.id == meant);
        let place = place.ok_or_else(|| Fault::missing("the entry has no such version"))?;
        let links = BoardLinks::new(store);
        let named = |entry: &EntryId| meant::named(store, entry);
        let teller = Teller { links: &links, time: at, entry: &named };
        let shows_muted = address.muted == "yes";
        let page = Page { history: &history, place, shows_muted, teller };
        page.show(store).map(Ok)
    });
    Ok(match read.await? {
        Ok(main) => frame.page("A version", main),
        Err(page) => Redirect::to(&page).into_response(),
    })
}

struct Page<'p> {
    history: &'p History,
    place: usize,
    shows_muted: bool,
    teller: Teller<'p>,
}

impl Page<'_> {
    fn show(&self, store: &Store) -> Result<Markup, Fault> {
        let summary = &self.history.view.summary;
        let version = self.version();
        let unseen = Unseen::of(&self.history.versions);
        let page = version_page(&summary.id, &version.record.id);
        let changes = match &version.record.content {
            _ if version.muted && !self.shows_muted => html! {
                p.standing {
                    "Whoever made this version is muted here. "
                    a href=(with_query(&page, &[("muted", "yes")])) { "Show what they wrote" }
                }
            },
            Content::Erased => html! {
                p.standing { "Its author took this version back, so nobody knows any more what it said." }
            },
            Content::Newer => html! {
                p.standing { "Only a newer commons can show what this version changed." }
            },
            Content::Payload(_) if summary.kind == Kind::Erasure => {
                self.teller.version(&summary.kind, &version.record)
            }
            Content::Payload(payload) => html! {
                @if let Some(why) = &payload.summary {
                    p.lead { (parts::line(&words::cut(why, SUMMARY_CHARS))) }
                }
                (self.changes(store)?)
            },
        };
        Ok(html! {
            div.wide.history {
                p.meta {
                    a href={ (entry_page(&summary.id)) "/history" } { "History" } " of "
                    ((self.teller.entry)(&summary.id))
                }
                h1 { "Version of " (at(version.time)) }
                (self.history.by(self.place, &unseen))
                p.meta { "Its id is " span.id { (version.record.id) } }
                (changes)
                div.does { (self.history.does(self.place)) }
                (self.others())
            }
        })
    }

    fn version(&self) -> &Version {
        &self.history.versions[self.place]
    }

    /// What it changed, and what the entry was then.
    fn changes(&self, store: &Store) -> Result<Markup, Fault> {
        let view = &self.history.view;
        let (entry, record) = (&view.summary.id, &self.version().record);
        let before = match record.header.parents[..] {
            [] => None,
            ref parents => store.state_at(entry, parents)?,
        };
        let after = store.state_at(entry, &[record.id])?.unwrap_or_default();
        let fields = view.summary.kind.fields().iter();
        let empty = State::default();
        let old = before.as_ref().unwrap_or(&empty);
        let changed: Vec<(&str, Markup)> = fields
            .filter_map(|field| Some((field.name, self.field(field, old, &after)?)))
            .collect();
        Ok(html! {
            h2 { @if before.is_none() { "What it began with" } @else { "What it changed" } }
            @if changed.is_empty() { p.empty { "Nothing that is shown." } }
            dl.changed {
                @for (name, change) in changed { div { dt { (name) } dd { (change) } } }
            }
            @if before.is_some() {
                details #then {
                    summary { "The whole entry as it was then" }
                    div.panel { (self.then(after)) }
                }
            }
        })
    }

    /// How a field was changed, if it was.
    fn field(&self, field: &Field, before: &State, after: &State) -> Option<Markup> {
        let name = field.name;
        if field.field_type == FieldType::Prose {
            let (old, new) = (before.prose(name), after.prose(name));
            return (old != new).then(|| difference(&old, &new));
        }
        if field.field_type == FieldType::Set {
            return self.set(field, before, after);
        }
        let values = |state: &State| -> Vec<Option<Value>> {
            state.held(name).iter().map(|held| held.value.clone()).collect()
        };
        let (old, new) = (values(before), values(after));
        if old == new {
            return None;
        }
        if let (Some(one), Some(other)) = (long(&old), long(&new))
            && one.len().max(other.len()) > LINE_BYTES
        {
            return Some(difference(one, other));
        }
        let told = |values: &[Option<Value>]| {
            let shown = values.iter().flatten().take(VALUES);
            let all: Vec<Markup> = shown.map(|one| self.teller.value(Some(field), one)).collect();
            html! { @for (at, one) in all.iter().enumerate() { @if at > 0 { " or " } (one) } }
        };
        Some(html! {
            @if old.iter().any(Option::is_some) { del { (told(&old)) } " " span aria-hidden="true" { "→ " } }
            @if new.iter().any(Option::is_some) { ins { (told(&new)) } } @else { em { "emptied" } }
        })
    }

    fn set(&self, field: &Field, before: &State, after: &State) -> Option<Markup> {
        let of = |state: &State| state.set(field.name).cloned().collect::<Vec<Value>>();
        let (old, new) = (of(before), of(after));
        let gone = old.iter().filter(|item| new.binary_search(item).is_err());
        let come = new.iter().filter(|item| old.binary_search(item).is_err());
        (old != new).then(|| {
            html! {
                ul.items {
                    @for item in gone.take(VALUES) { li { del { (self.teller.value(Some(field), item)) } } }
                    @for item in come.take(VALUES) { li { ins { (self.teller.value(Some(field), item)) } } }
                }
            }
        })
    }

    /// The entry as it was.
    fn then(&self, state: State) -> Markup {
        let view = &self.history.view;
        let title = state.title(&view.summary.kind);
        let item = Item::new(EntryView { state, ..view.clone() });
        html! {
            @if item.kind().field("text").is_none() { h3 { (parts::title(&title)) } }
            (self.teller.text(&item))
            (self.teller.fields(&item, &[]))
        }
    }

    /// The way to the versions before and after it.
    fn others(&self) -> Markup {
        let page = |place: usize| {
            let version = self.history.versions.get(place)?;
            Some(version_page(&self.history.view.summary.id, &version.record.id))
        };
        let (older, newer) = (self.place.checked_sub(1).and_then(page), page(self.place + 1));
        html! {
            nav.parts aria-label="Other versions" {
                @if let Some(older) = older { a.button rel="prev" href=(older) { "Older" } }
                span { "Version " (self.place + 1) " of " (self.history.versions.len()) }
                @if let Some(newer) = newer { a.button rel="next" href=(newer) { "Newer" } }
            }
        }
    }
}

/// The one text that a field holds; an empty one if it holds nothing.
fn long(values: &[Option<Value>]) -> Option<&str> {
    match values {
        [] | [None] => Some(""),
        [Some(Value::Text(text))] => Some(text),
        _ => None,
    }
}

/// Bytes of a text that is told old and new: of a longer one the words are compared.
const LINE_BYTES: usize = 100;

/// Characters of what a version says of itself.
const SUMMARY_CHARS: usize = 500;
