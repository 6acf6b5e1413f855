//! The staff: who they are and what they may do.

use galleria_domain::{
    CursorValue, Page, PageRequest, Permission, QueryPrint, Rights, Role, StaffChange, StaffDraft,
    StaffId, StaffUser, check_owner_left,
};
use galleria_storage::{StorageError, roles as stored_roles, sessions, staff as stored};
use serde_json::json;

use crate::error::{AppError, Result};
use crate::roles::{ROLES_MAX, require_rank, short};
use crate::sessions::Subject;
use crate::version::{expect_version, require_updated};
use crate::work::Work;
use crate::{audit, login_attempts};

/// The most members of the staff on a page.
pub const PAGE_MAX: u32 = 200;

/// A member of the staff; needs [`Permission::StaffRead`], or to be that member.
pub async fn get(work: &mut Work, id: &StaffId) -> Result<StaffUser> {
    if work.caller().principal.staff() != Some(id) {
        work.caller().require(Permission::StaffRead)?;
    }
    find(work, id).await
}

/// A page of the staff, from the oldest on; needs [`Permission::StaffRead`].
pub async fn list(work: &mut Work, page: &PageRequest) -> Result<Page<StaffUser>> {
    work.caller().require(Permission::StaffRead)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let print = QueryPrint::of(["staff"]);
    let malformed = || audit::bad_cursor(galleria_domain::InvalidCursor::Malformed);
    let after: Option<StaffId> = match page.position(&print).map_err(audit::bad_cursor)? {
        None => None,
        Some([CursorValue::Text(id)]) => Some(id.parse().map_err(|_| malformed())?),
        Some(_) => return Err(malformed()),
    };
    let rows = stored::list(work.unit(), after.as_ref(), limit + 1).await?;
    let position = |staff: &StaffUser| vec![CursorValue::Text(staff.id.to_string())];
    Ok(Page::from_rows(rows, limit, print, position))
}

/// Makes a member of the staff, without a password; needs [`Permission::StaffWrite`] and every
/// right that they are to have.
pub async fn create(work: &mut Work, draft: &StaffDraft) -> Result<StaffUser> {
    work.caller().require(Permission::StaffWrite)?;
    let roles = stored_roles::list(work.unit(), ROLES_MAX).await?;
    let staff = StaffUser::create(draft, StaffId::generate(), &roles, work.now())?;
    require_rank(work.caller(), &rank(&staff, &roles))?;
    stored::insert(work.unit(), &staff).await.map_err(taken)?;
    let detail = short(json!({ "roles": staff.roles }));
    audit::append(work, "staff.create", staff.id.as_str(), &detail).await?;
    Ok(staff)
}

/// Changes a member of the staff; needs [`Permission::StaffWrite`] and every right that they have
/// before or after. If their rights or their email change, their sessions end.
pub async fn update(
    work: &mut Work,
    id: &StaffId,
    change: &StaffChange,
    expected: Option<u64>,
) -> Result<StaffUser> {
    work.caller().require(Permission::StaffWrite)?;
    let before = find(work, id).await?;
    expect_version(before.version, expected)?;
    let roles = stored_roles::list(work.unit(), ROLES_MAX).await?;
    require_rank(work.caller(), &rank(&before, &roles))?;
    let after = before.apply(change, &roles)?;
    require_rank(work.caller(), &rank(&after, &roles))?;
    require_owner_left(work, &before, Some(&after), &roles).await?;
    require_updated(stored::update(work.unit(), &after).await.map_err(taken)?, after.version)?;
    let moved = before.email.normalized() != after.email.normalized();
    if moved {
        // Failures are counted by email: those of the email before are nobody's now.
        login_attempts::forget_staff(work, &before.email).await?;
    }
    if moved || before.roles != after.roles || before.active != after.active {
        sessions::delete_all(work.unit(), &Subject::Staff(id.clone()), None).await?;
    }
    let detail = short(json!({ "active": after.active, "roles": after.roles }));
    audit::append(work, "staff.update", id.as_str(), &detail).await?;
    Ok(after)
}

/// Deletes a member of the staff with their sessions, keys and password; needs
/// [`Permission::StaffWrite`] and every right that they have.
pub async fn delete(work: &mut Work, id: &StaffId, expected: Option<u64>) -> Result<()> {
    work.caller().require(Permission::StaffWrite)?;
    let staff = find(work, id).await?;
    expect_version(staff.version, expected)?;
    let roles = stored_roles::list(work.unit(), ROLES_MAX).await?;
    require_rank(work.caller(), &rank(&staff, &roles))?;
    require_owner_left(work, &staff, None, &roles).await?;
    sessions::delete_all(work.unit(), &Subject::Staff(id.clone()), None).await?;
    login_attempts::forget_staff(work, &staff.email).await?;
    stored::delete(work.unit(), id).await?;
    audit::append(work, "staff.delete", id.as_str(), &json!(null)).await
}

/// Lets a member of the staff try to log in again who was locked out; needs
/// [`Permission::StaffWrite`] and every right that they have.
pub async fn unlock(work: &mut Work, id: &StaffId) -> Result<()> {
    work.caller().require(Permission::StaffWrite)?;
    let staff = find(work, id).await?;
    let roles = stored_roles::list(work.unit(), ROLES_MAX).await?;
    require_rank(work.caller(), &rank(&staff, &roles))?;
    login_attempts::forget_staff(work, &staff.email).await?;
    stored::set_locked(work.unit(), id, None).await?;
    audit::append(work, "staff.unlock", id.as_str(), &json!(null)).await
}

/// What a member may do, or could if they were active.
pub(crate) fn rank(staff: &StaffUser, roles: &[Role]) -> Rights {
    StaffUser { active: true, ..staff.clone() }.rights(roles)
}

pub(crate) async fn find(work: &mut Work, id: &StaffId) -> Result<StaffUser> {
    stored::get(work.unit(), id).await?.ok_or(AppError::NotFound("staff"))
}

async fn require_owner_left(
    work: &mut Work,
    before: &StaffUser,
    after: Option<&StaffUser>,
    roles: &[Role],
) -> Result<()> {
    let others = stored::count_other_owners(work.unit(), &before.id).await?;
    check_owner_left(before, after, roles, others)
        .map_err(|error| AppError::conflict("last-owner", error.message))
}

fn taken(error: StorageError) -> AppError {
    match error {
        StorageError::Taken(_) => {
            AppError::conflict("email-taken", "another member of the staff has this email")
        }
        error => error.into(),
    }
}
