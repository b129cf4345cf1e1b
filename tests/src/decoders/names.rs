//! Names that are typed, sent or read as text: ids and their prefixes, authors, commons, kinds.

use commons_proto::id::{Author, CommonsId, ContributionId, IdPrefix, SHOWN_CHARS};
use commons_proto::kind::Kind;
use commons_proto::limits::COMMONS_NAME_CHARS;
use commons_proto::tree::{DEPTH, Prefix};

/// A text in the place of each name that there is.
pub(super) fn name(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<ContributionId>() {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(prefix) = text.parse::<IdPrefix>() {
        prefix_spans_what_it_begins(&prefix);
    }
    if let Ok(prefix) = text.parse::<Prefix>() {
        assert_eq!(prefix.to_string(), text);
        assert!(prefix.depth() <= DEPTH);
        assert_eq!(prefix.child(15).is_some(), prefix.depth() < DEPTH);
    }
    if let Some(author) = Author::from_did(text) {
        assert_eq!(author.did(), text);
    }
    if let Ok(commons) = CommonsId::derive(text, None) {
        let name = text.trim();
        assert!(!name.is_empty() && name.chars().count() <= COMMONS_NAME_CHARS);
        assert_eq!(CommonsId::derive(name, None), Ok(commons));
        assert_eq!((commons.topic().len(), commons.service().len()), (64, 16));
    }
    for open in [false, true] {
        if let Some(kind) = Kind::new(text, open) {
            assert_eq!(kind.name(), text);
            assert_eq!(Kind::new(kind.name(), kind.is_open()), Some(kind));
        }
    }
}

fn prefix_spans_what_it_begins(prefix: &IdPrefix) {
    let (low, high) = prefix.range();
    assert!(low <= high);
    let begins = |id: &[u8; 32]| ContributionId(*id).to_string().starts_with(prefix.as_str());
    assert!(prefix.as_str().len() <= SHOWN_CHARS);
    // The last character of an id holds one bit, so only two of them can end one.
    let is_an_end = prefix.as_str().len() < SHOWN_CHARS || prefix.as_str().ends_with(['a', 'q']);
    if is_an_end {
        assert!(begins(low) && begins(high));
    }
}
