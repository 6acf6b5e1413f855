//! Failed logins, counted by account and by address.

use galleria_domain::{Instant, LoginThrottle};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{instant_if, micros_if, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct LoginAttemptsRow {
    failures: i64,
    last_failure_at: Option<i64>,
    window_start: Option<i64>,
    window_failures: i64,
    locked_until: Option<i64>,
}

impl TryFrom<LoginAttemptsRow> for LoginThrottle {
    type Error = StorageError;

    fn try_from(row: LoginAttemptsRow) -> Result<Self> {
        Ok(Self {
            failures: unsigned("login_attempts.failures", row.failures)?,
            last_failure_at: instant_if(row.last_failure_at),
            window_start: instant_if(row.window_start),
            window_failures: unsigned("login_attempts.window_failures", row.window_failures)?,
            locked_until: instant_if(row.locked_until),
        })
    }
}

/// What is counted under a key; nothing yet, if it isn't there.
pub async fn get(unit: &mut Unit, key: &str) -> Result<LoginThrottle> {
    const SQL: &str = "SELECT failures, last_failure_at, window_start, window_failures, locked_until \
         FROM login_attempts WHERE key = $1";
    let row: Option<LoginAttemptsRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(key).fetch_optional(c).await)?;
    row.map_or_else(|| Ok(LoginThrottle::default()), LoginThrottle::try_from)
}

/// Replaces what is counted under a key.
pub async fn put(unit: &mut Unit, key: &str, throttle: &LoginThrottle, now: Instant) -> Result<()> {
    const SQL: &str = "INSERT INTO login_attempts \
         (key, failures, last_failure_at, window_start, window_failures, locked_until, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, \
         last_failure_at = excluded.last_failure_at, window_start = excluded.window_start, \
         window_failures = excluded.window_failures, locked_until = excluded.locked_until, \
         updated_at = excluded.updated_at";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(key)
        .bind(i64::from(throttle.failures))
        .bind(micros_if(throttle.last_failure_at))
        .bind(micros_if(throttle.window_start))
        .bind(i64::from(throttle.window_failures))
        .bind(micros_if(throttle.locked_until))
        .bind(now.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Forgets what is counted under a key; says whether there was anything.
pub async fn delete(unit: &mut Unit, key: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM login_attempts WHERE key = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL).bind(key).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}

/// Forgets what has not grown since `before`, `max` keys at most; says how many.
pub async fn prune(unit: &mut Unit, before: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM login_attempts WHERE key IN (SELECT key FROM login_attempts \
         WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(before.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
