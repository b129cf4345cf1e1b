//! Every key and signature on which verifiers could differ, each made as well as it can be: where
//! anybody can sign, some verifier in use would accept it.

use commons_proto::id::CommonsId;

use super::{Forged, ForgedKey, Signature, with_large_s};

/// An idea with an unsound key or signature.
#[derive(Debug, Clone)]
pub struct Unsound {
    /// What is unsound.
    pub what: String,
    /// The idea.
    pub forged: Forged,
    /// Its signature.
    pub signature: Signature,
    /// The code by which it must be refused.
    pub code: &'static str,
}

impl Unsound {
    /// The contribution.
    pub fn bytes(&self) -> Vec<u8> {
        self.forged.signed(&self.signature)
    }
}

/// All of them, for this commons.
pub fn unsound(commons: &CommonsId) -> Vec<Unsound> {
    let honest = ForgedKey::honest(&[1; 32]);
    let mut all = Vec::new();
    let mut with_key = |what: String, key: &ForgedKey| {
        let forged = Forged::idea(commons, key, &what);
        let signature = key.sign(&forged.message(), 1);
        all.push(Unsound { what, forged, signature, code: "author-key" });
    };
    for number in 0..8 {
        with_key(format!("weak key {number}"), &ForgedKey::small_order(number));
    }
    for number in 1..8 {
        let key = ForgedKey::mixed_order(&[1; 32], number);
        with_key(format!("mixed-order key {number}"), &key);
    }
    for (number, key) in ForgedKey::not_canonical().iter().enumerate() {
        with_key(format!("key {number} that is not canonical"), key);
    }
    for (number, key) in ForgedKey::not_canonical_of_large_order().iter().enumerate() {
        with_key(format!("key {number} of large order that is not canonical"), key);
    }
    let mut with_signature = |what: String, sign: &dyn Fn(&[u8]) -> Signature| {
        let forged = Forged::idea(commons, &honest, &what);
        let signature = sign(&forged.message());
        all.push(Unsound { what, forged, signature, code: "signature" });
    };
    for number in 1..8 {
        let sign = |message: &[u8]| honest.sign_off(message, 1, number);
        with_signature(format!("R with torsion part {number}"), &sign);
    }
    for (what, canonical) in [("neutral R", true), ("neutral R that is not canonical", false)] {
        let sign = |message: &[u8]| honest.sign_with_neutral_r(message, canonical);
        with_signature(what.to_owned(), &sign);
    }
    with_signature("S over the group's order".to_owned(), &|message| {
        with_large_s(honest.sign(message, 1))
    });
    all
}
