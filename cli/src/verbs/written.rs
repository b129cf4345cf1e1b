//! What every verb that writes says in the end.

use commons_node::json;
use commons_node::store::Store;
use commons_proto::contribution::Verified;
use commons_proto::kind::Kind;
use std::io::{self, IsTerminal as _};

use crate::context::Context;
use crate::error::CliError;
use crate::output::{FAINT, say, styled};

/// Prints the shortened id of what was written, or the object; and to a person, `what` was done
/// and, where no node was `told`, what is left to do.
pub(crate) fn print(
    context: &mut Context,
    store: &Store,
    verified: &Verified,
    kind: &Kind,
    what: &str,
    told: bool,
) -> Result<(), CliError> {
    let short = store.short(&verified.id())?;
    if context.out.is_json() {
        context.out.json(&json::Written {
            id: verified.id().to_string(),
            short,
            entry: verified.entry().to_string(),
            kind: kind.name().to_owned(),
        })?;
        return Ok(());
    }
    context.out.line(short)?;
    context.out.flush()?;
    if io::stderr().is_terminal() {
        let next = if told { "" } else { "; it reaches the others when you run commons start" };
        say(styled(format!("{what}{next}"), FAINT));
    }
    Ok(())
}
