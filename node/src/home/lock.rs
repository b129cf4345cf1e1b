//! The mark of a running node: a locked file that holds its process id. The lock goes with the
//! process, however that ends, so a file that is left behind stops nobody.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{HomeError, io_error};

/// Proof that this process is the one node on its home.
#[derive(Debug)]
pub struct NodeLock {
    file: File,
}

impl NodeLock {
    pub(super) fn take(home: &Path) -> Result<Self, HomeError> {
        let path = lock_file(home);
        let mut file = open(&path).map_err(io_error("open", &path))?;
        for attempt in 1.. {
            match file.try_lock() {
                Ok(()) => break,
                // Somebody who only looks holds the file for an instant.
                Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => {
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(HomeError::Running { home: home.to_owned(), pid: pid(&mut file) });
                }
                Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
            }
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(io_error("write", &path))?;
        Ok(Self { file })
    }
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        // An empty file tells without a try that nobody runs; the lock itself goes with the file.
        let _ = self.file.set_len(0);
    }
}

/// The process id of the node that holds the lock of this home.
pub(super) fn holder(home: &Path) -> Option<u32> {
    let mut file = File::open(lock_file(home)).ok()?;
    let pid = pid(&mut file)?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(pid),
        _ => None,
    }
}

/// How often a node tries for the lock, and how long it waits in between: together a tenth of a
/// second, far longer than anybody who only looks holds the file.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

fn lock_file(home: &Path) -> PathBuf {
    home.join("node.lock")
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
