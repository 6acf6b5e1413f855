//! Impersonations: each one document, with columns for what they are found by.

use galleria_domain::{
    CustomerId, Impersonation, ImpersonationId, Instant, SessionId, StaffId, StoreId,
};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, micros_if, parsed, signed, to_json};
use crate::unit::Unit;

/// An impersonation, and the login that it hangs on.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredImpersonation {
    /// The impersonation.
    pub impersonation: Impersonation,
    /// The session of the staff that began it; it ends with it.
    pub session: SessionId,
}

#[derive(sqlx::FromRow)]
struct ImpersonationRow {
    session_id: String,
    document: String,
}

impl TryFrom<ImpersonationRow> for StoredImpersonation {
    type Error = StorageError;

    fn try_from(row: ImpersonationRow) -> Result<Self> {
        Ok(Self {
            impersonation: from_json("impersonations.document", &row.document)?,
            session: parsed("impersonations.session_id", &row.session_id)?,
        })
    }
}

/// Stores a new impersonation with the code that its token is handed over for: the SHA-256 of it in
/// hexadecimal, and until when it is good.
///
/// [`StorageError::Taken`] if the staff acts for somebody in that store already.
pub async fn insert(
    unit: &mut Unit,
    stored: &StoredImpersonation,
    handover_hash: &str,
    handover_expires_at: Instant,
) -> Result<()> {
    const SQL: &str = "INSERT INTO impersonations (id, store_id, staff_id, session_id, \
         customer_id, handover_hash, handover_expires_at, started_at, last_seen_at, expires_at, \
         request_count, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11) \
         ON CONFLICT DO NOTHING";
    unit.require_write()?;
    let one = &stored.impersonation;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(one.id.as_str())
        .bind(one.store.as_str())
        .bind(one.staff.as_str())
        .bind(stored.session.as_str())
        .bind(one.customer.as_str())
        .bind(handover_hash)
        .bind(handover_expires_at.as_micros())
        .bind(one.started_at.as_micros())
        .bind(one.expires_at.as_micros())
        .bind(signed(one.request_count))
        .bind(to_json(one))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted > 0 { Ok(()) } else { Err(StorageError::Taken("impersonations.running")) }
}

/// An impersonation in a store by its id, also if it has ended.
pub async fn get(
    unit: &mut Unit,
    store: &StoreId,
    id: &ImpersonationId,
) -> Result<Option<StoredImpersonation>> {
    const SQL: &str =
        "SELECT session_id, document FROM impersonations WHERE id = $1 AND store_id = $2";
    let row: Option<ImpersonationRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(StoredImpersonation::try_from).transpose()
}

/// The impersonation with this token, also if it has ended.
pub async fn find_by_token(
    unit: &mut Unit,
    token_hash: &str,
) -> Result<Option<StoredImpersonation>> {
    const SQL: &str = "SELECT session_id, document FROM impersonations WHERE token_hash = $1";
    let row: Option<ImpersonationRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(token_hash).fetch_optional(c).await)?;
    row.map(StoredImpersonation::try_from).transpose()
}

/// Uses up the code that a token is handed over for, and stores the token: the SHA-256 of each in
/// hexadecimal. Answers the impersonation, or nothing if the code isn't worth anything (any more).
pub async fn hand_over(
    unit: &mut Unit,
    store: &StoreId,
    handover_hash: &str,
    token_hash: &str,
    now: Instant,
) -> Result<Option<StoredImpersonation>> {
    const SQL: &str = "UPDATE impersonations SET handover_hash = NULL, \
         handover_expires_at = NULL, token_hash = $3 \
         WHERE handover_hash = $1 AND store_id = $2 AND handover_expires_at > $4 \
         AND ended_at IS NULL RETURNING session_id, document";
    unit.require_write()?;
    let row: Option<ImpersonationRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(handover_hash)
        .bind(store.as_str())
        .bind(token_hash)
        .bind(now.as_micros())
        .fetch_optional(c).await)?;
    row.map(StoredImpersonation::try_from).transpose()
}

/// What a member of the staff has going on in a store: one at most.
pub async fn running_of_staff(
    unit: &mut Unit,
    store: &StoreId,
    staff: &StaffId,
) -> Result<Option<StoredImpersonation>> {
    const SQL: &str = "SELECT session_id, document FROM impersonations \
         WHERE store_id = $1 AND staff_id = $2 AND ended_at IS NULL";
    let row: Option<ImpersonationRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(staff.as_str())
        .fetch_optional(c).await)?;
    row.map(StoredImpersonation::try_from).transpose()
}

/// Those in a store that nobody has ended, the newest first, `max` at most; for one customer, if one
/// is named. The time of some of them may be over.
pub async fn list_running(
    unit: &mut Unit,
    store: &StoreId,
    customer: Option<&CustomerId>,
    max: u32,
) -> Result<Vec<StoredImpersonation>> {
    const SQL: &str = "SELECT session_id, document FROM impersonations \
         WHERE store_id = $1 AND ended_at IS NULL AND ($2 = '' OR customer_id = $2) \
         ORDER BY started_at DESC, id DESC LIMIT $3";
    let rows: Vec<ImpersonationRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(customer.map_or("", CustomerId::as_str))
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(StoredImpersonation::try_from).collect()
}

/// Those in any store whose time may be over, the oldest first, `max` at most: nothing happened in
/// them since `idle_since`, or they were to end by `now`.
pub async fn list_over(
    unit: &mut Unit,
    idle_since: Instant,
    now: Instant,
    max: u32,
) -> Result<Vec<StoredImpersonation>> {
    const SQL: &str = "SELECT session_id, document FROM impersonations \
         WHERE ended_at IS NULL AND (last_seen_at <= $1 OR expires_at <= $2) \
         ORDER BY started_at, id LIMIT $3";
    let rows: Vec<ImpersonationRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(idle_since.as_micros())
        .bind(now.as_micros())
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(StoredImpersonation::try_from).collect()
}

/// Stores an impersonation that goes on, or has just ended. One that had ended stays as it is: then
/// it answers `false`.
pub async fn update(unit: &mut Unit, one: &Impersonation) -> Result<bool> {
    const SQL: &str = "UPDATE impersonations SET last_seen_at = $2, ended_at = $3, \
         request_count = $4, document = $5, \
         handover_hash = CASE WHEN $3 IS NULL THEN handover_hash ELSE NULL END \
         WHERE id = $1 AND ended_at IS NULL";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(one.id.as_str())
        .bind(one.last_seen_at.as_micros())
        .bind(micros_if(one.ended_at))
        .bind(signed(one.request_count))
        .bind(to_json(one))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}
