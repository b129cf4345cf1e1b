//! The rows that an entry's state makes: in lists, by tag, as references and in the search. Only
//! the differences between what was shown before and what is shown now are written.

use std::collections::BTreeSet;

use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::{FieldType, Kind};
use commons_proto::policy::Genesis;
use rusqlite::{CachedStatement, Connection, params};
use sha2::{Digest, Sha256};

use super::error::{Fault, Try};
use crate::links;

/// What is known of an entry apart from what its state shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EntryRow {
    /// Its number: the position of its genesis in the log.
    pub number: u64,
    pub id: EntryId,
    pub genesis: Genesis,
    /// The number of the genesis's author.
    pub author: u64,
    pub created: u64,
    pub changed: u64,
    pub versions: u64,
    pub authors: u64,
    /// Sorted.
    pub heads: Vec<ContributionId>,
}

/// An entry as the view keeps it.
pub(super) struct KeptEntry {
    pub row: EntryRow,
    /// Its encoded state; `None` if that is what the genesis says.
    pub state: Option<Vec<u8>>,
    /// Why it could not be put together, if it could not.
    pub unshown: Option<String>,
}

/// The entry with this number.
pub(super) fn read(connection: &Connection, number: u64) -> Try<Option<KeptEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT e.number, e.id, e.kind, e.open, a.key, e.author, e.created, e.changed, \
         e.versions, e.authors, e.heads, e.state, \
         (SELECT reason FROM unshown u WHERE u.entry = e.number) \
         FROM entry e JOIN author a ON a.number = e.author WHERE e.number = ?1",
    )?;
    let mut rows = statement.query([number])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let id = EntryId(row.get(1)?);
    let heads = match row.get_ref(10)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        Some(bytes) => heads_of(bytes)?,
        None => vec![id.into()],
    };
    let kind = kind_of(&row.get::<_, String>(2)?, row.get(3)?)?;
    let row_of = EntryRow {
        number: row.get(0)?,
        id,
        genesis: Genesis { kind, author: Author(row.get(4)?) },
        author: row.get(5)?,
        created: row.get(6)?,
        changed: row.get(7)?,
        versions: row.get(8)?,
        authors: row.get(9)?,
        heads,
    };
    Ok(Some(KeptEntry { row: row_of, state: row.get(11)?, unshown: row.get(12)? }))
}

/// The kind with this name, as the log's genesis has it.
pub(super) fn kind_of(name: &str, open: bool) -> Try<Kind> {
    Kind::new(name, open).ok_or_else(|| Fault::View(format!("there is no kind {name:?}")))
}

fn heads_of(bytes: &[u8]) -> Try<Vec<ContributionId>> {
    let (heads, []) = bytes.as_chunks::<32>() else {
        return Err(Fault::View("an entry's heads are no list of ids".to_owned()));
    };
    Ok(heads.iter().copied().map(ContributionId).collect())
}

/// What an entry's state shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shown {
    title: String,
    tags: BTreeSet<String>,
    licence: Option<String>,
    conflicts: u64,
    hidden: bool,
    /// What it refers to: entries, and URLs by [`url_target`].
    references: BTreeSet<(EntryId, &'static str)>,
    /// Values by which entries are found: the status.
    values: BTreeSet<(&'static str, String)>,
    /// Where it was imported from.
    sources: BTreeSet<String>,
    /// Every text but the title and the tags, a line each.
    text: String,
    /// Why nothing of this is known, if it could not be put together.
    unshown: Option<String>,
}

impl Shown {
    pub(super) fn of(kind: &Kind, state: &State) -> Self {
        let mut shown = Self {
            title: state.title(kind),
            conflicts: state.conflicts().count() as u64,
            hidden: state.is_empty() && *kind != Kind::Erasure,
            ..Self::default()
        };
        let licence = state.single("licence").and_then(Value::as_text);
        shown.licence = licence.filter(|text| !text.is_empty()).map(str::to_owned);
        for field in kind.fields() {
            match field.field_type {
                FieldType::Prose => shown.note(field.name, &Value::Text(state.prose(field.name))),
                FieldType::Single => {
                    for value in
                        state.held(field.name).iter().filter_map(|held| held.value.as_ref())
                    {
                        shown.note(field.name, value);
                    }
                }
                FieldType::Set if field.name == "tags" => {
                    let tags = state.set(field.name).filter_map(Value::as_text);
                    shown.tags.extend(tags.map(str::to_owned));
                }
                FieldType::Set => {
                    for value in state.set(field.name) {
                        shown.note(field.name, value);
                    }
                }
            }
        }
        shown
    }

    /// What is shown of an entry that could not be put together, for this reason: that it is there.
    pub(super) fn damaged(reason: String) -> Self {
        Self { unshown: Some(reason), ..Self::default() }
    }

    /// Whether it could not be put together.
    pub(super) fn is_damaged(&self) -> bool {
        self.unshown.is_some()
    }

    /// Every text but the title and the tags.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn note(&mut self, field: &'static str, value: &Value) {
        match value {
            Value::Text(text) => {
                self.references.extend(links::addresses(text).map(|(_, target)| (target, field)));
                // It is for machines, and no word of anybody's.
                if field == "source" {
                    self.sources.extend([text.clone()]);
                    return;
                }
                let urls = links::urls(text).map(|url| (url_target(&url), field));
                self.references.extend(urls);
                if field == "status" {
                    self.values.extend([(field, status_key(text))]);
                }
                if !text.is_empty() && *text != self.title {
                    self.text.push_str(text);
                    self.text.push('\n');
                }
            }
            Value::Entry(target) => {
                self.references.insert((*target, field));
            }
            Value::Number(number) => {
                if let ("start", Ok(start)) = (field, u64::try_from(*number)) {
                    self.values.insert((field, start_key(start)));
                }
            }
        }
    }

    fn index_tags(&self) -> BTreeSet<String> {
        self.tags.iter().map(|tag| tag_key(tag)).collect()
    }

    fn words(&self) -> (&str, &str, String) {
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        (&self.title, &self.text, tags.join("\n"))
    }
}

/// The form in which a tag is looked up: upper and lower case are one.
pub(super) fn tag_key(tag: &str) -> String {
    tag.to_lowercase()
}

/// The form in which a status is looked up: upper and lower case are one.
pub(super) fn status_key(status: &str) -> String {
    status.trim().to_lowercase()
}

/// What stands for a URL where others refer to it, in the place of an entry's id.
pub(super) fn url_target(comparable: &str) -> EntryId {
    EntryId(Sha256::new().chain_update("url:").chain_update(comparable).finalize().into())
}

/// What others may call an entry by that says this: its id, and the URLs of what it is about.
pub(super) fn names_of(entry: &EntryId, state: &State) -> Vec<EntryId> {
    let mut names = vec![*entry];
    for field in URL_FIELDS {
        let url = state.single(field).and_then(Value::as_text).and_then(links::comparable);
        names.extend(url.map(|url| url_target(&url)));
    }
    names
}

/// The form in which the start of a session is looked up: later ones come after earlier ones.
pub(super) fn start_key(start: u64) -> String {
    format!("{start:020}")
}

/// The fields that hold the URL of what the entry is about.
const URL_FIELDS: [&str; 3] = ["url", "repository", "demo"];

/// Writes what entries show, with statements that are prepared once for a transaction.
pub(super) struct ViewWriter<'t> {
    begin: CachedStatement<'t>,
    change: CachedStatement<'t>,
    tag: CachedStatement<'t>,
    untag: CachedStatement<'t>,
    refer: CachedStatement<'t>,
    unrefer: CachedStatement<'t>,
    hold: CachedStatement<'t>,
    unhold: CachedStatement<'t>,
    come_from: CachedStatement<'t>,
    not_come_from: CachedStatement<'t>,
    fail: CachedStatement<'t>,
    succeed: CachedStatement<'t>,
}

impl<'t> ViewWriter<'t> {
    pub(super) fn new(connection: &'t Connection) -> rusqlite::Result<Self> {
        let prepare = |sql| connection.prepare_cached(sql);
        Ok(Self {
            begin: prepare(
                "INSERT INTO entry VALUES \
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?,
            change: prepare(
                "UPDATE entry SET id = ?2, kind = ?3, open = ?4, author = ?5, created = ?6, \
                 changed = ?7, versions = ?8, authors = ?9, conflicts = ?10, hidden = ?11, \
                 title = ?12, tags = ?13, licence = ?14, heads = ?15, state = ?16 \
                 WHERE number = ?1",
            )?,
            tag: prepare("INSERT OR IGNORE INTO tag VALUES (?1, ?2)")?,
            untag: prepare("DELETE FROM tag WHERE tag = ?1 AND entry = ?2")?,
            refer: prepare("INSERT OR IGNORE INTO reference VALUES (?1, ?2, ?3)")?,
            unrefer: prepare(
                "DELETE FROM reference WHERE target = ?1 AND entry = ?2 AND how = ?3",
            )?,
            hold: prepare("INSERT OR IGNORE INTO value VALUES (?1, ?2, ?3)")?,
            unhold: prepare("DELETE FROM value WHERE field = ?1 AND value = ?2 AND entry = ?3")?,
            come_from: prepare("INSERT OR IGNORE INTO source VALUES (?1, ?2, ?3, ?4)")?,
            not_come_from: prepare(
                "DELETE FROM source WHERE kind = ?1 AND source = ?2 AND id = ?3",
            )?,
            fail: prepare("INSERT OR REPLACE INTO unshown VALUES (?1, ?2)")?,
            succeed: prepare("DELETE FROM unshown WHERE entry = ?1")?,
        })
    }

    /// Writes an entry that showed `before` (nothing, if it is new) and now shows `now`. `state` is
    /// kept unless it is what the genesis says. The words are for [`WordWriter`].
    pub(super) fn write(
        &mut self,
        row: &EntryRow,
        state: Option<&State>,
        before: Option<&Shown>,
        now: &Shown,
    ) -> Try<()> {
        self.write_row(row, state, before.is_none(), now)?;
        self.write_tags(row.number, before, now)?;
        self.write_references(row.number, before, now)?;
        self.write_values(row.number, before, now)?;
        self.write_sources(row, before, now)?;
        self.write_unshown(row.number, before, now)
    }

    fn write_row(
        &mut self,
        row: &EntryRow,
        state: Option<&State>,
        is_new: bool,
        now: &Shown,
    ) -> Try<()> {
        let tags = (!now.tags.is_empty())
            .then(|| serde_json::to_string(&now.tags).expect("strings have a JSON form"));
        let only_genesis = row.heads == [ContributionId::from(row.id)];
        let heads =
            (!only_genesis).then(|| row.heads.iter().flat_map(|head| head.0).collect::<Vec<u8>>());
        let entry = if is_new { &mut self.begin } else { &mut self.change };
        entry.execute(params![
            row.number,
            row.id.0,
            row.genesis.kind.name(),
            row.genesis.kind.is_open(),
            row.author,
            row.created,
            row.changed,
            row.versions,
            row.authors,
            now.conflicts,
            now.hidden,
            now.title,
            tags,
            now.licence,
            heads,
            state.map(State::encode),
        ])?;
        Ok(())
    }

    fn write_tags(&mut self, entry: u64, before: Option<&Shown>, now: &Shown) -> Try<()> {
        let old = before.map(Shown::index_tags).unwrap_or_default();
        let new = now.index_tags();
        for tag in old.difference(&new) {
            self.untag.execute(params![tag, entry])?;
        }
        for tag in new.difference(&old) {
            self.tag.execute(params![tag, entry])?;
        }
        Ok(())
    }

    fn write_references(&mut self, entry: u64, before: Option<&Shown>, now: &Shown) -> Try<()> {
        let none = BTreeSet::new();
        let old = before.map_or(&none, |shown| &shown.references);
        for (target, how) in old.difference(&now.references) {
            self.unrefer.execute(params![target.0, entry, how])?;
        }
        for (target, how) in now.references.difference(old) {
            self.refer.execute(params![target.0, entry, how])?;
        }
        Ok(())
    }

    fn write_values(&mut self, entry: u64, before: Option<&Shown>, now: &Shown) -> Try<()> {
        let none = BTreeSet::new();
        let old = before.map_or(&none, |shown| &shown.values);
        for (field, value) in old.difference(&now.values) {
            self.unhold.execute(params![field, value, entry])?;
        }
        for (field, value) in now.values.difference(old) {
            self.hold.execute(params![field, value, entry])?;
        }
        Ok(())
    }

    fn write_sources(&mut self, row: &EntryRow, before: Option<&Shown>, now: &Shown) -> Try<()> {
        let none = BTreeSet::new();
        let old = before.map_or(&none, |shown| &shown.sources);
        let (kind, id) = (row.genesis.kind.name(), row.id.0);
        for source in old.difference(&now.sources) {
            self.not_come_from.execute(params![kind, source, id])?;
        }
        for source in now.sources.difference(old) {
            self.come_from.execute(params![kind, source, id, row.number])?;
        }
        Ok(())
    }

    fn write_unshown(&mut self, entry: u64, before: Option<&Shown>, now: &Shown) -> Try<()> {
        match (before.and_then(|shown| shown.unshown.as_ref()), &now.unshown) {
            (before, now) if before == now.as_ref() => {}
            (_, Some(reason)) => {
                self.fail.execute(params![entry, reason])?;
            }
            (_, None) => {
                self.succeed.execute([entry])?;
            }
        }
        Ok(())
    }
}

/// Writes the words that entries show. It comes after everything else of a transaction: at each
/// statement that can fail half-way, SQLite has FTS5 write out what it has gathered, which costs
/// more than all the rest.
pub(super) struct WordWriter<'t> {
    index: CachedStatement<'t>,
    unindex: CachedStatement<'t>,
}

impl<'t> WordWriter<'t> {
    pub(super) fn new(connection: &'t Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            index: connection.prepare_cached(
                "INSERT INTO search (rowid, title, text, tags) VALUES (?1, ?2, ?3, ?4)",
            )?,
            unindex: connection.prepare_cached(
                "INSERT INTO search (search, rowid, title, text, tags) \
                 VALUES ('delete', ?1, ?2, ?3, ?4)",
            )?,
        })
    }

    /// Writes the words of the entry with this number.
    pub(super) fn write(&mut self, entry: u64, before: Option<&Shown>, now: &Shown) -> Try<()> {
        let new = now.words();
        if let Some(before) = before {
            let old = before.words();
            if old == new {
                return Ok(());
            }
            if !is_wordless(&old) {
                self.unindex.execute(params![entry, old.0, old.1, old.2])?;
            }
        }
        if !is_wordless(&new) {
            self.index.execute(params![entry, new.0, new.1, new.2])?;
        }
        Ok(())
    }
}

fn is_wordless(words: &(&str, &str, String)) -> bool {
    words.0.is_empty() && words.1.is_empty() && words.2.is_empty()
}
