//! What an entry looks like after its contributions: the whole way from a history to a [`State`].
//!
//! Contributions that follow one another are folded, edit by edit. Where some were made at once,
//! these, and only these, are merged by Automerge. The state is a pure function of the set of
//! contributions and of the shapes of those that are erased: nothing else is looked at, neither
//! the order of arrival nor a clock. No input makes anything here fail.
//!
//! Which shape is the effective one is decided in [`crate::erasure`]; who may write at all, in
//! [`crate::policy`].

mod changes;
mod documents;
mod fold;
mod merge;
mod order;
mod seen;
mod state;

use crate::contribution::Record;
use crate::edit::Shape;
use crate::id::ContributionId;
use crate::kind::Kind;

pub use changes::{Wanted, changes};
pub use state::{Held, State};

use documents::Budget;
use order::Order;

/// A contribution in the history of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The contribution.
    pub record: &'a Record,
    /// What is left of it, if it is effectively erased. Its words are then not looked at, even
    /// where they are still held.
    pub shape: Option<&'a Shape>,
}

/// The state of an entry of this kind after all of this history, which is in any order in which
/// parents come before their children. Parents that are not in the history are passed over.
pub fn materialise(kind: &Kind, history: &[Step]) -> State {
    let mut state = State::default();
    if is_linear(history) {
        history.iter().for_each(|step| state.fold(kind, *step));
        return state;
    }
    let order = Order::new(history);
    let mut budget = Budget::new();
    for part in order.parts(history) {
        let steps: Vec<Step> = part.iter().map(|step| history[*step]).collect();
        match steps.as_slice() {
            [step] => state.fold(kind, *step),
            steps => match merge::merge(kind, &state, steps, &mut budget) {
                Some(merged) => state = merged,
                None => steps.iter().for_each(|step| state.fold(kind, *step)),
            },
        }
    }
    state
}

/// The state as of these versions: after them and everything that they follow.
pub fn at(kind: &Kind, history: &[Step], versions: &[ContributionId]) -> State {
    let past = order::past(history, versions);
    let history: Vec<Step> =
        history.iter().zip(past).filter(|(_, seen)| *seen).map(|(step, _)| *step).collect();
    materialise(kind, &history)
}

/// The contributions of this history that no other one follows, sorted: the parents of the next.
pub fn heads(history: &[Step]) -> Vec<ContributionId> {
    order::heads(history)
}

/// Whether each contribution follows the one before it and nothing else.
pub fn is_linear(history: &[Step]) -> bool {
    let starts = history.first().is_none_or(|first| first.record.header.parents.is_empty());
    starts && history.windows(2).all(|pair| pair[1].record.header.parents == [pair[0].record.id])
}

#[cfg(test)]
mod tests;
