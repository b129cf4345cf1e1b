//! Every decoder that a stranger or a file can reach, as a function that takes arbitrary bytes and
//! asserts what must hold whatever they are: nothing panics, what is accepted re-encodes to the
//! same bytes and is within its limits, one verdict is given however it is asked for.
//!
//! `tests/fuzz` throws bytes at them (`cargo fuzz`, a target each), and `tests/tests/corpus.rs`
//! those that were worth keeping.

mod backup;
mod bundle;
mod contributions;
mod database;
mod history;
mod home;
mod import;
mod messages;
mod names;
mod network;
mod replica;
mod rewriting;
mod search;
mod store;
mod typed;

/// A decoder with the name of its fuzz target and of its folder in the corpus.
pub struct Decoder {
    /// The name.
    pub name: &'static str,
    /// Decodes these bytes.
    ///
    /// # Panics
    /// If something does not hold that must.
    pub decode: fn(&[u8]),
}

/// All of them.
pub const DECODERS: &[Decoder] = &[
    Decoder { name: "backup", decode: backup::backup },
    Decoder { name: "bundle", decode: bundle::bundle },
    Decoder { name: "contribution", decode: contributions::contribution },
    Decoder { name: "control", decode: home::control },
    Decoder { name: "database", decode: database::database },
    Decoder { name: "frames", decode: network::frames },
    Decoder { name: "gossip", decode: network::gossip_message },
    Decoder { name: "header", decode: contributions::header },
    Decoder { name: "history", decode: history::history },
    Decoder { name: "import", decode: import::import },
    Decoder { name: "key", decode: home::key },
    Decoder { name: "message", decode: messages::message },
    Decoder { name: "name", decode: names::name },
    Decoder { name: "payload", decode: contributions::payload },
    Decoder { name: "peers", decode: network::peers },
    Decoder { name: "proof", decode: network::proof },
    Decoder { name: "replica", decode: replica::replica },
    Decoder { name: "rewriting", decode: rewriting::rewriting },
    Decoder { name: "shown", decode: typed::shown },
    Decoder { name: "sighting", decode: network::sighting },
    Decoder { name: "state", decode: contributions::state },
    Decoder { name: "store", decode: store::store },
    Decoder { name: "time", decode: typed::time },
    Decoder { name: "typed", decode: typed::typed },
    Decoder { name: "words", decode: search::words },
];

/// Decodes these bytes with the decoder of this name.
///
/// # Panics
/// If there is none, or something does not hold that must.
pub fn decode(name: &str, bytes: &[u8]) {
    let decoder = DECODERS.iter().find(|decoder| decoder.name == name);
    (decoder.unwrap_or_else(|| panic!("there is no decoder {name}")).decode)(bytes);
}
