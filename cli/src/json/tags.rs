//! What `tags` prints.

use commons_node::store;
use commons_node::when;
use serde::Serialize;
use std::collections::BTreeMap;

/// A line of `tags`.
#[derive(Debug, Serialize)]
pub(crate) struct Tag<'a> {
    tag: &'a str,
    entries: u64,
    changed: String,
}

/// What `tags TAG` prints.
#[derive(Debug, Serialize)]
pub(crate) struct TagView<'a> {
    tag: &'a str,
    entries: u64,
    changed: Option<String>,
    kinds: &'a BTreeMap<String, u64>,
    related: Vec<Related<'a>>,
}

/// A tag that stands beside another.
#[derive(Debug, Serialize)]
struct Related<'a> {
    tag: &'a str,
    entries: u64,
}

impl<'a> From<&'a store::TagCount> for Tag<'a> {
    fn from(count: &'a store::TagCount) -> Self {
        let changed = when::rfc3339(count.changed);
        Self { tag: &count.tag, entries: count.entries, changed }
    }
}

impl<'a> From<&'a store::TagView> for TagView<'a> {
    fn from(view: &'a store::TagView) -> Self {
        let entries = view.count.entries;
        let related = view.related.iter();
        Self {
            tag: &view.count.tag,
            entries,
            changed: (entries > 0).then(|| when::rfc3339(view.count.changed)),
            kinds: &view.kinds,
            related: related.map(|(tag, entries)| Related { tag, entries: *entries }).collect(),
        }
    }
}
