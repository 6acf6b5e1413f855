//! The roles of the staff, and the rule of rank: nobody gives a right that they don't have.

use galleria_domain::{Permission, Rights, Role, RoleId, StaffPermission};
use galleria_storage::{StorageError, roles as stored, sessions};
use serde_json::json;

use crate::audit;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::sessions::Subject;
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most roles that a shop can have.
pub const ROLES_MAX: u32 = 200;

/// Refuses, unless the caller may do all that `rights` allow: whoever may do less must neither
/// give such rights nor touch those who have them.
pub(crate) fn require_rank(caller: &Caller, rights: &Rights) -> Result<()> {
    let lacking = match rights.permissions() {
        None if caller.rights.permissions().is_none() => None,
        None => Some("owner".to_owned()),
        Some(permissions) => permissions
            .iter()
            .find(|permission| !caller.rights.allows(permission))
            .map(ToString::to_string),
    };
    lacking.map_or(Ok(()), |permission| Err(AppError::PermissionDenied(permission)))
}

/// What somebody may do who has this role alone.
fn rights(role: &Role) -> Rights {
    if role.owner { Rights::everything() } else { Rights::only(role.permissions.iter().cloned()) }
}

/// All roles; needs [`Permission::StaffRead`].
pub async fn list(work: &mut Work) -> Result<Vec<Role>> {
    work.caller().require(Permission::StaffRead)?;
    Ok(stored::list(work.unit(), ROLES_MAX).await?)
}

/// A role; needs [`Permission::StaffRead`].
pub async fn get(work: &mut Work, id: &RoleId) -> Result<Role> {
    work.caller().require(Permission::StaffRead)?;
    find(work, id).await
}

/// Makes a role; needs [`Permission::StaffWrite`] and every permission that it is to allow.
pub async fn create(
    work: &mut Work,
    name: &str,
    permissions: impl IntoIterator<Item = StaffPermission>,
) -> Result<Role> {
    work.caller().require(Permission::StaffWrite)?;
    let role = Role::create(RoleId::generate(), name, permissions)?;
    require_rank(work.caller(), &rights(&role))?;
    if stored::list(work.unit(), ROLES_MAX).await?.len() >= ROLES_MAX as usize {
        return Err(AppError::Quota { which: "roles", allowed: u64::from(ROLES_MAX) });
    }
    let now = work.now();
    stored::insert(work.unit(), &role, now).await.map_err(taken)?;
    let detail = json!({ "permissions": role.permissions });
    audit::append(work, "role.create", role.id.as_str(), &short(detail)).await?;
    Ok(role)
}

/// Changes a role; needs [`Permission::StaffWrite`] and every permission that it allows before or
/// after. If those change, the sessions of all who have it end.
pub async fn update(
    work: &mut Work,
    id: &RoleId,
    name: Option<&str>,
    permissions: Option<Vec<StaffPermission>>,
    expected: Option<u64>,
) -> Result<Role> {
    work.caller().require(Permission::StaffWrite)?;
    let before = find(work, id).await?;
    expect_version(before.version, expected)?;
    require_rank(work.caller(), &rights(&before))?;
    let after = before.apply(name, permissions)?;
    require_rank(work.caller(), &rights(&after))?;
    require_updated(stored::update(work.unit(), &after).await.map_err(taken)?, after.version)?;
    if before.permissions != after.permissions {
        end_sessions(work, id).await?;
    }
    let detail = json!({ "permissions": after.permissions });
    audit::append(work, "role.update", id.as_str(), &short(detail)).await?;
    Ok(after)
}

/// Deletes a role, and ends the sessions of all who had it; needs [`Permission::StaffWrite`] and
/// every permission that it allows.
pub async fn delete(work: &mut Work, id: &RoleId, expected: Option<u64>) -> Result<()> {
    work.caller().require(Permission::StaffWrite)?;
    let role = find(work, id).await?;
    expect_version(role.version, expected)?;
    if role.owner {
        return Err(AppError::conflict("owner-role", "the role of owners can't be deleted"));
    }
    require_rank(work.caller(), &rights(&role))?;
    end_sessions(work, id).await?;
    stored::delete(work.unit(), id).await?;
    audit::append(work, "role.delete", id.as_str(), &json!(null)).await
}

async fn find(work: &mut Work, id: &RoleId) -> Result<Role> {
    stored::get(work.unit(), id).await?.ok_or(AppError::NotFound("role"))
}

async fn end_sessions(work: &mut Work, id: &RoleId) -> Result<()> {
    for member in stored::members(work.unit(), id).await? {
        sessions::delete_all(work.unit(), &Subject::Staff(member), None).await?;
    }
    Ok(())
}

fn taken(error: StorageError) -> AppError {
    match error {
        StorageError::Taken(_) => {
            AppError::conflict("role-name-taken", "another role has this name")
        }
        error => error.into(),
    }
}

/// The audit log takes a bounded detail; what is longer is told by its number.
pub(crate) fn short(detail: serde_json::Value) -> serde_json::Value {
    const DETAIL_MAX_BYTES: usize = 4_000;
    let length = detail.to_string().len();
    if length <= DETAIL_MAX_BYTES { detail } else { json!({ "bytes": length }) }
}
