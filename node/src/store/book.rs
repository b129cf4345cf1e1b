//! What a node remembers of its peers: where they were, and what they are known to hold.

use commons_proto::id::EntryId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, Store};

/// An address at which a peer was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// The peer's id, as libp2p shows it.
    pub peer: String,
    /// The address, as a multiaddress.
    pub address: String,
    /// When it was last reached there, in seconds since 1970 UTC.
    pub seen: u64,
}

/// Addresses in the book: those of a few hundred peers. The longest unseen go first.
const ADDRESSES: usize = 2000;

/// Addresses of one peer: a laptop has a few, and one that wanders leaves some behind.
const ADDRESSES_OF_A_PEER: usize = 8;

impl Store {
    /// Everybody in the address book, the last seen first.
    pub fn peers(&self) -> Result<Vec<KnownPeer>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT peer, address, seen FROM peer ORDER BY seen DESC, peer, address",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(KnownPeer { peer: row.get(0)?, address: row.get(1)?, seen: row.get(2)? })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes that a peer was reached at this address.
    pub fn remember_peer(&mut self, peer: &str, address: &str, seen: u64) -> Result<()> {
        self.write(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO peer VALUES (?1, ?2, ?3)")?
                .execute(params![peer, address, seen])?;
            connection
                .prepare_cached(
                    "DELETE FROM peer WHERE peer = ?1 AND address NOT IN \
                     (SELECT address FROM peer WHERE peer = ?1 ORDER BY seen DESC LIMIT ?2)",
                )?
                .execute(params![peer, ADDRESSES_OF_A_PEER])?;
            connection
                .prepare_cached(
                    "DELETE FROM peer WHERE (peer, address) IN \
                     (SELECT peer, address FROM peer ORDER BY seen DESC LIMIT -1 OFFSET ?1)",
                )?
                .execute([ADDRESSES])?;
            Ok(())
        })
    }

    /// Forgets an address, or without one everything of a peer.
    pub fn forget_peer(&mut self, peer: &str, address: Option<&str>) -> Result<()> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "DELETE FROM peer WHERE peer = ?1 AND (?2 IS NULL OR address = ?2)",
                )?
                .execute(params![peer, address])?;
            Ok(())
        })
    }

    /// The position up to which everything is known to be held by some peer as well.
    pub fn elsewhere(&self) -> Result<u64> {
        self.read(|connection| Ok(elsewhere(connection)?))
    }

    /// Notes that everything up to this position is held by some peer as well.
    pub fn set_elsewhere(&mut self, seq: u64) -> Result<()> {
        if self.elsewhere()? >= seq {
            return Ok(());
        }
        self.write(|connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO meta VALUES ('elsewhere', ?1)")?
                .execute([seq])?;
            Ok(())
        })
    }

    /// How many contributions were written here and are not known to be anywhere else.
    pub fn only_here(&self) -> Result<u64> {
        self.read(|connection| {
            let after = elsewhere(connection)?;
            Ok(connection
                .prepare_cached("SELECT count(*) FROM contribution WHERE source = 0 AND seq > ?1")?
                .query_row([after], |row| row.get(0))?)
        })
    }

    /// The entries with such contributions, the last written first, at most so many.
    pub fn entries_only_here(&self, most: usize) -> Result<Vec<EntryId>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT g.id FROM contribution c CROSS JOIN contribution g ON g.seq = c.entry \
                 WHERE c.source = 0 AND c.seq > ?1 GROUP BY g.seq ORDER BY max(c.seq) DESC LIMIT ?2",
            )?;
            let rows = statement
                .query_map(params![elsewhere(connection)?, most], |row| row.get(0).map(EntryId))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn elsewhere(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'elsewhere'")?
        .query_row([], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}
