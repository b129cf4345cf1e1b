//! The `commons` command: a tour.
//!
//! | module | what lives there |
//! |---|---|
//! | `args` | the arguments as typed |
//! | `ask` | questions to the person |
//! | `completion` | what the shell offers when Tab is pressed |
//! | `compose` | from what was typed to what is wanted of an entry |
//! | `context` | the home, the store and the key that a verb works with |
//! | `find` | from what a person calls something to the thing |
//! | `passphrase` | the passphrase of a backup |
//! | `place` | files and folders that are written where a person says |
//! | `verbs` | a file per verb |
//! | `json` | the objects that `--json` prints |
//! | `output`, `error` | what people read: lines and tables, failures |
//! | `decoders` | how typed text is read, for the tests that make it up |

#![forbid(unsafe_code)]

mod args;
mod ask;
mod completion;
mod compose;
mod context;
pub mod decoders;
mod error;
mod find;
mod json;
mod output;
mod passphrase;
mod place;
mod verbs;

use clap::Parser as _;
use std::collections::BTreeSet;
use std::panic;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// Runs the verb that the arguments of this process name.
pub fn run() -> ExitCode {
    completion::answer();
    panic::set_hook(Box::new(tell_panic));
    let args = args::Args::parse_from(args::typed());
    match verbs::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

/// Tells of a panic, once for each place in the code: one that is contained comes back whenever the
/// same entry is looked at. Its message may quote what strangers wrote.
fn tell_panic(info: &panic::PanicHookInfo) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(place) {
        let told = info.to_string();
        let message =
            format!("{} {}", output::styled("bug:", output::WRONG), output::escape::block(&told));
        output::say(message);
    }
}
