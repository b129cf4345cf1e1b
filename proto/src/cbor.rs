//! Deterministic DAG-CBOR, both ways. Decoding is strict: what is not the one encoding of its value
//! is refused, so that one value has one encoding and one hash.
//!
//! Bytes are looked at before anything is made of them: a [`scan()`] takes one step for each byte and
//! no memory, whatever they declare.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::limits::NESTING;

mod scan;

pub use scan::scan;

/// The bytes are not the one encoding of the expected value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical DAG-CBOR of a {what}")]
pub struct NotCanonical {
    /// What was expected.
    pub what: &'static str,
}

/// Encodes a value that is known to have an encoding: ours have no floats and no foreign maps.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_ipld_dagcbor::to_vec(value).expect("our own types encode to DAG-CBOR")
}

/// Decodes a value, and refuses bytes that are not its one encoding.
pub fn decode<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, NotCanonical> {
    let value: T = read(bytes, what)?;
    if encode(&value) == bytes { Ok(value) } else { Err(NotCanonical { what }) }
}

/// Decodes a value from canonical bytes, which need not be just those that it would encode to.
pub(crate) fn read<T: DeserializeOwned>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, NotCanonical> {
    scan(bytes, NESTING)
        .and_then(|()| serde_ipld_dagcbor::from_slice(bytes).ok())
        .ok_or(NotCanonical { what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipld_core::ipld::Ipld;

    #[test]
    fn what_is_not_canonical_is_refused() {
        let cases: [(&str, &[u8]); 14] = [
            ("nothing", &[]),
            ("a trailing byte", &[0x01, 0x00]),
            ("a number that is longer than needed", &[0x18, 0x01]),
            ("a length that is longer than needed", &[0x59, 0x00, 0x01, 0x61]),
            ("an indefinite array", &[0x9f, 0x01, 0xff]),
            ("a duplicate key", &[0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02]),
            ("unsorted keys", &[0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02]),
            ("a key that is no text", &[0xa1, 0x01, 0x01]),
            ("a half float", &[0xf9, 0x3c, 0x00]),
            ("a double float", &[0xfb, 0x3f, 0xf1, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a]),
            ("undefined", &[0xf7]),
            ("a tag", &[0xd8, 0x2a, 0x41, 0x00]),
            ("a huge declared length", &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("a huge declared string", &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (what, bytes) in cases {
            assert!(decode::<Ipld>(bytes, "value").is_err(), "{what} was accepted");
        }
    }

    #[test]
    fn nesting_ends_at_the_limit_and_uses_up_no_stack() {
        let nested = |depth| [vec![0x81; depth], vec![0x01]].concat();
        assert!(decode::<Ipld>(&nested(NESTING), "value").is_ok());
        assert!(decode::<Ipld>(&nested(NESTING + 1), "value").is_err());
        assert!(decode::<Ipld>(&nested(10_000), "value").is_err());
        assert!(decode::<Ipld>(&vec![0x81; 10_000], "value").is_err());
    }

    #[test]
    fn the_ends_of_what_numbers_can_be_are_kept() {
        for bytes in [[0x1b; 9], [0x3b; 9]] {
            let mut bytes = bytes;
            bytes[1..].fill(0xff);
            assert!(decode::<Ipld>(&bytes, "value").is_ok());
        }
    }
}
