//! The disk on which the home is.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::{Findings, Patient};

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    let home = patient.home.directory();
    kind(home, findings);
    if let Err(error) = try_writing(home) {
        let (what, fix) = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
                "the disk is full".to_owned(),
                "make some room on it, or move the home and name it with --home",
            ),
            io::ErrorKind::ReadOnlyFilesystem => (
                "the disk may only be read".to_owned(),
                "see why it was mounted so (a card's lock, an error: dmesg), or name another --home",
            ),
            io::ErrorKind::PermissionDenied => (
                format!("{} is not yours to write", home.display()),
                "give it back to yourself (chown), or name another --home",
            ),
            _ => (
                format!("what is written to {} does not arrive: {error}", home.display()),
                "see whether the disk fails (dmesg), and move the home elsewhere meanwhile",
            ),
        };
        findings.problem(CHECK, what, fix);
        return;
    }
    room(patient, findings);
}

/// Writes a small file as the database is written: to the disk, not only to its cache.
fn try_writing(home: &Path) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix("doctor-").tempfile_in(home)?;
    file.write_all(&[0; PROBE_BYTES])?;
    file.as_file().sync_all()
}

/// Whether there is room for what is to come.
fn room(patient: &Patient, findings: &mut Findings) {
    let Ok(disk) = rustix::fs::statvfs(patient.home.directory()) else { return };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let database = fs::metadata(&patient.database).map_or(0, |file| file.len());
    let megabytes = free / 1_000_000;
    if free < FEW_BYTES {
        findings.problem(CHECK, format!("only {megabytes} MB are free"), ROOM);
    } else if free < (2 * database).max(SOME_BYTES) {
        findings.warning(
            CHECK,
            format!("{megabytes} MB are free, and the database has {} MB", database / 1_000_000),
            ROOM,
        );
    } else {
        findings.ok(CHECK, format!("it can be written, and {megabytes} MB are free"));
    }
}

/// What kind of file system it is, where that matters.
#[cfg(target_os = "linux")]
fn kind(home: &Path, findings: &mut Findings) {
    let Ok(disk) = rustix::fs::statfs(home) else { return };
    // The numbers are those of statfs(2); their width differs between machines.
    let number = disk.f_type as u64 & 0xffff_ffff;
    let Some((_, name, trouble)) = KINDS.iter().find(|(kind, _, _)| *kind == number) else {
        return;
    };
    match trouble {
        Trouble::Network => findings.warning(
            CHECK,
            format!("the home is on a network disk ({name}), where the database can be damaged"),
            "move it to a disk of this machine, and name it with --home",
        ),
        Trouble::Memory => findings.warning(
            CHECK,
            format!("the home is in memory ({name}), and gone when this machine is restarted"),
            "move it to a disk, and name it with --home; or make backups",
        ),
        Trouble::Modes => findings.warning(
            CHECK,
            format!("the home is on a disk without permissions ({name}): others may read your key"),
            "move it to a disk of this machine, and name it with --home",
        ),
    }
}

#[cfg(not(target_os = "linux"))]
fn kind(_: &Path, _: &mut Findings) {}

/// What is the matter with a kind of file system.
#[cfg(target_os = "linux")]
enum Trouble {
    Network,
    Memory,
    Modes,
}

/// Kinds that make trouble, by the numbers of statfs(2).
#[cfg(target_os = "linux")]
const KINDS: &[(u64, &str, Trouble)] = &[
    (0x6969, "NFS", Trouble::Network),
    (0xff53_4d42, "CIFS", Trouble::Network),
    (0xfe53_4d42, "SMB", Trouble::Network),
    (0x0102_1997, "9P", Trouble::Network),
    (0x5346_414f, "AFS", Trouble::Network),
    (0x0102_1994, "tmpfs", Trouble::Memory),
    (0x8584_58f6, "ramfs", Trouble::Memory),
    (0x4d44, "FAT", Trouble::Modes),
    (0x2011_bab0, "exFAT", Trouble::Modes),
];

const CHECK: &str = "disk";

const ROOM: &str =
    "make some room on it, or move the home to a larger disk and name it with --home";

/// Bytes of the file that is tried: some pages of the database.
const PROBE_BYTES: usize = 32 * 1024;

/// Bytes below which a busy day may find the disk full, and below which it as good as is. A day of a
/// large event takes some 50 MB, and the write-ahead log 32.
const SOME_BYTES: u64 = 500_000_000;
const FEW_BYTES: u64 = 40_000_000;
