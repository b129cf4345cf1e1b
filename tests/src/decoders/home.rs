//! The files of a home and the talk on its control socket. The database is in `database.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use commons_node::control::{NodeStatus, Peers, Request};
use commons_node::decoders;
use commons_node::home::{Home, HomeError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

/// The text of a key file.
pub(super) fn key(bytes: &[u8]) {
    HOME.with(|(home, _)| key_in(home, bytes));
}

/// A line on the control socket, either way.
pub(super) fn control(bytes: &[u8]) {
    reads_back::<Request>(bytes);
    reads_back::<NodeStatus>(bytes);
    reads_back::<Peers>(bytes);
}

fn key_in(home: &Home, bytes: &[u8]) {
    let file = home.author_key_file();
    fs::write(&file, bytes).expect("there is room for a key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
    let text = str::from_utf8(bytes).ok();
    let secret = text.and_then(decoders::secret);
    match home.author_key() {
        Ok(key) => {
            assert_eq!(Some(key.secret()), secret);
            let digits: String = key.secret().iter().map(|byte| format!("{byte:02x}")).collect();
            let held = text.expect("a key is text").to_ascii_lowercase();
            assert!(held.lines().any(|line| line.trim() == digits), "its digits are in the file");
        }
        Err(HomeError::KeyDamaged(path)) => assert!(path == file && secret.is_none()),
        Err(other) => panic!("a key file that is there and safe is damaged or none: {other}"),
    }
    fs::rename(&file, home.directory().join("node.key")).expect("it is ours");
    match home.node_key() {
        Ok(_) => assert!(secret.is_some()),
        Err(HomeError::KeyDamaged(_)) => assert!(secret.is_none()),
        Err(other) => panic!("a key file that is there and safe is damaged or none: {other}"),
    }
    fs::write(home.directory().join("node.lock"), bytes).expect("there is room");
    assert_eq!(home.running(), None, "nobody holds the lock");
}

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
    let again = serde_json::to_vec(&value).expect("it has a JSON form");
    assert_eq!(serde_json::from_slice::<T>(&again).expect("our own form"), value);
}

thread_local! {
    /// Gone with its thread.
    static HOME: (Home, TempDir) = {
        let directory = TempDir::with_prefix("commons-decoders-").expect("a temporary directory");
        (Home::open(directory.path().join("home")).expect("a home can be made"), directory)
    };
}
