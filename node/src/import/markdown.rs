//! Markdown with front matter: a page is an entry. What the keys in front mean is in [`super::columns`].
//! The front matter is YAML between two lines of `---`; a page without one is its title and its text.

use commons_proto::kind::Kind;
use jiff::Zoned;
use serde_json::Value;

use super::columns::{self, Column};
use super::item::{Contents, Item};

/// The page; `name` is what its file is called.
pub(super) fn read(text: &str, name: Option<&str>, now: &Zoned) -> Contents {
    let mut contents = Contents::default();
    let mut item = Item::at(1);
    let body = match split(text) {
        Some((front, body)) => {
            match yaml(front) {
                Ok(keys) => {
                    let mut unknown = Vec::new();
                    for (key, value) in &keys {
                        match columns::column(key) {
                            Some(column) => put(&mut item, column, value, now),
                            None => unknown.push(key.as_str()),
                        }
                    }
                    if !unknown.is_empty() {
                        item.notice(format!("keys that are not taken: {}", unknown.join(", ")));
                    }
                }
                Err(error) => {
                    contents.skip(1, format!("its front matter is not YAML: {error}"));
                    return contents;
                }
            }
            body
        }
        None => text,
    };
    let body = body.trim_matches('\n');
    let is_ours = columns::is_ours(&item);
    let body = match heading(body).filter(|_| !is_ours) {
        Some((title, rest)) if item.title.is_empty() || item.title == title => {
            title.clone_into(&mut item.title);
            rest
        }
        _ => body,
    };
    // What stands in front, such as a description, comes first.
    item.add_text(body);
    // A note is its text.
    let is_note = item.kind == Some(Kind::Note) && !item.body.is_empty();
    if item.title.is_empty() && !is_note && !is_ours {
        let stem = name.and_then(|name| name.rsplit(['/', '\\']).next()).unwrap_or_default();
        let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
        item.title = stem.replace(['-', '_'], " ");
    }
    columns::settle(&mut item);
    contents.items.push(item);
    contents
}

/// Whether a text begins with front matter.
pub(super) fn has_front_matter(text: &str) -> bool {
    split(text).is_some()
}

/// Puts the values of a key into the item.
pub(super) fn put(item: &mut Item, column: Column, value: &Value, now: &Zoned) {
    match value {
        Value::String(text) => match column {
            // A text in a list of its own is one item, whatever signs are in it.
            Column::Set(field) if field != "tags" => {
                item.add(field, text);
            }
            _ => columns::put(item, column, text, now),
        },
        Value::Number(number) => columns::put(item, column, &number.to_string(), now),
        Value::Array(values) => {
            for value in values {
                match (column, value) {
                    (Column::Set(field), Value::String(text)) => {
                        item.add(field, text);
                    }
                    (_, Value::String(_) | Value::Number(_)) => put(item, column, value, now),
                    _ => {}
                }
            }
        }
        Value::Bool(_) | Value::Null | Value::Object(_) => {}
    }
}

/// The front matter, and what is behind it.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if ["---", "..."].contains(&line.trim_end()) {
            let front = &rest[..at];
            return (front.len() <= FRONT_BYTES).then(|| (front, &rest[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// The keys of the front matter.
fn yaml(front: &str) -> Result<serde_json::Map<String, Value>, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: YAML_DEPTH, max_events: YAML_EVENTS, max_aliases: 0, max_anchors: 0 },
    };
    if front.trim().is_empty() {
        return Ok(serde_json::Map::new());
    }
    match serde_saphyr::from_str_with_options::<Value>(front, options) {
        Ok(Value::Object(keys)) => Ok(keys),
        Ok(Value::Null) => Ok(serde_json::Map::new()),
        Ok(_) => Err("it is no list of keys and values".to_owned()),
        Err(error) => {
            let said = error.to_string();
            Err(said.lines().next().unwrap_or_default().to_owned())
        }
    }
}

/// The heading that a page begins with, and the rest.
fn heading(body: &str) -> Option<(&str, &str)> {
    let (line, rest) = body.split_once('\n').unwrap_or((body, ""));
    let title = line.strip_prefix("# ")?.trim().trim_end_matches('#').trim_end();
    (!title.is_empty()).then(|| (title, rest.trim_start_matches(['\n', '\r'])))
}

/// Bytes of front matter at most.
const FRONT_BYTES: usize = 64 * 1024;

/// Lists and maps within each other in front matter: ours are two deep.
const YAML_DEPTH: usize = 16;

/// Values, keys and ends of lists in front matter.
const YAML_EVENTS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use commons_proto::kind::Kind;

    fn read_one(text: &str) -> Item {
        let now: Zoned = "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap();
        let contents = read(text, Some("notes/quiet-rooms.md"), &now);
        contents.items.into_iter().next().unwrap_or_else(|| panic!("{:?}", contents.skipped))
    }

    #[test]
    fn front_matter_gives_the_fields() {
        let page = read_one(
            "---\ntitle: 'Soap: a study'\ntags: [Hygiene, \"ward 3\"]\nkind: resource\n\
             url: https://example.org/soap\ndate: 2026-10-24\nshoes: 7\n---\n\n# Why\n\nFalls.\n",
        );
        assert_eq!((page.title.as_str(), page.body.as_str()), ("Soap: a study", "# Why\n\nFalls."));
        assert_eq!(page.sets["tags"], ["Hygiene", "ward 3"]);
        assert_eq!(page.kind, Some(Kind::Resource));
        assert_eq!(page.times["published"], 1_792_800_000);
        assert_eq!(page.notices, ["keys that are not taken: shoes"]);
    }

    #[test]
    fn a_page_without_front_matter_has_the_title_of_its_heading_or_file() {
        let page = read_one("# Beds\n\nText.\n");
        assert_eq!((page.title.as_str(), page.body.as_str()), ("Beds", "Text."));
        let page = read_one("Text.\n");
        assert_eq!((page.title.as_str(), page.body.as_str()), ("quiet rooms", "Text."));
    }

    #[test]
    fn hostile_front_matter_is_refused() {
        let now: Zoned = "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap();
        let bomb = "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]";
        let deep = format!("a: {}", "[".repeat(5000));
        let many = format!("a: [{}]", "x,".repeat(20_000));
        for front in [bomb, &deep, &many, "- a\n- b", "a: b: c"] {
            let contents = read(&format!("---\n{front}\n---\ntext"), None, &now);
            assert!(contents.items.is_empty() && contents.skipped.len() == 1, "{front:.40}");
        }
    }
}
