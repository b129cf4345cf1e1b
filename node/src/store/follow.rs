//! What a person follows on this node: tags, authors and entries. It is known to nobody else, and
//! changes no list; a query asks for it with `is:followed`.

use commons_proto::id::{Author, EntryId};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::error::Fault;
use super::view::tag_key;
use super::{Result, Store};

/// Something that can be followed. It need not be here yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Followed {
    /// What has this tag.
    Tag(String),
    /// What this author began.
    Author(Author),
    /// This entry.
    Entry(EntryId),
}

impl Followed {
    fn what(&self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::Author(_) => "author",
            Self::Entry(_) => "entry",
        }
    }

    /// The bytes by which it is looked up.
    fn target(&self) -> Vec<u8> {
        match self {
            Self::Tag(tag) => tag_key(tag.trim_start_matches('#')).into_bytes(),
            Self::Author(author) => author.0.to_vec(),
            Self::Entry(entry) => entry.0.to_vec(),
        }
    }
}

impl Store {
    /// Follows all of these; gives how many were not followed before.
    pub fn follow(&mut self, all: &[Followed], now: u64) -> Result<u64> {
        self.write(|connection| {
            let mut insert =
                connection.prepare_cached("INSERT OR IGNORE INTO followed VALUES (?1, ?2, ?3)")?;
            let mut new = 0;
            for one in all {
                new += insert.execute(params![one.what(), one.target(), now])? as u64;
            }
            Ok(new)
        })
    }

    /// Follows none of these any more; gives how many were followed.
    pub fn unfollow(&mut self, all: &[Followed]) -> Result<u64> {
        self.write(|connection| {
            let mut delete = connection
                .prepare_cached("DELETE FROM followed WHERE what = ?1 AND target = ?2")?;
            let mut gone = 0;
            for one in all {
                gone += delete.execute(params![one.what(), one.target()])? as u64;
            }
            Ok(gone)
        })
    }

    /// All that is followed, with the time since when, in seconds since 1970 UTC: authors, entries,
    /// tags, each the last followed first.
    pub fn followed(&self) -> Result<Vec<(Followed, u64)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT what, target, since FROM followed ORDER BY what, since DESC, target",
            )?;
            let mut rows = statement.query([])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let target = match row.get_ref(1)? {
                    ValueRef::Blob(bytes) => bytes.to_vec(),
                    _ => return Err(Fault::View("what is followed is not bytes".to_owned())),
                };
                let id = || <[u8; 32]>::try_from(target.as_slice());
                let wrong = |_| Fault::View("what is followed is not an id".to_owned());
                let one = match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)? {
                    "tag" => Followed::Tag(String::from_utf8_lossy(&target).into_owned()),
                    "author" => Followed::Author(Author(id().map_err(wrong)?)),
                    _ => Followed::Entry(EntryId(id().map_err(wrong)?)),
                };
                all.push((one, row.get(2)?));
            }
            Ok(all)
        })
    }

    /// Whether this very thing is followed.
    pub fn is_followed(&self, one: &Followed) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT 1 FROM followed WHERE what = ?1 AND target = ?2")?
                .exists(params![one.what(), one.target()])?)
        })
    }

    /// Whether something that lists show has this tag.
    pub fn has_tag(&self, tag: &str) -> Result<bool> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT 1 FROM tag t JOIN entry e ON e.number = t.entry \
                     WHERE t.tag = ?1 AND e.hidden = 0",
                )?
                .exists([tag_key(tag)])?)
        })
    }

    /// Up to which position of the log somebody looked at the news here; 0 if nobody did.
    pub fn looked(&self) -> Result<u64> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT value FROM meta WHERE key = 'looked'")?;
            let mut rows = statement.query([])?;
            Ok(rows.next()?.map_or(Ok(0), |row| row.get(0))?)
        })
    }

    /// Notes up to which position somebody looked at the news.
    pub fn set_looked(&mut self, seq: u64) -> Result<()> {
        self.write(|connection| {
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('looked', ?1)", [seq])?;
            Ok(())
        })
    }
}
