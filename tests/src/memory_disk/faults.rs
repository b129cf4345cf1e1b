//! When the disk fails, and with which of SQLite's codes: those that SQLite makes on Unix of what
//! the system says.

use rusqlite::ffi;

use super::files::Step;

/// What is wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no room: what is written fails, and half of the first such write is made.
    /// Truncations, deletions and syncs work.
    Full,
    /// It cannot be written (any more): what is opened from now on is opened for reading only, and
    /// what writes to a file that is open already fails.
    ReadOnly,
    /// Everything that changes something fails, and half of each write is made.
    Io,
    /// Syncs fail, and keep nothing.
    Sync,
    /// Nothing works, reading neither.
    Dead,
}

/// What is planned.
#[derive(Default)]
pub(super) struct Faults(Vec<Planned>);

struct Planned {
    fault: Fault,
    from: u64,
    through: Option<u64>,
}

impl Faults {
    /// Plans a fault in the writes from this one, through that one or until it is healed.
    pub(super) fn plan(&mut self, fault: Fault, from: u64, through: Option<u64>) {
        self.0.push(Planned { fault, from, through });
    }

    pub(super) fn heal(&mut self) {
        self.0.clear();
    }

    /// Whether this write fails: SQLite's code, and what is done all the same.
    pub(super) fn strike(&self, step: &Step, write: u64) -> Option<(i32, Option<Step>)> {
        self.0.iter().filter(|planned| planned.strikes(write)).find_map(|it| it.fault.strike(step))
    }

    /// Whether reads fail after so many writes.
    pub(super) fn dead(&self, writes: u64) -> bool {
        self.lasts(Fault::Dead, writes)
    }

    /// Whether files can be opened for reading only after so many writes.
    pub(super) fn read_only(&self, writes: u64) -> bool {
        self.lasts(Fault::ReadOnly, writes)
    }

    fn lasts(&self, fault: Fault, writes: u64) -> bool {
        self.0.iter().any(|planned| planned.fault == fault && planned.strikes(writes + 1))
    }
}

impl Planned {
    fn strikes(&self, write: u64) -> bool {
        write >= self.from && self.through.is_none_or(|through| write <= through)
    }
}

impl Fault {
    fn strike(self, step: &Step) -> Option<(i32, Option<Step>)> {
        let code = match (step, self) {
            (Step::Write { .. }, Self::Full) => ffi::SQLITE_FULL,
            (_, Self::Full) => return None,
            (Step::Sync { .. }, _) => ffi::SQLITE_IOERR_FSYNC,
            (_, Self::Sync) => return None,
            (Step::Write { .. }, _) => ffi::SQLITE_IOERR_WRITE,
            (Step::Truncate { .. }, _) => ffi::SQLITE_IOERR_TRUNCATE,
            (Step::Delete { .. }, _) => ffi::SQLITE_IOERR_DELETE,
            (Step::Create { .. }, _) => ffi::SQLITE_CANTOPEN,
        };
        let part = match (step, self) {
            (Step::Write { file, at, bytes }, Self::Full | Self::Io) => {
                let bytes = bytes[..bytes.len() / 2].to_vec();
                Some(Step::Write { file: *file, at: *at, bytes })
            }
            _ => None,
        };
        Some((code, part))
    }
}
