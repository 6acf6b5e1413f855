//! Installations: what is done with plugins. The runtime loads and serves what is decided here.
//!
//! Each change needs [`Permission::PluginsManage`], is on record, and lets the
//! [revision](revision) grow, by which all hosts learn of it.

use std::collections::BTreeSet;

use galleria_domain::{Installation, InstallationState, Permission, PluginId};
use galleria_manifest::Manifest;
pub use galleria_storage::installations::Artifact;
use galleria_storage::{facets, installations as stored, jobs, settings};
use serde_json::{Value, json};

use crate::error::{AppError, Result};
use crate::jobs::plan_cron;
use crate::work::Work;
use crate::{audit, entities, events};

mod consent;
mod relations;
mod switch;
mod told;

pub use consent::{
    Breadth, ConsentDiff, ConsentItem, consent_diff, consent_diff_in, consent_items, effective,
    missing_required,
};
pub use switch::{disable, enable, fail, prepared, runs_warm};

/// The version of this host, which manifests name the range for.
pub const HOST_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A plugin that is installed.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// What was decided about it.
    pub installation: Installation,
    /// The file that serves.
    pub artifact: Artifact,
}

/// A file that is offered, looked over by the runtime.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// `sha256:…` of the component.
    pub digest: &'a str,
    /// What the component says about itself.
    pub manifest: &'a Manifest,
    /// The component.
    pub component: &'a [u8],
}

/// What an upload led to.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "they say it")]
pub enum InstallOutcome {
    /// The plugin is there now for the first time.
    Installed(Installation),
    /// It was this very file already.
    Unchanged(Installation),
    /// The file takes the place of the one before.
    Upgraded { installation: Installation, consent: ConsentDiff },
    /// It waits for consent; the one before goes on.
    Waiting { installation: Installation, consent: ConsentDiff },
}

/// What becomes of a plugin's data when it goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Data {
    /// It waits for the plugin to come back.
    Keep,
    /// It is gone for good: entities, facets and settings.
    Drop,
}

/// All plugins that are installed, the oldest first; needs [`Permission::PluginsRead`].
pub async fn list(work: &mut Work) -> Result<Vec<Installed>> {
    work.caller().require(Permission::PluginsRead)?;
    let all = stored::list(work.unit()).await?;
    Ok(all
        .into_iter()
        .map(|(installation, artifact)| Installed { installation, artifact })
        .collect())
}

/// One plugin; needs [`Permission::PluginsRead`].
pub async fn get(work: &mut Work, plugin: &PluginId) -> Result<Installed> {
    work.caller().require(Permission::PluginsRead)?;
    find(work, plugin).await
}

/// A number that grows with each change; needs [`Permission::PluginsRead`].
pub async fn revision(work: &mut Work) -> Result<u64> {
    work.caller().require(Permission::PluginsRead)?;
    Ok(stored::revision(work.unit()).await?)
}

/// What a file says, be it serving, waiting or the one before; needs [`Permission::PluginsRead`].
pub async fn artifact(work: &mut Work, digest: &str) -> Result<Artifact> {
    work.caller().require(Permission::PluginsRead)?;
    stored::artifact(work.unit(), digest).await?.ok_or(AppError::NotFound("artifact"))
}

/// The component of a file; needs [`Permission::PluginsRead`].
pub async fn component(work: &mut Work, digest: &str) -> Result<Vec<u8>> {
    work.caller().require(Permission::PluginsRead)?;
    stored::component(work.unit(), digest).await?.ok_or(AppError::NotFound("artifact"))
}

/// What the version that waits would be allowed beyond the one that serves; `None` if none waits.
pub async fn pending_consent(work: &mut Work, plugin: &PluginId) -> Result<Option<ConsentDiff>> {
    work.caller().require(Permission::PluginsRead)?;
    let installed = find(work, plugin).await?;
    let Some(digest) = &installed.installation.pending_digest else { return Ok(None) };
    let pending = artifact(work, digest).await?.manifest;
    let granted = &installed.installation.granted;
    Ok(Some(consent_diff(Some(&installed.artifact.manifest), &pending, granted)))
}

/// Takes a file in: a first one is installed, another one of the same plugin is an upgrade, which
/// waits if it can't work without a permission that isn't granted. One that is older than the one
/// that serves is refused unless `allow_older`.
pub async fn install(
    work: &mut Work,
    upload: Upload<'_>,
    allow_older: bool,
) -> Result<InstallOutcome> {
    work.caller().require(Permission::PluginsManage)?;
    let manifest = upload.manifest;
    let plugin: PluginId = manifest.id.parse().map_err(|_| AppError::NotFound("plugin"))?;
    relations::require_host(manifest)?;
    let now = work.now();
    let before = match stored::get(work.unit(), &plugin).await? {
        None => None,
        Some(_) => Some(find(work, &plugin).await?),
    };
    if let Some(Installed { installation, .. }) = &before
        && installation.digest == upload.digest
    {
        return Ok(InstallOutcome::Unchanged(installation.clone()));
    }
    stored::insert_artifact(work.unit(), upload.digest, manifest, upload.component, now).await?;
    match before {
        Some(installed) => upgrade(work, installed, upload, allow_older).await,
        None => first(work, plugin, upload).await,
    }
}

async fn first(work: &mut Work, plugin: PluginId, upload: Upload<'_>) -> Result<InstallOutcome> {
    let now = work.now();
    let granted = BTreeSet::new();
    let waits = !missing_required(upload.manifest, &granted).is_empty();
    let installation = Installation {
        digest: upload.digest.to_owned(),
        previous_digest: None,
        pending_digest: None,
        state: if waits { InstallationState::WaitingConsent } else { InstallationState::Disabled },
        failure: None,
        granted,
        grant_warm: false,
        prepared_version: None,
        installed_at: now,
        updated_at: now,
        version: 1,
        plugin,
    };
    stored::insert(work.unit(), &installation).await?;
    let detail = json!({ "digest": upload.digest, "version": upload.manifest.version.to_string() });
    record(work, "plugin.install", &installation.plugin, &detail).await?;
    Ok(InstallOutcome::Installed(installation))
}

async fn upgrade(
    work: &mut Work,
    installed: Installed,
    upload: Upload<'_>,
    allow_older: bool,
) -> Result<InstallOutcome> {
    let (before, manifest) = (&installed.artifact.manifest, upload.manifest);
    if manifest.version < before.version && !allow_older {
        return Err(AppError::conflict(
            "plugin-older",
            format!(
                "{} {} is installed, which is newer than {}",
                manifest.id, before.version, manifest.version
            ),
        ));
    }
    let consent = consent_diff(Some(before), manifest, &installed.installation.granted);
    let detail = json!({
        "digest": upload.digest,
        "from": before.version.to_string(),
        "to": manifest.version.to_string(),
    });
    if consent.needs_consent {
        let mut next = installed.installation;
        next.pending_digest = Some(upload.digest.to_owned());
        let installation = save(work, next, "plugin.upgrade-wait", &detail).await?;
        return Ok(InstallOutcome::Waiting { installation, consent });
    }
    let next = replaced(work, installed, upload.digest, manifest).await?;
    let installation = save(work, next, "plugin.upgrade", &detail).await?;
    Ok(InstallOutcome::Upgraded { installation, consent })
}

/// The installation with another file in the place of the one that serves.
async fn replaced(
    work: &mut Work,
    installed: Installed,
    digest: &str,
    manifest: &Manifest,
) -> Result<Installation> {
    let Installed { installation: mut next, .. } = installed;
    let serves = matches!(next.state, InstallationState::Enabled | InstallationState::Failed);
    if serves {
        let all = stored::list(work.unit()).await?;
        relations::require_dependencies(manifest, &all)?;
        relations::require_fit_for_dependants(manifest, &all)?;
    }
    next.previous_digest = Some(std::mem::replace(&mut next.digest, digest.to_owned()));
    next.pending_digest = next.pending_digest.filter(|pending| pending != digest);
    next.failure = None;
    let missing = !missing_required(manifest, &next.granted).is_empty();
    next.state = match (serves, missing) {
        (true, _) => InstallationState::Enabled,
        (false, true) => InstallationState::WaitingConsent,
        (false, false) => InstallationState::Disabled,
    };
    Ok(next)
}

/// Grants exactly these permissions, and whether instances may be used again. Only what the
/// plugin, or its version that waits, asks for can be granted. Consent to all that the waiting
/// version needs puts it in place.
pub async fn grant(
    work: &mut Work,
    plugin: &PluginId,
    permissions: &BTreeSet<String>,
    warm: bool,
) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let mut installed = find(work, plugin).await?;
    let pending = match installed.installation.pending_digest.clone() {
        Some(digest) => Some((artifact_of(work, &digest).await?, digest)),
        None => None,
    };
    let asking: Vec<_> = [
        Some(&installed.artifact.manifest),
        pending.as_ref().map(|(artifact, _)| &artifact.manifest),
    ]
    .into_iter()
    .flatten()
    .collect();
    consent::check_grant(&asking, permissions, warm)?;
    let serving = &installed.artifact.manifest;
    let missing = missing_required(serving, permissions);
    let serves = matches!(
        installed.installation.state,
        InstallationState::Enabled | InstallationState::Failed
    );
    if serves && !missing.is_empty() {
        return Err(AppError::conflict(
            "required-permission",
            format!(
                "{plugin} is enabled and can't work without {}; disable it first",
                missing.join(", ")
            ),
        ));
    }
    installed.installation.granted = permissions.clone();
    installed.installation.grant_warm = warm;
    if !serves {
        let waits = !missing.is_empty();
        installed.installation.state =
            if waits { InstallationState::WaitingConsent } else { InstallationState::Disabled };
    }
    let detail = json!({ "permissions": permissions, "warm": warm });
    let next = match pending {
        Some((artifact, digest))
            if missing_required(&artifact.manifest, permissions).is_empty() =>
        {
            let from = installed.artifact.manifest.version.clone();
            let next = replaced(work, installed, &digest, &artifact.manifest).await?;
            let next = save(work, next, "plugin.grant", &detail).await?;
            let versions = json!({ "from": from, "to": artifact.manifest.version });
            told::tell(work, "plugin.upgrade", &next, &versions).await?;
            return Ok(next);
        }
        _ => installed.installation,
    };
    save(work, next, "plugin.grant", &detail).await
}

/// Gives up the version that waits for consent.
pub async fn discard_pending(work: &mut Work, plugin: &PluginId) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let mut next = find(work, plugin).await?.installation;
    let Some(digest) = next.pending_digest.take() else {
        return Err(AppError::conflict(
            "nothing-pending",
            format!("no version of {plugin} waits for consent"),
        ));
    };
    let installation = save(work, next, "plugin.discard", &json!({ "digest": digest })).await?;
    stored::delete_unused_artifacts(work.unit(), plugin).await?;
    Ok(installation)
}

/// Puts the file that served before back in its place; done twice, nothing has changed.
pub async fn rollback(work: &mut Work, plugin: &PluginId) -> Result<Installation> {
    work.caller().require(Permission::PluginsManage)?;
    let installed = find(work, plugin).await?;
    let Some(digest) = installed.installation.previous_digest.clone() else {
        return Err(AppError::conflict(
            "nothing-before",
            format!("there is no version of {plugin} to go back to"),
        ));
    };
    let manifest = artifact_of(work, &digest).await?.manifest;
    let missing = missing_required(&manifest, &installed.installation.granted);
    if !missing.is_empty() {
        return Err(AppError::conflict(
            "consent-missing",
            format!(
                "{plugin} {} can't work without {}; grant that first",
                manifest.version,
                missing.join(", ")
            ),
        ));
    }
    let detail = json!({
        "from": installed.artifact.manifest.version.to_string(),
        "to": manifest.version.to_string(),
    });
    let next = replaced(work, installed, &digest, &manifest).await?;
    save(work, next, "plugin.rollback", &detail).await
}

/// Removes a plugin that is not enabled, with its files.
pub async fn uninstall(work: &mut Work, plugin: &PluginId, data: Data) -> Result<()> {
    work.caller().require(Permission::PluginsManage)?;
    if data == Data::Drop {
        // First of all: it makes other hosts wait, before the unit's snapshot is taken.
        entities::drop_all(work.unit(), plugin).await?;
    }
    let installation = find(work, plugin).await?.installation;
    if installation.state == InstallationState::Enabled {
        return Err(AppError::conflict(
            "plugin-enabled",
            format!("{plugin} is enabled; disable it first"),
        ));
    }
    if data == Data::Drop {
        facets::drop_all_but(work.unit(), plugin, &[]).await?;
        settings::delete_scope(work.unit(), plugin.as_str()).await?;
        jobs::delete_of(work.unit(), plugin).await?;
    }
    plan_cron(work, plugin, &[]).await?;
    events::unsubscribe(work, plugin).await?;
    stored::delete(work.unit(), plugin).await?;
    stored::delete_unused_artifacts(work.unit(), plugin).await?;
    record(work, "plugin.uninstall", plugin, &json!({ "data-dropped": data == Data::Drop })).await
}

async fn find(work: &mut Work, plugin: &PluginId) -> Result<Installed> {
    let found = stored::get(work.unit(), plugin).await?;
    let installation = found.ok_or(AppError::NotFound("plugin"))?;
    let artifact = artifact_of(work, &installation.digest).await?;
    Ok(Installed { installation, artifact })
}

async fn artifact_of(work: &mut Work, digest: &str) -> Result<Artifact> {
    let found = stored::artifact(work.unit(), digest).await?;
    found.ok_or_else(|| AppError::Internal("an installation names a file that is gone".to_owned()))
}

/// Writes a change down, in the table and on record.
async fn save(
    work: &mut Work,
    mut next: Installation,
    action: &str,
    detail: &Value,
) -> Result<Installation> {
    next.updated_at = work.now();
    next.version += 1;
    if !stored::update(work.unit(), &next).await? {
        return Err(AppError::Stale(next.version));
    }
    record(work, action, &next.plugin, detail).await?;
    told::tell(work, action, &next, detail).await?;
    Ok(next)
}

async fn record(work: &mut Work, action: &str, plugin: &PluginId, detail: &Value) -> Result<()> {
    audit::append(work, action, &format!("plugin:{plugin}"), detail).await
}
