//! Data Packages (Frictionless, version 1 and 2): one is a resource, or a project where it is asked for as
//! such. Those that boards of hack days write hold their projects as rows: then these are taken, and the
//! package is only their cover. Lists of people are never taken.

use commons_proto::kind::Kind;
use jiff::Zoned;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::item::{Contents, Item};
use super::{columns, entries, html, source};

/// What a package describes.
pub(super) fn read(text: &str, now: &Zoned) -> Result<Contents, String> {
    if text.len() > PACKAGE_BYTES {
        return Err(format!("it has {} bytes; at most {PACKAGE_BYTES} are read", text.len()));
    }
    let package: Package = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut contents = Contents::default();
    for resource in &package.resources {
        let Some(kind) = resource.name.as_deref().and_then(rows_of) else { continue };
        let Some(Value::Array(rows)) = &resource.data else { continue };
        for (number, row) in (1..).zip(rows) {
            let Value::Object(row) = row else { continue };
            if contents.is_too_much() {
                break;
            }
            contents.items.push(of_row(number, row, &kind, now));
        }
    }
    if !contents.items.is_empty() {
        contents.notices.push("lines are the numbers of rows".to_owned());
        return Ok(contents);
    }
    contents.items.push(of_package(package, now));
    Ok(contents)
}

/// The tables of a package that are files beside it and hold what can be brought in: what each holds,
/// and its path. One that leads out of the package's folder is none.
pub(super) fn tables(text: &str) -> Vec<(Kind, String)> {
    if text.len() > PACKAGE_BYTES {
        return Vec::new();
    }
    let Ok(package) = serde_json::from_str::<Package>(text) else { return Vec::new() };
    let table = |resource: Resource| {
        let kind = rows_of(&resource.name?)?;
        let path = resource.path?.as_str()?.to_owned();
        let is_within = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let is_plain = is_within && !path.contains([':', '\\']);
        (is_plain && path.to_lowercase().ends_with(".csv")).then_some((kind, path))
    };
    package.resources.into_iter().take(TABLES).filter_map(table).collect()
}

/// Whether an object in JSON is a package: it has resources, and says of each where or what it is.
pub(super) fn is_package(text: &str) -> bool {
    text.len() <= PACKAGE_BYTES
        && serde_json::from_str::<Package>(text).is_ok_and(|package| {
            let names = package.profile.is_some_and(|profile| profile.contains("data-package"))
                || package.schema.is_some_and(|schema| schema.contains("datapackage"));
            let holds = package.resources.iter().any(|resource| {
                resource.name.is_some() && (resource.path.is_some() || resource.data.is_some())
            });
            names || holds
        })
}

fn of_row(number: u64, row: &Map<String, Value>, kind: &Kind, now: &Zoned) -> Item {
    let mut item = entries::row(number, row, now);
    // What is a challenge yet has no team.
    let is_challenge = row.get("is_challenge") == Some(&Value::Bool(true));
    item.kind = Some(if is_challenge { Kind::Idea } else { kind.clone() });
    item
}

fn of_package(package: Package, now: &Zoned) -> Item {
    let mut item = Item::at(1);
    item.kind = Some(Kind::Resource);
    item.title = package.title.or(package.name.clone()).unwrap_or_default();
    let description = package.description.unwrap_or_default();
    item.add_text(&if html::is_html(&description) {
        html::to_markdown(&description)
    } else {
        description
    });
    for keyword in package.keywords {
        item.add("tags", &keyword);
    }
    for licence in package.licenses {
        let named = [licence.name, licence.path, licence.title];
        if let Some(licence) = named.iter().flatten().find_map(|text| columns::licence(text)) {
            item.set_line("licence", &licence);
        }
    }
    let created = package.created.as_deref().and_then(|text| columns::time(text, now));
    if let Some(created) = created {
        item.times.insert("published", created);
    }
    item.set_line("url", &package.homepage.unwrap_or_default());
    for resource in &package.resources {
        item.set_line("format", resource.format.as_deref().unwrap_or_default());
        let paths = match &resource.path {
            Some(Value::Array(paths)) => paths.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(path)) => vec![path.as_str()],
            _ => Vec::new(),
        };
        for path in paths.into_iter().filter(|path| source::is_web(path)).take(LINKS) {
            item.set_line("url", path);
            item.add("links", path);
        }
    }
    for from in package.sources {
        item.add("links", &from.path.filter(|path| source::is_web(path)).unwrap_or_default());
    }
    let people: Vec<String> = package
        .contributors
        .into_iter()
        .filter_map(|person| person.title)
        .filter(|name| !name.contains('@'))
        .take(PEOPLE)
        .collect();
    item.by = (!people.is_empty()).then(|| people.join(", "));
    item.source = match (&package.id, item.lines.get("url")) {
        (Some(id), _) => Some(source::of_id(id, &item.title)),
        (None, Some(address)) => Some(source::of_url(address)),
        (None, None) => package.name.map(|name| source::of_id(&name, &item.title)),
    };
    item
}

/// What the rows of a table of this name are, if they are taken.
fn rows_of(name: &str) -> Option<Kind> {
    let name = name.trim().to_lowercase();
    let one = name.strip_suffix('s').unwrap_or(&name);
    // Not every word that means a kind: an event, say, is the hack day itself.
    let is_kind = ["idea", "challenge", "project", "session", "resource", "note"].contains(&one);
    is_kind.then(|| columns::kind(one)).flatten()
}

#[derive(Deserialize)]
struct Package {
    #[serde(rename = "$schema")]
    schema: Option<String>,
    profile: Option<String>,
    id: Option<String>,
    name: Option<String>,
    title: Option<String>,
    description: Option<String>,
    homepage: Option<String>,
    created: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    licenses: Vec<Named>,
    #[serde(default)]
    sources: Vec<Named>,
    #[serde(default)]
    contributors: Vec<Named>,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
    title: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    name: Option<String>,
    format: Option<String>,
    path: Option<Value>,
    data: Option<Value>,
}

/// Bytes of a package at most: decoded it takes some sixteen times as much memory.
const PACKAGE_BYTES: usize = 16 * 1024 * 1024;

/// Tables of a package that are read at most.
const TABLES: usize = 20;

/// Links of a package at most.
const LINKS: usize = 50;

/// Contributors who are named at most.
const PEOPLE: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Zoned {
        "2026-11-22T12:00:00+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn a_package_is_a_resource() {
        let text = r#"{"profile":"data-package","name":"beds","title":"Beds by ward","description":"Counts.",
            "keywords":["beds","wards"],"licenses":[{"name":"ODC-PDDL-1.0"}],
            "contributors":[{"title":"Ana","role":"author"}],"homepage":"https://example.org/beds",
            "resources":[{"name":"beds","path":"https://example.org/beds.csv","format":"csv"}]}"#;
        assert!(is_package(text));
        let item = &read(text, &noon()).unwrap().items[0];
        assert_eq!((item.title.as_str(), item.body.as_str()), ("Beds by ward", "Counts."));
        assert_eq!(item.lines["url"], "https://example.org/beds");
        assert_eq!(item.lines["format"], "csv");
        assert_eq!(item.sets["links"], ["https://example.org/beds.csv"]);
        assert_eq!(item.source.as_deref(), Some("url:https://example.org/beds"));
        assert_eq!(item.by.as_deref(), Some("Ana"));
    }

    #[test]
    fn of_a_board_the_projects_are_taken_and_the_people_are_not() {
        let text = r#"{"name":"event-1","title":"Hack day","sources":[{"title":"board"}],"resources":[
            {"name":"events","data":[{"name":"Hack day"}]},
            {"name":"users","data":[{"username":"ana","name":"Ana"}]},
            {"name":"projects","data":[
              {"id":7,"name":"Bed sensors","summary":"A mat","longtext":"Counts turns.","hashtag":"beds",
               "source_url":"https://example.org/code","webpage_url":"https://example.org","is_challenge":false,
               "score":50,"team":"ana, ben"},
              {"id":8,"name":"Quiet rooms","is_challenge":true}]}]}"#;
        assert!(is_package(text));
        let contents = read(text, &noon()).unwrap();
        let [beds, rooms] = contents.items.as_slice() else { panic!("{contents:?}") };
        assert_eq!(
            (beds.kind.clone(), rooms.kind.clone()),
            (Some(Kind::Project), Some(Kind::Idea))
        );
        assert!(beds.body.contains("A mat") && beds.body.contains("Counts turns."));
        assert_eq!(beds.lines["repository"], "https://example.org/code");
        assert_eq!(beds.sets["tags"], ["beds"]);
        assert_eq!(beds.place.line, 1);
    }

    #[test]
    fn tables_beside_a_package_are_found_and_those_elsewhere_are_not() {
        let path = |name: &str, path: &str| format!(r#"{{"name":"{name}","path":"{path}"}}"#);
        let all = [
            path("idea", "idea.csv"),
            path("projects", "data/projects.csv"),
            path("author", "author.csv"),
            path("note", "../note.csv"),
            path("note", "/etc/note.csv"),
            path("note", "C:note.csv"),
            path("session", "https://example.org/session.csv"),
        ];
        let text = format!(r#"{{"resources":[{}]}}"#, all.join(","));
        let found =
            [(Kind::Idea, "idea.csv".to_owned()), (Kind::Project, "data/projects.csv".to_owned())];
        assert_eq!(tables(&text), found);
    }

    #[test]
    fn other_objects_are_no_packages() {
        for text in ["{}", "[]", r#"{"resources":[]}"#, r#"{"resources":[{"x":1}]}"#] {
            assert!(!is_package(text), "{text}");
        }
        let deep = format!(r#"{{"resources":{}"#, "[".repeat(100_000));
        assert!(!is_package(&deep) && read(&deep, &noon()).is_err());
    }
}
