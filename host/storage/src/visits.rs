//! Visits: visitors of a storefront who began something, known by a token.

use galleria_domain::{Instant, StoreId, VisitId};

use crate::conn::on;
use crate::error::Result;
use crate::row::parsed;
use crate::unit::Unit;

/// Stores a visit; of its token, the SHA-256 in hexadecimal.
pub async fn insert(
    unit: &mut Unit,
    store: &StoreId,
    id: &VisitId,
    token_hash: &str,
    now: Instant,
    expires_at: Instant,
) -> Result<()> {
    const SQL: &str = "INSERT INTO visits (id, token_hash, store_id, created_at, last_seen_at, \
         expires_at) VALUES ($1, $2, $3, $4, $4, $5)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(token_hash)
        .bind(store.as_str())
        .bind(now.as_micros())
        .bind(expires_at.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// The visit in a store that a token belongs to, unless it is over.
pub async fn find_by_token(
    unit: &mut Unit,
    store: &StoreId,
    token_hash: &str,
    now: Instant,
) -> Result<Option<VisitId>> {
    const SQL: &str =
        "SELECT id FROM visits WHERE token_hash = $1 AND store_id = $2 AND expires_at > $3";
    let id: Option<String> = on!(unit, c => sqlx::query_scalar(SQL)
        .bind(token_hash)
        .bind(store.as_str())
        .bind(now.as_micros())
        .fetch_optional(c).await)?;
    id.map(|id| parsed("visits.id", &id)).transpose()
}

/// Forgets visits that are over, a bounded number; says how many.
pub async fn prune(unit: &mut Unit, now: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM visits WHERE id IN \
         (SELECT id FROM visits WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    unit.require_write()?;
    Ok(on!(unit, c => sqlx::query(SQL)
        .bind(now.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?)
}
