//! Proofs: what somebody who has a secret that was sent to an email may do.

use galleria_domain::{CustomerId, EmailAddress, Instant, StoreId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::parsed;
use crate::unit::Unit;

/// What somebody who has a secret that was sent to an email may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    /// Names it; not secret.
    pub id: String,
    /// What may be done.
    pub purpose: String,
    /// In which store.
    pub store: StoreId,
    /// To whose account.
    pub customer: CustomerId,
    /// The email that the secret was sent to.
    pub email: EmailAddress,
    /// When it was asked for.
    pub created_at: Instant,
    /// Until when it may be done.
    pub expires_at: Instant,
}

#[derive(sqlx::FromRow)]
struct ProofRow {
    id: String,
    purpose: String,
    store_id: String,
    customer_id: String,
    email: String,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<ProofRow> for Proof {
    type Error = StorageError;

    fn try_from(row: ProofRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            purpose: row.purpose,
            store: parsed("proofs.store_id", &row.store_id)?,
            customer: parsed("proofs.customer_id", &row.customer_id)?,
            email: parsed("proofs.email", &row.email)?,
            created_at: Instant::from_micros(row.created_at),
            expires_at: Instant::from_micros(row.expires_at),
        })
    }
}

/// Stores a proof whose secret isn't made yet, in the place of those that the customer had for the
/// same purpose.
pub async fn replace(unit: &mut Unit, proof: &Proof) -> Result<()> {
    const SQL: &str = "INSERT INTO proofs (id, purpose, store_id, customer_id, email_norm, email, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    delete_all(unit, &proof.customer, &proof.purpose).await?;
    on!(unit, c => sqlx::query(SQL)
        .bind(proof.id.as_str())
        .bind(proof.purpose.as_str())
        .bind(proof.store.as_str())
        .bind(proof.customer.as_str())
        .bind(proof.email.normalized())
        .bind(proof.email.as_str())
        .bind(proof.created_at.as_micros())
        .bind(proof.expires_at.as_micros())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Gives a proof its secret, by the SHA-256 of it in hexadecimal. The one before is worth nothing
/// then. Answers `false` if there is no such proof (any more).
pub async fn set_token(unit: &mut Unit, id: &str, hash: &str, now: Instant) -> Result<bool> {
    const SQL: &str = "UPDATE proofs SET token_hash = $2 WHERE id = $1 AND expires_at > $3";
    unit.require_write()?;
    let set = on!(unit, c => sqlx::query(SQL)
        .bind(id)
        .bind(hash)
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(set > 0)
}

/// The proof with this secret, also if it is too late for it.
pub async fn find_by_token(unit: &mut Unit, hash: &str) -> Result<Option<Proof>> {
    const SQL: &str = "SELECT id, purpose, store_id, customer_id, email, created_at, expires_at \
         FROM proofs WHERE token_hash = $1";
    let row: Option<ProofRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(hash).fetch_optional(c).await)?;
    row.map(Proof::try_from).transpose()
}

/// Uses a proof up; says whether it was there.
pub async fn delete(unit: &mut Unit, id: &str) -> Result<bool> {
    const SQL: &str = "DELETE FROM proofs WHERE id = $1";
    unit.require_write()?;
    let deleted = on!(unit, c => {
        sqlx::query(SQL).bind(id).execute(c).await.map(|done| done.rows_affected())
    })?;
    Ok(deleted > 0)
}

/// Takes all proofs of a purpose from a customer.
pub async fn delete_all(unit: &mut Unit, customer: &CustomerId, purpose: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM proofs WHERE customer_id = $1 AND purpose = $2";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(customer.as_str())
        .bind(purpose)
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Removes proofs that it is too late for, `max` at most; says how many.
pub async fn prune(unit: &mut Unit, now: Instant, max: u32) -> Result<u64> {
    const SQL: &str = "DELETE FROM proofs WHERE id IN (SELECT id FROM proofs \
         WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(now.as_micros())
        .bind(i64::from(max))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted)
}
