//! Where something is written that a person named: a file or a folder. It is made beside its place and
//! moved there when it is whole, so that there is never half of one; what is there already is asked
//! about, and what is not ours is left alone.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};

/// What a folder has in it that we made: by this it is known, and may be replaced.
pub(crate) struct Ours {
    /// What it is called in a question: `archive`.
    pub(crate) what: &'static str,
    /// The file that says so.
    pub(crate) marker: &'static str,
    /// Whether something of this name, directly in the folder, was put there by us.
    pub(crate) is_ours: fn(&str) -> bool,
}

/// Writes a file: `write` is given the file to fill, which becomes the one at this path when all went
/// well.
pub(crate) fn file<T>(
    context: &Context,
    path: &Path,
    write: impl FnOnce(&File) -> Result<T, CliError>,
) -> Result<T, CliError> {
    // A link stays one: what it leads to is written.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if path.file_name().is_none() {
        return Err(CliError::usage(format!("{} is not the name of a file", path.display())));
    }
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => {
            return Err(CliError::usage(format!("{} is a folder", path.display()))
                .hint("name a file in it"));
        }
        Ok(there) if !there.is_file() => {
            return Err(CliError::usage(format!("{} is not a file", path.display()))
                .hint("name a file, which need not be there yet"));
        }
        Ok(_) => permit(context, &format!("Write over {}?", path.display()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(cannot_write(path, &error)),
    }
    let part = beside(path, "part");
    let file = open_part(&part).map_err(|fault| fault.of(path))?;
    let written = write(&file).and_then(|written| {
        let kept = file.sync_all().and_then(|()| fs::rename(&part, path));
        kept.map_err(|error| cannot_write(path, &error))?;
        Ok(written)
    });
    if written.is_err() {
        // Half a file is of no use; if it cannot be removed, its name says what it is.
        let _ = fs::remove_file(&part);
    }
    written
}

/// Makes a folder: `fill` is given an empty one, which becomes the one at this path when all went
/// well, in the place of one of ours that may be there.
pub(crate) fn folder<T>(
    context: &Context,
    path: &Path,
    ours: &Ours,
    fill: impl FnOnce(&Path) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let path = &std::path::absolute(path).map_err(|error| cannot_write(path, &error))?;
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = beside(path, "old");
    if !path.exists() && old.join(ours.marker).is_file() {
        // Somebody was interrupted between two steps.
        fs::rename(&old, path).map_err(|error| cannot_write(path, &error))?;
    }
    look_at(context, path, ours)?;
    let part = beside(path, "part");
    let _lock = make_part(&part, ours).map_err(|fault| fault.of(path))?;
    let filled = fill(&part).and_then(|filled| {
        put_in_place(&part, path, &old).map_err(|error| cannot_write(path, &error))?;
        Ok(filled)
    });
    if filled.is_err() {
        // As above.
        let _ = fs::remove_dir_all(&part);
    }
    filled
}

/// A failure to write there, with what to do about it.
pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> CliError {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => {
            (ErrorKind::Usage, "the folder that it is to be in is not there: make it first")
        }
        io::ErrorKind::NotADirectory => {
            (ErrorKind::Usage, "a part of that path is a file: name another place")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Busy, "the disk is full: make some room, or name another place")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::Busy, "name a place that is yours to write")
        }
        io::ErrorKind::InvalidFilename => (ErrorKind::Usage, "give it another name"),
        io::ErrorKind::CrossesDevices | io::ErrorKind::ResourceBusy => {
            (ErrorKind::Usage, "it is where a disk is attached: name a folder on that disk")
        }
        _ => (ErrorKind::Busy, "nothing was changed there"),
    };
    CliError::new(kind, format!("{} cannot be written", path.display())).because(error).hint(hint)
}

/// Whether a folder may be made here: nothing is, or something empty, or one of ours that the person
/// lets go.
fn look_at(context: &Context, path: &Path, ours: &Ours) -> Result<(), CliError> {
    let cannot = |error: io::Error| cannot_write(path, &error);
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => {}
        Ok(_) => {
            return Err(CliError::usage(format!("{} is not a folder", path.display()))
                .hint("name a folder, which need not be there yet"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(cannot(error)),
    }
    let here = std::env::current_dir().and_then(fs::canonicalize);
    if path.parent().is_none() || here.is_ok_and(|here| here.starts_with(path)) {
        return Err(CliError::usage(format!("you are in {}, which would go", path.display()))
            .hint("name another folder, or go out of this one"));
    }
    let mut names = Vec::new();
    for file in fs::read_dir(path).map_err(cannot)? {
        names.push(file.map_err(cannot)?.file_name().to_string_lossy().into_owned());
    }
    if names.is_empty() {
        return Ok(());
    }
    let what = ours.what;
    let other = CliError::usage;
    if !names.iter().any(|name| name == ours.marker) {
        return Err(other(format!("{} is not empty, and is no {what} of ours", path.display()))
            .hint("name a new folder, or an empty one"));
    }
    names.sort();
    if let Some(foreign) = names.iter().find(|name| !(ours.is_ours)(name) && *name != ours.marker) {
        return Err(other(format!("{foreign} in {} is not ours, and would go", path.display()))
            .hint("move it elsewhere, or name another folder"));
    }
    let question =
        format!("Replace the {what} in {}? What was changed in it by hand goes.", path.display());
    permit(context, &question)
}

fn permit(context: &Context, question: &str) -> Result<(), CliError> {
    match ask(question, context.yes)? {
        true => Ok(()),
        false => Err(CliError::new(ErrorKind::Unanswered, "nothing was written")),
    }
}

/// Moves what was made into its place.
fn put_in_place(part: &Path, path: &Path, old: &Path) -> io::Result<()> {
    if !path.exists() {
        return fs::rename(part, path);
    }
    if fs::read_dir(path)?.next().is_none() {
        fs::remove_dir(path)?;
        return fs::rename(part, path).inspect_err(|_| {
            // It was there before.
            let _ = fs::create_dir(path);
        });
    }
    if old.exists() {
        fs::remove_dir_all(old)?;
    }
    fs::rename(path, old)?;
    fs::rename(part, path).inspect_err(|_| {
        // If that fails too, the next time finds it.
        let _ = fs::rename(old, path);
    })?;
    // The new one is in place; what is left of the old one, the next time takes away.
    let _ = fs::remove_dir_all(old);
    Ok(())
}

/// Why a part cannot be made.
enum Fault {
    Io(io::Error),
    /// Another process makes it now.
    Taken,
    /// Something else has its name.
    InTheWay(PathBuf),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Fault {
    fn of(self, path: &Path) -> CliError {
        match self {
            Self::Io(error) => cannot_write(path, &error),
            Self::Taken => {
                CliError::new(ErrorKind::Busy, format!("{} is being written now", path.display()))
                    .hint("wait for the other commons to finish")
            }
            Self::InTheWay(part) => {
                CliError::usage(format!("{} is in the way", part.display())).hint("move it away")
            }
        }
    }
}

/// The file that becomes the one that was asked for. One that was left by somebody who was
/// interrupted is taken.
fn open_part(part: &Path) -> Result<File, Fault> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(part)?;
    lock(&file)?;
    file.set_len(0)?;
    Ok(file)
}

/// The folder that becomes the one that was asked for, and a lock on it. One that was left by somebody
/// who was interrupted is removed first.
fn make_part(part: &Path, ours: &Ours) -> Result<File, Fault> {
    let marker = part.join(ours.marker);
    if part.exists() {
        if !marker.is_file() {
            return Err(Fault::InTheWay(part.to_owned()));
        }
        lock(&File::open(part)?)?;
        fs::remove_dir_all(part)?;
    }
    fs::create_dir(part)?;
    let lock_of = File::open(part)?;
    lock(&lock_of)?;
    File::create(&marker)?;
    Ok(lock_of)
}

/// Locks a file or a folder. Where the disk knows no locks, nobody is kept out.
fn lock(file: &File) -> Result<(), Fault> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Fault::Taken),
        _ => Ok(()),
    }
}

/// The path beside this one with a further ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or(OsStr::new("out")).to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}
