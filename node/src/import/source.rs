//! What the place that something was imported from calls it, brought to one form, so that the same thing
//! is known again: in another file, in another format, on another node. Everybody has to make the same of
//! the same, so none of this may change; docs/protocol.md has it as a table.

use std::borrow::Cow;

use commons_proto::id::EntryId;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use url::Url;

use crate::links;

/// The source of what an address names: `url:` and the normalised address.
pub fn of_url(address: &str) -> String {
    kept("url", &normalised(address))
}

/// The source of an entry of a commons: `commons:` and its id.
pub fn of_entry(entry: EntryId) -> String {
    links::address(&entry)
}

/// The source of an event of a calendar: `ical:`, its UID and, of one that repeats, which.
pub fn of_event(uid: &str, recurrence: Option<&str>) -> String {
    if let Some(entry) = entry(uid) {
        return of_entry(entry);
    }
    let recurrence = recurrence.map(|at| format!("/{at}")).unwrap_or_default();
    kept("ical", &format!("{}{recurrence}", uid.trim()))
}

/// The source of an item of a feed: that of its address where the address is also its name, or where it
/// has no other name; else `feed:` and its name.
pub fn of_feed_item(id: &str, address: Option<&str>) -> Option<String> {
    if let Some(entry) = entry(id) {
        return Some(of_entry(entry));
    }
    match address {
        Some(address) if id.is_empty() || normalised(id) == normalised(address) => {
            Some(of_url(address))
        }
        _ if id.is_empty() => None,
        _ => Some(kept("feed", id.trim())),
    }
}

/// The source of what has an id in a table, a Markdown file or a package. An id that might be another's,
/// too, such as a number of a row, counts only together with the title.
pub fn of_id(id: &str, title: &str) -> String {
    let id = id.trim();
    if let Some(entry) = entry(id) {
        return of_entry(entry);
    }
    if is_source(id) {
        return kept_whole(id);
    }
    if is_web(id) {
        return of_url(id);
    }
    if is_unique(id) {
        return kept("id", id);
    }
    kept("row", &format!("{id}/{}", short_hash(title.trim())))
}

/// The source of what has no name of its own: a hash of all that it says.
pub fn of_content<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!("sha256:{}", base32(&hash.finalize()))
}

/// The entry that is named by its full id, by `commons:` and its id, or so within an address or a UID.
pub fn entry(text: &str) -> Option<EntryId> {
    let text = text.trim();
    let text = text.strip_prefix("urn:").unwrap_or(text);
    let text = text.strip_prefix(links::SCHEME).unwrap_or(text);
    let text = text.split_once('@').map_or(text, |(name, place)| match place {
        "commons" | "commons.invalid" => name,
        _ => text,
    });
    (text.len() == ID_CHARS).then(|| text.parse().ok()).flatten()
}

/// Whether a text is in the form of a source.
pub fn is_source(text: &str) -> bool {
    text.split_once(':').is_some_and(|(name, rest)| NAMES.contains(&name) && !rest.is_empty())
}

/// A source that a file gives, as it is kept.
pub fn kept_whole(source: &str) -> String {
    match source.split_once(':').filter(|(name, rest)| NAMES.contains(name) && !rest.is_empty()) {
        Some((name, rest)) => kept(name, rest),
        None => kept("id", source),
    }
}

/// An address without what makes no difference: `http` is `https`, the host is in lower case and without
/// a usual port, there is no slash at the end, and none of the parameters by which readers are counted.
pub fn normalised(address: &str) -> String {
    let address = &*of_doi(address.trim());
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if !matches!(url.scheme(), "http" | "https") {
        return url.into();
    }
    // It cannot fail between these two; and 80 is then no usual port any more.
    let _ = url.set_scheme("https");
    if url.port() == Some(80) {
        let _ = url.set_port(None);
    }
    let kept: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !counts_readers(pair))
        .map(str::to_owned)
        .collect();
    url.set_query((!kept.is_empty()).then(|| kept.join("&")).as_deref());
    if url.fragment() == Some("") {
        url.set_fragment(None);
    }
    let mut text = String::from(url);
    if !text.contains(['?', '#']) {
        text.truncate(text.trim_end_matches('/').len());
    }
    text
}

/// Where a DOI leads, if it is one; else the address itself.
pub(super) fn of_doi(address: &str) -> Cow<'_, str> {
    match address.get(..DOI.len()).filter(|start| start.eq_ignore_ascii_case(DOI)) {
        Some(_) => Cow::Owned(format!("https://doi.org/{}", &address["doi:".len()..])),
        None => Cow::Borrowed(address),
    }
}

fn counts_readers(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    name.starts_with("utm_") || READER_COUNTS.contains(&name)
}

/// Whether it is an address on the web.
pub(super) fn is_web(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Whether nobody else would come to the same id: a UUID, or long and of several parts.
fn is_unique(id: &str) -> bool {
    let length = id.chars().count();
    let digits = id.chars().filter(char::is_ascii_hexdigit).count();
    let is_hash = digits >= 32 && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    is_hash || (length >= 16 && id.contains([':', '@']) && !id.contains(' '))
}

/// A source of this name; what is too long, or would not be seen in full, is kept as its hash.
fn kept(name: &str, text: &str) -> String {
    let is_plain = crate::escape::line(text) == text && !text.contains(char::is_whitespace);
    if is_plain && !text.is_empty() && text.len() <= SOURCE_BYTES {
        format!("{name}:{text}")
    } else {
        format!("{name}:sha256:{}", base32(&Sha256::digest(text)))
    }
}

fn short_hash(text: &str) -> String {
    base32(&Sha256::digest(text)[..10])
}

fn base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_lowercase()
}

/// What sources begin with.
const NAMES: [&str; 7] = ["url", "commons", "ical", "feed", "id", "row", "sha256"];

/// What a DOI begins with: every one has the directory 10.
const DOI: &str = "doi:10.";

/// Bytes of a source that is kept as it is: a field of one line has room for it in any script.
const SOURCE_BYTES: usize = 400;

/// Letters of an entry's id.
const ID_CHARS: usize = 52;

/// Parameters by which senders of links count who follows them.
const READER_COUNTS: [&str; 6] = ["fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_page_are_one() {
        for (address, normal) in [
            ("http://Example.org", "https://example.org"),
            ("https://example.org/", "https://example.org"),
            ("http://example.org:80/a/", "https://example.org/a"),
            ("https://example.org/a?b=1&utm_source=x&c=2", "https://example.org/a?b=1&c=2"),
            ("https://example.org/?fbclid=1#top", "https://example.org/#top"),
            ("https://example.org/a?#", "https://example.org/a"),
            ("doi:10.1000/182", "https://doi.org/10.1000/182"),
            ("urn:isbn:9780000000000", "urn:isbn:9780000000000"),
            ("no address", "no address"),
        ] {
            assert_eq!(normalised(address), normal);
            assert_eq!(normalised(normal), normal, "it stays");
        }
    }

    #[test]
    fn ids_that_others_may_have_count_with_their_title() {
        let id = EntryId([7; 32]);
        assert_eq!(of_id(&id.to_string(), "x"), format!("commons:{id}"));
        assert_eq!(of_id(&format!("commons:{id}"), "x"), format!("commons:{id}"));
        assert_eq!(of_id("https://example.org/", "x"), "url:https://example.org");
        assert_eq!(of_id("ical:abc", "x"), "ical:abc");
        let uuid = "0f5b1c9e-65d4-4a3e-9c3f-2f9d1f7b2a11";
        assert_eq!(of_id(uuid, "x"), format!("id:{uuid}"));
        assert_ne!(of_id("1", "Soap"), of_id("1", "Beds"));
        assert!(of_id("1", "Soap").starts_with("row:1/"));
    }

    #[test]
    fn what_cannot_be_shown_in_a_line_is_kept_as_its_hash() {
        let long = of_url(&format!("https://example.org/{}", "x".repeat(1000)));
        assert!(long.starts_with("url:sha256:") && long.len() < 80, "{long}");
        assert!(of_event("a\u{202e}b", None).starts_with("ical:sha256:"));
        assert_eq!(of_event("a@b", Some("20261122")), "ical:a@b/20261122");
    }

    #[test]
    fn an_item_of_a_feed_is_its_page_where_it_says_so() {
        let page = "https://example.org/soap";
        assert_eq!(of_feed_item(page, Some(page)).as_deref(), Some("url:https://example.org/soap"));
        assert_eq!(of_feed_item("", Some(page)).as_deref(), Some("url:https://example.org/soap"));
        let other = of_feed_item("https://example.org/?p=1", Some(page));
        assert_eq!(other.as_deref(), Some("feed:https://example.org/?p=1"));
        assert_eq!(of_feed_item("", None), None);
    }
}
