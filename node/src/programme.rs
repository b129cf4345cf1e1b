//! The programme: sessions by time, and which of them clash, because they are in one place or led by
//! the same people at the same time.

use std::collections::{BTreeMap, BTreeSet};

use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::id::EntryId;
use commons_proto::kind::Kind;

use crate::store::{Filter, Result, Store, Summary};

/// A session in the programme.
#[derive(Debug, Clone)]
pub struct Slot {
    /// As in a list.
    pub summary: Summary,
    /// When it begins, in seconds since 1970 UTC, if that is known.
    pub start: Option<u64>,
    /// When it ends, in seconds since 1970 UTC, if that is known and after the start.
    pub end: Option<u64>,
    /// Where it is.
    pub place: Option<String>,
    /// The workstream that it belongs to.
    pub workstream: Option<String>,
    /// Who leads it.
    pub leads: Vec<String>,
    /// The sessions at the same time with which it shares something, in the order of the programme.
    pub clashes: Vec<Clash>,
}

/// Why two sessions cannot both be as they are planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The other session.
    pub with: EntryId,
    /// What both need: a place, or somebody who leads both.
    pub over: String,
}

/// All sessions: those with a start by time, then the others, the last changed first.
pub fn programme(store: &Store) -> Result<Vec<Slot>> {
    let filter = Filter { kinds: vec![Kind::Session], ..Filter::default() };
    let mut slots = Vec::new();
    for summary in store.list(&filter)? {
        if let Some(view) = store.entry(&summary.id)? {
            slots.push(Slot::new(summary, &view.state));
        }
    }
    slots.sort_by_key(|slot| (slot.start.is_none(), slot.start, slot.end, slot.summary.id));
    find_clashes(&mut slots);
    Ok(slots)
}

impl Slot {
    fn new(summary: Summary, state: &State) -> Self {
        let time = |field| match state.single(field) {
            Some(Value::Number(seconds)) => u64::try_from(*seconds).ok(),
            _ => None,
        };
        let text = |field| {
            let text = state.single(field).and_then(Value::as_text).map(str::trim);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let start = time("start");
        Self {
            start,
            end: time("end").filter(|end| start.is_some_and(|start| start < *end)),
            place: text("place"),
            workstream: text("workstream"),
            leads: state.set("leads").filter_map(Value::as_text).map(str::to_owned).collect(),
            clashes: Vec::new(),
            summary,
        }
    }

    /// Whether it goes on at this time.
    pub fn is_at(&self, time: u64) -> bool {
        self.start.is_some_and(|start| start <= time) && self.goes_on_at(time)
    }

    /// Whether it belongs to this workstream, as typed: upper and lower case are one, and a `#` is none
    /// of it.
    pub fn is_of_workstream(&self, wanted: &str) -> bool {
        let plain = |text: &str| text.trim().trim_start_matches('#').to_lowercase();
        self.workstream.as_deref().map(plain) == Some(plain(wanted))
    }

    /// Whether the other one, which begins no earlier, begins before this one ends. One whose end is
    /// not known takes just its first moment.
    fn goes_on_at(&self, start: u64) -> bool {
        self.start.is_some_and(|own| start < self.end.unwrap_or(own + 1))
    }

    /// What it needs for itself: its place, and whoever leads it; as people tell them apart.
    fn needs(&self) -> impl Iterator<Item = &String> {
        self.place.iter().chain(&self.leads)
    }
}

/// Finds what clashes. Sessions that need the same thing are looked at in the order of their starts,
/// each with a few that follow, so that a programme full of clashes costs no more than another.
fn find_clashes(slots: &mut [Slot]) {
    let mut needed: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.start.is_some()) {
        let things: BTreeSet<String> = slot.needs().map(|thing| thing.to_lowercase()).collect();
        for thing in things {
            needed.entry(thing).or_default().push(at);
        }
    }
    for together in needed.into_values() {
        for (place, &at) in together.iter().enumerate() {
            for &other in together[place + 1..].iter().take(CLASHES) {
                let goes_on = slots[other].start.is_some_and(|start| slots[at].goes_on_at(start));
                if !goes_on {
                    break;
                }
                let over = slots[at].needs().find(|one| {
                    slots[other].needs().any(|two| one.to_lowercase() == two.to_lowercase())
                });
                let over = over.cloned().unwrap_or_default();
                clash(slots, at, other, &over);
                clash(slots, other, at, &over);
            }
        }
    }
}

/// Notes at one session that it clashes with another, once and up to a bound.
fn clash(slots: &mut [Slot], at: usize, other: usize, over: &str) {
    let with = slots[other].summary.id;
    let clashes = &mut slots[at].clashes;
    if clashes.len() < CLASHES && !clashes.iter().any(|clash| clash.with == with) {
        clashes.push(Clash { with, over: over.to_owned() });
    }
}

/// Clashes that are told of one session: more would not help to mend them.
const CLASHES: usize = 8;

/// For tests: sessions without a store.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use commons_proto::id::Author;

    /// A session of this number, start and length, 0 if its end is not known, at this place, led by
    /// somebody.
    pub(crate) fn slot(number: u8, start: u64, minutes: u64, place: &str, lead: &str) -> Slot {
        let summary = Summary {
            id: EntryId([number; 32]),
            short: String::new(),
            kind: Kind::Session,
            title: String::new(),
            tags: Vec::new(),
            author: Author([0; 32]),
            name: None,
            created: 0,
            changed: 0,
            versions: 1,
            authors: 1,
            conflicts: 0,
            licence: None,
            muted: false,
            damaged: None,
        };
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Slot {
            summary,
            start: Some(start),
            end: (minutes > 0).then_some(start + minutes * 60),
            place: filled(place),
            workstream: None,
            leads: filled(lead).into_iter().collect(),
            clashes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::slot;
    use super::*;

    fn clashes(mut slots: Vec<Slot>) -> Vec<usize> {
        find_clashes(&mut slots);
        slots.iter().map(|slot| slot.clashes.len()).collect()
    }

    #[test]
    fn sessions_clash_over_a_place_or_a_person_at_one_time() {
        let room = |number, start, place| slot(number, start, 45, place, "");
        assert_eq!(clashes(vec![room(1, 0, "Room 1"), room(2, 1800, "room 1")]), [1, 1]);
        assert_eq!(clashes(vec![room(1, 0, "Room 1"), room(2, 1800, "Room 2")]), [0, 0]);
        assert_eq!(clashes(vec![room(1, 0, "Room 1"), room(2, 2700, "Room 1")]), [0, 0]);
        let led = |number, place| slot(number, 0, 45, place, "Ana");
        assert_eq!(clashes(vec![led(1, "Room 1"), led(2, "Room 2")]), [1, 1]);
        assert_eq!(clashes(vec![led(1, "Room 1"), led(2, "Room 1")]), [1, 1], "told once");
    }

    #[test]
    fn many_clashes_are_bounded() {
        let slots = (0..200).map(|number| slot(number, 0, 45, "Room 1", "Ana")).collect();
        assert!(clashes(slots).iter().all(|count| (1..=CLASHES).contains(count)));
    }
}
