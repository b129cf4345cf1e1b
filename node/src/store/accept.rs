//! The door. A batch goes into the log in one transaction, and what it changes in the view with it:
//! each entry that it touches is computed and written once. Policy first, then log, erasure, view
//! and search.

use std::collections::{BTreeMap, HashMap};

use commons_proto::contribution::{Record, Subject, Verified};
use commons_proto::edit::Shape;
use commons_proto::entry::{State, Step};
use commons_proto::erasure;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::policy::{self, Genesis, PolicyError};
use commons_proto::replica::Outcome;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::contain;
use super::error::{Fault, Try};
use super::log::{self, Kept};
use super::rebuild::rebuild;
use super::span;
use super::view::{self, EntryRow, KeptEntry, Shown, ViewWriter, WordWriter};
use super::{Result, Source, Store};

impl Store {
    /// Takes a batch into the log in one transaction, and tells for each contribution in turn what
    /// became of it. Parents must be in the log or earlier in the batch. `received` is the time of
    /// receipt in seconds since 1970 UTC.
    ///
    /// When this returns, everything that is `New` is safely on disk; when it fails, nothing is.
    pub fn accept(
        &mut self,
        batch: &[Verified],
        received: u64,
        source: Source,
    ) -> Result<Vec<Outcome>> {
        let (outcomes, words_gone) = self.write(|connection| {
            let mut door = Door::new(connection, received, source)?;
            let outcomes = batch.iter().map(|one| door.take(one)).collect::<Try<_>>()?;
            door.settle()?;
            Ok((outcomes, door.words_gone))
        })?;
        if words_gone {
            self.words_gone(source);
        }
        Ok(outcomes)
    }
}

/// A time as it is shown: the claimed one, unless it was more than [`AHEAD`] later than the
/// receipt.
pub(super) fn shown_time(claimed: u64, received: u64) -> u64 {
    if claimed > received.saturating_add(AHEAD) { received } else { claimed }
}

/// Seconds that a claimed time may be ahead of its receipt: clocks of laptops differ by minutes.
const AHEAD: u64 = 600;

/// One transaction's work.
struct Door<'t> {
    connection: &'t Connection,
    received: u64,
    source: Source,
    /// The next position in the log.
    next: u64,
    /// Whether there are any erasures: there are none in most commons.
    erasures: bool,
    /// Whether words were dropped from the log.
    words_gone: bool,
    /// Whether a damaged row was put right.
    healed: bool,
    /// The numbers of authors that this batch has met.
    authors: HashMap<Author, u64>,
    /// The entries that this batch touches, by number.
    touched: BTreeMap<u64, Touched>,
    find: CachedStatement<'t>,
    insert: CachedStatement<'t>,
    contribute: CachedStatement<'t>,
}

/// An entry in the making.
struct Touched {
    row: EntryRow,
    state: State,
    /// What the view shows; `None` if the entry is new.
    before: Option<Shown>,
    /// Whether the state is what the genesis says, and need not be kept beside it.
    plain: bool,
    /// Whether the state must be computed from the whole history.
    whole: bool,
}

impl<'t> Door<'t> {
    fn new(connection: &'t Connection, received: u64, source: Source) -> Try<Self> {
        let next = log::last(connection)? + 1;
        let erasures =
            connection.query_row("SELECT EXISTS (SELECT 1 FROM erasure)", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            received,
            source,
            next,
            erasures,
            words_gone: false,
            healed: false,
            authors: HashMap::new(),
            touched: BTreeMap::new(),
            find: connection.prepare_cached("SELECT seq, entry FROM contribution WHERE id = ?1")?,
            insert: connection.prepare_cached(
                "INSERT INTO contribution VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            contribute: connection
                .prepare_cached("INSERT OR IGNORE INTO contributor VALUES (?1, ?2)")?,
        })
    }

    fn take(&mut self, verified: &Verified) -> Try<Outcome> {
        if let Some((seq, _)) = self.position(&verified.id())? {
            let healed = self.heal(verified, seq)?;
            return Ok(if healed { Outcome::New { seq } } else { Outcome::Known });
        }
        match &verified.header().subject {
            Subject::Genesis(kind) => self.begin(verified, kind),
            Subject::Entry(entry) => self.follow(verified, entry),
        }
    }

    /// A contribution that begins an entry.
    fn begin(&mut self, verified: &Verified, kind: &Kind) -> Try<Outcome> {
        let record = &verified.record();
        let shape = self.shape(record, kind)?;
        if verified.payload_bytes().is_none() && shape.is_none() {
            return Ok(Outcome::ErasedWithoutErasure);
        }
        let number = self.next;
        let author = self.keep(verified, number, shape.is_some())?;
        let mut state = State::default();
        let step = Step { record, shape: shape.as_ref() };
        let whole = contain::fold(&mut state, kind, step).is_err();
        let time = shown_time(record.header.time, self.received);
        let row = EntryRow {
            number,
            id: record.id.into(),
            genesis: Genesis { kind: kind.clone(), author: record.header.author },
            author,
            created: time,
            changed: time,
            versions: 1,
            authors: 1,
            heads: vec![record.id],
        };
        self.contribute.execute(params![author, number])?;
        let plain = shape.is_none();
        self.touched.insert(number, Touched { row, state, before: None, plain, whole });
        if *kind == Kind::Erasure {
            self.erase(record, author)?;
        }
        Ok(Outcome::New { seq: number })
    }

    /// A contribution to an entry that is here.
    fn follow(&mut self, verified: &Verified, entry: &EntryId) -> Try<Outcome> {
        let record = &verified.record();
        let mut missing = Vec::new();
        let mut entries = Vec::new();
        for parent in &record.header.parents {
            match self.position(parent)? {
                Some((_, number)) => entries.push(number),
                None => missing.push(*parent),
            }
        }
        if !missing.is_empty() {
            return Ok(Outcome::MissingParents(missing));
        }
        let number = entries[0];
        let Some(touched) = self.touch(number)? else {
            return Ok(Outcome::MissingParents(vec![(*entry).into()]));
        };
        let row = &touched.row;
        if row.id != *entry || entries.iter().any(|other| *other != number) {
            return Ok(Outcome::Refused("parents-of-another-entry"));
        }
        let genesis = row.genesis.clone();
        if let Err(refusal) = policy::allows(&genesis, record) {
            return Ok(Outcome::Refused(match refusal {
                PolicyError::NotTheAuthor => "not-the-author",
                PolicyError::Erasure => "erasure-stands",
            }));
        }
        let shape = self.shape(record, &genesis.kind)?;
        if verified.payload_bytes().is_none() && shape.is_none() {
            return Ok(Outcome::ErasedWithoutErasure);
        }
        let seq = self.next;
        let author = self.keep(verified, number, shape.is_some())?;
        let new_author = self.contribute.execute(params![author, number])? == 1;
        let time = shown_time(record.header.time, self.received);
        if let Some(touched) = self.touch(number)? {
            touched.add(record, shape.as_ref());
            touched.row.authors += u64::from(new_author);
            touched.row.changed = touched.row.changed.max(time);
        }
        Ok(Outcome::New { seq })
    }

    /// Appends a contribution to the log; gives its author's number.
    fn keep(&mut self, verified: &Verified, entry: u64, erased: bool) -> Try<u64> {
        let key = verified.header().author;
        let author = match self.author(&key)? {
            Some(number) => number,
            None => {
                self.connection
                    .prepare_cached("INSERT INTO author (key, seen) VALUES (?1, ?2)")?
                    .execute(params![key.0, self.received])?;
                let number = u64::try_from(self.connection.last_insert_rowid())
                    .expect("SQLite counts rows from 1");
                self.authors.insert(key, number);
                number
            }
        };
        self.insert.execute(params![
            self.next,
            verified.id().0,
            entry,
            author,
            self.source.number(),
            self.received,
            verified.header_bytes(),
            verified.signature(),
            verified.payload_bytes().filter(|_| !erased),
        ])?;
        let time = shown_time(verified.header().time, self.received);
        span::note_moment(self.connection, time, self.next)?;
        self.next += 1;
        Ok(author)
    }

    /// What is left of a contribution that was taken back before it came; `None` if it was not.
    fn shape(&mut self, record: &Record, kind: &Kind) -> Try<Option<Shape>> {
        if !self.erasures || *kind == Kind::Erasure {
            return Ok(None);
        }
        match self.author(&record.header.author)? {
            Some(author) => log::shape(self.connection, record, kind, author),
            None => Ok(None),
        }
    }

    /// Remembers what an erasure takes back, and drops the words of what is here of it.
    fn erase(&mut self, erasure: &Record, author: u64) -> Try<()> {
        for (target, _) in erasure::targets(erasure) {
            self.erasures = true;
            let first = log::first_erasure(self.connection, &target, author)?;
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO erasure VALUES (?1, ?2, ?3)")?
                .execute(params![target.0, author, erasure.id.0])?;
            let held = self
                .connection
                .prepare_cached(
                    "SELECT seq, entry, payload IS NOT NULL FROM contribution \
                     WHERE id = ?1 AND author = ?2",
                )?
                .query_row(params![target.0, author], |row| {
                    Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, row.get::<_, bool>(2)?))
                })
                .optional()?;
            let Some((seq, entry, has_words)) = held else { continue };
            let Some(touched) = self.touch(entry)? else { continue };
            if touched.row.genesis.kind == Kind::Erasure {
                continue;
            }
            touched.whole |= has_words || first.is_none_or(|first| erasure.id < first);
            if has_words {
                self.connection
                    .prepare_cached("UPDATE contribution SET payload = NULL WHERE seq = ?1")?
                    .execute([seq])?;
                self.words_gone = true;
            }
        }
        Ok(())
    }

    /// Writes what the touched entries show now.
    fn settle(&mut self) -> Try<()> {
        let mut writer = ViewWriter::new(self.connection)?;
        let mut shown = Vec::with_capacity(self.touched.len());
        for touched in self.touched.values_mut() {
            let kind = &touched.row.genesis.kind;
            let now = if touched.whole {
                let history = log::history(self.connection, touched.row.number, kind)?;
                let sound: Vec<&Kept> = history.iter().flatten().collect();
                let steps: Vec<Step> = sound.iter().map(|kept| kept.step()).collect();
                let (state, now) = contain::put_together(kind, &steps);
                touched.state = state;
                touched.plain = false;
                now
            } else {
                contain::show(kind, &touched.state)
            };
            if now.is_damaged() {
                touched.state = State::default();
                touched.plain = false;
            }
            let state = (!touched.plain).then_some(&touched.state);
            writer.write(&touched.row, state, touched.before.as_ref(), &now)?;
            shown.push(now);
        }
        if self.words_gone {
            super::scrub::remember(self.connection, self.next)?;
        }
        let mut words = WordWriter::new(self.connection)?;
        for ((number, touched), now) in self.touched.iter().zip(&shown) {
            words.write(*number, touched.before.as_ref(), now)?;
        }
        if self.healed {
            rebuild(self.connection)?;
        }
        Ok(())
    }

    /// Puts a row right that is damaged here, now that its contribution has come again. True if it
    /// was.
    fn heal(&mut self, verified: &Verified, seq: u64) -> Try<bool> {
        let sound: bool = self
            .connection
            .prepare_cached(
                "SELECT header = ?2 AND (payload IS NULL OR ?3 IS NULL OR payload = ?3) \
                 FROM contribution WHERE seq = ?1",
            )?
            .query_row(params![seq, verified.header_bytes(), verified.payload_bytes()], |row| {
                row.get(0)
            })?;
        let noted = self
            .connection
            .prepare_cached("DELETE FROM damaged WHERE id = ?1")?
            .execute([verified.id().0])?
            > 0;
        if sound && !noted {
            return Ok(false);
        }
        self.connection.execute(
            "UPDATE contribution SET header = ?2, signature = ?3, payload = ?4 WHERE seq = ?1",
            params![seq, verified.header_bytes(), verified.signature(), verified.payload_bytes()],
        )?;
        self.healed = true;
        Ok(true)
    }

    /// The entry with this number, from the view if this batch has not touched it yet. `None` if
    /// its genesis is damaged.
    fn touch(&mut self, number: u64) -> Try<Option<&mut Touched>> {
        if !self.touched.contains_key(&number)
            && let Some(touched) = load(self.connection, number)?
        {
            self.touched.insert(number, touched);
        }
        Ok(self.touched.get_mut(&number))
    }

    /// Position and entry of a contribution in the log.
    fn position(&mut self, id: &ContributionId) -> rusqlite::Result<Option<(u64, u64)>> {
        self.find.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    fn author(&mut self, key: &Author) -> rusqlite::Result<Option<u64>> {
        if let Some(number) = self.authors.get(key) {
            return Ok(Some(*number));
        }
        let number = log::author_number(self.connection, key)?;
        if let Some(number) = number {
            self.authors.insert(*key, number);
        }
        Ok(number)
    }
}

impl Touched {
    /// Adds a contribution whose parents are all part of the entry.
    fn add(&mut self, record: &Record, shape: Option<&Shape>) {
        let row = &mut self.row;
        row.versions += 1;
        self.plain = false;
        if row.heads == record.header.parents {
            row.heads = vec![record.id];
            if !self.whole {
                let step = Step { record, shape };
                self.whole = contain::fold(&mut self.state, &row.genesis.kind, step).is_err();
            }
            return;
        }
        row.heads.retain(|head| !record.header.parents.contains(head));
        row.heads.push(record.id);
        row.heads.sort_unstable();
        self.whole = true;
    }
}

/// What an entry shows, as the search has it.
pub(super) fn shown(connection: &Connection, number: u64) -> Try<Option<Shown>> {
    Ok(load(connection, number)?.and_then(|touched| touched.before))
}

/// What the view has of an entry. Nothing that is wrong with it must stand in the way of what others
/// write: it is then put together anew.
fn load(connection: &Connection, number: u64) -> Try<Option<Touched>> {
    let Some(KeptEntry { row, state, unshown }) = view::read(connection, number)? else {
        return Ok(None);
    };
    let plain = state.is_none();
    if let Some(reason) = unshown {
        let before = Some(Shown::damaged(reason));
        return Ok(Some(Touched { row, state: State::default(), before, plain, whole: true }));
    }
    let read = log::state(connection, &row, state.as_deref());
    let whole = matches!(read, Err(Fault::Unshown(_)));
    let state = read.unwrap_or_default();
    let before = contain::show(&row.genesis.kind, &state);
    Ok(Some(Touched { row, state, before: Some(before), plain, whole }))
}
