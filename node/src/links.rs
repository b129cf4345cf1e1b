//! What a text refers to: entries of the same commons by their address, and URLs, which are compared
//! in one form. How references are kept is in [`crate::store`]; this knows texts alone.

use std::ops::Range;

use commons_proto::id::EntryId;
use linkify::{LinkFinder, LinkKind};
use url::Url;

/// What stands before an entry's id where a text refers to it.
pub const SCHEME: &str = "commons:";

/// The address of an entry of the same commons.
pub fn address(entry: &EntryId) -> String {
    format!("{SCHEME}{entry}")
}

/// The entry whose address this is.
pub fn addressed(address: &str) -> Option<EntryId> {
    address.strip_prefix(SCHEME)?.parse().ok()
}

/// The entries that a text refers to by address: where the address is, and which.
pub fn addresses(text: &str) -> impl Iterator<Item = (Range<usize>, EntryId)> {
    text.match_indices(SCHEME).filter_map(|(at, _)| {
        let from = at + SCHEME.len();
        let letters = text[from..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let entry = text[from..from + letters].parse().ok()?;
        Some((at..from + letters, entry))
    })
}

/// The URLs in a text, each in the form in which they are compared; at most [`URLS`] of them.
pub fn urls(text: &str) -> impl Iterator<Item = String> {
    // Nearly all texts have none, and this tells it at once.
    let text = if text.contains("://") { text } else { "" };
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let found: Vec<String> =
        finder.links(text).filter_map(|link| comparable(link.as_str())).take(URLS).collect();
    found.into_iter()
}

/// The form in which the URL of a page is compared: host, path and query as the WHATWG's URL
/// standard writes them, without what two people may copy differently (`http` or `https`, a fragment,
/// a slash at the end). `None` if it is not the URL of a page.
pub fn comparable(url: &str) -> Option<String> {
    if url.len() > URL_BYTES {
        return None;
    }
    let url = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let mut form = url.host_str()?.to_owned();
    if let Some(port) = url.port() {
        form.push_str(&format!(":{port}"));
    }
    form.push_str(url.path().trim_end_matches('/'));
    if let Some(query) = url.query().filter(|query| !query.is_empty()) {
        form.push('?');
        form.push_str(query);
    }
    Some(form)
}

/// URLs of one text that count at most: nobody reads a text with more.
pub const URLS: usize = 256;

/// Bytes of a URL that is looked at: browsers take no longer ones.
const URL_BYTES: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_compared_as_people_copy_them() {
        for same in [
            "https://example.org/beds",
            "http://example.org/beds/",
            "HTTPS://Example.ORG:443/beds#turning",
            "https://user@example.org/beds?",
        ] {
            assert_eq!(comparable(same).as_deref(), Some("example.org/beds"), "{same}");
        }
        for other in ["https://example.org/Beds", "https://example.org:8080/beds"] {
            assert_ne!(comparable(other).as_deref(), Some("example.org/beds"), "{other}");
        }
        for none in ["beds", "mailto:a", "file:///beds", "https://", "commons:abc"] {
            assert_eq!(comparable(none), None, "{none}");
        }
        assert_eq!(comparable("https://example.org").as_deref(), Some("example.org"));
    }

    #[test]
    fn urls_are_found_in_prose() {
        let text =
            "See (https://example.org/a_(b)), <http://example.org/c>. And https://d.example!";
        let found: Vec<String> = urls(text).collect();
        assert_eq!(found, ["example.org/a_(b)", "example.org/c", "d.example"]);
        assert_eq!(urls("a text without any: //").count(), 0);
        assert_eq!(urls(&"http://a.example/ ".repeat(1000)).count(), URLS);
    }
}
