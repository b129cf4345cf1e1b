//! From what is shown and what is wanted to the edits of a contribution.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::edit::{Edit, Value};
use crate::kind::{FieldType, Kind};

use super::fold::without_fillers;
use super::state::{FILLER, State};

/// What the fields of an entry should hold. Fields that are not named stay as they are.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wanted {
    fields: BTreeMap<String, Vec<Value>>,
    all: bool,
}

impl Wanted {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wants these values in a field: one text for prose, one value or none for a single-valued
    /// field, all the items of a set.
    pub fn set(&mut self, field: &str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.fields.insert(field.to_owned(), values.into_iter().collect());
        self
    }

    /// Whether no field is named.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.all
    }
}

/// Wants all that this state shows, and nothing in the other fields: how a version is restored.
impl From<&State> for Wanted {
    fn from(state: &State) -> Self {
        let mut wanted = Self { fields: BTreeMap::new(), all: true };
        for field in state.singles.keys() {
            wanted.set(field, state.single(field).cloned());
        }
        for field in state.sets.keys() {
            wanted.set(field, state.set(field).cloned());
        }
        for field in state.prose.keys() {
            wanted.set(field, [Value::Text(state.prose(field))]);
        }
        wanted
    }
}

/// The edits that turn what is shown into what is wanted: none where it is shown already.
/// Naming a field that is in conflict settles the conflict. Fields that the kind does not have are
/// passed over.
pub fn changes(kind: &Kind, from: &State, to: &Wanted) -> Vec<Edit> {
    let mut edits = Vec::new();
    for field in kind.fields() {
        let wanted = match to.fields.get(field.name) {
            Some(values) => values.as_slice(),
            None if to.all => &[],
            None => continue,
        };
        match field.field_type {
            FieldType::Single => single(&mut edits, from, field.name, wanted.first()),
            FieldType::Set => set(&mut edits, from, field.name, wanted),
            FieldType::Prose => {
                let text = wanted.first().and_then(Value::as_text).unwrap_or_default();
                prose(&mut edits, from, field.name, text);
            }
        }
    }
    edits
}

fn single(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: Option<&Value>) {
    if from.single(field) != wanted || from.held(field).len() > 1 {
        edits.push(Edit::Set { field: field.to_owned(), value: wanted.cloned() });
    }
}

fn set(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: &[Value]) {
    let (has, wanted): (BTreeSet<&Value>, BTreeSet<&Value>) =
        (from.set(field).collect(), wanted.iter().collect());
    for item in has.difference(&wanted) {
        edits.push(Edit::Remove { field: field.to_owned(), item: (*item).clone() });
    }
    for item in wanted.difference(&has) {
        edits.push(Edit::Add { field: field.to_owned(), item: (*item).clone() });
    }
}

/// Splices that touch as few words as may be, so that what others write at the same time elsewhere
/// in the text stays. From the last to the first, so that none moves the place of the next.
fn prose(edits: &mut Vec<Edit>, from: &State, field: &str, wanted: &str) {
    let wanted = without_fillers(wanted);
    let shown = from.prose(field);
    if shown == wanted {
        return;
    }
    let raw = from.raw_prose(field).chars().enumerate();
    let places: Vec<usize> = raw.filter(|(_, c)| *c != FILLER).map(|(place, _)| place).collect();
    for (old, new) in differences(&shown, &wanted).into_iter().rev() {
        let start = shown[..old.start].chars().count();
        let count = shown[old].chars().count();
        // What is erased between the first and the last character that go, goes with them.
        let (at, end) = match places.get(start..start + count) {
            Some([first, .., last]) => (*first, last + 1),
            Some([only]) => (*only, only + 1),
            _ => {
                let at = start.checked_sub(1).map_or(0, |before| places[before] + 1);
                (at, at)
            }
        };
        edits.push(Edit::Splice {
            field: field.to_owned(),
            at: at as u64,
            delete: (end - at) as u64,
            insert: wanted[new].to_owned(),
        });
    }
}

/// Which bytes of the old text become which of the new, line by line and in these word by word;
/// one difference if there are too many to be worth telling apart.
fn differences(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let mut differences = Vec::new();
    let lines = |text| str::split_inclusive(text, '\n').collect();
    for (old_lines, new_lines) in unequal(lines(old), lines(new)) {
        let (one, other) = (&old[old_lines.clone()], &new[new_lines.clone()]);
        for (old_words, new_words) in unequal(words(one), words(other)) {
            let old_range = old_lines.start + old_words.start..old_lines.start + old_words.end;
            let new_range = new_lines.start + new_words.start..new_lines.start + new_words.end;
            differences.push(within_words(old, new, old_range, new_range));
        }
    }
    if differences.len() > DIFFERENCES {
        differences = vec![within_words(old, new, 0..old.len(), 0..new.len())];
    }
    differences
}

/// Which bytes of the one become which of the other, part by part; all at once if there are too
/// many parts to look at, as the time that it takes grows with their square.
fn unequal(old: Vec<&str>, new: Vec<&str>) -> Vec<(Range<usize>, Range<usize>)> {
    let bytes = |parts: &[&str]| parts.iter().map(|part| part.len()).sum::<usize>();
    if old.len() + new.len() > PARTS {
        return vec![(0..bytes(&old), 0..bytes(&new))];
    }
    let mut unequal = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    for part in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let (tag, old_range, new_range) = part.as_tag_tuple();
        let (old_end, new_end) = (old_at + bytes(&old[old_range]), new_at + bytes(&new[new_range]));
        if tag != DiffTag::Equal {
            unequal.push((old_at..old_end, new_at..new_end));
        }
        (old_at, new_at) = (old_end, new_end);
    }
    unequal
}

/// A difference without the characters that its ends share.
fn within_words(
    old: &str,
    new: &str,
    mut old_range: Range<usize>,
    mut new_range: Range<usize>,
) -> (Range<usize>, Range<usize>) {
    let bytes = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>()
    };
    let (one, other) = (&old[old_range.clone()], &new[new_range.clone()]);
    let prefix = bytes(&mut one.chars().zip(other.chars()));
    let suffix = bytes(&mut one[prefix..].chars().rev().zip(other[prefix..].chars().rev()));
    old_range = old_range.start + prefix..old_range.end - suffix;
    new_range = new_range.start + prefix..new_range.end - suffix;
    (old_range, new_range)
}

/// Runs of letters and digits, and each other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        if !character.is_alphanumeric() {
            if start < at {
                words.push(&text[start..at]);
            }
            start = at + character.len_utf8();
            words.push(&text[at..start]);
        }
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// Splices of one field in one contribution: more differences than this are a new text. All fields
/// together stay far below [`crate::limits::EDITS`].
const DIFFERENCES: usize = 200;

/// Lines, or words of lines that differ, that are told apart in two texts together: of a page of
/// 2,000 words in one line all, and what takes some tenths of a second where all differ (measured).
const PARTS: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn splices(old: &str, new: &str) -> Vec<(u64, u64, String)> {
        let mut state = State::default();
        state.put_prose("body", old.to_owned());
        let mut wanted = Wanted::new();
        wanted.set("body", [Value::from(new)]);
        let edits = changes(&Kind::Idea, &state, &wanted);
        let splice = |edit| match edit {
            Edit::Splice { at, delete, insert, .. } => (at, delete, insert),
            other => panic!("{other:?} is no splice"),
        };
        edits.into_iter().map(splice).collect()
    }

    #[test]
    fn only_what_differs_is_touched_from_the_last_to_the_first() {
        let told = splices("Beds are quiet. Rooms are not.", "Beds were quiet. Rooms wait.");
        assert_eq!(told, [(22, 6, "wai".to_owned()), (5, 1, "we".to_owned())]);
        assert_eq!(splices("sensor", "sensors"), [(6, 0, "s".to_owned())]);
        assert_eq!(splices("", "été"), [(0, 0, "été".to_owned())]);
        assert_eq!(splices("été", ""), [(0, 3, String::new())]);
        assert_eq!(splices("same", "same"), []);
    }

    #[test]
    fn places_count_erased_characters() {
        let told = splices("Be\u{10FFFF}\u{10FFFF}ds are quiet", "Beds were quiet");
        assert_eq!(told, [(7, 1, "we".to_owned())]);
        let told = splices("a\u{10FFFF}b", "c");
        assert_eq!(told, [(0, 3, "c".to_owned())]);
    }

    #[test]
    fn a_text_with_too_many_differences_is_a_new_text() {
        let old = "a b ".repeat(500);
        let told = splices(&old, &"c b ".repeat(500));
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn fields_that_are_not_named_stay() {
        let mut state = State::default();
        state.put_prose("body", "Beds.".to_owned());
        state.put_item("tags", &"wards".into(), true);
        let mut wanted = Wanted::new();
        wanted.set("tags", []);
        let removed = Edit::Remove { field: "tags".to_owned(), item: "wards".into() };
        assert_eq!(changes(&Kind::Idea, &state, &wanted), [removed]);
        assert_eq!(changes(&Kind::Idea, &state, &Wanted::new()), []);
        let nothing = Wanted::from(&State::default());
        assert_eq!(changes(&Kind::Idea, &state, &nothing).len(), 2);
    }
}
