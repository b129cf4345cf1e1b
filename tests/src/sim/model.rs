//! The oracle: a set of contributions in a map, and the rules of a commons written down as simply as
//! can be, with no thought of speed and nothing of the store's. What entries show is in `shown.rs`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use commons_proto::contribution::{Content, Record, Subject, Verified};
use commons_proto::edit::{Edit, Shape, ShapeItem};
use commons_proto::id::{Author, CommonsId, ContributionId, EntryId};
use commons_proto::kind::Kind;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// Contributions that a node holds.
pub(super) type Held = BTreeSet<ContributionId>;

/// Everything that anybody ever signed.
pub(super) struct Model {
    commons: CommonsId,
    known: BTreeMap<ContributionId, Known>,
    erasures: BTreeMap<ContributionId, Vec<ContributionId>>,
    /// Signatures that were checked and found good.
    good: RefCell<BTreeSet<(ContributionId, Vec<u8>)>>,
}

/// A contribution, with its words whatever becomes of them.
pub(super) struct Known {
    pub(super) verified: Verified,
    pub(super) record: Record,
    /// Words in it that are nowhere else.
    pub(super) marks: Vec<String>,
}

/// A row of a node's log.
pub(super) struct Row {
    pub(super) id: ContributionId,
    pub(super) header: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) payload: Option<Vec<u8>>,
}

impl Model {
    pub(super) fn new(commons: CommonsId) -> Self {
        Self {
            commons,
            known: BTreeMap::new(),
            erasures: BTreeMap::new(),
            good: RefCell::default(),
        }
    }

    /// Somebody signed this.
    pub(super) fn learn(&mut self, verified: &Verified, marks: Vec<String>) {
        let id = verified.id();
        for edit in verified.record().edits() {
            if let Edit::Erase { target, .. } = edit {
                self.erasures.entry(*target).or_default().push(id);
            }
        }
        let record = verified.record();
        let known = Known { verified: verified.clone(), record, marks };
        self.known.insert(id, known);
    }

    pub(super) fn get(&self, id: &ContributionId) -> Option<&Known> {
        self.known.get(id)
    }

    pub(super) fn record(&self, id: &ContributionId) -> &Record {
        &self.known[id].record
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&ContributionId, &Known)> {
        self.known.iter()
    }

    /// Kind and author of the entry, as its genesis has them.
    pub(super) fn genesis(&self, entry: &EntryId) -> Option<(&Kind, Author)> {
        let record = &self.known.get(&(*entry).into())?.record;
        match &record.header.subject {
            Subject::Genesis(kind) => Some((kind, record.header.author)),
            Subject::Entry(_) => None,
        }
    }

    /// What is left of a contribution, if it is taken back: of the erasures that are held, are by
    /// its author and name it, the one with the smallest id says so.
    pub(super) fn shape(&self, held: &Held, id: &ContributionId) -> Option<Shape> {
        let record = self.record(id);
        if *self.genesis(&record.entry())?.0 == Kind::Erasure {
            return None;
        }
        let erasures = self.erasures.get(id)?.iter().filter(|erasure| {
            let erasure = self.record(erasure);
            held.contains(&erasure.id)
                && erasure.header.author == record.header.author
                && erasure.header.subject == Subject::Genesis(Kind::Erasure)
        });
        let first = self.record(erasures.min()?);
        let shape = first.edits().iter().find_map(|edit| match edit {
            Edit::Erase { target, shape } if target == id => Some(shape.clone()),
            _ => None,
        })?;
        let least = shape.0.iter().fold(0_u64, |sum, item| {
            sum.saturating_add(match item {
                ShapeItem::Operations(count) => *count,
                ShapeItem::Splice(_, _, _, inserted) => *inserted,
            })
        });
        let edits = shape.0.iter().fold(0_u64, |sum, item| {
            sum.saturating_add(match item {
                ShapeItem::Operations(count) => *count,
                ShapeItem::Splice(..) => 1,
            })
        });
        let possible = least <= record.header.size && edits <= 1024;
        Some(if possible { shape } else { Shape::default() })
    }

    /// The words that are taken back: they must be nowhere.
    pub(super) fn gone<'a>(&'a self, held: &'a Held) -> impl Iterator<Item = &'a str> {
        let erased = held.iter().filter(|id| self.shape(held, id).is_some());
        let marks = erased.flat_map(|id| self.known[id].marks.iter().map(String::as_str));
        marks.filter(|mark| !self.is_said(held, mark))
    }

    /// Whether something that stands has this word in it, as when a version was restored; or all
    /// but a few letters at its ends, which other words there may have in common with it.
    fn is_said(&self, held: &Held, mark: &str) -> bool {
        held.iter().any(|id| {
            let payload = self.known[id].verified.payload_bytes().unwrap_or_default();
            contains(payload, &mark.as_bytes()[3..9]) && self.shape(held, id).is_none()
        })
    }

    /// Whether this row may be in a log that holds these: somebody signed it, the words are there
    /// or taken back, its parents are held, and its author may.
    pub(super) fn check(&self, held: &Held, row: &Row) -> Result<(), String> {
        let Some(known) = self.known.get(&row.id) else {
            return Err("nobody wrote it".to_owned());
        };
        self.check_signature(row)?;
        if row.header != known.verified.header_bytes() {
            return Err("its header is another one".to_owned());
        }
        let record = &known.record;
        match (&row.payload, self.shape(held, &row.id)) {
            (None, None) => return Err("its words are gone, and nobody took them back".to_owned()),
            (Some(_), Some(_)) => {
                return Err("its words are there though they are taken back".to_owned());
            }
            (Some(payload), None) if Some(payload.as_slice()) != known.verified.payload_bytes() => {
                return Err("its words are other ones".to_owned());
            }
            _ => {}
        }
        if record.header.parents.iter().any(|parent| !held.contains(parent)) {
            return Err("a parent is not held".to_owned());
        }
        let entry = record.entry();
        if record.header.parents.iter().any(|parent| self.record(parent).entry() != entry) {
            return Err("a parent is of another entry".to_owned());
        }
        let Some((kind, author)) = self.genesis(&entry).filter(|_| held.contains(&entry.into()))
        else {
            return Err("its entry has not begun".to_owned());
        };
        let begins = matches!(record.header.subject, Subject::Genesis(_));
        let may =
            begins || *kind != Kind::Erasure && (kind.is_open() || author == record.header.author);
        if may { Ok(()) } else { Err("its author may not change that entry".to_owned()) }
    }

    /// The signature, without any code of the product.
    fn check_signature(&self, row: &Row) -> Result<(), String> {
        if row.id.0 != <[u8; 32]>::from(Sha256::digest(&row.header)) {
            return Err("it is not what its id says".to_owned());
        }
        let checked = (row.id, row.signature.clone());
        if self.good.borrow().contains(&checked) {
            return Ok(());
        }
        let author = self.record(&row.id).header.author;
        let message =
            [b"commons/1 contribution\0".as_slice(), &self.commons.0, &row.header].concat();
        let key = VerifyingKey::from_bytes(&author.0).map_err(|_| "its author's key is none")?;
        let signature = Signature::from_slice(&row.signature).map_err(|_| "it is not signed")?;
        if key.verify_strict(&message, &signature).is_err() {
            return Err("its signature is wrong".to_owned());
        }
        self.good.borrow_mut().insert(checked);
        Ok(())
    }

    /// The entries that these make up, with their contributions.
    pub(super) fn entries(&self, held: &Held) -> BTreeMap<EntryId, BTreeSet<ContributionId>> {
        let mut entries: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for id in held {
            entries.entry(self.record(id).entry()).or_default().insert(*id);
        }
        entries
    }
}

/// Whether these bytes contain those.
pub(super) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}

/// Whether a contribution still has its words.
pub(super) fn has_words(record: &Record) -> bool {
    record.content != Content::Erased
}
