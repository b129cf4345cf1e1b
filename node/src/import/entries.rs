//! JSON Lines as this program writes them: an entry a line, as `commons show --json` and `commons export`
//! print it. The ids of entries that are referred to are kept; what they mean here is looked for when it
//! is written.

use commons_proto::kind::{FieldType, FieldValue, Kind};
use jiff::Zoned;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::item::{Contents, Item};
use super::source;
use super::{columns, markdown};

/// The entries of a file.
pub(super) fn read(text: &str, now: &Zoned) -> Contents {
    let mut contents = Contents::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match parse(line).and_then(|line| item(number, line, now)) {
            Ok(item) => contents.items.push(item),
            Err(why) => contents.skip(number, why),
        }
        if contents.is_too_much() {
            break;
        }
    }
    contents
}

/// Whether a line is such an entry.
pub(super) fn is_entry(line: &str) -> bool {
    parse(line)
        .is_ok_and(|line| line.kind.is_some() && (line.id.is_some() || line.fields.is_some()))
}

/// What is read of a line.
#[derive(Deserialize)]
struct Line {
    kind: Option<String>,
    id: Option<String>,
    title: Option<String>,
    tags: Option<Vec<String>>,
    licence: Option<String>,
    name: Option<String>,
    fields: Option<Map<String, Value>>,
}

fn parse(line: &str) -> Result<Line, String> {
    if line.len() > LINE_BYTES {
        return Err(format!("a line of {} bytes; at most {LINE_BYTES} are read", line.len()));
    }
    serde_json::from_str(line).map_err(|error| format!("it is no entry in JSON: {error}"))
}

fn item(number: u64, line: Line, now: &Zoned) -> Result<Item, String> {
    let mut item = Item::at(number);
    let name = line.kind.ok_or("it names no kind")?;
    let kind = Kind::known(&name).ok_or_else(|| format!("there is no kind “{name}”"))?;
    item.by = line.name;
    match line.fields {
        Some(fields) => put(&mut item, &kind, &fields, now),
        None => {
            item.title = line.title.unwrap_or_default();
            item.sets.insert("tags", line.tags.unwrap_or_default());
            item.set_line("licence", &line.licence.unwrap_or_default());
        }
    }
    item.kind = Some(kind);
    if item.source.is_none() {
        item.source = line.id.map(|id| source::of_id(&id, &item.title));
    }
    Ok(item)
}

fn put(item: &mut Item, kind: &Kind, fields: &Map<String, Value>, now: &Zoned) {
    for (name, value) in fields {
        let Some(field) = kind.field(name) else {
            item.notice(format!("{} has no {name}", kind.name()));
            continue;
        };
        let texts = || -> Vec<&str> {
            match value {
                Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
                value => value.as_str().into_iter().collect(),
            }
        };
        let text = texts().first().copied().unwrap_or_default();
        match (field.value, field.field_type) {
            (FieldValue::Entry, _) => {
                let entries = texts().into_iter().filter_map(source::entry).collect();
                item.entries.insert(field.name, entries);
            }
            (FieldValue::Time, _) => match columns::time(text, now) {
                Some(time) => {
                    item.times.insert(field.name, time);
                }
                None => {
                    item.notice(format!("the {name} “{text}” is not a time"));
                }
            },
            (FieldValue::Text, FieldType::Set) => {
                item.sets.insert(field.name, texts().into_iter().map(str::to_owned).collect());
            }
            (FieldValue::Text, _) => match field.name {
                "title" => text.clone_into(&mut item.title),
                "body" | "text" => text.clone_into(&mut item.body),
                "source" => item.source = Some(source::kept_whole(text)),
                field => {
                    item.set_line(field, text);
                }
            },
        }
    }
}

/// A row of a package: an object whose keys are named as the columns of a table.
pub(super) fn row(line: u64, row: &Map<String, Value>, now: &Zoned) -> Item {
    let mut item = Item::at(line);
    // Whose it is comes first, and what says it in short before the rest.
    let rank = |key: &str| match key {
        "id" => 0,
        "summary" | "excerpt" | "abstract" | "pitch" => 1,
        _ => 2,
    };
    let mut cells: Vec<(&String, &Value)> = row.iter().collect();
    cells.sort_by_key(|(key, _)| rank(&key.to_lowercase()));
    for (key, value) in cells {
        if let Some(column) = columns::column(key) {
            markdown::put(&mut item, column, value, now);
        }
    }
    columns::settle(&mut item);
    item
}

/// Bytes of a line at most: an entry has 64 KiB, escaped at worst six times as many, twice.
const LINE_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use commons_proto::id::EntryId;

    #[test]
    fn what_is_printed_is_read() {
        let now: Zoned = "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap();
        let (id, idea) = (EntryId([7; 32]), EntryId([8; 32]));
        let text = format!(
            "{{\"id\":\"{id}\",\"kind\":\"project\",\"title\":\"Beds\",\"name\":\"Ana\",\"fields\":{{\
             \"title\":\"Beds\",\"body\":\"A mat.\\n\\nMore.\",\"tags\":[\"a\",\"b\"],\"ideas\":[\"{idea}\"],\
             \"demo\":\"https://example.org\",\"shoes\":\"7\"}}}}\n\n{{}}\nno JSON\n"
        );
        assert!(is_entry(text.lines().next().unwrap()) && !is_entry("{}"));
        let contents = read(&text, &now);
        let [beds] = contents.items.as_slice() else { panic!("{contents:?}") };
        assert_eq!((beds.title.as_str(), beds.body.as_str()), ("Beds", "A mat.\n\nMore."));
        assert_eq!(beds.source, Some(format!("commons:{id}")));
        assert_eq!(beds.entries["ideas"], [idea]);
        assert_eq!(beds.sets["tags"], ["a", "b"]);
        assert_eq!(beds.notices, ["project has no shoes"]);
        let lines: Vec<u64> = contents.skipped.iter().map(|skipped| skipped.place.line).collect();
        assert_eq!(lines, [3, 4]);
    }
}
