//! The end of a simulation: nothing goes wrong any more but for the liars, and within bounded time
//! all honest machines hold the same and show the same, what the oracle says; every store finds
//! itself sound; and what was erased is in no file.

use commons_node::store::{Filter, Store};
use commons_proto::id::EntryId;

use super::checks::said;
use super::model::Held;
use super::node::SimNode;
use super::world::World;

impl World {
    /// Heals everything, waits until all is settled, and checks what is left. After how many
    /// milliseconds it was.
    pub(super) fn end(&mut self) -> u64 {
        let must = self.must();
        self.heal();
        let settled = self.settle();
        self.check_sets(&must);
        self.check_views();
        self.wait_until_elsewhere();
        for node in 0..self.nodes.len() {
            self.check_store(node);
        }
        settled
    }

    /// What must be there in the end: what some honest machine acknowledged and did not lose to a
    /// backup.
    fn must(&self) -> Held {
        self.nodes.iter().flat_map(|node| &node.acknowledged).copied().collect()
    }

    fn settle(&mut self) -> u64 {
        let (start, end) = (self.now, self.now + SETTLED);
        while !self.is_settled() {
            if !self.step(end) {
                let counts: Vec<_> = self.counts();
                self.fail(format_args!("they do not settle in {SETTLED} ms: {counts:?}"));
            }
        }
        self.note(format_args!("settled"));
        self.now - start
    }

    fn counts(&self) -> Vec<Option<(u64, usize)>> {
        let count = |node: &SimNode| {
            let running = node.running.as_ref()?;
            Some((running.replica.count(), running.held.len()))
        };
        self.nodes.iter().map(count).collect()
    }

    /// Whether all run and hold the same, in memory and in their logs.
    fn is_settled(&self) -> bool {
        let mut first = None;
        self.nodes.iter().all(|node| {
            let Some(running) = &node.running else { return false };
            let root = running.replica.root();
            running.replica.count() == running.held.len() as u64
                && *first.get_or_insert(root) == root
        })
    }

    fn check_sets(&self, must: &Held) {
        let held = |node: usize| self.nodes[node].running.as_ref().map(|running| &running.held);
        for node in 0..self.nodes.len() {
            let Some(has) = held(node) else { continue };
            if let Some(lost) = must.difference(has).next() {
                self.fail(format_args!("{node} lacks {lost:?}, which was acknowledged"));
            }
            if Some(has) != held(0) {
                self.fail(format_args!("{node} says that it holds the same as 0, and does not"));
            }
            self.audit(node);
        }
    }

    /// All show the very same.
    fn check_views(&self) {
        let Some(first) = &self.nodes[0].running else { return };
        let entries: Vec<EntryId> = self.model.entries(&first.held).into_keys().collect();
        let open =
            |node: &SimNode| Store::open_read_only(&node.database()).expect("the disk is well");
        let stores: Vec<Store> = self.nodes.iter().map(open).collect();
        let shown = |node: usize, entry: &EntryId| {
            let view = stores[node].entry(entry).ok()??;
            Some((
                view.state.encode(),
                view.summary.title,
                view.summary.conflicts,
                view.contributors,
            ))
        };
        for entry in &entries {
            let first = shown(0, entry);
            for node in 1..self.nodes.len() {
                if first.is_none() || shown(node, entry) != first {
                    self.fail(format_args!("{node} and 0 show {entry:?} otherwise"));
                }
            }
        }
    }

    /// In the end everything is held by somebody else, and everybody knows.
    fn wait_until_elsewhere(&mut self) {
        let end = self.now + KNOWN;
        let knows = |world: &Self| {
            world.nodes.iter().all(|node| {
                node.running.as_ref().is_some_and(|running| running.replica.only_here() == 0)
            })
        };
        while !knows(self) {
            if !self.step(end) {
                let only: Vec<_> = self
                    .nodes
                    .iter()
                    .map(|node| node.running.as_ref().map(|running| running.replica.only_here()))
                    .collect();
                self.fail(format_args!("what is elsewhere is not known: {only:?}"));
            }
        }
    }

    /// The store by itself, after everything: sound, the same when it is made again, and without a
    /// word that was taken back.
    fn check_store(&mut self, node: usize) {
        let Some(running) = self.nodes[node].running.take() else { return };
        let held = running.held.clone();
        drop(running);
        let path = self.nodes[node].database();
        let mut store = Store::open(&path, &self.commons).expect("the disk is well");
        let report = store.verify(|_, _| {}).expect("the disk is well");
        if !report.damaged.is_empty() || !report.file.is_empty() || report.changed > 0 {
            self.fail(format_args!("{node} is not sound: {report:?}"));
        }
        let ids: Held =
            store.ids().expect("the disk is well").into_iter().map(|one| one.0).collect();
        // What failed at its commit may be there all the same once the file is opened anew: it was
        // never acknowledged, and is sound.
        if !ids.is_superset(&held) {
            self.fail(format_args!("{node} no longer holds what it told"));
        }
        let unknown = ids.iter().find(|id| self.model.get(id).is_none());
        if let Some(id) = unknown {
            self.fail(format_args!("{node} holds {id:?}, which nobody wrote"));
        }
        store.scrub().expect("the disk is well");
        let list = store.list(&Filter::default()).expect("the disk is well");
        let texts: Vec<String> = list
            .iter()
            .filter_map(|one| store.entry(&one.id).ok()?)
            .map(|view| said(&view))
            .collect();
        drop(store);
        let image = self.nodes[node].disk.image();
        for mark in self.gone(&ids, &texts) {
            for (name, bytes) in &image.files {
                if let Some(at) = memchr::memmem::find(bytes, mark.as_bytes()) {
                    let around = &bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())];
                    let around = String::from_utf8_lossy(around);
                    self.fail(format_args!(
                        "{node} still has the erased word {mark} in {name:?} at {at}: {around:?}"
                    ));
                }
            }
        }
    }
}

/// Milliseconds in which all must hold the same once nothing goes wrong any more: the longest wait
/// of the store, some comparisons at intervals, and time for liars to be in the way.
const SETTLED: u64 = 240_000;

/// Milliseconds in which everybody must know that nothing is only here.
const KNOWN: u64 = 120_000;
