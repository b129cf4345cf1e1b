//! What an author wants to say: a draft, and how it becomes a contribution. Either the key is here
//! and signs it, or it is elsewhere, as in a guest's browser, and is given the message to sign.

use serde_bytes::ByteBuf;

use super::{
    Contribution, Header, Payload, Refusal, SALT_BYTES, Subject, VERSION, Verified,
    encode_contribution, hash_of, signed_message,
};
use crate::author::{AuthorKey, SIGNATURE_BYTES};
use crate::cbor;
use crate::edit::Edit;
use crate::id::{Author, CommonsId, ContributionId};
use crate::limits::{PARENTS, TIME_END};

/// What an author wants to say, before it is signed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is about.
    pub subject: Subject,
    /// The heads that the author sees, in any order; of more than [`PARENTS`] the first are taken.
    pub parents: Vec<ContributionId>,
    /// What is done.
    pub edits: Vec<Edit>,
    /// Why, in a line.
    pub summary: Option<String>,
}

/// A contribution that lacks nothing but its author's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    header: Vec<u8>,
    payload: Vec<u8>,
    message: Vec<u8>,
}

impl Draft {
    /// Signs the draft: `time` in seconds since 1970 UTC, `salt` from the caller's entropy.
    pub fn sign(
        self,
        key: &AuthorKey,
        commons: &CommonsId,
        time: u64,
        salt: [u8; SALT_BYTES],
    ) -> Result<Verified, Refusal> {
        let unsigned = self.prepare(&key.author(), commons, time, salt);
        Ok(unsigned.signed(&key.sign(&unsigned.message))?.0)
    }

    /// The contribution that this author is to sign, who has the key elsewhere. What nobody would
    /// accept is refused before anybody signs it.
    pub fn unsigned(
        self,
        author: &Author,
        commons: &CommonsId,
        time: u64,
        salt: [u8; SALT_BYTES],
    ) -> Result<Unsigned, Refusal> {
        author.admit()?;
        let unsigned = self.prepare(author, commons, time, salt);
        unsigned.signed(&[0; SIGNATURE_BYTES])?;
        Ok(unsigned)
    }

    fn prepare(
        mut self,
        author: &Author,
        commons: &CommonsId,
        time: u64,
        salt: [u8; SALT_BYTES],
    ) -> Unsigned {
        self.parents.sort_unstable();
        self.parents.dedup();
        self.parents.truncate(PARENTS);
        let payload = cbor::encode(&Payload {
            edits: self.edits,
            salt: ByteBuf::from(salt.to_vec()),
            summary: self.summary.filter(|summary| !summary.trim().is_empty()),
        });
        let header = Header {
            version: VERSION,
            author: *author,
            subject: self.subject,
            parents: self.parents,
            time: time.min(TIME_END - 1),
            payload: hash_of(&payload),
            size: payload.len() as u64,
        };
        let header = header.encode();
        Unsigned { message: signed_message(commons, &header), header, payload }
    }
}

impl Unsigned {
    /// The header's bytes.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// What is to be signed, as ed25519 signs it (RFC 8032, without a hash before).
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The contribution with this signature, which remains to be verified.
    pub fn signed(&self, signature: &[u8; SIGNATURE_BYTES]) -> Result<Contribution, Refusal> {
        Contribution::decode(&encode_contribution(&self.header, signature, Some(&self.payload)))
    }
}
