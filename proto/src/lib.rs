//! The commons protocol, pure: bytes, keys and time as values; no socket, file, clock, thread or
//! entropy. `clippy.toml` beside this crate forbids the calls that would break the promise.
//!
//! A tour, in the order in which a contribution meets the modules:
//!
//! | module | what lives there |
//! |---|---|
//! | [`id`] | the 32-byte names of things, how they are shown and shortened |
//! | [`commons`] | which commons one is in: its id, its gossip topic, the proof of belonging |
//! | [`author`] | author keys: signing, admission, did:key |
//! | [`kind`] | the ten kinds of entry and their fields |
//! | [`edit`] | the vocabulary of what an author can do to an entry |
//! | [`contribution`] | header, payload, signature; strict bytes; verification |
//! | [`policy`] | the one rule of who may change what |
//! | [`entry`] | what an entry looks like after its contributions: fold, merge, conflicts |
//! | [`erasure`] | authors taking back what they wrote |
//! | [`tree`] | the set of ids as a Merkle radix tree |
//! | [`wire`] | what peers say to each other |
//! | [`replica`] | what a node sends, asks, keeps and publishes, as a state machine |
//! | [`cbor`], [`limits`] | deterministic bytes, and every bound on what a stranger may send |

#![forbid(unsafe_code)]

pub mod author;
pub mod cbor;
pub mod commons;
pub mod contribution;
pub mod edit;
pub mod entry;
pub mod erasure;
pub mod id;
pub mod kind;
pub mod limits;
pub mod policy;
pub mod replica;
pub mod tree;
pub mod wire;
