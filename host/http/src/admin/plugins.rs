//! The plugins of the shop: what is installed, what it may do, whether it serves.
//!
//! What plugins themselves answer is in `crate::plugins`.

mod reach;

use std::collections::BTreeSet;

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::{FromRequest, Request, State};
use bytes::Bytes;
use galleria_app::events::Subscribe;
use galleria_app::installations::{
    self, ConsentDiff, ConsentItem, Data, InstallOutcome, Installed, consent_diff_in, consent_items,
};
use galleria_app::unit;
use galleria_domain::{Installation, InstallationState, Instant, PluginId};
use galleria_manifest::Manifest;
use galleria_runtime::{COMPONENT_BYTES_MAX, ChangeError, InvalidComponent};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, Result};
use crate::extract::{At, Body, NoFilter, Params, StaffCaller, body};
use crate::problem::Problem;
use crate::state::HttpState;
use reach::reach;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/plugins", get(list).post(install))
        .api_route("/plugins/{plugin}", get(read).delete(uninstall))
        .api_route("/plugins/{plugin}/grant", post(grant))
        .api_route("/plugins/{plugin}/enable", post(enable))
        .api_route("/plugins/{plugin}/disable", post(disable))
        .api_route("/plugins/{plugin}/rollback", post(rollback))
        .api_route("/plugins/{plugin}/discard", post(discard))
}

/// A component file, as it is.
struct ComponentFile(Bytes);

/// How to take a file in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct InstallQuery {
    /// Whether a version that is older than the one installed is welcome.
    #[serde(default)]
    allow_older: bool,
}

/// What a plugin is allowed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PluginGrant {
    /// Exactly what it may do from now on: `customers:read`.
    permissions: BTreeSet<String>,
    /// Whether its instances may be used again, one call at a time.
    #[serde(default)]
    warm: bool,
}

/// How a plugin that was off comes back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EnableQuery {
    /// Whether it is told of what happened since it was last on; else it skips that.
    #[serde(default = "yes")]
    catch_up: bool,
}

fn yes() -> bool {
    true
}

/// How to stop a plugin.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DisableQuery {
    /// Whether plugins that need it are stopped as well.
    #[serde(default)]
    force: bool,
}

/// How to remove a plugin.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UninstallQuery {
    /// What becomes of its data.
    #[serde(default)]
    data: DataFate,
}

/// What becomes of a plugin's data.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DataFate {
    /// It stays, for when the plugin comes back.
    #[default]
    Keep,
    /// It goes with the plugin.
    Drop,
}

/// All plugins that are installed.
#[derive(JsonSchema, Serialize)]
struct PluginList {
    /// The oldest first.
    items: Vec<PluginView>,
}

/// A plugin that is installed.
#[derive(JsonSchema, Serialize)]
struct PluginView {
    /// Names it for ever.
    id: String,
    /// What it is called, in the language asked for.
    title: String,
    /// What it is good for.
    summary: String,
    /// Its version.
    version: String,
    /// The digest of its file.
    digest: String,
    /// `enabled`, `disabled`, `waiting-consent` or `failed`.
    #[schemars(with = "String")]
    state: InstallationState,
    /// Why it failed, if it did.
    failure: Option<String>,
    /// The version that serves on this host at this moment.
    serving: Option<String>,
    /// Whether there is a version to go back to.
    can_roll_back: bool,
    /// Whether its instances are used again.
    warm: bool,
    /// What it asks for, and what it was granted.
    permissions: Vec<PermissionView>,
    /// What it can reach and what it offers, in words.
    reach: Vec<String>,
    /// A version that waits for consent.
    pending: Option<PendingView>,
    /// When it was first installed.
    #[schemars(with = "String")]
    installed_at: Instant,
    /// When anything of this last changed.
    #[schemars(with = "String")]
    updated_at: Instant,
}

/// A permission that a plugin asks for.
#[derive(JsonSchema, Serialize)]
struct PermissionView {
    /// Its name.
    permission: String,
    /// Whether the plugin can't work without.
    required: bool,
    /// Whether it was granted.
    granted: bool,
    /// What it allows and what for, in words.
    sentence: String,
}

/// A version that waits for consent.
#[derive(JsonSchema, Serialize)]
struct PendingView {
    /// The version.
    version: String,
    /// The digest of its file.
    digest: String,
    /// What it would be allowed beyond the one that serves.
    added: Vec<PermissionView>,
    /// What it no longer asks for.
    removed: Vec<String>,
}

/// What came of a file that was taken in.
#[derive(JsonSchema, Serialize)]
struct InstallView {
    /// `installed`, `unchanged`, `upgraded` or `waiting-consent`.
    outcome: &'static str,
    /// The plugin, as it is now.
    plugin: PluginView,
}

async fn list(
    State(state): State<HttpState>,
    caller: StaffCaller,
    _: Params<NoFilter>,
) -> Result<Found<PluginList>> {
    let items = unit!(caller.read(), work => {
        let mut items = Vec::new();
        for installed in installations::list(work).await? {
            let pending = pending(work, &installed.installation).await?;
            items.push((installed, pending));
        }
        Ok(items)
    })?;
    let view = |(installed, pending)| view(&state, &caller, &installed, pending);
    Ok(Found::of(&PluginList { items: items.into_iter().map(view).collect() })?)
}

async fn read(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
) -> Result<Found<PluginView>> {
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn install(
    State(state): State<HttpState>,
    caller: StaffCaller,
    query: Params<InstallQuery>,
    ComponentFile(file): ComponentFile,
) -> Result<Created<InstallView>> {
    let outcome = state.plugins.install(&caller.caller, file.into(), query.0.allow_older).await?;
    let (outcome, installation) = match &outcome {
        InstallOutcome::Installed(installation) => ("installed", installation),
        InstallOutcome::Unchanged(installation) => ("unchanged", installation),
        InstallOutcome::Upgraded { installation, .. } => ("upgraded", installation),
        InstallOutcome::Waiting { installation, .. } => ("waiting-consent", installation),
    };
    let plugin = look_up(&state, &caller, &installation.plugin).await?;
    let location = format!("/admin/v1/plugins/{}", plugin.id);
    Ok(Created::at(&location, &InstallView { outcome, plugin })?)
}

async fn grant(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    body: Body<PluginGrant>,
) -> Result<Found<PluginView>> {
    let PluginGrant { permissions, warm } = body.value;
    state.plugins.grant(&caller.caller, &plugin, &permissions, warm).await?;
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn enable(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    query: Params<EnableQuery>,
) -> Result<Found<PluginView>> {
    let from = if query.0.catch_up { Subscribe::WhereItStopped } else { Subscribe::Now };
    state.plugins.enable_from(&caller.caller, &plugin, from).await?;
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn disable(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    query: Params<DisableQuery>,
) -> Result<Found<PluginView>> {
    state.plugins.disable(&caller.caller, &plugin, query.0.force).await?;
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn rollback(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
) -> Result<Found<PluginView>> {
    state.plugins.rollback(&caller.caller, &plugin).await?;
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn discard(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
) -> Result<Found<PluginView>> {
    state.plugins.discard_pending(&caller.caller, &plugin).await?;
    Ok(Found::of(&look_up(&state, &caller, &plugin).await?)?)
}

async fn uninstall(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(plugin): At<PluginId>,
    query: Params<UninstallQuery>,
) -> Result<Done> {
    let data = match query.0.data {
        DataFate::Keep => Data::Keep,
        DataFate::Drop => Data::Drop,
    };
    state.plugins.uninstall(&caller.caller, &plugin, data).await?;
    Ok(Done::done())
}

async fn look_up(state: &HttpState, caller: &StaffCaller, plugin: &PluginId) -> Result<PluginView> {
    let (installed, pending) = unit!(caller.read(), work => {
        let installed = installations::get(work, plugin).await?;
        let pending = pending(work, &installed.installation).await?;
        Ok((installed, pending))
    })?;
    Ok(view(state, caller, &installed, pending))
}

/// The manifest of the version that waits, if one does.
async fn pending(
    work: &mut galleria_app::Work,
    installation: &Installation,
) -> galleria_app::Result<Option<Manifest>> {
    match &installation.pending_digest {
        Some(digest) => Ok(Some(installations::artifact(work, digest).await?.manifest)),
        None => Ok(None),
    }
}

fn view(
    state: &HttpState,
    caller: &StaffCaller,
    installed: &Installed,
    pending: Option<Manifest>,
) -> PluginView {
    let locale = caller.caller.locale.as_str();
    let Installed { installation, artifact } = installed;
    let manifest = &artifact.manifest;
    let texts = galleria_manifest::texts_for(&manifest.texts, locale);
    let consent = |pending: Manifest| {
        let diff = consent_diff_in(Some(manifest), &pending, &installation.granted, locale);
        PendingView::new(&pending, installation.pending_digest.clone().unwrap_or_default(), diff)
    };
    PluginView {
        id: manifest.id.clone(),
        title: texts.title.clone(),
        summary: texts.summary.clone(),
        version: manifest.version.to_string(),
        digest: installation.digest.clone(),
        state: installation.state,
        failure: installation.failure.clone(),
        serving: state.plugins.serving(&manifest.id).map(|version| version.to_string()),
        can_roll_back: installation.previous_digest.is_some(),
        warm: installations::runs_warm(installation, manifest),
        permissions: views(consent_items(manifest, &installation.granted, locale)),
        reach: reach(manifest),
        pending: pending.map(consent),
        installed_at: installation.installed_at,
        updated_at: installation.updated_at,
    }
}

impl PendingView {
    fn new(manifest: &Manifest, digest: String, diff: ConsentDiff) -> Self {
        let ConsentDiff { added, removed, .. } = diff;
        Self { version: manifest.version.to_string(), digest, added: views(added), removed }
    }
}

fn views(items: Vec<ConsentItem>) -> Vec<PermissionView> {
    let view = |item| {
        let ConsentItem { permission, required, granted, sentence } = item;
        PermissionView { permission, required, granted, sentence }
    };
    items.into_iter().map(view).collect()
}

impl FromRequest<HttpState> for ComponentFile {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &HttpState) -> Result<Self> {
        let (parts, body) = request.into_parts();
        Ok(Self(body::read(&parts.headers, body, COMPONENT_BYTES_MAX).await?))
    }
}

impl OperationInput for ComponentFile {}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::App(error) => error.into(),
            ChangeError::Component(InvalidComponent::TooLarge(_)) => {
                Self::too_large(COMPONENT_BYTES_MAX)
            }
            ChangeError::Component(reason) => {
                let (status, title) = (StatusCode::UNPROCESSABLE_ENTITY, "Plugin refused");
                Self::new(status, "plugin-refused", title, reason.to_string())
            }
        }
    }
}
