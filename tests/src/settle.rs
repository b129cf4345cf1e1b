//! Waiting until people hold the same: equal fingerprints, and then equal lists.

use std::time::Duration;

use serde_json::Value;

use crate::commons::Person;
use crate::wait;

/// Waits until all hold the same number of contributions under the same fingerprint, and compares
/// what `list --json` prints for each of them. Gives the number of contributions.
///
/// # Panics
/// If they do not settle, or settle and see different things.
#[track_caller]
pub fn settle(people: &[&Person]) -> u64 {
    settle_within(wait::PATIENCE, people)
}

/// As [`settle`], and the number of contributions must be this one.
///
/// # Panics
/// As [`settle`], or if the number is another.
#[track_caller]
pub fn settled(people: &[&Person], contributions: u64) {
    assert_eq!(settle(people), contributions, "they settled, but not on everything");
}

/// As [`settle`], with a patience of its own for what is slow by design.
#[track_caller]
pub fn settle_within(patience: Duration, people: &[&Person]) -> u64 {
    let (first, others) = people.split_first().expect("somebody settles");
    let count = wait::until_within(patience, "everybody to hold the same", || {
        let expected = holding(first);
        for person in others {
            let held = holding(person);
            if held != expected {
                let (one, other) = (first.name(), person.name());
                return Err(format!("{one} {expected:?}, {other} {held:?}"));
            }
        }
        Ok(expected.1)
    });
    let expected = first.list();
    for person in others {
        let list = person.list();
        assert_eq!(list, expected, "{} and {} hold the same", first.name(), person.name());
    }
    count
}

/// A person's fingerprint and number of contributions.
#[track_caller]
fn holding(person: &Person) -> (String, u64) {
    let status = person.status();
    let fingerprint = status["fingerprint"].as_str().map(str::to_owned);
    let count = status["contributions"].as_u64();
    match (fingerprint, count) {
        (Some(fingerprint), Some(count)) => (fingerprint, count),
        _ => panic!("no fingerprint and count in {status}", status = Value::to_string(&status)),
    }
}
