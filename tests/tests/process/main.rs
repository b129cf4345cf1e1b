//! Every verb as a process, with and without a running node beside it, and everything that can go
//! wrong around one: its exit code, its explanation, and that nothing is lost by it.

mod boards;
mod carrying;
mod digesting;
mod doctor;
mod failures;
mod finding;
mod guests;
mod importing;
mod keeping;
mod keys;
mod nodes;
mod own;
mod reading;
mod service;
mod taking_out;
mod terminal;
mod writing;
