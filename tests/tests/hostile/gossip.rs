//! Floods, repetitions and foreign messages on gossip: case 15.
