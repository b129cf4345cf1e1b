//! The board in a real browser: Chromium, on the boards of real nodes.

mod harness;
