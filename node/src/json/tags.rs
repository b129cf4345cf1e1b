//! Tags, and what stands beside them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::store;
use crate::when;

/// A tag in the list of tags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    /// The tag.
    pub tag: String,
    /// How many entries have it.
    pub entries: u64,
    /// When one of them was last changed.
    #[schema(format = DateTime)]
    pub changed: String,
}

/// A tag by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TagView {
    /// The tag.
    pub tag: String,
    /// How many entries have it.
    pub entries: u64,
    /// When one of them was last changed; null if there is none.
    #[schema(required, format = DateTime)]
    pub changed: Option<String>,
    /// How many of them are of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// The tags that stand beside it, those of most entries first.
    pub related: Vec<Related>,
}

/// A tag that stands beside another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Related {
    /// The tag.
    pub tag: String,
    /// How many entries have both.
    pub entries: u64,
}

impl From<&store::TagCount> for Tag {
    fn from(count: &store::TagCount) -> Self {
        let changed = when::rfc3339(count.changed);
        Self { tag: count.tag.clone(), entries: count.entries, changed }
    }
}

impl From<&store::TagView> for TagView {
    fn from(view: &store::TagView) -> Self {
        let entries = view.count.entries;
        let related = view.related.iter();
        let related = related.map(|(tag, entries)| Related { tag: tag.clone(), entries: *entries });
        Self {
            tag: view.count.tag.clone(),
            entries,
            changed: (entries > 0).then(|| when::rfc3339(view.count.changed)),
            kinds: view.kinds.clone(),
            related: related.collect(),
        }
    }
}
