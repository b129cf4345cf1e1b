//! From what a person calls something to the thing: shortened ids of entries and versions, names of
//! authors. What fits nothing or several is told with what may have been meant.

use commons_proto::id::{Author, ContributionId, EntryId, IdPrefix};

use crate::links;
use crate::store::{Among, Candidate, Resolution, Store, StoreError, Version};

/// Why it is not known what somebody means.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Letters that no id has.
    #[error("“{0}” is not an id")]
    NotAnId(String),
    /// No entry.
    #[error("there is no entry “{typed}” here")]
    Unknown {
        /// What was typed.
        typed: String,
        /// What may have been meant.
        near: Vec<Candidate>,
    },
    /// Several entries or versions.
    #[error("“{typed}” fits several")]
    Ambiguous {
        /// What was typed.
        typed: String,
        /// Those that it fits, or the first of them.
        all: Vec<Candidate>,
    },
    /// No version of this entry.
    #[error("the entry has no version “{typed}”")]
    NoVersion {
        /// What was typed.
        typed: String,
        /// Its last ones.
        last: Vec<NamedVersion>,
    },
    /// Several versions of this entry.
    #[error("“{typed}” fits {} versions", all.len())]
    Versions {
        /// What was typed.
        typed: String,
        /// Those that it fits.
        all: Vec<NamedVersion>,
    },
    /// No author.
    #[error("nobody called “{0}” has written anything here")]
    Nobody(String),
    /// Several authors.
    #[error("“{typed}” fits {} authors", all.len())]
    Authors {
        /// What was typed.
        typed: String,
        /// Those that it fits, with their names.
        all: Vec<(Author, Option<String>)>,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A version as people tell it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVersion {
    /// The shortest prefix of its id that is unique here.
    pub short: String,
    /// Its time as it is shown, in seconds since 1970 UTC.
    pub time: u64,
}

/// The entry that a shortened id means. The id of any of its versions stands for it, too.
pub fn entry(store: &Store, typed: &str) -> Result<EntryId, FindError> {
    let prefix = prefix(typed)?;
    let near = match store.resolve(&prefix, Among::Entries)? {
        Resolution::One(id) => return Ok(id.into()),
        Resolution::Many(all) => return Err(ambiguous(typed, all)),
        Resolution::None { near } => near,
    };
    match store.resolve(&prefix, Among::Contributions)? {
        Resolution::One(id) => match store.record(&id)? {
            Some(record) => Ok(record.entry()),
            None => Err(unknown(typed, near)),
        },
        Resolution::Many(all) => Err(ambiguous(typed, all)),
        Resolution::None { .. } => Err(unknown(typed, near)),
    }
}

/// The version in this history that a shortened id means.
pub fn version(
    store: &Store,
    history: &[Version],
    typed: &str,
) -> Result<ContributionId, FindError> {
    let prefix = prefix(typed)?;
    let (low, high) = prefix.range();
    let within = |id: &ContributionId| low <= id.as_bytes() && id.as_bytes() <= high;
    let fitting: Vec<&Version> =
        history.iter().filter(|version| within(&version.record.id)).collect();
    let typed = typed.trim().to_owned();
    match fitting.as_slice() {
        [version] => Ok(version.record.id),
        [] => {
            let last = named(store, history.iter().rev().take(NEAR))?;
            Err(FindError::NoVersion { typed, last })
        }
        several => {
            let all = named(store, several.iter().copied())?;
            Err(FindError::Versions { typed, all })
        }
    }
}

/// The author that is meant: by name, by the beginning of their key, by did:key, or by `me`.
pub fn author(store: &Store, typed: &str, me: Option<Author>) -> Result<Author, FindError> {
    let typed = typed.trim();
    if let ("me", Some(me)) = (typed, me) {
        return Ok(me);
    }
    let found = store.resolve_author(typed)?;
    match found.as_slice() {
        [(author, _)] => Ok(*author),
        [] => Err(FindError::Nobody(typed.to_owned())),
        _ => Err(FindError::Authors { typed: typed.to_owned(), all: found }),
    }
}

/// An entry that is not here.
pub fn unknown(typed: &str, near: Vec<Candidate>) -> FindError {
    FindError::Unknown { typed: typed.trim().to_owned(), near }
}

/// Whether this is the beginning of the id of one entry, and not only of a version.
pub fn is_entry(store: &Store, typed: &str) -> Result<bool, FindError> {
    let Ok(prefix) = prefix(typed) else { return Ok(false) };
    Ok(matches!(store.resolve(&prefix, Among::Entries)?, Resolution::One(_)))
}

fn ambiguous(typed: &str, all: Vec<Candidate>) -> FindError {
    FindError::Ambiguous { typed: typed.trim().to_owned(), all }
}

fn named<'a>(
    store: &Store,
    versions: impl Iterator<Item = &'a Version>,
) -> Result<Vec<NamedVersion>, FindError> {
    let name = |version: &Version| {
        Ok(NamedVersion { short: store.short(&version.record.id)?, time: version.time })
    };
    versions.map(name).collect()
}

fn prefix(typed: &str) -> Result<IdPrefix, FindError> {
    let bare = typed.trim();
    let bare = bare.strip_prefix(links::SCHEME).unwrap_or(bare);
    bare.parse().map_err(|_| FindError::NotAnId(bare.to_owned()))
}

/// Candidates that are told at most: more do not help.
pub const NEAR: usize = 8;
