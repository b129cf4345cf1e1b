//! A digest as an Atom feed: a post in the feed for each post in the digest, the newest first.

use commons_proto::id::EntryId;
use maud::html;
use sha2::{Digest as _, Sha256};

use super::{Digest, Post};
use crate::render::atom::{Feed, Post as FeedPost};
use crate::render::markdown::{markdown, post as post_text};
use crate::render::{Links, NoLinks, parts};

/// The digest as a feed. Its id tells what it is of, so that a reader knows it again.
pub fn feed(digest: &Digest, commons: &str) -> String {
    let mut posts: Vec<FeedPost> = digest.posts.iter().map(|post| entry(post, &NoLinks)).collect();
    posts.sort_by(|one, other| (other.updated, &one.id).cmp(&(one.updated, &other.id)));
    // Of a name and tags with any letters.
    let mut named = Sha256::new().chain_update(commons);
    for tag in &digest.tags {
        named = named.chain_update("#").chain_update(tag);
    }
    let named = EntryId(named.finalize().into());
    let feed = Feed {
        id: format!("commons:digest:{named}"),
        title: format!("{}: {}", commons, digest.title()),
        updated: posts.first().map_or(digest.since, |post| post.updated),
        address: None,
        page: None,
        posts,
    };
    feed.write()
}

fn entry(post: &Post, links: &dyn Links) -> FeedPost {
    let is_note = post.item.kind == "note";
    let content = html! {
        @if let Some(url) = &post.url { p { (parts::address(url, links)) } }
        @if let Some(text) = &post.text {
            @if is_note { (post_text(text, links)) } @else { (markdown(text, 2, links)) }
        }
        (parts::tags(&post.item.tags, links))
        @for comment in &post.comments {
            blockquote {
                p { (parts::person(&comment.by.author, comment.by.name.as_deref(), links)) " · " (parts::time(comment.time)) }
                (post_text(&comment.text, links))
            }
        }
    };
    FeedPost {
        id: format!("commons:{}", post.item.id),
        title: post.item.title.clone(),
        published: post.item.created,
        updated: post.last,
        authors: post.credited().into_iter().map(|one| (one.author, one.name)).collect(),
        tags: post.item.tags.clone(),
        page: post.url.as_deref().and_then(parts::web_address).map(str::to_owned),
        licence: post.item.licence.clone(),
        content,
    }
}
