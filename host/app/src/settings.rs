//! Settings of the host and of plugins: one JSON object for each, valid against its JSON Schema.

mod host;
mod schema;

use galleria_domain::{Instant, Permission, PluginId, StoreId};
use galleria_storage::{installations, settings as stored};
use serde_json::{Map, Value, json};

use crate::audit;
use crate::error::{AppError, Result};
use crate::version::{expect_version, require_updated};
use crate::work::Work;

pub use host::host_schema;
pub(crate) use host::{host, host_of};
pub(crate) use schema::Validators;

/// The most bytes of settings, as JSON.
pub const VALUE_MAX_BYTES: usize = 256 * 1024;

/// Whose settings.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum SettingsScope {
    /// The host's.
    Host,
    /// A plugin's.
    Plugin(PluginId),
}

impl SettingsScope {
    fn as_str(&self) -> &str {
        match self {
            // No plugin can be called that.
            Self::Host => ":host",
            Self::Plugin(plugin) => plugin.as_str(),
        }
    }
}

/// Settings, as they hold or as they were set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The object, with the schema's defaults filled in.
    pub value: Map<String, Value>,
    /// The store they were set for; `None`: for all, or never.
    pub store: Option<StoreId>,
    /// Grows by one with each change; 0 if they were never set.
    pub version: u64,
    /// When they were last changed.
    pub updated_at: Option<Instant>,
}

/// The settings that hold in the store of the call: its own, else those for all stores, else the
/// schema's defaults. Needs [`Permission::SettingsRead`].
pub async fn current(
    work: &mut Work,
    scope: &SettingsScope,
    schema: &Map<String, Value>,
) -> Result<Settings> {
    work.caller().require(Permission::SettingsRead)?;
    let store = work.caller().store.clone();
    let found = stored::find_for(work.unit(), scope.as_str(), &store).await?;
    Ok(filled(found, schema))
}

/// What was set for exactly this store, or with `None` for all stores; the defaults, if nothing
/// was. Needs [`Permission::SettingsRead`].
pub async fn get(
    work: &mut Work,
    scope: &SettingsScope,
    store: Option<&StoreId>,
    schema: &Map<String, Value>,
) -> Result<Settings> {
    work.caller().require(Permission::SettingsRead)?;
    let found = stored::find(work.unit(), scope.as_str(), store).await?;
    Ok(filled(found, schema))
}

/// Sets them for a store, or with `None` for all that have none of their own. Needs
/// [`Permission::SettingsWrite`]; every mistake is named by its path.
pub async fn set(
    work: &mut Work,
    scope: &SettingsScope,
    store: Option<&StoreId>,
    schema: &Map<String, Value>,
    value: Map<String, Value>,
    expected: Option<u64>,
) -> Result<Settings> {
    work.caller().require(Permission::SettingsWrite)?;
    if let Some(store) = store {
        let known = galleria_storage::stores::get(work.unit(), store).await?;
        known.ok_or(AppError::NotFound("store"))?;
    }
    work.app().validators().check(schema, &value)?;
    let before = stored::find(work.unit(), scope.as_str(), store).await?;
    let version = before.map_or(0, |before| before.version);
    expect_version(version, expected)?;
    let now = work.now();
    let done = if version == 0 {
        stored::insert(work.unit(), scope.as_str(), store, &value, now).await?
    } else {
        stored::update(work.unit(), scope.as_str(), store, &value, version, now).await?
    };
    require_updated(done, version + 1)?;
    record(work, "settings.set", scope, store).await?;
    get_set(work, scope, store, schema).await
}

/// Changes them for a store, or with `None` for all that have none of their own: what isn't named
/// stays, and what is `null` gets its default (RFC 7396). Else as [`set`].
pub async fn change(
    work: &mut Work,
    scope: &SettingsScope,
    store: Option<&StoreId>,
    schema: &Map<String, Value>,
    change: Map<String, Value>,
    expected: Option<u64>,
) -> Result<Settings> {
    work.caller().require(Permission::SettingsWrite)?;
    let before = stored::find(work.unit(), scope.as_str(), store).await?;
    let mut value = before.map_or_else(Map::new, |before| before.value);
    merge(&mut value, change);
    set(work, scope, store, schema, value, expected).await
}

fn merge(value: &mut Map<String, Value>, change: Map<String, Value>) {
    for (name, changed) in change {
        match (value.get_mut(&name), changed) {
            (_, Value::Null) => {
                value.remove(&name);
            }
            (Some(Value::Object(value)), Value::Object(changed)) => merge(value, changed),
            (_, changed) => {
                value.insert(name, changed);
            }
        }
    }
}

/// What the settings of an installed plugin can be, whether it serves or not. Needs
/// [`Permission::SettingsRead`] or [`Permission::SettingsWrite`].
pub async fn plugin_schema(work: &mut Work, plugin: &PluginId) -> Result<Map<String, Value>> {
    if !work.caller().may(Permission::SettingsWrite) {
        work.caller().require(Permission::SettingsRead)?;
    }
    let installation = installations::get(work.unit(), plugin).await?;
    let digest = installation.ok_or(AppError::NotFound("plugin"))?.digest;
    let artifact = installations::artifact(work.unit(), &digest).await?;
    artifact.and_then(|artifact| artifact.manifest.settings).ok_or(AppError::NotFound("settings"))
}

/// Forgets what was set for exactly this store, or with `None` for all stores. Needs
/// [`Permission::SettingsWrite`].
pub async fn reset(
    work: &mut Work,
    scope: &SettingsScope,
    store: Option<&StoreId>,
    expected: Option<u64>,
) -> Result<()> {
    work.caller().require(Permission::SettingsWrite)?;
    let before = stored::find(work.unit(), scope.as_str(), store).await?;
    let before = before.ok_or(AppError::NotFound("setting"))?;
    expect_version(before.version, expected)?;
    stored::delete(work.unit(), scope.as_str(), store).await?;
    record(work, "settings.reset", scope, store).await
}

/// Forgets all settings of a plugin whose data is dropped. Whoever calls it has asked for the right
/// to drop them.
pub async fn drop_all(work: &mut Work, plugin: &PluginId) -> Result<()> {
    Ok(stored::delete_scope(work.unit(), plugin.as_str()).await?)
}

/// Whether a text can be a schema of settings at all: for manifests, before a plugin is installed.
pub fn check_schema(schema: &Map<String, Value>) -> Result<()> {
    schema::compile(schema).map(drop)
}

async fn get_set(
    work: &mut Work,
    scope: &SettingsScope,
    store: Option<&StoreId>,
    schema: &Map<String, Value>,
) -> Result<Settings> {
    let found = stored::find(work.unit(), scope.as_str(), store).await?;
    Ok(filled(found, schema))
}

async fn record(
    work: &mut Work,
    action: &str,
    scope: &SettingsScope,
    store: Option<&StoreId>,
) -> Result<()> {
    audit::append(work, action, scope.as_str(), &json!({ "store": store })).await
}

fn filled(found: Option<stored::StoredSettings>, schema: &Map<String, Value>) -> Settings {
    let mut settings = match found {
        Some(found) => Settings {
            value: found.value,
            store: found.store,
            version: found.version,
            updated_at: Some(found.updated_at),
        },
        None => Settings { value: Map::new(), store: None, version: 0, updated_at: None },
    };
    schema::fill_defaults(&mut settings.value, schema);
    settings
}
