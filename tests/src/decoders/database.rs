//! A database that somebody hands over, or that a disk has damaged: good pages with arbitrary
//! bytes in them, good rows with arbitrary values, or anything at all. Every question is answered,
//! or refused with an error that names the file.

use std::fs;
use std::path::{Path, PathBuf};

use arbitrary::{Arbitrary, Unstructured};
use commons_node::store::{Among, Filter, Source, Store, StoreError};
use commons_proto::contribution::{Subject, Verified};
use commons_proto::edit::Edit;
use commons_proto::erasure;
use commons_proto::id::{EntryId, IdPrefix};
use commons_proto::kind::Kind;
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

use super::contributions::COMMONS;
use super::history::sign;

/// What happened to a database.
pub(super) fn database(bytes: &[u8]) {
    let Ok(damage) = Vec::<Damage>::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    PLACE.with(|place| {
        let path = place.directory.path().join("given.sqlite");
        forget(&path);
        fs::write(&path, &place.whole).expect("there is room");
        damage.into_iter().take(MOST).for_each(|damage| damage.happens(&path));
        read(&path, &place.held);
        write(&path, &place.held);
        forget(&path);
    });
}

/// Something that happened to it.
#[derive(Debug, Arbitrary)]
enum Damage {
    /// Bytes in a page.
    Bytes { page: u8, at: u16, bytes: Vec<u8> },
    /// The file ends here.
    Short { pages: u8, bytes: u16 },
    /// It is another file.
    Other { bytes: Vec<u8> },
    /// A value of a row.
    Cell { column: u8, row: u8, value: Cell },
    /// A part of a value of a row.
    Part { column: u8, row: u8, at: u8, bytes: Vec<u8> },
    /// A row is gone.
    Gone { column: u8, row: u8 },
    /// Its tables are others.
    Tables { how: u8 },
    /// A number that the file begins with: its format and whose it is.
    Pragma { format: bool, number: i32 },
}

#[derive(Debug, Arbitrary)]
enum Cell {
    Null,
    Number(i64),
    Text(String),
    Blob(Vec<u8>),
    /// A blob of so many equal bytes, as ids have 32.
    Even {
        bytes: u8,
        of: u8,
    },
}

impl Damage {
    fn happens(self, path: &Path) {
        match self {
            Self::Bytes { page, at, bytes } => {
                let mut whole = fs::read(path).expect("it is there");
                let pages = whole.len().div_ceil(PAGE).max(1);
                let at = usize::from(page) % pages * PAGE + usize::from(at) % PAGE;
                for (place, byte) in whole.iter_mut().skip(at).zip(bytes) {
                    *place = byte;
                }
                fs::write(path, whole).expect("there is room");
            }
            Self::Short { pages, bytes } => {
                let mut whole = fs::read(path).expect("it is there");
                whole.truncate(usize::from(pages) * PAGE + usize::from(bytes) % PAGE);
                fs::write(path, whole).expect("there is room");
            }
            Self::Other { bytes } => fs::write(path, bytes).expect("there is room"),
            // What SQLite itself refuses to do is no damage.
            Self::Cell { column, row, value } => {
                let (table, column) = COLUMNS[usize::from(column) % COLUMNS.len()];
                let set = format!(
                    "UPDATE OR IGNORE {table} SET {column} = ?1 WHERE {}",
                    chosen(table, row)
                );
                let _ = with(path, |connection| connection.execute(&set, [value.value()]));
            }
            Self::Part { column, row, at, bytes } => {
                let (table, column) = COLUMNS[usize::from(column) % COLUMNS.len()];
                let set = format!(
                    "UPDATE OR IGNORE {table} SET {column} = CAST(substr({column}, 1, ?1) || ?2 \
                     || substr({column}, ?1 + ?3 + 1) AS BLOB) WHERE {} AND typeof({column}) = 'blob'",
                    chosen(table, row)
                );
                let length = bytes.len();
                let _ = with(path, |connection| {
                    connection.execute(&set, rusqlite::params![at, bytes, length])
                });
            }
            Self::Gone { column, row } => {
                let (table, _) = COLUMNS[usize::from(column) % COLUMNS.len()];
                let delete = format!("DELETE FROM {table} WHERE {}", chosen(table, row));
                let _ = with(path, |connection| connection.execute(&delete, []));
            }
            Self::Tables { how } => {
                let change = CHANGES[usize::from(how) % CHANGES.len()];
                let _ = with(path, |connection| connection.execute_batch(change));
            }
            Self::Pragma { format, number } => {
                let name = if format { "user_version" } else { "application_id" };
                let _ = with(path, |connection| connection.pragma_update(None, name, number));
            }
        }
    }
}

impl Cell {
    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Number(number) => Value::Integer(number),
            Self::Text(text) => Value::Text(text),
            Self::Blob(bytes) => Value::Blob(bytes),
            Self::Even { bytes, of } => Value::Blob(vec![of; bytes.into()]),
        }
    }
}

/// Asks everything of a database that is not to be written.
fn read(path: &Path, held: &[Verified]) {
    let Some(store) = names(path, Store::open_read_only(path)) else { return };
    let list = names(path, store.list(&Filter::default())).unwrap_or_default();
    for entry in list.iter().map(|entry| entry.id).chain(held.iter().map(|one| one.entry())) {
        asks(path, &store, &entry);
    }
    names(path, store.search(&Filter::of_words("bed sensors", 10)));
    names(path, store.list(&Filter { tags: vec!["wards".to_owned()], ..Filter::default() }));
    names(path, store.tail(0, 100));
    names(path, store.ids());
    names(path, store.ids_after(0, 100));
    names(path, store.last());
    names(path, store.counts());
    names(path, store.peers());
    names(path, store.only_here());
    names(path, store.resolve_author("somebody"));
    for one in held {
        names(path, store.record(&one.id()));
        names(path, store.short(&one.id()));
        let prefix: IdPrefix = one.id().to_string()[..3].parse().expect("a prefix of an id");
        names(path, store.resolve(&prefix, Among::Contributions));
        names(path, store.resolve(&prefix, Among::Entries));
        names(path, store.author_name(&one.header().author));
    }
    let ids: Vec<_> = held.iter().map(Verified::id).collect();
    names(path, store.contributions(&ids));
}

fn asks(path: &Path, store: &Store, entry: &EntryId) {
    names(path, store.summary(entry));
    names(path, store.entry(entry));
    names(path, store.references(entry));
    let history = names(path, store.history(entry)).unwrap_or_default();
    for version in history {
        names(path, store.state_at(entry, &[version.record.id]));
    }
}

/// Uses a database as a node does, and puts it right as far as can be.
fn write(path: &Path, held: &[Verified]) {
    let Some(mut store) = names(path, Store::open(path, &COMMONS)) else { return };
    let (last, others) = held.split_last().expect("some are held");
    names(path, store.accept(std::slice::from_ref(last), 7, Source::Peer));
    names(path, store.set_elsewhere(3));
    names(path, store.remember_peer("somebody", "/ip4/192.0.2.7/tcp/1", 7));
    if names(path, store.verify(|_, _| {})).is_some() {
        names(path, store.accept(others, 7, Source::Peer));
        let again = names(path, store.verify(|_, _| {}));
        assert!(again.is_none_or(|again| !again.rebuilt), "what was put right stays so");
    }
    drop(store);
    read(path, held);
}

/// What was asked for; an error must name the file.
#[track_caller]
fn names<T>(path: &Path, asked: Result<T, StoreError>) -> Option<T> {
    match asked {
        Ok(answer) => Some(answer),
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains(&path.display().to_string()), "{told}");
            None
        }
    }
}

fn with<T>(path: &Path, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
    let connection = Connection::open(path).ok()?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF").ok()?;
    work(&connection).ok()
}

/// The condition that chooses a row of this table.
fn chosen(table: &str, row: u8) -> String {
    let key = KEYS.iter().find(|(of, _)| *of == table).map_or("rowid", |(_, key)| key);
    format!("{key} = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {})", row % 8)
}

fn forget(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // It may not be there.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// A good database, and where it is put.
struct Place {
    directory: TempDir,
    whole: Vec<u8>,
    held: Vec<Verified>,
}

impl Place {
    fn new() -> Self {
        let directory = TempDir::with_prefix("commons-decoders-").expect("a temporary directory");
        let path = directory.path().join("whole.sqlite");
        let held = contributions();
        let mut store = Store::open(&path, &COMMONS).expect("a store can be made");
        let (_, most) = held.split_last().expect("some are held");
        store.accept(most, 7, Source::Peer).expect("the disk has room");
        store.remember_peer("somebody", "/ip4/192.0.2.7/tcp/1", 7).expect("the disk has room");
        drop(store);
        // One file, without companions.
        with(&path, |connection| connection.pragma_update(None, "journal_mode", "DELETE"));
        let whole = fs::read(&path).expect("it is there");
        Self { directory, whole, held }
    }
}

thread_local! {
    /// Gone with its thread.
    static PLACE: Place = Place::new();
}

/// Some of everything that a database can hold.
fn contributions() -> Vec<Verified> {
    let set =
        |field: &str, value: &str| Edit::Set { field: field.to_owned(), value: Some(value.into()) };
    let tag = Edit::Add { field: "tags".to_owned(), item: "wards".into() };
    let body = Edit::Splice {
        field: "body".to_owned(),
        at: 0,
        delete: 0,
        insert: "Quiet beds.".to_owned(),
    };
    let genesis = |kind, edits, salt| {
        sign(true, Subject::Genesis(kind), Vec::new(), edits, salt).expect("it is short")
    };
    let idea = genesis(Kind::Idea, vec![set("title", "Bed sensors"), tag, body.clone()], 0);
    let follow = |title: &str, salt| {
        let entry = Subject::Entry(idea.entry());
        sign(true, entry, vec![idea.id()], vec![set("title", title)], salt).expect("it is short")
    };
    let (one, other) = (follow("Bed sensors, too", 1), follow("Quiet beds", 2));
    let person = genesis(Kind::Person, vec![set("name", "Somebody")], 3);
    let link = format!("commons:{}", idea.entry());
    let note = genesis(Kind::Note, vec![set("text", &link)], 4);
    let secret = genesis(Kind::Idea, vec![set("title", "Secret"), body], 5);
    let erased = erasure::erase_edits(&[&secret.record()]);
    let erasure = genesis(Kind::Erasure, erased, 6);
    let last = follow("Beds that are quiet", 7);
    vec![idea, one, other, person, note, secret, erasure, last]
}

/// The columns of all tables.
const COLUMNS: &[(&str, &str)] = &[
    ("contribution", "seq"),
    ("contribution", "id"),
    ("contribution", "entry"),
    ("contribution", "author"),
    ("contribution", "source"),
    ("contribution", "received"),
    ("contribution", "header"),
    ("contribution", "signature"),
    ("contribution", "payload"),
    ("author", "number"),
    ("author", "key"),
    ("erasure", "target"),
    ("erasure", "author"),
    ("erasure", "id"),
    ("entry", "number"),
    ("entry", "id"),
    ("entry", "kind"),
    ("entry", "open"),
    ("entry", "author"),
    ("entry", "created"),
    ("entry", "changed"),
    ("entry", "versions"),
    ("entry", "authors"),
    ("entry", "conflicts"),
    ("entry", "hidden"),
    ("entry", "title"),
    ("entry", "tags"),
    ("entry", "licence"),
    ("entry", "heads"),
    ("entry", "state"),
    ("tag", "tag"),
    ("tag", "entry"),
    ("contributor", "author"),
    ("contributor", "entry"),
    ("reference", "target"),
    ("reference", "entry"),
    ("reference", "how"),
    ("damaged", "id"),
    ("peer", "peer"),
    ("peer", "address"),
    ("peer", "seen"),
    ("meta", "key"),
    ("meta", "value"),
    ("search_data", "id"),
    ("search_data", "block"),
    ("search_idx", "pgno"),
    ("search_config", "v"),
];

/// What somebody may do to the tables.
const CHANGES: &[&str] = &[
    "DROP TABLE entry",
    "DROP TABLE contribution",
    "DROP TABLE meta",
    "DROP TABLE search",
    "DROP TABLE search_data",
    "DROP INDEX listing",
    "DROP INDEX later",
    "ALTER TABLE entry DROP COLUMN licence",
    "ALTER TABLE contribution ADD COLUMN more",
    "DROP TABLE tag; CREATE VIEW tag AS SELECT 'wards' AS tag, 1 AS entry",
    "DROP TABLE author; CREATE TABLE author (number, key)",
    "DROP TABLE erasure; CREATE TABLE erasure (target, author, id)",
    "CREATE TRIGGER more AFTER INSERT ON contribution BEGIN DELETE FROM author; END",
    "CREATE TRIGGER more BEFORE INSERT ON entry BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TRIGGER more AFTER DELETE ON entry BEGIN INSERT INTO damaged VALUES (x'07'); END",
    "DROP TABLE search; CREATE TABLE search (title, text, tags)",
    "PRAGMA journal_mode = WAL",
    "PRAGMA auto_vacuum = FULL; VACUUM",
    "PRAGMA page_size = 512; VACUUM",
    "PRAGMA encoding = 'UTF-16'; VACUUM",
];

/// What tells the rows of tables apart that have no numbers.
const KEYS: &[(&str, &str)] = &[
    ("erasure", "target"),
    ("tag", "tag"),
    ("contributor", "author"),
    ("reference", "target"),
    ("damaged", "id"),
    ("peer", "peer"),
    ("meta", "key"),
    ("search_idx", "term"),
    ("search_config", "k"),
];

/// Bytes of a page.
const PAGE: usize = 8192;

/// Things that happen to it.
const MOST: usize = 8;
