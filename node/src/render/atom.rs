//! Feeds in the Atom format (RFC 4287), written by a library.

use std::str::FromStr as _;

use atom_syndication as atom;
use atom_syndication::FixedDateTime;
use commons_proto::id::Author;
use maud::Markup;

use crate::names::person;
use crate::{escape, when};

/// A feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// What it is for good, wherever it is read: a URI.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When something in it last changed, in seconds since 1970 UTC.
    pub updated: u64,
    /// Where the feed itself is, if it has an address.
    pub address: Option<String>,
    /// The page of which it is the feed, if there is one.
    pub page: Option<String>,
    /// What is in it, the newest first.
    pub posts: Vec<Post>,
}

/// Something in a feed.
#[derive(Debug, Clone)]
pub struct Post {
    /// What it is for good: a URI.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was written, in seconds since 1970 UTC.
    pub published: u64,
    /// When it was last changed, in seconds since 1970 UTC.
    pub updated: u64,
    /// Who wrote it, with their names.
    pub authors: Vec<(Author, Option<String>)>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its page, if it has one.
    pub page: Option<String>,
    /// The licence that it names.
    pub licence: Option<String>,
    /// What it says.
    pub content: Markup,
}

impl Feed {
    /// The feed as a document.
    pub fn write(&self) -> String {
        let links = [
            ("self", &self.address, Some("application/atom+xml")),
            ("alternate", &self.page, None),
        ];
        let feed = atom::Feed {
            title: text(&self.title),
            id: self.id.clone(),
            updated: moment(self.updated),
            links: links
                .into_iter()
                .filter_map(|(relation, address, media_type)| {
                    address.as_ref().map(|address| link(relation, address, media_type))
                })
                .collect(),
            generator: Some(atom::Generator {
                value: "commons".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
                uri: None,
            }),
            // Who wrote what stands with each; the format asks for somebody where nobody does.
            authors: vec![atom::Person {
                name: "everybody in it".to_owned(),
                ..Default::default()
            }],
            entries: self.posts.iter().map(Post::entry).collect(),
            ..atom::Feed::default()
        };
        feed.to_string()
    }
}

impl Post {
    fn entry(&self) -> atom::Entry {
        let author = |(author, name): &(Author, Option<String>)| atom::Person {
            name: person(author, name.as_deref()),
            uri: Some(author.did()),
            ..Default::default()
        };
        let category = |tag: &String| atom::Category {
            term: escape::line(tag).into_owned(),
            ..Default::default()
        };
        let title = if self.title.trim().is_empty() { "without a title" } else { &self.title };
        atom::Entry {
            title: text(title),
            id: self.id.clone(),
            updated: moment(self.updated),
            published: Some(moment(self.published)),
            authors: self.authors.iter().map(author).collect(),
            categories: self.tags.iter().map(category).collect(),
            links: self.page.iter().map(|page| link("alternate", page, None)).collect(),
            rights: self.licence.as_deref().map(text),
            content: Some(atom::Content {
                value: Some(self.content.0.clone()),
                content_type: Some("html".to_owned()),
                ..Default::default()
            }),
            ..atom::Entry::default()
        }
    }
}

fn text(text: &str) -> atom::Text {
    atom::Text::plain(escape::line(text).into_owned())
}

fn link(relation: &str, address: &str, media_type: Option<&str>) -> atom::Link {
    atom::Link {
        href: address.to_owned(),
        rel: relation.to_owned(),
        mime_type: media_type.map(str::to_owned),
        ..Default::default()
    }
}

fn moment(seconds: u64) -> FixedDateTime {
    FixedDateTime::from_str(&when::rfc3339(seconds)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use maud::html;

    #[test]
    fn a_feed_is_read_back_as_it_was_meant() {
        let author = Author([7; 32]);
        let feed = Feed {
            id: "commons:feed".to_owned(),
            title: "Ideas & <more>\u{8}".to_owned(),
            updated: 1_795_339_800,
            address: Some("https://example.org/feed.xml".to_owned()),
            page: None,
            posts: vec![Post {
                id: "commons:aaaa".to_owned(),
                title: " ".to_owned(),
                published: 1_795_339_000,
                updated: 1_795_339_800,
                authors: vec![(author, Some("Ana".to_owned()))],
                tags: vec!["hack\"day".to_owned()],
                page: Some("https://example.org/a.html?b=1&c=2".to_owned()),
                licence: Some("CC-BY-4.0".to_owned()),
                content: html! { p { "Soap & <water> ]]>" } },
            }],
        };
        let written = feed.write();
        assert!(!written.contains('\u{8}'), "no XML holds it");
        let read = atom::Feed::read_from(written.as_bytes()).expect("it is a feed");
        assert_eq!(read.title.value, "Ideas & <more>\\u{8}");
        assert_eq!(read.updated.timestamp(), 1_795_339_800);
        assert_eq!(read.links[0].rel, "self");
        let entry = &read.entries[0];
        assert_eq!(entry.title.value, "without a title");
        assert_eq!(entry.authors[0].name, person(&author, Some("Ana")));
        assert_eq!(entry.authors[0].uri, Some(author.did()));
        assert_eq!(entry.categories[0].term, "hack\"day");
        assert_eq!(entry.links[0].href, "https://example.org/a.html?b=1&c=2");
        let content = entry.content.as_ref().and_then(|content| content.value.clone());
        assert_eq!(content.as_deref(), Some("<p>Soap &amp; &lt;water&gt; ]]&gt;</p>"));
    }
}
