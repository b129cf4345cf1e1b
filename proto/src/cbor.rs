//! Deterministic DAG-CBOR, both ways. Decoding is strict: what does not re-encode to the same
//! bytes is refused, so that one value has one encoding and one hash.

use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let value: T = serde_ipld_dagcbor::from_slice(bytes).map_err(|_| NotCanonical { what })?;
    if encode(&value) == bytes { Ok(value) } else { Err(NotCanonical { what }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipld_core::ipld::Ipld;

    #[test]
    fn what_is_not_canonical_is_refused() {
        let cases: [(&str, &[u8]); 8] = [
            ("a trailing byte", &[0x01, 0x00]),
            ("a number that is longer than needed", &[0x18, 0x01]),
            ("an indefinite array", &[0x9f, 0x01, 0xff]),
            ("a duplicate key", &[0xa2, 0x61, 0x61, 0x01, 0x61, 0x61, 0x02]),
            ("unsorted keys", &[0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x02]),
            ("a half float", &[0xf9, 0x3c, 0x00]),
            ("a huge declared length", &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            ("a huge declared string", &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ];
        for (what, bytes) in cases {
            assert!(decode::<Ipld>(bytes, "value").is_err(), "{what} was accepted");
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_using_up_the_stack() {
        assert!(decode::<Ipld>(&vec![0x81; 10_000], "value").is_err());
        let closed: Vec<u8> = std::iter::repeat_n(0x81, 9_999).chain([0x01]).collect();
        assert!(decode::<Ipld>(&closed, "value").is_err());
    }
}
