//! A Frictionless Data Package: a table for each kind with the types of its columns, and one of the
//! authors, described by `datapackage.json`. In a folder the tables are CSV files; otherwise the
//! description holds the rows itself.
//!
//! Sets are arrays, as the specification writes them into a cell: in JSON. In the files, cells that a
//! spreadsheet would take for a formula have the guard of [`super::csv`]; the rows in a description
//! have none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use commons_proto::id::Author;
use commons_proto::kind::{Field, FieldType, FieldValue, Kind};
use serde_json::{Map, Value, json};

use super::csv::{guarded, io_error};
use super::item::time_text;
use super::markdown::slug;
use super::{ExportError, Exported, Item, Result};

/// Writes the description with the rows in it.
pub fn write(
    commons: &str,
    items: impl Iterator<Item = Result<Item>>,
    out: &mut impl Write,
) -> Result<Exported> {
    let mut package = Package::default();
    let mut rows: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for item in items {
        let item = item?;
        if package.note(&item) {
            let cells = columns(item.kind()).into_iter().map(|column| {
                let value = value(&item, &column);
                (column.name.to_owned(), value)
            });
            rows.entry(item.kind().name().to_owned()).or_default().push(cells.collect());
        }
    }
    let description = package.description(commons, |table| match rows.remove(table) {
        Some(rows) => ("data", Value::Array(rows)),
        None => ("data", package.authors.iter().map(author_row).collect()),
    });
    serde_json::to_writer_pretty(&mut *out, &description).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(package.exported)
}

/// Writes the description and the tables into this folder, which is there and empty.
pub fn write_folder(
    commons: &str,
    items: impl Iterator<Item = Result<Item>>,
    folder: &Path,
) -> Result<Exported> {
    let mut package = Package::default();
    let mut tables: BTreeMap<String, ::csv::Writer<File>> = BTreeMap::new();
    for item in items {
        let item = item?;
        if !package.note(&item) {
            continue;
        }
        let name = item.kind().name();
        let columns = columns(item.kind());
        if !tables.contains_key(name) {
            let names = columns.iter().map(|column| column.name);
            tables.insert(name.to_owned(), table(folder, name, names)?);
        }
        if let Some(table) = tables.get_mut(name) {
            let cells = columns.iter().map(|column| cell(&value(&item, column)));
            table.write_record(cells).map_err(io_error)?;
        }
    }
    let mut authors = table(folder, AUTHORS, AUTHOR_COLUMNS.iter().map(|column| column.name))?;
    for author in &package.authors {
        let row = author_row(author);
        let cells = AUTHOR_COLUMNS.iter().map(|column| cell(&row[column.name]));
        authors.write_record(cells).map_err(io_error)?;
    }
    authors.flush()?;
    for table in tables.values_mut() {
        table.flush()?;
    }
    let description = package.description(commons, |table| ("path", json!(format!("{table}.csv"))));
    let mut file = BufWriter::new(File::create(folder.join("datapackage.json"))?);
    serde_json::to_writer_pretty(&mut file, &description).map_err(std::io::Error::from)?;
    writeln!(file)?;
    file.flush()?;
    Ok(package.exported)
}

/// What the description needs to know of all entries.
#[derive(Default)]
struct Package {
    exported: Exported,
    kinds: BTreeSet<Kind>,
    authors: BTreeMap<Author, Option<String>>,
    licences: BTreeSet<String>,
    changed: u64,
}

impl Package {
    /// Takes note of an entry; false if it has no table, as this program does not know its kind.
    fn note(&mut self, item: &Item) -> bool {
        let is_known = !item.kind().fields().is_empty();
        self.exported.note(is_known);
        if !is_known {
            return false;
        }
        self.kinds.insert(item.kind().clone());
        self.authors.extend(item.view().contributors.iter().cloned());
        if let Some(licence) = &item.summary().licence
            && self.licences.len() < LICENCES
        {
            self.licences.extend(licences(licence));
        }
        self.changed = self.changed.max(item.summary().changed);
        true
    }

    /// The description; `place` says where the rows of a table are.
    fn description(
        &self,
        commons: &str,
        mut place: impl FnMut(&str) -> (&'static str, Value),
    ) -> Value {
        let mut resources: Vec<Value> = Vec::new();
        for kind in &self.kinds {
            let title = format!("Entries of the kind {}", kind.name());
            resources.push(resource(kind.name(), &title, &columns(kind), place(kind.name())));
        }
        resources.push(resource(AUTHORS, "Who contributed", AUTHOR_COLUMNS, place(AUTHORS)));
        let contributors = self.authors.iter().map(|(author, name)| {
            let title = name.clone().unwrap_or_else(|| author.to_string());
            json!({ "title": title, "role": "contributor" })
        });
        let name = match slug(commons) {
            name if name.is_empty() => "commons".to_owned(),
            name => name,
        };
        let mut description = json!({
            "profile": "data-package",
            "name": name,
            "title": commons,
            "description": "Entries of a commons. Each names its licence; the ids are those of the \
                            commons, and authors are ed25519 keys.",
            "created": time_text(self.changed),
            "contributors": contributors.collect::<Vec<_>>(),
            "resources": resources,
        });
        if !self.licences.is_empty() {
            description["licenses"] =
                self.licences.iter().map(|licence| json!({ "name": licence })).collect();
        }
        description
    }
}

/// A column of a table.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    /// Its type in the specification's words.
    holds: &'static str,
    is_required: bool,
}

const fn column(name: &'static str, holds: &'static str) -> Column {
    Column { name, holds, is_required: false }
}

/// The columns of a kind: its id, its fields, and who and when.
fn columns(kind: &Kind) -> Vec<Column> {
    let of_field = |field: &Field| {
        let holds = match (field.field_type, field.value) {
            (FieldType::Set, _) => "array",
            (_, FieldValue::Time) => "datetime",
            _ => "string",
        };
        column(field.name, holds)
    };
    let mut columns = vec![Column { name: "id", holds: "string", is_required: true }];
    columns.extend(kind.fields().iter().map(of_field));
    columns.extend(ABOUT);
    columns
}

const ABOUT: [Column; 5] = [
    Column { name: "author", holds: "string", is_required: true },
    Column { name: "created", holds: "datetime", is_required: true },
    Column { name: "changed", holds: "datetime", is_required: true },
    Column { name: "versions", holds: "integer", is_required: true },
    Column { name: "authors", holds: "integer", is_required: true },
];

const AUTHOR_COLUMNS: &[Column] =
    &[Column { name: "author", holds: "string", is_required: true }, column("name", "string")];

fn value(item: &Item, column: &Column) -> Value {
    let summary = item.summary();
    match column.name {
        "id" => json!(item.id()),
        "author" => json!(summary.author.to_string()),
        "created" => json!(time_text(summary.created)),
        "changed" => json!(time_text(summary.changed)),
        "versions" => json!(summary.versions),
        "authors" => json!(summary.authors),
        name => match item.kind().field(name) {
            Some(Field { field_type: FieldType::Set, .. }) => match item.set(name) {
                items if items.is_empty() => Value::Null,
                items => json!(items),
            },
            Some(Field { field_type: FieldType::Prose, .. }) => {
                let text = item.view().state.prose(name);
                if text.is_empty() { Value::Null } else { json!(text) }
            }
            Some(Field { value: FieldValue::Time, .. }) => {
                item.time(name).map_or(Value::Null, |time| json!(time_text(time)))
            }
            Some(Field { value: FieldValue::Entry, .. }) => {
                item.entry(name).map_or(Value::Null, |entry| json!(entry.to_string()))
            }
            _ => item.text(name).map_or(Value::Null, |text| json!(text)),
        },
    }
}

fn author_row((author, name): (&Author, &Option<String>)) -> Value {
    json!({ "author": author.to_string(), "name": name })
}

/// A value as a cell of a CSV file.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => guarded(text.as_str()).into_owned(),
        other => other.to_string(),
    }
}

fn table(
    folder: &Path,
    name: &str,
    columns: impl Iterator<Item = &'static str>,
) -> Result<::csv::Writer<File>> {
    let file = File::create(folder.join(format!("{name}.csv")))?;
    let mut table = ::csv::Writer::from_writer(file);
    table.write_record(columns).map_err(|error| ExportError::Io(io_error(error)))?;
    Ok(table)
}

fn resource(name: &str, title: &str, columns: &[Column], place: (&str, Value)) -> Value {
    let fields: Vec<Value> = columns
        .iter()
        .map(|column| {
            let mut field = json!({ "name": column.name, "type": column.holds });
            if column.is_required {
                field["constraints"] = json!({ "required": true });
            }
            field
        })
        .collect();
    let key = columns[0].name;
    let mut resource = Map::new();
    resource.insert("name".to_owned(), json!(name));
    resource.insert("title".to_owned(), json!(title));
    resource.insert("profile".to_owned(), json!("tabular-data-resource"));
    if place.0 == "path" {
        resource.insert("format".to_owned(), json!("csv"));
        resource.insert("mediatype".to_owned(), json!("text/csv"));
        resource.insert("encoding".to_owned(), json!("utf-8"));
    }
    resource.insert(place.0.to_owned(), place.1);
    resource.insert("schema".to_owned(), json!({ "fields": fields, "primaryKey": key }));
    Value::Object(resource)
}

/// The names of licences in an SPDX expression. What cannot be one is left to the tables.
fn licences(expression: &str) -> Vec<String> {
    let is_name = |word: &&str| {
        word.len() <= LICENCE_BYTES
            && word.bytes().all(|letter| letter.is_ascii_alphanumeric() || b".-+".contains(&letter))
    };
    let words = expression.split([' ', '(', ')']).filter(|word| !word.is_empty());
    let words = words.filter(|word| !matches!(*word, "AND" | "OR" | "WITH"));
    words.filter(is_name).map(|word| word.trim_end_matches('+').to_owned()).collect()
}

/// The table of authors.
const AUTHORS: &str = "authors";

/// Licences that a description names at most: people use a handful.
const LICENCES: usize = 100;

/// Bytes of the name of a licence: the longest that there is has half of it.
const LICENCE_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_taken_from_expressions() {
        assert_eq!(licences("MIT OR (Apache-2.0 AND GPL-3.0+)"), ["MIT", "Apache-2.0", "GPL-3.0"]);
        assert_eq!(licences("<script>"), Vec::<String>::new());
    }
}
