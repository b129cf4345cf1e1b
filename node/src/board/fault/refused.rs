//! What cannot be found or written, as a fault.

use axum::http::StatusCode;
use commons_proto::contribution::Refusal;

use super::Fault;
use crate::compose::Refused;
use crate::find::{FindError, NEAR};
use crate::names::person_name;
use crate::store::Candidate;
use crate::{escape, when};

impl From<FindError> for Fault {
    fn from(error: FindError) -> Self {
        let message = error.to_string();
        let missing = |hint: String| Self::missing(message.clone()).hint(hint);
        let several =
            |hint: String| Self::new(StatusCode::CONFLICT, "ambiguous", message.clone()).hint(hint);
        match error {
            FindError::Store(error) => error.into(),
            FindError::NotAnId(_) => {
                missing("an id has only the letters a-z and the digits 2-7".to_owned())
            }
            FindError::Unknown { near, .. } if near.is_empty() => {
                missing("the lists show what is here".to_owned())
            }
            FindError::Unknown { near, .. } => {
                missing(candidates("did you mean one of these?", &near))
            }
            FindError::Ambiguous { all, .. } => {
                several(candidates("give more letters of the one you mean", &all))
            }
            FindError::NoVersion { last: versions, .. } => {
                missing(format!("its versions are, among others{}", named(&versions)))
            }
            FindError::Versions { all, .. } => {
                several(format!("give more letters of the one you mean{}", named(&all)))
            }
            FindError::Nobody(_) => {
                missing("give a name, the beginning of a key, or a did:key".to_owned())
            }
            FindError::Authors { all, .. } => {
                let mut hint = "give more of the key of the one you mean".to_owned();
                for (author, name) in all.iter().take(NEAR) {
                    let name = person_name(name.as_deref().unwrap_or_default());
                    hint.push_str(&format!("\n{:.16}  {name}", author.to_string()));
                }
                several(hint)
            }
        }
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        let fault = |status, code| Self::new(status, code, message.clone());
        let value = || fault(StatusCode::UNPROCESSABLE_ENTITY, "value");
        match refused {
            Refused::Store(error) => error.into(),
            Refused::Find(error) => error.into(),
            Refused::Value(_) => value(),
            Refused::Empty(field) => value().hint(format!("give the {field} a word at least")),
            Refused::Several(_) => value().hint("add to it, or take out of it, one by one"),
            Refused::NoField { kind, .. } => {
                let names: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
                value().hint(format!("its fields are {}", names.join(", ")))
            }
            Refused::NoStart => value().hint("say when it begins as well"),
            Refused::NoItem { has, .. } if has.is_empty() => value().hint("it has none"),
            Refused::NoItem { has, .. } => value().hint(format!("it has {}", has.join(", "))),
            Refused::NotAProject { .. } => fault(StatusCode::CONFLICT, "not-a-project")
                .hint("teams are of projects; an idea can be endorsed"),
            Refused::Damaged { .. } => fault(StatusCode::CONFLICT, "damaged")
                .hint("what was written is sound: its history shows it"),
            Refused::Newer(_) => fault(StatusCode::CONFLICT, "newer")
                .hint("a node of the newer version can change it"),
            Refused::NotTheAuthor { owner, .. } => fault(StatusCode::FORBIDDEN, "not-the-author")
                .hint(format!("it belongs to {owner}; a comment says what you think of it")),
            Refused::Erasure | Refused::UndoErasure => fault(StatusCode::CONFLICT, "erasure")
                .hint("what was taken back is gone; write it again"),
            Refused::NothingOwn { .. } | Refused::ByAnother { .. } => {
                fault(StatusCode::FORBIDDEN, "not-the-author")
                    .hint("everybody takes back their own words only; muting hides others' for you")
            }
            Refused::NotHeld(_) => fault(StatusCode::CONFLICT, "not-held")
                .hint("somebody settled it or changed it meanwhile: look at it again"),
            Refused::Draft(Refusal::TooLarge { bytes, limit, .. }) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                format!("this is too long for one contribution: {bytes} bytes, and {limit} fit"),
            )
            .hint("shorten it, or put the text somewhere and link it"),
            Refused::Draft(_) => value().hint("make the change in several steps"),
            Refused::NotTaken(_) => fault(StatusCode::CONFLICT, "not-taken"),
            Refused::NotKept(_) => {
                tracing::error!(%message, "the database contradicts itself");
                fault(StatusCode::INTERNAL_SERVER_ERROR, "database")
                    .hint("commons doctor looks into what is wrong")
            }
            Refused::Entropy(_) => fault(StatusCode::SERVICE_UNAVAILABLE, "entropy"),
        }
    }
}

fn candidates(question: &str, all: &[Candidate]) -> String {
    let mut hint = question.to_owned();
    for candidate in all.iter().take(NEAR) {
        let title = if candidate.muted { "(muted)" } else { &candidate.title };
        let (short, kind) = (&candidate.short, candidate.kind.name());
        hint.push_str(&format!("\n{short}  {kind}  {}", escape::line(title)));
    }
    hint
}

fn named(versions: &[crate::find::NamedVersion]) -> String {
    let line = |version: &crate::find::NamedVersion| {
        format!("\n{}  {}", version.short, when::local(version.time))
    };
    versions.iter().map(line).collect()
}
