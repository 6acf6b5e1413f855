//! Letting plugins serve, and stopping them.

use galleria_domain::{Installation, InstallationState, Permission, PluginId};
use galleria_manifest::{Instances, Manifest};
use galleria_storage::installations as stored;
use semver::Version;
use serde_json::{Value, json};

use super::{Installed, find, missing_required, relations, save};
use crate::error::{AppError, Result};
use crate::work::Work;

/// How long the reason of a failure may be, in bytes.
const FAILURE_MAX_BYTES: usize = 1_000;

/// Lets a plugin serve. All that it can't work without must be granted, and all plugins that it
/// needs must be enabled in versions that fit.
pub async fn enable(work: &mut Work, plugin: &PluginId) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let Installed { installation: mut next, artifact } = find(work, plugin).await?;
    if next.state == InstallationState::Enabled {
        return Ok(next);
    }
    relations::require_host(&artifact.manifest)?;
    let missing = missing_required(&artifact.manifest, &next.granted);
    if !missing.is_empty() {
        return Err(AppError::conflict(
            "consent-missing",
            format!("{plugin} can't work without {}; grant that first", missing.join(", ")),
        ));
    }
    let all = stored::list(work.unit()).await?;
    relations::require_dependencies(&artifact.manifest, &all)?;
    next.state = InstallationState::Enabled;
    next.failure = None;
    save(work, next, "plugin.enable", &Value::Null).await
}

/// Stops a plugin from serving; answers all that were stopped, the dependants first. Plugins that
/// need it block that, unless `force` stops them, too.
pub async fn disable(work: &mut Work, plugin: &PluginId, force: bool) -> Result<Vec<Installation>> {
    work.caller().require(Permission::PluginsManage)?;
    let next = find(work, plugin).await?.installation;
    let all = stored::list(work.unit()).await?;
    let dependants = relations::dependants(plugin, &all);
    if !dependants.is_empty() && !force {
        let names: Vec<_> =
            dependants.iter().map(|(installation, _)| installation.plugin.as_str()).collect();
        return Err(AppError::conflict(
            "dependants",
            format!(
                "{plugin} is needed by {}; disable that first, or all at once",
                names.join(", ")
            ),
        ));
    }
    let mut stopped = Vec::new();
    for (installation, _) in dependants {
        let detail = json!({ "because-of": plugin });
        stopped.push(stop(work, installation.clone(), &detail).await?);
    }
    stopped.push(stop(work, next, &Value::Null).await?);
    Ok(stopped)
}

async fn stop(work: &mut Work, mut next: Installation, detail: &Value) -> Result<Installation> {
    if !matches!(next.state, InstallationState::Enabled | InstallationState::Failed) {
        return Ok(next);
    }
    next.state = InstallationState::Disabled;
    next.failure = None;
    save(work, next, "plugin.disable", detail).await
}

/// Says that a plugin that was to serve could not, and why.
pub async fn fail(work: &mut Work, plugin: &PluginId, reason: &str) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let mut next = find(work, plugin).await?.installation;
    let end = reason.floor_char_boundary(FAILURE_MAX_BYTES);
    next.state = InstallationState::Failed;
    next.failure = Some(reason[..end].to_owned());
    save(work, next, "plugin.fail", &Value::Null).await
}

/// Says which version was last prepared for serving.
pub async fn prepared(
    work: &mut Work,
    plugin: &PluginId,
    version: &Version,
) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let mut next = find(work, plugin).await?.installation;
    next.prepared_version = Some(version.to_string());
    save(work, next, "plugin.prepare", &json!({ "version": version.to_string() })).await
}

/// Whether an admin let it use instances again, and it wants to.
pub fn runs_warm(installation: &Installation, manifest: &Manifest) -> bool {
    installation.grant_warm && manifest.instances == Instances::Warm
}
