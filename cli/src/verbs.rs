//! A file per verb: its arguments, whose doc comments are its help, and what it does.

pub(crate) mod add;
pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod bundle;
pub(crate) mod completions;
pub(crate) mod digest;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod follow;
pub(crate) mod guests;
pub(crate) mod history;
pub(crate) mod import;
mod incoming;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod mute;
pub(crate) mod news;
pub(crate) mod peers;
pub(crate) mod post;
pub(crate) mod profile;
pub(crate) mod programme;
pub(crate) mod restore;
pub(crate) mod search;
pub(crate) mod service;
pub(crate) mod show;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod tags;
pub(crate) mod team;
pub(crate) mod undo;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod whoami;
mod written;

use std::env;
use std::io;
use tracing_subscriber::EnvFilter;

use crate::args::{Args, Verb};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Output;

/// Does what the arguments ask for.
pub(crate) fn run(args: Args) -> Result<(), CliError> {
    trace(args.global.verbose);
    // These need no home, and make none.
    match &args.verb {
        Verb::Completions(verb) => return verb.run(&mut Output::new(false)),
        Verb::Man(verb) => return verb.run(&mut Output::new(false)),
        _ => {}
    }
    let mut context = Context::new(&args.global)?;
    if !args.global.no_pager && is_read_at_length(&args.verb) {
        context.out.page();
    }
    let done = match args.verb {
        Verb::Start(verb) => start::run(&verb, &mut context),
        Verb::AddIdea(verb) => verb.run(&mut context),
        Verb::AddResource(verb) => verb.run(&mut context),
        Verb::AddProject(verb) => verb.run(&mut context),
        Verb::AddSession(verb) => verb.run(&mut context),
        Verb::Note(verb) => verb.run(&mut context),
        Verb::Comment(verb) => verb.run(&mut context),
        Verb::Endorse(verb) => verb.run(&mut context),
        Verb::JoinProject(verb) => verb.run(&mut context),
        Verb::LeaveProject(verb) => verb.run(&mut context),
        Verb::Profile(verb) => verb.run(&mut context),
        Verb::People(verb) => verb.run(&mut context),
        Verb::Programme(verb) => programme::run(&verb, &mut context),
        Verb::List(verb) => list::run(&verb, &mut context),
        Verb::Search(verb) => search::run(&verb, &mut context),
        Verb::Watch(verb) => watch::run(&verb, &mut context),
        Verb::News(verb) => news::run(&verb, &mut context),
        Verb::Follow(verb) => verb.run(&mut context),
        Verb::Unfollow(verb) => verb.run(&mut context),
        Verb::Digest(verb) => verb.run(&mut context),
        Verb::Tags(verb) => verb.run(&mut context),
        Verb::Show(verb) => show::run(&verb, &mut context),
        Verb::Edit(verb) => edit::run(*verb, &mut context),
        Verb::History(verb) => history::run(&verb, &mut context),
        Verb::Restore(verb) => restore::run(&verb, &mut context),
        Verb::Undo(_) => undo::run(&mut context),
        Verb::Erase(verb) => verb.run(&mut context),
        Verb::ForgetMe(verb) => verb.run(&mut context),
        Verb::Mute(verb) => verb.run(&mut context),
        Verb::Unmute(verb) => verb.run(&mut context),
        Verb::Backup(verb) => verb.run(&mut context),
        Verb::Export(verb) => verb.run(&mut context),
        Verb::Archive(verb) => verb.run(&mut context),
        Verb::Bundle(verb) => verb.run(&mut context),
        Verb::Import(verb) => verb.run(&mut context),
        Verb::Status(_) => status::run(&mut context),
        Verb::Peers(_) => peers::run(&mut context),
        Verb::Whoami(_) => whoami::run(&mut context),
        Verb::Guests(verb) => guests::run(&verb, &mut context),
        Verb::Key(verb) => verb.run(&mut context),
        Verb::Doctor(verb) => verb.run(&mut context),
        Verb::Service(verb) => verb.run(&mut context),
        Verb::Verify(_) => verify::run(&mut context),
        Verb::Completions(_) | Verb::Man(_) => unreachable!("they were done before"),
    };
    context.out.flush()?;
    done
}

/// Whether a person reads what this verb prints, and it may be long.
fn is_read_at_length(verb: &Verb) -> bool {
    matches!(
        verb,
        Verb::List(_)
            | Verb::Search(_)
            | Verb::Show(_)
            | Verb::History(_)
            | Verb::People(_)
            | Verb::Programme(_)
            | Verb::News(_)
            | Verb::Digest(_)
            | Verb::Tags(_)
            | Verb::Peers(_)
    )
}

/// Says on stderr what happens inside, as much as is asked for with -v or `RUST_LOG`.
fn trace(verbose: u8) {
    let asked = env::var("RUST_LOG").ok().filter(|text| !text.is_empty());
    let filter = match (verbose, asked) {
        (0, None) => return,
        (0, Some(filter)) => filter,
        (1, _) => "commons=info,commons_node=info,commons_proto=info".to_owned(),
        (2, _) => "commons=debug,commons_node=debug,commons_proto=debug".to_owned(),
        (_, _) => "debug".to_owned(),
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        .with_ansi(false)
        .init();
}
