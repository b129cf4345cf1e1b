//! A contribution: what one author did to one entry, signed. What lives here are its bytes (strict,
//! deterministic DAG-CBOR), its id and its verification; what it does to an entry is in
//! [`crate::entry`].
//!
//! The types carry the rule that nothing unverified is used: [`Contribution`] is what a stranger
//! sent and shows no payload; only [`Contribution::verify`] and [`Draft::sign`] make a
//! [`Verified`]; only a [`Verified`] goes into a store; what comes back out of the store's log is a
//! [`Record`].

mod draft;

use ipld_core::ipld::Ipld;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

use crate::author::{AdmittedAuthor, AuthorError, SIGNATURE_BYTES};
use crate::cbor::{self, NotCanonical};
use crate::edit::Edit;
use crate::id::{Author, CommonsId, ContributionId, EntryId, PayloadHash};
use crate::kind::Kind;
use crate::limits::{CONTRIBUTION_BYTES, EDITS, HEADER_BYTES, PARENTS, TIME_END};

pub use draft::{Draft, Unsigned};

/// The version of headers and payloads that this code writes and understands.
pub const VERSION: u64 = 1;

/// Random bytes in each payload, which keep a short one from being guessed from its hash.
pub const SALT_BYTES: usize = 16;

/// Why a contribution is refused. A peer that sent it should have checked, and is blamed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not the one encoding of anything we know.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// Over a size limit.
    #[error("a {what} of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A header that contradicts itself.
    #[error("a header {0}")]
    Header(&'static str),
    /// The payload is not the one that the header names.
    #[error("the payload is not the one that the header names")]
    WrongPayload,
    /// More edits than the limit.
    #[error("a payload has at most {EDITS} edits")]
    TooManyEdits,
    /// The author's key is no key.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The signature is not the author's, for this header in this commons.
    #[error("the signature does not verify in this commons")]
    Signature,
}

impl Refusal {
    /// A stable code, which peers and logs may rely on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotCanonical(_) => "not-canonical",
            Self::TooLarge { .. } => "too-large",
            Self::Header(_) => "header",
            Self::WrongPayload => "wrong-payload",
            Self::TooManyEdits => "too-many-edits",
            Self::Author(_) => "author-key",
            Self::Signature => "signature",
        }
    }
}

/// What a contribution is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// It begins an entry of this kind.
    Genesis(Kind),
    /// It changes this entry.
    Entry(EntryId),
}

/// Everything of a contribution that stays when its words are erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version of header and payload.
    pub version: u64,
    /// Whose statement it is.
    pub author: Author,
    /// What it is about.
    pub subject: Subject,
    /// The entry's contributions that the author had seen and that no other one follows: sorted.
    /// None in a genesis.
    pub parents: Vec<ContributionId>,
    /// When, as the author claims: seconds since 1970 UTC. Never used for validity or order.
    pub time: u64,
    /// SHA-256 of the payload.
    pub payload: PayloadHash,
    /// Bytes of the payload.
    pub size: u64,
}

/// What the author did, in the vocabulary of the commons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The edits, in order.
    #[serde(deserialize_with = "few_edits")]
    pub edits: Vec<Edit>,
    /// [`SALT_BYTES`] random bytes.
    salt: ByteBuf,
    /// Why, in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The part of a contribution that can be erased.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The payload.
    Payload(Payload),
    /// A payload that only a newer commons can read.
    Newer,
    /// The author has taken it back; an erasure tells its shape.
    Erased,
}

/// A contribution as a stranger sent it: the bytes are well formed, nothing is verified.
#[derive(Debug, Clone)]
pub struct Contribution(Verified);

/// A contribution whose signature, payload hash and form were checked. While it waits for something
/// it takes hardly more memory than its bytes, whatever they say.
#[derive(Debug, Clone)]
pub struct Verified {
    id: ContributionId,
    parsed: Header,
    header: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
    payload: Option<Vec<u8>>,
}

/// A contribution to compute with, as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// SHA-256 of the header's bytes.
    pub id: ContributionId,
    /// The header.
    pub header: Header,
    /// The content.
    pub content: Content,
}

impl Record {
    /// The entry that it belongs to.
    pub fn entry(&self) -> EntryId {
        entry_of(self.id, &self.header)
    }

    /// The edits: none where the words are erased or only a newer commons can read them.
    pub fn edits(&self) -> &[Edit] {
        match &self.content {
            Content::Payload(payload) => &payload.edits,
            Content::Newer | Content::Erased => &[],
        }
    }

    /// The author's reason, if there is one.
    pub fn summary(&self) -> Option<&str> {
        match &self.content {
            Content::Payload(payload) => payload.summary.as_deref(),
            Content::Newer | Content::Erased => None,
        }
    }

    /// Reads what a log kept: the header's bytes, and the payload's unless it was erased. Hashes
    /// and form are checked, so a damaged row is noticed; the signature was checked on its way in.
    pub fn from_log(header: &[u8], payload: Option<&[u8]>) -> Result<Self, Refusal> {
        let parsed = Header::decode(header)?;
        let content = match payload {
            Some(payload) => decode_payload(&parsed, payload)?,
            None => Content::Erased,
        };
        Ok(Self { id: id_of(header), header: parsed, content })
    }
}

impl Header {
    /// The header that these bytes are the one encoding of.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        check_size("header", bytes.len(), HEADER_BYTES)?;
        let not_canonical = NotCanonical { what: "header" };
        let raw: RawHeader = cbor::read(bytes, "header")?;
        let ours = cbor::encode(&raw);
        if ours != bytes {
            // A newer header may have more fields; all of ours are in it, too.
            let mut fields: BTreeMap<String, Ipld> = cbor::decode(bytes, "header")?;
            fields.retain(|name, _| FIELDS.contains(&name.as_str()));
            if raw.v <= VERSION || cbor::encode(&fields) != ours {
                return Err(not_canonical.into());
            }
        }
        raw.check()
    }

    fn encode(&self) -> Vec<u8> {
        let (kind, open, entry) = match &self.subject {
            Subject::Genesis(kind) => (Some(kind.name().to_owned()), Some(kind.is_open()), None),
            Subject::Entry(entry) => (None, None, Some(*entry)),
        };
        cbor::encode(&RawHeader {
            v: self.version,
            author: self.author,
            kind,
            open,
            entry,
            parents: self.parents.clone(),
            time: self.time,
            payload: self.payload,
            size: self.size,
        })
    }
}

impl Contribution {
    /// Reads the bytes of a stranger. Sizes are checked before memory is spent, the payload's hash
    /// and size against the header.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        check_size("contribution", bytes.len(), CONTRIBUTION_BYTES)?;
        let RawContribution(header, signature, payload) = cbor::decode(bytes, "contribution")?;
        let (header, payload) = (header.into_vec(), payload.map(ByteBuf::into_vec));
        let signature = signature.as_slice().try_into().map_err(|_| Refusal::Signature)?;
        let Record { id, header: parsed, .. } = Record::from_log(&header, payload.as_deref())?;
        Ok(Self(Verified { id, parsed, header, signature, payload }))
    }

    /// SHA-256 of the header's bytes.
    pub fn id(&self) -> ContributionId {
        self.0.id
    }

    /// The header. It is only a claim until the signature is verified.
    pub fn header(&self) -> &Header {
        &self.0.parsed
    }

    /// The entry that it claims to belong to.
    pub fn entry(&self) -> EntryId {
        self.0.entry()
    }

    /// Checks the signature by its author, who must be the admitted one.
    pub fn verify(self, commons: &CommonsId, author: &AdmittedAuthor) -> Result<Verified, Refusal> {
        let verified = self.0;
        let is_author = author.author() == verified.parsed.author;
        let message = signed_message(commons, &verified.header);
        if is_author && author.signed(&message, &verified.signature) {
            Ok(verified)
        } else {
            Err(Refusal::Signature)
        }
    }
}

impl Verified {
    /// The contribution to compute with, read from its bytes.
    pub fn record(&self) -> Record {
        let content = match &self.payload {
            Some(payload) => decode_payload(&self.parsed, payload).expect("it was decoded before"),
            None => Content::Erased,
        };
        Record { id: self.id, header: self.parsed.clone(), content }
    }

    /// SHA-256 of the header's bytes.
    pub fn id(&self) -> ContributionId {
        self.id
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.parsed
    }

    /// The entry that it belongs to.
    pub fn entry(&self) -> EntryId {
        entry_of(self.id, &self.parsed)
    }

    /// The header's bytes, as signed.
    pub fn header_bytes(&self) -> &[u8] {
        &self.header
    }

    /// The signature.
    pub fn signature(&self) -> &[u8; SIGNATURE_BYTES] {
        &self.signature
    }

    /// The payload's bytes, unless they were erased.
    pub fn payload_bytes(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The bytes that go to peers and into bundles.
    pub fn encode(&self) -> Vec<u8> {
        encode_contribution(&self.header, &self.signature, self.payload.as_deref())
    }

    /// The same contribution without its words, as it is kept when its author takes them back.
    pub fn erased(mut self) -> Self {
        self.payload = None;
        self
    }
}

/// The bytes that go to peers and into bundles, from the parts that a log keeps.
pub fn encode_contribution(
    header: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
    payload: Option<&[u8]>,
) -> Vec<u8> {
    cbor::encode(&RawContribution(
        ByteBuf::from(header),
        ByteBuf::from(signature.as_slice()),
        payload.map(ByteBuf::from),
    ))
}

/// The bytes of the parts of a contribution. Nothing is checked in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The header.
    pub header: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The payload, unless it was taken back.
    pub payload: Option<Vec<u8>>,
}

/// Takes the bytes of a contribution apart, as bundles keep them.
pub fn split_contribution(bytes: &[u8]) -> Result<Parts, Refusal> {
    check_size("contribution", bytes.len(), CONTRIBUTION_BYTES)?;
    let RawContribution(header, signature, payload) = cbor::decode(bytes, "contribution")?;
    Ok(Parts {
        header: header.into_vec(),
        signature: signature.into_vec(),
        payload: payload.map(ByteBuf::into_vec),
    })
}

/// The header on the wire. DAG-CBOR orders the keys.
#[derive(Serialize, Deserialize)]
struct RawHeader {
    v: u64,
    author: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<EntryId>,
    parents: Vec<ContributionId>,
    time: u64,
    payload: PayloadHash,
    size: u64,
}

/// The names of the fields of [`RawHeader`].
const FIELDS: [&str; 9] =
    ["v", "author", "kind", "open", "entry", "parents", "time", "payload", "size"];

/// A contribution on the wire: header, signature, payload or null.
#[derive(Serialize, Deserialize)]
struct RawContribution(ByteBuf, ByteBuf, Option<ByteBuf>);

impl RawHeader {
    fn check(self) -> Result<Header, Refusal> {
        let subject = match (self.kind, self.open, self.entry) {
            (Some(name), Some(open), None) => {
                let kind = Kind::new(&name, open).ok_or(Refusal::Header("has no good kind"))?;
                if kind.is_open() != open {
                    return Err(Refusal::Header("says of its kind who may change it, wrongly"));
                }
                Subject::Genesis(kind)
            }
            (None, None, Some(entry)) => Subject::Entry(entry),
            _ => return Err(Refusal::Header("names neither a kind nor an entry, or both")),
        };
        let is_genesis = matches!(subject, Subject::Genesis(_));
        if self.v == 0 {
            return Err(Refusal::Header("has version 0"));
        }
        if is_genesis != self.parents.is_empty() {
            return Err(Refusal::Header("of a genesis has no parents, any other has some"));
        }
        if self.parents.len() > PARENTS {
            return Err(Refusal::Header("has too many parents"));
        }
        if !self.parents.is_sorted_by(|one, next| one < next) {
            return Err(Refusal::Header("has parents that are not sorted and distinct"));
        }
        if self.time >= TIME_END {
            return Err(Refusal::Header("has a time that cannot be"));
        }
        if self.size > CONTRIBUTION_BYTES as u64 {
            return Err(Refusal::Header("claims a payload over the limit"));
        }
        Ok(Header {
            version: self.v,
            author: self.author,
            subject,
            parents: self.parents,
            time: self.time,
            payload: self.payload,
            size: self.size,
        })
    }
}

fn decode_payload(header: &Header, bytes: &[u8]) -> Result<Content, Refusal> {
    check_size("payload", bytes.len(), CONTRIBUTION_BYTES)?;
    if bytes.len() as u64 != header.size || hash_of(bytes) != header.payload {
        return Err(Refusal::WrongPayload);
    }
    if header.version > VERSION {
        cbor::decode::<Ipld>(bytes, "payload")?;
        return Ok(Content::Newer);
    }
    let payload: Payload = cbor::read(bytes, "payload")?;
    if payload.edits.len() > EDITS {
        return Err(Refusal::TooManyEdits);
    }
    if payload.salt.len() != SALT_BYTES || cbor::encode(&payload) != bytes {
        return Err(NotCanonical { what: "payload" }.into());
    }
    Ok(Content::Payload(payload))
}

/// Reads the edits, and of too many no more than it takes to know that.
fn few_edits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Edit>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<Edit>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "at most {EDITS} edits")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Edit>, A::Error> {
            let mut edits = Vec::new();
            while edits.len() <= EDITS {
                let Some(edit) = items.next_element()? else { return Ok(edits) };
                edits.push(edit);
            }
            while items.next_element::<IgnoredAny>()?.is_some() {}
            Ok(edits)
        }
    }

    deserializer.deserialize_seq(Few)
}

fn entry_of(id: ContributionId, header: &Header) -> EntryId {
    match header.subject {
        Subject::Genesis(_) => id.into(),
        Subject::Entry(entry) => entry,
    }
}

fn check_size(what: &'static str, bytes: usize, limit: usize) -> Result<(), Refusal> {
    if bytes > limit { Err(Refusal::TooLarge { what, bytes, limit }) } else { Ok(()) }
}

fn id_of(header: &[u8]) -> ContributionId {
    ContributionId(Sha256::digest(header).into())
}

fn hash_of(payload: &[u8]) -> PayloadHash {
    PayloadHash(Sha256::digest(payload).into())
}

fn signed_message(commons: &CommonsId, header: &[u8]) -> Vec<u8> {
    [SIGNATURE_DOMAIN, commons.as_bytes(), header].concat()
}

/// What a signature of a contribution begins with, so that it is a signature of nothing else.
pub const SIGNATURE_DOMAIN: &[u8] = b"commons/1 contribution\0";

#[cfg(test)]
mod tests;
