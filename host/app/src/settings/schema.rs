//! JSON Schemas of settings: compiled once, then asked often.

use std::collections::HashMap;
use std::sync::Arc;

use galleria_domain::{FieldCode, FieldError, Sha256Hash};
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use parking_lot::Mutex;
use serde_json::{Map, Value};

use super::VALUE_MAX_BYTES;
use crate::error::{AppError, Result};

/// How many compiled schemas are kept; more than there are plugins in a shop.
const KEPT_MAX: usize = 256;
/// How deep defaults are filled in; a schema may be written by anybody.
const DEPTH_MAX: u32 = 16;
/// How many mistakes are told at once.
const MISTAKES_MAX: usize = 100;
const SCHEMA_MAX_BYTES: usize = 256 * 1024;
const PATTERN_MAX_BYTES: usize = 1024 * 1024;

/// Compiled schemas.
#[derive(Default)]
pub(crate) struct Validators(Mutex<HashMap<Sha256Hash, Arc<Validator>>>);

impl std::fmt::Debug for Validators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validators").field("kept", &self.0.lock().len()).finish()
    }
}

impl Validators {
    /// Refuses what isn't valid against the schema, with every mistake and its path.
    pub(crate) fn check(
        &self,
        schema: &Map<String, Value>,
        value: &Map<String, Value>,
    ) -> Result<()> {
        let value = Value::Object(value.clone());
        if value.to_string().len() > VALUE_MAX_BYTES {
            let message = "has more than 256 KiB";
            return Err(vec![FieldError::new("", FieldCode::TooLong, message)].into());
        }
        let validator = self.get(schema)?;
        let errors: Vec<_> = validator
            .iter_errors(&value)
            .flat_map(|error| mistakes(&error))
            .take(MISTAKES_MAX)
            .collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
    }

    fn get(&self, schema: &Map<String, Value>) -> Result<Arc<Validator>> {
        let text =
            serde_json::to_vec(schema).map_err(|error| AppError::Internal(error.to_string()))?;
        let key = Sha256Hash::of(&text);
        if let Some(validator) = self.0.lock().get(&key) {
            return Ok(Arc::clone(validator));
        }
        let validator = Arc::new(compile(schema)?);
        let mut kept = self.0.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&validator));
        Ok(validator)
    }
}

/// Compiles a schema of draft 2020-12. It can't refer to anything outside itself, and its patterns
/// are matched in linear time.
pub(super) fn compile(schema: &Map<String, Value>) -> Result<Validator> {
    let refuse = |message: String| -> AppError {
        vec![FieldError::new("settings", FieldCode::Malformed, message)].into()
    };
    let schema = Value::Object(schema.clone());
    if schema.to_string().len() > SCHEMA_MAX_BYTES {
        return Err(refuse("is a schema of more than 256 KiB".to_owned()));
    }
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_MAX_BYTES))
        .offline()
        .build(&schema)
        .map_err(|error| refuse(format!("is no usable JSON Schema: {error}")))
}

/// A mistake for each thing that is wrong; none repeats what was given.
fn mistakes(error: &ValidationError<'_>) -> Vec<FieldError> {
    let path = error
        .instance_path()
        .iter()
        .map(|segment| segment.to_string())
        .collect::<Vec<_>>()
        .join(".");
    let below =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let code = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            return vec![FieldError::new(below(name), FieldCode::Required, "is required")];
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let unknown = |name: &String| {
                FieldError::new(below(name), FieldCode::Unknown, "is no known setting")
            };
            return unexpected.iter().map(unknown).collect();
        }
        Kind::MaxLength { .. } | Kind::MaxItems { .. } | Kind::MaxProperties { .. } => {
            FieldCode::TooLong
        }
        Kind::MinLength { .. } | Kind::MinItems { .. } | Kind::MinProperties { .. } => {
            FieldCode::TooShort
        }
        Kind::Type { .. } | Kind::Pattern { .. } | Kind::Format { .. } => FieldCode::Malformed,
        _ => FieldCode::Range,
    };
    vec![FieldError::new(path, code, error.masked().to_string())]
}

/// Puts the defaults of a schema's properties where nothing was set.
pub(super) fn fill_defaults(value: &mut Map<String, Value>, schema: &Map<String, Value>) {
    fill(value, schema, DEPTH_MAX);
}

fn fill(value: &mut Map<String, Value>, schema: &Map<String, Value>, depth: u32) {
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    if depth == 0 {
        return;
    }
    for (name, property) in properties {
        let Value::Object(property) = property else { continue };
        if let Some(Value::Object(inner)) = value.get_mut(name) {
            fill(inner, property, depth - 1);
        } else if !value.contains_key(name) {
            let default = property.get("default").cloned().or_else(|| {
                let mut inner = Map::new();
                fill(&mut inner, property, depth - 1);
                (!inner.is_empty()).then_some(Value::Object(inner))
            });
            if let Some(default) = default {
                value.insert(name.clone(), default);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn schema() -> Map<String, Value> {
        object(json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["name"],
            "properties": {
                "name": { "type": "string", "maxLength": 5 },
                "rate": { "type": "integer", "minimum": 0, "default": 7 },
                "mail": {
                    "type": "object",
                    "properties": { "from": { "type": "string", "default": "shop" } },
                },
            },
        }))
    }

    #[test]
    fn every_mistake_in_settings_has_its_path_and_tells_nothing_of_the_value() {
        let value = object(json!({ "rate": -1, "mail": { "from": 3 }, "secret": "hunter2" }));
        let Err(AppError::Invalid(mut errors)) = Validators::default().check(&schema(), &value)
        else {
            panic!("it must be refused")
        };
        errors.sort_by(|one, other| one.path.cmp(&other.path));
        let named: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("mail.from", FieldCode::Malformed),
                ("name", FieldCode::Required),
                ("rate", FieldCode::Range),
                ("secret", FieldCode::Unknown),
            ]
        );
        assert!(errors.iter().all(|error| !error.message.contains("hunter2")));
    }

    #[test]
    fn defaults_stand_where_nothing_was_set() {
        let mut value = object(json!({ "name": "x", "rate": 0 }));
        fill_defaults(&mut value, &schema());
        assert_eq!(
            Value::Object(value),
            json!({ "name": "x", "rate": 0, "mail": { "from": "shop" } })
        );
    }

    #[test]
    fn a_schema_reaches_for_nothing_outside_itself() {
        for outside in ["https://example.com/a.json", "file:///etc/passwd"] {
            let schema = object(json!({ "properties": { "a": { "$ref": outside } } }));
            assert!(matches!(compile(&schema), Err(AppError::Invalid(_))), "{outside}");
        }
    }

    #[test]
    fn a_pattern_that_could_run_for_ever_is_refused() {
        let schema = object(json!({ "properties": { "a": { "pattern": r"(a+)+\1$" } } }));
        assert!(matches!(compile(&schema), Err(AppError::Invalid(_))));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        let schema = object(json!({ "type": "banana" }));
        assert!(matches!(compile(&schema), Err(AppError::Invalid(_))));
    }
}
