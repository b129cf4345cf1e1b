//! The OpenAPI document: whole, and nothing in it leads nowhere.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::described;

fn document() -> Value {
    serde_json::from_str(described().1.text()).unwrap()
}

/// Calls this for each operation.
fn operations(document: &Value, mut look: impl FnMut(&str, &str, &Value)) {
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            look(path, method, operation);
        }
    }
}

#[test]
fn every_operation_says_what_it_does_and_what_it_answers() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    operations(&document, |path, method, operation| {
        let named = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{named}");
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(ids.insert(id), "{named} has a name of its own");
        let statuses: BTreeSet<&str> =
            operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        assert!(statuses.contains("200") || statuses.contains("201"), "{named}: {statuses:?}");
        assert!(statuses.contains("401") && statuses.contains("421"), "{named}: {statuses:?}");
        if method != "get" {
            assert!(operation["security"][0]["token"].is_array(), "{named} needs the token");
            assert!(statuses.contains("403") && statuses.contains("422"), "{named}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let text = parameter["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{named}: {parameter}");
        }
    });
}

#[test]
fn every_schema_that_is_named_is_there() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut named = BTreeSet::new();
    references(&document, &mut named);
    for name in &named {
        let name = name.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
    assert!(named.len() > 30, "{named:?}");
    let generic = schemas.keys().find(|name| name.contains("Map"));
    assert_eq!(generic, None, "each has a name that says what it is");
}

fn references(value: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                named.insert(reference.clone());
            }
            object.values().for_each(|value| references(value, named));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, named)),
        _ => {}
    }
}
