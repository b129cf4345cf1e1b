//! Bundles: signed contributions in a file, to be carried by hand. A bundle is a CAR file, so that any
//! IPLD tool can list it. What is read is a stranger's: it is verified like what comes from a peer.
//!
//! Each contribution has three blocks of DAG-CBOR: its header, whose CID is the contribution's id; its
//! payload, unless that was taken back; and an envelope `{header, payload, signature}` that links to
//! both. Above the envelopes stands a tree of arrays of links, up to the root of the archive. Nothing
//! comes before what it follows, and a set of contributions has one order, so it makes one file.

mod car;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, SeekFrom, Write};

use commons_proto::contribution::{Parts, Verified, encode_contribution, split_contribution};
use commons_proto::id::ContributionId;
use commons_proto::replica::Outcome;
use commons_proto::wire::Unchecked;
use ipld_core::cid::Cid;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use crate::store::{ServedRow, Source, Store, StoreError};
use crate::verify::Verifier;

pub use car::CarError;

use car::{Blocks, cid_of, header, write};

/// Why a bundle was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file.
    #[error(transparent)]
    Car(#[from] CarError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of the contributions of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many were new.
    pub new: u64,
    /// How many were here.
    pub known: u64,
    /// How many wait for others that are neither here nor in the bundle; they were not taken.
    pub waiting: u64,
    /// Those that do not verify, or that the commons does not take, with the reason.
    pub refused: Vec<(ContributionId, String)>,
}

/// Writes these contributions in this order, which is that of [`Store::ids_to_carry`]; says how many.
/// Before those whose words were taken back go the erasures that did it.
pub fn write_bundle(
    store: &Store,
    ids: &[ContributionId],
    out: &mut (impl Write + Seek),
) -> Result<u64, BundleError> {
    let start = out.stream_position().map_err(CarError::from)?;
    let io = |error: io::Error| BundleError::from(CarError::from(error));
    // The root is known in the end, and a header is as long with any other.
    out.write_all(&header(cid_of(&[]))).map_err(io)?;
    let mut written = HashSet::new();
    let mut links = Vec::new();
    for some in ids.chunks(READ_AT_ONCE) {
        let places: HashMap<&ContributionId, usize> =
            some.iter().enumerate().map(|(place, id)| (id, place)).collect();
        let mut rows = store.serve(some)?.rows;
        // What was not asked for are erasures, and come first.
        rows.sort_by_key(|row| (places.get(&row.id).copied(), row.id));
        for ServedRow { bytes, .. } in rows {
            let Parts { header, signature, payload } = split_contribution(&bytes)
                .expect("what the store gives was taken in as a contribution");
            if !written.insert(Sha256::digest(&header)) {
                continue;
            }
            let header = write(out, &header).map_err(io)?;
            let payload = payload.map(|payload| write(out, &payload)).transpose().map_err(io)?;
            let signature = ByteBuf::from(signature);
            let envelope = Envelope { header, payload, signature };
            links.push(write(out, &commons_proto::cbor::encode(&envelope)).map_err(io)?);
        }
    }
    let root = write_tree(out, links).map_err(io)?;
    let end = out.stream_position().map_err(io)?;
    out.seek(SeekFrom::Start(start)).map_err(io)?;
    out.write_all(&header(root)).map_err(io)?;
    out.seek(SeekFrom::Start(end)).map_err(io)?;
    out.flush().map_err(io)?;
    Ok(written.len() as u64)
}

/// Takes in what a bundle holds; `received` is the time in seconds since 1970 UTC. What was taken in
/// stays, also when an error comes later. `progress` hears how many contributions were read.
pub fn read_bundle(
    store: &mut Store,
    input: impl Read,
    received: u64,
    mut progress: impl FnMut(u64),
) -> Result<Imported, BundleError> {
    let verifier = Verifier::new(store.commons());
    let mut imported = Imported::default();
    let mut waiting: Vec<Verified> = Vec::new();
    let mut batch = Vec::new();
    let mut read = 0;
    for contribution in Contributions::new(input)? {
        batch.push(contribution?);
        read += 1;
        if batch.len() == TAKEN_AT_ONCE {
            take(store, &verifier, &mut batch, received, &mut imported, &mut waiting)?;
            progress(read);
        }
    }
    take(store, &verifier, &mut batch, received, &mut imported, &mut waiting)?;
    progress(read);
    // Another program may have put them into another order.
    while !waiting.is_empty() {
        let before = waiting.len();
        let again = std::mem::take(&mut waiting);
        accept(store, again, received, &mut imported, &mut waiting)?;
        if waiting.len() == before {
            break;
        }
    }
    imported.waiting = waiting.len() as u64;
    Ok(imported)
}

/// What [`read_bundle`] would do, as far as that can be told without doing it: what follows something that
/// is neither here nor in the bundle counts as new.
pub fn look_into(store: &Store, input: impl Read) -> Result<Imported, BundleError> {
    let verifier = Verifier::new(store.commons());
    let mut imported = Imported::default();
    let mut seen = HashSet::new();
    for contribution in Contributions::new(input)? {
        let bytes = contribution?;
        let id = split_contribution(&bytes)
            .map_or(ContributionId([0; 32]), |parts| id_of(&parts.header));
        let checked = Unchecked::new(bytes).map_err(|refusal| (id, refusal));
        match checked.and_then(|contribution| verifier.check_one(&contribution)) {
            Err((id, refusal)) => imported.refused.push((id, refusal.to_string())),
            Ok(_) if !seen.insert(id) => {}
            Ok(_) if store.holds(&id)? => imported.known += 1,
            Ok(_) => imported.new += 1,
        }
    }
    Ok(imported)
}

/// Verifies a batch and takes it in.
fn take(
    store: &mut Store,
    verifier: &Verifier,
    batch: &mut Vec<Vec<u8>>,
    received: u64,
    imported: &mut Imported,
    waiting: &mut Vec<Verified>,
) -> Result<(), StoreError> {
    let mut unchecked = Vec::with_capacity(batch.len());
    for bytes in batch.drain(..) {
        let id = split_contribution(&bytes)
            .map_or(ContributionId([0; 32]), |parts| id_of(&parts.header));
        match Unchecked::new(bytes) {
            Ok(contribution) => unchecked.push(contribution),
            Err(refusal) => imported.refused.push((id, refusal.to_string())),
        }
    }
    let mut verified = Vec::with_capacity(unchecked.len());
    for verdict in verifier.check(&unchecked) {
        match verdict {
            Ok(contribution) => verified.push(contribution),
            Err((id, refusal)) => imported.refused.push((id, refusal.to_string())),
        }
    }
    accept(store, verified, received, imported, waiting)
}

fn accept(
    store: &mut Store,
    batch: Vec<Verified>,
    received: u64,
    imported: &mut Imported,
    waiting: &mut Vec<Verified>,
) -> Result<(), StoreError> {
    let outcomes = store.accept(&batch, received, Source::Peer)?;
    for (contribution, outcome) in batch.into_iter().zip(outcomes) {
        match outcome {
            Outcome::New { .. } => imported.new += 1,
            Outcome::Known => imported.known += 1,
            Outcome::MissingParents(_) | Outcome::ErasedWithoutErasure | Outcome::Unstored => {
                waiting.push(contribution);
            }
            Outcome::Refused(reason) => {
                imported.refused.push((contribution.id(), reason.to_owned()));
            }
        }
    }
    Ok(())
}

/// The contributions of a bundle, as their bytes on the wire, each when its blocks are complete.
pub(crate) struct Contributions<R> {
    blocks: Blocks<R>,
    /// Blocks that no envelope has asked for yet.
    loose: HashMap<Cid, Vec<u8>>,
    loose_bytes: usize,
    /// Envelopes that came before their blocks, by each block that they lack.
    open: HashMap<Cid, Envelope>,
}

impl<R: Read> Contributions<R> {
    pub(crate) fn new(input: R) -> Result<Self, CarError> {
        let blocks = Blocks::new(input)?;
        Ok(Self { blocks, loose: HashMap::new(), loose_bytes: 0, open: HashMap::new() })
    }

    fn put(&mut self, cid: Cid, block: Vec<u8>) {
        // Trees of links and foreign blocks would gather: what no envelope asks for soon, is let go.
        if self.loose_bytes + block.len() > LOOSE_BYTES {
            self.loose.clear();
            self.loose_bytes = 0;
        }
        self.loose_bytes += block.len();
        self.loose.insert(cid, block);
    }

    /// The contribution in an envelope, if its blocks are here; else it waits for them.
    fn complete(&mut self, envelope: Envelope) -> Result<Option<Vec<u8>>, CarError> {
        let parts = || std::iter::once(&envelope.header).chain(&envelope.payload);
        if let Some(lacking) = parts().find(|part| !self.loose.contains_key(*part)) {
            if self.open.len() >= OPEN {
                return Err(CarError::Incomplete);
            }
            self.open.insert(*lacking, envelope);
            return Ok(None);
        }
        let mut take = |part: &Cid| {
            let block = self.loose.remove(part).unwrap_or_default();
            self.loose_bytes -= block.len();
            block
        };
        let header = take(&envelope.header);
        let payload = envelope.payload.as_ref().map(&mut take);
        let signature =
            envelope.signature.as_slice().try_into().map_err(|_| CarError::Incomplete)?;
        Ok(Some(encode_contribution(&header, signature, payload.as_deref())))
    }

    /// The contribution that this block makes complete, if it does.
    fn add(&mut self, cid: Cid, block: Vec<u8>) -> Result<Option<Vec<u8>>, CarError> {
        match Envelope::decode(&block) {
            Some(envelope) => self.complete(envelope),
            None => {
                self.put(cid, block);
                self.open.remove(&cid).map_or(Ok(None), |envelope| self.complete(envelope))
            }
        }
    }
}

impl<R: Read> Iterator for Contributions<R> {
    type Item = Result<Vec<u8>, CarError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(block) = self.blocks.next() else {
                let all_complete = self.open.is_empty();
                self.open.clear();
                return (!all_complete).then_some(Err(CarError::Incomplete));
            };
            match block.and_then(|(cid, block)| self.add(cid, block)) {
                Ok(None) => {}
                Ok(Some(contribution)) => return Some(Ok(contribution)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// A contribution in a bundle. DAG-CBOR orders the keys.
#[derive(Serialize, Deserialize)]
struct Envelope {
    header: Cid,
    payload: Option<Cid>,
    signature: ByteBuf,
}

impl Envelope {
    /// The envelope that this block is, if it is one.
    fn decode(block: &[u8]) -> Option<Self> {
        if block.len() > ENVELOPE_BYTES {
            return None;
        }
        serde_ipld_dagcbor::from_slice(block).ok()
    }
}

/// Writes arrays of links, and arrays of links to these, until there is one.
fn write_tree(out: &mut impl Write, mut links: Vec<Cid>) -> io::Result<Cid> {
    loop {
        let mut above = Vec::new();
        for some in links.chunks(LINKS) {
            above.push(write(out, &commons_proto::cbor::encode(&some))?);
        }
        match above.as_slice() {
            [] => return write(out, &commons_proto::cbor::encode(&Vec::<Cid>::new())),
            [root] => return Ok(*root),
            _ => links = above,
        }
    }
}

fn id_of(header: &[u8]) -> ContributionId {
    ContributionId(Sha256::digest(header).into())
}

/// Contributions that are read from the store at a time: a few MB at most.
const READ_AT_ONCE: usize = 256;

/// Contributions that are verified and committed at a time, as those of a peer.
const TAKEN_AT_ONCE: usize = 1024;

/// Bytes of an envelope at most: two links of 41, a signature of 64, and the names.
const ENVELOPE_BYTES: usize = 256;

/// Links in one array: 41 kB, far below what other programs take for a block.
const LINKS: usize = 1000;

/// Envelopes that wait for their blocks at most.
const OPEN: usize = 65_536;

/// Bytes of blocks that wait for their envelope at most.
const LOOSE_BYTES: usize = 64 * 1024 * 1024;
