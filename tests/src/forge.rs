//! Crafted contributions, as bytes: any header and any payload, also such as nobody should write,
//! signed over whatever they are, with any key. What is forged begins as something honest, and one
//! thing of it is changed. Sending them is the affair of [`crate`]'s liar.

use commons_proto::id::{Author, CommonsId, ContributionId, EntryId};
use sha2::{Digest, Sha256};

pub mod cbor;
pub mod desk;
pub mod key;
pub mod malformed;
mod unsound;

pub use desk::Desk;
pub use key::{ForgedKey, Signature, with_large_s};
pub use unsound::{Unsound, unsound};

/// A contribution in the making.
#[derive(Debug, Clone)]
pub struct Forged {
    commons: CommonsId,
    key: ForgedKey,
    /// The keys of the header with the bytes of their values, sorted.
    fields: Vec<(String, Vec<u8>)>,
    /// The header's bytes, if they are not those of the fields.
    header: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
}

impl Forged {
    /// An honest genesis of this kind with these edits.
    pub fn genesis(
        commons: &CommonsId,
        key: &ForgedKey,
        (kind, open): (&str, bool),
        edits: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        Self::new(commons, key)
            .with("kind", cbor::text(kind))
            .with("open", cbor::boolean(open))
            .with("parents", cbor::array([]))
            .edits(edits)
    }

    /// An honest idea with this title.
    pub fn idea(commons: &CommonsId, key: &ForgedKey, title: &str) -> Self {
        Self::genesis(commons, key, ("idea", true), [set("title", title)])
    }

    /// An honest change of an entry, made on top of these.
    pub fn change(
        commons: &CommonsId,
        key: &ForgedKey,
        entry: EntryId,
        parents: &[ContributionId],
        edits: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        Self::new(commons, key)
            .with("entry", cbor::bytes(&entry.0))
            .with("parents", ids(parents))
            .edits(edits)
    }

    fn new(commons: &CommonsId, key: &ForgedKey) -> Self {
        let forged = Self {
            commons: *commons,
            key: key.clone(),
            fields: Vec::new(),
            header: None,
            payload: None,
        };
        forged
            .with("v", cbor::uint(1))
            .with("author", cbor::bytes(&key.author().0))
            .with("time", cbor::uint(TIME))
    }

    /// With this value of a field of the header, as bytes of CBOR.
    #[must_use]
    pub fn with(self, field: &str, value: Vec<u8>) -> Self {
        let mut forged = self.without(field);
        forged.fields.push((field.to_owned(), value));
        forged.fields.sort_by(|(one, _), (other, _)| {
            (one.len(), one.as_str()).cmp(&(other.len(), other.as_str()))
        });
        forged
    }

    /// Without this field of the header.
    #[must_use]
    pub fn without(mut self, field: &str) -> Self {
        self.fields.retain(|(name, _)| name != field);
        self
    }

    /// With these edits, as bytes of CBOR each.
    #[must_use]
    pub fn edits(self, edits: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.payload(payload(edits))
    }

    /// With this payload, of which the header tells size and hash.
    #[must_use]
    pub fn payload(self, payload: Vec<u8>) -> Self {
        let hash = Sha256::digest(&payload);
        let mut forged =
            self.with("payload", cbor::bytes(&hash)).with("size", cbor::uint(payload.len() as u64));
        forged.payload = Some(payload);
        forged
    }

    /// With a payload of which the header knows nothing, or none.
    #[must_use]
    pub fn other_payload(mut self, payload: Option<Vec<u8>>) -> Self {
        self.payload = payload;
        self
    }

    /// With just these bytes for a header.
    #[must_use]
    pub fn header(mut self, header: Vec<u8>) -> Self {
        self.header = Some(header);
        self
    }

    /// In another commons.
    #[must_use]
    pub fn commons(mut self, commons: &CommonsId) -> Self {
        self.commons = *commons;
        self
    }

    /// The fields of the header, in the order in which they stand there.
    pub fn fields(&self) -> Vec<(&str, Vec<u8>)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
    }

    /// The header.
    pub fn header_bytes(&self) -> Vec<u8> {
        self.header.clone().unwrap_or_else(|| cbor::map(self.fields()))
    }

    /// The payload.
    pub fn payload_bytes(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The id: SHA-256 of the header.
    pub fn id(&self) -> ContributionId {
        ContributionId(Sha256::digest(self.header_bytes()).into())
    }

    /// The entry that it begins, if it is a genesis.
    pub fn entry(&self) -> EntryId {
        self.id().into()
    }

    /// Whose statement it says that it is.
    pub fn author(&self) -> Author {
        self.key.author()
    }

    /// The key that signs it.
    pub fn key(&self) -> &ForgedKey {
        &self.key
    }

    /// What a signature is over.
    pub fn message(&self) -> Vec<u8> {
        [b"commons/1 contribution\0".as_slice(), &self.commons.0, &self.header_bytes()].concat()
    }

    /// The contribution, signed.
    pub fn bytes(&self) -> Vec<u8> {
        self.variant(0)
    }

    /// The same contribution with another signature, as valid as any, for each number.
    pub fn variant(&self, number: u64) -> Vec<u8> {
        self.signed(&self.key.sign(&self.message(), number))
    }

    /// The contribution with this signature.
    pub fn signed(&self, signature: &Signature) -> Vec<u8> {
        let payload = self.payload.as_deref().map_or_else(cbor::null, cbor::bytes);
        cbor::array([cbor::bytes(&self.header_bytes()), cbor::bytes(signature), payload])
    }
}

/// A payload with these edits.
pub fn payload(edits: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    cbor::map([("salt", cbor::bytes(&[7; 16])), ("edits", cbor::array(edits))])
}

/// An edit that sets a field.
pub fn set(field: &str, value: &str) -> Vec<u8> {
    cbor::array([cbor::text("set"), cbor::text(field), cbor::text(value)])
}

/// An edit that adds a tag or another item.
pub fn add(field: &str, item: &str) -> Vec<u8> {
    cbor::array([cbor::text("add"), cbor::text(field), cbor::text(item)])
}

/// An edit of prose.
pub fn splice(field: &str, at: u64, delete: u64, insert: &str) -> Vec<u8> {
    let (at, delete) = (cbor::uint(at), cbor::uint(delete));
    cbor::array([cbor::text("splice"), cbor::text(field), at, delete, cbor::text(insert)])
}

/// The ids as they stand in a header, in this order.
pub fn ids(ids: &[ContributionId]) -> Vec<u8> {
    cbor::array(ids.iter().map(|id| cbor::bytes(&id.0)))
}

/// When forged contributions claim to have been made: seconds since 1970 UTC.
pub const TIME: u64 = 1_700_000_000;
