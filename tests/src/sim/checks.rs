//! What must hold after each step: nothing that was acknowledged is lost, nothing unsigned or against
//! the policy is held, memory is bounded, nobody honest is blamed and nobody blamed is let in, and
//! what is erased is gone.

use std::collections::BTreeSet;

use commons_node::store::{EntryView, Filter, Store};
use commons_proto::edit::{Edit, Value};
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::Kind;
use commons_proto::replica::{Fault, Peer, PeerStatus};

use super::model::{Held, Row};
use super::world::World;

impl World {
    /// A machine has started: everything that was acknowledged is there, and everything that is
    /// there may be. If the simulation cannot read the log, as the disk fails, it does so later.
    pub(super) fn check_start(&mut self, node: usize) {
        let Some(running) = &mut self.nodes[node].running else { return };
        let read = running.new_rows().and_then(|_| running.all_rows());
        let rows = match read {
            Ok(rows) => rows,
            Err(error) if !self.is_healed => {
                return self.note(format_args!("{node}'s log is not read: {error}"));
            }
            Err(error) => self.fail(format_args!("{node}'s log is not read: {error}")),
        };
        running.is_seen = true;
        let (it, Some(running)) = (&self.nodes[node], &self.nodes[node].running) else { return };
        let lost: Vec<_> = it.acknowledged.difference(&running.held).collect();
        if !lost.is_empty() {
            self.fail(format_args!("{node} lost what it acknowledged: {lost:?}"));
        }
        rows.iter().for_each(|row| self.check_row(node, &running.held, row));
        if running.replica.count() > running.held.len() as u64 {
            self.fail(format_args!("{node} has another set than its log"));
        }
    }

    /// A machine's replica has done something.
    pub(super) fn check_replica(&self, node: usize) {
        let Some(running) = &self.nodes[node].running else { return };
        if let Some(what) = running.replica.over_bound() {
            self.fail(format_args!("{node} keeps too much: {what}"));
        }
        if running.deadline().is_some_and(|at| at <= self.now) {
            self.fail(format_args!("{node} has a timer that never rests"));
        }
        if running.is_seen && running.replica.count() > running.held.len() as u64 {
            self.fail(format_args!("{node} counts more than its log holds"));
        }
    }

    /// The log of a machine may have grown: each new row may be there, and the words that it takes
    /// back are gone.
    pub(super) fn check_growth(&mut self, node: usize) {
        let path = self.nodes[node].database();
        let Some(running) = &mut self.nodes[node].running else { return };
        if !running.is_seen {
            if let Ok(audit) = super::node::look_at(&path) {
                running.audit = audit;
            }
            return self.check_start(node);
        }
        let rows = match running.new_rows() {
            Ok(rows) => rows,
            Err(error) => self.fail(format_args!("{node}'s log is not read: {error}")),
        };
        if rows.is_empty() {
            return;
        }
        let Some(running) = &self.nodes[node].running else { return };
        let mut erased = BTreeSet::new();
        for row in &rows {
            self.note(format_args!("{node} holds {:?}", row.id));
            self.check_row(node, &running.held, row);
            erased.extend(self.model.record(&row.id).edits().iter().filter_map(
                |edit| match edit {
                    Edit::Erase { target, .. } if running.held.contains(target) => Some(*target),
                    _ => None,
                },
            ));
        }
        if !erased.is_empty()
            && let Ok(rows) = running.all_rows()
        {
            let rows = rows.iter().filter(|row| erased.contains(&row.id));
            rows.for_each(|row| self.check_row(node, &running.held, row));
        }
    }

    fn check_row(&self, node: usize, held: &Held, row: &Row) {
        if let Err(why) = self.model.check(held, row) {
            self.fail(format_args!("{node} holds {:?}: {why}", row.id));
        }
    }

    /// A machine blames a peer: an honest one only for not answering.
    pub(super) fn check_blame(&self, node: usize, other: usize, fault: &Fault) {
        self.note(format_args!("{node} blames {other}: {fault}"));
        let forgiven = matches!(fault, Fault::Stalled | Fault::Refused);
        if !self.is_liar(other) && !forgiven {
            self.fail(format_args!("{node} blames {other}, who is honest: {fault}"));
        }
    }

    /// Whoever sent what does not verify is dropped, and nobody is let in who is refused.
    pub(super) fn check_refused(&self, node: usize, bad: Option<Peer>) {
        let it = &self.nodes[node];
        let Some(running) = &it.running else { return };
        for PeerStatus { peer, .. } in running.replica.peers() {
            if Some(peer) == bad {
                self.fail(format_args!("{node} keeps {peer:?}, who sent what does not verify"));
            }
            if it.blamed.get(&peer).is_some_and(|until| *until > self.now) {
                self.fail(format_args!("{node} lets {peer:?} in, whom it refuses"));
            }
        }
    }

    /// What a machine shows is what the oracle says that it should, for what it holds.
    pub(super) fn audit(&self, node: usize) {
        let Some(running) = &self.nodes[node].running else { return };
        // As somebody sees it who looks with a command.
        let Ok(store) = Store::open_read_only(&self.nodes[node].database()) else { return };
        let (store, held) = (&store, &running.held);
        if !running.is_seen {
            return;
        }
        let wrong = |what: String| self.fail(format_args!("{node} {what}"));
        let Ok(list) = store.list(&Filter::default()) else { return };
        let listed: BTreeSet<_> = list.iter().map(|one| one.id).collect();
        let (mut texts, mut shows) = (Vec::new(), Vec::new());
        for (entry, of) in self.model.entries(held) {
            let kind = self.model.genesis(&entry).map(|(kind, _)| kind.clone());
            let Ok(Some(view)) = store.entry(&entry) else {
                return wrong(format!("does not show the entry {entry:?}"));
            };
            if let Err(why) = self.model.check_state(held, &entry, &of, &view.state) {
                return wrong(format!("shows the entry {entry:?} wrongly: {why}"));
            }
            let heads: BTreeSet<ContributionId> = view.heads.iter().copied().collect();
            if heads != self.model.heads(&of) {
                return wrong(format!("has other heads of {entry:?}"));
            }
            let authors: BTreeSet<_> =
                of.iter().map(|id| self.model.record(id).header.author).collect();
            let shown = &view.summary;
            if (shown.versions, shown.authors) != (of.len() as u64, authors.len() as u64) {
                return wrong(format!("miscounts the versions or authors of {entry:?}"));
            }
            if !view.state.is_empty() && kind != Some(Kind::Erasure) {
                shows.push(Shows::of(entry, kind, of.len(), &view));
            }
            texts.push(said(&view));
        }
        let is_listed = |one: &&Shows| !shows.iter().any(|other| other.stands_for(one));
        let expected: BTreeSet<EntryId> =
            shows.iter().filter(is_listed).map(|one| one.entry).collect();
        if let Some(entry) = expected.symmetric_difference(&listed).next() {
            return wrong(format!("lists {entry:?}: {}", listed.contains(entry)));
        }
        self.check_gone(node, store, held, &texts);
    }

    /// What is taken back is found nowhere.
    fn check_gone(&self, node: usize, store: &Store, held: &Held, texts: &[String]) {
        for mark in self.gone(held, texts) {
            let found = store.search(&Filter::of_words(mark, 5)).unwrap_or_default();
            if !found.is_empty() {
                self.fail(format_args!("{node} finds the erased word {mark}"));
            }
        }
    }

    /// The words that were taken back and are in none of these texts by others.
    pub(super) fn gone<'a>(
        &'a self,
        held: &'a Held,
        texts: &'a [String],
    ) -> impl Iterator<Item = &'a str> {
        self.model.gone(held).filter(|mark| !texts.iter().any(|text| text.contains(mark)))
    }
}

/// An entry that shows something, as far as others may stand for it in lists.
struct Shows {
    entry: EntryId,
    kind: Option<Kind>,
    versions: usize,
    sources: BTreeSet<String>,
}

impl Shows {
    fn of(entry: EntryId, kind: Option<Kind>, versions: usize, view: &EntryView) -> Self {
        let sources = view.state.held("source").iter().filter_map(|held| held.value.as_ref());
        let sources = sources.filter_map(Value::as_text).map(str::to_owned).collect();
        Self { entry, kind, versions, sources }
    }

    /// Whether this one is listed in the place of the other: both are from one place, nobody has
    /// changed the other, and this one was changed or has a smaller id.
    fn stands_for(&self, other: &Self) -> bool {
        self.entry != other.entry
            && self.kind == other.kind
            && other.versions == 1
            && (self.versions > 1 || self.entry < other.entry)
            && !self.sources.is_disjoint(&other.sources)
    }
}

/// All that an entry says. A text is what is read, without the places of what is erased: between
/// them words of others may have come together.
pub(super) fn said(view: &EntryView) -> String {
    let mut said = String::from_utf8_lossy(&view.state.encode()).into_owned();
    for field in view.genesis.kind.fields() {
        said.push('\n');
        said.push_str(&view.state.prose(field.name));
    }
    said
}
