//! Where entries were imported from: whether something is here already, and as what.

use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use rusqlite::{OptionalExtension, params};

use super::mute::NOT_MUTED;
use super::{Result, Store};
use crate::links;

impl Store {
    /// Whether there is an entry of each of these kinds that was imported from each of these sources,
    /// or that is the one itself that a `commons:` source names. In their order. What is by an author
    /// who is muted here does not count: nobody sees it, so it must not stand in the way. What is muted here
    /// stands for nothing.
    pub fn have_sources(&self, sources: &[(&Kind, &str)]) -> Result<Vec<bool>> {
        self.read(|connection| {
            let mut imported = connection.prepare_cached(&format!(
                "SELECT 1 FROM source s CROSS JOIN entry e ON e.number = s.entry \
                 WHERE s.kind = ?2 AND s.source = ?1 AND {NOT_MUTED} LIMIT 1"
            ))?;
            let mut itself = connection
                .prepare_cached("SELECT 1 FROM entry WHERE id = ?1 AND kind = ?2 AND hidden = 0")?;
            let mut found = Vec::with_capacity(sources.len());
            for (kind, source) in sources {
                let is_here = match links::addressed(source) {
                    Some(entry) => itself.exists(params![entry.0, kind.name()])?,
                    None => false,
                };
                found.push(is_here || imported.exists(params![source, kind.name()])?);
            }
            Ok(found)
        })
    }

    /// This entry, if it is here; else the one that was imported from this source, of several that with
    /// the smallest id.
    pub fn entry_from(&self, source: &str, entry: &EntryId) -> Result<Option<EntryId>> {
        self.read(|connection| {
            let id = |row: &rusqlite::Row| row.get(0).map(EntryId);
            let itself = connection
                .prepare_cached("SELECT id FROM entry WHERE id = ?1")?
                .query_row([entry.0], id)
                .optional()?;
            if itself.is_some() {
                return Ok(itself);
            }
            Ok(connection
                .prepare_cached(
                    "SELECT id FROM source WHERE source = ?1 AND kind IN \
                     ('idea', 'note', 'project', 'resource', 'session') ORDER BY id LIMIT 1",
                )?
                .query_row([source], id)
                .optional()?)
        })
    }
}
