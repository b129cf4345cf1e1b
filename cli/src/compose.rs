//! What the arguments say of an entry, as typed. What comes of it is in `commons_node::compose`, which
//! the board uses, too; who signs and stores it is in [`crate::context`].

pub(crate) mod fields;
pub(crate) mod text;

use commons_node::compose::Changes;

use crate::error::CliError;

/// Gives fields values, each typed as `FIELD=VALUE`.
pub(crate) fn assign(changes: &mut Changes, typed: &[String]) -> Result<(), CliError> {
    for typed in typed {
        let (field, value) = typed.split_once('=').ok_or_else(|| {
            CliError::usage(format!("“{typed}” is not of the form FIELD=VALUE"))
                .hint("write it like --set place=\"Room 2\"")
        })?;
        changes.put(field.trim(), value);
    }
    Ok(())
}
