//! From what a person asks for to what is to be signed, the same wherever people write: on the command
//! line, on the board, through the API. Every value is checked and brought to its one form; nothing here
//! signs, stores, prints or asks.
//!
//! | module | what lives there |
//! |---|---|
//! | [`post`] | new entries: ideas and the like, notes, comments, endorsements |
//! | [`edit`] | a further version of an entry; settling a conflict; bringing an old version back |
//! | [`profile`] | what people say of themselves |
//! | [`team`] | joining a project and leaving it |
//! | [`erase`] | taking back what one wrote |
//! | [`undo`] | taking back the last thing that one did |
//! | [`mod@write`] | signing a draft and putting it into the store |
//! | [`refused`] | why something cannot be written |

pub mod edit;
pub mod erase;
pub mod post;
pub mod profile;
pub mod refused;
pub mod team;
pub mod undo;
pub mod write;

use commons_proto::edit::Value;
use commons_proto::entry::{State, Wanted};
use commons_proto::id::EntryId;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use jiff::Zoned;

use crate::find::FindError;
use crate::{lines, links, when};

pub use refused::{Refused, Wrong};

/// Tells which entry a shortened id means.
pub type Find<'a> = &'a dyn Fn(&str) -> Result<EntryId, FindError>;

/// What is asked for, field by field, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    values: Vec<(String, String)>,
    added: Vec<(String, String)>,
    removed: Vec<(String, String)>,
}

impl Changes {
    /// Gives a field a value, if there is one; an empty one empties the field.
    pub fn set(&mut self, field: &str, value: &Option<String>) -> &mut Self {
        if let Some(value) = value {
            self.put(field, value);
        }
        self
    }

    /// Gives a field a value; an empty one empties it.
    pub fn put(&mut self, field: &str, value: &str) -> &mut Self {
        self.values.push((field.to_owned(), value.to_owned()));
        self
    }

    /// Puts items into a set.
    pub fn add(&mut self, field: &str, items: &[String]) -> &mut Self {
        self.added.extend(items.iter().map(|item| (field.to_owned(), item.clone())));
        self
    }

    /// Takes items out of a set.
    pub fn remove(&mut self, field: &str, items: &[String]) -> &mut Self {
        self.removed.extend(items.iter().map(|item| (field.to_owned(), item.clone())));
        self
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }

    /// What is wanted of an entry of this kind that now looks like `state`; or the first thing that
    /// is wrong with it.
    pub fn wanted(&self, kind: &Kind, state: &State, find: Find) -> Result<Wanted, Refused> {
        let (wanted, wrong) = self.check(kind, state, find);
        match wrong.into_iter().next() {
            Some(wrong) => Err(wrong.refused),
            None => Ok(wanted),
        }
    }

    /// What is wanted of an entry of this kind that now looks like `state`, and all that is wrong with
    /// what was typed, each with its field.
    pub fn check(&self, kind: &Kind, state: &State, find: Find) -> (Wanted, Vec<Wrong>) {
        let mut wanted = Wanted::new();
        let mut wrong = Vec::new();
        let mut take = |name: &str, values: Result<Vec<Value>, Refused>| match values {
            Ok(values) => {
                wanted.set(name, values);
            }
            Err(refused) => wrong.push(Wrong { field: name.to_owned(), refused }),
        };
        for (name, typed) in &self.values {
            take(name, self.value(kind, name, typed, state, find).map(Vec::from_iter));
        }
        let changed_sets = self.added.iter().chain(&self.removed).map(|(name, _)| name.as_str());
        let mut names: Vec<&str> = changed_sets.collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            take(name, self.items(kind, name, state, find));
        }
        (wanted, wrong)
    }

    /// The value that a field of one value is to hold.
    fn value(
        &self,
        kind: &Kind,
        name: &str,
        typed: &str,
        state: &State,
        find: Find,
    ) -> Result<Option<Value>, Refused> {
        let field = field_of(kind, name)?;
        if field.field_type == FieldType::Set {
            return Err(Refused::Several(name.to_owned()));
        }
        match when::duration(typed) {
            Some(lasts) if name == "end" => self.end(state, lasts).map(Some),
            _ => value(field, typed, find),
        }
    }

    /// The items that a set is to hold.
    fn items(
        &self,
        kind: &Kind,
        name: &str,
        state: &State,
        find: Find,
    ) -> Result<Vec<Value>, Refused> {
        let field = field_of(kind, name)?;
        let mut items: Vec<Value> = state.set(name).cloned().collect();
        for (_, typed) in self.removed.iter().filter(|(of, _)| of == name) {
            let at = position(field, &items, typed, find)?;
            items.remove(at);
        }
        for (_, typed) in self.added.iter().filter(|(of, _)| of == name) {
            items.extend(value(field, typed, find)?);
        }
        Ok(items)
    }

    /// When something ends that takes so many seconds: it begins as is typed here, or as it did.
    fn end(&self, state: &State, lasts: u64) -> Result<Value, Refused> {
        let typed = self.values.iter().rev().find(|(name, _)| name == "start");
        let start = match (typed, state.single("start")) {
            (Some((_, typed)), _) => when::parse(typed, &Zoned::now()).map_err(Refused::Value)?,
            (None, Some(Value::Number(start))) => u64::try_from(*start).unwrap_or_default(),
            _ => return Err(Refused::NoStart),
        };
        Ok(Value::Number(i64::try_from(start.saturating_add(lasts)).unwrap_or(i64::MAX)))
    }
}

/// A line that says why, as typed; `None` if nothing was.
pub fn summary(typed: &Option<String>) -> Result<Option<String>, Refused> {
    typed.as_ref().map(|text| lines::words("summary", text).map_err(Refused::Value)).transpose()
}

/// The kind's field of this name.
pub fn field_of(kind: &Kind, name: &str) -> Result<&'static Field, Refused> {
    kind.field(name).ok_or_else(|| Refused::NoField { kind: kind.clone(), field: name.to_owned() })
}

/// The value that was typed for a field or for an item of it; `None` empties it.
fn value(field: &Field, typed: &str, find: Find) -> Result<Option<Value>, Refused> {
    if typed.trim().is_empty() && field.name != "title" && field.field_type != FieldType::Set {
        return Ok(None);
    }
    if field.value == FieldValue::Entry {
        return Ok(Some(Value::Entry(find(typed)?)));
    }
    if field.value == FieldValue::Time {
        let time = when::parse(typed, &Zoned::now()).map_err(Refused::Value)?;
        return Ok(i64::try_from(time).ok().map(Value::Number));
    }
    if field.field_type == FieldType::Prose {
        return Ok(Some(typed.into()));
    }
    let line = match field.name {
        "tags" => lines::tag(typed),
        "licence" => lines::licence(typed),
        "url" | "repository" | "demo" => lines::url(field.name, typed),
        "links" => return link(typed, find).map(|link| Some(Value::Text(link))),
        "skills" => lines::words("skill", typed),
        "text" => lines::post(typed),
        name => lines::words(name, typed),
    };
    let line = line.map_err(Refused::Value)?;
    if line.is_empty() {
        return Err(Refused::Empty(field.name.to_owned()));
    }
    Ok(Some(Value::Text(line)))
}

/// A link as typed: a URL, or the id of an entry, which becomes its address.
fn link(typed: &str, find: Find) -> Result<String, Refused> {
    let typed = typed.trim();
    let bare = typed.strip_prefix(links::SCHEME).unwrap_or(typed);
    if bare.len() == typed.len() && lines::is_url(typed) {
        return lines::words("link", typed).map_err(Refused::Value);
    }
    if bare.parse::<commons_proto::id::IdPrefix>().is_ok() {
        return Ok(links::address(&find(bare)?));
    }
    lines::url("link", typed).map_err(Refused::Value)
}

/// Where the item is that was typed to be taken out.
fn position(field: &Field, items: &[Value], typed: &str, find: Find) -> Result<usize, Refused> {
    let shown = |item: &Value| item.as_text() == Some(typed.trim());
    if let Some(at) = items.iter().position(shown) {
        return Ok(at);
    }
    // As it is shown where white space does not count: a stranger may have written it otherwise.
    let alike = |item: &Value| {
        item.as_text().is_some_and(|text| text.split_whitespace().eq(typed.split_whitespace()))
    };
    if let Some(at) = items.iter().position(alike) {
        return Ok(at);
    }
    let meant = value(field, typed, find)?;
    items.iter().position(|item| Some(item) == meant.as_ref()).ok_or_else(|| Refused::NoItem {
        field: field.name,
        typed: typed.trim().to_owned(),
        has: items.iter().map(Value::to_string).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(typed: &str) -> Result<EntryId, FindError> {
        if typed == "abcdef" {
            Ok(EntryId([7; 32]))
        } else {
            Err(FindError::NotAnId(typed.to_owned()))
        }
    }

    fn wanted(kind: Kind, changes: &Changes) -> Result<Wanted, Refused> {
        changes.wanted(&kind, &State::default(), &find)
    }

    fn strings(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    #[test]
    fn values_are_checked_and_brought_to_their_form() {
        let mut changes = Changes::default();
        changes.set("title", &Some(" Bed  sensors ".to_owned()));
        changes.set("licence", &Some("cc-by-4.0".to_owned()));
        changes.add("tags", &strings(&["#Wards", "wards"]));
        changes.add("links", &strings(&["https://example.org/", "abcdef"]));
        let mut expected = Wanted::new();
        expected.set("title", ["Bed sensors".into()]);
        expected.set("licence", ["CC-BY-4.0".into()]);
        expected.set("tags", ["wards".into(), "wards".into()]);
        let address = links::address(&EntryId([7; 32]));
        expected.set("links", ["https://example.org/".into(), address.as_str().into()]);
        assert_eq!(wanted(Kind::Idea, &changes).unwrap(), expected);
    }

    #[test]
    fn an_empty_value_empties_but_a_title_cannot_be_empty() {
        let mut changes = Changes::default();
        changes.set("licence", &Some(String::new()));
        let mut expected = Wanted::new();
        expected.set("licence", []);
        assert_eq!(wanted(Kind::Idea, &changes).unwrap(), expected);
        changes.set("title", &Some(" ".to_owned()));
        assert!(
            matches!(wanted(Kind::Idea, &changes), Err(Refused::Empty(field)) if field == "title")
        );
    }

    #[test]
    fn a_field_that_the_kind_does_not_have_is_refused() {
        let mut changes = Changes::default();
        changes.set("url", &Some("https://example.org/".to_owned()));
        assert!(wanted(Kind::Resource, &changes).is_ok());
        assert!(matches!(wanted(Kind::Idea, &changes), Err(Refused::NoField { .. })));
    }

    #[test]
    fn any_field_of_one_value_may_be_assigned() {
        let mut changes = Changes::default();
        changes.put("place", "Room  2").put("start", "1970-01-01T00:01:00Z");
        let mut expected = Wanted::new();
        expected.set("place", ["Room 2".into()]).set("start", [Value::Number(60)]);
        assert_eq!(wanted(Kind::Session, &changes).unwrap(), expected);
        for (field, typed) in [("tags", "x"), ("colour", "red"), ("start", "soon")] {
            let mut changes = Changes::default();
            changes.put(field, typed);
            assert!(wanted(Kind::Session, &changes).is_err(), "{field}={typed}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_field() {
        let mut changes = Changes::default();
        changes.put("title", "").put("licence", "my own").put("status", "draft");
        changes.add("tags", &strings(&["wards", "#"]));
        let (wanted, wrong) = changes.check(&Kind::Idea, &State::default(), &find);
        let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["title", "licence", "tags"]);
        let mut expected = Wanted::new();
        expected.set("status", ["draft".into()]);
        assert_eq!(wanted, expected);
    }

    #[test]
    fn an_end_may_be_told_by_how_long_it_takes() {
        let mut changes = Changes::default();
        changes.put("start", "1970-01-01T00:01:00Z").put("end", "45m");
        let mut expected = Wanted::new();
        expected.set("start", [Value::Number(60)]).set("end", [Value::Number(60 + 45 * 60)]);
        assert_eq!(wanted(Kind::Session, &changes).unwrap(), expected);
        let mut changes = Changes::default();
        changes.put("end", "45m");
        assert!(matches!(wanted(Kind::Session, &changes), Err(Refused::NoStart)));
    }

    #[test]
    fn what_is_not_there_cannot_be_taken_out() {
        let mut changes = Changes::default();
        changes.remove("tags", &strings(&["wards"]));
        assert!(matches!(wanted(Kind::Idea, &changes), Err(Refused::NoItem { .. })));
    }

    #[test]
    fn what_a_stranger_wrote_with_odd_spaces_can_be_taken_out() {
        let mut state = State::default();
        let add = commons_proto::edit::Edit::Add { field: "tags".to_owned(), item: " a  b".into() };
        let draft = commons_proto::contribution::Draft {
            subject: commons_proto::contribution::Subject::Genesis(Kind::Idea),
            parents: Vec::new(),
            edits: vec![add],
            summary: None,
        };
        let key = commons_proto::author::AuthorKey::from_secret(&[7; 32]);
        let commons = commons_proto::id::CommonsId([1; 32]);
        let record = draft.sign(&key, &commons, 0, [0; 16]).unwrap().record();
        state.fold(&Kind::Idea, commons_proto::entry::Step { record: &record, shape: None });
        let mut changes = Changes::default();
        changes.remove("tags", &strings(&["a b"]));
        let mut expected = Wanted::new();
        expected.set("tags", []);
        assert_eq!(changes.wanted(&Kind::Idea, &state, &find).unwrap(), expected);
    }

    #[test]
    fn ideas_are_found_by_their_shortened_ids() {
        let mut changes = Changes::default();
        changes.add("ideas", &strings(&["abcdef"]));
        let mut expected = Wanted::new();
        expected.set("ideas", [Value::Entry(EntryId([7; 32]))]);
        assert_eq!(wanted(Kind::Project, &changes).unwrap(), expected);
    }
}
