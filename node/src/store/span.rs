//! Many questions of one and the same set: what happened in a span of time, to which entries, and who
//! stands behind them. The digest is made of the answers; nothing here depends on the order in which
//! contributions came here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commons_proto::entry::{State, Step};
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Row, params};

use super::error::{Fault, Try};
use super::filter::NO_TWIN;
use super::mute::{MUTED, NOT_MUTED};
use super::resolve::Shortener;
use super::summary::{Names, tags_of};
use super::view::kind_of;
use super::{Result, Store, contain, log, view};

/// A look at the store: whatever it tells is of one state of the database.
pub(crate) struct Look<'c> {
    connection: &'c Connection,
    seen: CachedStatement<'c>,
    says: CachedStatement<'c>,
    referred: CachedStatement<'c>,
    names: Names<'c>,
}

/// An entry as a look at the store sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    number: u64,
    author_number: u64,
    pub(crate) id: EntryId,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) tags: Vec<String>,
    pub(crate) author: Author,
    pub(crate) created: u64,
    pub(crate) licence: Option<String>,
    /// Whether nothing is left of it.
    pub(crate) hidden: bool,
    /// Whether it, or who began it, is muted here.
    pub(crate) muted: bool,
    /// Whether another entry stands for it in lists.
    pub(crate) is_twin: bool,
}

/// What was done to an entry in a span of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// When it was begun, if it was in the span.
    pub(crate) begun: Option<u64>,
    /// When it was first touched in the span, and when last.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Who touched it: how often, and when last.
    pub(crate) hands: BTreeMap<Author, Hand>,
}

/// What one author did to an entry in a span of time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hand {
    pub(crate) contributions: u64,
    pub(crate) last: u64,
}

/// Who stands behind an entry: others than who began it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Support {
    /// How many endorsed it.
    pub(crate) endorsements: u64,
    /// How many refer to it, otherwise than by an endorsement.
    pub(crate) references: u64,
    /// How many did one or the other.
    pub(crate) people: u64,
}

impl Store {
    /// Looks at one state of the database.
    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut Look) -> Try<T>) -> Result<T> {
        self.read(|connection| work(&mut Look::new(connection)?))
    }
}

impl<'c> Look<'c> {
    fn new(connection: &'c Connection) -> Try<Self> {
        let seen = connection.prepare_cached(&format!(
            "SELECT e.number, e.author, e.id, e.kind, e.open, e.title, e.tags, a.key, e.created, \
             e.licence, e.hidden, {MUTED}, NOT {NO_TWIN} \
             FROM entry e JOIN author a ON a.number = e.author WHERE e.number = ?1"
        ))?;
        let says = connection.prepare_cached(
            "SELECT e.state, c.id, c.header, c.payload FROM entry e \
             CROSS JOIN contribution c ON c.seq = e.number WHERE e.number = ?1",
        )?;
        let referred = connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM reference WHERE target = ?1 AND entry <> ?2)",
        )?;
        Ok(Self { connection, seen, says, referred, names: Names::new(connection) })
    }

    /// The entries that were touched at or after `since` and before `until`, with what was done to
    /// each. What was taken back, or is by an author who is muted here, counts for nothing. Of more
    /// than `most` entries, those touched last; and how many there were.
    pub(crate) fn touched(
        &mut self,
        since: u64,
        until: u64,
        most: usize,
    ) -> Try<(Vec<(Seen, Touched)>, u64)> {
        let (mut touched, authors) = self.moments(since, until)?;
        let all = touched.len();
        if all > most {
            // By whole seconds: within one, every node would have to leave out the same.
            let mut times: Vec<u64> = touched.values().map(|one| one.touched.last).collect();
            times.sort_unstable_by(|one, other| other.cmp(one));
            let earliest = times[most];
            touched.retain(|_, one| one.touched.last > earliest);
        }
        let left_out = (all - touched.len()) as u64;
        let mut found = Vec::with_capacity(touched.len());
        // In the order of the file, which is read quicker.
        let mut numbers: Vec<u64> = touched.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            let Some(Raw { mut touched, hands }) = touched.remove(&number) else { continue };
            let Some(seen) = self.numbered(number)? else { continue };
            for (author, hand) in hands {
                touched.hands.extend(authors.get(&author).map(|key| (*key, hand)));
            }
            found.push((seen, touched));
        }
        Ok((found, left_out))
    }

    /// What the moments of a span say of each entry, by its number; and the keys of authors by theirs.
    fn moments(&self, since: u64, until: u64) -> Try<(HashMap<u64, Raw>, HashMap<u64, Author>)> {
        let mut authors = HashMap::new();
        let mut who = self.connection.prepare_cached("SELECT key FROM author WHERE number = ?1")?;
        let muted = super::mute::authors(self.connection)?;
        let mut statement = self.connection.prepare_cached(
            "SELECT m.time, c.seq, c.entry, c.author FROM moment m \
             CROSS JOIN contribution c ON c.seq = m.seq \
             WHERE m.time >= ?1 AND m.time < ?2 AND c.payload IS NOT NULL",
        )?;
        let mut rows = statement.query(params![time(since), time(until)])?;
        let mut touched: HashMap<u64, Raw> = HashMap::new();
        while let Some(row) = rows.next()? {
            let (time, seq, entry, author): (u64, u64, u64, u64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            if let std::collections::hash_map::Entry::Vacant(vacant) = authors.entry(author) {
                vacant.insert(who.query_row([author], |row| row.get(0).map(Author))?);
            }
            if muted.contains(&authors[&author]) {
                continue;
            }
            touched.entry(entry).or_default().note(time, seq == entry, author);
        }
        Ok((touched, authors))
    }

    /// The entry with this id, if it is here.
    pub(crate) fn entry(&mut self, id: &EntryId) -> Try<Option<Seen>> {
        match log::entry_number(self.connection, id)? {
            Some(number) => self.numbered(number),
            None => Ok(None),
        }
    }

    /// What an entry says; nothing if it could not be put together.
    pub(crate) fn state(&mut self, seen: &Seen) -> Try<State> {
        let mut rows = self.says.query([seen.number])?;
        let Some(row) = rows.next()? else { return Ok(State::default()) };
        if let Some(kept) = row.get_ref(0)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
            return State::decode(kept).map_err(|error| Fault::View(error.to_string()));
        }
        let genesis = log::read_record(row, 1)?;
        let mut state = State::default();
        match contain::fold(&mut state, &seen.kind, Step { record: &genesis, shape: None }) {
            Err(Fault::Unshown(_)) => Ok(State::default()),
            folded => folded.map(|()| state),
        }
    }

    /// What an author calls themselves.
    pub(crate) fn name(&mut self, author: &Author) -> Try<Option<String>> {
        match log::author_number(self.connection, author)? {
            Some(number) => self.names.of(number),
            None => Ok(None),
        }
    }

    /// Who stood behind an entry that says this, before `until`: each author once, whatever they did,
    /// and never who began it. At most `most` of each are counted.
    pub(crate) fn support(
        &mut self,
        seen: &Seen,
        state: &State,
        until: u64,
        most: usize,
    ) -> Try<Support> {
        let (mut endorsed, mut referred) = (BTreeSet::new(), BTreeSet::new());
        for name in view::names_of(&seen.id, state) {
            // Nobody refers to most of what there is.
            let named = params![name.0, seen.number];
            if !self.referred.query_row(named, |row| row.get::<_, bool>(0))? {
                continue;
            }
            for (condition, authors) in [("=", &mut endorsed), ("<>", &mut referred)] {
                let mut statement = self.connection.prepare_cached(&format!(
                    "SELECT DISTINCT e.author FROM reference r \
                     CROSS JOIN entry e ON e.number = r.entry \
                     WHERE r.target = ?1 AND e.kind {condition} 'endorsement' AND e.hidden = 0 \
                     AND e.created < ?2 AND e.author <> ?3 AND e.number <> ?4 AND {NOT_MUTED} AND {NO_TWIN} LIMIT ?5"
                ))?;
                let bound = params![name.0, time(until), seen.author_number, seen.number, most];
                let rows = statement.query_map(bound, |row| row.get::<_, u64>(0))?;
                for author in rows {
                    authors.insert(author?);
                }
            }
        }
        let count = |authors: usize| authors.min(most) as u64;
        Ok(Support {
            endorsements: count(endorsed.len()),
            references: count(referred.len()),
            people: count(endorsed.union(&referred).count()),
        })
    }

    /// Who had joined a project before `until`, who did so first first, at most so many.
    pub(crate) fn team(&self, project: &Seen, until: u64, most: usize) -> Try<Vec<Author>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT a.key FROM reference r CROSS JOIN entry e ON e.number = r.entry \
             CROSS JOIN author a ON a.number = e.author \
             WHERE r.target = ?1 AND r.how = 'about' AND e.kind = 'membership' AND e.hidden = 0 \
             AND e.created < ?2 AND {NOT_MUTED} GROUP BY a.key ORDER BY min(e.created), a.key LIMIT ?3"
        ))?;
        let bound = params![project.id.0, time(until), most];
        let keys = statement.query_map(bound, |row| row.get(0).map(Author))?;
        Ok(keys.collect::<rusqlite::Result<_>>()?)
    }

    /// The sessions that start at or after `since` and before `until`, by their start and id, at most
    /// so many.
    pub(crate) fn sessions(&mut self, since: u64, until: u64, most: usize) -> Try<Vec<Seen>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT e.number FROM value v CROSS JOIN entry e ON e.number = v.entry \
             WHERE v.field = 'start' AND v.value >= ?1 AND v.value < ?2 AND e.hidden = 0 \
             AND e.kind = 'session' AND {NOT_MUTED} ORDER BY v.value, e.id LIMIT ?3"
        ))?;
        let bound = params![view::start_key(since), view::start_key(until), most];
        let rows = statement.query_map(bound, |row| row.get::<_, u64>(0))?;
        let numbers: Vec<u64> = rows.collect::<rusqlite::Result<_>>()?;
        let mut sessions = Vec::with_capacity(numbers.len());
        for number in numbers {
            sessions.extend(self.numbered(number)?.filter(|seen| !seen.is_twin));
        }
        Ok(sessions)
    }

    /// What shortens so many ids.
    pub(crate) fn shortener(&self, ids: usize) -> Try<Shortener<'c>> {
        Ok(Shortener::new(self.connection, ids)?)
    }

    fn numbered(&mut self, number: u64) -> Try<Option<Seen>> {
        let mut rows = self.seen.query([Value::Integer(number.try_into().unwrap_or(0))])?;
        rows.next()?.map(Seen::read).transpose()
    }
}

impl Seen {
    /// Whether lists show it.
    pub(crate) fn is_shown(&self) -> bool {
        !self.hidden && !self.muted && !self.is_twin
    }

    fn read(row: &Row) -> Try<Self> {
        let id = EntryId(row.get(2)?);
        let kind = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        Ok(Self {
            number: row.get(0)?,
            author_number: row.get(1)?,
            id,
            kind: kind_of(kind, row.get(4)?)?,
            title: row.get(5)?,
            tags: tags_of(&id, row.get::<_, Option<String>>(6)?.as_deref())?,
            author: Author(row.get(7)?),
            created: row.get(8)?,
            licence: row.get(9)?,
            hidden: row.get(10)?,
            muted: row.get(11)?,
            is_twin: row.get(12)?,
        })
    }
}

/// Notes when a contribution was made, as it is shown.
pub(super) fn note_moment(connection: &Connection, time: u64, seq: u64) -> Try<()> {
    let mut note = connection.prepare_cached("INSERT OR IGNORE INTO moment VALUES (?1, ?2)")?;
    note.execute(params![time, seq])?;
    Ok(())
}

/// A time as SQLite takes it.
fn time(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// What the moments of a span say of one entry, with authors by their numbers.
#[derive(Default)]
struct Raw {
    touched: Touched,
    hands: BTreeMap<u64, Hand>,
}

impl Raw {
    fn note(&mut self, time: u64, begins: bool, author: u64) {
        if self.hands.is_empty() {
            self.touched.first = time;
        }
        self.touched.first = self.touched.first.min(time);
        self.touched.last = self.touched.last.max(time);
        if begins {
            self.touched.begun = Some(time);
        }
        let hand = self.hands.entry(author).or_default();
        hand.contributions += 1;
        hand.last = hand.last.max(time);
    }
}
