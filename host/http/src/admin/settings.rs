//! Settings of the host and of plugins, for a store or for all of them.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::settings::{self, Settings, SettingsScope, host_schema};
use galleria_app::unit;
use galleria_domain::{Instant, PluginId, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Done, Found, Result};
use crate::extract::{At, Body, IfMatch, Params, StaffCaller};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/settings", get(read_host).patch(change_host).delete(reset_host))
        .api_route("/settings/{scope}", get(read).put(write).delete(reset))
}

/// For where.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SettingsQuery {
    /// For this store alone; without it, for all that have none of their own.
    #[schemars(with = "Option<String>")]
    store: Option<StoreId>,
}

/// All the settings; what isn't named gets its default.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SettingsWrite {
    /// The settings, as their schema has them.
    value: Map<String, Value>,
}

/// What is to be different about the settings; what isn't named stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SettingsChange {
    /// The settings to change, as their schema has them; `null`: back to the default.
    value: Map<String, Value>,
}

/// Settings, and what they can be.
#[derive(JsonSchema, Serialize)]
struct SettingsView {
    /// The settings, with defaults filled in.
    value: Map<String, Value>,
    /// The store they were set for; `null`: for all, or never.
    #[schemars(with = "Option<String>")]
    store: Option<StoreId>,
    /// Grows with each change; 0 if they were never set. Also in `ETag`.
    version: u64,
    /// When they were last changed.
    #[schemars(with = "Option<String>")]
    updated_at: Option<Instant>,
    /// What they can be, as JSON Schema.
    schema: Map<String, Value>,
}

async fn read_host(
    caller: StaffCaller,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
) -> Result<Found<SettingsView>> {
    let found = unit!(caller.read(), work => {
        settings::get(work, &SettingsScope::Host, store.as_ref(), host_schema()).await
    })?;
    show(found, host_schema().clone())
}

async fn change_host(
    caller: StaffCaller,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
    body: Body<SettingsChange>,
) -> Result<Found<SettingsView>> {
    let (scope, change) = (SettingsScope::Host, body.value.value);
    let changed = unit!(caller.write(), work => {
        let (store, change) = (store.as_ref(), change.clone());
        settings::change(work, &scope, store, host_schema(), change, expected).await
    })?;
    show(changed, host_schema().clone())
}

async fn reset_host(
    caller: StaffCaller,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => {
        settings::reset(work, &SettingsScope::Host, store.as_ref(), expected).await
    })?;
    Ok(Done::done())
}

async fn read(
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
) -> Result<Found<SettingsView>> {
    let scope = SettingsScope::Plugin(plugin.clone());
    let (found, schema) = unit!(caller.read(), work => {
        let schema = settings::plugin_schema(work, &plugin).await?;
        Ok((settings::get(work, &scope, store.as_ref(), &schema).await?, schema))
    })?;
    show(found, schema)
}

async fn write(
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
    body: Body<SettingsWrite>,
) -> Result<Found<SettingsView>> {
    let (scope, value) = (SettingsScope::Plugin(plugin.clone()), body.value.value);
    let (written, schema) = unit!(caller.write(), work => {
        let (store, value) = (store.as_ref(), value.clone());
        let schema = settings::plugin_schema(work, &plugin).await?;
        Ok((settings::set(work, &scope, store, &schema, value, expected).await?, schema))
    })?;
    show(written, schema)
}

async fn reset(
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    let scope = SettingsScope::Plugin(plugin);
    unit!(caller.write(), work => settings::reset(work, &scope, store.as_ref(), expected).await)?;
    Ok(Done::done())
}

fn show(found: Settings, schema: Map<String, Value>) -> Result<Found<SettingsView>> {
    let Settings { value, store, version, updated_at } = found;
    let view = SettingsView { value, store, version, updated_at, schema };
    Ok(Found::of(&view)?.at_version(version))
}
