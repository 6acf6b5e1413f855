//! Settings of plugins, for a store or for all of them.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::extract::State;
use galleria_app::settings::{self, Settings, SettingsScope};
use galleria_app::unit;
use galleria_domain::{Instant, PluginId, StoreId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Done, Found, Result};
use crate::extract::{At, Body, IfMatch, Params, StaffCaller};
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/settings/{scope}", get(read).put(write).delete(reset))
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

async fn read(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
) -> Result<Found<SettingsView>> {
    let (scope, schema) = find(&state, plugin)?;
    let found = unit!(caller.read(), work => {
        settings::get(work, &scope, store.as_ref(), &schema).await
    })?;
    show(found, schema)
}

async fn write(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
    body: Body<SettingsWrite>,
) -> Result<Found<SettingsView>> {
    let (scope, schema) = find(&state, plugin)?;
    let value = body.value.value;
    let written = unit!(caller.write(), work => {
        settings::set(work, &scope, store.as_ref(), &schema, value.clone(), expected).await
    })?;
    show(written, schema)
}

async fn reset(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    Params(SettingsQuery { store }): Params<SettingsQuery>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    let (scope, _) = find(&state, plugin)?;
    unit!(caller.write(), work => settings::reset(work, &scope, store.as_ref(), expected).await)?;
    Ok(Done::done())
}

/// The settings of a plugin that serves, and what they can be.
fn find(state: &HttpState, plugin: PluginId) -> Result<(SettingsScope, Map<String, Value>)> {
    let manifests = state.plugins.manifests();
    let manifest = manifests.iter().find(|manifest| manifest.id == plugin.as_str());
    let schema = manifest.and_then(|manifest| manifest.settings.clone());
    let schema = schema.ok_or_else(|| Problem::not_found("settings"))?;
    Ok((SettingsScope::Plugin(plugin), schema))
}

fn show(found: Settings, schema: Map<String, Value>) -> Result<Found<SettingsView>> {
    let Settings { value, store, version, updated_at } = found;
    let view = SettingsView { value, store, version, updated_at, schema };
    Ok(Found::of(&view)?.at_version(version))
}
