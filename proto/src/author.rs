//! Author keys: ed25519, made by their owner and held in the home directory. What lives here is
//! signing, the admission of a claimed key, and how a key is named. Where keys are stored is the
//! node's affair.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use std::fmt;

use crate::id::Author;

/// Bytes of an ed25519 signature.
pub const SIGNATURE_BYTES: usize = 64;

/// The multicodec prefix of an ed25519 public key, for `did:key`.
/// Source: the did:key method specification, W3C Credentials Community Group.
const ED25519_MULTICODEC: [u8; 2] = [0xed, 0x01];

/// Why a claimed key is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorError {
    /// The bytes are no point of the curve, or not its one encoding.
    #[error("the author key is not a canonical ed25519 point")]
    NotCanonical,
    /// A point of small order: anybody can make signatures that it accepts.
    #[error("the author key is weak")]
    Weak,
    /// A point with a torsion part: whether it verifies depends on how one checks.
    #[error("the author key has a torsion part")]
    Torsion,
}

/// A secret author key. Its `Debug` shows only the public half.
pub struct AuthorKey(SigningKey);

impl AuthorKey {
    /// The key made from 32 secret bytes, which come from the caller's source of entropy.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The 32 secret bytes, for the key file and nothing else.
    pub fn secret(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn author(&self) -> Author {
        Author(self.0.verifying_key().to_bytes())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for AuthorKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "AuthorKey({:?})", self.author())
    }
}

/// An author whose key was admitted: canonical, not weak, no torsion part. Admission costs about
/// as much as checking a signature, so callers keep it.
#[derive(Debug, Clone)]
pub struct AdmittedAuthor(VerifyingKey);

impl AdmittedAuthor {
    /// Which author this is.
    pub fn author(&self) -> Author {
        Author(self.0.to_bytes())
    }

    /// Whether the signature is this author's, by the strict rule of RFC 8032 without cofactor,
    /// which gives the same verdict on every node.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl Author {
    /// Checks the key itself, once for any number of signatures.
    pub fn admit(&self) -> Result<AdmittedAuthor, AuthorError> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| AuthorError::NotCanonical)?;
        let point = key.to_edwards();
        if point.compress().0 != self.0 {
            return Err(AuthorError::NotCanonical);
        }
        if key.is_weak() {
            return Err(AuthorError::Weak);
        }
        if !point.is_torsion_free() {
            return Err(AuthorError::Torsion);
        }
        Ok(AdmittedAuthor(key))
    }

    /// The author as a `did:key`, the form that other tools read.
    pub fn did(&self) -> String {
        let mut bytes = ED25519_MULTICODEC.to_vec();
        bytes.extend_from_slice(&self.0);
        format!("did:key:z{}", bs58::encode(bytes).into_string())
    }

    /// The author that a `did:key` names, if it is one of an ed25519 key.
    pub fn from_did(text: &str) -> Option<Self> {
        let bytes = bs58::decode(text.strip_prefix("did:key:z")?).into_vec().ok()?;
        let key = bytes.strip_prefix(&ED25519_MULTICODEC)?;
        key.try_into().ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::EIGHT_TORSION;
    use curve25519_dalek::edwards::CompressedEdwardsY;

    fn key(seed: u8) -> AuthorKey {
        AuthorKey::from_secret(&[seed; 32])
    }

    #[test]
    fn an_ordinary_key_is_admitted_and_its_signature_holds() {
        let admitted = key(1).author().admit().expect("an ordinary key");
        let signature = key(1).sign(b"hand hygiene");
        assert!(admitted.signed(b"hand hygiene", &signature));
        assert!(!admitted.signed(b"bed sensors", &signature));
    }

    #[test]
    fn weak_keys_are_refused() {
        for point in EIGHT_TORSION {
            let refusal = Author(point.compress().0).admit().expect_err("a weak key");
            assert_eq!(refusal, AuthorError::Weak);
        }
    }

    #[test]
    fn keys_with_a_torsion_part_are_refused() {
        let honest = CompressedEdwardsY(key(1).author().0).decompress().expect("a point");
        let mixed = (honest + EIGHT_TORSION[1]).compress();
        assert_eq!(Author(mixed.0).admit().expect_err("mixed order"), AuthorError::Torsion);
    }

    #[test]
    fn keys_that_are_not_canonical_are_refused() {
        // y = p + 3 is the same field element as y = 3.
        let mut bytes = [0xff; 32];
        bytes[0] = 0xf0;
        bytes[31] = 0x7f;
        assert_eq!(Author(bytes).admit().expect_err("y is not reduced"), AuthorError::NotCanonical);
        assert!(Author([2; 32]).admit().is_err());
    }

    #[test]
    fn a_did_names_its_author_and_nothing_else() {
        let author = key(7).author();
        assert!(author.did().starts_with("did:key:z6Mk"));
        assert_eq!(Author::from_did(&author.did()), Some(author));
        assert_eq!(Author::from_did("did:key:zabc"), None);
        assert_eq!(Author::from_did("did:web:example"), None);
    }
}
