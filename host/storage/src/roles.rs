//! The roles of the staff.

use galleria_domain::{Instant, Role, RoleId, StaffId};

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
pub(crate) struct RoleRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_owner: bool,
    pub(crate) permissions: String,
    pub(crate) version: i64,
}

impl TryFrom<RoleRow> for Role {
    type Error = StorageError;

    fn try_from(row: RoleRow) -> Result<Self> {
        Ok(Self {
            id: parsed("staff_roles.id", &row.id)?,
            version: unsigned("staff_roles.version", row.version)?,
            name: row.name,
            owner: row.is_owner,
            permissions: from_json("staff_roles.permissions", &row.permissions)?,
        })
    }
}

/// All roles, `max` at most, from the oldest on.
pub async fn list(unit: &mut Unit, max: u32) -> Result<Vec<Role>> {
    const SQL: &str =
        "SELECT id, name, is_owner, permissions, version FROM staff_roles ORDER BY id LIMIT $1";
    let rows: Vec<RoleRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(i64::from(max)).fetch_all(c).await)?;
    rows.into_iter().map(Role::try_from).collect()
}

/// The roles that a member of the staff has.
pub async fn list_of(unit: &mut Unit, staff: &StaffId) -> Result<Vec<Role>> {
    const SQL: &str = "SELECT r.id, r.name, r.is_owner, r.permissions, r.version FROM staff_roles r \
         JOIN staff_role_members m ON m.role_id = r.id WHERE m.staff_id = $1 ORDER BY r.id";
    let rows: Vec<RoleRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(staff.as_str()).fetch_all(c).await)?;
    rows.into_iter().map(Role::try_from).collect()
}

/// A role by its id.
pub async fn get(unit: &mut Unit, id: &RoleId) -> Result<Option<Role>> {
    const SQL: &str =
        "SELECT id, name, is_owner, permissions, version FROM staff_roles WHERE id = $1";
    let row: Option<RoleRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(Role::try_from).transpose()
}

/// The members of the staff who have a role.
pub async fn members(unit: &mut Unit, id: &RoleId) -> Result<Vec<StaffId>> {
    const SQL: &str =
        "SELECT staff_id FROM staff_role_members WHERE role_id = $1 ORDER BY staff_id";
    let rows: Vec<String> =
        on!(unit, c => sqlx::query_scalar(SQL).bind(id.as_str()).fetch_all(c).await)?;
    rows.iter().map(|id| parsed("staff_role_members.staff_id", id)).collect()
}

/// Stores a role; [`StorageError::Taken`] if there is one of this name.
pub async fn insert(unit: &mut Unit, role: &Role, now: Instant) -> Result<()> {
    const SQL: &str = "INSERT INTO staff_roles (id, name, is_owner, permissions, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(role.id.as_str())
        .bind(role.name.as_str())
        .bind(role.owner)
        .bind(to_json(&role.permissions))
        .bind(now.as_micros())
        .bind(signed(role.version))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted > 0 { Ok(()) } else { Err(StorageError::Taken("roles.name")) }
}

/// Replaces the version before `role`'s; says `false` if that isn't the one stored, and
/// [`StorageError::Taken`] if another role has the name.
pub async fn update(unit: &mut Unit, role: &Role) -> Result<bool> {
    const SQL: &str = "UPDATE staff_roles SET name = $2, permissions = $3, version = $4 \
         WHERE id = $1 AND version = $4 - 1";
    unit.require_write()?;
    unit.mark().await?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(role.id.as_str())
        .bind(role.name.as_str())
        .bind(to_json(&role.permissions))
        .bind(signed(role.version))
        .execute(c).await.map(|done| done.rows_affected()));
    match updated {
        Ok(updated) => Ok(updated > 0),
        Err(error) if is_taken(&error) => {
            unit.undo_to_mark().await?;
            Err(StorageError::Taken("roles.name"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes a role, also from whoever has it; says whether there was one.
pub async fn delete(unit: &mut Unit, id: &RoleId) -> Result<bool> {
    const SQL: &str = "DELETE FROM staff_roles WHERE id = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL).bind(id.as_str()).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}
