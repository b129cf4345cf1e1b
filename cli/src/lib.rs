//! The `commons` command: a tour.
//!
//! | module | what lives there |
//! |---|---|
//! | [`args`] | the arguments as typed |
//! | [`ask`] | questions to the person |
//! | [`compose`] | from what was typed to what is wanted of an entry |
//! | [`context`] | the home, the store and the key that a verb works with |
//! | [`find`] | from what a person calls something to the thing |
//! | [`verbs`] | a file per verb |
//! | [`json`] | the objects that `--json` prints |
//! | [`output`], [`when`], [`error`] | what people read: lines and tables, times, failures |
//! | [`decoders`] | how typed text is read, for the tests that make it up |

#![forbid(unsafe_code)]

mod args;
mod ask;
mod compose;
mod context;
pub mod decoders;
mod error;
mod find;
mod json;
mod output;
mod verbs;
mod when;

use clap::Parser as _;
use std::process::ExitCode;

/// Runs the verb that the arguments of this process name.
pub fn run() -> ExitCode {
    let args = args::Args::parse();
    match verbs::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}
