//! Links to a checkout: each one document, with columns for what they are found by.

use galleria_domain::{CartId, CheckoutLink, CheckoutLinkId, CustomerId, Instant, StoreId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, to_json};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct LinkRow {
    document: String,
}

impl TryFrom<LinkRow> for CheckoutLink {
    type Error = StorageError;

    fn try_from(row: LinkRow) -> Result<Self> {
        from_json("checkout_links.document", &row.document)
    }
}

/// Stores a new link; of its token, the SHA-256 in hexadecimal.
pub async fn insert(unit: &mut Unit, link: &CheckoutLink, token_hash: &str) -> Result<()> {
    const SQL: &str = "INSERT INTO checkout_links (id, store_id, token_hash, cart_id, customer_id, \
         created_at, expires_at, is_over, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(link.id.as_str())
        .bind(link.store.as_str())
        .bind(token_hash)
        .bind(link.cart.as_str())
        .bind(link.customer.as_ref().map(CustomerId::as_str))
        .bind(link.created_at.as_micros())
        .bind(link.expires_at.as_micros())
        .bind(link.revoked_at.is_some())
        .bind(to_json(link))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// A link of a store by its id.
pub async fn get(
    unit: &mut Unit,
    store: &StoreId,
    id: &CheckoutLinkId,
) -> Result<Option<CheckoutLink>> {
    const SQL: &str = "SELECT document FROM checkout_links WHERE id = $1 AND store_id = $2";
    let row: Option<LinkRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(CheckoutLink::try_from).transpose()
}

/// The link that a token belongs to, in whichever store and whether or not it is good.
pub async fn find_by_token(unit: &mut Unit, token_hash: &str) -> Result<Option<CheckoutLink>> {
    const SQL: &str =
        "SELECT document FROM checkout_links WHERE token_hash = $1 OR mailed_hash = $1";
    let row: Option<LinkRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(token_hash).fetch_optional(c).await)?;
    row.map(CheckoutLink::try_from).transpose()
}

/// The links to a cart, the newest first, `max` at most.
pub async fn list_of_cart(unit: &mut Unit, cart: &CartId, max: u32) -> Result<Vec<CheckoutLink>> {
    const SQL: &str = "SELECT document FROM checkout_links WHERE cart_id = $1 \
         ORDER BY created_at DESC, id DESC LIMIT $2";
    let rows: Vec<LinkRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(cart.as_str())
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(CheckoutLink::try_from).collect()
}

/// The links to a cart that nobody called back and that aren't told to be too old.
pub async fn list_not_over(unit: &mut Unit, cart: &CartId) -> Result<Vec<CheckoutLink>> {
    const SQL: &str = "SELECT document FROM checkout_links \
         WHERE cart_id = $1 AND NOT is_over ORDER BY created_at, id";
    let rows: Vec<LinkRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(cart.as_str()).fetch_all(c).await)?;
    rows.into_iter().map(CheckoutLink::try_from).collect()
}

/// Links of all stores that are too old by now and weren't told to be, `max` at most.
pub async fn list_expired(unit: &mut Unit, now: Instant, max: u32) -> Result<Vec<CheckoutLink>> {
    const SQL: &str = "SELECT document FROM checkout_links \
         WHERE NOT is_over AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    let rows: Vec<LinkRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(now.as_micros())
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(CheckoutLink::try_from).collect()
}

/// Stores a link that has changed.
pub async fn update(unit: &mut Unit, link: &CheckoutLink) -> Result<()> {
    const SQL: &str =
        "UPDATE checkout_links SET document = $2, is_over = (is_over OR $3) WHERE id = $1";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(link.id.as_str())
        .bind(to_json(link))
        .bind(link.revoked_at.is_some())
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Puts down that it was told that a link is too old; says `false` if that was done before.
pub async fn set_over(unit: &mut Unit, id: &CheckoutLinkId) -> Result<bool> {
    const SQL: &str = "UPDATE checkout_links SET is_over = $2 WHERE id = $1 AND NOT is_over";
    unit.require_write()?;
    let set = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(true)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(set > 0)
}

/// Gives a link the token that goes out by mail, by the SHA-256 of it in hexadecimal. The one that
/// was mailed before is worth nothing then. Answers `false` if there is no such link (any more), or
/// if it is too old or was called back.
pub async fn set_mailed(
    unit: &mut Unit,
    id: &CheckoutLinkId,
    hash: &str,
    now: Instant,
) -> Result<bool> {
    const SQL: &str = "UPDATE checkout_links SET mailed_hash = $2 \
         WHERE id = $1 AND expires_at > $3 AND NOT is_over";
    unit.require_write()?;
    let set = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(hash)
        .bind(now.as_micros())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(set > 0)
}
