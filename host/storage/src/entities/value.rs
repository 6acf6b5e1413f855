//! Bodies of entities: checked against the declaration, taken apart into columns, put together.

use std::collections::BTreeMap;
use std::fmt;

use galleria_domain::{
    ENTITY_BODY_MAX_BYTES, ENTITY_KEY_MAX_BYTES, FieldCode, FieldError, IndexValue, Mistakes,
};
use galleria_manifest::{Entity, FieldKind};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::layout::Layout;

/// The value of a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Text(Option<String>),
    Number(Option<i64>),
    Flag(Option<bool>),
}

/// Binds a column's value to a query, whichever database that is for.
macro_rules! bind_column {
    ($query:expr, $value:expr) => {
        match $value {
            Column::Text(value) => $query.bind(value),
            Column::Number(value) => $query.bind(value),
            Column::Flag(value) => $query.bind(value),
        }
    };
}

pub(super) use bind_column;

impl Column {
    /// Without a value.
    pub(super) fn empty(kind: FieldKind) -> Self {
        match kind {
            FieldKind::Number => Self::Number(None),
            FieldKind::Flag => Self::Flag(None),
            FieldKind::Text | FieldKind::Json => Self::Text(None),
        }
    }

    /// Its value, if it has one.
    pub(super) fn value(&self) -> Option<IndexValue> {
        match self {
            Self::Text(value) => value.clone().map(IndexValue::Text),
            Self::Number(value) => value.map(IndexValue::Number),
            Self::Flag(value) => value.map(IndexValue::Flag),
        }
    }

    fn json(&self) -> Option<String> {
        match self {
            Self::Text(value) => {
                value.as_ref().map(|text| serde_json::Value::from(text.as_str()).to_string())
            }
            Self::Number(value) => value.map(|number| number.to_string()),
            Self::Flag(value) => value.map(|flag| flag.to_string()),
        }
    }
}

impl From<IndexValue> for Column {
    fn from(value: IndexValue) -> Self {
        match value {
            IndexValue::Text(text) => Self::Text(Some(text)),
            IndexValue::Number(number) => Self::Number(Some(number)),
            IndexValue::Flag(flag) => Self::Flag(Some(flag)),
        }
    }
}

/// A body taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Parts {
    /// The values of the columns, in their order.
    pub(super) columns: Vec<Column>,
    /// The fields without a column, as a JSON object.
    pub(super) rest: String,
}

/// The fields of an object as they are written, in their order.
struct RawFields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for RawFields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Fields).map(RawFields)
    }
}

/// Checks a body against the declaration and takes it apart.
pub(super) fn split(
    entity: &Entity,
    layout: &Layout,
    body: &str,
) -> Result<Parts, Vec<FieldError>> {
    if body.len() > ENTITY_BODY_MAX_BYTES {
        return Err(vec![FieldError::new("", FieldCode::TooLong, "has more than 1048576 bytes")]);
    }
    let Ok(RawFields(fields)) = serde_json::from_str(body) else {
        return Err(vec![FieldError::new("", FieldCode::Malformed, "is no JSON object")]);
    };
    let mut mistakes = Mistakes::new();
    let mut given = BTreeMap::new();
    for (name, raw) in &fields {
        if given.insert(name.as_str(), *raw).is_some() {
            mistakes.add(name, FieldCode::Malformed, "is there twice");
        } else if !entity.fields.contains_key(name) {
            mistakes.add(name, FieldCode::Unknown, "is no field of the entity");
        }
    }
    given.retain(|_, raw| raw.get() != "null");
    for (name, field) in &entity.fields {
        match given.get(name.as_str()) {
            Some(raw) => {
                check(name, field.kind, layout.columns.contains_key(name), raw, &mut mistakes);
            }
            None if field.optional => {}
            None => mistakes.add(name, FieldCode::Required, "is missing"),
        }
    }
    let columns = layout.columns.iter().map(|(name, kind)| {
        given
            .get(name.as_str())
            .and_then(|raw| column(*kind, raw))
            .unwrap_or_else(|| Column::empty(*kind))
    });
    let columns = columns.collect();
    let rest = given.iter().filter(|(name, _)| !layout.columns.contains_key(**name));
    let rest = object(rest.map(|(name, raw)| (*name, raw.get())));
    mistakes.finish(Parts { columns, rest })
}

/// Takes fields that got columns out of bodies stored before; `None` if there is none in this one.
/// What can't be indexed is answered by the name of its field.
pub(super) fn extract(
    columns: &BTreeMap<String, FieldKind>,
    body: &str,
) -> Result<Option<Parts>, String> {
    let Ok(RawFields(fields)) = serde_json::from_str(body) else { return Ok(None) };
    let fields: BTreeMap<_, _> = fields.iter().map(|(name, raw)| (name.as_str(), *raw)).collect();
    if !columns.keys().any(|name| fields.contains_key(name.as_str())) {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(columns.len());
    for (name, kind) in columns {
        let Some(raw) = fields.get(name.as_str()) else {
            values.push(Column::empty(*kind));
            continue;
        };
        let value = column(*kind, raw).ok_or_else(|| name.clone())?;
        if let Column::Text(Some(text)) = &value {
            check_key(text).map_err(|_| name.clone())?;
        }
        values.push(value);
    }
    let rest = fields.iter().filter(|(name, _)| !columns.contains_key(**name));
    let rest = object(rest.map(|(name, raw)| (*name, raw.get())));
    Ok(Some(Parts { columns: values, rest }))
}

/// Puts a body together: the columns' fields, then those that have none.
pub(super) fn join<'a>(
    fields: impl Iterator<Item = &'a String>,
    columns: &[Column],
    rest: &str,
) -> String {
    let mut body = String::with_capacity(rest.len() + 32 * columns.len());
    body.push('{');
    for (field, value) in fields.zip(columns) {
        if let Some(json) = value.json() {
            push_field(&mut body, field, &json);
        }
    }
    let inner = rest.get(1..rest.len().saturating_sub(1)).unwrap_or_default();
    if !inner.is_empty() && body.len() > 1 {
        body.push(',');
    }
    body.push_str(inner);
    body.push('}');
    body
}

fn object<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut object = String::from("{");
    for (name, raw) in fields {
        push_field(&mut object, name, raw);
    }
    object.push('}');
    object
}

/// Names of fields need no escapes, by their form.
fn push_field(object: &mut String, name: &str, json: &str) {
    if object.len() > 1 {
        object.push(',');
    }
    object.push('"');
    object.push_str(name);
    object.push_str("\":");
    object.push_str(json);
}

fn check(name: &str, kind: FieldKind, indexed: bool, raw: &RawValue, mistakes: &mut Mistakes) {
    match kind {
        FieldKind::Json => {
            // Reads it whole: also how deep it is, and whether its escapes are characters.
            if serde_json::from_str::<serde_json::Value>(raw.get()).is_err() {
                mistakes.add(name, FieldCode::Malformed, "is no JSON that can be kept");
            }
        }
        _ => match column(kind, raw) {
            None => mistakes.add(name, FieldCode::Malformed, format!("is no {}", noun(kind))),
            Some(Column::Text(Some(text))) if indexed => {
                if let Err((code, message)) = check_key(&text) {
                    mistakes.add(name, code, message);
                }
            }
            Some(_) => {}
        },
    }
}

fn noun(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Number => "whole number of 64 bits",
        FieldKind::Flag => "true or false",
        FieldKind::Json => "JSON",
    }
}

fn column(kind: FieldKind, raw: &RawValue) -> Option<Column> {
    match kind {
        FieldKind::Text => {
            serde_json::from_str(raw.get()).ok().map(|text| Column::Text(Some(text)))
        }
        FieldKind::Number => {
            serde_json::from_str(raw.get()).ok().map(|number| Column::Number(Some(number)))
        }
        FieldKind::Flag => {
            serde_json::from_str(raw.get()).ok().map(|flag| Column::Flag(Some(flag)))
        }
        FieldKind::Json => None,
    }
}

/// What both databases can keep in an index, and a cursor can hold.
pub(super) fn check_key(text: &str) -> Result<(), (FieldCode, &'static str)> {
    if text.len() > ENTITY_KEY_MAX_BYTES {
        return Err((FieldCode::TooLong, "is indexed and has more than 512 bytes"));
    }
    if text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return Err((FieldCode::Malformed, "is indexed and has control characters"));
    }
    Ok(())
}

/// Refuses what can't be the id of an entity.
pub(super) fn check_id(path: &str, id: &str) -> Result<(), FieldError> {
    if id.is_empty() {
        return Err(FieldError::new(path, FieldCode::Required, "is empty"));
    }
    if id.len() > ENTITY_KEY_MAX_BYTES {
        return Err(FieldError::new(path, FieldCode::TooLong, "has more than 512 bytes"));
    }
    if id.chars().any(char::is_control) {
        return Err(FieldError::new(path, FieldCode::Malformed, "has control characters"));
    }
    Ok(())
}
