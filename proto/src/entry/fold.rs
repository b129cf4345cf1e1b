//! The fold: a contribution that follows everything before it, applied edit by edit, about a
//! microsecond each. It says what an edit means; the merge must agree with it wherever a history
//! is linear.

use std::collections::BTreeMap;

use ropey::Rope;

use crate::contribution::Content;
use crate::edit::{Edit, ShapeItem, Value};
use crate::id::ContributionId;
use crate::kind::{FieldType, Kind};
use crate::limits::ENTRY_BYTES;

use super::Step;
use super::state::{FILLER, Held, State};

impl State {
    /// Applies a contribution whose parents are exactly the current heads of the entry.
    pub fn fold(&mut self, kind: &Kind, step: Step) {
        self.newer |= needs_newer(kind, &step);
        let mut room = Room(ENTRY_BYTES.saturating_sub(self.bytes()));
        let mut texts = Texts::new();
        match step.shape {
            Some(shape) => {
                for item in &shape.0 {
                    self.fold_erased(kind, item, &mut texts, &mut room);
                }
            }
            None => {
                for edit in step.record.edits() {
                    self.fold_edit(kind, edit, step.record.id, &mut texts, &mut room);
                }
            }
        }
        for (field, Text { rope, .. }) in texts {
            if let Some(rope) = rope {
                self.put_prose(field, rope.to_string());
            }
        }
    }

    fn fold_edit<'e>(
        &mut self,
        kind: &Kind,
        edit: &'e Edit,
        by: ContributionId,
        texts: &mut Texts<'e>,
        room: &mut Room,
    ) {
        match edit {
            Edit::Set { field, value }
                if has(kind, field, FieldType::Single)
                    && room.take(value.as_ref().map_or(0, bytes_of)) =>
            {
                self.put_held(field, vec![Held { value: value.clone(), by }]);
            }
            Edit::Add { field, item }
                if has(kind, field, FieldType::Set) && room.take(bytes_of(item)) =>
            {
                self.put_item(field, item, true);
            }
            Edit::Remove { field, item } if has(kind, field, FieldType::Set) => {
                self.put_item(field, item, false);
            }
            Edit::Splice { field, at, delete, insert } if has(kind, field, FieldType::Prose) => {
                let insert = without_fillers(insert);
                let insert = if room.take(insert.len()) { &insert } else { "" };
                self.splice(texts.entry(field).or_default(), field, *at, *delete, insert);
            }
            _ => {}
        }
    }

    fn fold_erased<'e>(
        &mut self,
        kind: &Kind,
        item: &'e ShapeItem,
        texts: &mut Texts<'e>,
        room: &mut Room,
    ) {
        match item {
            ShapeItem::Splice(field, at, delete, insert) if has(kind, field, FieldType::Prose) => {
                let insert = fillers(*insert);
                let insert = if room.take(insert.len()) { &insert } else { "" };
                self.splice(texts.entry(field).or_default(), field, *at, *delete, insert);
            }
            _ => {}
        }
    }

    fn splice(&mut self, text: &mut Text, field: &str, at: u64, delete: u64, insert: &str) {
        text.splices += 1;
        if text.splices > FEW {
            let rope = text.rope.get_or_insert_with(|| Rope::from_str(self.raw_prose(field)));
            let within = |count: u64, most: usize| usize::try_from(count).unwrap_or(most).min(most);
            let at = within(at, rope.len_chars());
            let end = at + within(delete, rope.len_chars() - at);
            rope.remove(at..end);
            rope.insert(at, insert);
            return;
        }
        let text = match self.prose.get_mut(field) {
            Some(text) => text,
            None => self.prose.entry(field.to_owned()).or_default(),
        };
        let start = byte_of(text, at);
        let end = start + byte_of(&text[start..], delete);
        text.replace_range(start..end, insert);
        if text.is_empty() {
            self.prose.remove(field);
        }
    }
}

/// The prose that a contribution splices, by field.
type Texts<'e> = BTreeMap<&'e str, Text>;

/// A text that is being spliced: in place, or, when that has happened often, as a rope, so that
/// many splices of a long text cost no more than as many of a short one.
#[derive(Default)]
struct Text {
    splices: usize,
    rope: Option<Rope>,
}

/// Splices of a text by one contribution that are made in place: a person's edit has fewer.
const FEW: usize = 16;

/// Bytes that may still be added to an entry.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Whether edits that are made for a field of this type have an effect on this one. What a newer
/// commons added is taken as what its edits say; an edit that is wrong for a known field does
/// nothing.
pub(super) fn has(kind: &Kind, field: &str, field_type: FieldType) -> bool {
    kind.field(field).is_none_or(|field| field.field_type == field_type)
}

/// Whether there is anything in it that this version does not know, and that is not erased.
pub(super) fn needs_newer(kind: &Kind, step: &Step) -> bool {
    if step.shape.is_some() {
        return false;
    }
    let unknown = |edit: &Edit| match edit {
        Edit::Set { field, .. }
        | Edit::Add { field, .. }
        | Edit::Remove { field, .. }
        | Edit::Splice { field, .. } => kind.field(field).is_none(),
        Edit::Erase { .. } => false,
        Edit::Newer(_) => true,
    };
    let newer = matches!(kind, Kind::Newer { .. });
    newer || step.record.content == Content::Newer || step.record.edits().iter().any(unknown)
}

/// What a person inserts, with the character that stands for erased ones replaced.
pub(super) fn without_fillers(insert: &str) -> std::borrow::Cow<'_, str> {
    if insert.contains(FILLER) { insert.replace(FILLER, "\u{FFFD}").into() } else { insert.into() }
}

/// So many erased characters. The count is bounded by the size of the contribution.
pub(super) fn fillers(count: u64) -> String {
    std::iter::repeat_n(FILLER, usize::try_from(count).unwrap_or(0)).collect()
}

/// Bytes that a value takes, roughly.
pub(super) fn bytes_of(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Number(_) | Value::Entry(_) => 32,
    }
}

/// The byte at which the character with this number starts, or the end.
fn byte_of(text: &str, character: u64) -> usize {
    let Ok(mut before) = usize::try_from(character) else { return text.len() };
    let begins = |byte: &&u8| byte.cast_signed() >= FIRST_OF_A_CHARACTER;
    let mut start = 0;
    for piece in text.as_bytes().chunks(PIECE) {
        let count = usize::from(piece.iter().filter(begins).map(|_| 1_u8).sum::<u8>());
        if count > before {
            let mut places = (start..).zip(piece).filter(|(_, byte)| begins(byte));
            return places.nth(before).map_or(text.len(), |(place, _)| place);
        }
        before -= count;
        start += piece.len();
    }
    text.len()
}

/// Bytes of UTF-8 that go on with a character are smaller, as signed numbers.
const FIRST_OF_A_CHARACTER: i8 = -64;

/// Bytes of which the characters are counted at once, which a processor does some thirty times
/// quicker than walk from one to the next: a large contribution of splices of a large text takes
/// 0.1 s in the place of 2 (measured). A byte counts up to 255.
const PIECE: usize = 192;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_character_is_found_where_it_begins(text in "[abé🛏\u{10FFFF}]{0,400}", at in 0..420_u64) {
            let walked = text.char_indices().nth(at as usize).map(|(byte, _)| byte);
            prop_assert_eq!(byte_of(&text, at), walked.unwrap_or(text.len()));
            prop_assert_eq!(byte_of(&text, u64::MAX), text.len());
        }
    }
}
