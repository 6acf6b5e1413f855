//! What a body says about single fields, and how bodies become what the shop takes.

use std::borrow::Cow;

use galleria_domain::Change;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// A field that may be empty: what isn't named stays, `null` clears, a value sets.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: Deserialize<'de>")]
pub(crate) struct Edit<T>(Change<T>);

/// A field that is never empty: what isn't named stays, a value sets, and `null` is a mistake;
/// overlooking it would leave in place what the client believes to be gone.
pub(crate) struct Given<T>(Option<T>);

// Derived, it would ask the same of `T`.
impl<T> Default for Edit<T> {
    fn default() -> Self {
        Self(Change::Keep)
    }
}

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

impl<T> From<Edit<T>> for Change<T> {
    fn from(edit: Edit<T>) -> Self {
        edit.0
    }
}

impl<T> From<Given<T>> for Option<T> {
    fn from(given: Given<T>) -> Self {
        given.0
    }
}

impl<T: JsonSchema> JsonSchema for Edit<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Moves all fields of a body, by name, into the shop's own shape of it. With `..` at the end, the
/// shop knows of more than the body can say.
macro_rules! into_shop {
    ($body:ident => $shop:ident { $($field:ident),+ $(, ..$rest:expr)? $(,)? }) => {
        impl From<$body> for $shop {
            fn from(body: $body) -> Self {
                // Taken apart by name: a new field doesn't compile until it arrives.
                let $body { $($field),+ } = body;
                Self { $($field: $field.into()),+ $(, ..$rest)? }
            }
        }
    };
}

pub(crate) use into_shop;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Body {
        name: Given<String>,
        phone: Edit<String>,
    }

    fn read(text: &str) -> Option<(Option<String>, Change<String>)> {
        let Body { name, phone } = serde_json::from_str(text).ok()?;
        Some((name.into(), phone.into()))
    }

    #[test]
    fn what_is_not_named_stays_and_null_clears_only_what_may_be_empty() {
        assert_eq!(read("{}"), Some((None, Change::Keep)));
        assert_eq!(read(r#"{"phone":null}"#), Some((None, Change::Clear)));
        let set = (Some(String::new()), Change::Set("1".to_owned()));
        assert_eq!(read(r#"{"name":"","phone":"1"}"#), Some(set));
        assert_eq!(read(r#"{"name":null}"#), None);
    }

    #[test]
    fn the_description_says_which_may_be_null_and_that_none_is_required() {
        let schema = schemars::schema_for!(Body);
        assert!(schema.get("required").is_none());
        let type_of = |field: &str| schema.as_value()["properties"][field]["type"].clone();
        assert_eq!(type_of("name"), "string");
        assert_eq!(type_of("phone"), serde_json::json!(["string", "null"]));
    }
}
