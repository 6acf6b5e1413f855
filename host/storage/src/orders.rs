//! Orders: what was ordered, which never changes, and what became of it.

use galleria_domain::{
    CartId, CustomerId, EmailAddress, Instant, Order, OrderId, OrderStatus, StaffId, StoreId,
};

use crate::conn::on;
use crate::error::{Result, StorageError};
use crate::row::{from_json, signed, to_json, unsigned};
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// Which orders are wanted; what is `None` doesn't matter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderFilter {
    /// Whose they are.
    pub customer: Option<CustomerId>,
    /// Where their confirmation went.
    pub email: Option<EmailAddress>,
    /// How far they have come.
    pub status: Option<OrderStatus>,
    /// Whom they are put down to.
    pub agent: Option<StaffId>,
    /// Placed then or later.
    pub placed_from: Option<Instant>,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    snapshot: String,
    progress: String,
}

impl TryFrom<OrderRow> for Order {
    type Error = StorageError;

    fn try_from(row: OrderRow) -> Result<Self> {
        let snapshot = from_json("orders.snapshot", &row.snapshot)?;
        Ok(Self::restore(snapshot, from_json("orders.progress", &row.progress)?))
    }
}

const SELECT: &str = "SELECT o.snapshot, o.progress FROM orders o";

/// A number that no order has. On PostgreSQL nobody waits for it, and it is gone even if the unit
/// is undone.
pub async fn take_number(unit: &mut Unit) -> Result<u64> {
    const SQLITE: &str = "SELECT COALESCE(MAX(number), 1000) + 1 FROM orders";
    const POSTGRES: &str = "SELECT nextval(pg_get_serial_sequence('orders', 'number'))";
    unit.require_write()?;
    let sql = if unit.is_postgres() { POSTGRES } else { SQLITE };
    let number: i64 = on!(unit, c => sqlx::query_scalar(sql).fetch_one(c).await)?;
    unsigned("orders.number", number)
}

/// An order of a store by its id.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &OrderId) -> Result<Option<Order>> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.id = ").bind(id.as_str()).push(" AND o.store_id = ").bind(store.as_str());
    one(unit, sql).await
}

/// The order that a cart led to.
pub async fn find_by_cart(
    unit: &mut Unit,
    store: &StoreId,
    cart: &CartId,
) -> Result<Option<Order>> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.cart_id = ").bind(cart.as_str());
    sql.push(" AND o.store_id = ").bind(store.as_str());
    one(unit, sql).await
}

async fn one(unit: &mut Unit, sql: Sql) -> Result<Option<Order>> {
    let rows: Vec<OrderRow> = fetch_all!(unit, sql)?;
    rows.into_iter().next().map(Order::try_from).transpose()
}

/// Stores a new order. [`StorageError::Taken`] if its cart has led to one already.
pub async fn insert(unit: &mut Unit, order: &Order) -> Result<()> {
    const SQL: &str = "INSERT INTO orders (number, id, store_id, version, status, customer_id, \
         email_norm, cart_id, agent_id, currency, total, placed_at, snapshot, progress) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (cart_id) DO NOTHING";
    unit.require_write()?;
    let (snapshot, progress) = (order.snapshot(), order.progress());
    let inserted = on!(unit, c => sqlx::query(SQL)
        .bind(signed(snapshot.number))
        .bind(snapshot.id.as_str())
        .bind(snapshot.store.as_str())
        .bind(signed(progress.version))
        .bind(progress.status.as_str())
        .bind(snapshot.customer.as_ref().map(CustomerId::as_str))
        .bind(snapshot.email.as_ref().map(EmailAddress::normalized))
        .bind(snapshot.cart.as_str())
        .bind(snapshot.attribution.agent.as_ref().map(StaffId::as_str))
        .bind(snapshot.currency.as_str())
        .bind(snapshot.totals.total.amount)
        .bind(snapshot.placed_at.as_micros())
        .bind(to_json(snapshot))
        .bind(to_json(progress))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if inserted > 0 { Ok(()) } else { Err(StorageError::Taken("orders.cart")) }
}

/// Stores what became of an order since it was at `version`; says `false` if it is at another.
pub async fn update(unit: &mut Unit, order: &Order, version: u64) -> Result<bool> {
    const SQL: &str = "UPDATE orders SET version = $2, status = $3, progress = $4 \
         WHERE id = $1 AND version = $5";
    unit.require_write()?;
    let updated = on!(unit, c => sqlx::query(SQL)
        .bind(order.snapshot().id.as_str())
        .bind(signed(order.progress().version))
        .bind(order.progress().status.as_str())
        .bind(to_json(order.progress()))
        .bind(signed(version))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(updated > 0)
}

/// Orders that pass a filter, the newest first, before the one with the number `before`, `limit` at
/// most.
pub async fn list(
    unit: &mut Unit,
    store: &StoreId,
    filter: &OrderFilter,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Order>> {
    let mut sql = Sql::new(SELECT);
    sql.push(" WHERE o.store_id = ").bind(store.as_str());
    if let Some(customer) = &filter.customer {
        sql.push(" AND o.customer_id = ").bind(customer.as_str());
    }
    if let Some(email) = &filter.email {
        sql.push(" AND o.email_norm = ").bind(email.normalized());
    }
    if let Some(status) = filter.status {
        sql.push(" AND o.status = ").bind(status.as_str());
    }
    if let Some(agent) = &filter.agent {
        sql.push(" AND o.agent_id = ").bind(agent.as_str());
    }
    if let Some(from) = filter.placed_from {
        sql.push(" AND o.placed_at >= ").bind(from.as_micros());
    }
    if let Some(before) = before {
        sql.push(" AND o.number < ").bind(signed(before));
    }
    sql.push(" ORDER BY o.number DESC LIMIT ").bind(i64::from(limit));
    let rows: Vec<OrderRow> = fetch_all!(unit, sql)?;
    rows.into_iter().map(Order::try_from).collect()
}
