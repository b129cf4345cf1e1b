//! `undo`: takes back the last thing that this author did, by a further contribution.

use commons_node::compose::undo::{self as compose, Undo as Undoing};
use commons_node::store::Summary;

use super::{erase, written};
use crate::ask::ask;
use crate::context::Context;
use crate::error::{CliError, ErrorKind};
use crate::output::{escape, say};

/// Undo the last thing that you did
///
/// A change is taken back by a further version; what others have written since stays. Undone again,
/// it comes back. A new entry is erased, after a question. Prints the shortened id of what was
/// written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons undo")]
pub(crate) struct Undo {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let key = context.key()?;
    let mut store = context.writer()?;
    match compose::undo(&store, &key.author())? {
        Undoing::Nothing => say("There is nothing to undo: you have written nothing here."),
        Undoing::Erased(summary) => say(format!(
            "Your last change of {} is erased: there is nothing left of it to undo.",
            named(&summary)
        )),
        Undoing::Overtaken(summary) => say(format!(
            "Nothing is left of your last change of {}: others have changed it since.",
            named(&summary)
        )),
        Undoing::Added(summary, taken) => {
            let named = named(&summary);
            say(format!("The last thing that you did was to add {named}. Undoing that erases it."));
            if !ask("Erase it?", context.yes)? {
                return Err(CliError::new(ErrorKind::Unanswered, "nothing was undone"));
            }
            for erasure in erase::write(context, &mut store, &key, &taken)? {
                context.out.line(store.short(&erasure)?)?;
            }
            say(format!("Erased {named}."));
        }
        Undoing::Changed { summary, short, draft } => {
            let (verified, told) = context.write(&mut store, &key, draft)?;
            let what = format!("undid your change {short} of {}", named(&summary));
            return written::print(context, &store, &verified, &summary.kind, &what, told);
        }
    }
    Ok(())
}

/// An entry in a sentence.
fn named(summary: &Summary) -> String {
    let title = escape::line(&summary.title);
    format!("the {} {} “{title}”", summary.kind.name(), summary.short)
}
