//! Keys that programs log in with.

use std::collections::BTreeSet;

use galleria_domain::{ApiKeyId, Instant, Role, StaffId, StaffPermission};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::roles::RoleRow;
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

/// A key, with what decides whether and for what it is good.
#[derive(Debug)]
pub struct HeldApiKey {
    /// The key, also if it has ended.
    pub key: ApiKey,
    /// The SHA-256 of its secret in hexadecimal.
    pub secret_hash: String,
    /// Whether the member of the staff that it acts for is active.
    pub owner_active: bool,
    /// Their roles.
    pub owner_roles: Vec<Role>,
}

#[derive(sqlx::FromRow)]
struct HeldApiKeyRow {
    #[sqlx(flatten)]
    key: ApiKeyRow,
    active: bool,
    role_id: Option<String>,
    role_version: Option<i64>,
    role_name: Option<String>,
    role_is_owner: Option<bool>,
    role_permissions: Option<String>,
}

impl HeldApiKeyRow {
    fn role(&mut self) -> Option<RoleRow> {
        Some(RoleRow {
            id: self.role_id.take()?,
            name: self.role_name.take()?,
            is_owner: self.role_is_owner.take()?,
            permissions: self.role_permissions.take()?,
            version: self.role_version.take()?,
        })
    }
}

/// A key by its id. One query, because every request of a program begins with it.
pub async fn find(unit: &mut Unit, id: &ApiKeyId) -> Result<Option<HeldApiKey>> {
    const SQL: &str = "SELECT k.id, k.secret_hash, k.name, k.staff_id, k.permissions, \
         k.created_at, k.expires_at, k.last_used_at, k.revoked_at, s.active, r.id AS role_id, \
         r.version AS role_version, r.name AS role_name, r.is_owner AS role_is_owner, \
         r.permissions AS role_permissions FROM api_keys k \
         JOIN staff_users s ON s.id = k.staff_id \
         LEFT JOIN staff_role_members m ON m.staff_id = s.id \
         LEFT JOIN staff_roles r ON r.id = m.role_id WHERE k.id = $1";
    let mut rows: Vec<HeldApiKeyRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_all(c).await)?;
    let roles = rows.iter_mut().filter_map(HeldApiKeyRow::role).map(Role::try_from);
    let owner_roles = roles.collect::<Result<_>>()?;
    let Some(HeldApiKeyRow { mut key, active: owner_active, .. }) = rows.pop() else {
        return Ok(None);
    };
    let secret_hash = std::mem::take(&mut key.secret_hash);
    Ok(Some(HeldApiKey { key: key.try_into()?, secret_hash, owner_active, owner_roles }))
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
