//! Erasure: authors take back what they wrote. Here is what an erasure says of its targets, and
//! which shape a target has in the end. Dropping the words is the store's work; what a shape does
//! in replay is in [`crate::entry`].

use crate::contribution::Record;
use crate::edit::{Edit, Shape};
use crate::id::ContributionId;
use crate::kind::Kind;

/// The edits of an erasure that takes back these contributions, all by its author.
///
/// A target whose words only a newer commons can read, or that is erased already, has no shape
/// that could be told from here, and gets an empty one.
pub fn erase_edits(targets: &[&Record]) -> Vec<Edit> {
    let edit =
        |target: &&Record| Edit::Erase { target: target.id, shape: Shape::of(target.edits()) };
    targets.iter().map(edit).collect()
}

/// The shape that is left of a contribution, if any of these erasures takes it back: that of the
/// erasure with the smallest id, which is the same on every node that holds the same set.
///
/// An erasure has an effect if it is by the target's author and names the target, and the target is
/// not an erasure itself. A shape that cannot be the target's, as it needs more bytes than the
/// target had, counts as empty. `target_kind` is the kind of the target's entry, each erasure a
/// genesis of the kind erasure.
pub fn effective<'a>(
    target: &Record,
    target_kind: &Kind,
    erasures: impl Iterator<Item = &'a Record>,
) -> Option<Shape> {
    if *target_kind == Kind::Erasure {
        return None;
    }
    let shapes = erasures
        .filter(|erasure| erasure.header.author == target.header.author)
        .filter_map(|erasure| Some((erasure.id, shape_of(erasure, target)?)));
    let (_, shape) = shapes.min_by_key(|(id, _)| *id)?;
    let possible = shape.least_payload_bytes() <= target.header.size;
    Some(if possible { shape.clone() } else { Shape::default() })
}

/// The contributions that an erasure takes back, with the shape that it gives each.
pub fn targets(erasure: &Record) -> impl Iterator<Item = (ContributionId, &Shape)> {
    erasure.edits().iter().filter_map(|edit| match edit {
        Edit::Erase { target, shape } => Some((*target, shape)),
        _ => None,
    })
}

fn shape_of<'a>(erasure: &'a Record, target: &Record) -> Option<&'a Shape> {
    targets(erasure).find(|(id, _)| *id == target.id).map(|(_, shape)| shape)
}
