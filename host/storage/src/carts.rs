//! Carts: each one document, with columns for what they are found by.

use galleria_domain::{
    Cart, CartId, CartOwner, CartStatus, CountryCode, EmailAddress, Instant, Money, StaffId,
    StoreId, VariantId,
};

use crate::conn::on;
use crate::error::{Result, StorageError, is_taken};
use crate::row::{from_json, micros_if, signed, to_json};
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// A cart and where it stands among all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCart {
    /// The cart.
    pub cart: Cart,
    /// Grows with each cart that is stored.
    pub seq: i64,
}

/// Which carts are wanted; what is `None` doesn't matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CartFilter {
    /// How far they have come.
    pub status: Option<CartStatus>,
    /// Whose they are.
    pub owner: Option<CartOwner>,
    /// Where their confirmation goes.
    pub email: Option<EmailAddress>,
    /// Whom they are put down to.
    pub agent: Option<StaffId>,
    /// Where they are sent.
    pub country: Option<CountryCode>,
    /// Changed then or later.
    pub updated_from: Option<Instant>,
    /// In this currency, and this much or more.
    pub total_min: Option<Money>,
    /// Whether they were left lying about.
    pub abandoned: Option<bool>,
    /// Open, and with this in them.
    pub variant: Option<VariantId>,
}

#[derive(sqlx::FromRow)]
struct CartRow {
    seq: i64,
    document: String,
}

impl TryFrom<CartRow> for StoredCart {
    type Error = StorageError;

    fn try_from(row: CartRow) -> Result<Self> {
        Ok(Self { seq: row.seq, cart: from_json("carts.document", &row.document)? })
    }
}

/// Whose a cart is, as one text.
fn owner_text(owner: &CartOwner) -> String {
    match owner {
        CartOwner::Customer(customer) => format!("customer:{customer}"),
        CartOwner::Visitor(visit) => format!("visitor:{visit}"),
    }
}

/// A cart of a store by its id.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &CartId) -> Result<Option<StoredCart>> {
    const SQL: &str = "SELECT seq, document FROM carts WHERE id = $1 AND store_id = $2";
    let row: Option<CartRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(id.as_str())
        .bind(store.as_str())
        .fetch_optional(c).await)?;
    row.map(StoredCart::try_from).transpose()
}

/// The open cart that is an owner's current one.
pub async fn current(
    unit: &mut Unit,
    store: &StoreId,
    owner: &CartOwner,
) -> Result<Option<StoredCart>> {
    const SQL: &str = "SELECT seq, document FROM carts \
         WHERE store_id = $1 AND owner = $2 AND status = 'open' AND is_current";
    let row: Option<CartRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(store.as_str())
        .bind(owner_text(owner))
        .fetch_optional(c).await)?;
    row.map(StoredCart::try_from).transpose()
}

/// A query with `$1` to `$13` bound to what a cart is stored as.
macro_rules! bind_cart {
    ($query:expr, $cart:expr) => {
        $query
            .bind($cart.id.as_str())
            .bind(signed($cart.version))
            .bind($cart.status.as_str())
            .bind(owner_text(&$cart.owner))
            .bind($cart.is_current)
            .bind($cart.email.as_ref().map(EmailAddress::normalized))
            .bind($cart.currency.as_str())
            .bind($cart.totals.as_ref().map_or(0, |totals| totals.total.amount))
            .bind($cart.shipping.as_ref().map(|address| address.country.as_str()))
            .bind($cart.attribution.agent.as_ref().map(StaffId::as_str))
            .bind(micros_if($cart.abandoned_at))
            .bind($cart.updated_at.as_micros())
            .bind(to_json($cart))
    };
}

/// Stores a new cart.
///
/// [`StorageError::Taken`] if it is to be current and its owner has a current one.
pub async fn insert(unit: &mut Unit, cart: &Cart) -> Result<StoredCart> {
    const SQL: &str = "INSERT INTO carts (id, version, status, owner, is_current, email_norm, \
         currency, total, country, agent_id, abandoned_at, updated_at, document, store_id, \
         created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
         ON CONFLICT DO NOTHING RETURNING seq";
    unit.require_write()?;
    let seq: Option<i64> = on!(unit, c => bind_cart!(sqlx::query_scalar(SQL), cart)
        .bind(cart.store.as_str())
        .bind(cart.created_at.as_micros())
        .fetch_optional(c).await)?;
    let seq = seq.ok_or(StorageError::Taken("carts.current"))?;
    let stored = StoredCart { cart: cart.clone(), seq };
    put_variants(unit, seq, None, cart).await?;
    Ok(stored)
}

/// Stores a changed cart, if `before` is what is stored still; says whether it was.
///
/// [`StorageError::Taken`] if it became current and its owner has another current one.
pub async fn update(unit: &mut Unit, before: &StoredCart, cart: &Cart) -> Result<bool> {
    const SQL: &str = "UPDATE carts SET version = $2, status = $3, owner = $4, is_current = $5, \
         email_norm = $6, currency = $7, total = $8, country = $9, agent_id = $10, \
         abandoned_at = $11, updated_at = $12, document = $13 WHERE id = $1 AND version = $14";
    unit.require_write()?;
    let may_clash = cart.is_current && (!before.cart.is_current || before.cart.owner != cart.owner);
    if may_clash {
        unit.mark().await?;
    }
    let updated = on!(unit, c => bind_cart!(sqlx::query(SQL), cart)
        .bind(signed(before.cart.version))
        .execute(c).await.map(|done| done.rows_affected()));
    match updated {
        Ok(0) => Ok(false),
        Ok(_) => {
            put_variants(unit, before.seq, Some(&before.cart), cart).await?;
            Ok(true)
        }
        Err(error) if may_clash && is_taken(&error) => {
            unit.undo_to_mark().await?;
            Err(StorageError::Taken("carts.current"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Keeps what carts are found by product with; a closed cart isn't found by any.
async fn put_variants(unit: &mut Unit, seq: i64, before: Option<&Cart>, cart: &Cart) -> Result<()> {
    const INSERT: &str = "INSERT INTO cart_variants (variant_id, cart_seq) VALUES ($1, $2)";
    const DELETE: &str = "DELETE FROM cart_variants WHERE variant_id = $1 AND cart_seq = $2";
    let had = before.map(variants).unwrap_or_default();
    let has = variants(cart);
    for variant in has.difference(&had) {
        on!(unit, c => sqlx::query(INSERT).bind(*variant).bind(seq).execute(c).await.map(drop))?;
    }
    for variant in had.difference(&has) {
        on!(unit, c => sqlx::query(DELETE).bind(*variant).bind(seq).execute(c).await.map(drop))?;
    }
    Ok(())
}

fn variants(cart: &Cart) -> std::collections::BTreeSet<&str> {
    if cart.status == CartStatus::Open {
        cart.lines.iter().map(|line| line.variant.as_str()).collect()
    } else {
        std::collections::BTreeSet::new()
    }
}

/// Carts that pass a filter, those changed last first, behind `after` (when it was changed, and its
/// number), `limit` at most.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    filter: &CartFilter,
    after: Option<(i64, i64)>,
    limit: u32,
) -> Result<Vec<StoredCart>> {
    let mut sql = Sql::new("SELECT c.seq, c.document FROM carts c WHERE c.store_id = ");
    sql.bind(store.as_str());
    conditions(&mut sql, filter);
    if let Some((updated_at, seq)) = after {
        sql.push(" AND (c.updated_at, c.seq) < (").bind(updated_at).push(", ").bind(seq).push(")");
    }
    sql.push(" ORDER BY c.updated_at DESC, c.seq DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<CartRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(StoredCart::try_from).collect()
}

fn conditions(sql: &mut Sql, filter: &CartFilter) {
    if let Some(status) = filter.status {
        sql.push(" AND c.status = ").bind(status.as_str());
    }
    if let Some(owner) = &filter.owner {
        sql.push(" AND c.owner = ").bind(owner_text(owner));
    }
    if let Some(email) = &filter.email {
        sql.push(" AND c.email_norm = ").bind(email.normalized());
    }
    if let Some(agent) = &filter.agent {
        sql.push(" AND c.agent_id = ").bind(agent.as_str());
    }
    if let Some(country) = &filter.country {
        sql.push(" AND c.country = ").bind(country.as_str());
    }
    if let Some(from) = filter.updated_from {
        sql.push(" AND c.updated_at >= ").bind(from.as_micros());
    }
    if let Some(total) = filter.total_min {
        sql.push(" AND c.currency = ").bind(total.currency.as_str());
        sql.push(" AND c.total >= ").bind(total.amount);
    }
    match filter.abandoned {
        Some(true) => sql.push(" AND c.abandoned_at IS NOT NULL"),
        Some(false) => sql.push(" AND c.abandoned_at IS NULL"),
        None => sql,
    };
    if let Some(variant) = &filter.variant {
        sql.push(" AND c.seq IN (SELECT cart_seq FROM cart_variants WHERE variant_id = ");
        sql.bind(variant.as_str()).push(")");
    }
}

/// Open carts of all stores that nobody has touched since `before`, the oldest first, behind
/// `after`, `limit` at most: what ageing looks at. Those known to be abandoned are left out, unless
/// nobody has touched them since `abandoned_before`.
pub async fn list_idle(
    unit: &mut Unit,
    before: Instant,
    abandoned_before: Instant,
    after: Option<(i64, i64)>,
    limit: u32,
) -> Result<Vec<StoredCart>> {
    const SQL: &str = "SELECT seq, document FROM carts WHERE status = 'open' AND updated_at <= $1 \
         AND (abandoned_at IS NULL OR updated_at <= $2) AND (updated_at, seq) > ($3, $4) \
         ORDER BY updated_at, seq LIMIT $5";
    let (at, seq) = after.unwrap_or((i64::MIN, i64::MIN));
    let rows: Vec<CartRow> = on!(unit, c => sqlx::query_as(SQL)
        .bind(before.as_micros())
        .bind(abandoned_before.as_micros())
        .bind(at)
        .bind(seq)
        .bind(i64::from(limit))
        .fetch_all(c).await)?;
    rows.into_iter().map(StoredCart::try_from).collect()
}
