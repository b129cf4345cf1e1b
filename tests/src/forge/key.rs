//! Author keys and signatures with the algebra laid open: keys of small and of mixed order, keys
//! that are encoded otherwise than they should be, as many signatures of one message as one likes,
//! and signatures that some verifiers accept and others refuse.

use commons_proto::id::Author;
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};

/// A signature.
pub type Signature = [u8; 64];

/// A key pair of whatever order.
#[derive(Debug, Clone)]
pub struct ForgedKey {
    scalar: Scalar,
    public: [u8; 32],
}

impl ForgedKey {
    /// The honest key of these 32 secret bytes: the same as an author has of them.
    pub fn honest(secret: &[u8; 32]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&Sha512::digest(secret)[..32]);
        let scalar = Scalar::from_bytes_mod_order(clamp_integer(bytes));
        Self { scalar, public: EdwardsPoint::mul_base(&scalar).compress().0 }
    }

    /// One of the eight keys of small order, 0 to 7: anybody can sign for it.
    pub fn small_order(number: usize) -> Self {
        Self { scalar: Scalar::ZERO, public: EIGHT_TORSION[number].compress().0 }
    }

    /// An honest key to which a point of small order is added, 1 to 7.
    pub fn mixed_order(secret: &[u8; 32], number: usize) -> Self {
        let honest = Self::honest(secret);
        let point = EdwardsPoint::mul_base(&honest.scalar) + EIGHT_TORSION[number];
        Self { scalar: honest.scalar, public: point.compress().0 }
    }

    /// Points of small order in encodings that are not theirs: y as itself plus 2^255 - 19, or with
    /// a sign where there is none.
    pub fn not_canonical() -> Vec<Self> {
        let with = |low: u8, rest: u8, high: u8| {
            let mut public = [rest; 32];
            (public[0], public[31]) = (low, high);
            Self { scalar: Scalar::ZERO, public }
        };
        let mut minus_one = EIGHT_TORSION[4].compress().0;
        minus_one[31] |= 0x80;
        vec![
            with(0xee, 0xff, 0x7f),
            with(0xee, 0xff, 0xff),
            with(0xed, 0xff, 0x7f),
            with(0xed, 0xff, 0xff),
            with(0x01, 0x00, 0x80),
            Self { scalar: Scalar::ZERO, public: minus_one },
        ]
    }

    /// The public half, as it stands in a header.
    pub fn author(&self) -> Author {
        Author(self.public)
    }

    /// Points of large order in encodings that are not theirs. Nobody knows their secret, so nobody
    /// can sign for them. Each has a torsion part: no point of the prime order has two encodings.
    pub fn not_canonical_of_large_order() -> Vec<Self> {
        let mut keys = Vec::new();
        for y in 2..19 {
            let mut public = [0xff; 32];
            (public[0], public[31]) = (0xed + y, 0x7f);
            let point = CompressedEdwardsY(public).decompress();
            if point.is_some_and(|point| !point.is_small_order()) {
                keys.push(Self { scalar: Scalar::ZERO, public });
            }
        }
        keys
    }

    /// A signature that a verifier without cofactor accepts, wherever there is one. Each nonce
    /// gives another.
    pub fn sign(&self, message: &[u8], nonce: u64) -> Signature {
        let tries = (0_u64..256).map(|attempt| self.sign_off(message, nonce << 8 | attempt, 0));
        let mut last = [0; 64];
        for signature in tries {
            if self.author_accepts_single(message, &signature) {
                return signature;
            }
            last = signature;
        }
        last
    }

    /// A signature whose R has a point of small order added, 1 to 7: those who check many at a time
    /// accept it, those who check one do not.
    pub fn sign_off(&self, message: &[u8], nonce: u64, number: usize) -> Signature {
        let digest = Sha512::new()
            .chain_update(b"nonce")
            .chain_update(self.scalar.as_bytes())
            .chain_update(nonce.to_be_bytes())
            .chain_update(message);
        let nonce = Scalar::from_bytes_mod_order_wide(&digest.finalize().into());
        let r = EdwardsPoint::mul_base(&nonce) + EIGHT_TORSION[number];
        self.finish(message, r.compress().0, nonce)
    }

    /// A signature with the neutral point for R, in its encoding or in another one.
    pub fn sign_with_neutral_r(&self, message: &[u8], canonical: bool) -> Signature {
        let mut r = [0; 32];
        r[0] = 1;
        if !canonical {
            r = Self::not_canonical()[0].public;
        }
        self.finish(message, r, Scalar::ZERO)
    }

    fn finish(&self, message: &[u8], r: [u8; 32], nonce: Scalar) -> Signature {
        let s = nonce + challenge(&r, &self.public, message) * self.scalar;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(s.as_bytes());
        signature
    }

    /// Whether the equation without cofactor holds, as one that checks no more than that would say.
    pub fn author_accepts_single(&self, message: &[u8], signature: &Signature) -> bool {
        self.difference(message, signature).is_some_and(|difference| difference.is_identity())
    }

    /// Whether the equation with cofactor holds, by which many signatures are checked at a time.
    pub fn author_accepts_bulk(&self, message: &[u8], signature: &Signature) -> bool {
        self.difference(message, signature)
            .is_some_and(|difference| difference.mul_by_cofactor().is_identity())
    }

    /// S·B - R - k·A.
    fn difference(&self, message: &[u8], signature: &Signature) -> Option<EdwardsPoint> {
        let (r, s) = signature.split_at(32);
        let r: [u8; 32] = r.try_into().ok()?;
        let s = Scalar::from_bytes_mod_order(s.try_into().ok()?);
        let key = CompressedEdwardsY(self.public).decompress()?;
        let k = challenge(&r, &self.public, message);
        Some(EdwardsPoint::mul_base(&s) - CompressedEdwardsY(r).decompress()? - key * k)
    }
}

/// The same signature with the order of the group added to S: it fits, and RFC 8032 forbids it.
pub fn with_large_s(mut signature: Signature) -> Signature {
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

fn challenge(r: &[u8; 32], public: &[u8; 32], message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(public).chain_update(message);
    Scalar::from_bytes_mod_order_wide(&digest.finalize().into())
}

/// The order of the group, 2^252 + 27742317777372353535851937790883648493, little-endian. Source:
/// RFC 8032, section 5.1.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

#[cfg(test)]
mod tests {
    use super::*;
    use commons_proto::author::AuthorKey;

    #[test]
    fn an_honest_key_is_the_authors_and_its_signatures_hold() {
        let key = ForgedKey::honest(&[3; 32]);
        assert_eq!(key.author(), AuthorKey::from_secret(&[3; 32]).author());
        let (one, other) = (key.sign(b"beds", 1), key.sign(b"beds", 2));
        assert_ne!(one, other);
        for signature in [one, other, with_large_s(one)] {
            assert!(key.author_accepts_single(b"beds", &signature));
        }
        assert!(!key.author_accepts_single(b"doors", &one));
    }

    #[test]
    fn a_forged_signature_is_accepted_by_those_whom_it_is_made_for() {
        let honest = ForgedKey::honest(&[3; 32]);
        let off = honest.sign_off(b"beds", 1, 1);
        assert!(honest.author_accepts_bulk(b"beds", &off));
        assert!(!honest.author_accepts_single(b"beds", &off));
        for number in 1..8 {
            for key in [ForgedKey::small_order(number), ForgedKey::mixed_order(&[3; 32], number)] {
                assert!(key.author_accepts_single(b"beds", &key.sign(b"beds", 1)));
            }
        }
        assert_eq!(ForgedKey::not_canonical_of_large_order().len(), 10);
        for key in ForgedKey::not_canonical() {
            assert!(key.author_accepts_bulk(b"beds", &key.sign(b"beds", 1)));
        }
    }
}
