//! `whoami`: the author key.

use crate::context::Context;
use crate::error::CliError;
use crate::find::short_author;
use crate::json;
use crate::output::{FAINT, styled};

/// Show who you are here: your author key, and where it is kept
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  commons whoami")]
pub(crate) struct Whoami {}

/// Runs the verb.
pub(crate) fn run(context: &mut Context) -> Result<(), CliError> {
    let author = context.key()?.author();
    let name = context.reader()?.author_name(&author)?;
    let key_file = context.home.author_key_file().display().to_string();
    let out = &mut context.out;
    if out.is_json() {
        return Ok(out.json(&json::Whoami {
            author: author.to_string(),
            did: author.did(),
            short: short_author(&author),
            name: name.as_deref(),
            key_file,
        })?);
    }
    for (label, value) in [
        ("author", author.to_string()),
        ("short", short_author(&author)),
        ("did", author.did()),
        ("name", name.unwrap_or_else(|| "(none)".to_owned())),
        ("key", key_file),
    ] {
        out.field(label, &value)?;
    }
    Ok(out.line(styled(
        "The key is who you are: keep a copy of the file, and show it to nobody.",
        FAINT,
    ))?)
}
