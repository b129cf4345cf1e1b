//! Erasure: authors take back what they wrote. Here is what an erasure says of its targets, and
//! which shape a target has in the end. Dropping the words is the store's work; what a shape does
//! in replay is in [`crate::entry`].

use crate::contribution::Record;
use crate::edit::{Edit, Shape};
use crate::id::ContributionId;
use crate::kind::Kind;
use crate::limits::EDITS;

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
/// target had or more edits than any contribution has, counts as empty. `target_kind` is the kind of the target's entry, each erasure a
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
    let possible =
        shape.least_payload_bytes() <= target.header.size && shape.edits() <= EDITS as u64;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::AuthorKey;
    use crate::contribution::{Draft, Subject};
    use crate::edit::ShapeItem;
    use crate::id::CommonsId;

    fn record(author: u8, kind: Kind, edits: Vec<Edit>) -> Record {
        let draft =
            Draft { subject: Subject::Genesis(kind), parents: Vec::new(), edits, summary: None };
        let key = AuthorKey::from_secret(&[author; 32]);
        draft.sign(&key, &CommonsId([1; 32]), 0, [0; 16]).expect("a good draft").record()
    }

    fn idea() -> Record {
        let title = Edit::Set { field: "title".to_owned(), value: Some("Bed sensors".into()) };
        let body = "Quiet beds.".to_owned();
        let body = Edit::Splice { field: "body".to_owned(), at: 0, delete: 0, insert: body };
        record(1, Kind::Idea, vec![title, body])
    }

    fn erasure(author: u8, target: &Record, shape: Shape) -> Record {
        record(author, Kind::Erasure, vec![Edit::Erase { target: target.id, shape }])
    }

    #[test]
    fn an_erasure_by_the_author_leaves_the_shape() {
        let idea = idea();
        let erasure = record(1, Kind::Erasure, erase_edits(&[&idea]));
        let shape = effective(&idea, &Kind::Idea, [&erasure].into_iter());
        let body = ShapeItem::Splice("body".to_owned(), 0, 0, 11);
        assert_eq!(shape, Some(Shape(vec![ShapeItem::Operations(1), body])));
        assert_eq!(targets(&erasure).map(|(id, _)| id).collect::<Vec<_>>(), [idea.id]);
    }

    #[test]
    fn what_others_wrote_and_erasures_stand() {
        let idea = idea();
        let by_another = erasure(2, &idea, Shape::of(idea.edits()));
        assert_eq!(effective(&idea, &Kind::Idea, [&by_another].into_iter()), None);
        let own = erasure(1, &idea, Shape::of(idea.edits()));
        let of_an_erasure = erasure(1, &own, Shape::default());
        assert_eq!(effective(&own, &Kind::Erasure, [&of_an_erasure].into_iter()), None);
        assert_eq!(effective(&idea, &Kind::Idea, [&of_an_erasure].into_iter()), None);
        assert_eq!(effective(&idea, &Kind::Idea, std::iter::empty()), None);
    }

    #[test]
    fn of_several_shapes_that_of_the_smallest_id_counts_and_a_boast_counts_as_empty() {
        let idea = idea();
        let shapes = (1..6).map(|count| Shape(vec![ShapeItem::Operations(count)]));
        let mut erasures: Vec<Record> = shapes.map(|shape| erasure(1, &idea, shape)).collect();
        let first = erasures.iter().min_by_key(|erasure| erasure.id).expect("five").clone();
        let expected = targets(&first).next().map(|(_, shape)| shape.clone());
        assert_eq!(effective(&idea, &Kind::Idea, erasures.iter()), expected);
        erasures.reverse();
        assert_eq!(effective(&idea, &Kind::Idea, erasures.iter()), expected);
        let boast = erasure(1, &idea, Shape(vec![ShapeItem::Operations(1 << 20)]));
        let shape = effective(&idea, &Kind::Idea, [&boast].into_iter());
        assert_eq!(shape, Some(Shape::default()));
    }

    #[test]
    fn a_shape_of_more_edits_than_any_contribution_has_counts_as_empty() {
        let idea = idea();
        let splices = |count| Shape(vec![ShapeItem::Splice("body".to_owned(), 7, 0, 0); count]);
        for (count, left) in [(EDITS, splices(EDITS)), (EDITS + 1, Shape::default())] {
            let erasure = erasure(1, &idea, splices(count));
            assert_eq!(effective(&idea, &Kind::Idea, [&erasure].into_iter()), Some(left));
        }
    }
}
