//! What comes in, as lines for people: shared by the verbs that tell it as it comes, or afterwards.

use anstyle::Style;
use commons_node::store::{Filter, LogItem, Source, Store, Summary};
use commons_proto::id::EntryId;
use jiff::Zoned;
use std::collections::{BTreeMap, BTreeSet};

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

/// Which of these entries the filter lets through, with what a list shows of them.
pub(super) fn matching(
    store: &Store,
    filter: &Filter,
    entries: &BTreeSet<EntryId>,
) -> Result<BTreeMap<EntryId, Summary>, CliError> {
    let mut found = Vec::new();
    if entries.len() > ONE_BY_ONE {
        found = store.list(filter)?;
        found.retain(|summary| entries.contains(&summary.id));
    } else {
        for entry in entries {
            found.extend(store.list(&Filter { entry: Some(*entry), ..filter.clone() })?);
        }
    }
    Ok(found.into_iter().map(|summary| (summary.id, summary)).collect())
}

/// Entries that are asked for one by one; of more, all that are here are asked for at once.
const ONE_BY_ONE: usize = 1000;
