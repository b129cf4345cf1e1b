//! A disk in memory for SQLite: it fails when it is told to, loses its power, is copied and put
//! back. A test that has called [`MemoryDisk::install`] (any constructor does) opens a
//! [`commons_node::store::Store`] below [`MemoryDisk::path`] as on a real disk; all other paths of
//! the process are on the real one. There can be many disks at once, in as many threads.
//!
//! # What the disk does
//!
//! The *page cache* and what is *kept* are two things. A write, a truncation, a new or deleted
//! file changes the cache at once; it is kept only after a sync:
//!
//! - A sync of a file keeps all that was done to the file before. If the file is new, it also keeps
//!   its name, and all changes of names before that (names are journalled in order, as by ext4, XFS,
//!   APFS and NTFS).
//! - A deletion that SQLite asks to be durable is; another is kept with the next sync of a newer
//!   file, or never.
//!
//! The end of a process ([`Cut::Process`]) loses nothing of the cache. The end of the power loses
//! what is not kept, in part: see [`Cut`]. Bytes that nobody wrote are never changed
//! (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which SQLite takes for granted of a real disk, too).
//!
//! Two things stay outside: SQLite's nameless temporary files, and the placeholder that
//! [`commons_node::store::Store`] makes: an empty file on the real disk, beside which the contents
//! are here.
//!
//! | module | what lives there |
//! |---|---|
//! | `files` | what is written and what is kept; what a cut leaves |
//! | `cut` | which unsynced writes survive |
//! | `faults` | when the disk fails, and how |
//! | `record` | the log of everything that was done, from which any cut can be made |
//! | `locks` | the locks between connections, and the memory that they share |
//! | `handle` | an open file: what SQLite asks of it |
//! | `vfs` | the way from SQLite to here, the only unsafe code of the project |

mod cut;
mod faults;
mod files;
mod handle;
mod locks;
mod record;
mod vfs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::ffi;
use tempfile::TempDir;

pub use cut::Cut;
pub use faults::Fault;
pub use files::Image;
pub use record::{Recording, Replay};

use faults::Faults;
use files::{FileId, Files, Step};
use locks::{FileLocks, Shared};

/// A disk. Clones are the same disk; it is gone when the last clone and the last connection are.
#[derive(Clone)]
pub struct MemoryDisk(Arc<Inner>);

impl MemoryDisk {
    /// Makes disks in memory known to the SQLite of this process. Connections that are open
    /// already are not concerned.
    ///
    /// # Panics
    /// If SQLite does not take it.
    pub fn install() {
        vfs::install();
    }

    /// A disk below a fresh temporary directory.
    ///
    /// # Panics
    /// If there can be no such directory.
    #[expect(clippy::new_without_default, reason = "a disk has an identity")]
    pub fn new() -> Self {
        let directory = TempDir::with_prefix("commons-memory-").expect("a temporary directory");
        Self::make(directory.path().to_owned(), Some(directory))
    }

    /// A disk that takes the place of the databases below this directory, which exists, such as a
    /// person's home.
    ///
    /// # Panics
    /// If the path is not absolute, or has a disk already.
    pub fn at(directory: &Path) -> Self {
        Self::make(directory.to_owned(), None)
    }

    fn make(directory: PathBuf, temporary: Option<TempDir>) -> Self {
        Self::install();
        assert!(directory.is_absolute(), "a disk has an absolute path");
        let state = Mutex::new(State::default());
        let inner = Inner { state, directory: directory.clone(), _temporary: temporary };
        let disk = Self(Arc::new(inner));
        let before = registry().insert(directory, Arc::downgrade(&disk.0));
        assert!(before.is_none_or(|before| before.strong_count() == 0), "one disk at each place");
        disk
    }

    /// The directory that it stands for.
    pub fn path(&self) -> &Path {
        &self.0.directory
    }

    /// Fails from now on, until [`MemoryDisk::heal`].
    pub fn fail(&self, fault: Fault) {
        self.fail_from(fault, 1);
    }

    /// Fails in the nth write from now (1 is the next), and not after it.
    pub fn fail_at(&self, fault: Fault, nth: u64) {
        let mut state = self.0.lock();
        let at = state.writes + nth;
        state.faults.plan(fault, at, Some(at));
    }

    /// Fails from the nth write from now on, until [`MemoryDisk::heal`].
    pub fn fail_from(&self, fault: Fault, nth: u64) {
        let mut state = self.0.lock();
        let at = state.writes + nth;
        state.faults.plan(fault, at, None);
    }

    /// Is sound again, now and for what was planned.
    pub fn heal(&self) {
        self.0.lock().faults.heal();
    }

    /// How many changes were asked of the disk since it was made, failed ones included: writes,
    /// truncations, syncs, new files and deletions.
    pub fn writes(&self) -> u64 {
        self.0.lock().writes
    }

    /// Ends every open connection at once, and the power or the process with them: they get nothing
    /// but errors from now on, and have to be dropped. What is opened afterwards finds what the cut
    /// has left, and a sound disk.
    pub fn power_cut(&self, cut: Cut) {
        let left = self.0.lock().files.cut(cut);
        self.restore(&left);
    }

    /// What is on the disk, as a backup of the whole disk would have it.
    pub fn image(&self) -> Image {
        self.0.lock().files.image()
    }

    /// Puts this in the place of everything, as when a backup is played back. Open connections end
    /// as in a power cut; a recording ends, too.
    pub fn restore(&self, image: &Image) {
        let mut state = self.0.lock();
        state.files = Files::new(image);
        state.generation += 1;
        state.open.clear();
        state.locks.clear();
        state.shared.clear();
        state.faults.heal();
        state.recording = None;
    }

    /// Whether these bytes stand anywhere in a file, the write-ahead log included, or in what a
    /// power cut could bring back.
    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.0.lock().files.contain(bytes)
    }

    /// Begins to record everything that is done to the disk.
    pub fn record(&self) {
        let mut state = self.0.lock();
        state.recording = Some(Recording::new(state.files.clone()));
    }

    /// How many steps are recorded so far: a place in the recording, at which for example something
    /// was acknowledged.
    ///
    /// # Panics
    /// If nothing is recorded.
    pub fn recorded(&self) -> usize {
        self.0.lock().recording.as_ref().expect("it records").steps()
    }

    /// Ends the recording.
    ///
    /// # Panics
    /// If nothing is recorded.
    pub fn recording(&self) -> Recording {
        self.0.lock().recording.take().expect("it records")
    }
}

struct Inner {
    state: Mutex<State>,
    directory: PathBuf,
    _temporary: Option<TempDir>,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut registry = registry();
        // Another disk may have taken the place.
        if registry.get(&self.directory).is_some_and(|held| held.strong_count() == 0) {
            registry.remove(&self.directory);
        }
    }
}

#[derive(Default)]
struct State {
    files: Files,
    /// Rises whenever all connections end; a handle of before is dead.
    generation: u64,
    /// The number of the next handle.
    handles: u64,
    /// See [`MemoryDisk::writes`].
    writes: u64,
    faults: Faults,
    /// How many handles each file has.
    open: BTreeMap<FileId, u32>,
    locks: BTreeMap<FileId, FileLocks>,
    shared: BTreeMap<FileId, Arc<Shared>>,
    recording: Option<Recording>,
}

impl State {
    /// Does what SQLite asks for, unless the disk fails. What fails may be done in part.
    fn change(&mut self, step: Step) -> Result<(), i32> {
        self.writes += 1;
        match self.faults.strike(&step, self.writes) {
            None => {
                self.apply(step);
                Ok(())
            }
            Some((code, part)) => {
                part.into_iter().for_each(|part| self.apply(part));
                Err(code)
            }
        }
    }

    fn apply(&mut self, step: Step) {
        self.files.apply(&step);
        if let Some(recording) = &mut self.recording {
            recording.push(step);
        }
    }
}

/// The disk that this path is on, and its name there.
fn disk_of(path: &Path) -> Option<(Arc<Inner>, PathBuf)> {
    let registry = registry();
    path.ancestors().skip(1).find_map(|directory| {
        let disk = registry.get(directory)?.upgrade()?;
        Some((disk, path.strip_prefix(directory).ok()?.to_owned()))
    })
}

/// The disks of this process by their directories.
fn registry() -> MutexGuard<'static, BTreeMap<PathBuf, Weak<Inner>>> {
    static REGISTRY: Mutex<BTreeMap<PathBuf, Weak<Inner>>> = Mutex::new(BTreeMap::new());
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What SQLite gets that uses a connection after its disk went away.
const GONE: i32 = ffi::SQLITE_IOERR;

#[cfg(test)]
mod tests;
