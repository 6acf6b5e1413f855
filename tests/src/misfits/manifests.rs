use galleria_manifest::MAX_BYTES;
use serde_json::{Value, json};

use super::Misfit;
use crate::component::{manifest, with_raw_manifests};

/// Components whose manifest is wrong.
pub(super) fn misfits(hello: &[u8]) -> Vec<Misfit> {
    let good = serde_json::to_value(manifest(hello)).expect("a manifest is JSON");
    let raw = |name, manifests: &[&[u8]], says| Misfit {
        name,
        file: with_raw_manifests(hello, manifests),
        says,
    };
    let text = good.to_string();
    let padded = format!("{text}{}", " ".repeat(MAX_BYTES));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut all = vec![
        raw("no manifest", &[], "has no manifest"),
        raw("two manifests", &[text.as_bytes(), text.as_bytes()], "more than one manifest"),
        raw("an empty manifest", &[b""], "the manifest is wrong"),
        raw("a manifest in TOML", &[b"manifest = 1"], "the manifest is wrong"),
        raw("a manifest of no UTF-8", &[b"{\"id\":\"\xff\"}"], "the manifest is wrong"),
        raw("a manifest that is too long", &[padded.as_bytes()], "the manifest is wrong"),
        raw("a manifest that goes deep", &[deep.as_bytes()], "the manifest is wrong"),
        raw("a manifest with something behind", &[format!("{text}{{}}").as_bytes()], "trailing"),
        raw("a manifest with a key twice", &[twice(&text).as_bytes()], "duplicate field"),
    ];
    all.extend(CHANGES.iter().map(|(name, key, value, says)| {
        let mut changed = good.clone();
        changed[*key] = serde_json::from_str(value).expect("the value is JSON");
        raw(name, &[changed.to_string().as_bytes()], says)
    }));
    all.extend(["manifest", "id", "version", "host", "texts"].map(|key| {
        let mut less = good.clone();
        less.as_object_mut().and_then(|keys| keys.remove(key)).expect("the key is there");
        raw("a manifest without a key", &[less.to_string().as_bytes()], "missing field")
    }));
    all.push(raw("a route twice", &[route_twice(&good).to_string().as_bytes()], "is there twice"));
    all
}

/// Name, key, value, and what is said.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("an unknown key", "colour", "\"red\"", "unknown field `colour`"),
    ("another format", "manifest", "2", "this is format 1, not 2"),
    ("a wrong type", "id", "7", "invalid type"),
    ("an id with capitals", "id", "\"Hello\"", "is not of the form"),
    ("an id that is a path", "id", "\"../hello\"", "is not of the form"),
    ("an empty id", "id", "\"\"", "is not of the form"),
    ("a version that is none", "version", "\"1.0.0-\"", "the manifest is wrong"),
    ("no versions of the host", "host", "\"latest\"", "the manifest is wrong"),
    ("another host", "host", "\"^9.1\"", "it needs a host ^9.1"),
    ("no English", "texts", "{\"de\":{\"title\":\"Hallo\"}}", "English"),
    ("a title of controls", "texts", "{\"en\":{\"title\":\"a\\u001b[31m\"}}", "control characters"),
    (
        "an unknown permission",
        "permissions",
        "{\"everything:do\":{\"reason\":{\"en\":\"Wants it.\"}}}",
        "no such permission",
    ),
    (
        "a permission by wildcard",
        "permissions",
        "{\"customers:*\":{\"reason\":{\"en\":\"Wants it.\"}}}",
        "no such permission",
    ),
    ("itself required", "requires", "{\"hello\":\"^0.1\"}", "cannot require itself"),
    (
        "an entity without what it needs",
        "entities",
        "{\"note\":{\"fields\":{\"name\":{\"type\":\"text\"}}}}",
        "storage:use",
    ),
    (
        "an entity with a name of SQL",
        "entities",
        "{\"x; DROP TABLE customers\":{\"fields\":{\"name\":{\"type\":\"text\"}}}}",
        "is not of the form",
    ),
    (
        "a route for nobody",
        "routes",
        "[{\"method\":\"GET\",\"path\":\"/a\",\"audience\":\"everybody\"}]",
        "unknown variant",
    ),
    (
        "a route of an unknown method",
        "routes",
        "[{\"method\":\"TRACE\",\"path\":\"/a\",\"audience\":\"visitor\"}]",
        "unknown variant",
    ),
    (
        "a route that leaves its root",
        "routes",
        "[{\"method\":\"GET\",\"path\":\"/../a\",\"audience\":\"visitor\"}]",
        "cannot be `..`",
    ),
    (
        "a staff route for everybody",
        "routes",
        "[{\"method\":\"GET\",\"path\":\"/a\",\"audience\":\"staff\"}]",
        "needs a permission",
    ),
    ("settings that are no schema", "settings", "{\"type\":\"text\"}", "the manifest is wrong"),
    ("no routes for what it answers", "routes", "[]", "its manifest has no routes"),
];

fn twice(text: &str) -> String {
    text.replacen('{', "{\"id\":\"other\",", 1)
}

fn route_twice(good: &Value) -> Value {
    let mut changed = good.clone();
    let route = good["routes"][0].clone();
    changed["routes"] = json!([route.clone(), route]);
    changed
}
