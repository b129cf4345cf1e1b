//! What a node makes of bytes, without the node: they are checked as a stranger's are, and what is
//! good goes into a store.

use commons_node::store::{Outcome, Source, Store};
use commons_node::verify::Verifier;
use commons_proto::contribution::{Refusal, Verified};
use commons_proto::id::CommonsId;
use commons_proto::wire::Unchecked;
use tempfile::TempDir;

use super::TIME;

/// A verifier and a store of one commons.
pub struct Desk {
    /// The commons.
    pub commons: CommonsId,
    /// Where everything good is.
    pub store: Store,
    verifier: Verifier,
    directory: TempDir,
}

/// The code of what was good.
pub const GOOD: &str = "good";

impl Desk {
    /// An empty store of the commons with this name.
    ///
    /// # Panics
    /// If no commons has such a name, or nothing can be written here.
    pub fn new(name: &str) -> Self {
        let commons = CommonsId::derive(name, None).expect("a good name");
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = Self::open(&directory, &commons);
        Self { commons, store, verifier: Verifier::new(commons), directory }
    }

    /// The same after a restart: nothing is left but the file.
    #[must_use]
    pub fn restarted(self) -> Self {
        let Self { commons, store, verifier, directory } = self;
        drop((store, verifier));
        let store = Self::open(&directory, &commons);
        Self { commons, store, verifier: Verifier::new(commons), directory }
    }

    fn open(directory: &TempDir, commons: &CommonsId) -> Store {
        Store::open(&directory.path().join("commons.sqlite"), commons).expect("the store opens")
    }

    /// Checks these bytes as those of a stranger.
    pub fn check(&self, bytes: &[u8]) -> Result<Verified, Refusal> {
        let unchecked = Unchecked::new(bytes.to_vec())?;
        self.verifier.check_one(&unchecked).map_err(|(_, refusal)| refusal)
    }

    /// The code by which they are refused, or [`GOOD`].
    pub fn verdict(&self, bytes: &[u8]) -> &'static str {
        code(&self.check(bytes))
    }

    /// The same of many at a time.
    pub fn verdicts(&self, many: &[Vec<u8>]) -> Vec<&'static str> {
        let unchecked: Vec<_> = many.iter().map(|bytes| Unchecked::new(bytes.clone())).collect();
        let whole: Vec<Unchecked> = unchecked.iter().flatten().cloned().collect();
        let mut checked = self.verifier.check(&whole).into_iter();
        let verdict = |one: Result<Unchecked, Refusal>| {
            code(&one.and_then(|_| {
                checked.next().expect("a verdict on each").map_err(|(_, refusal)| refusal)
            }))
        };
        unchecked.into_iter().map(verdict).collect()
    }

    /// Checks these bytes and gives what is good to the store.
    ///
    /// # Panics
    /// If the store cannot be written.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Outcome, Refusal> {
        let verified = self.check(bytes)?;
        let outcomes = self.store.accept(&[verified], TIME, Source::Peer);
        Ok(outcomes.expect("the store can be written").remove(0))
    }

    /// How many contributions the store holds.
    ///
    /// # Panics
    /// If the store cannot be read.
    pub fn count(&self) -> usize {
        self.store.ids().expect("the store can be read").len()
    }

    /// Puts bytes into the file behind the store's back, as if they had once been accepted.
    ///
    /// # Panics
    /// If the store cannot be written.
    pub fn smuggle(&self, forged: &super::Forged, signature: &super::Signature) {
        let file = rusqlite::Connection::open(self.store.path()).expect("the file opens");
        let author = "INSERT OR IGNORE INTO author (key) VALUES (?1)";
        file.execute(author, [forged.author().0]).expect("the author is written");
        let row = "INSERT INTO contribution SELECT (SELECT ifnull(max(seq), 0) + 1 FROM contribution), \
                   ?1, (SELECT ifnull(max(seq), 0) + 1 FROM contribution), \
                   (SELECT number FROM author WHERE key = ?2), 1, ?3, ?4, ?5, ?6";
        let (id, author) = (forged.id().0, forged.author().0);
        let (header, payload) = (forged.header_bytes(), forged.payload_bytes());
        file.execute(row, rusqlite::params![id, author, TIME, header, signature, payload])
            .expect("the row is written");
    }
}

fn code(verdict: &Result<Verified, Refusal>) -> &'static str {
    verdict.as_ref().map_or_else(Refusal::code, |_| GOOD)
}
