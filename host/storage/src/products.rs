//! Products and their variants: the catalogue of a shop that brings none of its own.

use galleria_domain::{
    Money, Product, ProductId, StoreId, Variant, VariantId, fold_strip, like_pattern,
};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{parsed, signed, unsigned};
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
    price_amount: i64,
    price_currency: String,
    tax_class: String,
    active: bool,
    product_version: i64,
    product_name: String,
    product_active: bool,
}

impl TryFrom<VariantRow> for StoredVariant {
    type Error = StorageError;

    fn try_from(row: VariantRow) -> Result<Self> {
        let product: ProductId = parsed("variants.product_id", &row.product_id)?;
        let currency = parsed("variants.price_currency", &row.price_currency)?;
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
                price: Money::new(row.price_amount, currency),
                tax_class: row.tax_class,
                active: row.active,
            },
        })
    }
}

const SELECT: &str = "SELECT v.seq, v.id, v.store_id, v.product_id, v.version, v.sku, v.name, \
     v.price_amount, v.price_currency, v.tax_class, v.active, p.version AS product_version, \
     p.name AS product_name, p.active AS product_active \
     FROM variants v JOIN products p ON p.id = v.product_id WHERE v.store_id = ";

/// Stores a new product with its variants.
///
/// [`StorageError::Taken`] if a variant of the store has one of the SKUs.
pub async fn insert(unit: &mut Unit, product: &Product, variants: &[Variant]) -> Result<()> {
    const PRODUCT: &str =
        "INSERT INTO products (id, store_id, version, name, active) VALUES ($1, $2, $3, $4, $5)";
    const VARIANT: &str = "INSERT INTO variants (id, store_id, product_id, version, sku, name, \
         price_amount, price_currency, tax_class, active, search) \
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
            .bind(variant.price.amount)
            .bind(variant.price.currency.as_str())
            .bind(variant.tax_class.as_str())
            .bind(variant.active)
            .bind(search)
            .execute(c).await.map(|done| done.rows_affected()))?;
        if inserted == 0 {
            return Err(StorageError::Taken("variants.sku"));
        }
    }
    Ok(())
}

/// A variant of a store.
pub async fn get_variant(
    unit: &mut Unit,
    store: &StoreId,
    id: &VariantId,
) -> Result<Option<StoredVariant>> {
    let mut sql = Sql::new(SELECT);
    sql.bind(store.as_str()).push(" AND v.id = ").bind(id.as_str());
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
