//! Which contributions are carried by hand, and in which order: one that is the same on every node
//! that holds them, so that two bundles of one set are one and the same file.

use std::collections::BTreeMap;

use commons_proto::contribution::Header;
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;
use rusqlite::{Connection, Row, params};

use super::error::Try;
use super::log;
use super::order::{InOrder, in_order};
use super::{Result, Store};

impl Store {
    /// What came at or after this time, in seconds since 1970 UTC; of these entries alone, if some are
    /// named. First the erasures, then one entry after another as they were begun, of each parents
    /// before children.
    pub fn ids_to_carry(
        &self,
        since: u64,
        entries: Option<&[EntryId]>,
    ) -> Result<Vec<ContributionId>> {
        self.read(|connection| {
            let mut carried = BTreeMap::new();
            match entries {
                None => gather(connection, "c.received >= ?1 AND ?2 = 0", since, 0, &mut carried)?,
                Some(entries) => {
                    for entry in entries {
                        let Some(number) = log::entry_number(connection, entry)? else { continue };
                        // Each is found by an index of its own.
                        for place in ["c.seq = ?2", "c.entry = ?2 AND c.entry <> c.seq"] {
                            let condition = format!("c.received >= ?1 AND {place}");
                            gather(connection, &condition, since, number, &mut carried)?;
                        }
                    }
                }
            }
            Ok(ordered(carried))
        })
    }
}

/// A contribution as far as its place in the order depends on it.
struct Carried {
    id: ContributionId,
    time: u64,
    parents: Vec<ContributionId>,
    is_erasure: bool,
}

impl InOrder for Carried {
    fn id(&self) -> ContributionId {
        self.id
    }

    fn time(&self) -> u64 {
        self.time
    }

    fn parents(&self) -> &[ContributionId] {
        &self.parents
    }
}

/// Adds the contributions for which the condition holds, by their entries.
fn gather(
    connection: &Connection,
    condition: &str,
    since: u64,
    number: u64,
    carried: &mut BTreeMap<u64, Vec<Carried>>,
) -> Try<()> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT c.id, c.header, c.entry, e.kind FROM contribution c \
         JOIN entry e ON e.number = c.entry WHERE {condition}"
    ))?;
    let mut rows = statement.query(params![since, number])?;
    while let Some(row) = rows.next()? {
        if let Some(found) = read(row)? {
            carried.entry(row.get(2)?).or_default().push(found);
        }
    }
    Ok(())
}

/// The contribution in a row; none if it is damaged here, as nobody would take it.
fn read(row: &Row) -> Try<Option<Carried>> {
    let header = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let Ok(header) = Header::decode(header) else { return Ok(None) };
    Ok(Some(Carried {
        id: ContributionId(row.get(0)?),
        time: header.time,
        parents: header.parents,
        is_erasure: row.get_ref(3)?.as_str().is_ok_and(|kind| kind == Kind::Erasure.name()),
    }))
}

/// All in their order. Nothing in it depends on when something came here.
fn ordered(carried: BTreeMap<u64, Vec<Carried>>) -> Vec<ContributionId> {
    let key = |of: &Carried| (!of.is_erasure, of.time, of.id);
    let mut entries: Vec<Vec<Carried>> = carried.into_values().collect();
    entries.sort_by_cached_key(|entry| entry.iter().map(key).min());
    entries.into_iter().flat_map(in_order).map(|one| one.id).collect()
}
