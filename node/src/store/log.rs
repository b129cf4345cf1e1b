//! Reading the log: for whoever reacts to it, for the tree of ids, for peers.

use commons_proto::contribution::Record;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;

use super::{Result, Store};

/// Where a contribution came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// It was written here.
    Here,
    /// A peer sent it, or a file that somebody else wrote.
    Peer,
}

/// A contribution in the log, with what is needed to tell a person of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogItem {
    /// Its position: greater than that of everything accepted before it.
    pub seq: u64,
    /// Its id.
    pub id: ContributionId,
    /// The entry that it belongs to.
    pub entry: EntryId,
    /// What kind of entry that is.
    pub kind: Kind,
    /// What the entry is called now.
    pub title: String,
    /// Who made the contribution.
    pub author: Author,
    /// Where it came from.
    pub source: Source,
    /// When it came, in seconds since 1970 UTC.
    pub received: u64,
}

impl Store {
    /// What came after this position, at most so many, in the order of the log.
    pub fn tail(&self, after: u64, limit: usize) -> Result<Vec<LogItem>> {
        unimplemented!()
    }

    /// The last position of the log, 0 if it is empty.
    pub fn last(&self) -> Result<u64> {
        unimplemented!()
    }

    /// Everything in the log, as id and position, in the order of the ids.
    pub fn ids(&self) -> Result<Vec<(ContributionId, u64)>> {
        unimplemented!()
    }

    /// Ids, positions and sources of what came after this position, in the order of the log.
    /// Cheaper than [`Store::tail`].
    pub fn ids_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(ContributionId, u64, Source)>> {
        unimplemented!()
    }

    /// Whether this contribution is in the log.
    pub fn holds(&self, id: &ContributionId) -> Result<bool> {
        unimplemented!()
    }

    /// The encoded contributions, for peers: in the order of the log, and before one whose words
    /// were taken back the erasure that did it, asked for or not. Unknown ids are left out.
    pub fn contributions(&self, ids: &[ContributionId]) -> Result<Vec<Vec<u8>>> {
        unimplemented!()
    }

    /// A contribution to compute with.
    pub fn record(&self, id: &ContributionId) -> Result<Option<Record>> {
        unimplemented!()
    }
}
