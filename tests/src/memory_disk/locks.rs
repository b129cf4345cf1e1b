//! What connections to one file have in common: its locks, and for the write-ahead log eight more
//! locks and some memory. The rules are those of SQLite's own file systems
//! (<https://www.sqlite.org/lockingv3.html>, <https://www.sqlite.org/walformat.html>).

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi;

/// The locks of a file, by the number of the handle that has them.
#[derive(Default)]
pub(super) struct FileLocks(BTreeMap<u64, i32>);

impl FileLocks {
    /// Raises the lock of this handle to a level of SQLite's, or says that it cannot now.
    pub(super) fn lock(&mut self, handle: u64, level: i32) -> Result<(), i32> {
        let held = self.0.get(&handle).copied().unwrap_or(ffi::SQLITE_LOCK_NONE);
        if held >= level {
            return Ok(());
        }
        let highest = self.others(handle).max().unwrap_or(ffi::SQLITE_LOCK_NONE);
        match level {
            ffi::SQLITE_LOCK_SHARED if highest >= ffi::SQLITE_LOCK_PENDING => {
                return Err(ffi::SQLITE_BUSY);
            }
            ffi::SQLITE_LOCK_SHARED => {}
            _ if highest >= ffi::SQLITE_LOCK_RESERVED => return Err(ffi::SQLITE_BUSY),
            ffi::SQLITE_LOCK_EXCLUSIVE if highest >= ffi::SQLITE_LOCK_SHARED => {
                // Nobody begins to read any more, so that the last reader will be waited for.
                self.0.insert(handle, ffi::SQLITE_LOCK_PENDING);
                return Err(ffi::SQLITE_BUSY);
            }
            _ => {}
        }
        self.0.insert(handle, level);
        Ok(())
    }

    /// Lowers the lock of this handle.
    pub(super) fn unlock(&mut self, handle: u64, level: i32) {
        match level {
            ffi::SQLITE_LOCK_NONE => self.0.remove(&handle),
            _ => self.0.insert(handle, level),
        };
    }

    /// Whether somebody is about to write.
    pub(super) fn reserved(&self) -> bool {
        self.0.values().any(|level| *level >= ffi::SQLITE_LOCK_RESERVED)
    }

    fn others(&self, handle: u64) -> impl Iterator<Item = i32> {
        self.0.iter().filter(move |(other, _)| **other != handle).map(|(_, level)| *level)
    }
}

/// What the connections of one database share in memory, while there is one.
#[derive(Default)]
pub(super) struct Shared {
    slots: Mutex<[Slot; SLOTS]>,
    /// Regions stay where they are: SQLite keeps their addresses.
    regions: Mutex<Vec<Box<[AtomicU64]>>>,
}

/// Who has one of the eight locks.
#[derive(Default, Clone)]
struct Slot {
    readers: Vec<u64>,
    writer: Option<u64>,
}

impl Shared {
    /// The address of a region of so many bytes; none if it is not there and is not to be made.
    pub(super) fn region(&self, number: usize, bytes: usize, make: bool) -> Option<*mut u64> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        while make && regions.len() <= number {
            regions.push((0..bytes / size_of::<u64>()).map(|_| AtomicU64::new(0)).collect());
        }
        Some(regions.get(number)?.first()?.as_ptr())
    }

    /// Takes these locks, all or none.
    pub(super) fn lock(
        &self,
        handle: u64,
        slots: std::ops::Range<usize>,
        alone: bool,
    ) -> Result<(), i32> {
        let mut all = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = all.get_mut(slots).ok_or(ffi::SQLITE_IOERR_SHMLOCK)?;
        let free = |slot: &Slot| {
            slot.writer.is_none_or(|writer| writer == handle)
                && (!alone || slot.readers.iter().all(|reader| *reader == handle))
        };
        if !wanted.iter().all(free) {
            return Err(ffi::SQLITE_BUSY);
        }
        for slot in wanted {
            match alone {
                true => slot.writer = Some(handle),
                false if !slot.readers.contains(&handle) => slot.readers.push(handle),
                false => {}
            }
        }
        Ok(())
    }

    /// Gives these locks back.
    pub(super) fn unlock(&self, handle: u64, slots: std::ops::Range<usize>) {
        let mut all = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for slot in all.get_mut(slots).into_iter().flatten() {
            slot.readers.retain(|reader| *reader != handle);
            slot.writer.take_if(|writer| *writer == handle);
        }
    }

    /// Gives all locks of this handle back.
    pub(super) fn leave(&self, handle: u64) {
        self.unlock(handle, 0..SLOTS);
    }
}

/// How many locks SQLite's write-ahead log has.
const SLOTS: usize = ffi::SQLITE_SHM_NLOCK as usize;
