//! Peers that lie, stall and flood on the sync stream: case 14.
