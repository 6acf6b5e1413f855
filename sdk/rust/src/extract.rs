mod params;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{FieldFault, Problem, Request, Result, settings};
use params::{PathParams, QueryParams};

/// What a handler can take from a request.
pub trait FromRequest: Sized {
    /// Takes it, or refuses the request.
    fn from_request(request: &Request) -> Result<Self>;
}

/// The parameters of the route: one value, a tuple in their order, or a struct by their names.
/// 404 if they can't be read as `T`, because no such thing can be there.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

/// The pairs of the query as a struct; a list takes a name that is repeated. 400 if they can't be
/// read as `T`; whether unknown names are refused is up to `T` (`deny_unknown_fields`).
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// A body of JSON; as an answer too. 415 if the body says it is something else, 400 with the path
/// of the mistake if it can't be read as `T`.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The plugin's settings, which need `settings:read`.
#[derive(Clone, Copy, Debug)]
pub struct Settings<T>(pub T);

/// The version that `If-Match` asks for (RFC 9110 §13.1.1): `None` without the header or with `*`.
/// 400 if the header is none that this plugin gave out.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub Option<u64>);

/// Which part of a list is wanted: `limit` (1 to 200, 50 without) and `cursor` of the query.
#[derive(Clone, Debug)]
pub struct Paging {
    /// How many items at most.
    pub limit: u32,
    /// What the page before answered in `next`.
    pub cursor: Option<String>,
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    fn from_request(request: &Request) -> Result<Self> {
        T::deserialize(PathParams(request.params())).map(Self).map_err(|fault| {
            Problem::new(404, "not-found", "there is no such page").with(vec![fault.into()])
        })
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    fn from_request(request: &Request) -> Result<Self> {
        T::deserialize(QueryParams(request.query())).map(Self).map_err(|fault| {
            Problem::malformed("the query cannot be read").with(vec![fault.into()])
        })
    }
}

/// A body that changes what is there (JSON merge patch, RFC 7396): a key that is missing stays, a
/// null goes back to the default.
#[derive(Clone, Debug)]
pub struct Merge(Map<String, Value>);

impl Merge {
    /// What `current` becomes. 400 with the path of the mistake if the patch doesn't fit.
    pub fn apply<T: DeserializeOwned + Serialize>(self, current: &T) -> Result<T> {
        let current = serde_json::to_value(current)
            .map_err(|error| Problem::new(503, "unwritable", error.to_string()))?;
        let mut merged = match current {
            Value::Object(current) => current,
            _ => Map::new(),
        };
        merge(&mut merged, self.0);
        serde_path_to_error::deserialize(Value::Object(merged))
            .map_err(|error| unreadable(&error.path().to_string(), error.inner()))
    }
}

/// How deep it goes is bounded by the reader of JSON.
fn merge(into: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        match value {
            Value::Null => {
                into.remove(&key);
            }
            Value::Object(patch) => {
                let entry = into.entry(key).or_insert(Value::Null);
                if !entry.is_object() {
                    *entry = Value::Object(Map::new());
                }
                if let Value::Object(entry) = entry {
                    merge(entry, patch);
                }
            }
            value => {
                into.insert(key, value);
            }
        }
    }
}

impl FromRequest for Merge {
    fn from_request(request: &Request) -> Result<Self> {
        Json::from_request(request).map(|Json(patch)| Self(patch))
    }
}

impl<T: DeserializeOwned> FromRequest for Json<T> {
    fn from_request(request: &Request) -> Result<Self> {
        if request.header("content-type").is_some_and(|kind| !is_json(kind)) {
            return Err(Problem::new(415, "not-json", "the body has to be application/json"));
        }
        let mut reader = serde_json::Deserializer::from_slice(request.body());
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| unreadable(&error.path().to_string(), error.inner()))?;
        reader.end().map_err(|error| unreadable(".", &error))?;
        Ok(Self(value))
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || (kind.len() > 5 && kind.to_ascii_lowercase().ends_with("+json"))
}

fn unreadable(path: &str, error: &serde_json::Error) -> Problem {
    let message = error.to_string();
    let missing = message.starts_with("missing field");
    let code = if missing {
        "required"
    } else if message.starts_with("unknown field") {
        "unknown"
    } else {
        "malformed"
    };
    let mut path = path.replace('[', ".").replace(']', "").trim_matches('.').to_owned();
    // A field that is missing or there twice has no path of its own; the message names it.
    let nameless = missing || message.starts_with("duplicate field");
    if let (true, Some(field)) = (nameless, message.split('`').nth(1)) {
        path = if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    }
    Problem::malformed("the body cannot be read").with(vec![FieldFault::new(path, code, message)])
}

impl<T: DeserializeOwned> FromRequest for Settings<T> {
    fn from_request(_: &Request) -> Result<Self> {
        Ok(Self(settings::current()?))
    }
}

impl FromRequest for IfMatch {
    fn from_request(request: &Request) -> Result<Self> {
        match request.header("if-match").map(str::trim) {
            None | Some("*") => Ok(Self(None)),
            Some(tag) => {
                let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
                match version.and_then(|version| version.parse().ok()) {
                    Some(version) => Ok(Self(Some(version))),
                    None => Err(Problem::malformed("If-Match is one entity tag: \"3\"")),
                }
            }
        }
    }
}

impl FromRequest for Paging {
    fn from_request(request: &Request) -> Result<Self> {
        let value = |name: &str| {
            request.query().iter().find(|pair| pair.name == name).map(|pair| pair.value.as_str())
        };
        let limit = value("limit").map_or(Ok(50), str::parse);
        let Ok(limit @ 1..=200) = limit else {
            let fault = FieldFault::new("limit", "range", "is not between 1 and 200");
            return Err(Problem::malformed("the query cannot be read").with(vec![fault]));
        };
        Ok(Self { limit, cursor: value("cursor").map(str::to_owned) })
    }
}

impl FromRequest for () {
    fn from_request(_: &Request) -> Result<Self> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
