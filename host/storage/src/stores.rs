//! Stores.

use galleria_domain::{Instant, Store, StoreId};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct StoreRow {
    id: String,
    name: String,
    hosts: String,
    default_currency: String,
    currencies: String,
    languages: String,
    time_zone: String,
    price_mode: String,
    version: i64,
}

impl TryFrom<StoreRow> for Store {
    type Error = StorageError;

    fn try_from(row: StoreRow) -> Result<Self> {
        Ok(Self {
            id: parsed("stores.id", &row.id)?,
            version: unsigned("stores.version", row.version)?,
            name: row.name,
            hosts: from_json("stores.hosts", &row.hosts)?,
            default_currency: parsed("stores.default_currency", &row.default_currency)?,
            currencies: from_json("stores.currencies", &row.currencies)?,
            languages: from_json("stores.languages", &row.languages)?,
            time_zone: parsed("stores.time_zone", &row.time_zone)?,
            price_mode: parsed("stores.price_mode", &row.price_mode)?,
        })
    }
}

/// A store by its id.
pub async fn get(unit: &mut Unit, id: &StoreId) -> Result<Option<Store>> {
    const SQL: &str = "SELECT id, name, hosts, default_currency, currencies, languages, time_zone, \
         price_mode, version FROM stores WHERE id = $1";
    let row: Option<StoreRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(c).await)?;
    row.map(Store::try_from).transpose()
}

/// The store of requests that name no other; `None` before the first store is made.
pub async fn find_default(unit: &mut Unit) -> Result<Option<Store>> {
    const SQL: &str = "SELECT id, name, hosts, default_currency, currencies, languages, time_zone, \
         price_mode, version FROM stores WHERE is_default";
    let row: Option<StoreRow> = on!(unit, c => sqlx::query_as(SQL).fetch_optional(c).await)?;
    row.map(Store::try_from).transpose()
}

/// All stores, `max` at most, from the oldest on.
pub async fn list(unit: &mut Unit, max: u32) -> Result<Vec<Store>> {
    const SQL: &str = "SELECT id, name, hosts, default_currency, currencies, languages, time_zone, \
         price_mode, version FROM stores ORDER BY id LIMIT $1";
    let rows: Vec<StoreRow> =
        on!(unit, c => sqlx::query_as(SQL).bind(i64::from(max)).fetch_all(c).await)?;
    rows.into_iter().map(Store::try_from).collect()
}

/// Stores a store; as the default one if asked for, which only one can be
/// ([`StorageError::Taken`]).
pub async fn insert(unit: &mut Unit, store: &Store, is_default: bool, now: Instant) -> Result<()> {
    const SQL: &str = "INSERT INTO stores (id, name, is_default, hosts, default_currency, currencies, \
         languages, time_zone, price_mode, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(store.id.as_str())
        .bind(store.name.as_str())
        .bind(is_default)
        .bind(to_json(&store.hosts))
        .bind(store.default_currency.to_string())
        .bind(to_json(&store.currencies))
        .bind(to_json(&store.languages))
        .bind(store.time_zone.as_str())
        .bind(store.price_mode.as_str())
        .bind(now.as_micros())
        .bind(signed(store.version))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted > 0 { Ok(()) } else { Err(StorageError::Taken("stores.default")) }
}

/// Replaces the version before `store`'s; says `false` if that isn't the one stored.
pub async fn update(unit: &mut Unit, store: &Store) -> Result<bool> {
    const SQL: &str = "UPDATE stores SET name = $2, hosts = $3, default_currency = $4, \
         currencies = $5, languages = $6, time_zone = $7, price_mode = $8, version = $9 \
         WHERE id = $1 AND version = $9 - 1";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(store.id.as_str())
        .bind(store.name.as_str())
        .bind(to_json(&store.hosts))
        .bind(store.default_currency.to_string())
        .bind(to_json(&store.currencies))
        .bind(to_json(&store.languages))
        .bind(store.time_zone.as_str())
        .bind(store.price_mode.as_str())
        .bind(signed(store.version))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}
