//! Two arbitrary texts: what a person does to a body in an editor becomes splices that lead from
//! the one to the other, in little time.

use commons_proto::contribution::Subject;
use commons_proto::edit::Edit;
use commons_proto::entry::{State, Step, Wanted, changes};
use commons_proto::kind::Kind;
use commons_proto::limits::EDITS;

use super::history::sign;

/// A text before and after, parted by a zero byte.
pub(super) fn rewriting(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let part =
        |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let (before, after) = (part(parts.next()), part(parts.next()));
    let Some(state) = written(&State::default(), &before) else { return };
    let Some(state) = written(&state, &after) else { return };
    let filler = "\u{10FFFF}";
    assert_eq!(state.prose("body"), after.replace(filler, "\u{FFFD}"));
}

/// The state after this text was written in the place of what is there; none if it is too large.
fn written(state: &State, text: &str) -> Option<State> {
    let mut wanted = Wanted::new();
    wanted.set("body", [text.into()]);
    let edits = changes(&Kind::Idea, state, &wanted);
    assert!(edits.len() <= EDITS);
    let touched = |edit: &Edit| matches!(edit, Edit::Splice { field, .. } if field == "body");
    assert!(edits.iter().all(touched));
    let record = sign(true, Subject::Genesis(Kind::Idea), Vec::new(), edits, 0)?;
    let mut after = state.clone();
    after.fold(&Kind::Idea, Step { record: &record.record(), shape: None });
    Some(after)
}
