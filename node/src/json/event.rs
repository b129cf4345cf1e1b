//! A contribution, as it comes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{LogItem, Result, Source, Store};

/// A contribution that was accepted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contribution {
    /// The contribution.
    pub id: String,
    /// The entry that it belongs to.
    pub entry: String,
    /// The shortest prefix of the contribution's id that is unique here.
    pub short: String,
    /// What kind of entry that is.
    pub kind: String,
    /// What the entry is called now.
    pub title: String,
    /// Who made the contribution.
    pub author: String,
    /// Where it came from.
    pub from: Origin,
}

/// Where a contribution came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It was written on this home.
    Here,
    /// A peer sent it, or it was imported.
    Peer,
}

impl Contribution {
    /// The contribution that this item of the log is.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(store: &Store, item: &LogItem) -> Result<Self> {
        Ok(Self {
            id: item.id.to_string(),
            entry: item.entry.to_string(),
            short: store.short(&item.id)?,
            kind: item.kind.name().to_owned(),
            title: item.title.clone(),
            author: item.author.to_string(),
            from: match item.source {
                Source::Here => Origin::Here,
                Source::Peer => Origin::Peer,
            },
        })
    }
}
