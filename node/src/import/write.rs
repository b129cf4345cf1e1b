//! Signing and storing many entries at once. Each batch is on disk when the next begins, so whoever stops
//! it half-way brings in the rest by doing it again: what is here is known by its source.

use std::collections::{BTreeMap, HashMap};

use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, Refusal, SALT_BYTES, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;
use rayon::prelude::*;

use super::fit::Fitted;
use super::item::{Place, Remark};
use super::source;
use crate::personal::{Personal, personal};
use crate::store::{Outcome, Source, Store, StoreError};

/// Why not everything was written. What was written before stays.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random numbers.
    #[error("the system gives no random numbers: {0}")]
    Entropy(#[from] getrandom::Error),
}

/// What is new here and what is not.
#[derive(Debug, Default)]
pub struct Sorted {
    /// What is to be written.
    pub new: Vec<Fitted>,
    /// How many are here.
    pub known: u64,
    /// How many come more than once; of each the first is taken.
    pub twice: u64,
}

/// What became of what was to be written.
#[derive(Debug, Default)]
pub struct Written {
    /// How many entries are new here.
    pub new: u64,
    /// What could not be written, and why.
    pub skipped: Vec<Remark>,
    /// What was left out of something.
    pub notices: Vec<Remark>,
}

/// Something in an entry that says too much about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where the entry begins.
    pub place: Place,
    /// What it is.
    pub what: Personal,
    /// The words.
    pub words: String,
}

/// Parts what is here already, or comes twice, from what is new. Of what comes twice the first is taken,
/// with the tags of all: a bookmark in two folders is one with the tags of both.
pub fn sort(store: &Store, all: Vec<Fitted>) -> Result<Sorted, StoreError> {
    let mut sorted = Sorted::default();
    let mut by_source: HashMap<(Kind, String), usize> = HashMap::new();
    for fitted in all {
        let key = (fitted.kind.clone(), fitted.source.clone());
        if let Some(at) = by_source.get(&key) {
            if let Some(first) = sorted.new.get_mut(*at) {
                first.add_tags_of(&fitted);
            }
            sorted.twice += 1;
            continue;
        }
        by_source.insert(key, sorted.new.len());
        sorted.new.push(fitted);
    }
    let mut keys: Vec<(&Kind, &str)> = Vec::with_capacity(sorted.new.len());
    keys.extend(sorted.new.iter().map(|fitted| (&fitted.kind, fitted.source.as_str())));
    let here = store.have_sources(&keys)?;
    let mut here = here.into_iter();
    let before = sorted.new.len();
    sorted.new.retain(|_| !here.next().unwrap_or(false));
    sorted.known = (before - sorted.new.len()) as u64;
    Ok(sorted)
}

/// What in these entries says too much about somebody, in their order.
pub fn personal_in(all: &[Fitted]) -> Vec<Found> {
    let in_one = |fitted: &Fitted| -> Vec<Found> {
        let mut found: Vec<(Personal, String)> = Vec::new();
        for edit in fitted.edits() {
            let text = match edit {
                // A UID often ends in `@` and the name of a machine: that is nobody's address.
                Edit::Set { field, value: Some(Value::Text(text)) } if field == "source" => {
                    text.replace('@', " ")
                }
                Edit::Set { value: Some(Value::Text(text)), .. } => text,
                Edit::Add { item: Value::Text(text), .. } => text,
                Edit::Splice { insert, .. } => insert,
                _ => continue,
            };
            found.extend(personal(&text));
        }
        found.extend(personal(&fitted.summary));
        found.sort();
        found.dedup();
        let place = |(what, words)| Found { place: fitted.place.clone(), what, words };
        found.into_iter().map(place).collect()
    };
    all.par_iter().flat_map_iter(in_one).collect()
}

/// Signs these entries and puts them into the store. `now` is the time in seconds since 1970 UTC;
/// `progress` hears how many were looked at.
pub fn write(
    store: &mut Store,
    key: &AuthorKey,
    all: &[Fitted],
    now: u64,
    mut progress: impl FnMut(u64),
) -> Result<Written, WriteError> {
    let mut written = Written::default();
    let mut done = 0;
    // What refers to others comes last: these may be among the first.
    let (plain, referring): (Vec<&Fitted>, Vec<&Fitted>) =
        all.iter().partition(|fitted| fitted.entries.is_empty());
    for some in plain.chunks(AT_ONCE).chain(referring.chunks(AT_ONCE)) {
        let mut edits = Vec::with_capacity(some.len());
        for fitted in some {
            edits.push(with_entries(store, fitted, &mut written.notices)?);
        }
        let mut batch = Vec::with_capacity(some.len());
        let mut places = Vec::with_capacity(some.len());
        for (fitted, signed) in some.iter().zip(sign(store, key, some, edits, now)?) {
            let place = fitted.place.clone();
            match signed {
                Ok(verified) => {
                    batch.push(verified);
                    places.push(place);
                }
                Err(refusal) => written.skipped.push(Remark::new(place, refusal.to_string())),
            }
        }
        for (place, outcome) in places.into_iter().zip(store.accept(&batch, now, Source::Here)?) {
            match outcome {
                Outcome::New { .. } => written.new += 1,
                outcome => {
                    let text = format!("the commons does not take it: {outcome:?}");
                    written.skipped.push(Remark::new(place, text));
                }
            }
        }
        done += some.len() as u64;
        progress(done);
    }
    Ok(written)
}

/// Signs on all cores.
fn sign(
    store: &Store,
    key: &AuthorKey,
    some: &[&Fitted],
    edits: Vec<Vec<Edit>>,
    now: u64,
) -> Result<Vec<Result<Verified, Refusal>>, WriteError> {
    let mut salts = vec![[0; SALT_BYTES]; some.len()];
    getrandom::fill(salts.as_flattened_mut())?;
    let commons = store.commons();
    let signed = some.par_iter().zip(edits).zip(salts).map(|((fitted, edits), salt)| {
        let draft = Draft {
            subject: Subject::Genesis(fitted.kind.clone()),
            parents: Vec::new(),
            edits,
            summary: Some(fitted.summary.clone()),
        };
        draft.sign(key, &commons, now, salt)
    });
    Ok(signed.collect())
}

/// The edits of an entry, with the entries that it refers to by what they are called here: by the same
/// ids, or what was brought in for these.
fn with_entries(
    store: &Store,
    fitted: &Fitted,
    notices: &mut Vec<Remark>,
) -> Result<Vec<Edit>, StoreError> {
    let mut edits = fitted.edits();
    let mut found: BTreeMap<&str, Vec<EntryId>> = BTreeMap::new();
    for (field, targets) in &fitted.entries {
        for target in targets {
            match store.entry_from(&source::of_entry(*target), target)? {
                Some(entry) => found.entry(field).or_default().push(entry),
                None => notices.push(Remark {
                    place: fitted.place.clone(),
                    text: format!(
                        "what it is {field}, {target:.10}, is not here; that is left out"
                    ),
                }),
            }
        }
    }
    for (field, entries) in found {
        let is_set = fitted
            .kind
            .field(field)
            .is_some_and(|field| field.field_type == commons_proto::kind::FieldType::Set);
        for entry in entries {
            let (field, item) = (field.to_owned(), Value::Entry(entry));
            edits.push(match is_set {
                true => Edit::Add { field, item },
                false => Edit::Set { field, value: Some(item) },
            });
        }
    }
    Ok(edits)
}

/// Entries that are signed and committed at a time, as those of a peer.
const AT_ONCE: usize = 1024;
