//! What the fields of an entry hold that several people set at once.

use std::collections::BTreeMap;

use commons_proto::edit::Value;
use commons_proto::id::{Author, ContributionId};

use super::{EntryView, Result, Store};

/// One of the values that a field holds at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The value; `None` if the field was emptied.
    pub value: Option<Value>,
    /// The contribution that set it.
    pub by: ContributionId,
    /// Who made that.
    pub author: Author,
    /// What they call themselves.
    pub name: Option<String>,
    /// When they made it, in seconds since 1970 UTC, as it is shown.
    pub time: u64,
}

impl Store {
    /// All values of each field of this entry that is in conflict, the shown one first, with who set
    /// it and when.
    pub fn conflicts(&self, view: &EntryView) -> Result<BTreeMap<String, Vec<Held>>> {
        let mut all = BTreeMap::new();
        if view.summary.conflicts == 0 {
            return Ok(all);
        }
        let history = self.history(&view.summary.id)?;
        for (name, held) in view.state.conflicts() {
            let told = held.iter().filter_map(|held| {
                let version = history.iter().find(|version| version.record.id == held.by)?;
                Some(Held {
                    value: held.value.clone(),
                    by: held.by,
                    author: version.record.header.author,
                    name: version.name.clone(),
                    time: version.time,
                })
            });
            all.insert(name.to_owned(), told.collect());
        }
        Ok(all)
    }
}
