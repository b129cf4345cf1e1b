//! A small disk of one's own that can fill up or turn read-only: a tmpfs, which takes the right to
//! mount one.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::skip;

/// A mounted disk, unmounted when dropped.
pub struct Disk {
    directory: TempDir,
}

impl Disk {
    /// A disk of so many KiB; none, and the test is skipped, where this user may not mount.
    #[track_caller]
    pub fn of_kib(size: u32) -> Option<Self> {
        let directory = TempDir::with_prefix("commons-disk-").expect("a temporary directory");
        let disk = Self { directory };
        let options = format!("size={size}k,mode=0700");
        match disk.mount(&["-t", "tmpfs", "-o", &options, "none"]) {
            Ok(()) => Some(disk),
            Err(why) => {
                skip::skip(&format!("cannot mount a small disk: {why}"));
                None
            }
        }
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Fills it to the last page with a file.
    ///
    /// # Panics
    /// If the file cannot be made.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).expect("there is room for a file");
        while file.write_all(&[0; PAGE]).is_ok() {}
    }

    /// Makes the room again that [`Disk::fill`] took.
    ///
    /// # Panics
    /// If it was not filled.
    pub fn clear(&self) {
        std::fs::remove_file(self.filler()).expect("the disk was filled");
    }

    /// Makes it read-only, as a disk with a fault or a locked card.
    ///
    /// # Panics
    /// If it cannot be.
    pub fn turn_read_only(&self) {
        self.mount(&["-o", "remount,bind,ro"]).expect("what was mounted can be mounted again");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    fn mount(&self, options: &[&str]) -> Result<(), String> {
        let mut command = Command::new("mount");
        let done = command.args(options).arg(self.path()).output().map_err(|it| it.to_string())?;
        match done.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, since a process that is just ending may still have a file open there; and if
        // that fails, the directory stays behind and nothing else is harmed.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Bytes of a page of memory, the unit in which a tmpfs gives out room.
const PAGE: usize = 4096;
