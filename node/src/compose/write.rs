//! Signing a draft and putting it into the store, for whoever has the author's key at hand.

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Verified};

use super::Refused;
use crate::store::{Outcome, Source, Store};

/// Signs a draft and puts it into the store, safely on disk when this returns. `now` is the time in
/// seconds since 1970 UTC.
pub fn write(
    store: &mut Store,
    key: &AuthorKey,
    draft: Draft,
    now: u64,
) -> Result<Verified, Refused> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt)?;
    let verified = draft.sign(key, &store.commons(), now, salt)?;
    let outcomes = store.accept(std::slice::from_ref(&verified), now, Source::Here)?;
    match outcomes.first() {
        Some(Outcome::New { .. } | Outcome::Known) => Ok(verified),
        Some(Outcome::Refused(reason)) => Err(Refused::NotTaken(reason)),
        outcome => Err(Refused::NotKept(format!("{outcome:?}"))),
    }
}
