//! The board in a real browser: Chromium, on the boards of real nodes.

mod guests;
mod harness;
mod hostile;
mod house;
mod looking;
mod pages;
mod plain;
mod together;
mod typing;
mod walk;
