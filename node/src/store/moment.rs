//! Contributions by the time at which their authors say they were made: what happened in a span, the
//! same on every node that holds the same set.

use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use rusqlite::{Connection, params};

use super::error::Try;
use super::mute::MUTED;
use super::view::kind_of;
use super::{Result, Store};

/// A contribution in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When it was made, as it is shown: in seconds since 1970 UTC.
    pub time: u64,
    /// Its id.
    pub id: ContributionId,
    /// The entry that it belongs to.
    pub entry: EntryId,
    /// What kind of entry that is.
    pub kind: Kind,
    /// Who made it.
    pub author: Author,
    /// Whether the entry began with it.
    pub begins: bool,
    /// Whether its words were taken back.
    pub erased: bool,
    /// Whether nothing is left of the entry.
    pub hidden: bool,
    /// Whether the entry, its author, or the author of the contribution is muted here.
    pub muted: bool,
}

impl Store {
    /// Tells of each contribution that was made at or after `since` and before `until`, in seconds
    /// since 1970 UTC: by time, and those of one second by their ids.
    pub fn moments(&self, since: u64, until: u64, mut hear: impl FnMut(Moment)) -> Result<()> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT m.time, c.id, e.id, e.kind, e.open, b.key, c.entry = c.seq, \
                 c.payload IS NULL, e.hidden, {MUTED} OR EXISTS \
                 (SELECT 1 FROM muted WHERE what = 'author' AND id = b.key) \
                 FROM moment m CROSS JOIN contribution c ON c.seq = m.seq \
                 CROSS JOIN entry e ON e.number = c.entry \
                 CROSS JOIN author a ON a.number = e.author \
                 CROSS JOIN author b ON b.number = c.author \
                 WHERE m.time >= ?1 AND m.time < ?2 ORDER BY m.time"
            ))?;
            let bound = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![bound(since), bound(until)])?;
            let mut second: Vec<Moment> = Vec::new();
            while let Some(row) = rows.next()? {
                let moment = Moment {
                    time: row.get(0)?,
                    id: ContributionId(row.get(1)?),
                    entry: EntryId(row.get(2)?),
                    kind: kind_of(&row.get::<_, String>(3)?, row.get(4)?)?,
                    author: Author(row.get(5)?),
                    begins: row.get(6)?,
                    erased: row.get(7)?,
                    hidden: row.get(8)?,
                    muted: row.get(9)?,
                };
                if second.first().is_some_and(|first| first.time != moment.time) {
                    tell(&mut second, &mut hear);
                }
                second.push(moment);
            }
            tell(&mut second, &mut hear);
            Ok(())
        })
    }
}

/// Notes when a contribution was made.
pub(super) fn note(connection: &Connection, time: u64, seq: u64) -> Try<()> {
    let mut note = connection.prepare_cached("INSERT OR IGNORE INTO moment VALUES (?1, ?2)")?;
    note.execute(params![time, seq])?;
    Ok(())
}

fn tell(second: &mut Vec<Moment>, hear: &mut impl FnMut(Moment)) {
    second.sort_unstable_by_key(|moment| moment.id);
    second.drain(..).for_each(hear);
}
