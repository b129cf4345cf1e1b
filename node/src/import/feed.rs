//! Feeds: RSS, Atom and JSON Feed. What an item links to is a resource.

use commons_proto::kind::Kind;
use feed_rs::model::{Entry, Feed, Text};
use feed_rs::parser;

use super::columns;
use super::html;
use super::item::{Contents, Item, LineNumbers};
use super::source;

/// The items of a feed, from its bytes: it says itself in which characters it is written.
pub(super) fn read(bytes: &[u8]) -> Result<Contents, String> {
    if nesting(bytes) > NESTING {
        return Err("its elements are nested too deeply".to_owned());
    }
    // What has no id must not get one at random.
    let parser = parser::Builder::new().id_generator(|_, _, _| String::new()).build();
    let feed = parser.parse(bytes).map_err(|error| error.to_string())?;
    let places = places(bytes, feed.entries.len());
    let mut contents = Contents::default();
    for (at, entry) in feed.entries.iter().enumerate() {
        contents.items.push(item(&feed, entry, places.get(at).copied().unwrap_or_default()));
        if contents.is_too_much() {
            break;
        }
    }
    Ok(contents)
}

fn item(feed: &Feed, entry: &Entry, line: u64) -> Item {
    let mut item = Item::at(line);
    item.kind = Some(Kind::Resource);
    item.title = entry.title.as_ref().map(plain).unwrap_or_default();
    let is_page = |rel: &Option<String>| rel.as_deref().is_none_or(|rel| rel == "alternate");
    let page = entry.links.iter().find(|link| is_page(&link.rel)).or(entry.links.first());
    let address = page.map(|link| link.href.as_str()).or_else(|| {
        // A guid is the address of its page unless it says otherwise.
        source::is_web(&entry.id).then_some(entry.id.as_str())
    });
    item.set_line("url", address.unwrap_or_default());
    item.source = source::of_feed_item(entry.id.trim(), address);
    for link in entry.links.iter().take(LINKS) {
        let leads_on =
            ["related", "via", "enclosure"].iter().any(|rel| link.rel.as_deref() == Some(rel));
        if leads_on && Some(link.href.as_str()) != address {
            item.add("links", &link.href);
        }
    }
    let content = entry.content.as_ref().and_then(|content| {
        let is_text =
            content.content_type.ty() == "text" || content.content_type.subty() == "xhtml";
        content.body.as_deref().filter(|_| is_text)
    });
    let text = content.or(entry.summary.as_ref().map(|summary| summary.content.as_str()));
    let text = text.unwrap_or_default();
    item.add_text(&if html::is_html(text) { html::to_markdown(text) } else { text.to_owned() });
    for category in &entry.categories {
        item.add("tags", category.label.as_deref().unwrap_or(&category.term));
    }
    let time = entry.published.or(entry.updated).map(|time| time.timestamp());
    if let Some(time) = time.and_then(|time| u64::try_from(time).ok()) {
        item.times.insert("published", time);
    }
    let rights = entry.rights.as_ref().or(feed.rights.as_ref());
    if let Some(licence) = rights.and_then(|rights| columns::licence(&rights.content)) {
        item.set_line("licence", &licence);
    }
    // RSS has an e-mail address in the place of a name, with the name behind it in brackets.
    let name = entry.authors.iter().chain(&feed.authors).find_map(|person| {
        let name = person.name.as_deref().or(person.email.as_deref())?;
        let bracketed = name.split_once('(').and_then(|(_, rest)| rest.split(')').next());
        let name = bracketed.unwrap_or(name).trim();
        (!name.is_empty() && !name.contains('@')).then(|| name.to_owned())
    });
    item.by = name;
    item
}

fn plain(text: &Text) -> String {
    html::to_text(&text.content)
}

/// The lines at which the items of a feed begin, as far as they are told apart by their tags; none if
/// there are not as many as items.
fn places(bytes: &[u8], count: usize) -> Vec<u64> {
    let lines = LineNumbers::of(bytes);
    let begins = |at: &usize| {
        let after = &bytes[at + 1..];
        [b"item".as_slice(), b"entry", b"atom:entry"].iter().any(|name| {
            after
                .strip_prefix(*name)
                .is_some_and(|rest| rest.first().is_some_and(|next| b"> \t\r\n".contains(next)))
        })
    };
    let found: Vec<u64> =
        memchr::memchr_iter(b'<', bytes).filter(begins).map(|at| lines.at(at)).collect();
    if found.len() == count { found } else { Vec::new() }
}

/// How deep elements stand within each other at most, if every `<` is one.
fn nesting(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for at in memchr::memchr_iter(b'<', bytes) {
        match bytes.get(at + 1) {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(letter) if letter.is_ascii_alphabetic() => {
                let rest = &bytes[at..bytes.len().min(at + TAG_BYTES)];
                let end = memchr::memchr(b'>', rest).unwrap_or(0);
                if end == 0 || rest[end - 1] != b'/' {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
            }
            _ => {}
        }
    }
    deepest
}

/// Elements within each other at most. A feed has a handful, and its content some dozens; HTML that is
/// not closed in a feed of many items, thousands.
const NESTING: usize = 20_000;

/// Bytes of a tag that are looked at for its end.
const TAG_BYTES: usize = 4096;

/// Links of one item at most.
const LINKS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rss_is_read_with_what_its_items_say() {
        let rss = "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>Wards</title>\n\
            <copyright>https://creativecommons.org/licenses/by/4.0/</copyright>\n\
            <item><title>Soap &amp;amp; water</title><link>https://example.org/soap</link>\n\
            <guid>https://example.org/soap</guid><category>Hygiene</category>\n\
            <pubDate>Sat, 24 Oct 2026 09:00:00 GMT</pubDate>\n\
            <description>&lt;p&gt;Wash &lt;b&gt;well&lt;/b&gt;.&lt;/p&gt;</description></item>\n\
            <item><guid isPermaLink=\"false\">x-1</guid><title>Beds</title></item>\n\
            </channel></rss>";
        let contents = read(rss.as_bytes()).unwrap();
        let [soap, beds] = contents.items.as_slice() else { panic!("{contents:?}") };
        assert_eq!(soap.title, "Soap & water");
        assert_eq!(soap.body, "Wash **well**.");
        assert_eq!(soap.source.as_deref(), Some("url:https://example.org/soap"));
        assert_eq!(soap.times["published"], 1_792_832_400);
        assert_eq!(soap.sets["tags"], ["Hygiene"]);
        assert_eq!(soap.lines["licence"], "CC-BY-4.0");
        assert_eq!((soap.place.line, beds.place.line), (4, 8));
        assert_eq!(beds.source.as_deref(), Some("feed:x-1"));
    }

    #[test]
    fn atom_is_read_with_its_links_and_authors() {
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title>\
            <updated>2026-10-24T09:00:00Z</updated><entry><id>urn:uuid:1</id><title>Soap</title>\
            <link href=\"https://example.org/soap\"/><author><name>Ana</name></author>\
            <link rel=\"related\" href=\"https://example.org/beds\"/>\
            <updated>2026-10-24T09:00:00Z</updated><content type=\"xhtml\">\
            <div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Wash.</p></div></content></entry></feed>";
        let contents = read(atom.as_bytes()).unwrap();
        let soap = &contents.items[0];
        assert_eq!((soap.body.as_str(), soap.by.as_deref()), ("Wash.", Some("Ana")));
        assert_eq!(soap.source.as_deref(), Some("feed:urn:uuid:1"));
        assert_eq!(soap.sets["links"], ["https://example.org/beds"]);
    }

    #[test]
    fn hostile_feeds_are_refused_or_read_at_little_cost() {
        let deep = "<rss><channel><item>".to_owned() + &"<a>".repeat(1_000_000);
        assert!(read(deep.as_bytes()).is_err());
        let deep = "<rss version='2.0'><channel><item><description>".to_owned()
            + &"<a>".repeat(NESTING - 100)
            + &"</a>".repeat(NESTING - 100)
            + "</description></item></channel></rss>";
        let _ = read(deep.as_bytes());
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
            <rss version='2.0'><channel><title>t</title><item><title>&b;</title></item></channel></rss>";
        if let Ok(contents) = read(bomb.as_bytes()) {
            assert!(contents.items.iter().all(|item| !item.title.contains("aaaa")));
        }
    }
}
