//! Keys that programs log in with.

use std::collections::BTreeSet;

use galleria_domain::{ApiKeyId, Instant, StaffId, StaffPermission};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, instant_if, parsed, to_json};
use crate::unit::Unit;

/// A key that a program logs in with, for a member of the staff.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiKey {
    /// Names it; a part of what the program shows.
    pub id: ApiKeyId,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// For whom the program acts: it can never do more than they.
    pub staff: StaffId,
    /// What it may be used for.
    pub permissions: BTreeSet<StaffPermission>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct ApiKeyRow {
    id: String,
    secret_hash: String,
    name: String,
    staff_id: String,
    permissions: String,
    created_at: i64,
    expires_at: i64,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = StorageError;

    fn try_from(row: ApiKeyRow) -> Result<Self> {
        Ok(Self {
            id: parsed("api_keys.id", &row.id)?,
            name: row.name,
            staff: parsed("api_keys.staff_id", &row.staff_id)?,
            permissions: from_json("api_keys.permissions", &row.permissions)?,
            created_at: Instant::from_micros(row.created_at),
            expires_at: Instant::from_micros(row.expires_at),
            last_used_at: instant_if(row.last_used_at),
            revoked_at: instant_if(row.revoked_at),
        })
    }
}

/// Stores a key; of its secret, the SHA-256 in hexadecimal.
pub async fn insert(unit: &mut Unit, key: &ApiKey, secret_hash: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO api_keys (id, secret_hash, name, staff_id, permissions, \
         created_at, expires_at, last_used_at, revoked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(key.id.as_str())
        .bind(secret_hash)
        .bind(key.name.as_str())
        .bind(key.staff.as_str())
        .bind(to_json(&key.permissions))
        .bind(key.created_at.as_micros())
        .bind(key.expires_at.as_micros())
        .bind(key.last_used_at.map(Instant::as_micros))
        .bind(key.revoked_at.map(Instant::as_micros))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// A key with the hash of its secret, also if it has ended.
pub async fn find(unit: &mut Unit, id: &ApiKeyId) -> Result<Option<(ApiKey, String)>> {
    const SQL: &str = "SELECT id, secret_hash, name, staff_id, permissions, created_at, expires_at, \
         last_used_at, revoked_at FROM api_keys WHERE id = $1";
    let row: Option<ApiKeyRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(|mut row| {
        let secret_hash = std::mem::take(&mut row.secret_hash);
        Ok((row.try_into()?, secret_hash))
    })
    .transpose()
}

/// Keys from the oldest on, behind `after`, `limit` at most; of one member of the staff, or of all.
pub async fn list(
    unit: &mut Unit,
    staff: Option<&StaffId>,
    after: Option<&ApiKeyId>,
    limit: u32,
) -> Result<Vec<ApiKey>> {
    const SQL: &str = "SELECT id, secret_hash, name, staff_id, permissions, created_at, expires_at, \
         last_used_at, revoked_at FROM api_keys \
         WHERE id > $1 AND ($2 = '' OR staff_id = $2) ORDER BY id LIMIT $3";
    let rows: Vec<ApiKeyRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(after.map_or("", ApiKeyId::as_str))
        .bind(staff.map_or("", StaffId::as_str))
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    rows.into_iter().map(ApiKey::try_from).collect()
}

/// Revokes a key; says `false` if there is none that isn't revoked.
pub async fn revoke(unit: &mut Unit, id: &ApiKeyId, now: Instant) -> Result<bool> {
    const SQL: &str = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    unit.require_write()?;
    let revoked = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(revoked > 0)
}

/// Puts down that a key was used, unless that was put down later already.
pub async fn touch(unit: &mut Unit, id: &ApiKeyId, now: Instant) -> Result<()> {
    const SQL: &str = "UPDATE api_keys SET last_used_at = $2 \
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(now.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}
