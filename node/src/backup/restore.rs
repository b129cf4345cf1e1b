//! From a backup that was read to a home that works: what stands in the way, whether the databases
//! are sound, and putting them in their place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::container::KEY;
use super::{BackupError, Contents, Database, io_error, sync};
use crate::home::Home;
use crate::store::{Store, StoreError, VerifyReport};

/// A database that was read from a backup and checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Which.
    pub file: String,
    /// What the verification of every signature found.
    pub report: VerifyReport,
}

/// What in this home is in the way of restoring this, if something is: a database of the same
/// commons, what is left of one, or the key of somebody else. Nothing is ever written over.
pub fn obstacle(home: &Home, contents: &Contents) -> Result<Option<BackupError>, BackupError> {
    for Database { file, .. } in &contents.databases {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let path = home.directory().join(format!("{file}{suffix}"));
            if fs::symlink_metadata(&path).is_ok() {
                return Ok(Some(BackupError::Taken(path)));
            }
        }
    }
    key_obstacle(home, contents)
}

/// The same, where only the key is to be restored, as for a home whose key was lost.
pub fn key_obstacle(home: &Home, contents: &Contents) -> Result<Option<BackupError>, BackupError> {
    if let (Some(there), Some(here)) = (contents.author(), home.existing_author_key()?)
        && here.author() != there
    {
        let (here, there) = (here.author().to_string(), there.to_string());
        return Ok(Some(BackupError::AnotherKey { here, there }));
    }
    Ok(None)
}

/// Verifies every signature and hash of the databases that were read into this directory. `progress`
/// hears how many of how many are checked. A file that is not sound, or not what the backup says,
/// is an error; contributions that are damaged are in the report.
pub fn check(
    directory: &Path,
    contents: &Contents,
    mut progress: impl FnMut(u64, u64),
) -> Result<Vec<Checked>, BackupError> {
    let mut checked = Vec::new();
    for database in &contents.databases {
        let damaged = |why: String| BackupError::Damaged(format!("{}: {why}", database.file));
        let in_file = |error: StoreError| match error {
            StoreError::Damaged { reason, .. } => damaged(reason),
            StoreError::Sqlite { source, .. } => damaged(source.to_string()),
            StoreError::DamagedRow { id, reason, .. } => damaged(format!("{id}: {reason}")),
            StoreError::Missing(_) => damaged("it is empty".to_owned()),
            error => error.into(),
        };
        let mut store = Store::adopt(&directory.join(&database.file)).map_err(in_file)?;
        let report = store.verify(&mut progress).map_err(in_file)?;
        if let Some(line) = report.file.first() {
            return Err(damaged(line.clone()));
        }
        if report.checked != database.contributions {
            return Err(damaged(format!(
                "it holds {} contributions, and should hold {}",
                report.checked, database.contributions
            )));
        }
        checked.push(Checked { file: database.file.clone(), report });
    }
    Ok(checked)
}

/// Puts what was read into this directory in its place in the home: the key first, since a database
/// without one is of no use. Gives the databases. What is there meanwhile is never written over.
pub fn put(
    home: &Home,
    directory: &Path,
    contents: &Contents,
) -> Result<Vec<PathBuf>, BackupError> {
    if let Some(error) = obstacle(home, contents)? {
        return Err(error);
    }
    let mut placed = Vec::new();
    put_key(home, directory, contents)?;
    for Database { file, .. } in &contents.databases {
        let (from, to) = (directory.join(file), home.directory().join(file));
        sync(&from)?;
        place(&from, &to)?;
        placed.push(to);
    }
    sync(home.directory())?;
    Ok(placed)
}

/// Puts the key that was read into this directory in its place, if there is one and the home has none.
/// True if that was done.
pub fn put_key(home: &Home, directory: &Path, contents: &Contents) -> Result<bool, BackupError> {
    if let Some(error) = key_obstacle(home, contents)? {
        return Err(error);
    }
    if contents.author.is_none() || home.existing_author_key()?.is_some() {
        return Ok(false);
    }
    place(&directory.join(KEY), &home.author_key_file())?;
    sync(home.directory())?;
    Ok(true)
}

/// Gives a file its name in the home, unless something has that name.
fn place(from: &Path, to: &Path) -> Result<(), BackupError> {
    let doing = format!("put {} in its place", to.display());
    match fs::hard_link(from, to) {
        // The other name goes with its directory.
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(BackupError::Taken(to.to_owned()))
        }
        // A file system without links, as on a stick: the name was free a moment ago.
        Err(_) if !to.exists() => fs::rename(from, to).map_err(io_error(&doing)),
        Err(error) => Err(io_error(&doing)(error)),
    }
}
