//! Methods of shipping.

use galleria_domain::{ShippingMethod, ShippingMethodId, StoreId};

use crate::conn::on;
use crate::error::Result;
use crate::row::{from_json, signed, to_json};
use crate::unit::Unit;

/// All methods of a store, the oldest first, `max` at most.
pub async fn list(unit: &mut Unit, store: &StoreId, max: u32) -> Result<Vec<ShippingMethod>> {
    const SQL: &str =
        "SELECT document FROM shipping_methods WHERE store_id = $1 ORDER BY id LIMIT $2";
    let rows: Vec<String> = on!(unit, c => sqlx::query_scalar(SQL)
        .bind(store.as_str())
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.iter().map(|document| from_json("shipping_methods.document", document)).collect()
}

/// A method of a store by its id.
pub async fn get(
    unit: &mut Unit,
    store: &StoreId,
    id: &ShippingMethodId,
) -> Result<Option<ShippingMethod>> {
    const SQL: &str = "SELECT document FROM shipping_methods WHERE id = $1 AND store_id = $2";
    let row: Option<String> = on!(unit, c => sqlx::query_scalar(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(|document| from_json("shipping_methods.document", &document)).transpose()
}

/// Stores a new method.
pub async fn insert(unit: &mut Unit, method: &ShippingMethod) -> Result<()> {
    const SQL: &str = "INSERT INTO shipping_methods (id, store_id, version, document) \
         VALUES ($1, $2, $3, $4)";
    unit.require_write()?;
    on!(unit, c => sqlx::query(SQL)
        .bind(method.id.as_str())
        .bind(method.store.as_str())
        .bind(signed(method.version))
        .bind(to_json(method))
        .execute(c).await.map(drop))?;
    Ok(())
}

/// Replaces the version before `method`'s; says `false` if that isn't the one stored.
pub async fn update(unit: &mut Unit, method: &ShippingMethod) -> Result<bool> {
    const SQL: &str = "UPDATE shipping_methods SET version = $2, document = $3 \
         WHERE id = $1 AND version = $2 - 1";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(method.id.as_str())
        .bind(signed(method.version))
        .bind(to_json(method))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}

/// Deletes a method; says whether there was one.
pub async fn delete(unit: &mut Unit, store: &StoreId, id: &ShippingMethodId) -> Result<bool> {
    const SQL: &str = "DELETE FROM shipping_methods WHERE id = $1 AND store_id = $2";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}
