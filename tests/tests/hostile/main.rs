//! Peers, files and disks that do what they should not: each case has its number in
//! `docs/threats.md`, where the outcome that is tested here stands in words. The patches in
//! `tests/defences` take each defence out and name the test that must then fail.

mod authorship;
mod contributions;
mod crashes;
mod damage;
mod disk;
mod display;
mod erasure;
mod gossip;
mod history;
mod home;
mod keys;
mod spam;
mod sync;
mod upgrade;
