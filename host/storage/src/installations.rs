//! Installations of plugins, and the files they run.

use std::collections::BTreeSet;

use galleria_domain::{Installation, Instant, PluginId};
use galleria_manifest::Manifest;

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::unit::Unit;

/// A plugin's file, but for the component itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// Names the file: `sha256:…`.
    pub digest: String,
    /// What the plugin says about itself.
    pub manifest: Manifest,
    /// How large the component is, in bytes.
    pub size: u64,
    /// When it was uploaded.
    pub uploaded_at: Instant,
}

#[derive(sqlx::FromRow)]
struct ArtifactRow {
    digest: String,
    manifest: String,
    size: i64,
    uploaded_at: i64,
}

impl TryFrom<ArtifactRow> for Artifact {
    type Error = StorageError;

    fn try_from(row: ArtifactRow) -> Result<Self> {
        Ok(Self {
            digest: row.digest,
            manifest: Manifest::from_json(row.manifest.as_bytes())
                .map_err(|error| StorageError::corrupt("plugin_artifacts.manifest", error))?,
            size: unsigned("plugin_artifacts.size", row.size)?,
            uploaded_at: Instant::from_micros(row.uploaded_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct InstallationRow {
    plugin: String,
    digest: String,
    previous_digest: Option<String>,
    pending_digest: Option<String>,
    state: String,
    failure: Option<String>,
    granted: String,
    grant_warm: bool,
    prepared_version: Option<String>,
    installed_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<InstallationRow> for Installation {
    type Error = StorageError;

    fn try_from(row: InstallationRow) -> Result<Self> {
        let granted: BTreeSet<String> = from_json("installations.granted", &row.granted)?;
        Ok(Self {
            plugin: parsed("installations.plugin", &row.plugin)?,
            digest: row.digest,
            previous_digest: row.previous_digest,
            pending_digest: row.pending_digest,
            state: parsed("installations.state", &row.state)?,
            failure: row.failure,
            granted,
            grant_warm: row.grant_warm,
            prepared_version: row.prepared_version,
            installed_at: Instant::from_micros(row.installed_at),
            updated_at: Instant::from_micros(row.updated_at),
            version: unsigned("installations.version", row.version)?,
        })
    }
}

/// Keeps a file, unless it is kept already.
pub async fn insert_artifact(
    unit: &mut Unit,
    digest: &str,
    manifest: &Manifest,
    component: &[u8],
    now: Instant,
) -> Result<()> {
    const SQL: &str = "INSERT INTO plugin_artifacts \
        (digest, plugin, plugin_version, manifest, component, size, uploaded_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    unit.require_write()?;
    let json = String::from_utf8_lossy(&manifest.to_canonical_json()).into_owned();
    on!(unit, c => sqlx::query(SQL)
        .bind(digest)
        .bind(&manifest.id)
        .bind(manifest.version.to_string())
        .bind(json)
        .bind(component)
        .bind(signed(component.len() as u64))
        .bind(now.as_micros())
        .execute(c).await
        .map(drop))?;
    Ok(())
}

/// What is known of a file.
pub async fn artifact(unit: &mut Unit, digest: &str) -> Result<Option<Artifact>> {
    const SQL: &str =
        "SELECT digest, manifest, size, uploaded_at FROM plugin_artifacts WHERE digest = $1";
    let row: Option<ArtifactRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(digest).fetch_optional(c).await)?;
    row.map(Artifact::try_from).transpose()
}

/// The component of a file.
pub async fn component(unit: &mut Unit, digest: &str) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "SELECT component FROM plugin_artifacts WHERE digest = $1";
    Ok(on!(unit, c => sqlx::query_scalar(SQL).bind(digest).fetch_optional(c).await)?)
}

/// Forgets the files of a plugin that its installation doesn't name (any more).
pub async fn delete_unused_artifacts(unit: &mut Unit, plugin: &PluginId) -> Result<u64> {
    const SQL: &str = "DELETE FROM plugin_artifacts WHERE plugin = $1 AND NOT EXISTS \
        (SELECT 1 FROM installations i WHERE i.plugin = $1 AND (i.digest = plugin_artifacts.digest \
        OR i.previous_digest = plugin_artifacts.digest OR i.pending_digest = plugin_artifacts.digest))";
    unit.require_write()?;
    let done = on!(unit, c => {
        sqlx::query(SQL).bind(plugin.as_str()).execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(done)
}

/// An installation.
pub async fn get(unit: &mut Unit, plugin: &PluginId) -> Result<Option<Installation>> {
    const SQL: &str = "SELECT plugin, digest, previous_digest, pending_digest, state, failure, granted, \
        grant_warm, prepared_version, installed_at, updated_at, version FROM installations \
        WHERE plugin = $1";
    let row: Option<InstallationRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(plugin.as_str()).fetch_optional(c).await)?;
    row.map(Installation::try_from).transpose()
}

/// All installations with what the files that serve say, the oldest first.
pub async fn list(unit: &mut Unit) -> Result<Vec<(Installation, Artifact)>> {
    const SQL: &str = "SELECT plugin, digest, previous_digest, pending_digest, state, failure, granted, \
        grant_warm, prepared_version, installed_at, updated_at, version FROM installations \
        ORDER BY installed_at, plugin";
    const ARTIFACTS: &str = "SELECT a.digest, a.manifest, a.size, a.uploaded_at FROM installations i \
        JOIN plugin_artifacts a ON a.digest = i.digest ORDER BY i.installed_at, i.plugin";
    let rows: Vec<InstallationRow> = on!(unit, c => sqlx::query_as(SQL).fetch_all(c).await)?;
    let artifacts: Vec<ArtifactRow> = on!(unit, c => sqlx::query_as(ARTIFACTS).fetch_all(c).await)?;
    let pairs = rows.into_iter().zip(artifacts);
    pairs.map(|(row, artifact)| Ok((row.try_into()?, artifact.try_into()?))).collect()
}

/// Adds an installation; answers whether there was none of this plugin.
pub async fn insert(unit: &mut Unit, installation: &Installation) -> Result<bool> {
    const SQL: &str = "INSERT INTO installations (plugin, digest, previous_digest, pending_digest, state, \
        failure, granted, grant_warm, prepared_version, installed_at, updated_at, version) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
    unit.require_write()?;
    let done = write(unit, SQL, installation).await?;
    bump(unit).await?;
    Ok(done > 0)
}

/// Writes an installation over the one before; answers whether that was still at the version
/// before this one.
pub async fn update(unit: &mut Unit, installation: &Installation) -> Result<bool> {
    const SQL: &str = "UPDATE installations SET digest = $2, previous_digest = $3, pending_digest = $4, \
        state = $5, failure = $6, granted = $7, grant_warm = $8, prepared_version = $9, \
        installed_at = $10, updated_at = $11, version = $12 WHERE plugin = $1 AND version = $12 - 1";
    unit.require_write()?;
    let done = write(unit, SQL, installation).await?;
    bump(unit).await?;
    Ok(done > 0)
}

async fn write(unit: &mut Unit, sql: &'static str, installation: &Installation) -> Result<u64> {
    let Installation {
        plugin,
        digest,
        previous_digest,
        pending_digest,
        state,
        failure,
        granted,
        grant_warm,
        prepared_version,
        installed_at,
        updated_at,
        version,
    } = installation;
    let done = on!(unit, c => sqlx::query(sql)
        .bind(plugin.as_str())
        .bind(digest)
        .bind(previous_digest)
        .bind(pending_digest)
        .bind(state.as_str())
        .bind(failure)
        .bind(to_json(granted))
        .bind(*grant_warm)
        .bind(prepared_version)
        .bind(installed_at.as_micros())
        .bind(updated_at.as_micros())
        .bind(signed(*version))
        .execute(c).await
        .map(|done| done.rows_affected()))?;
    Ok(done)
}

/// Removes an installation; answers whether there was one.
pub async fn delete(unit: &mut Unit, plugin: &PluginId) -> Result<bool> {
    const SQL: &str = "DELETE FROM installations WHERE plugin = $1";
    unit.require_write()?;
    let done = on!(unit, c => {
        sqlx::query(SQL).bind(plugin.as_str()).execute(c).await.map(|done| done.rows_affected())
    })?;
    bump(unit).await?;
    Ok(done > 0)
}

/// A number that grows whenever an installation changes; cheap to ask for.
pub async fn revision(unit: &mut Unit) -> Result<u64> {
    const SQL: &str = "SELECT revision FROM installations_revision";
    let revision: i64 = on!(unit, c => sqlx::query_scalar(SQL).fetch_one(c).await)?;
    unsigned("installations_revision.revision", revision)
}

async fn bump(unit: &mut Unit) -> Result<()> {
    const SQL: &str = "UPDATE installations_revision SET revision = revision + 1";
    on!(unit, c => sqlx::query(SQL).execute(c).await.map(drop))?;
    Ok(())
}
