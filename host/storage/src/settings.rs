//! Settings: one JSON object for each scope and store.

use galleria_domain::{Instant, StoreId};
use serde_json::{Map, Value};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::unit::Unit;

/// Settings as somebody set them.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSettings {
    /// The store they are for; `None`: for all that have none of their own.
    pub store: Option<StoreId>,
    /// What was set.
    pub value: Map<String, Value>,
    /// Grows by one with each change; 1 when first set.
    pub version: u64,
    /// When they were last changed.
    pub updated_at: Instant,
}

#[derive(sqlx::FromRow)]
struct SettingsRow {
    store_id: String,
    value: String,
    version: i64,
    updated_at: i64,
}

impl TryFrom<SettingsRow> for StoredSettings {
    type Error = StorageError;

    fn try_from(row: SettingsRow) -> Result<Self> {
        let store = match row.store_id.as_str() {
            "" => None,
            id => Some(parsed("settings.store_id", id)?),
        };
        Ok(Self {
            store,
            value: from_json("settings.value", &row.value)?,
            version: unsigned("settings.version", row.version)?,
            updated_at: Instant::from_micros(row.updated_at),
        })
    }
}

fn key(store: Option<&StoreId>) -> &str {
    store.map_or("", StoreId::as_str)
}

/// What is set for exactly this store, or with `None` for all stores.
pub async fn find(
    unit: &mut Unit,
    scope: &str,
    store: Option<&StoreId>,
) -> Result<Option<StoredSettings>> {
    const SQL: &str = "SELECT store_id, value, version, updated_at FROM settings \
         WHERE scope = $1 AND store_id = $2";
    let row: Option<SettingsRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(scope)
        .bind(key(store))
        .fetch_optional(c).await)?;
    row.map(StoredSettings::try_from).transpose()
}

/// What holds in a store: its own settings, else those for all stores.
pub async fn find_for(
    unit: &mut Unit,
    scope: &str,
    store: &StoreId,
) -> Result<Option<StoredSettings>> {
    // An id sorts behind the empty text.
    const SQL: &str = "SELECT store_id, value, version, updated_at FROM settings \
         WHERE scope = $1 AND store_id IN ($2, '') ORDER BY store_id DESC LIMIT 1";
    let row: Option<SettingsRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(scope)
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(StoredSettings::try_from).transpose()
}

/// Sets what was not set before; says `false` if it was.
pub async fn insert(
    unit: &mut Unit,
    scope: &str,
    store: Option<&StoreId>,
    value: &Map<String, Value>,
    now: Instant,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO settings (scope, store_id, value, version, updated_at) \
         VALUES ($1, $2, $3, 1, $4) ON CONFLICT (scope, store_id) DO NOTHING";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(scope)
        .bind(key(store))
        .bind(to_json(value))
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Changes what is at this version; says `false` if it isn't.
pub async fn update(
    unit: &mut Unit,
    scope: &str,
    store: Option<&StoreId>,
    value: &Map<String, Value>,
    version: u64,
    now: Instant,
) -> Result<bool> {
    const SQL: &str = "UPDATE settings SET value = $3, version = version + 1, updated_at = $5 \
         WHERE scope = $1 AND store_id = $2 AND version = $4";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(scope)
        .bind(key(store))
        .bind(to_json(value))
        .bind(signed(version))
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}

/// Forgets what is set for exactly this store; says whether anything was.
pub async fn delete(unit: &mut Unit, scope: &str, store: Option<&StoreId>) -> Result<bool> {
    const SQL: &str = "DELETE FROM settings WHERE scope = $1 AND store_id = $2";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(scope)
        .bind(key(store))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// Forgets everything of a scope, in all stores.
pub async fn delete_scope(unit: &mut Unit, scope: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM settings WHERE scope = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL).bind(scope).execute(c).await.map(drop))?;
    Ok(())
}
