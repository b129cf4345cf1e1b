//! This machine's clock, by what others claim and by what cannot be. No time server is asked: nothing
//! leaves the LAN.

use std::collections::BTreeMap;

use commons_proto::id::Author;

use super::{Findings, Patient};
use crate::store::{Claim, Store};
use crate::when;

/// Looks into it.
pub(super) fn look(patient: &Patient, findings: &mut Findings) {
    let store = Store::open_read_only(&patient.database);
    // A database that cannot be read is a finding of its own.
    let claims = store.and_then(|store| store.latest_claims(CLAIMS)).unwrap_or_default();
    let key = patient.home.existing_author_key().ok().flatten();
    judge(patient.now, &claims, key.map(|key| key.author()), findings);
}

/// What this time is worth beside these claims.
pub(super) fn judge(now: u64, claims: &[Claim], me: Option<Author>, findings: &mut Findings) {
    let shown = when::rfc3339(now);
    if !(EARLIEST..LATEST).contains(&now) {
        findings.problem(
            CHECK,
            format!("it is {shown} by this machine's clock, which cannot be"),
            SET,
        );
        return;
    }
    let mut latest: BTreeMap<Author, u64> = BTreeMap::new();
    for claim in claims {
        let time = latest.entry(claim.author).or_default();
        *time = claim.claimed.max(*time);
    }
    let mine = me.and_then(|me| latest.remove(&me)).unwrap_or_default();
    if let Some(ahead) = mine.checked_sub(now).filter(|ahead| *ahead > TOLERANCE) {
        findings.warning(
            CHECK,
            format!("you have written something {} after now: the clock was set back", span(ahead)),
            SET,
        );
        return;
    }
    let mut ahead: Vec<u64> = latest
        .values()
        .filter_map(|time| time.checked_sub(now))
        .filter(|ahead| *ahead > TOLERANCE)
        .collect();
    ahead.sort_unstable();
    let Some(middle) = ahead.get(ahead.len() / 2).copied() else {
        findings.ok(CHECK, format!("it is {shown}, and nobody's contributions are ahead of that"));
        return;
    };
    if 2 * ahead.len() <= latest.len() {
        let (some, all) = (ahead.len(), latest.len());
        let what = format!(
            "{some} of {all} others have clocks that are ahead of yours ({})",
            span(middle)
        );
        findings.note(
            CHECK,
            what,
            "yours is probably right; the times of theirs are shown as those of receipt",
        );
        return;
    }
    let what = format!("this machine's clock seems to be {} behind: it is {shown}", span(middle));
    if middle > SHOWN_AS_RECEIPT {
        findings.problem(CHECK, what, SET);
    } else {
        findings.warning(CHECK, what, SET);
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

const CHECK: &str = "clock";

const SET: &str = "set the clock, and have it kept right: timedatectl set-ntp true, or the date and \
                   time settings of your system";

/// Contributions whose times are looked at: the latest of a busy day.
const CLAIMS: usize = 2_000;

/// Seconds that clocks may differ without a word: those of laptops that ask a time server differ by
/// far less.
const TOLERANCE: u64 = 120;

/// Seconds from which a time ahead is shown as that of receipt (design, section 3).
const SHOWN_AS_RECEIPT: u64 = 600;

/// The year in which this was written, and one in which nobody uses it: 2026 and 2126.
const EARLIEST: u64 = 1_767_225_600;
const LATEST: u64 = 4_922_899_200;
