//! Addresses of customers.

use galleria_domain::{Address, AddressId, CustomerId, Instant, PostalAddress, StoreId};

use crate::conn::on;
use crate::customer_search::{Index, place_grams};
use crate::error::{Result, StorageError};
use crate::row::{parsed, signed, unsigned};
use crate::unit::Unit;

#[derive(sqlx::FromRow)]
struct AddressRow {
    id: String,
    customer_id: String,
    version: i64,
    label: Option<String>,
    first_name: String,
    last_name: String,
    company: Option<String>,
    line1: String,
    line2: Option<String>,
    city: String,
    county: Option<String>,
    region: Option<String>,
    region_code: Option<String>,
    postal_code: String,
    country: String,
    phone: Option<String>,
    validated: bool,
    created_at: i64,
}

impl TryFrom<AddressRow> for Address {
    type Error = StorageError;

    fn try_from(row: AddressRow) -> Result<Self> {
        Ok(Self {
            id: parsed("addresses.id", &row.id)?,
            customer: parsed("addresses.customer_id", &row.customer_id)?,
            version: unsigned("addresses.version", row.version)?,
            label: row.label,
            postal: PostalAddress {
                first_name: row.first_name,
                last_name: row.last_name,
                company: row.company,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                county: row.county,
                region: row.region,
                region_code: row.region_code,
                postal_code: row.postal_code,
                country: parsed("addresses.country", &row.country)?,
                phone: row.phone,
            },
            validated: row.validated,
            created_at: Instant::from_micros(row.created_at),
        })
    }
}

/// A query with `$1` to `$22` bound to what an address holds.
macro_rules! bind_address {
    ($sql:expr, $address:expr) => {{
        let Address { id, customer, version, label, postal, validated, created_at: _ } = $address;
        let keys = postal.search_keys();
        sqlx::query($sql)
            .bind(id.as_str())
            .bind(customer.as_str())
            .bind(signed(*version))
            .bind(label.as_deref())
            .bind(postal.first_name.as_str())
            .bind(postal.last_name.as_str())
            .bind(postal.company.as_deref())
            .bind(postal.line1.as_str())
            .bind(postal.line2.as_deref())
            .bind(postal.city.as_str())
            .bind(postal.county.as_deref())
            .bind(postal.region.as_deref())
            .bind(postal.region_code.as_deref())
            .bind(postal.postal_code.as_str())
            .bind(postal.country.as_str())
            .bind(postal.phone.as_deref())
            .bind(*validated)
            .bind(keys.city_fold)
            .bind(keys.city_strip)
            .bind(keys.postal_key)
            .bind(keys.place_fold)
            .bind(keys.place_strip)
    }};
}

/// All addresses of a customer, oldest first; there are 100 at most.
pub async fn list(unit: &mut Unit, store: &StoreId, customer: &CustomerId) -> Result<Vec<Address>> {
    const SQL: &str = "SELECT id, customer_id, version, label, first_name, last_name, company, line1, \
         line2, city, county, region, region_code, postal_code, country, phone, validated, created_at \
         FROM addresses WHERE customer_id = $1 AND store_id = $2 ORDER BY seq";
    let rows: Vec<AddressRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(customer.as_str())
        .bind(store.as_str())
        .fetch_all(c).await)?;
    rows.into_iter().map(Address::try_from).collect()
}

/// An address of a customer; `None` if they have none with this id.
pub async fn get(
    unit: &mut Unit,
    store: &StoreId,
    customer: &CustomerId,
    id: &AddressId,
) -> Result<Option<Address>> {
    const SQL: &str = "SELECT id, customer_id, version, label, first_name, last_name, company, line1, \
         line2, city, county, region, region_code, postal_code, country, phone, validated, created_at \
         FROM addresses WHERE id = $1 AND customer_id = $2 AND store_id = $3";
    let row: Option<AddressRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(customer.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(Address::try_from).transpose()
}

/// Stores new addresses of one customer.
pub async fn insert(unit: &mut Unit, store: &StoreId, addresses: &[Address]) -> Result<()> {
    const SQL: &str = "INSERT INTO addresses (id, customer_id, version, label, first_name, last_name, \
         company, line1, line2, city, county, region, region_code, postal_code, country, phone, \
         validated, city_fold, city_strip, postal_key, place_fold, place_strip, created_at, store_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21, $22, $23, $24)";
    unit.require_write()?;
    for address in addresses {
        on!(unit, c => bind_address!(SQL, address)
            .bind(address.created_at.as_micros())
            .bind(store.as_str())
            .execute(c).await.map(drop))?;
    }
    match addresses.first() {
        Some(address) => put_places(unit, store, &address.customer).await,
        None => Ok(()),
    }
}

/// Stores a changed address, if the one before it is what is stored still; says whether it was.
pub async fn update(unit: &mut Unit, store: &StoreId, address: &Address) -> Result<bool> {
    const SQL: &str = "UPDATE addresses SET version = $3, label = $4, first_name = $5, \
         last_name = $6, company = $7, line1 = $8, line2 = $9, city = $10, county = $11, \
         region = $12, region_code = $13, postal_code = $14, country = $15, phone = $16, \
         validated = $17, city_fold = $18, city_strip = $19, postal_key = $20, place_fold = $21, \
         place_strip = $22 WHERE id = $1 AND customer_id = $2 AND version = $3 - 1 AND store_id = $23";
    unit.require_write()?;
    let updated = on!(unit, c => bind_address!(SQL, address)
        .bind(store.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    put_places(unit, store, &address.customer).await?;
    Ok(updated > 0)
}

/// Deletes an address; says whether it was there, at this version.
pub async fn delete(unit: &mut Unit, store: &StoreId, address: &Address) -> Result<bool> {
    const SQL: &str = "DELETE FROM addresses WHERE id = $1 AND customer_id = $2 AND version = $3 AND store_id = $4";
    unit.require_write()?;
    let deleted = on!(unit, c => sqlx::query(SQL)
        .bind(address.id.as_str())
        .bind(address.customer.as_str())
        .bind(signed(address.version))
        .bind(store.as_str())
        .execute(c).await.map(|done| done.rows_affected()))?;
    put_places(unit, store, &address.customer).await?;
    Ok(deleted > 0)
}

/// Makes the customer be found by the addresses they have now.
async fn put_places(unit: &mut Unit, store: &StoreId, customer: &CustomerId) -> Result<()> {
    const SQL: &str = "SELECT seq FROM customers WHERE id = $1 AND deleted_at IS NULL";
    if unit.is_postgres() {
        return Ok(());
    }
    let seq: Option<i64> =
        on!(unit, c => sqlx::query_scalar(SQL).bind(customer.as_str()).fetch_optional(c).await)?;
    let Some(seq) = seq else { return Ok(()) };
    let addresses = list(unit, store, customer).await?;
    Index::Places.put(unit, seq, &place_grams(&addresses), false).await
}
