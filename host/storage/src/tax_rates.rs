//! Rates of tax.

use galleria_domain::{CountryCode, StoreId, TaxRate, TaxRateId};

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{parsed, signed, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct TaxRateRow {
    id: String,
    store_id: String,
    version: i64,
    tax_class: String,
    country: String,
    region_code: String,
    name: String,
    rate: i64,
}

impl TryFrom<TaxRateRow> for TaxRate {
    type Error = StorageError;

    fn try_from(row: TaxRateRow) -> Result<Self> {
        Ok(Self {
            id: parsed("tax_rates.id", &row.id)?,
            store: parsed("tax_rates.store_id", &row.store_id)?,
            version: unsigned("tax_rates.version", row.version)?,
            name: row.name,
            class: row.tax_class,
            country: parsed("tax_rates.country", &row.country)?,
            region: Some(row.region_code).filter(|code| !code.is_empty()),
            rate: galleria_domain::Rate::from_parts_per_million(unsigned(
                "tax_rates.rate",
                row.rate,
            )?),
        })
    }
}

/// All rates of a store, `max` at most; of one country, or of all.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    country: Option<CountryCode>,
    max: u32,
) -> Result<Vec<TaxRate>> {
    const SQL: &str = "SELECT id, store_id, version, tax_class, country, region_code, name, rate \
         FROM tax_rates WHERE store_id = $1 AND ($2 = '' OR country = $2) ORDER BY id LIMIT $3";
    let rows: Vec<TaxRateRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(country.map_or("", CountryCode::as_str))
        .bind(i64::from(max))
        .fetch_all(c).await)?;
    rows.into_iter().map(TaxRate::try_from).collect()
}

/// A rate of a store by its id.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &TaxRateId) -> Result<Option<TaxRate>> {
    const SQL: &str = "SELECT id, store_id, version, tax_class, country, region_code, name, rate \
         FROM tax_rates WHERE id = $1 AND store_id = $2";
    let row: Option<TaxRateRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(TaxRate::try_from).transpose()
}

/// Stores a new rate; [`StorageError::Taken`] if there is one for this class and place.
pub async fn insert(unit: &mut Unit, rate: &TaxRate) -> Result<()> {
    const SQL: &str = "INSERT INTO tax_rates (id, store_id, version, tax_class, country, \
         region_code, name, rate) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    unit.require_write()?;
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(rate.id.as_str())
        .bind(rate.store.as_str())
        .bind(signed(rate.version))
        .bind(rate.class.as_str())
        .bind(rate.country.as_str())
        .bind(rate.region.as_deref().unwrap_or_default())
        .bind(rate.name.as_str())
        .bind(i64::from(rate.rate.parts_per_million()))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted > 0 { Ok(()) } else { Err(StorageError::Taken("tax_rates.place")) }
}

/// Replaces the version before `rate`'s; says `false` if that isn't the one stored, and
/// [`StorageError::Taken`] if another one is for this class and place.
pub async fn update(unit: &mut Unit, rate: &TaxRate) -> Result<bool> {
    const SQL: &str = "UPDATE tax_rates SET tax_class = $2, country = $3, region_code = $4, \
         name = $5, rate = $6, version = $7 WHERE id = $1 AND version = $7 - 1";
    unit.require_write()?;
    unit.mark().await?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(rate.id.as_str())
        .bind(rate.class.as_str())
        .bind(rate.country.as_str())
        .bind(rate.region.as_deref().unwrap_or_default())
        .bind(rate.name.as_str())
        .bind(i64::from(rate.rate.parts_per_million()))
        .bind(signed(rate.version))
        .execute(c).await.map(|done| done.rows_affected()));
    match updated {
        Ok(updated) => Ok(updated > 0),
        Err(error) if is_taken(&error) => {
            unit.undo_to_mark().await?;
            Err(StorageError::Taken("tax_rates.place"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Deletes a rate; says whether there was one.
pub async fn delete(unit: &mut Unit, store: &StoreId, id: &TaxRateId) -> Result<bool> {
    const SQL: &str = "DELETE FROM tax_rates WHERE id = $1 AND store_id = $2";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(deleted > 0)
}
