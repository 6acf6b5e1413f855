//! x
use aide::openapi::{ParameterData, ParameterSchemaOrContent, SchemaObject};
use schemars::json_schema;
/// A parameter that is text.
pub(crate) fn text_parameter(name: &str, words: &str, required: bool) -> ParameterData {
    let json_schema = json_schema!({ "type": "string" });
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    ParameterData {
        name: name.to_owned(),
        description: (!words.is_empty()).then(|| words.to_owned()),
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    }
}

