//! A page of Markdown for each entry: its fields in front of the text as YAML, in the manner of static
//! site generators and note keepers. Values are written as JSON has them, which YAML takes as it is,
//! so no text of a stranger is anything but text.
//!
//! In a folder each entry is a file of its own, by kind; without one the pages follow one another,
//! which is for reading: only the folder can be told apart again.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use commons_proto::kind::{FieldType, FieldValue};
use serde_json::json;

use super::item::time_text;
use super::{Exported, Item, Result};

/// Writes all pages, one after another.
pub fn write(items: impl Iterator<Item = Result<Item>>, out: &mut impl Write) -> Result<Exported> {
    let mut exported = Exported::default();
    for item in items {
        if exported.written > 0 {
            writeln!(out)?;
        }
        page(&item?, out)?;
        exported.note(true);
    }
    Ok(exported)
}

/// Writes each page into a file of its own in this folder, which is there and empty.
pub fn write_folder(items: impl Iterator<Item = Result<Item>>, folder: &Path) -> Result<Exported> {
    let mut exported = Exported::default();
    let mut kinds = BTreeSet::new();
    let mut names = BTreeSet::new();
    for item in items {
        let item = item?;
        let kind = folder.join(item.kind().name());
        if kinds.insert(item.kind().name().to_owned()) {
            fs::create_dir(&kind)?;
        }
        let mut name = file_name(&item, ID_CHARS);
        if !names.insert(name.clone()) {
            // Somebody took trouble to make two ids begin alike.
            name = file_name(&item, usize::MAX);
            names.insert(name.clone());
        }
        let mut text = Vec::new();
        page(&item, &mut text)?;
        fs::write(kind.join(name), text)?;
        exported.note(true);
    }
    Ok(exported)
}

/// A name that people recognise and that stays: the title in plain letters, and the beginning of the
/// id.
fn file_name(item: &Item, id_chars: usize) -> String {
    let id = item.id();
    let id = &id[..id_chars.min(id.len())];
    match slug(&item.summary().title) {
        slug if slug.is_empty() => format!("{id}.md"),
        slug => format!("{slug}-{id}.md"),
    }
}

/// A text as part of a file's name: small Latin letters and digits, words with a `-` between, not
/// long. Empty if there are none in it.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if slug.len() >= SLUG_BYTES {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Writes a page.
fn page(item: &Item, out: &mut impl Write) -> Result<()> {
    writeln!(out, "---")?;
    for (key, value) in front_matter(item) {
        writeln!(out, "{key}: {}", yaml(&value))?;
    }
    writeln!(out, "---\n")?;
    let body = item.body();
    if !body.is_empty() {
        out.write_all(body.as_bytes())?;
        if !body.ends_with('\n') {
            writeln!(out)?;
        }
    }
    Ok(())
}

/// What stands in front of the text: the fields, but for that which is the text, then who and when.
fn front_matter(item: &Item) -> Vec<(&'static str, serde_json::Value)> {
    let summary = item.summary();
    let mut front = vec![("id", json!(item.id())), ("kind", json!(summary.kind.name()))];
    for field in item.kind().fields() {
        let value = match field.field_type {
            FieldType::Prose => continue,
            FieldType::Set => match item.set(field.name) {
                items if items.is_empty() => continue,
                items => json!(items),
            },
            FieldType::Single => {
                let text = item.text(field.name).map(|text| json!(text));
                let value = match field.value {
                    FieldValue::Text if is_text(item, field.name) => continue,
                    FieldValue::Text => text,
                    FieldValue::Time => item.time(field.name).map(|time| json!(time_text(time))),
                    FieldValue::Entry => item.entry(field.name).map(|id| json!(id.to_string())),
                };
                match value {
                    Some(value) => value,
                    None => continue,
                }
            }
        };
        front.push((field.name, value));
    }
    front.push(("author", json!(summary.author.to_string())));
    if let Some(name) = &summary.name {
        front.push(("by", json!(name)));
    }
    let others = item.view().contributors.iter().filter(|(author, _)| *author != summary.author);
    let others: Vec<String> =
        others.map(|(author, name)| name.clone().unwrap_or_else(|| author.to_string())).collect();
    if !others.is_empty() {
        front.push(("contributors", json!(others)));
    }
    front.push(("created", json!(time_text(summary.created))));
    front.push(("changed", json!(time_text(summary.changed))));
    front.push(("versions", json!(summary.versions)));
    front
}

/// Whether this field is the text of the page.
fn is_text(item: &Item, field: &str) -> bool {
    match field {
        "text" => true,
        "about" => *item.kind() == commons_proto::kind::Kind::Person,
        _ => false,
    }
}

/// A value as YAML: its JSON, with the characters escaped that are in JSON and in no YAML.
fn yaml(value: &serde_json::Value) -> String {
    let json = value.to_string();
    if json.is_ascii() && !json.contains('\u{7f}') {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => text.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => text.push(letter),
        }
    }
    text
}

/// Characters of the id in a file's name: two that people wrote never share them.
const ID_CHARS: usize = 10;

/// Bytes of the title in a file's name: a line of a list of files.
const SLUG_BYTES: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_plain_on_every_disk() {
        for (title, name) in [
            ("Bed sensors for ward 3", "bed-sensors-for-ward-3"),
            ("../../etc/passwd", "etc-passwd"),
            ("  Ünï: \u{202e}x\0 ", "n-x"),
            ("日本", ""),
        ] {
            assert_eq!(slug(title), name, "{title:?}");
        }
        assert!(slug(&"long ".repeat(100)).len() <= SLUG_BYTES);
    }

    #[test]
    fn no_value_ends_its_line() {
        let value = yaml(&json!("a\n---\nb: \u{2028}\u{85}\u{202e}\"c"));
        assert_eq!(value, r#""a\n---\nb: \u2028\u0085\u202e\"c""#);
    }
}
