//! Joining a project's team and leaving it. A membership is an entry of one's own.

use commons_proto::contribution::Draft;
use commons_proto::edit::Value;
use commons_proto::id::{Author, EntryId};
use commons_proto::kind::Kind;

use super::edit::Base;
use super::erase::Taken;
use super::{Changes, Refused, post};
use crate::find;
use crate::store::{Store, Summary};

/// What becomes of somebody who joins.
#[derive(Debug)]
pub enum Joining {
    /// They are in the team already, in that role: this is the membership.
    Already(Summary),
    /// They join.
    New(Draft),
    /// They are in the team and change their role.
    Role(Draft),
}

/// The project that is meant.
pub fn project(store: &Store, typed: &str) -> Result<Summary, Refused> {
    let id = find::entry(store, typed)?;
    let summary = store.summary(&id)?.ok_or_else(|| find::unknown(typed, Vec::new()))?;
    match summary.kind {
        Kind::Project => Ok(summary),
        kind => Err(Refused::NotAProject { typed: typed.to_owned(), kind }),
    }
}

/// Joins a project, or changes the role.
pub fn join(
    store: &Store,
    project: &EntryId,
    role: &Option<String>,
    me: &Author,
) -> Result<Joining, Refused> {
    let mut changes = Changes::default();
    changes.set("role", role);
    let held = post::own(store, project, &Kind::Membership, me)?;
    let Some(membership) = held.into_iter().next() else {
        changes.put("about", &project.to_string());
        let wanted = post::wanted(store, &Kind::Membership, &changes)?;
        return Ok(Joining::New(post::entry(&Kind::Membership, &wanted, None)));
    };
    let base = Base::of(store, &membership.id, me)?;
    let wanted = base.wanted(store, &changes)?;
    Ok(match base.draft(&wanted, None) {
        Some(draft) => Joining::Role(draft),
        None => Joining::Already(membership),
    })
}

/// What leaving a project takes back.
pub fn leave(store: &Store, project: &EntryId, me: &Author) -> Result<Taken, Refused> {
    let mut taken = Taken::default();
    for membership in post::own(store, project, &Kind::Membership, me)? {
        taken.add_entry(store, &membership.id, me)?;
    }
    Ok(taken)
}

/// What this author does in the team of a project, perhaps nothing in words; `None` if they are not in
/// it.
pub fn role(store: &Store, project: &EntryId, me: &Author) -> Result<Option<String>, Refused> {
    let held = post::own(store, project, &Kind::Membership, me)?;
    let Some(membership) = held.first() else { return Ok(None) };
    let view = store.entry(&membership.id)?;
    let role = view.as_ref().and_then(|view| view.state.single("role"));
    Ok(Some(role.and_then(Value::as_text).unwrap_or_default().to_owned()))
}
