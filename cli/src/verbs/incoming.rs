//! What comes in, as lines for people: shared by the verbs that tell it as it comes, or afterwards.

use anstyle::Style;
use commons_node::store::{LogItem, Source, Store};
use jiff::Zoned;

use crate::error::CliError;
use crate::find;
use crate::output::{FAINT, ID, Output, escape, styled};

/// Tells of a contribution.
pub(super) fn contribution(
    item: &LogItem,
    store: &Store,
    out: &mut Output,
) -> Result<(), CliError> {
    let label = if item.begins() { "new" } else { "changed" };
    let short = styled(store.short(&item.entry.into())?, ID);
    let kind = escape::line(item.kind.name()).into_owned();
    let title = escape::line(&item.title).into_owned();
    let who = match item.source {
        Source::Here => "you".to_owned(),
        Source::Peer => find::person(&item.author, store.author_name(&item.author)?.as_deref()),
    };
    line(out, ID, label, &format!("{kind} {short} “{title}” by {who}"))
}

/// A line with the time of the day, and what it is about.
pub(super) fn line(out: &mut Output, look: Style, label: &str, text: &str) -> Result<(), CliError> {
    let time = styled(Zoned::now().strftime("%H:%M:%S"), FAINT);
    out.line(format!("{time}  {}  {text}", styled(format!("{label:7}"), look)))?;
    Ok(out.flush()?)
}
