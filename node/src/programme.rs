//! The programme: sessions by time, and which of them clash, because they are in one place or led by
//! the same people at the same time.

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
    let filter = Filter { kind: Some(Kind::Session), ..Filter::default() };
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

    /// Whether both go on at some time. One whose end is not known takes just its first moment.
    fn overlaps(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (self.start, other.start) else { return false };
        let ends = |slot: &Self, start: u64| slot.end.unwrap_or(start + 1);
        one < ends(other, two) && two < ends(self, one)
    }

    fn shared(&self, other: &Self) -> Option<String> {
        let same = |one: &str, two: &str| one.to_lowercase() == two.to_lowercase();
        if let (Some(one), Some(two)) = (&self.place, &other.place)
            && same(one, two)
        {
            return Some(one.clone());
        }
        self.leads.iter().find(|one| other.leads.iter().any(|two| same(one, two))).cloned()
    }
}

fn find_clashes(slots: &mut [Slot]) {
    for at in 0..slots.len() {
        for other in at + 1..slots.len() {
            let (one, two) = (&slots[at], &slots[other]);
            let (Some(end), Some(next)) = (one.end.or(one.start), two.start) else { break };
            // In the order of their starts: whatever comes after begins no earlier.
            if next > end {
                break;
            }
            if !one.overlaps(two) {
                continue;
            }
            let Some(over) = one.shared(two) else { continue };
            let (one, two) = (one.summary.id, two.summary.id);
            slots[at].clashes.push(Clash { with: two, over: over.clone() });
            slots[other].clashes.push(Clash { with: one, over });
        }
    }
}
