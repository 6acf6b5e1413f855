//! The staff; their roles are in [`roles`](crate::roles).

use galleria_domain::{CustomerId, Instant, StaffId, StaffUser};

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{instant_if, parsed, parsed_if, signed, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct StaffRow {
    id: String,
    email: String,
    name: String,
    active: bool,
    linked_customer_id: Option<String>,
    locked_until: Option<i64>,
    created_at: i64,
    last_login_at: Option<i64>,
    last_ip: Option<String>,
    version: i64,
}

impl TryFrom<StaffRow> for StaffUser {
    type Error = StorageError;

    fn try_from(row: StaffRow) -> Result<Self> {
        Ok(Self {
            id: parsed("staff_users.id", &row.id)?,
            version: unsigned("staff_users.version", row.version)?,
            email: parsed("staff_users.email", &row.email)?,
            name: row.name,
            roles: std::collections::BTreeSet::new(),
            active: row.active,
            linked_customer: parsed_if(
                "staff_users.linked_customer_id",
                row.linked_customer_id.as_deref(),
            )?,
            locked_until: instant_if(row.locked_until),
            created_at: Instant::from_micros(row.created_at),
            last_login_at: instant_if(row.last_login_at),
            last_ip: parsed_if("staff_users.last_ip", row.last_ip.as_deref())?,
        })
    }
}

/// A member of the staff by their id.
pub async fn get(unit: &mut Unit, id: &StaffId) -> Result<Option<StaffUser>> {
    const SQL: &str = "SELECT id, email, name, active, linked_customer_id, locked_until, created_at, \
         last_login_at, last_ip, version FROM staff_users WHERE id = $1";
    let row: Option<StaffRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    with_roles(unit, row).await
}

/// A member of the staff by the normal form of their email.
pub async fn find_by_email(unit: &mut Unit, email_norm: &str) -> Result<Option<StaffUser>> {
    const SQL: &str = "SELECT id, email, name, active, linked_customer_id, locked_until, created_at, \
         last_login_at, last_ip, version FROM staff_users WHERE email_norm = $1";
    let row: Option<StaffRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(email_norm).fetch_optional(c).await)?;
    with_roles(unit, row).await
}

/// The member of the staff whose own account this customer's is.
pub async fn find_by_customer(unit: &mut Unit, customer: &CustomerId) -> Result<Option<StaffId>> {
    const SQL: &str =
        "SELECT id FROM staff_users WHERE linked_customer_id = $1 ORDER BY id LIMIT 1";
    let id: Option<String> =
        on!(unit, c => sqlx::query_scalar(SQL).bind(customer.as_str()).fetch_optional(c).await)?;
    id.map(|id| parsed("staff_users.id", &id)).transpose()
}

async fn with_roles(unit: &mut Unit, row: Option<StaffRow>) -> Result<Option<StaffUser>> {
    const SQL: &str = "SELECT role_id FROM staff_role_members WHERE staff_id = $1";
    let Some(row) = row else { return Ok(None) };
    let mut staff = StaffUser::try_from(row)?;
    let roles: Vec<String> =
        on!(unit, c => sqlx::query_scalar(SQL).bind(staff.id.as_str()).fetch_all(c).await)?;
    for role in roles {
        staff.roles.insert(parsed("staff_role_members.role_id", &role)?);
    }
    Ok(Some(staff))
}

/// Members of the staff from the oldest on, behind `after`, `limit` at most.
pub async fn list(unit: &mut Unit, after: Option<&StaffId>, limit: u32) -> Result<Vec<StaffUser>> {
    const SQL: &str = "SELECT id, email, name, active, linked_customer_id, locked_until, created_at, \
         last_login_at, last_ip, version FROM staff_users WHERE id > $1 ORDER BY id LIMIT $2";
    const ROLES: &str = "SELECT staff_id, role_id FROM staff_role_members \
         WHERE staff_id >= $1 AND staff_id <= $2";
    let rows: Vec<StaffRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(after.map_or("", StaffId::as_str))
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    let mut all: Vec<StaffUser> =
        rows.into_iter().map(StaffUser::try_from).collect::<Result<_>>()?;
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(all) };
    let members: Vec<(String, String)> = on!(unit, c => sqlx::query_as(ROLES)
        .bind(first.id.as_str())
        .bind(last.id.as_str())
        .fetch_all(c).await)?;
    for (staff, role) in members {
        if let Ok(at) = all.binary_search_by(|member| member.id.as_str().cmp(&staff)) {
            all[at].roles.insert(parsed("staff_role_members.role_id", &role)?);
        }
    }
    Ok(all)
}

/// Stores a member of the staff with their roles; [`StorageError::Taken`] if the email has one.
pub async fn insert(unit: &mut Unit, staff: &StaffUser) -> Result<()> {
    const SQL: &str = "INSERT INTO staff_users (id, email, email_norm, name, active, \
         linked_customer_id, locale, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, 'en', $7, $8) ON CONFLICT (email_norm) DO NOTHING";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(staff.id.as_str())
        .bind(staff.email.as_str())
        .bind(staff.email.normalized())
        .bind(staff.name.as_str())
        .bind(staff.active)
        .bind(staff.linked_customer.as_ref().map(CustomerId::as_str))
        .bind(staff.created_at.as_micros())
        .bind(signed(staff.version))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted == 0 {
        return Err(StorageError::Taken("staff.email"));
    }
    insert_roles(unit, staff).await
}

/// Replaces the version before `staff`'s; says `false` if that isn't the one stored, and
/// [`StorageError::Taken`] if another member has the email.
pub async fn update(unit: &mut Unit, staff: &StaffUser) -> Result<bool> {
    const SQL: &str = "UPDATE staff_users SET email = $2, email_norm = $3, name = $4, active = $5, \
         linked_customer_id = $6, version = $7 WHERE id = $1 AND version = $7 - 1";
    const ROLES: &str = "DELETE FROM staff_role_members WHERE staff_id = $1";
    unit.require_write()?;
    unit.mark().await?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(staff.id.as_str())
        .bind(staff.email.as_str())
        .bind(staff.email.normalized())
        .bind(staff.name.as_str())
        .bind(staff.active)
        .bind(staff.linked_customer.as_ref().map(CustomerId::as_str))
        .bind(signed(staff.version))
        .execute(c).await.map(|done| done.rows_affected()));
    match updated {
        Ok(0) => return Ok(false),
        Ok(_) => {}
        Err(error) if is_taken(&error) => {
            unit.undo_to_mark().await?;
            return Err(StorageError::Taken("staff.email"));
        }
        Err(error) => return Err(error.into()),
    }
    on!(unit, c => sqlx::query(ROLES).bind(staff.id.as_str()).execute(c).await.map(drop))?;
    insert_roles(unit, staff).await?;
    Ok(true)
}

async fn insert_roles(unit: &mut Unit, staff: &StaffUser) -> Result<()> {
    const SQL: &str = "INSERT INTO staff_role_members (staff_id, role_id) VALUES ($1, $2)";
    for role in &staff.roles {
        on!(unit, c => sqlx::query(SQL)
            .bind(staff.id.as_str())
            .bind(role.as_str())
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Deletes a member of the staff with their roles, keys and password; says whether there was one.
pub async fn delete(unit: &mut Unit, id: &StaffId) -> Result<bool> {
    const SQL: &str = "DELETE FROM staff_users WHERE id = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL).bind(id.as_str()).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// How many active owners there are besides this member.
pub async fn count_other_owners(unit: &mut Unit, id: &StaffId) -> Result<u64> {
    const SQL: &str = "SELECT COUNT(DISTINCT s.id) FROM staff_users s \
         JOIN staff_role_members m ON m.staff_id = s.id JOIN staff_roles r ON r.id = m.role_id \
         WHERE r.is_owner AND s.active AND s.id <> $1";
    let count: i64 = on!(unit, c => sqlx::query_scalar(SQL).bind(id.as_str()).fetch_one(c).await)?;
    unsigned("staff_users", count)
}

/// Puts down that a member logged in. Their version stays: nobody changed them.
pub async fn logged_in(
    unit: &mut Unit,
    id: &StaffId,
    now: Instant,
    ip: Option<&str>,
) -> Result<()> {
    const SQL: &str = "UPDATE staff_users SET last_login_at = $2, last_ip = COALESCE($3, last_ip) \
         WHERE id = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(now.as_micros())
        .bind(ip)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Puts down since when a member is locked out, or that they aren't.
pub async fn set_locked(
    unit: &mut Unit,
    id: &StaffId,
    locked_until: Option<Instant>,
) -> Result<()> {
    const SQL: &str = "UPDATE staff_users SET locked_until = $2 WHERE id = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(locked_until.map(Instant::as_micros))
        .execute(c).await.map(drop))?;
    Ok(())
}
