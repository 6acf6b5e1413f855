use serde_json::{Map, Value};

use super::{Mistakes, is_name, name_rule};
use crate::Manifest;

/// How many settings a plugin may have.
const MAX_SETTINGS: usize = 200;
/// How deep a schema may be nested.
const MAX_DEPTH: usize = 16;

pub(super) fn check(manifest: &Manifest, found: &mut Mistakes) {
    let Some(schema) = &manifest.settings else { return };
    found.require(schema.get("type") == Some(&Value::from("object")), "settings.type", || {
        "settings are a schema of type `object`".to_owned()
    });
    let none = Map::new();
    let properties = match schema.get("properties") {
        None => &none,
        Some(Value::Object(properties)) => properties,
        Some(_) => return found.add("settings.properties", "is not a table"),
    };
    found.at_most("settings.properties", properties.len(), MAX_SETTINGS);
    for (name, property) in properties {
        let path = format!("settings.properties.{name}");
        found.require(is_name(name), &path, name_rule);
        found.require(property.is_object(), &path, || "is not a schema".to_owned());
    }
    check_required(schema, properties, found);
    check_plain("settings", &Value::Object(schema.clone()), 0, found);
}

/// A plugin must be able to run before an admin has set anything.
fn check_required(
    schema: &Map<String, Value>,
    properties: &Map<String, Value>,
    found: &mut Mistakes,
) {
    let required = match schema.get("required") {
        None => return,
        Some(Value::Array(required)) => required,
        Some(_) => return found.add("settings.required", "is not a list"),
    };
    for (at, name) in required.iter().enumerate() {
        let path = format!("settings.required.{at}");
        match name.as_str().map(|name| properties.get(name)) {
            None => found.add(path, "is not text"),
            Some(None) => found.add(path, format!("{name} is not among the properties")),
            Some(Some(property)) => {
                found.require(property.get("default").is_some(), &path, || {
                    format!("{name} is required, so it needs a default")
                });
            }
        }
    }
}

/// Refuses what would make the host fetch something or recurse without end.
fn check_plain(path: &str, value: &Value, depth: usize, found: &mut Mistakes) {
    if depth > MAX_DEPTH {
        return found.add(path, format!("is nested deeper than {MAX_DEPTH}"));
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                match key.as_str() {
                    "$ref" | "$dynamicRef" | "$recursiveRef" | "$schema" | "$id" => {
                        found.add(path, "schemas of settings have no references");
                    }
                    // What the reader makes of a TOML date, which JSON doesn't have.
                    "$__toml_private_datetime" => found.add(path, "a date is written as text"),
                    _ => check_plain(&path, value, depth + 1, found),
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                check_plain(&format!("{path}.{at}"), item, depth + 1, found);
            }
        }
        _ => {}
    }
}
