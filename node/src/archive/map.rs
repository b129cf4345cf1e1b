//! Which pages there are and what their files are called. Names stay what they are as the commons
//! grows, and are good on any disk: small Latin letters, digits, `-`, `.` and `_`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commons_proto::edit::Value;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::gather::on_all_cores;
use crate::export::Result;
use crate::export::markdown::slug;
use crate::render::Links;
use crate::store::{Store, Summary, Target};

/// The folders of the site.
pub(super) const FOLDERS: [&str; 6] = ["entry", "person", "tag", "kind", "month", "day"];

/// What is listed here, and where it is.
pub(super) struct Map {
    /// All entries that have a page, the last changed first.
    pub(super) listed: Vec<Summary>,
    /// What each is called.
    called: HashMap<EntryId, String>,
    /// The tags that have a page, with the names of their files.
    tags: BTreeMap<String, String>,
    /// Tags that have none, as more than [`TAGS`] are used more.
    pub(super) further_tags: usize,
    /// Who is muted here.
    muted: BTreeSet<Author>,
}

impl Map {
    /// The map of these entries.
    pub(super) fn new(store: &Store, listed: Vec<Summary>) -> Result<Self> {
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for summary in &listed {
            for tag in own_tags(summary) {
                *counted.entry(tag).or_default() += 1;
            }
        }
        let mut ranked: Vec<(String, u64)> = counted.into_iter().collect();
        ranked.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        let further_tags = ranked.len().saturating_sub(TAGS);
        ranked.truncate(TAGS);
        let tags = ranked.into_iter().map(|(tag, _)| {
            let name = file_name(&tag);
            (tag, name)
        });
        let muted = store.muted()?.into_iter().filter_map(|muted| match muted.target {
            Target::Author(author) => Some(author),
            Target::Entry(_) => None,
        });
        let mut map = Self {
            called: listed.iter().map(|entry| (entry.id, entry.title.clone())).collect(),
            tags: tags.collect(),
            further_tags,
            muted: muted.collect(),
            listed,
        };
        map.name_reactions(store)?;
        Ok(map)
    }

    /// Comments, endorsements and memberships are called by what they are about.
    fn name_reactions(&mut self, store: &Store) -> Result<()> {
        let has_subject =
            |kind: &Kind| matches!(kind, Kind::Comment | Kind::Endorsement | Kind::Membership);
        let reactions: Vec<&Summary> =
            self.listed.iter().filter(|entry| has_subject(&entry.kind)).collect();
        let about = on_all_cores(store, &reactions, |store, summary| {
            let view = store.entry(&summary.id)?;
            Ok(view.and_then(|view| match view.state.single("about") {
                Some(Value::Entry(about)) => Some(*about),
                _ => None,
            }))
        })?;
        let mut named = Vec::new();
        for (summary, about) in reactions.iter().zip(about) {
            let Some(about) = about else { continue };
            let subject = match self.called.get(&about) {
                Some(title) if title.trim().is_empty() => "something without a title",
                Some(title) => title,
                None => "something that is not here",
            };
            let called = match summary.kind {
                Kind::Comment => format!("Comment on {subject}"),
                Kind::Endorsement => format!("Endorsement of {subject}"),
                _ => format!("Part of {subject}"),
            };
            named.push((summary.id, called));
        }
        self.called.extend(named);
        Ok(())
    }

    /// What an entry is called, if it has a page.
    pub(super) fn called(&self, entry: &EntryId) -> Option<&str> {
        self.called.get(entry).map(String::as_str)
    }

    /// The name under which an author appears: none if they are muted here.
    pub(super) fn name<'n>(&self, author: &Author, name: Option<&'n str>) -> Option<&'n str> {
        name.filter(|_| !self.is_muted(author))
    }

    /// Whether an author is muted here.
    pub(super) fn is_muted(&self, author: &Author) -> bool {
        self.muted.contains(author)
    }

    /// The name of a tag's file without an ending, if it has one.
    pub(super) fn tag(&self, tag: &str) -> Option<&str> {
        self.tags.get(tag).map(String::as_str)
    }
}

/// The tags of an entry as they are counted: in lower case, each once, not more than anybody gives.
pub(super) fn own_tags(summary: &Summary) -> BTreeSet<String> {
    summary.tags.iter().take(TAGS_EACH).map(|tag| tag.to_lowercase()).collect()
}

/// The page of an entry, from the front page.
pub(super) fn entry_page(entry: &EntryId) -> String {
    format!("entry/{entry}.html")
}

/// The page of an author, from the front page.
pub(super) fn person_page(author: &Author) -> String {
    format!("person/{author}.html")
}

/// The links of a page, which stands in the folder of which `up` leads out.
pub(super) struct Here<'m> {
    map: &'m Map,
    up: &'static str,
}

impl<'m> Here<'m> {
    /// The links of a page from which the front page is `up`.
    pub(super) fn new(map: &'m Map, up: &'static str) -> Self {
        Self { map, up }
    }
}

impl Links for Here<'_> {
    fn entry(&self, entry: &EntryId) -> Option<String> {
        self.map.called(entry).map(|_| format!("{}{}", self.up, entry_page(entry)))
    }

    fn title(&self, entry: &EntryId) -> Option<String> {
        self.map.called(entry).map(str::to_owned)
    }

    fn author(&self, author: &Author) -> Option<String> {
        (!self.map.is_muted(author)).then(|| format!("{}{}", self.up, person_page(author)))
    }

    fn tag(&self, tag: &str) -> Option<String> {
        let name = self.map.tag(&tag.to_lowercase())?;
        Some(format!("{}tag/{name}.html", self.up))
    }
}

/// A name for the file of a tag: the tag itself if that is a good one; otherwise what is good of it,
/// behind which stands a hash, which has a `_` before it as no good tag has.
fn file_name(tag: &str) -> String {
    let plain = slug(tag);
    let is_device = DEVICES.contains(&tag) || tag.starts_with("com") || tag.starts_with("lpt");
    if plain == tag && !plain.is_empty() && !is_device {
        return plain;
    }
    let hash = BASE32_NOPAD.encode(&Sha256::digest(tag)).to_lowercase();
    format!("{plain}_{}", &hash[..HASH_CHARS])
}

/// What Windows takes for a device, whatever the ending; those with a number begin with `com` or
/// `lpt`.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Letters of a hash in a file's name: 130 bits, so that nobody finds two tags with one.
const HASH_CHARS: usize = 26;

/// Tags that have a page: at an event there are hundreds; a stranger makes millions.
const TAGS: usize = 3000;

/// Tags of one entry that are counted: people give ten.
const TAGS_EACH: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_names_that_every_disk_takes_and_that_stay_apart() {
        assert_eq!(file_name("hack-day-2026"), "hack-day-2026");
        let odd = ["café", "caf", "con", "com1", "../x", "x", "x.html", "a--b", "a-b", "", "日本"];
        let names: BTreeSet<String> = odd.iter().map(|tag| file_name(tag)).collect();
        assert_eq!(names.len(), odd.len());
        let good = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        assert!(names.iter().all(|name| !name.is_empty() && name.chars().all(good)), "{names:?}");
        assert!(!names.contains("con") && !names.contains("com1"));
        assert!(file_name(&"long".repeat(5000)).len() < 100);
    }
}
