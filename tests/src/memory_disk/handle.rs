//! An open file: what SQLite asks of it, in its own codes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ffi;

use super::files::{FileId, Step};
use super::locks::Shared;
use super::{GONE, Inner, State};

/// A file that a connection has open.
pub(super) struct Handle {
    disk: Arc<Inner>,
    file: FileId,
    number: u64,
    generation: u64,
    read_only: bool,
    /// Kept until the end, as SQLite has its addresses.
    shared: Option<Arc<Shared>>,
    /// To be deleted when it is closed.
    fleeting: Option<PathBuf>,
}

impl Handle {
    /// Opens a file with SQLite's flags, and gives the flags that it was opened with.
    pub(super) fn open(
        disk: Arc<Inner>,
        name: PathBuf,
        path: &Path,
        mut flags: i32,
    ) -> Result<(Self, i32), i32> {
        let mut state = disk.lock();
        if state.faults.dead(state.writes) {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        if state.faults.read_only(state.writes) {
            flags &= !(ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE);
            flags |= ffi::SQLITE_OPEN_READONLY;
        }
        let file = match state.files.find(&name) {
            Some(_) if flags & ffi::SQLITE_OPEN_EXCLUSIVE != 0 => return Err(ffi::SQLITE_CANTOPEN),
            Some(file) => file,
            // An empty file on the real disk stands for one that nothing was written to.
            None if flags & ffi::SQLITE_OPEN_CREATE != 0
                || flags & ffi::SQLITE_OPEN_MAIN_DB != 0 && path.exists() =>
            {
                let file = state.files.fresh();
                state.change(Step::Create { file, name: name.clone() })?;
                file
            }
            None => return Err(ffi::SQLITE_CANTOPEN),
        };
        state.handles += 1;
        *state.open.entry(file).or_default() += 1;
        let (number, generation) = (state.handles, state.generation);
        drop(state);
        let read_only = flags & ffi::SQLITE_OPEN_READONLY != 0;
        let fleeting = (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then_some(name);
        let handle = Self { disk, file, number, generation, read_only, shared: None, fleeting };
        Ok((handle, flags))
    }

    /// Fills the buffer from this place on; false if the file ends before the buffer does.
    pub(super) fn read(&self, buffer: &mut [u8], at: usize) -> Result<bool, i32> {
        self.with(|state| {
            if state.faults.dead(state.writes) {
                return Err(ffi::SQLITE_IOERR_READ);
            }
            let content = state.files.read(self.file);
            let there = content.get(at..).unwrap_or_default();
            let length = there.len().min(buffer.len());
            buffer[..length].copy_from_slice(&there[..length]);
            buffer[length..].fill(0);
            Ok(length == buffer.len())
        })
    }

    pub(super) fn write(&self, bytes: &[u8], at: usize) -> Result<(), i32> {
        self.change(Step::Write { file: self.file, at, bytes: bytes.to_vec() })
    }

    pub(super) fn truncate(&self, size: usize) -> Result<(), i32> {
        self.change(Step::Truncate { file: self.file, size })
    }

    pub(super) fn sync(&self) -> Result<(), i32> {
        self.change(Step::Sync { file: self.file })
    }

    pub(super) fn size(&self) -> Result<usize, i32> {
        self.with(|state| Ok(state.files.read(self.file).len()))
    }

    pub(super) fn lock(&self, level: i32) -> Result<(), i32> {
        self.with(|state| state.locks.entry(self.file).or_default().lock(self.number, level))
    }

    pub(super) fn unlock(&self, level: i32) -> Result<(), i32> {
        self.with(|state| {
            state.locks.entry(self.file).or_default().unlock(self.number, level);
            Ok(())
        })
    }

    pub(super) fn reserved(&self) -> Result<bool, i32> {
        self.with(|state| Ok(state.locks.get(&self.file).is_some_and(|locks| locks.reserved())))
    }

    /// The address of a region of the shared memory; none if it is not there and not to be made.
    pub(super) fn region(
        &mut self,
        number: usize,
        bytes: usize,
        make: bool,
    ) -> Result<Option<*mut u64>, i32> {
        let shared = match &self.shared {
            Some(shared) => Arc::clone(shared),
            None => {
                let file = self.file;
                let join =
                    |state: &mut State| Ok(Arc::clone(state.shared.entry(file).or_default()));
                let shared = self.with(join)?;
                self.shared = Some(Arc::clone(&shared));
                shared
            }
        };
        Ok(shared.region(number, bytes, make))
    }

    /// Takes or gives back locks of the shared memory, by SQLite's flags.
    pub(super) fn lock_shared(&self, first: usize, count: usize, flags: i32) -> Result<(), i32> {
        let shared = self.shared.as_ref().ok_or(ffi::SQLITE_IOERR_SHMLOCK)?;
        let slots = first..first + count;
        if flags & ffi::SQLITE_SHM_LOCK == 0 {
            shared.unlock(self.number, slots);
            return Ok(());
        }
        let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
        self.with(|_| shared.lock(self.number, slots, alone))
    }

    /// Has no part in the shared memory any more. The last one takes it along.
    pub(super) fn leave_shared(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        shared.leave(self.number);
        let mut state = self.disk.lock();
        // One is ours, and one is the disk's.
        if self.generation == state.generation && Arc::strong_count(&shared) == 2 {
            state.shared.remove(&self.file);
        }
    }

    fn change(&self, step: Step) -> Result<(), i32> {
        if self.read_only {
            return Err(ffi::SQLITE_READONLY);
        }
        self.with(|state| state.change(step))
    }

    /// Works on the disk, unless everything has ended since the file was opened.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> Result<T, i32>) -> Result<T, i32> {
        let mut state = self.disk.lock();
        if state.generation != self.generation {
            return Err(GONE);
        }
        work(&mut state)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.leave_shared();
        let mut state = self.disk.lock();
        if state.generation != self.generation {
            return;
        }
        if let Some(locks) = state.locks.get_mut(&self.file) {
            locks.unlock(self.number, ffi::SQLITE_LOCK_NONE);
        }
        if let Some(name) = self.fleeting.take() {
            // As on a real disk, closing tells of no failure.
            let _ = state.change(Step::Delete { name, durably: false });
        }
        let State { files, open, locks, .. } = &mut *state;
        let handles = open.entry(self.file).or_default();
        *handles = handles.saturating_sub(1);
        if *handles == 0 {
            open.remove(&self.file);
            locks.remove(&self.file);
            files.forget(|file| open.contains_key(&file));
        }
    }
}

/// Whether there is a file of this name with something in it, which is all that SQLite asks.
pub(super) fn is_there(disk: &Inner, name: &Path) -> bool {
    let state = disk.lock();
    state.files.find(name).is_some_and(|file| !state.files.read(file).is_empty())
}

/// Deletes a file.
pub(super) fn delete(disk: &Inner, name: &Path, durably: bool) -> Result<(), i32> {
    let mut state = disk.lock();
    if state.files.find(name).is_none() {
        return Err(ffi::SQLITE_IOERR_DELETE_NOENT);
    }
    state.change(Step::Delete { name: name.to_owned(), durably })
}
