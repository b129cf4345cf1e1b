//! A commons node: what turns the pure protocol of `commons-proto` into a program with a disk, a
//! network and a clock.
//!
//! | module | what lives there |
//! |---|---|
//! | [`network`] | the swarm: peers of this commons, frames to and from each, gossip |
//! | [`control`] | how commands talk to a running node on the same home |

pub mod control;
pub mod network;
