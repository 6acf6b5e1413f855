//! The settings of the host itself.

use std::sync::LazyLock;

use galleria_domain::{MergeStrategy, StoreId};
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
    /// What becomes of a visitor's cart when they log in.
    pub(crate) cart_merge: MergeStrategy,
    /// The address that mails come from.
    pub(crate) mail_from: String,
    /// Where the links in mails lead to; empty if there is no telling.
    pub(crate) storefront_url: String,
    /// Whether a link to a checkout may log its holder in.
    pub(crate) links_log_in: bool,
    /// Whether acting for a customer needs a reason.
    pub(crate) impersonation_needs_reason: bool,
    /// Whether a customer is told by mail that staff acts for them.
    pub(crate) impersonation_tells_customer: bool,
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
                "cart_merge": {
                    "type": "string",
                    "title": "What becomes of a visitor's cart when they log in",
                    "enum": MergeStrategy::ALL,
                    "default": MergeStrategy::GuestWins,
                },
                "mail_from": {
                    "type": "string",
                    "title": "Address that mails come from",
                    "pattern": "^[^@\\s<>\"]+@[^@\\s<>\"]+$",
                    "maxLength": 254,
                    "default": "no-reply@localhost",
                },
                "storefront_url": {
                    "type": "string",
                    "title": "Address of the storefront, for links in mails; empty for codes instead",
                    "pattern": "^(https?://[^\\s#?]+)?$",
                    "maxLength": 500,
                    "default": "",
                },
                "links_log_in": {
                    "type": "boolean",
                    "title": "Staff may make links to a checkout that log the customer in",
                    "default": false,
                },
                "impersonation_needs_reason": {
                    "type": "boolean",
                    "title": "Acting for a customer needs a reason",
                    "default": true,
                },
                "impersonation_tells_customer": {
                    "type": "boolean",
                    "title": "Customers are told by mail when staff acts for them",
                    "default": false,
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
    host_of(work, &store).await
}

/// The settings of the host in a store, as [`host`].
pub(crate) async fn host_of(work: &mut Work, store: &StoreId) -> Result<HostSettings> {
    let found = stored::find_for(work.unit(), SettingsScope::Host.as_str(), store).await?;
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
