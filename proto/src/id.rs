//! The 32-byte names of things. Each is its own type, with one way to show it (lower-case base32
//! without padding) and one to parse it; any unique prefix of the shown form may be typed.

use std::fmt;
use std::str::FromStr;

use data_encoding::{Encoding, Specification};
use serde::{Deserialize, Serialize, de};
use std::sync::LazyLock;

/// Characters of an id shown in full: 256 bits in base32.
pub const SHOWN_CHARS: usize = 52;

/// The fewest characters that a shortened id has.
pub const SHORT_CHARS: usize = 6;

/// Why a text is not an id or a prefix of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A character outside a-z and 2-7.
    #[error("an id has only the letters a-z and the digits 2-7")]
    Alphabet,
    /// Longer than an id, or shorter where a whole one is needed, or empty.
    #[error("a whole id has {SHOWN_CHARS} characters")]
    Length,
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The 32 bytes.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&show(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}", &show(&self.0)[..10])
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_bytes(Bytes32).map(Self)
            }
        }
    };
}

id_type!(
    /// SHA-256 of a contribution's header.
    ContributionId
);
id_type!(
    /// The id of an entry's first contribution, its genesis.
    EntryId
);
id_type!(
    /// SHA-256 of a payload's bytes.
    PayloadHash
);
id_type!(
    /// The hash of a node of the tree of ids; that of the root is a commons's fingerprint.
    TreeHash
);
id_type!(
    /// Which commons: see [`crate::commons`]. Never sent in clear.
    CommonsId
);
id_type!(
    /// An author's ed25519 public key, as claimed; [`crate::author`] admits it.
    Author
);

impl From<ContributionId> for EntryId {
    fn from(genesis: ContributionId) -> Self {
        Self(genesis.0)
    }
}

impl From<EntryId> for ContributionId {
    fn from(entry: EntryId) -> Self {
        Self(entry.0)
    }
}

/// What a person typed for an id: a prefix of its shown form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPrefix {
    typed: String,
    low: [u8; 32],
    high: [u8; 32],
}

impl IdPrefix {
    /// The prefix as typed, in lower case.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// The first and the last 32 bytes that start with this prefix.
    pub fn range(&self) -> (&[u8; 32], &[u8; 32]) {
        (&self.low, &self.high)
    }
}

impl FromStr for IdPrefix {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let typed = text.trim().to_ascii_lowercase();
        if typed.is_empty() || typed.len() > SHOWN_CHARS {
            return Err(IdError::Length);
        }
        let (mut low, mut high) = ([0; 32], [0xff; 32]);
        for (place, letter) in typed.bytes().enumerate() {
            let value = match letter {
                b'a'..=b'z' => letter - b'a',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => return Err(IdError::Alphabet),
            };
            for bit in 0..5 {
                let at = place * 5 + bit;
                if at >= 256 {
                    break;
                }
                let mask = 0x80 >> (at % 8);
                if value & (0x10 >> bit) == 0 {
                    high[at / 8] &= !mask;
                } else {
                    low[at / 8] |= mask;
                }
            }
        }
        Ok(Self { typed, low, high })
    }
}

/// How many leading characters the shown forms of two ids share.
pub fn shared_chars(one: &[u8; 32], other: &[u8; 32]) -> usize {
    let bits = one
        .iter()
        .zip(other)
        .position(|(a, b)| a != b)
        .map_or(256, |at| at * 8 + (one[at] ^ other[at]).leading_zeros() as usize);
    bits / 5
}

/// Lower-case base32 without padding (RFC 4648), as in CIDs.
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().expect("32 distinct symbols are an encoding")
});

fn show(bytes: &[u8; 32]) -> String {
    BASE32.encode(bytes)
}

fn parse(text: &str) -> Result<[u8; 32], IdError> {
    if text.len() != SHOWN_CHARS {
        return Err(IdError::Length);
    }
    let bytes = BASE32.decode(text.as_bytes()).map_err(|_| IdError::Alphabet)?;
    bytes.try_into().map_err(|_| IdError::Length)
}

/// Reads exactly 32 bytes.
struct Bytes32;

impl de::Visitor<'_> for Bytes32 {
    type Value = [u8; 32];

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("32 bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<[u8; 32], E> {
        bytes.try_into().map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shown_ids_parse_back(bytes: [u8; 32]) {
            let id = EntryId(bytes);
            prop_assert_eq!(id.to_string().parse::<EntryId>(), Ok(id));
        }

        #[test]
        fn a_prefix_spans_exactly_what_it_starts(bytes: [u8; 32], other: [u8; 32], length in 1..=SHOWN_CHARS) {
            let shown = EntryId(bytes).to_string();
            let prefix: IdPrefix = shown[..length].parse().expect("a shown prefix parses");
            let within = |id: &[u8; 32]| prefix.range().0 <= id && id <= prefix.range().1;
            prop_assert!(within(&bytes));
            prop_assert_eq!(within(&other), EntryId(other).to_string().starts_with(&shown[..length]));
        }

        #[test]
        fn shared_characters_are_those_of_the_shown_form(bytes: [u8; 32], flip in 0usize..256) {
            let mut other = bytes;
            other[flip / 8] ^= 0x80 >> (flip % 8);
            let (one, two) = (EntryId(bytes).to_string(), EntryId(other).to_string());
            let expected = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(shared_chars(&bytes, &other), expected);
        }
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        assert_eq!("".parse::<IdPrefix>(), Err(IdError::Length));
        assert_eq!("abc1".parse::<IdPrefix>(), Err(IdError::Alphabet));
        assert_eq!("a".repeat(53).parse::<IdPrefix>(), Err(IdError::Length));
        assert_eq!("abc".parse::<EntryId>(), Err(IdError::Length));
    }
}
