//! The way from SQLite to the disks: a VFS (<https://www.sqlite.org/vfs.html>) that becomes the
//! default one of the process and gives all paths that are on no disk of ours to the one before.
//! It only carries over pointers and codes; what they mean is in `handle.rs`.
//!
//! This is the only unsafe code of the project, and for tests alone: SQLite speaks C. No library does
//! it for us: the crates that wrap a VFS either have no shared memory, which the write-ahead log
//! needs, or want a C compiler's library at build time.

#![expect(unsafe_code, reason = "SQLite calls a VFS through C, with pointers of its own")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::OnceLock;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use super::disk_of;
use super::handle::{self, Handle};

/// What SQLite holds for an open file: its own part, and ours. It gives us the room for it.
#[repr(C)]
struct OpenFile {
    sqlite: sqlite3_file,
    handle: *mut Handle,
}

/// The VFS that was the default before.
struct Before(*mut sqlite3_vfs);

// SAFETY: SQLite never frees or moves a registered VFS, and all threads may call it.
unsafe impl Send for Before {}
// SAFETY: as above.
unsafe impl Sync for Before {}

static BEFORE: OnceLock<Before> = OnceLock::new();

/// Registers the VFS, once.
pub(super) fn install() {
    BEFORE.get_or_init(|| {
        // SAFETY: SQLite initialises itself, and a null name asks for the default VFS. Ours is a
        // copy of it but for the functions that know paths, and is never freed.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK, "SQLite starts");
            let before = ffi::sqlite3_vfs_find(null());
            let ours = sqlite3_vfs {
                szOsFile: (*before).szOsFile.max(size_of::<OpenFile>() as c_int),
                pNext: null_mut(),
                zName: c"memory-disk".as_ptr(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_path),
                ..*before
            };
            let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1);
            assert_eq!(registered, ffi::SQLITE_OK, "SQLite takes the disk");
            Before(before)
        }
    });
}

fn before() -> *mut sqlite3_vfs {
    BEFORE.get().expect("nothing is called before it is registered").0
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(map),
    xShmLock: Some(lock_shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The path that SQLite names; none for a temporary file.
///
/// # Safety
/// The pointer is null or to bytes that end with a zero.
unsafe fn path(name: *const c_char) -> Option<PathBuf> {
    // SAFETY: as the caller promises.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    Some(Path::new(OsStr::from_bytes(name.to_bytes())).to_owned())
}

/// Works on the handle of an open file.
///
/// # Safety
/// The file was opened by [`open`] as one of ours and not closed, and no other thread uses it.
unsafe fn with(
    file: *mut sqlite3_file,
    work: impl FnOnce(&mut Handle) -> Result<(), i32>,
) -> c_int {
    // SAFETY: as the caller promises; the handle was made from a box.
    let handle = unsafe { &mut *(*file.cast::<OpenFile>()).handle };
    code(work(handle))
}

fn code(result: Result<(), i32>) -> c_int {
    result.err().unwrap_or(ffi::SQLITE_OK)
}

fn length(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or_else(|_| unreachable!("SQLite gives no negative sizes"))
}

// SAFETY, for all that follow: SQLite calls them as its documentation says (sqlite3_vfs,
// sqlite3_io_methods): with files that were opened by `open`, with buffers of the sizes that are
// given beside them, with places for results that can be written, and with an open file from one
// thread at a time.

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        (*file).pMethods = null();
        let path = path(name);
        let Some((disk, name_there)) = path.as_deref().and_then(disk_of) else {
            let open = (*before()).xOpen.expect("a VFS opens files");
            return open(before(), name, file, flags, out);
        };
        match Handle::open(disk, name_there, path.as_deref().unwrap_or(Path::new("")), flags) {
            Ok((handle, flags)) => {
                (*file.cast::<OpenFile>()).handle = Box::into_raw(Box::new(handle));
                (*file).pMethods = &METHODS;
                if !out.is_null() {
                    *out = flags;
                }
                ffi::SQLITE_OK
            }
            Err(code) => code,
        }
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, durably: c_int) -> c_int {
    // SAFETY: see above.
    unsafe {
        match path(name).as_deref().and_then(disk_of) {
            Some((disk, name)) => code(handle::delete(&disk, &name, durably != 0)),
            None => (*before()).xDelete.expect("a VFS deletes files")(before(), name, durably),
        }
    }
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        match path(name).as_deref().and_then(disk_of) {
            Some((disk, name)) => {
                *out = handle::is_there(&disk, &name).into();
                ffi::SQLITE_OK
            }
            None => (*before()).xAccess.expect("a VFS looks for files")(before(), name, flags, out),
        }
    }
}

unsafe extern "C" fn full_path(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        if path(name).as_deref().and_then(disk_of).is_none() {
            let full = (*before()).xFullPathname.expect("a VFS names files");
            return full(before(), name, room, out);
        }
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > length(room) {
            return ffi::SQLITE_CANTOPEN;
        }
        slice::from_raw_parts_mut(out.cast::<u8>(), bytes.len()).copy_from_slice(bytes);
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: see above; SQLite uses the file no more, so that the box can go.
    unsafe {
        drop(Box::from_raw((*file.cast::<OpenFile>()).handle));
        (*file).pMethods = null();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    buffer: *mut c_void,
    amount: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        let buffer = slice::from_raw_parts_mut(buffer.cast::<u8>(), length(amount));
        with(file, |handle| match handle.read(buffer, length(at))? {
            true => Ok(()),
            false => Err(ffi::SQLITE_IOERR_SHORT_READ),
        })
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: see above.
    unsafe {
        let bytes = slice::from_raw_parts(buffer.cast::<u8>(), length(amount));
        with(file, |handle| handle.write(bytes, length(at)))
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: see above.
    unsafe { with(file, |handle| handle.truncate(length(size))) }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: see above.
    unsafe { with(file, |handle| handle.sync()) }
}

unsafe extern "C" fn size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: see above.
    unsafe {
        with(file, |handle| {
            *out = handle.size()? as sqlite3_int64;
            Ok(())
        })
    }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see above.
    unsafe { with(file, |handle| handle.lock(level)) }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see above.
    unsafe { with(file, |handle| handle.unlock(level)) }
}

unsafe extern "C" fn reserved(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: see above.
    unsafe {
        with(file, |handle| {
            *out = handle.reserved()?.into();
            Ok(())
        })
    }
}

unsafe extern "C" fn control(_: *mut sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector(_: *mut sqlite3_file) -> c_int {
    // As SQLite's own file systems say.
    4096
}

unsafe extern "C" fn characteristics(_: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn map(
    file: *mut sqlite3_file,
    number: c_int,
    bytes: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: see above. The region lives as long as the handle has a part in it.
    unsafe {
        with(file, |handle| {
            let region = handle.region(length(number), length(bytes), make != 0)?;
            *out = region.map_or(null_mut(), |region| region.cast());
            Ok(())
        })
    }
}

unsafe extern "C" fn lock_shared(
    file: *mut sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: see above.
    unsafe { with(file, |handle| handle.lock_shared(length(first), length(count), flags)) }
}

unsafe extern "C" fn barrier(_: *mut sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn unmap(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: see above; SQLite uses the regions no more.
    unsafe {
        with(file, |handle| {
            handle.leave_shared();
            Ok(())
        })
    }
}
