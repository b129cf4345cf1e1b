//! A feed of entries, in the Atom format.

use std::io::Write;

use super::{Exported, Item, Result};
use crate::links;
use crate::render::atom::{Feed, Post};
use crate::render::markdown::{markdown, post};
use crate::render::{Links, Markup, NoLinks};
use commons_proto::kind::Kind;

/// Writes the feed; `commons` is what it is called.
pub fn write(
    commons: &str,
    items: impl Iterator<Item = Result<Item>>,
    out: &mut impl Write,
) -> Result<Exported> {
    let mut exported = Exported::default();
    let mut posts = Vec::new();
    for item in items {
        posts.push(entry(&item?, None, &NoLinks));
        exported.note(true);
    }
    let feed = Feed {
        id: feed_id(commons),
        title: commons.to_owned(),
        updated: posts.iter().map(|post| post.updated).max().unwrap_or(0),
        address: None,
        page: None,
        posts,
    };
    out.write_all(feed.write().as_bytes())?;
    writeln!(out)?;
    Ok(exported)
}

/// What a feed of everything in a commons is for good.
pub fn feed_id(commons: &str) -> String {
    let plain = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    format!("commons:feed:{}", commons.bytes().map(plain).collect::<String>())
}

/// An entry as it stands in a feed, with its page if it has one.
pub fn entry(item: &Item, page: Option<String>, links: &dyn Links) -> Post {
    let summary = item.summary();
    let mut authors = item.view().contributors.clone();
    // Who began it stands first.
    authors.sort_by_key(|(author, _)| *author != summary.author);
    authors.truncate(AUTHORS);
    Post {
        id: links::address(&summary.id),
        title: title(item),
        published: summary.created,
        updated: summary.changed.max(summary.created),
        authors,
        tags: summary.tags.iter().take(TAGS).cloned().collect(),
        page,
        licence: summary.licence.clone(),
        content: content(item, links),
    }
}

fn title(item: &Item) -> String {
    let kind = item.kind().name();
    match item.summary().title.trim() {
        "" => kind.to_owned(),
        title if *item.kind() == Kind::Membership => format!("{kind}: {title}"),
        title => title.to_owned(),
    }
}

fn content(item: &Item, links: &dyn Links) -> Markup {
    let body = item.body();
    let addresses = item.addresses();
    crate::render::html! {
        @if item.view().state.prose("body").is_empty() { (post(&body, links)) }
        @else { (markdown(&body, 1, links)) }
        @for (_, address) in addresses.iter().take(ADDRESSES) {
            p { (crate::render::parts::address(address, links)) }
        }
    }
}

/// Authors of one post at most.
const AUTHORS: usize = 50;

/// Tags of one post at most.
const TAGS: usize = 50;

/// Addresses of one post at most.
const ADDRESSES: usize = 20;
