//! Tags: how many entries have each, and which stand together. What lists leave out counts for
//! nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rusqlite::Connection;

use super::error::Try;
use super::filter::twins;
use super::mute::NOT_MUTED;
use super::summary::tags_of;
use super::view::tag_key;
use super::{Result, Store};
use commons_proto::id::EntryId;

/// A tag, in lower case, and how much it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// How many entries have it.
    pub entries: u64,
    /// When one of them was last changed, in seconds since 1970 UTC.
    pub changed: u64,
}

/// The tags that are used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags {
    /// Those of most entries first, then by name; at most [`TAGS`].
    pub tags: Vec<TagCount>,
    /// How many there are in all.
    pub all: u64,
}

/// A tag, with what it stands beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagView {
    /// The tag, and how much it is used.
    pub count: TagCount,
    /// Entries that have it, by the name of their kind.
    pub kinds: BTreeMap<String, u64>,
    /// Tags that stand beside it, with the number of entries at which they do: those of most first,
    /// then by name; at most [`TAGS`].
    pub related: Vec<(String, u64)>,
}

/// Tags that are told: many times what people read through, and a bound on what a flood of them makes
/// a node hold.
pub const TAGS: usize = 10_000;

/// Bytes of a tag that is told: 64 characters, which is what people can write.
const TAG_BYTES: usize = 256;

impl Store {
    /// The tags of what lists show.
    pub fn tags(&self) -> Result<Tags> {
        self.read(|connection| {
            let shown = shown(connection)?;
            let mut statement =
                connection.prepare_cached("SELECT tag, entry FROM tag ORDER BY tag")?;
            let mut rows = statement.query([])?;
            let mut found = Most::default();
            let mut count = TagCount { tag: String::new(), entries: 0, changed: 0 };
            while let Some(row) = rows.next()? {
                let Some(changed) = shown.get(&row.get(1)?) else { continue };
                let tag = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                if tag != count.tag {
                    let next = TagCount { tag: tag.to_owned(), entries: 0, changed: 0 };
                    found.add(std::mem::replace(&mut count, next));
                }
                count.entries += 1;
                count.changed = count.changed.max(*changed);
            }
            found.add(count);
            Ok(found.done())
        })
    }

    /// A tag in upper or lower case, with what it stands beside.
    pub fn tag(&self, tag: &str) -> Result<TagView> {
        let tag = tag_key(tag);
        self.read(|connection| {
            let twins: HashSet<u64> =
                twins(connection)?.into_iter().map(|(number, _)| number).collect();
            let mut statement = connection.prepare_cached(&format!(
                "SELECT e.number, e.id, e.kind, e.changed, e.tags FROM tag t \
                 CROSS JOIN entry e ON e.number = t.entry \
                 WHERE t.tag = ?1 AND e.hidden = 0 AND {NOT_MUTED}"
            ))?;
            let mut rows = statement.query([&tag])?;
            let (mut kinds, mut beside) = (BTreeMap::new(), HashMap::new());
            let mut count = TagCount { tag: tag.clone(), entries: 0, changed: 0 };
            while let Some(row) = rows.next()? {
                if twins.contains(&row.get(0)?) {
                    continue;
                }
                count.entries += 1;
                count.changed = count.changed.max(row.get(3)?);
                *kinds.entry(row.get(2)?).or_default() += 1;
                let tags: Option<String> = row.get(4)?;
                let tags = tags_of(&EntryId(row.get(1)?), tags.as_deref())?;
                let tags: BTreeSet<String> = tags.iter().map(|tag| tag_key(tag)).collect();
                for other in tags.into_iter().filter(|other| *other != tag) {
                    if other.len() <= TAG_BYTES {
                        *beside.entry(other).or_default() += 1;
                    }
                }
            }
            let mut related: Vec<(String, u64)> = beside.into_iter().collect();
            related
                .sort_by(|one, other| (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0)));
            related.truncate(TAGS);
            Ok(TagView { count, kinds, related })
        })
    }
}

/// The most used tags of those that were added: what is certainly not among them is let go in between.
#[derive(Default)]
struct Most(Tags);

impl Most {
    fn add(&mut self, count: TagCount) {
        if count.entries == 0 {
            return;
        }
        self.0.all += 1;
        if count.tag.len() > TAG_BYTES {
            return;
        }
        self.0.tags.push(count);
        if self.0.tags.len() == 2 * TAGS {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.0.tags.sort_unstable_by(|one, other| {
            (Reverse(one.entries), &one.tag).cmp(&(Reverse(other.entries), &other.tag))
        });
        self.0.tags.truncate(TAGS);
    }

    fn done(mut self) -> Tags {
        self.cut();
        self.0
    }
}

/// When each entry that lists show was last changed, by its number: read from an index, which is much
/// quicker than the entries themselves.
fn shown(connection: &Connection) -> Try<HashMap<u64, u64>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT e.number, e.changed FROM entry e INDEXED BY listing \
         WHERE e.hidden = 0 AND {NOT_MUTED}"
    ))?;
    let mut shown = HashMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        shown.insert(row.get(0)?, row.get(1)?);
    }
    for (twin, _) in twins(connection)? {
        shown.remove(&twin);
    }
    Ok(shown)
}
