//! Many ideas at once, straight into a home's store: for the benchmark, and for tests of what only
//! many show. They are the same for each run, written by twenty authors, with a title of 45
//! characters, a body of 150 and two tags. What one person writes with the program is in
//! [`crate::commons`].

use std::time::{SystemTime, UNIX_EPOCH};

use commons_node::home::Home;
use commons_node::store::{Outcome, Source, Store};
use commons_proto::author::AuthorKey;
use commons_proto::contribution::{Draft, SALT_BYTES, Subject, Verified};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::CommonsId;
use commons_proto::kind::Kind;
use fastrand::Rng;
use rayon::prelude::*;

use crate::commons::Person;

/// Signed ideas of one commons.
pub struct Ideas {
    /// Which commons.
    pub commons: CommonsId,
    /// The ideas, in the order in which they are written.
    pub signed: Vec<Verified>,
}

impl Ideas {
    /// So many ideas of the commons with this name, signed on all cores.
    ///
    /// # Panics
    /// If no commons can have this name.
    pub fn new(commons: &str, count: usize) -> Self {
        let commons = CommonsId::derive(commons, None).expect("a good name");
        let signed = (0..count).into_par_iter().map(|number| sign(&commons, number)).collect();
        Self { commons, signed }
    }

    /// Further ideas that are not among these, nor in another round.
    pub fn more(&self, round: usize, count: usize) -> Vec<Verified> {
        let first = self.signed.len() + round * ROUND;
        (first..first + count).map(|number| sign(&self.commons, number)).collect()
    }
}

/// Writes and signs the idea with this number.
///
/// # Panics
/// Never: the ideas are short.
pub fn sign(commons: &CommonsId, number: usize) -> Verified {
    let mut words = Words(Rng::with_seed(number as u64));
    let mut secret = [7; 32];
    secret[0] = (number % AUTHORS) as u8;
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&words.0.u64(..).to_le_bytes());
    let field = |name: &str| name.to_owned();
    let tag = |words: &mut Words| Value::Text(format!("{}-{}", words.word(), words.0.u64(..4)));
    let edits = vec![
        Edit::Set { field: field("title"), value: Some(Value::Text(words.text(TITLE_CHARS))) },
        Edit::Splice { field: field("body"), at: 0, delete: 0, insert: words.text(BODY_CHARS) },
        Edit::Add { field: field("tags"), item: tag(&mut words) },
        Edit::Add { field: field("tags"), item: tag(&mut words) },
    ];
    let subject = Subject::Genesis(Kind::Idea);
    let draft = Draft { subject, parents: Vec::new(), edits, summary: None };
    let time = TIME + number as u64;
    draft.sign(&AuthorKey::from_secret(&secret), commons, time, salt).expect("a short idea")
}

/// The store of a person, made if it is not there.
///
/// # Panics
/// If it cannot be opened.
pub fn store(person: &Person) -> Store {
    let home = Home::open(person.home()).expect("a home can be made");
    home.open_store(person.commons(), None).expect("the store can be opened")
}

/// Takes contributions into a store.
///
/// # Panics
/// If there is no room for them, or one is refused.
pub fn accept(store: &mut Store, batch: &[Verified], source: Source) {
    let outcomes = store.accept(batch, now(), source).expect("the disk has room");
    let new = |outcome: &Outcome| matches!(outcome, Outcome::New { .. });
    assert!(outcomes.iter().all(new), "all are new: {outcomes:?}");
}

/// The time now, in seconds since 1970 UTC.
///
/// # Panics
/// Before 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

/// Words in an order that a number decides.
struct Words(Rng);

impl Words {
    fn word(&mut self) -> &'static str {
        VOCABULARY[self.0.usize(..VOCABULARY.len())]
    }

    /// A text of exactly so many characters.
    fn text(&mut self, chars: usize) -> String {
        let mut text = String::with_capacity(chars + 16);
        while text.len() < chars {
            text.push_str(self.word());
            text.push(' ');
        }
        text.truncate(chars);
        // The last may be a space, which a person would not write.
        if text.ends_with(' ') {
            text.pop();
            text.push('s');
        }
        text
    }
}

/// What the ideas are about.
const VOCABULARY: [&str; 48] = [
    "hand", "hygiene", "bed", "sensor", "waiting", "room", "ward", "nurse", "door", "light",
    "chair", "queue", "letter", "map", "sound", "sleep", "meal", "garden", "family", "visit",
    "record", "chart", "pump", "alarm", "water", "air", "filter", "mask", "glove", "soap",
    "corridor", "lift", "sign", "language", "story", "walk", "balance", "memory", "music",
    "school", "open", "shared", "quiet", "better", "early", "gentle", "simple", "local",
];

/// Characters of a title, as the measurements are defined.
const TITLE_CHARS: usize = 45;

/// Characters of a body, as the measurements are defined.
const BODY_CHARS: usize = 150;

/// Authors who take turns: a hack day's worth of busy people.
const AUTHORS: usize = 20;

/// When the first idea was written: any time in the past will do.
const TIME: u64 = 1_700_000_000;

/// Numbers between the first ideas of two rounds: more than any round has.
const ROUND: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideas_are_as_long_as_they_should_be_and_all_different() {
        let mut words = Words(Rng::with_seed(1));
        assert_eq!(words.text(TITLE_CHARS).chars().count(), TITLE_CHARS);
        let ideas = Ideas::new("testing", 50);
        let mut ids: Vec<_> = ideas.signed.iter().map(Verified::id).collect();
        ids.extend(ideas.more(0, 10).iter().map(Verified::id));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    }
}
