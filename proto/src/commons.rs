//! Which commons one is in. A commons has a name and optionally a passphrase, as a Wi-Fi network
//! has. Its id is never sent in clear: the gossip topic and the proof that peers exchange are
//! hashes of it.

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};

use crate::id::CommonsId;
use crate::limits::COMMONS_NAME_CHARS;

/// Why a name cannot be that of a commons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but white space.
    #[error("a commons needs a name")]
    Empty,
    /// Over the limit.
    #[error("a commons's name has at most {COMMONS_NAME_CHARS} characters")]
    TooLong,
    /// A control character, which a terminal might obey.
    #[error("a commons's name has no control characters")]
    Control,
}

impl CommonsId {
    /// The id of the commons with this name and, if it has one, this passphrase.
    ///
    /// With a passphrase this takes about 0.1 s and 64 MiB of memory, on purpose: a stranger who
    /// guesses pays the same for each guess.
    pub fn derive(name: &str, passphrase: Option<&str>) -> Result<Self, NameError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().count() > COMMONS_NAME_CHARS {
            return Err(NameError::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(NameError::Control);
        }
        let mut hash = Sha256::new_with_prefix(b"commons/1 id\0");
        hash.update(Sha256::digest(name.as_bytes()));
        if let Some(passphrase) = passphrase {
            hash.update(stretch(name, passphrase));
        }
        Ok(Self(hash.finalize().into()))
    }

    /// The gossip topic: 64 hexadecimal digits.
    pub fn topic(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"commons/1 topic\0");
        hash.update(self.0);
        data_encoding::HEXLOWER.encode(&hash.finalize())
    }

    /// A name of 16 hexadecimal digits under which nodes of this commons look for each other on a
    /// LAN. It tells a listener no more than that two nodes share a commons.
    pub fn service(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"commons/1 service\0");
        hash.update(self.0);
        data_encoding::HEXLOWER.encode(&hash.finalize()[..8])
    }

    /// The proof that `from` gives to `to` that it knows this commons. Both are the bytes of the
    /// transport's peer ids, so a proof that was overheard is of no use to anybody else.
    pub fn proof(&self, from: &[u8], to: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(b"commons/1 proof\0");
        hash.update(self.0);
        hash.update(Sha256::digest(from));
        hash.update(Sha256::digest(to));
        hash.finalize().into()
    }
}

/// Argon2id with 64 MiB, three passes and one lane: the second recommended choice of RFC 9106,
/// section 4, with one lane so that every machine takes the same path.
fn stretch(name: &str, passphrase: &str) -> [u8; 32] {
    let params = Params::new(64 * 1024, 3, 1, Some(32)).expect("constants within Argon2's limits");
    let salt = Sha256::digest([b"commons/1 salt\0", name.as_bytes()].concat());
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, &mut key)
        .expect("a salt and a key of 32 bytes are within Argon2's limits");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str, passphrase: Option<&str>) -> CommonsId {
        CommonsId::derive(name, passphrase).expect("a good name")
    }

    #[test]
    fn names_and_passphrases_tell_commons_apart() {
        let plain = id("health-commons", None);
        assert_eq!(plain, id("  health-commons ", None));
        assert_ne!(plain, id("health-commons-2", None));
        assert_ne!(plain, id("health-commons", Some("")));
        assert_ne!(id("health-commons", Some("a")), id("health-commons", Some("b")));
    }

    #[test]
    fn a_name_that_cannot_be_is_refused() {
        assert_eq!(CommonsId::derive("  ", None), Err(NameError::Empty));
        assert_eq!(CommonsId::derive("a\u{7}b", None), Err(NameError::Control));
        assert_eq!(CommonsId::derive(&"a".repeat(65), None), Err(NameError::TooLong));
    }

    #[test]
    fn a_proof_is_bound_to_both_peers() {
        let commons = id("health-commons", None);
        assert_ne!(commons.proof(b"a", b"b"), commons.proof(b"b", b"a"));
        assert_ne!(commons.proof(b"a", b"b"), commons.proof(b"a", b"c"));
        assert_ne!(commons.proof(b"a", b"b"), id("other", None).proof(b"a", b"b"));
    }
}
