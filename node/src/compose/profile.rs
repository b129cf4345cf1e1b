//! What people say of themselves.

use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, State};
use commons_proto::id::Author;
use commons_proto::kind::Kind;

use super::{Changes, Refused};
use crate::find;
use crate::store::{EntryView, Filter, Muting, Store, StoreError};

/// This author's profile with these changes, the first or a further version of it; `None` if it is like
/// that already.
pub fn write(store: &Store, changes: &Changes, me: &Author) -> Result<Option<Draft>, Refused> {
    let held = of(store, me)?;
    let state = held.as_ref().map_or_else(State::default, |view| view.state.clone());
    let wanted = changes.wanted(&Kind::Person, &state, &|typed| find::entry(store, typed))?;
    let edits = entry::changes(&Kind::Person, &state, &wanted);
    if edits.is_empty() {
        return Ok(None);
    }
    let (subject, parents) = match held {
        Some(view) => (Subject::Entry(view.summary.id), view.heads),
        None => (Subject::Genesis(Kind::Person), Vec::new()),
    };
    Ok(Some(Draft { subject, parents, edits, summary: None }))
}

/// The profile of this author: the last changed, if they made several.
pub fn of(store: &Store, author: &Author) -> Result<Option<EntryView>, StoreError> {
    let filter = Filter {
        kinds: vec![Kind::Person],
        authors: vec![vec![*author]],
        limit: Some(1),
        muting: Muting::Along,
        ..Filter::default()
    };
    match store.list(&filter)?.first() {
        Some(person) => store.entry(&person.id),
        None => Ok(None),
    }
}
