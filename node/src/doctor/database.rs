//! The database of the commons: the file, and a sample of its signatures. `commons verify` checks all.

use std::error::Error as _;

use super::{Findings, Patient};
use crate::store::{Health, Store, StoreError};

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    let looked = Store::open_read_only(&patient.database).and_then(|store| store.health(SAMPLE));
    match looked {
        Ok(health) => judge(&health, findings),
        Err(StoreError::Missing(_)) => findings.note(
            CHECK,
            format!("there is no database of the commons “{}” yet", patient.commons),
            "the first start makes one; if there should be one, see --home and --commons",
        ),
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            findings.problem(CHECK, format!("{error}{cause}"), fix(&error));
        }
    }
}

fn judge(health: &Health, findings: &mut Findings) {
    if let Some(line) = health.file.first() {
        findings.problem(CHECK, format!("the file contradicts itself: {line}"), VERIFY);
    }
    if let Some(first) = health.damaged.first() {
        let (some, of) = (health.damaged.len(), health.sampled);
        findings.problem(
            CHECK,
            format!(
                "{some} of {of} contributions that were looked at are damaged, {first} among them"
            ),
            VERIFY,
        );
    }
    if health.noted > 0 {
        findings.warning(
            CHECK,
            format!(
                "{} contributions were found damaged, and wait for a peer who has them",
                health.noted
            ),
            "run the node where others are; it asks them by itself",
        );
    }
    if health.unshown > 0 {
        findings.warning(
            CHECK,
            format!("this program fails to put {} entries together", health.unshown),
            "nothing is lost, and commons history shows them; a later commons may be able to",
        );
    }
    let [file, log] = health.bytes;
    if log > LARGE_LOG_BYTES.max(file) {
        findings.warning(
            CHECK,
            format!(
                "its write-ahead log has {} MB: somebody reads all the time, or was killed",
                log / 1_000_000
            ),
            "stop the programs that have it open, and run commons verify",
        );
    }
    if health.file.is_empty() && health.damaged.is_empty() {
        findings.ok(
            CHECK,
            format!(
                "the file is sound, and so are {} of {} contributions, which were looked at",
                health.sampled, health.contributions
            ),
        );
    }
}

fn fix(error: &StoreError) -> &'static str {
    match error {
        StoreError::Damaged { .. } | StoreError::DamagedRow { .. } => {
            "keep the file, move it away and run commons start: your peers give back what they hold; \
             or restore a backup"
        }
        StoreError::NewerFormat { .. } => "use the newer commons that made it, or another --home",
        StoreError::Locked(_) => "stop the program that holds it",
        StoreError::Full(_) => "make some room",
        StoreError::ReadOnly(_) | StoreError::CannotOpen { .. } => {
            "see that the file and its directory are yours to read and write"
        }
        _ => VERIFY,
    }
}

const CHECK: &str = "database";

const VERIFY: &str = "make a backup, then run commons verify: it puts right what can be, and peers are \
                      asked for the rest";

/// Contributions that are looked at: a tenth of a second.
const SAMPLE: u64 = 500;

/// Bytes of the write-ahead log from which it is worth a word: several times what it is cut to.
const LARGE_LOG_BYTES: u64 = 256 * 1024 * 1024;
