//! The fields of entries as the controls of a form, and back: what stands in a control for what a field
//! holds, and which changes what was typed asks for. What somebody left as it was is not touched.

use std::collections::{BTreeMap, BTreeSet};

use commons_proto::edit::Value;
use commons_proto::entry::State;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::sheet::{Control, Input};
use crate::board::fault::Fault;
use crate::compose::Changes;
use crate::lines;
use crate::programme::programme;
use crate::store::{Filter, Result, Store};

/// What stands in the controls, by field.
pub(super) type Texts = BTreeMap<&'static str, String>;

/// The controls for the fields of a kind; the second ones are those that few fill in.
pub(super) fn controls(kind: &Kind, known: &Known) -> (Vec<Control>, Vec<Control>) {
    let controls = fields(kind).map(|field| control(kind, field, known));
    let (mut controls, more): (Vec<Control>, Vec<Control>) =
        controls.partition(|control| !is_for_few(kind, control.name));
    if *kind == Kind::Session {
        // Of a session most people first want to say when and where it is.
        controls.sort_by_key(|control| matches!(control.name, "body" | "tags"));
    }
    (controls, more)
}

/// The fields of a kind that people fill in.
pub(super) fn fields(kind: &Kind) -> impl Iterator<Item = &'static Field> {
    let answers = matches!(kind, Kind::Comment | Kind::Endorsement | Kind::Membership);
    let is_filled =
        move |field: &&Field| field.name != "source" && !(answers && field.name == "about");
    kind.fields().iter().filter(is_filled)
}

/// What stands in the controls for an entry that looks like this.
pub(super) fn texts(store: &Store, kind: &Kind, state: &State) -> Result<Texts> {
    let mut texts = Texts::new();
    for field in fields(kind) {
        let text = match field.field_type {
            FieldType::Prose => state.prose(field.name),
            FieldType::Single => match state.single(field.name) {
                Some(value) => text_of(store, field, value)?,
                None => String::new(),
            },
            FieldType::Set => {
                let items = state.set(field.name).map(|item| text_of(store, field, item));
                let items = items.collect::<Result<Vec<String>>>()?;
                join(&items.iter().map(|item| flat(item)).collect::<Vec<String>>())
            }
        };
        texts.insert(field.name, text);
    }
    Ok(texts)
}

/// What was typed into the controls for the fields of a kind that the form has.
pub(super) fn typed(kind: &Kind, form: &[(String, String)]) -> Texts {
    let text = |field: &Field| {
        let (_, typed) = form.iter().find(|(name, _)| name == field.name)?;
        Some(match field.field_type {
            FieldType::Prose => lines::prose(typed),
            _ => typed.trim().to_owned(),
        })
    };
    fields(kind).filter_map(|field| Some((field.name, text(field)?))).collect()
}

/// What is asked for by changing what stood there `before`. What is not `typed` stays.
pub(super) fn changes(kind: &Kind, before: &Texts, typed: &Texts) -> Changes {
    let mut changes = Changes::default();
    for field in fields(kind) {
        let old = before.get(field.name).map(String::as_str).unwrap_or_default();
        let Some(new) = typed.get(field.name) else { continue };
        if is_same(field, old, new) {
            continue;
        }
        if field.field_type == FieldType::Set {
            let (old, new) = (split(old), split(new));
            let missing = |from: &[String], of: &[String]| -> Vec<String> {
                of.iter().filter(|item| !from.contains(item)).cloned().collect()
            };
            changes.remove(field.name, &missing(&new, &old));
            changes.add(field.name, &missing(&old, &new));
        } else {
            changes.put(field.name, new);
        }
    }
    changes
}

/// Whether somebody who typed `new` left what stood there. A browser takes line ends out of a line, and
/// a text loses blank lines at its ends.
pub(super) fn is_same(field: &Field, old: &str, new: &str) -> bool {
    let bare = |text: &str| text.replace(['\n', '\r'], "").trim().to_owned();
    match field.field_type {
        FieldType::Prose => lines::prose(old) == lines::prose(new),
        FieldType::Set => old == new || split(old) == split(new),
        FieldType::Single => bare(old) == bare(new),
    }
}

/// Fills in what stands in the controls.
pub(super) fn fill(controls: &mut [Control], texts: &Texts) {
    for control in controls {
        if let Some(text) = texts.get(control.name) {
            control.value.clone_from(text);
        }
        // A browser shows nothing of a time where it expects a day, and would empty it.
        if control.input == Input::Day && control.value.len() > DAY_CHARS {
            control.input = Input::Moment;
        }
    }
}

/// What two people made of the items of one set: what both left and what either added.
pub(super) fn merged_items(before: &str, theirs: &str, mine: &str) -> String {
    let sets = [before, theirs, mine].map(split);
    let [before, theirs, mine] = &sets;
    let gone: BTreeSet<&String> = before.iter().filter(|item| !mine.contains(item)).collect();
    let mut items: Vec<String> =
        theirs.iter().filter(|item| !gone.contains(item)).cloned().collect();
    for item in mine {
        if !before.contains(item) && !items.contains(item) {
            items.push(item.clone());
        }
    }
    join(&items)
}

/// Items with commas between them; one that has a comma itself stands in quotation marks.
fn join(items: &[String]) -> String {
    let item = |item: &String| match item.contains(',') || item.starts_with('"') {
        true => format!("\"{}\"", item.replace('"', "\"\"")),
        false => item.clone(),
    };
    items.iter().map(item).collect::<Vec<_>>().join(", ")
}

/// The items in a line that [`join`] made, or that somebody typed.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        rest = rest.trim_start_matches([' ', ',', '\n']);
        let (item, behind) = match rest.strip_prefix('"').and_then(quoted) {
            Some((item, behind)) => (item, behind),
            None => {
                let end = rest.find([',', '\n']).unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        let item = item.trim().to_owned();
        if !item.is_empty() && !items.contains(&item) {
            items.push(item);
        }
        rest = behind;
    }
    items
}

/// What stands up to the closing quotation mark, of which two are one, and what is behind it; `None`
/// if there is none before a comma or the end.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_once('"')?;
        item.push_str(part);
        match behind.strip_prefix('"') {
            Some(more) => {
                item.push('"');
                rest = more;
            }
            None => {
                let is_end = behind.trim_start().is_empty() || behind.trim_start().starts_with(',');
                return is_end.then_some((item, behind));
            }
        }
    }
}

/// A text in one line, as a control of one line shows it.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_of(store: &Store, field: &Field, value: &Value) -> Result<String> {
    Ok(match value {
        Value::Text(text) => text.clone(),
        Value::Entry(entry) => store.short(&(*entry).into())?,
        Value::Number(seconds) if field.value == FieldValue::Time => {
            let moment = Timestamp::from_second(*seconds).unwrap_or_default();
            let moment = moment.to_zoned(TimeZone::system());
            let form = match (field.name, moment.hour(), moment.minute(), moment.second()) {
                ("published", 0, 0, 0) => "%Y-%m-%d",
                (_, _, _, 0) => "%Y-%m-%dT%H:%M",
                _ => "%Y-%m-%dT%H:%M:%S",
            };
            moment.strftime(form).to_string()
        }
        Value::Number(number) => number.to_string(),
    })
}

/// Whether few people fill in this field.
fn is_for_few(kind: &Kind, field: &str) -> bool {
    FEW.contains(&field) || (*kind == Kind::Note && field == "about")
}

fn control(kind: &Kind, field: &Field, known: &Known) -> Control {
    let name = field.name;
    let options = || known.0.get(name).cloned().unwrap_or_default();
    let quoted_options = || {
        let quote = |(value, called): (String, String)| (join(&[value]), called);
        options().into_iter().map(quote).collect()
    };
    let zone = || format!("By the clock of this node ({}).", zone());
    let control = |label: &str, input| Control::new(name, label, input);
    match name {
        "title" => {
            control("Title", Input::Line).hint("What it is called, in a few words.").required()
        }
        "body" => control("Text", Input::Markdown).hint(
            "Markdown: **bold**, *slanted*, - for a list, [words](https://example.org) for a link.",
        ),
        "text" if *kind == Kind::Comment => control("Comment", Input::Post).required(),
        "text" => control("What you say", Input::Post)
            .hint("Hashtags in it, such as #hygiene, become its tags.")
            .required(),
        "tags" => control("Tags", Input::Several(quoted_options()))
            .hint("Words with commas between them."),
        "links" => control("Links", Input::Several(Vec::new()))
            .hint("Web addresses, or ids of entries, with commas between them."),
        "licence" => control("Licence", Input::Known(options()))
            .hint("Under which others may use it, such as CC-BY-4.0."),
        "status" => control("Status", Input::Known(options()))
            .hint("How far it is, in a word: draft, wanted, done."),
        "url" => control("Address", Input::Address).hint("Where it is: https://…"),
        "format" => control("Format", Input::Line).hint("What it is: CSV, PDF, FHIR, course."),
        "published" => control("Published", Input::Day),
        "repository" => {
            control("Repository", Input::Address).hint("Where its source is: https://…")
        }
        "demo" => control("Demo", Input::Address).hint("Where it can be tried: https://…"),
        "skills" if *kind == Kind::Project => control("Skills", Input::Several(quoted_options()))
            .hint("What the team looks for, with commas between them."),
        "skills" => control("Skills", Input::Several(quoted_options()))
            .hint("What you can do, with commas between them."),
        "ideas" => control("Ideas", Input::Several(quoted_options()))
            .hint("The ideas that it grew from, by their ids, with commas between them."),
        "start" => control("Begins", Input::Moment).hint(zone()),
        "end" => control("Ends", Input::Moment).hint(zone()),
        "place" => control("Place", Input::Known(options())).hint("The room or the corner."),
        "workstream" => control("Workstream", Input::Known(options())).hint("A word, as a tag."),
        "leads" => control("Who leads it", Input::Several(quoted_options()))
            .hint("Names with commas between them."),
        "about" if *kind == Kind::Person => {
            control("About you", Input::Line).hint("What you say of yourself, in a line.")
        }
        "about" => control("About", Input::Line)
            .hint("The entry that it is about, by its id; empty if it stands alone."),
        "name" => control("Name", Input::Line)
            .hint("What you want to be called. A pseudonym is as good as a name."),
        "interests" => control("Interests", Input::Several(quoted_options()))
            .hint("What interests you, with commas between them."),
        "role" => {
            control("Your role", Input::Line).hint("What you do in the team, in a few words.")
        }
        other => control(other, Input::Line),
    }
}

/// What others have written in fields, to be offered: by field what is put in, and what it is called.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<&'static str, Vec<(String, String)>>);

impl Known {
    /// What is offered to whoever fills in the fields of this kind.
    pub(super) fn read(store: &Store, kind: &Kind) -> std::result::Result<Self, Fault> {
        let mut known = Self::default();
        let tags = store.tags()?.tags;
        known.offer("tags", tags.into_iter().map(|tag| tag.tag));
        known.offer("licence", lines::WELL_KNOWN.iter().map(|licence| (*licence).to_owned()));
        known.offer("status", STATUSES.iter().map(|status| (*status).to_owned()));
        match kind {
            Kind::Session => {
                let slots = programme(store)?;
                known.offer("place", slots.iter().filter_map(|slot| slot.place.clone()));
                known.offer("workstream", slots.iter().filter_map(|slot| slot.workstream.clone()));
                let people = titles(store, Kind::Person)?.into_iter().map(|(_, name)| name);
                known.offer("leads", people);
            }
            Kind::Project => {
                known.0.insert("ideas", titles(store, Kind::Idea)?);
            }
            _ => {}
        }
        Ok(known)
    }

    fn offer(&mut self, field: &'static str, values: impl Iterator<Item = String>) {
        let mut told = BTreeSet::new();
        let new = values.filter(|value| told.insert(value.to_lowercase())).take(OFFERED);
        self.0.insert(field, new.map(|value| (value.clone(), value)).collect());
    }
}

/// The last changed entries of a kind: their shortened ids and what they are called.
fn titles(store: &Store, kind: Kind) -> Result<Vec<(String, String)>> {
    let filter = Filter { kinds: vec![kind], limit: Some(OFFERED), ..Filter::default() };
    Ok(store.list(&filter)?.into_iter().map(|one| (one.short, one.title)).collect())
}

/// The zone of this machine's clock, as people call it.
fn zone() -> String {
    let zone = TimeZone::system();
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => Timestamp::now().to_zoned(zone).strftime("UTC%:z").to_string(),
    }
}

/// Fields that few fill in.
const FEW: [&str; 4] = ["links", "licence", "status", "format"];

/// Letters of a day: `2026-11-22`.
const DAY_CHARS: usize = 10;

/// Words that people use for how far something is.
const STATUSES: [&str; 3] = ["draft", "wanted", "done"];

/// What is offered for a field at most: more than this nobody looks through.
const OFFERED: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_in_a_line_and_come_back_from_it() {
        let items = ["wards", "Smith, Ana", "\"so-called\"", "front end"].map(str::to_owned);
        assert_eq!(join(&items), "wards, \"Smith, Ana\", \"\"\"so-called\"\"\", front end");
        assert_eq!(split(&join(&items)), items);
        assert_eq!(split(" a,,b ,\n a, c"), ["a", "b", "c"]);
        assert_eq!(split("5\" tape, \"open, end"), ["5\" tape", "\"open", "end"]);
        assert_eq!(split(""), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn any_items_come_back_from_their_line(items in proptest::collection::vec(".{0,8}", 0..6)) {
            let items: Vec<String> = items.iter().map(|item| flat(item)).collect();
            let mut expected: Vec<String> = Vec::new();
            for item in items.iter().filter(|item| !item.is_empty()) {
                if !expected.contains(item) {
                    expected.push(item.clone());
                }
            }
            proptest::prop_assert_eq!(split(&join(&items)), expected);
        }

        #[test]
        fn no_line_fails_and_what_it_says_stays(line in ".{0,40}") {
            let items = split(&line);
            proptest::prop_assert_eq!(split(&join(&items)), items);
        }
    }

    #[test]
    fn only_what_was_changed_is_asked_for() {
        let texts = |title: &str, tags: &str| {
            Texts::from([("title", title.to_owned()), ("tags", tags.to_owned())])
        };
        let before = texts("Beds", "wards, sleep");
        assert!(changes(&Kind::Idea, &before, &before).is_empty());
        assert!(changes(&Kind::Idea, &before, &texts("Beds", "sleep,wards,")).is_empty());
        let mut expected = Changes::default();
        expected.remove("tags", &["wards".to_owned()]).add("tags", &["noise".to_owned()]);
        assert_eq!(changes(&Kind::Idea, &before, &texts("Beds", "sleep, noise")), expected);
        let mut expected = Changes::default();
        expected.put("title", "");
        assert_eq!(changes(&Kind::Idea, &before, &texts("", "wards, sleep")), expected);
        assert!(changes(&Kind::Idea, &before, &Texts::new()).is_empty());
    }

    #[test]
    fn what_two_people_made_of_a_set_is_brought_together() {
        assert_eq!(merged_items("a, b, c", "a, b, c, d", "b, c, e"), "b, c, d, e");
        assert_eq!(merged_items("a, b", "a", "b"), "");
        assert_eq!(merged_items("", "a", "a"), "a");
    }
}
