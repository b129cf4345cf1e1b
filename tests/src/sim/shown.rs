//! The oracle's view: what an entry shows, by brute force over who had seen what. Values and items
//! are those that nothing later replaced; text is spelt out for histories that are a chain.

use std::collections::{BTreeMap, BTreeSet};

use commons_proto::edit::{Edit, Shape, ShapeItem, Value};
use commons_proto::entry::{self, State, Step};
use commons_proto::id::{ContributionId, EntryId};
use commons_proto::kind::{FieldType, Kind};

use super::model::{Held, Model};

/// Every contribution's past: all that it had seen.
type Pasts = BTreeMap<ContributionId, BTreeSet<ContributionId>>;

impl Model {
    /// Whether this state is what the entry shows after these contributions.
    pub(super) fn check_state(
        &self,
        held: &Held,
        entry: &EntryId,
        of: &BTreeSet<ContributionId>,
        state: &State,
    ) -> Result<(), String> {
        let (kind, _) = self.genesis(entry).ok_or("it has not begun")?;
        let pasts = self.pasts(of);
        // What was made at once is not merged where texts are so long that it costs too much.
        let size: u64 = of.iter().map(|id| self.record(id).header.size).sum();
        let fields = if size > COSTLY { &[] } else { kind.fields() };
        for field in fields {
            let name = field.name;
            match field.field_type {
                FieldType::Single => {
                    let values = self.values(held, of, &pasts, name);
                    let shown: BTreeSet<_> =
                        state.held(name).iter().map(|held| held.value.clone()).collect();
                    if values != shown {
                        return Err(format!("{name} shows {shown:?} and not {values:?}"));
                    }
                }
                FieldType::Set => {
                    let items = self.items(held, of, &pasts, name);
                    let shown: BTreeSet<_> = state.set(name).cloned().collect();
                    if items != shown {
                        return Err(format!("{name} has {shown:?} and not {items:?}"));
                    }
                }
                FieldType::Prose => {
                    if let Some(text) = self.chain_text(held, of, &pasts, name)
                        && text != state.prose(name)
                    {
                        return Err(format!(
                            "{name} reads {:?} and not {text:?}",
                            state.prose(name)
                        ));
                    }
                }
            }
        }
        let whole = self.made_anew(held, kind, of, &pasts);
        if whole.encode() != state.encode() {
            return Err("made from scratch it is another one".to_owned());
        }
        Ok(())
    }

    /// The contributions that no other one of these follows.
    pub(super) fn heads(&self, of: &BTreeSet<ContributionId>) -> BTreeSet<ContributionId> {
        let followed: BTreeSet<_> =
            of.iter().flat_map(|id| self.record(id).header.parents.clone()).collect();
        of.difference(&followed).copied().collect()
    }

    fn pasts(&self, of: &BTreeSet<ContributionId>) -> Pasts {
        let mut pasts = Pasts::new();
        while pasts.len() < of.len() {
            for id in of.iter() {
                let parents = &self.record(id).header.parents;
                if pasts.contains_key(id) || !parents.iter().all(|one| pasts.contains_key(one)) {
                    continue;
                }
                let mut past: BTreeSet<_> = parents.iter().copied().collect();
                past.extend(parents.iter().flat_map(|parent| &pasts[parent]));
                pasts.insert(*id, past);
            }
        }
        pasts
    }

    /// The edits of those that are not taken back, for which `what` gives something: the last of
    /// each contribution.
    fn last_edits<'a, T>(
        &'a self,
        held: &Held,
        of: &BTreeSet<ContributionId>,
        what: impl Fn(&'a Edit) -> Option<T>,
    ) -> BTreeMap<ContributionId, T> {
        let stands = of.iter().filter(|id| self.shape(held, id).is_none());
        let last = stands.filter_map(|id| {
            let edits = self.record(id).edits().iter();
            Some((*id, edits.filter_map(&what).next_back()?))
        });
        last.collect()
    }

    fn values(
        &self,
        held: &Held,
        of: &BTreeSet<ContributionId>,
        pasts: &Pasts,
        name: &str,
    ) -> BTreeSet<Option<Value>> {
        let set = self.last_edits(held, of, |edit| match edit {
            Edit::Set { field, value } if field == name => Some(value.clone()),
            _ => None,
        });
        let values: BTreeSet<_> = latest(&set, pasts).into_iter().cloned().collect();
        if values.iter().all(Option::is_none) { BTreeSet::new() } else { values }
    }

    fn items(
        &self,
        held: &Held,
        of: &BTreeSet<ContributionId>,
        pasts: &Pasts,
        name: &str,
    ) -> BTreeSet<Value> {
        let edits = of.iter().flat_map(|id| self.record(id).edits());
        let all: BTreeSet<&Value> = edits
            .filter_map(|edit| match edit {
                Edit::Add { field, item } if field == name => Some(item),
                _ => None,
            })
            .collect();
        let is_there = |value: &&Value| {
            let touched = self.last_edits(held, of, |edit| match edit {
                Edit::Add { field, item } if field == name && item == *value => Some(true),
                Edit::Remove { field, item } if field == name && item == *value => Some(false),
                _ => None,
            });
            latest(&touched, pasts).into_iter().any(|added| *added)
        };
        all.into_iter().filter(is_there).cloned().collect()
    }

    /// The text of a history in which each contribution follows the one before it; nothing of any
    /// other.
    fn chain_text(
        &self,
        held: &Held,
        of: &BTreeSet<ContributionId>,
        pasts: &Pasts,
        name: &str,
    ) -> Option<String> {
        let mut chain: Vec<&ContributionId> = of.iter().collect();
        chain.sort_by_key(|id| pasts[*id].len());
        if !chain.iter().enumerate().all(|(place, id)| pasts[*id].len() == place) {
            return None;
        }
        let mut text: Vec<char> = Vec::new();
        for id in chain {
            let splices = match self.shape(held, id) {
                Some(shape) => erased_splices(&shape, name),
                None => splices(self.record(id).edits(), name),
            };
            for (at, delete, insert) in splices {
                let at = (at as usize).min(text.len());
                let end = at + (delete as usize).min(text.len() - at);
                text.splice(at..end, insert);
            }
        }
        Some(text.into_iter().filter(|character| *character != FILLER).collect())
    }

    /// The same by the product's own way from a whole history, in another order than anybody's.
    fn made_anew(
        &self,
        held: &Held,
        kind: &Kind,
        of: &BTreeSet<ContributionId>,
        pasts: &Pasts,
    ) -> State {
        let mut order: Vec<&ContributionId> = of.iter().collect();
        order.sort_by_key(|id| (pasts[*id].len(), **id));
        let shapes: Vec<Option<Shape>> = order.iter().map(|id| self.shape(held, id)).collect();
        let steps: Vec<Step> = order
            .iter()
            .zip(&shapes)
            .map(|(id, shape)| Step { record: self.record(id), shape: shape.as_ref() })
            .collect();
        entry::materialise(kind, &steps)
    }
}

/// What those did that no other one of these had seen.
fn latest<'a, T>(did: &'a BTreeMap<ContributionId, T>, pasts: &Pasts) -> Vec<&'a T> {
    let is_seen = |id: &ContributionId| did.keys().any(|other| pasts[other].contains(id));
    did.iter().filter(|(id, _)| !is_seen(id)).map(|(_, what)| what).collect()
}

type Splice = (u64, u64, Vec<char>);

fn splices(edits: &[Edit], name: &str) -> Vec<Splice> {
    let splice = |edit: &Edit| match edit {
        Edit::Splice { field, at, delete, insert } if field == name => {
            Some((*at, *delete, insert.chars().collect()))
        }
        _ => None,
    };
    edits.iter().filter_map(splice).collect()
}

fn erased_splices(shape: &Shape, name: &str) -> Vec<Splice> {
    let splice = |item: &ShapeItem| match item {
        ShapeItem::Splice(field, at, delete, insert) if field == name => {
            Some((*at, *delete, vec![FILLER; *insert as usize]))
        }
        _ => None,
    };
    shape.0.iter().filter_map(splice).collect()
}

/// Bytes of an entry's payloads beyond which its merge may cost too much.
const COSTLY: u64 = 20_000;

/// What stands for an erased character.
const FILLER: char = '\u{10FFFF}';
