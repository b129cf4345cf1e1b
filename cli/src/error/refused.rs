//! What is said on a terminal of things that cannot be found or written, with what to do about it.

use commons_node::compose::Refused;
use commons_node::find::{FindError, NEAR, NamedVersion};
use commons_node::names::{person_name, short_author};
use commons_node::store::Candidate;
use commons_node::when;

use super::{CliError, ErrorKind};
use crate::output::escape;

/// What cannot be found.
impl From<FindError> for CliError {
    fn from(error: FindError) -> Self {
        let message = error.to_string();
        match error {
            FindError::Store(error) => error.into(),
            FindError::NotAnId(_) => Self::new(ErrorKind::UnknownId, message)
                .hint("an id has only the letters a-z and the digits 2-7; commons list shows them"),
            FindError::Unknown { near, .. } if near.is_empty() => {
                Self::new(ErrorKind::UnknownId, message).hint("commons list shows what is here")
            }
            FindError::Unknown { near, .. } => Self::new(ErrorKind::UnknownId, message)
                .hint(candidates("did you mean one of these?", &near)),
            FindError::Ambiguous { all, .. } => Self::new(ErrorKind::Ambiguous, message)
                .hint(candidates("give more letters of the one you mean", &all)),
            FindError::NoVersion { last, .. } => {
                Self::new(ErrorKind::UnknownId, message).hint(versions(&last))
            }
            FindError::Versions { all, .. } => {
                Self::new(ErrorKind::Ambiguous, message).hint(versions(&all))
            }
            FindError::Nobody(_) => Self::new(ErrorKind::UnknownId, message).hint(
                "give a name, the beginning of a key as commons show prints it, or a did:key",
            ),
            FindError::Authors { all, .. } => {
                let mut hint = String::from("give more of the key of the one you mean");
                for (author, name) in all.iter().take(NEAR) {
                    let name = name.as_deref().unwrap_or_default();
                    hint.push_str(&format!(
                        "\n  {:.16}  {}",
                        author.to_string(),
                        person_name(name)
                    ));
                }
                Self::new(ErrorKind::Ambiguous, message).hint(hint)
            }
        }
    }
}

/// What cannot be written.
impl From<Refused> for CliError {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::Find(error) => error.into(),
            Refused::Store(error) => error.into(),
            Refused::Draft(refusal) => refusal.into(),
            Refused::Value(_) => Self::usage(message),
            Refused::Empty(what) => {
                Self::usage(message).hint(format!("say in a few words what the {what} is"))
            }
            Refused::Several(_) => Self::usage(message)
                .hint("commons edit --help shows what adds to it and takes from it"),
            Refused::NoField { kind, .. } => {
                let all: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
                let error = Self::usage(message);
                if all.is_empty() {
                    error
                } else {
                    error.hint(format!("it has {}", all.join(", ")))
                }
            }
            Refused::NoStart => {
                Self::usage(message).hint("say when it begins, too: --start 14:30 --end 45m")
            }
            Refused::NoItem { field, has, .. } => {
                Self::new(ErrorKind::Other, message).hint(match has.is_empty() {
                    true => format!("it has no {field} at all"),
                    false => format!("it has {}", has.join(", ")),
                })
            }
            Refused::Damaged { short } => Self::new(ErrorKind::Damaged, message)
                .hint(format!("commons history {short} shows what was written")),
            Refused::Newer(_) => Self::new(ErrorKind::Other, message),
            Refused::NotTheAuthor { kind, owner, me } => Self::new(ErrorKind::NotAllowed, message)
                .hint(format!(
                    "this {} belongs to {owner}; you are {}",
                    kind.name(),
                    short_author(&me)
                )),
            Refused::Erasure | Refused::NotTaken(_) => Self::new(ErrorKind::NotAllowed, message),
            Refused::UndoErasure => Self::new(ErrorKind::NotAllowed, message)
                .hint("what it took back is gone; write it again"),
            Refused::NothingOwn { .. } | Refused::ByAnother { .. } => {
                Self::new(ErrorKind::NotAllowed, message).hint(
                    "everybody takes back their own words only; commons mute hides others' for you",
                )
            }
            Refused::NotAProject { .. } => {
                Self::usage(message).hint("commons list projects shows the projects")
            }
            Refused::NotHeld(_) => {
                Self::new(ErrorKind::Other, message).hint("commons show says what it holds now")
            }
            Refused::NotKept(_) => Self::new(ErrorKind::Damaged, message)
                .hint("commons verify checks the database and puts right what can be"),
            Refused::Entropy(error) => Self::new(ErrorKind::Other, message).because(&error),
        }
    }
}

fn candidates(question: &str, all: &[Candidate]) -> String {
    let mut hint = question.to_owned();
    for candidate in all.iter().take(NEAR) {
        let title = if candidate.muted { "(muted)" } else { &candidate.title };
        let title = escape::line(title);
        let version = if candidate.id == candidate.entry.into() { "" } else { "version of " };
        let kind = candidate.kind.name();
        hint.push_str(&format!("\n  {}  {version}{kind}  {title}", candidate.short));
    }
    hint
}

fn versions(all: &[NamedVersion]) -> String {
    let mut hint = String::from("its versions are, among others");
    for NamedVersion { short, time } in all {
        hint.push_str(&format!("\n  {short}  {}", when::local(*time)));
    }
    hint
}
