//! Facets: plugins' values about customers, in one table that customers are found by.

use galleria_domain::{CustomerId, FacetValue, PluginId, StoreId};

use crate::conn::on;
use crate::customer_list::facet_columns;
use crate::error::{Result, StorageError};
use crate::row::parsed;
use crate::sql::{Sql, bind_all, fetch_all};
use crate::unit::Unit;

/// How many values go into one statement; each has five places of the 32,766 that SQLite has.
const CHUNK: usize = 1_000;

/// All values of one facet of one customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FacetSet {
    /// Whose value.
    pub customer: CustomerId,
    /// The facet, by its key in the manifest.
    pub key: String,
    /// The values; none takes the facet away. No two are equal.
    pub values: Vec<FacetValue>,
}

/// A value as it is stored. Flags are the numbers 0 and 1: which they are, the manifest says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredFacet {
    /// Whose value.
    pub customer: CustomerId,
    /// Which plugin's facet.
    pub plugin: PluginId,
    /// Its key.
    pub key: String,
    /// The value, a text or a number.
    pub value: FacetValue,
}

#[derive(sqlx::FromRow)]
struct FacetRow {
    customer_id: String,
    plugin: String,
    key: String,
    text_value: String,
    number_value: i64,
}

impl TryFrom<FacetRow> for StoredFacet {
    type Error = StorageError;

    fn try_from(row: FacetRow) -> Result<Self> {
        // Texts are never empty.
        let value = if row.text_value.is_empty() {
            FacetValue::Number(row.number_value)
        } else {
            FacetValue::Text(row.text_value)
        };
        Ok(Self {
            customer: parsed("facets.customer_id", &row.customer_id)?,
            plugin: parsed("facets.plugin", &row.plugin)?,
            key: row.key,
            value,
        })
    }
}

/// Replaces facets of customers. Two statements for up to 1,000 facets and values.
pub async fn put(unit: &mut Unit, plugin: &PluginId, sets: &[FacetSet]) -> Result<()> {
    unit.require_write()?;
    for chunk in sets.chunks(CHUNK) {
        let mut sql = Sql::new("DELETE FROM facets WHERE plugin = ");
        sql.bind(plugin.as_str()).push(" AND (key, customer_id) IN (VALUES ");
        for (at, set) in chunk.iter().enumerate() {
            sql.push(if at == 0 { "(" } else { ", (" });
            sql.bind(set.key.as_str()).push(", ").bind(set.customer.as_str()).push(")");
        }
        sql.push(")");
        execute(unit, &sql).await?;
    }
    let values: Vec<_> =
        sets.iter().flat_map(|set| set.values.iter().map(move |value| (set, value))).collect();
    for chunk in values.chunks(CHUNK) {
        let mut sql = Sql::new(
            "INSERT INTO facets (plugin, key, customer_id, text_value, number_value) VALUES ",
        );
        for (at, (set, value)) in chunk.iter().enumerate() {
            let (text, number) = facet_columns(value);
            sql.push(if at == 0 { "(" } else { ", (" });
            sql.bind_list([plugin.as_str(), &set.key, set.customer.as_str(), text]);
            sql.push(", ").bind(number).push(")");
        }
        execute(unit, &sql).await?;
    }
    Ok(())
}

/// Those of these customers (at most 1,000) that the store has and that aren't deleted.
pub async fn known_customers(
    unit: &mut Unit,
    store: &StoreId,
    customers: &[CustomerId],
) -> Result<Vec<CustomerId>> {
    let mut sql = Sql::new("SELECT id FROM customers WHERE deleted_at IS NULL AND store_id = ");
    sql.bind(store.as_str()).push(" AND id IN (");
    sql.bind_list(customers.iter().map(CustomerId::as_str)).push(")");
    let rows: Vec<(String,)> = fetch_all!(unit, sql)?;
    rows.iter().map(|(id,)| parsed("customers.id", id)).collect()
}

/// All facets of these customers (at most 1,000), by plugin and key.
pub async fn of_customers(unit: &mut Unit, customers: &[CustomerId]) -> Result<Vec<StoredFacet>> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT customer_id, plugin, key, text_value, number_value FROM facets WHERE customer_id IN (",
    );
    sql.bind_list(customers.iter().map(CustomerId::as_str));
    sql.push(") ORDER BY customer_id, plugin, key, text_value, number_value");
    let rows: Vec<FacetRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(StoredFacet::try_from).collect()
}

/// Takes all facets of a plugin away, but for those with these keys; answers how many values.
pub async fn drop_all_but(unit: &mut Unit, plugin: &PluginId, kept: &[&str]) -> Result<u64> {
    unit.require_write()?;
    let mut sql = Sql::new("DELETE FROM facets WHERE plugin = ");
    sql.bind(plugin.as_str());
    if !kept.is_empty() {
        sql.push(" AND key NOT IN (").bind_list(kept.iter().copied()).push(")");
    }
    execute(unit, &sql).await
}

async fn execute(unit: &mut Unit, Sql { text, values }: &Sql) -> Result<u64> {
    // The text holds nothing but what this crate wrote; values are bound.
    Ok(on!(unit, c => {
        let query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
        bind_all!(query, values).execute(c).await?.rows_affected()
    }))
}
