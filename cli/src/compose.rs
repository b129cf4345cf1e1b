//! From what was typed to what is wanted of an entry: every value checked and brought to its one
//! form. What is wanted becomes edits in `commons_proto::entry`; who signs and stores them is in
//! [`crate::context`].

pub(crate) mod fields;
pub(crate) mod text;

use commons_node::lines;
use commons_node::links;
use commons_node::phrases::with_article;
use commons_proto::edit::Value;
use commons_proto::entry::{State, Wanted};
use commons_proto::id::EntryId;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use jiff::Zoned;

use crate::error::{CliError, ErrorKind};
use commons_node::when;

/// What the options ask for, field by field, as typed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    values: Vec<(String, String)>,
    added: Vec<(&'static str, String)>,
    removed: Vec<(&'static str, String)>,
}

impl Changes {
    /// Gives a field a value, if there is one; an empty one empties the field.
    pub(crate) fn set(&mut self, field: &'static str, value: &Option<String>) -> &mut Self {
        self.values.extend(value.iter().map(|value| (field.to_owned(), value.clone())));
        self
    }

    /// Gives fields values, each typed as `FIELD=VALUE`.
    pub(crate) fn assign(&mut self, typed: &[String]) -> Result<&mut Self, CliError> {
        for typed in typed {
            let (field, value) = typed.split_once('=').ok_or_else(|| {
                CliError::usage(format!("“{typed}” is not of the form FIELD=VALUE"))
                    .hint("write it like --set place=\"Room 2\"")
            })?;
            self.values.push((field.trim().to_owned(), value.to_owned()));
        }
        Ok(self)
    }

    /// Puts items into a set.
    pub(crate) fn add(&mut self, field: &'static str, items: &[String]) -> &mut Self {
        self.added.extend(items.iter().map(|item| (field, item.clone())));
        self
    }

    /// Takes items out of a set.
    pub(crate) fn remove(&mut self, field: &'static str, items: &[String]) -> &mut Self {
        self.removed.extend(items.iter().map(|item| (field, item.clone())));
        self
    }

    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }

    /// What is wanted of an entry of this kind that now looks like `state`. `find` tells which
    /// entry a shortened id means.
    pub(crate) fn wanted(
        &self,
        kind: &Kind,
        state: &State,
        find: &dyn Fn(&str) -> Result<EntryId, CliError>,
    ) -> Result<Wanted, CliError> {
        let mut wanted = Wanted::new();
        for (name, typed) in &self.values {
            let field = field_of(kind, name)?;
            if field.field_type == FieldType::Set {
                return Err(CliError::usage(format!("{name} holds several values"))
                    .hint("commons edit --help shows what adds to it and takes from it"));
            }
            let value = match when::duration(typed) {
                Some(lasts) if name == "end" => Some(self.end(state, lasts)?),
                _ => value(field, typed, find)?,
            };
            wanted.set(name, value);
        }
        let changed_sets = self.added.iter().chain(&self.removed).map(|(name, _)| *name);
        let mut names: Vec<&str> = changed_sets.collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let field = field_of(kind, name)?;
            let mut items: Vec<Value> = state.set(name).cloned().collect();
            for (_, typed) in self.removed.iter().filter(|(of, _)| *of == name) {
                let at = position(field, &items, typed, find)?;
                items.remove(at);
            }
            for (_, typed) in self.added.iter().filter(|(of, _)| *of == name) {
                items.extend(value(field, typed, find)?);
            }
            wanted.set(name, items);
        }
        Ok(wanted)
    }

    /// When something ends that takes so many seconds: it begins as is typed here, or as it did.
    fn end(&self, state: &State, lasts: u64) -> Result<Value, CliError> {
        let typed = self.values.iter().rev().find(|(name, _)| name == "start");
        let start = match (typed, state.single("start")) {
            (Some((_, typed)), _) => when::parse(typed, &Zoned::now()).map_err(CliError::usage)?,
            (None, Some(Value::Number(start))) => u64::try_from(*start).unwrap_or_default(),
            _ => {
                return Err(CliError::usage("when it ends cannot be told from how long it takes")
                    .hint("say when it begins, too: --start 14:30 --end 45m"));
            }
        };
        Ok(Value::Number(i64::try_from(start.saturating_add(lasts)).unwrap_or(i64::MAX)))
    }
}

/// The tags that a text holds as hashtags.
pub(crate) fn hashtags(text: &str) -> Vec<String> {
    lines::hashtags(text)
}

/// A line that says why, as typed.
pub(crate) fn summary(typed: &Option<String>) -> Result<Option<String>, CliError> {
    typed.as_ref().map(|text| lines::words("summary", text).map_err(CliError::usage)).transpose()
}

/// The kind's field of this name.
pub(crate) fn field_of(kind: &Kind, name: &str) -> Result<&'static Field, CliError> {
    kind.field(name).ok_or_else(|| {
        let all: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
        let error = CliError::usage(format!("{} has no {name}", with_article(kind.name())));
        if all.is_empty() { error } else { error.hint(format!("it has {}", all.join(", "))) }
    })
}

/// The value that was typed for a field or for an item of it; `None` empties it.
fn value(
    field: &Field,
    typed: &str,
    find: &dyn Fn(&str) -> Result<EntryId, CliError>,
) -> Result<Option<Value>, CliError> {
    if typed.trim().is_empty() && field.name != "title" && field.field_type != FieldType::Set {
        return Ok(None);
    }
    if field.value == FieldValue::Entry {
        return find(typed).map(|entry| Some(Value::Entry(entry)));
    }
    if field.value == FieldValue::Time {
        let time = when::parse(typed, &Zoned::now()).map_err(CliError::usage)?;
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
    let line = line.map_err(CliError::usage)?;
    if line.is_empty() {
        let what = field.name;
        return Err(CliError::usage(format!("the {what} is empty"))
            .hint(format!("say in a few words what the {what} is")));
    }
    Ok(Some(Value::Text(line)))
}

/// A link as typed: a URL, or the id of an entry, which becomes its address.
fn link(typed: &str, find: &dyn Fn(&str) -> Result<EntryId, CliError>) -> Result<String, CliError> {
    let typed = typed.trim();
    let bare = typed.strip_prefix(links::SCHEME).unwrap_or(typed);
    if bare.len() == typed.len() && lines::is_url(typed) {
        return lines::words("link", typed).map_err(CliError::usage);
    }
    if bare.parse::<commons_proto::id::IdPrefix>().is_ok() {
        return find(bare).map(|entry| links::address(&entry));
    }
    lines::url("link", typed).map_err(CliError::usage)
}

/// Where the item is that was typed to be taken out.
fn position(
    field: &Field,
    items: &[Value],
    typed: &str,
    find: &dyn Fn(&str) -> Result<EntryId, CliError>,
) -> Result<usize, CliError> {
    let shown = |item: &Value| item.as_text() == Some(typed.trim());
    if let Some(at) = items.iter().position(shown) {
        return Ok(at);
    }
    let meant = value(field, typed, find)?;
    items.iter().position(|item| Some(item) == meant.as_ref()).ok_or_else(|| {
        let what = field.name.trim_end_matches('s');
        let has: Vec<String> = items.iter().map(Value::to_string).collect();
        let error = CliError::new(ErrorKind::Other, format!("it has no {what} “{}”", typed.trim()));
        if has.is_empty() {
            error.hint(format!("it has no {} at all", field.name))
        } else {
            error.hint(format!("it has {}", has.join(", ")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(typed: &str) -> Result<EntryId, CliError> {
        if typed == "abcdef" { Ok(EntryId([7; 32])) } else { Err(CliError::usage("unknown")) }
    }

    fn wanted(kind: Kind, changes: &Changes) -> Result<Wanted, CliError> {
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
        assert_eq!(wanted(Kind::Idea, &changes).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn a_field_that_the_kind_does_not_have_is_refused() {
        let mut changes = Changes::default();
        changes.set("url", &Some("https://example.org/".to_owned()));
        assert!(wanted(Kind::Resource, &changes).is_ok());
        assert_eq!(wanted(Kind::Idea, &changes).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn any_field_of_one_value_may_be_assigned() {
        let mut changes = Changes::default();
        changes.assign(&strings(&["place=Room  2", "start=1970-01-01T00:01:00Z"])).unwrap();
        let mut expected = Wanted::new();
        expected.set("place", ["Room 2".into()]).set("start", [Value::Number(60)]);
        assert_eq!(wanted(Kind::Session, &changes).unwrap(), expected);
        for typed in ["place", "tags=x", "colour=red", "start=soon"] {
            let mut changes = Changes::default();
            let refused = match changes.assign(&strings(&[typed])) {
                Ok(changes) => wanted(Kind::Session, changes).map(|_| ()),
                Err(error) => Err(error),
            };
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Usage, "{typed}");
        }
    }

    #[test]
    fn an_end_may_be_told_by_how_long_it_takes() {
        let mut changes = Changes::default();
        changes.assign(&strings(&["start=1970-01-01T00:01:00Z", "end=45m"])).unwrap();
        let mut expected = Wanted::new();
        expected.set("start", [Value::Number(60)]).set("end", [Value::Number(60 + 45 * 60)]);
        assert_eq!(wanted(Kind::Session, &changes).unwrap(), expected);
        let mut changes = Changes::default();
        changes.assign(&strings(&["end=45m"])).unwrap();
        assert_eq!(wanted(Kind::Session, &changes).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn what_is_not_there_cannot_be_taken_out() {
        let mut changes = Changes::default();
        changes.remove("tags", &strings(&["wards"]));
        assert_eq!(wanted(Kind::Idea, &changes).unwrap_err().kind(), ErrorKind::Other);
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
