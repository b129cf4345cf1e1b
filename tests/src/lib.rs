//! The harness with which the suites in `tests/` run whole programs: people with homes of their
//! own, running nodes, a LAN of network namespaces, a guide that is executed. No suite sleeps: each
//! waits for an event or a state, and says what it waited for if that does not come.
//!
//! | module | what lives there |
//! |---|---|
//! | [`commons`] | a [`Person`]: a fresh home, a cleared environment, the verbs of `commons` |
//! | [`node`] | a [`Node`]: a running `commons start --json`, its events, its end |
//! | [`member`] | a [`Member`]: an honest node in this process |
//! | [`liar`] | a [`Liar`]: a peer over the real network that says what the test wants |
//! | [`heard`] | what a member or a liar has heard, and waiting for more |
//! | [`lan`] | a [`Lan`]: hosts on a bridge, and what can go wrong with their cables |
//! | [`ideas`] | many ideas at once, straight into a store |
//! | [`scribe`] | somebody who writes what the program would not, and two stores that exchange it |
//! | [`mod@settle`] | waiting until people hold the same and see the same |
//! | [`forge`] | crafted contributions as bytes: any header, payload, key and signature |
//! | [`mod@sim`] | whole nodes in virtual time |
//! | [`disk`] | a small disk that fills up or turns read-only |
//! | [`memory_disk`] | a [`MemoryDisk`] for SQLite that fails, loses its power, is copied and put back |
//! | [`raw_peer`] | a [`RawPeer`](raw_peer::RawPeer): a peer that says bytes and hears bytes |
//! | [`talk`] | a recorded conversation with a node of an earlier release |
//! | [`guide`] | the runner of the pages in `docs/guide` |
//! | [`mod@browser`] | a [`Browser`]: somebody who looks at a board in Chromium |
//! | [`guest`] | a [`Guest`](guest::Guest): somebody with a key in their browser and no node |
//! | [`audience`] | many who look at one board at once |
//! | [`install`] | other people's programs, installed once |
//! | [`binary`] | which `commons` is tested |
//! | [`wait`] | deadlines |
//! | [`decoders`] | what every decoder must do with arbitrary bytes |
//! | [`skip`] | how a test that cannot run here says so |
//!
//! `tests/run` runs everything; `tests/run lan` runs one suite.

pub mod audience;
pub mod binary;
pub mod browser;
pub mod commons;
pub mod decoders;
pub mod disk;
pub mod forge;
pub mod guest;
pub mod guide;
pub mod heard;
pub mod ideas;
pub mod install;
pub mod lan;
pub mod liar;
pub mod member;
pub mod memory_disk;
pub mod node;
pub mod raw_peer;
pub mod scribe;
pub mod settle;
pub mod sim;
pub mod skip;
pub mod talk;
pub mod wait;

pub use browser::Browser;
pub use commons::{Person, Said};
pub use forge::{Forged, ForgedKey};
pub use lan::{Host, Lan};
pub use liar::Liar;
pub use member::{Member, settle_members};
pub use memory_disk::MemoryDisk;
pub use node::Node;
pub use scribe::Scribe;
pub use settle::{settle, settled};
