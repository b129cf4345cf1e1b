//! Tests of the home directory, each in one of its own.

use std::fs;

use super::*;
use tempfile::TempDir;

fn home() -> (TempDir, Home) {
    let directory = TempDir::new().unwrap();
    let home = Home::open(directory.path().join("deep/home")).unwrap();
    (directory, home)
}

#[test]
fn the_author_key_is_made_once_and_stays() {
    let (_directory, home) = home();
    let author = home.author_key().unwrap().author();
    assert_eq!(home.author_key().unwrap().author(), author);
    assert_eq!(home.node_key().unwrap().public(), home.node_key().unwrap().public());
    let text = fs::read_to_string(home.author_key_file()).unwrap();
    assert!(text.starts_with("# The secret author key"), "a person who finds it knows what it is");
    let left = fs::read_dir(home.directory()).unwrap().count();
    assert_eq!(left, 2, "nothing but the two keys is left behind");
}

#[test]
fn processes_that_begin_at_once_have_one_key() {
    let (_directory, home) = home();
    let authors: Vec<_> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            (0..8).map(|_| scope.spawn(|| home.author_key().unwrap().author())).collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(authors.iter().all(|author| *author == authors[0]));
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, home) = home();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    home.author_key().unwrap();
    assert_eq!(mode(home.directory()), 0o700);
    assert_eq!(mode(&home.author_key_file()), 0o600);
    fs::set_permissions(home.author_key_file(), fs::Permissions::from_mode(0o640)).unwrap();
    let refused = home.author_key();
    assert!(matches!(refused, Err(HomeError::KeyUnsafe { mode: 0o640, .. })), "{refused:?}");
}

#[test]
fn a_key_that_was_lost_is_not_replaced() {
    let (_directory, home) = home();
    drop(home.open_store("test", None).unwrap());
    let author = home.author_key().unwrap().author();
    let key = fs::read(home.author_key_file()).unwrap();
    fs::remove_file(home.author_key_file()).unwrap();
    assert!(matches!(home.author_key(), Err(HomeError::KeyMissing(_))));
    assert!(matches!(home.open_store("second", None), Err(HomeError::KeyMissing(_))));
    home.open_store("test", None).unwrap().last().unwrap();
    fs::write(home.author_key_file(), b"not a key").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(home.author_key_file(), fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(matches!(home.author_key(), Err(HomeError::KeyDamaged(_))));
    fs::write(home.author_key_file(), key).unwrap();
    assert_eq!(home.author_key().unwrap().author(), author);
}

#[test]
fn a_passphrase_is_needed_once() {
    let (_directory, home) = home();
    let commons = home.open_store("test", Some("bed sensors")).unwrap().commons();
    assert_ne!(commons, CommonsId::derive("test", None).unwrap());
    assert_eq!(home.open_store("test", None).unwrap().commons(), commons);
    assert_eq!(home.open_store("test", Some("bed sensors")).unwrap().commons(), commons);
    let wrong = home.open_store("test", Some("hand hygiene")).err();
    assert!(matches!(wrong, Some(HomeError::Store(StoreError::AnotherCommons(_)))), "{wrong:?}");
}

#[test]
fn one_node_runs_on_a_home() {
    let (_directory, home) = home();
    assert_eq!(home.running(), None);
    let lock = home.lock().unwrap();
    assert_eq!(home.running(), Some(std::process::id()));
    let second = home.lock();
    assert!(
        matches!(second, Err(HomeError::Running { pid: Some(pid), .. }) if pid == std::process::id())
    );
    drop(lock);
    assert_eq!(home.running(), None);
    // A process that was killed leaves its number behind, and no lock.
    fs::write(home.directory().join("node.lock"), "12345\n").unwrap();
    assert_eq!(home.running(), None);
    drop(home.lock().unwrap());
}

#[test]
fn names_of_commons_make_names_of_files() {
    let (_directory, home) = home();
    let file = |name| home.database(name).file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(file("health-commons"), "health-commons.sqlite");
    assert_eq!(file(" health-commons "), "health-commons.sqlite");
    assert_ne!(file("Health-Commons"), "health-commons.sqlite");
    assert_ne!(file("../../etc"), file("------etc"));
    assert!(!file("../../etc").contains('/'));
    assert!(home.open_store("", None).is_err());
}
