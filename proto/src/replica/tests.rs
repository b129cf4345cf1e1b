//! Whole replicas over a toy store and a toy network, and single ones with hostile peers.

mod converge;
mod cost;
mod hostile;
mod intake;
mod world;
