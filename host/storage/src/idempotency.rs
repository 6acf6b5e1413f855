//! Answers that are kept, so that a request sent again gets the answer it got.

use galleria_domain::Instant;

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, to_json, unsigned};
use crate::unit::Unit;

/// An answer that was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAnswer {
    /// SHA-256 of the request that it answered, in hexadecimal.
    pub request_hash: String,
    /// The HTTP status.
    pub status: u16,
    /// Names and values of headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When it was given.
    pub created_at: Instant,
}

#[derive(sqlx::FromRow)]
struct AnswerRow {
    request_hash: String,
    status: i64,
    headers: String,
    body: Vec<u8>,
    created_at: i64,
}

impl TryFrom<AnswerRow> for StoredAnswer {
    type Error = StorageError;

    fn try_from(row: AnswerRow) -> Result<Self> {
        Ok(Self {
            request_hash: row.request_hash,
            status: unsigned("idempotency_keys.status", row.status)?,
            headers: from_json("idempotency_keys.headers", &row.headers)?,
            body: row.body,
            created_at: Instant::from_micros(row.created_at),
        })
    }
}

/// The answer that somebody was given under a key.
pub async fn find(unit: &mut Unit, principal: &str, key: &str) -> Result<Option<StoredAnswer>> {
    const SQL: &str = "SELECT request_hash, status, headers, body, created_at \
         FROM idempotency_keys WHERE principal = $1 AND key = $2";
    let row: Option<AnswerRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(principal).bind(key).fetch_optional(c).await)?;
    row.map(StoredAnswer::try_from).transpose()
}

/// Keeps an answer; says `false` if there is one under this key, made at `expired` or later.
pub async fn insert(
    unit: &mut Unit,
    principal: &str,
    key: &str,
    answer: &StoredAnswer,
    expired: Instant,
) -> Result<bool> {
    const SQL: &str = "INSERT INTO idempotency_keys \
         (principal, key, request_hash, status, headers, body, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (principal, key) DO UPDATE SET request_hash = excluded.request_hash, \
         status = excluded.status, headers = excluded.headers, body = excluded.body, \
         created_at = excluded.created_at WHERE idempotency_keys.created_at < $8";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(principal)
        .bind(key)
        .bind(answer.request_hash.as_str())
        .bind(i64::from(answer.status))
        .bind(to_json(&answer.headers))
        .bind(answer.body.as_slice())
        .bind(answer.created_at.as_micros())
        .bind(expired.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Forgets answers given before `before`, `max` at most; says how many.
pub async fn prune(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM idempotency_keys WHERE (principal, key) IN \
         (SELECT principal, key FROM idempotency_keys WHERE created_at < $1 \
         ORDER BY created_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
