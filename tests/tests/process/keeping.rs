//! Backups: what is written while a node runs comes back elsewhere, and nothing is written over.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use commons_tests::Person;
use commons_tests::disk::Disk;

/// Somebody who has the passphrase of their backups in their environment.
fn person(name: &str) -> Person {
    Person::new(name).with_variable("COMMONS_BACKUP_PASSPHRASE", "correct horse battery")
}

/// A file beside the person's home.
fn beside(person: &Person, name: &str) -> (PathBuf, String) {
    let path = person.home().parent().expect("a home is in a directory").join(name);
    let words = path.to_str().expect("it is made of letters").to_owned();
    (path, words)
}

#[test]
fn a_backup_made_while_a_node_runs_brings_everything_back_elsewhere() {
    let ana = person("ana");
    let idea = ana.adds_idea("Bed sensors");
    let node = ana.starts();
    ana.says(["edit", &idea, "--body", "A mat that counts turns."]);
    let (path, file) = beside(&ana, "ana.age");
    let made = &ana.reads(["backup", &file, "--with-key"])[0];
    assert_eq!(made["encrypted"], true);
    assert_eq!(made["databases"][0]["contributions"], 2);
    assert_eq!(made["bytes"], fs::metadata(&path).unwrap().len());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    ana.adds_idea("Written after the backup");
    node.stops();

    let again = person("ana again");
    let said = again.runs(["restore", &file, "--dry-run"]).succeeded();
    assert!(said.explaining("commons-under-test: 1 entry, 2 contributions").out.is_empty());
    assert!(!again.author_key().exists(), "looking writes nothing");
    let restored = &again.reads(["restore", &file])[0];
    assert_eq!((&restored["restored"], &restored["author"]), (&true.into(), &made["author"]));
    assert_eq!(again.titles(), ["Bed sensors"]);
    assert_eq!(again.reads(["whoami"])[0]["author"], ana.reads(["whoami"])[0]["author"]);
    assert_eq!(fs::metadata(again.author_key()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(again.database()).unwrap().permissions().mode() & 0o777, 0o600);
    again.runs(["verify"]).succeeded();
    again.says(["edit", &idea, "--title", "Bed sensors for every ward"]);
}

#[test]
fn nothing_is_written_over_without_a_word() {
    let (ana, ben) = (person("ana"), person("ben"));
    ana.adds_idea("Bed sensors");
    ben.adds_idea("Hand hygiene");
    let (path, file) = beside(&ana, "ana.age");
    ana.says(["backup", &file, "--with-key"]);
    let before = fs::read(&path).unwrap();
    ana.runs(["backup", &file]).failed_with(13).explaining("--yes");
    assert_eq!(fs::read(&path).unwrap(), before);
    ana.runs(["restore", &file]).failed_with(10).explaining("--home");
    ben.runs(["restore", &file]).failed_with(10).explaining("--home");
    assert_eq!(ben.titles(), ["Hand hygiene"]);
    // In another commons the database has another name, and the key is still another's.
    ben.runs(["--commons", "another", "backup", &beside(&ben, "b").1]).failed_with(2);
    let (_, other) = beside(&ben, "other.age");
    let cem = person("cem").in_commons("another");
    cem.adds_idea("Elsewhere");
    cem.says(["backup", &other, "--with-key"]);
    ben.runs(["restore", &other]).failed_with(5).explaining("--home");
    ana.says(["backup", &file, "--yes"]);
    assert_ne!(fs::read(&path).unwrap(), before);
    let left = fs::read_dir(ana.home().parent().unwrap()).unwrap().count();
    assert_eq!(left, 2, "the home and the backup, and no half of one");
}

#[test]
fn a_backup_without_a_key_asks_who_goes_on() {
    let ana = person("ana");
    ana.adds_idea("Bed sensors");
    let (_, file) = beside(&ana, "ana.tar");
    ana.runs(["backup", &file, "--unencrypted"]).succeeded().explaining("--with-key");
    ana.runs(["backup", &file, "--yes", "--unencrypted", "--with-key"]).failed_with(2);
    let ben = Person::new("ben");
    ben.runs(["restore", &file]).failed_with(13).explaining("author.key");
    assert!(fs::read_dir(ben.home()).unwrap().next().is_none(), "nothing was written");
    ben.says(["restore", &file, "--yes"]);
    assert_eq!(ben.titles(), ["Bed sensors"]);
    ben.adds_idea("Mine");
}

#[test]
fn what_is_no_backup_or_has_another_passphrase_is_said_to_be() {
    let ana = person("ana");
    let idea = ana.adds_idea("Bed sensors");
    let (path, file) = beside(&ana, "ana.age");
    ana.says(["backup", &file]);
    let ben = Person::new("ben").with_variable("COMMONS_BACKUP_PASSPHRASE", "another passphrase");
    ben.runs(["restore", &file]).failed_with(10).explaining("passphrase");
    Person::new("cem").runs(["restore", &file]).failed_with(13).explaining("passphrase-file");
    Person::new("dua").runs(["backup", &file]).failed_with(13);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let eli = person("eli");
    eli.runs(["restore", &file]).failed_with(8).explaining("not copied to its end");
    eli.runs(["restore", &file, "--dry-run"]).failed_with(8);
    assert!(fs::read_dir(eli.home()).unwrap().next().is_none(), "nothing is left of it");
    fs::write(&path, "Shopping list: soap").unwrap();
    eli.runs(["restore", &file]).failed_with(2).explaining("commons import");
    for words in [
        vec!["restore"],
        vec!["restore", "nowhere.age"],
        vec!["restore", &idea],
        vec!["restore", &file, "--dry-run", "ivxwid"],
        vec!["restore", &file, "-m", "why"],
        vec!["backup"],
        vec!["backup", "/nowhere/at/all.age"],
        vec!["backup", ana.home().to_str().unwrap()],
        vec!["backup", &file, "--yes", "--backup-passphrase-file", "/nowhere"],
    ] {
        ana.runs(&words).failed_with(2);
    }
    let (_, short) = beside(&ana, "short");
    fs::write(&short, "secret\n").unwrap();
    ana.runs(["backup", &file, "--yes", "--backup-passphrase-file", &short])
        .failed_with(2)
        .explaining("fewer than");
    eli.runs(["backup", &beside(&eli, "e").1]).failed_with(2).explaining("--commons");
}

#[test]
fn a_full_disk_leaves_no_half_of_a_backup_and_no_half_of_a_home() {
    let Some(disk) = Disk::of_kib(1024) else { return };
    let ana = person("ana");
    ana.adds_idea("Bed sensors");
    let (_, file) = beside(&ana, "ana.age");
    ana.says(["backup", &file, "--with-key"]);
    disk.fill();
    let there = disk.path().join("ana.age");
    ana.runs(["backup", there.to_str().unwrap()]).failed_with(7).explaining("room");
    let ben = person("ben").with_home(&disk.path().join("ben"));
    ben.runs(["restore", &file]).failed_with(7);
    let names: Vec<_> = fs::read_dir(disk.path()).unwrap().flatten().collect();
    assert!(names.len() <= 2, "the filler, and perhaps an empty home: {names:?}");
    disk.clear();
    ben.says(["restore", &file]);
    assert_eq!(ben.titles(), ["Bed sensors"]);
}

#[test]
fn a_read_only_home_can_be_backed_up() {
    let Some(disk) = Disk::of_kib(4096) else { return };
    let ana = person("ana").with_home(&disk.path().join("commons"));
    ana.adds_idea("Bed sensors");
    disk.turn_read_only();
    let ben = person("ben");
    let (_, file) = beside(&ben, "ana.age");
    ana.says(["backup", &file, "--with-key"]);
    ben.says(["restore", &file]);
    assert_eq!(ben.titles(), ["Bed sensors"]);
}

#[test]
fn a_passphrase_is_typed_twice_or_made_up() {
    let ana = Person::new("ana");
    ana.adds_idea("Bed sensors");
    let (path, file) = beside(&ana, "ana.age");
    let typed = |words: &str, typed: &str| ana.types_at_terminal(words, typed);
    let backup = format!("backup '{file}'");
    let Some(said) = typed(&backup, "lantern orbit velvet\nlantern orbit\n") else { return };
    assert_eq!(said.status.code(), Some(2), "{said}");
    assert!(said.out.contains("differ") && !path.exists(), "{said}");
    let said = typed(&backup, "lantern orbit velvet\nlantern orbit velvet\n");
    said.map(commons_tests::Said::succeeded);
    let restore = format!("restore --dry-run '{file}'");
    let said = typed(&restore, "lantern orbit velvet\n").map(commons_tests::Said::succeeded);
    assert!(said.is_some_and(|said| said.out.contains("1 contribution")));
    let said = typed(&format!("{backup} --yes"), "\n").map(commons_tests::Said::succeeded);
    let said = said.map(|said| said.out).unwrap_or_default();
    let made =
        said.split_whitespace().find(|word| word.len() == 23 && word.matches('-').count() == 3);
    let made = made.unwrap_or_else(|| panic!("a passphrase is told: {said}"));
    typed(&restore, &format!("{made}\n")).map(commons_tests::Said::succeeded);
}

#[test]
fn a_lost_key_comes_back_alone() {
    let ana = person("ana");
    ana.adds_idea("Bed sensors");
    let (_, file) = beside(&ana, "ana.age");
    let (_, without) = beside(&ana, "without.age");
    ana.says(["backup", &file, "--with-key"]);
    ana.says(["backup", &without]);
    ana.runs(["restore", &file, "--only-key"]).succeeded().explaining("already");
    let key = fs::read(ana.author_key()).unwrap();
    fs::remove_file(ana.author_key()).unwrap();
    ana.runs(["add-idea", "Two"]).failed_with(5);
    ana.runs(["restore", &without, "--only-key"]).failed_with(2).explaining("--with-key");
    ana.runs(["restore", &file, "--only-key"]).succeeded();
    assert_eq!(fs::read(ana.author_key()).unwrap(), key);
    ana.adds_idea("Two");
    let ben = person("ben");
    ben.adds_idea("Mine");
    ben.runs(["restore", &file, "--only-key"]).failed_with(5).explaining("--home");
}
