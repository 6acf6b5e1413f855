//! Products and their variants: the catalogue of a shop that brings none of its own.

use galleria_domain::{Product, ProductId, StoreId, Variant, VariantId, fold_strip, like_pattern};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, parsed, signed, to_json, unsigned};
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// A variant and the product that it is one of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredVariant {
    /// What it is a variant of.
    pub product: Product,
    /// The variant itself.
    pub variant: Variant,
    /// Where it stands among all variants; grows with each that is stored.
    pub seq: i64,
}

#[derive(sqlx::FromRow)]
struct VariantRow {
    seq: i64,
    id: String,
    store_id: String,
    product_id: String,
    version: i64,
    sku: String,
    name: String,
    prices: String,
    tax_class: String,
    active: bool,
    in_stock: bool,
    product_version: i64,
    product_name: String,
    product_active: bool,
}

impl TryFrom<VariantRow> for StoredVariant {
    type Error = StorageError;

    fn try_from(row: VariantRow) -> Result<Self> {
        let product: ProductId = parsed("variants.product_id", &row.product_id)?;
        Ok(Self {
            seq: row.seq,
            product: Product {
                id: product.clone(),
                store: parsed("products.store_id", &row.store_id)?,
                version: unsigned("products.version", row.product_version)?,
                name: row.product_name,
                active: row.product_active,
            },
            variant: Variant {
                id: parsed("variants.id", &row.id)?,
                product,
                version: unsigned("variants.version", row.version)?,
                sku: row.sku,
                name: row.name,
                prices: from_json("variants.prices", &row.prices)?,
                tax_class: row.tax_class,
                active: row.active,
                in_stock: row.in_stock,
            },
        })
    }
}

const SELECT: &str = "SELECT v.seq, v.id, v.store_id, v.product_id, v.version, v.sku, v.name, \
     v.prices, v.tax_class, v.active, v.in_stock, p.version AS product_version, \
     p.name AS product_name, p.active AS product_active \
     FROM variants v JOIN products p ON p.id = v.product_id WHERE v.store_id = ";

/// Stores a new product with its variants.
///
/// [`StorageError::Taken`] if a variant of the store has one of the SKUs.
pub async fn insert(unit: &mut Unit, product: &Product, variants: &[Variant]) -> Result<()> {
    const PRODUCT: &str =
        "INSERT INTO products (id, store_id, version, name, active) VALUES ($1, $2, $3, $4, $5)";
    const VARIANT: &str = "INSERT INTO variants (id, store_id, product_id, version, sku, name, \
         prices, tax_class, active, in_stock, search) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    unit.require_write()?;
    on!(unit, c => sqlx::query(PRODUCT)
        .bind(product.id.as_str())
        .bind(product.store.as_str())
        .bind(signed(product.version))
        .bind(product.name.as_str())
        .bind(product.active)
        .execute(c).await.map(drop))?;
    for variant in variants {
        let search =
            [&product.name, &variant.name, &variant.sku].map(|text| fold_strip(text)).join("\n");
        let inserted = on!(unit, c => sqlx::query(VARIANT)
            .bind(variant.id.as_str())
            .bind(product.store.as_str())
            .bind(product.id.as_str())
            .bind(signed(variant.version))
            .bind(variant.sku.as_str())
            .bind(variant.name.as_str())
            .bind(to_json(&variant.prices))
            .bind(variant.tax_class.as_str())
            .bind(variant.active)
            .bind(variant.in_stock)
            .bind(search)
            .execute(c).await.map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Err(StorageError::Taken("variants.sku"));
        }
    }
    Ok(())
}

/// Those of the given variants that a store has, in no particular order.
pub async fn get_variants(
    unit: &mut Unit,
    store: &StoreId,
    ids: &[VariantId],
) -> Result<Vec<StoredVariant>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(SELECT);
    sql.bind(store.as_str()).push(" AND v.id IN (");
    sql.bind_list(ids.iter().map(VariantId::as_str)).push(")");
    let rows: Vec<VariantRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(StoredVariant::try_from).collect()
}

/// The variant of a store with this SKU, to the letter.
pub async fn find_by_sku(
    unit: &mut Unit,
    store: &StoreId,
    sku: &str,
) -> Result<Option<StoredVariant>> {
    let mut sql = Sql::new(SELECT);
    sql.bind(store.as_str()).push(" AND v.sku = ").bind(sku);
    let rows: Vec<VariantRow> = fetch_all!(unit, sql)?;
    rows.into_iter().next().map(StoredVariant::try_from).transpose()
}

/// Variants whose names or SKU have all words of `q` in them, in any case and without regard to
/// accents; all of them without `q`. In the order they were stored, behind `after`.
pub async fn search(
    unit: &mut Unit,
    store: &StoreId,
    q: Option<&str>,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<StoredVariant>> {
    let mut sql = Sql::new(SELECT);
    sql.bind(store.as_str());
    let needle = q.map(fold_strip).unwrap_or_default();
    for word in needle.split_whitespace() {
        sql.push(" AND v.search LIKE ").bind(like_pattern(word)).push(" ESCAPE '\\'");
    }
    if let Some(after) = after {
        sql.push(" AND v.seq > ").bind(after);
    }
    sql.push(" ORDER BY v.seq LIMIT ").bind(i64::from(limit));
    let rows: Vec<VariantRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(StoredVariant::try_from).collect()
}
