//! The settings of the host itself.

use std::sync::LazyLock;

use galleria_storage::settings as stored;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{SettingsScope, filled};
use crate::error::{AppError, Result};
use crate::work::Work;

/// The settings of the host, as they hold in a store.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct HostSettings {
    /// How many accounts one address may open within an hour.
    pub(crate) registrations_per_hour: u32,
}

/// What the settings of the host can be, as JSON Schema.
pub fn host_schema() -> &'static Map<String, Value> {
    static SCHEMA: LazyLock<Map<String, Value>> = LazyLock::new(|| {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "registrations_per_hour": {
                    "type": "integer",
                    "title": "Accounts that one address may open within an hour",
                    "minimum": 1,
                    "maximum": 100_000,
                    "default": 20,
                },
            },
        });
        serde_json::from_value(schema).expect("the schema is an object")
    });
    &SCHEMA
}

/// The settings of the host in the store of the call. It asks for no permission: the host obeys
/// them, whoever asks.
pub(crate) async fn host(work: &mut Work) -> Result<HostSettings> {
    let store = work.caller().store.clone();
    let found = stored::find_for(work.unit(), SettingsScope::Host.as_str(), &store).await?;
    let value = Value::Object(filled(found, host_schema()).value);
    serde_json::from_value(value)
        .map_err(|error| AppError::Internal(format!("the settings of the host are none: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_schema_are_settings() {
        let defaults = Value::Object(filled(None, host_schema()).value);
        let settings: HostSettings = serde_json::from_value(defaults).unwrap();
        assert_eq!(settings.registrations_per_hour, 20);
    }
}
