//! What plugins need of each other, and of the host.

use galleria_domain::{Installation, InstallationState, PluginId};
use galleria_manifest::Manifest;
use semver::Version;

use super::{Artifact, HOST_VERSION};
use crate::error::{AppError, Result};

type Pair = (Installation, Artifact);

/// Refuses a plugin that is made for other versions of the host.
pub(super) fn require_host(manifest: &Manifest) -> Result<()> {
    let host = Version::parse(HOST_VERSION).map_err(|error| {
        AppError::Internal(format!("the host's own version is no version: {error}"))
    })?;
    if manifest.host.matches(&host) {
        return Ok(());
    }
    Err(AppError::conflict(
        "host-version",
        format!(
            "{} {} is made for host {}, and this is {host}",
            manifest.id, manifest.version, manifest.host
        ),
    ))
}

/// Refuses a plugin whose needs aren't enabled in versions that fit; names all of them.
pub(super) fn require_dependencies(manifest: &Manifest, all: &[Pair]) -> Result<()> {
    let lacking: Vec<_> = manifest
        .requires
        .iter()
        .filter_map(|(id, wanted)| {
            let found = all.iter().find(|(installation, _)| installation.plugin.as_str() == id);
            let Some((installation, artifact)) = found else {
                return Some(format!("{id} {wanted}, which is not installed"));
            };
            let version = &artifact.manifest.version;
            if !wanted.matches(version) {
                return Some(format!("{id} {wanted}, while {version} is installed"));
            }
            let enabled = installation.state == InstallationState::Enabled;
            (!enabled).then(|| format!("{id} {wanted}, which is not enabled"))
        })
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(AppError::conflict(
        "dependency-missing",
        format!("{} needs {}", manifest.id, lacking.join("; ")),
    ))
}

/// Refuses a version that plugins which are enabled don't fit together with; names all of them.
pub(super) fn require_fit_for_dependants(manifest: &Manifest, all: &[Pair]) -> Result<()> {
    let blocking: Vec<_> = all
        .iter()
        .filter(|(installation, _)| installation.state == InstallationState::Enabled)
        .filter_map(|(installation, artifact)| {
            let wanted = artifact.manifest.requires.get(&manifest.id)?;
            let fits = wanted.matches(&manifest.version);
            (!fits).then(|| format!("{} needs {} {wanted}", installation.plugin, manifest.id))
        })
        .collect();
    if blocking.is_empty() {
        return Ok(());
    }
    let (id, version) = (&manifest.id, &manifest.version);
    Err(AppError::conflict(
        "dependants",
        format!("{id} {version} does not fit: {}", blocking.join("; ")),
    ))
}

/// The plugins that serve and need this one, also by way of others; those that nobody needs first.
pub(super) fn dependants<'a>(plugin: &PluginId, all: &'a [Pair]) -> Vec<&'a Pair> {
    let mut found: Vec<&Pair> = Vec::new();
    let mut needed = vec![plugin.as_str()];
    while let Some(id) = needed.pop() {
        for pair in all {
            let (Installation { plugin: other, state, .. }, artifact) = pair;
            let serves = matches!(state, InstallationState::Enabled | InstallationState::Failed);
            let known = other == plugin || found.iter().any(|(known, _)| known.plugin == *other);
            if serves && !known && artifact.manifest.requires.contains_key(id) {
                found.push(pair);
                needed.push(other.as_str());
            }
        }
    }
    found.reverse();
    found
}
