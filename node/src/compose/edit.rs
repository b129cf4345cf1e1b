//! A further version of an entry: what it follows, and the least edits that lead from what is shown to
//! what is wanted. Where an entry has several heads, they are brought together.

use commons_proto::contribution::{Draft, Subject};
use commons_proto::entry::{self, State, Wanted};
use commons_proto::id::{Author, ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::limits::PARENTS;
use commons_proto::policy::{self, PolicyError};

use super::{Changes, Refused};
use crate::find;
use crate::names;
use crate::store::{EntryView, Store, StoreError};

/// What the next version of an entry follows.
#[derive(Debug, Clone)]
pub struct Base {
    /// The entry as it is shown.
    pub view: EntryView,
    /// Its heads, or as many as one contribution can bring together.
    pub parents: Vec<ContributionId>,
    /// What it looks like there.
    pub state: State,
}

/// An old version that is to be brought back.
#[derive(Debug)]
pub struct Restoring {
    /// What the entry is, as it is shown.
    pub view: EntryView,
    /// The old version's shortened id.
    pub short: String,
    /// What is to be signed; `None` if it is like that already.
    pub draft: Option<Draft>,
}

impl Base {
    /// What the next version of this entry by this author follows, if they may change it and this
    /// program can.
    pub fn of(store: &Store, entry: &EntryId, me: &Author) -> Result<Self, Refused> {
        let view =
            store.entry(entry)?.ok_or_else(|| find::unknown(&entry.to_string(), Vec::new()))?;
        check_allowed(&view, me)?;
        let (parents, state) = base(store, &view)?;
        Ok(Self { view, parents, state })
    }

    /// The same for a version that follows these versions of the entry, whatever came since: what others
    /// wrote meanwhile is merged with it.
    pub fn at(
        store: &Store,
        entry: &EntryId,
        mut parents: Vec<ContributionId>,
        me: &Author,
    ) -> Result<Self, Refused> {
        let view =
            store.entry(entry)?.ok_or_else(|| find::unknown(&entry.to_string(), Vec::new()))?;
        check_allowed(&view, me)?;
        parents.sort_unstable();
        parents.dedup();
        if parents.is_empty() || parents.len() > PARENTS {
            let what = format!("a change follows between one and {PARENTS} versions");
            return Err(Refused::Value(what));
        }
        let state = store.state_at(entry, &parents)?.unwrap_or_default();
        Ok(Self { view, parents, state })
    }

    /// The entry's kind.
    pub fn kind(&self) -> &Kind {
        &self.view.summary.kind
    }

    /// What is asked of it.
    pub fn wanted(&self, store: &Store, changes: &Changes) -> Result<Wanted, Refused> {
        changes.wanted(self.kind(), &self.state, &|typed| find::entry(store, typed))
    }

    /// The version that holds what is wanted; `None` if it is like that already. `summary` says why.
    pub fn draft(self, wanted: &Wanted, summary: Option<String>) -> Option<Draft> {
        let edits = entry::changes(self.kind(), &self.state, wanted);
        let subject = Subject::Entry(self.view.summary.id);
        (!edits.is_empty()).then_some(Draft { subject, parents: self.parents, edits, summary })
    }
}

/// Brings an entry back to one of its versions, by a further version.
pub fn restore(
    store: &Store,
    entry: &EntryId,
    version: &str,
    summary: Option<String>,
    me: &Author,
) -> Result<Restoring, Refused> {
    let base = Base::of(store, entry, me)?;
    let version = find::version(store, &store.history(entry)?, version)?;
    let then = store.state_at(entry, &[version])?.unwrap_or_default();
    let short = store.short(&version)?;
    let summary = summary.or_else(|| Some(format!("back to {short}")));
    let view = base.view.clone();
    Ok(Restoring { view, short, draft: base.draft(&Wanted::from(&then), summary) })
}

/// Settles a conflict: of the values that a field holds, the one that this contribution gave it stays.
pub fn settle(
    store: &Store,
    entry: &EntryId,
    field: &str,
    by: &ContributionId,
    me: &Author,
) -> Result<Option<Draft>, Refused> {
    let base = Base::of(store, entry, me)?;
    super::field_of(base.kind(), field)?;
    let held = base.state.held(field).iter().find(|held| held.by == *by);
    let value = held.ok_or_else(|| Refused::NotHeld(field.to_owned()))?.value.clone();
    let mut wanted = Wanted::new();
    wanted.set(field, value);
    let summary = Some(format!("settles the {field}"));
    Ok(base.draft(&wanted, summary))
}

/// What the next version follows, and what the entry looks like there: all its heads, or as many
/// as one contribution can bring together.
fn base(store: &Store, view: &EntryView) -> Result<(Vec<ContributionId>, State), StoreError> {
    let mut parents = view.heads.clone();
    if parents.len() <= PARENTS {
        return Ok((parents, view.state.clone()));
    }
    parents.sort_unstable();
    parents.truncate(PARENTS);
    let state = store.state_at(&view.summary.id, &parents)?;
    Ok((parents, state.unwrap_or_default()))
}

/// Whether this author may change the entry, and this program can.
pub fn check_allowed(view: &EntryView, me: &Author) -> Result<(), Refused> {
    if view.summary.damaged.is_some() {
        return Err(Refused::Damaged { short: view.summary.short.clone() });
    }
    let kind = &view.genesis.kind;
    match policy::allows_author(&view.genesis, me) {
        Ok(()) if matches!(kind, Kind::Newer { .. }) => Err(Refused::Newer(kind.name().to_owned())),
        Ok(()) => Ok(()),
        Err(PolicyError::Erasure) => Err(Refused::Erasure),
        Err(PolicyError::NotTheAuthor) => {
            let owner = names::person(&view.summary.author, view.summary.name.as_deref());
            Err(Refused::NotTheAuthor { kind: kind.clone(), owner, me: *me })
        }
    }
}
