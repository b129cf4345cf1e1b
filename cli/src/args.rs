//! The arguments as typed. What they mean is worked out in [`crate::compose`] and by each verb;
//! the doc comments here and beside the verbs are the help.

use clap::{Parser, Subcommand};
use commons_node::query;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::EXIT_CODES;
use crate::verbs;

/// A shared knowledge base that needs no server.
///
/// People at an event write ideas, resources and projects on their own machines; the machines find
/// each other and everybody has everything. Every command works without a network, and with or
/// without a running node.
#[derive(Debug, Parser)]
#[command(
    name = "commons",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{IDS}\n\n{EXIT_CODES}"),
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Where your key and what you hold are kept [default: a directory in your home]
    #[arg(long, global = true, value_name = "DIR", env = "COMMONS_HOME", display_order = 900)]
    pub(crate) home: Option<PathBuf>,
    /// Which commons
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "COMMONS_NAME",
        default_value = "health-commons",
        display_order = 901
    )]
    pub(crate) commons: String,
    /// A file with the passphrase of the commons, if it has one; or set COMMONS_PASSPHRASE. Needed
    /// the first time only
    #[arg(long, global = true, value_name = "FILE", display_order = 902)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print for programs: one JSON object a line
    #[arg(long, global = true, display_order = 903)]
    pub(crate) json: bool,
    /// Don't show what is longer than the screen through a pager (COMMONS_PAGER, PAGER, less)
    #[arg(long, global = true, display_order = 904)]
    pub(crate) no_pager: bool,
    /// Answer every question with yes
    #[arg(short, long, global = true, display_order = 904)]
    pub(crate) yes: bool,
    /// Say on stderr what happens inside; -vv says more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = 905)]
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Start(verbs::start::Start),
    AddIdea(verbs::add::AddIdea),
    AddResource(verbs::add::AddResource),
    AddProject(verbs::add::AddProject),
    AddSession(verbs::add::AddSession),
    Note(verbs::post::Note),
    Comment(verbs::post::Comment),
    Endorse(verbs::post::Endorse),
    JoinProject(verbs::team::JoinProject),
    LeaveProject(verbs::team::LeaveProject),
    Profile(verbs::profile::Profile),
    People(verbs::profile::People),
    Programme(verbs::programme::Programme),
    List(verbs::list::List),
    Search(verbs::search::Search),
    Digest(verbs::digest::Digest),
    Tags(verbs::tags::Tags),
    Show(verbs::show::Show),
    News(verbs::news::News),
    Watch(verbs::watch::Watch),
    Follow(verbs::follow::Follow),
    Unfollow(verbs::follow::Unfollow),
    Edit(Box<verbs::edit::Edit>),
    History(verbs::history::History),
    Restore(verbs::restore::Restore),
    Undo(verbs::undo::Undo),
    Erase(verbs::erase::Erase),
    ForgetMe(verbs::erase::ForgetMe),
    Mute(verbs::mute::Mute),
    Unmute(verbs::mute::Unmute),
    Backup(verbs::backup::Backup),
    Export(verbs::export::Export),
    Archive(verbs::archive::Archive),
    Bundle(verbs::bundle::Bundle),
    Import(verbs::import::Import),
    Status(verbs::status::Status),
    Peers(verbs::peers::Peers),
    Guests(verbs::guests::Guests),
    Whoami(verbs::whoami::Whoami),
    Key(verbs::key::Key),
    Verify(verbs::verify::Verify),
    Doctor(verbs::doctor::Doctor),
    Service(verbs::service::Service),
    Completions(verbs::completions::Completions),
    Man(verbs::man::Man),
}

/// The words of the command line, with those that a QUERY begins with `-` so that they are not taken
/// for options.
pub(crate) fn typed() -> impl Iterator<Item = OsString> {
    env::args_os().map(|word| match word.to_str().and_then(query::not_an_option) {
        Some(term) => term.into(),
        None => word,
    })
}

const EXAMPLES: &str = "\
Examples:
  commons start
  commons add-idea \"Bed sensors for ward 3\" --tag hackday --body \"A mat that counts turns.\"
  commons list --tag hackday --since 2h
  commons show k3f7qa
  commons edit k3f7qa --title \"Bed sensors\" --tag sensors";

const IDS: &str = "\
Ids may be shortened to any prefix that fits one only. Authors may be given by name, by (the
beginning of) their key, or as a did:key; `me` is you.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn options_of_every_verb_may_stand_behind_it() {
        let args =
            Args::try_parse_from(["commons", "list", "idea", "--json", "--home", "x", "-vv"]);
        let global = args.unwrap().global;
        assert!(global.json && global.home == Some("x".into()) && global.verbose == 2);
    }

    #[test]
    fn a_title_needs_no_quotation_marks() {
        let args = Args::try_parse_from(["commons", "add-idea", "Bed", "sensors", "--tag", "x"]);
        let Verb::AddIdea(add) = args.unwrap().verb else { panic!("another verb") };
        assert_eq!(add.title, ["Bed", "sensors"]);
    }

    /// Every verb, also those below a verb, by the words that call it.
    fn verbs(path: &str, command: &clap::Command) -> Vec<(String, clap::Command)> {
        let below = command.get_subcommands().flat_map(|below| {
            let path = format!("{path} {}", below.get_name());
            let mut all = vec![(path.clone(), below.clone())];
            all.extend(verbs(&path, below));
            all
        });
        below.collect()
    }

    /// The words of a line as a shell takes them, up to where another command or a file begins.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for letter in line.chars() {
            match (quote, letter) {
                (Some(open), letter) if open == letter => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(letter);
                    word.get_or_insert_default();
                }
                (None, '|' | '<' | '>' | ';') => break,
                (None, ' ') => words.extend(word.take()),
                (_, letter) => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word);
        words
    }

    #[test]
    fn every_verb_has_examples_that_it_takes() {
        let verbs = verbs("commons", &Args::command());
        assert!(verbs.len() > 40, "{}", verbs.len());
        for (path, verb) in verbs {
            let help = verb.get_after_long_help().or(verb.get_after_help());
            let help = help.map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "commons help {path} has no example");
            let lines = help.lines().map(str::trim).filter(|line| line.starts_with("commons "));
            for line in lines {
                let typed = words(line).into_iter();
                let taken = Args::try_parse_from(typed.map(|word| {
                    query::not_an_option(&word).map_or(word.clone(), |term| term.to_string())
                }));
                assert!(taken.is_ok(), "{line}: {}", taken.unwrap_err());
            }
        }
    }
}
