//! Tests of backups, with little work for the passphrase.

use std::io::Read;

use super::sealed::seal_with;
use super::*;
use commons_proto::contribution::Draft;
use commons_proto::edit::Edit;
use commons_proto::kind::Kind;
use rusqlite::Connection;
use tar::{Builder, EntryType, Header};

use crate::store::Source;

const NOW: u64 = 1_800_000_000;

/// A home with an idea in it.
struct Fixture {
    directory: TempDir,
    home: Home,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::open(directory.path().join("home")).unwrap();
        let mut store = home.open_store("test", None).unwrap();
        let title = Edit::Set { field: "title".to_owned(), value: Some("Bed sensors".into()) };
        let subject = commons_proto::contribution::Subject::Genesis(Kind::Idea);
        let draft = Draft { subject, parents: vec![], edits: vec![title], summary: None };
        let key = home.author_key().unwrap();
        let signed = draft.sign(&key, &store.commons(), NOW, [7; 16]).unwrap();
        store.accept(&[signed], NOW, Source::Here).unwrap();
        Self { directory, home }
    }

    /// Another home, which has nothing in it.
    fn another(&self) -> Home {
        Home::open(self.directory.path().join("another")).unwrap()
    }

    fn plain(&self, with_key: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let wanted = Wanted { commons: Some("test"), with_key, now: NOW };
        write(&self.home, wanted, None, &mut out).unwrap();
        out
    }

    fn sealed(&self) -> Vec<u8> {
        let plain = self.plain(true);
        let mut out = Vec::new();
        seal_with(2, "hand hygiene".to_owned().into(), &mut out, |out| out.write_all(&plain))
            .unwrap();
        out
    }
}

/// Reads a backup as `restore` does, with this passphrase.
fn read_all(
    bytes: &[u8],
    passphrase: &str,
    directory: Option<&Path>,
) -> Result<Contents, BackupError> {
    let source: Box<dyn Read> = match Opened::new(io::Cursor::new(bytes.to_vec()))? {
        Opened::Plain(source) => source,
        Opened::Sealed(sealed) => sealed.open(passphrase.to_owned().into())?,
    };
    read(source, directory, |_| Ok(()))
}

/// Restores a backup into this home.
fn restore(bytes: &[u8], home: &Home) -> Result<Contents, BackupError> {
    let scratch = scratch(home)?;
    let contents = read_all(bytes, "hand hygiene", Some(scratch.path()))?;
    check(scratch.path(), &contents, |_, _| ())?;
    put(home, scratch.path(), &contents)?;
    Ok(contents)
}

#[test]
fn what_is_backed_up_comes_back_with_the_key() {
    let fixture = Fixture::new();
    let another = fixture.another();
    let contents = restore(&fixture.sealed(), &another).unwrap();
    let author = fixture.home.author_key().unwrap().author();
    assert_eq!(contents.author(), Some(author));
    assert_eq!(another.author_key().unwrap().author(), author);
    let (before, after) =
        (fixture.home.open_store("test", None).unwrap(), another.open_store("test", None).unwrap());
    assert_eq!(before.ids().unwrap(), after.ids().unwrap());
    assert_eq!(after.counts().unwrap().entries, 1);
    let left: Vec<_> = fs::read_dir(another.directory()).unwrap().flatten().collect();
    assert!(left.iter().all(|file| !file.file_name().to_string_lossy().starts_with(SCRATCH)));
}

#[test]
fn nothing_is_written_over() {
    let fixture = Fixture::new();
    let (plain, sealed) = (fixture.plain(false), fixture.sealed());
    assert!(matches!(restore(&plain, &fixture.home), Err(BackupError::Taken(_))));
    let another = fixture.another();
    let here = another.author_key().unwrap().author();
    let refused = restore(&sealed, &another);
    assert!(matches!(refused, Err(BackupError::AnotherKey { .. })), "{refused:?}");
    assert_eq!(another.author_key().unwrap().author(), here);
    // What SQLite left beside a database that is gone would be laid over the one that comes.
    fs::write(another.directory().join("test.sqlite-wal"), "left behind").unwrap();
    assert!(matches!(restore(&plain, &another), Err(BackupError::Taken(_))));
    fs::remove_file(another.directory().join("test.sqlite-wal")).unwrap();
    restore(&plain, &another).unwrap();
}

#[test]
fn a_sealed_backup_that_is_cut_or_changed_anywhere_is_refused() {
    let fixture = Fixture::new();
    let sealed = fixture.sealed();
    let header = sealed.windows(4).position(|bytes| bytes == b"\n---").unwrap();
    let places = (0..header + 100).chain((header + 100..sealed.len()).step_by(4099));
    for at in places.chain(sealed.len() - 20..sealed.len()) {
        let cut = read_all(&sealed[..at], "hand hygiene", None);
        assert!(cut.is_err(), "cut at {at}");
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let changed = read_all(&changed, "hand hygiene", None);
        assert!(changed.is_err(), "changed at {at}");
    }
    let wrong = read_all(&sealed, "bed sensors", None);
    assert!(matches!(wrong, Err(BackupError::WrongPassphrase)), "{wrong:?}");
    assert!(read_all(&sealed, "hand hygiene", None).is_ok());
}

#[test]
fn a_plain_backup_that_is_cut_or_changed_is_refused_or_the_same() {
    let fixture = Fixture::new();
    let plain = fixture.plain(true);
    let whole = read_all(&plain, "", None).unwrap();
    let end = plain.iter().rposition(|byte| *byte != 0).unwrap();
    for at in (0..2048).chain((2048..end).step_by(4099)) {
        assert!(read_all(&plain[..at], "", None).is_err(), "cut at {at}");
        let mut changed = plain.clone();
        changed[at] ^= 1;
        match read_all(&changed, "", None) {
            // The filling behind a file belongs to nothing.
            Ok(contents) => assert_eq!(contents, whole, "changed at {at}"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn what_asks_for_too_much_is_refused_before_it_gets_it() {
    let work = |work: &str| {
        let header = format!(
            "age-encryption.org/v1\n-> scrypt 44p86dUhfO5FYUc+cpxkDw {work}\n\
             15FkNKZBaxMa23vrnWL6piNTZWyHFeu5lpUY85ve494\n--- \
             AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n0123456789012345"
        );
        read_all(header.as_bytes(), "hand hygiene", None)
    };
    assert!(matches!(work("30"), Err(BackupError::TooMuchWork(30))), "{:?}", work("30"));
    let endless = [b"age-encryption.org/v1\n-> ".as_slice(), &[b'a'; 1 << 20]].concat();
    assert!(matches!(read_all(&endless, "", None), Err(BackupError::Damaged(_))));
    for other in [b"".as_slice(), b"SQLite format 3\0", b"Shopping list: soap"] {
        assert!(matches!(read_all(other, "", None), Err(BackupError::Other)));
    }
    let armour = read_all(b"-----BEGIN AGE ENCRYPTED FILE-----\n", "", None);
    assert!(matches!(armour, Err(BackupError::NotByPassphrase)));
}

/// A tar of these files.
fn tar(files: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut archive = Builder::new(Vec::new());
    for (name, kind, bytes) in files {
        let mut header = Header::new_gnu();
        let place = &mut header.as_old_mut().name;
        place[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        if *kind == EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn about(file: &str, bytes: u64) -> String {
    format!(
        r#"{{"format": 1, "version": "0", "made": 0, "author": null, "databases":
        [{{"file": "{file}", "commons": null, "entries": 0, "contributions": 0, "bytes": {bytes}}}]}}"#
    )
}

#[test]
fn a_hostile_backup_writes_nowhere_else() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("inside");
    fs::create_dir(&inside).unwrap();
    let file = EntryType::Regular;
    let named = |name: &str| {
        let about = about(name, 4);
        tar(&[("about.json", file, about.as_bytes()), (name, file, b"evil")])
    };
    let good = about("test.sqlite", 4);
    let good = good.as_bytes();
    let hostile = [
        named("../evil.sqlite"),
        named("/tmp/evil.sqlite"),
        named("a/b.sqlite"),
        named("author.key"),
        named(".sqlite"),
        named("evil.sqlite.12345678"),
        named("Evil.sqlite"),
        tar(&[("about.json", file, good), ("../evil.sqlite", file, b"evil")]),
        tar(&[("about.json", file, good), ("test.sqlite", EntryType::Symlink, b"")]),
        tar(&[("about.json", file, good), ("test.sqlite", EntryType::Link, b"")]),
        tar(&[("about.json", file, good), ("test.sqlite", EntryType::Directory, b"")]),
        tar(&[("x", EntryType::GNULongName, b"../evil"), ("about.json", file, good)]),
        tar(&[("x", EntryType::XHeader, b"17 path=../evil\n"), ("about.json", file, good)]),
        tar(&[("about.json", file, good), ("test.sqlite", file, b"longer")]),
        tar(&[
            ("about.json", file, good),
            ("test.sqlite", file, b"evil"),
            ("SHA256SUMS", file, b""),
        ]),
        tar(&[("about.json", file, &vec![b' '; 1 << 20])]),
    ];
    for (number, backup) in hostile.iter().enumerate() {
        let refused = read_all(backup, "", Some(&inside));
        assert!(matches!(refused, Err(BackupError::Damaged(_))), "{number}: {refused:?}");
        let outside: Vec<_> = fs::read_dir(directory.path()).unwrap().flatten().collect();
        assert_eq!(outside.len(), 1, "{number}");
        for left in fs::read_dir(&inside).unwrap().flatten() {
            assert!(left.file_type().unwrap().is_file(), "{number}");
            fs::remove_file(left.path()).unwrap();
        }
    }
    assert!(!Path::new("/tmp/evil.sqlite").exists());
    let newer = about("test.sqlite", 4).replace(r#""format": 1"#, r#""format": 2"#);
    let newer = read_all(&tar(&[("about.json", file, newer.as_bytes())]), "", None);
    assert!(matches!(newer, Err(BackupError::Newer { found: 2 })), "{newer:?}");
}

/// A backup of the fixture whose database was changed by this SQL, with hashes that fit.
fn with_database_changed(fixture: &Fixture, sql: &str) -> Vec<u8> {
    let scratch = scratch(&fixture.home).unwrap();
    let plain = fixture.plain(false);
    let mut contents = read_all(&plain, "", Some(scratch.path())).unwrap();
    let path = scratch.path().join("test.sqlite");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    contents.databases[0].bytes = fs::metadata(&path).unwrap().len();
    let mut out = Vec::new();
    container::write(&contents, None, scratch.path(), &mut out).unwrap();
    out
}

#[test]
fn a_database_that_is_not_sound_does_not_come_into_the_home() {
    let fixture = Fixture::new();
    let another = fixture.another();
    for sql in [
        "CREATE TRIGGER evil AFTER INSERT ON entry BEGIN DELETE FROM contribution; END",
        "CREATE VIEW evil AS SELECT * FROM contribution",
        "CREATE VIRTUAL TABLE evil USING fts5 (title)",
        "DELETE FROM contribution",
        "DELETE FROM meta",
        "DROP TABLE contribution",
        "PRAGMA application_id = 7",
    ] {
        let changed = with_database_changed(&fixture, sql);
        let refused = restore(&changed, &another);
        assert!(matches!(refused, Err(BackupError::Damaged(_))), "{sql}: {refused:?}");
        assert!(!another.database("test").exists(), "{sql}");
    }
    // One contribution of many is no reason to lose the others.
    let changed =
        with_database_changed(&fixture, "UPDATE contribution SET signature = zeroblob(64)");
    let scratch = scratch(&another).unwrap();
    let contents = read_all(&changed, "", Some(scratch.path())).unwrap();
    let checked = check(scratch.path(), &contents, |_, _| ()).unwrap();
    assert_eq!(checked[0].report.damaged.len(), 1);
}

#[test]
fn a_backup_is_of_one_moment_while_others_write() {
    let fixture = Fixture::new();
    let mut store = fixture.home.open_store("test", None).unwrap();
    let (home, stop) = (fixture.home.clone(), std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                store.remember_peer("somebody", "/ip4/192.0.2.7/tcp/1", NOW).unwrap();
            }
        });
        for _ in 0..5 {
            let mut out = Vec::new();
            write(&home, Wanted { commons: None, with_key: false, now: NOW }, None, &mut out)
                .unwrap();
            assert_eq!(read_all(&out, "", None).unwrap().databases[0].contributions, 1);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn every_commons_of_a_home_goes_along() {
    let fixture = Fixture::new();
    drop(fixture.home.open_store("Ward 3", Some("secret")).unwrap());
    let mut out = Vec::new();
    let contents =
        write(&fixture.home, Wanted { commons: None, with_key: true, now: NOW }, None, &mut out)
            .unwrap();
    let names: Vec<_> = contents.databases.iter().map(|one| one.commons.as_deref()).collect();
    assert_eq!(names, [Some("test"), None]);
    let another = fixture.another();
    restore(&out, &another).unwrap();
    let ward = another.open_store("Ward 3", None).unwrap().commons();
    assert_eq!(ward, fixture.home.open_store("Ward 3", None).unwrap().commons());
    let empty = Home::open(fixture.directory.path().join("empty")).unwrap();
    let nothing =
        write(&empty, Wanted { commons: None, with_key: false, now: NOW }, None, io::sink());
    assert!(matches!(nothing, Err(BackupError::Nothing(_))));
}

#[test]
fn a_passphrase_that_is_made_up_is_strong() {
    let (one, other) = (generate_passphrase().unwrap(), generate_passphrase().unwrap());
    assert_ne!(one, other);
    assert_eq!(one.len(), 23);
    assert!(one.split('-').all(|group| group.len() == 5));
}
