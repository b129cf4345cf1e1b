//! A home that goes back in time, while its owner goes on writing: case 11.

use std::fs;
use std::path::{Path, PathBuf};

use commons_tests::{Person, settle};

/// A copy of all files of a home, as they are now.
struct Backup(tempfile::TempDir);

impl Backup {
    fn of(person: &Person) -> Self {
        let copy = tempfile::TempDir::new().expect("the home can be used");
        copy_files(person.home(), copy.path());
        Self(copy)
    }

    /// Puts all back, and takes away what was not there.
    fn replace(&self, person: &Person) {
        for file in files(person.home()) {
            fs::remove_file(file).expect("the home can be used");
        }
        copy_files(self.0.path(), person.home());
    }

    /// Puts the database back and takes its companions away; everything else is left as it is.
    fn replace_database(&self, person: &Person) {
        for suffix in ["-wal", "-shm"] {
            // A node that ended well has left none, or an empty one.
            let _ = fs::remove_file(companion(person, suffix));
        }
        self.replace_file(person);
    }

    /// Puts the database back, and leaves its companions where they are.
    fn replace_file(&self, person: &Person) {
        let database = person.database();
        let copy = self.0.path().join(database.file_name().expect("the home can be used"));
        fs::copy(copy, database).expect("the home can be used");
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(directory)
        .expect("the home can be used")
        .map(|file| file.expect("the home can be used").path());
    all.filter(|path| path.is_file()).collect()
}

fn copy_files(from: &Path, to: &Path) {
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().expect("the home can be used")))
            .expect("the home can be used");
    }
}

/// The database and its companions.
fn databases(home: &Path) -> Vec<PathBuf> {
    let is_one = |path: &PathBuf| path.to_string_lossy().contains(".sqlite");
    files(home).into_iter().filter(is_one).collect()
}

fn companion(person: &Person, suffix: &str) -> PathBuf {
    let mut name = person.database().into_os_string();
    name.push(suffix);
    name.into()
}

/// Ana, of whose home there is a backup, and Ben, who heard of all that she wrote since.
struct Story {
    ana: Person,
    ben: Person,
    backup: Backup,
    /// Written before the backup, and changed after it.
    idea: String,
    /// Everything that was ever acknowledged.
    titles: Vec<String>,
}

impl Story {
    /// Enough is written after the backup for it to be in many pages of the file.
    fn new() -> Self {
        let [ana, ben] = ["ana", "ben"].map(Person::new);
        let idea = ana.adds_idea("Bed sensors");
        write_many(&ana, "before");
        let backup = Backup::of(&ana);
        let node = ben.starts();
        let hers = ana.starts_with(&["--peer", &node.address()]);
        ana.says(["edit", &idea, "--body", "Written after the backup."]);
        write_many(&ana, "after");
        settle(&[&ana, &ben]);
        hers.stops();
        node.stops();
        let titles = ben.titles();
        Self { ana, ben, backup, idea, titles }
    }

    /// Ana goes on writing, on what she sees, and then meets Ben again: nothing is lost.
    fn goes_on(mut self) {
        self.ana.says(["edit", &self.idea, "--tag", "restored"]);
        self.ana.adds_idea("Written after the restore");
        self.titles.push("Written after the restore".to_owned());
        self.titles.sort();
        let node = self.ben.starts();
        let hers = self.ana.starts_with(&["--peer", &node.address()]);
        self.all_is_there();
        hers.stops();
        node.stops();
    }

    fn all_is_there(&self) {
        settle(&[&self.ana, &self.ben]);
        for person in [&self.ana, &self.ben] {
            assert_eq!(person.titles(), self.titles, "{}", person.name());
            let entry = &person.reads(["show", &self.idea])[0];
            assert_eq!(entry["fields"]["body"], "Written after the backup.");
            assert_eq!(entry["tags"], serde_json::json!(["restored", "testing"]));
            let report = &person.reads(["verify"])[0];
            assert_eq!((&report["damaged"], &report["file"]), (&NOTHING, &NOTHING), "{report}");
        }
    }
}

const NOTHING: serde_json::Value = serde_json::Value::Array(Vec::new());

fn write_many(person: &Person, when: &str) {
    let mut store = commons_tests::ideas::store(person);
    let scribe = commons_tests::Scribe::of(person);
    let ideas: Vec<_> = (0..MANY).map(|at| scribe.idea(&format!("Idea {at} {when}"))).collect();
    commons_tests::ideas::accept(&mut store, &ideas, commons_node::store::Source::Here);
}

/// Ideas that are in a few dozen pages of the file.
const MANY: usize = 300;

/// The whole home, as a backup program puts it back.
#[test]
fn case_11_a_restored_home_loses_nothing() {
    let story = Story::new();
    story.backup.replace(&story.ana);
    assert_eq!(story.ana.list().len(), MANY + 1, "what came after is not there yet");
    story.goes_on();
}

/// The database alone; everything else in the home is of today.
#[test]
fn case_11_a_restored_database_loses_nothing() {
    let story = Story::new();
    story.backup.replace_database(&story.ana);
    assert_eq!(story.ana.list().len(), MANY + 1, "what came after is not there yet");
    story.goes_on();
}

/// The database alone, while the write-ahead log of a node that was killed lies beside it: SQLite
/// lays newer pages over an older file. That is noticed and said, and what to do about it works.
#[test]
fn case_11_a_database_restored_beside_a_newer_write_ahead_log_is_noticed_and_nothing_is_lost() {
    let story = Story::new();
    let node = story.ana.starts();
    story.ana.says(["edit", &story.idea, "--licence", "CC0-1.0"]);
    node.dies();
    assert!(
        companion(&story.ana, "-wal").metadata().expect("the home can be used").len() > 0,
        "a log was left"
    );
    story.backup.replace_file(&story.ana);
    let before = fs::read(story.ana.database()).expect("the home can be used");
    let said = story.ana.tries_to_start(&[]).ends();
    let said = said.failed_with(8).explaining("damaged").explaining("move the file away");
    assert!(!said.out.contains("ready"), "nothing is told to others before: {said}");
    story.ana.runs(["add-idea", "One more"]).failed_with(8);
    assert!(
        fs::read(story.ana.database()).expect("the home can be used") == before,
        "the file is left as it was found"
    );
    // As the hint says: the file alone.
    fs::rename(story.ana.database(), story.ana.home().join("moved-away"))
        .expect("the home can be used");
    let node = story.ben.starts();
    let hers = story.ana.starts_with(&["--peer", &node.address()]);
    settle(&[&story.ana, &story.ben]);
    hers.stops();
    node.stops();
    story.goes_on();
}

/// The database as it is copied while a node runs, without its companions.
#[test]
fn case_11_a_database_copied_while_a_node_ran_loses_nothing() {
    let mut story = Story::new();
    let node = story.ben.starts();
    let hers = story.ana.starts_with(&["--peer", &node.address()]);
    let id = story.ana.adds_idea("Written while a node ran");
    node.hears_of(&id);
    story.titles = story.ben.titles();
    let copy = Backup::of(&story.ana);
    hers.stops();
    node.stops();
    let database = story.ana.database();
    for file in databases(story.ana.home()) {
        fs::remove_file(file).expect("the home can be used");
    }
    fs::copy(copy.0.path().join(database.file_name().expect("the home can be used")), database)
        .expect("the home can be used");
    story.goes_on();
}
