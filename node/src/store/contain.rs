//! Putting entries together, with panics contained. No input makes that fail that anybody knows of;
//! but it is much code, some of it a library's, and it runs on the words of strangers. An entry that
//! it fails on is noted with the reason and shown as damaged, with its history. The contributions are
//! in the log all the same, so nobody's set depends on it. Each contribution to the entry has it
//! tried again, and so has making the view anew, by a later program for example.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use commons_proto::entry::{self, State, Step};
use commons_proto::id::ContributionId;
use commons_proto::kind::Kind;

use super::error::{Fault, Try};
use super::view::Shown;

/// The state after this whole history, and what it shows.
pub(super) fn put_together(kind: &Kind, history: &[Step]) -> (State, Shown) {
    let made = contained(|| {
        #[cfg(test)]
        harm::check(history);
        let state = entry::materialise(kind, history);
        let shown = Shown::of(kind, &state);
        (state, shown)
    });
    made.unwrap_or_else(|reason| (State::default(), Shown::damaged(reason)))
}

/// What this state shows.
pub(super) fn show(kind: &Kind, state: &State) -> Shown {
    contained(|| Shown::of(kind, state)).unwrap_or_else(Shown::damaged)
}

/// Applies a contribution that follows all that the state is made from. When it fails, the state is
/// worth nothing.
pub(super) fn fold(state: &mut State, kind: &Kind, step: Step) -> Try<()> {
    let folded = contained(|| {
        #[cfg(test)]
        harm::check(&[step]);
        state.fold(kind, step);
    });
    folded.map_err(Fault::Unshown)
}

/// The state as of these versions.
pub(super) fn at(kind: &Kind, history: &[Step], versions: &[ContributionId]) -> Try<State> {
    let state = contained(|| {
        #[cfg(test)]
        harm::check(history);
        entry::at(kind, history, versions)
    });
    state.map_err(Fault::Unshown)
}

/// Does this work; if it panics, gives what was said. What the work had begun must not be looked at
/// then.
fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| reason(panic.as_ref()))
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    said.chars().take(REASON_CHARS).collect()
}

/// Characters of a reason that are kept: a panic may quote a whole text.
const REASON_CHARS: usize = 200;

/// How a test makes putting an entry together panic.
#[cfg(test)]
pub(super) mod harm {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static HARMFUL: RefCell<Option<ContributionId>> = const { RefCell::new(None) };
    }

    /// From now on this contribution, and no other, cannot be borne on this thread.
    pub(in crate::store) fn by(contribution: Option<ContributionId>) {
        HARMFUL.set(contribution);
    }

    /// Erased words do no harm.
    pub(super) fn check(history: &[Step]) {
        let harmful = HARMFUL.with_borrow(|harmful| *harmful);
        let harms = |step: &Step| Some(step.record.id) == harmful && step.shape.is_none();
        assert!(!history.iter().any(harms), "\u{1b}[31ma fault in putting it together");
    }
}
