//! Customers: one by one. Lists of them are in [`customer_list`](crate::customer_list).

pub(crate) mod row;

use std::collections::HashMap;

use galleria_domain::{Customer, CustomerId, CustomerKind, EmailAddress, Instant, StoreId};

use crate::conn::on;
use crate::customer_search::{Index, SearchColumns};
use crate::error::{Result, StorageError, is_taken};
use crate::row::{parsed, signed, unsigned};
use crate::sql::{Sql, bind_all, fetch_all};
use crate::unit::Unit;
use row::{COLUMNS, CustomerRow, cells, insert_sql, update_sql};

const EMAIL: &str = "customers.email";

/// A customer of a store; `None` if there is none with this id, or it was deleted.
pub async fn get(unit: &mut Unit, store: &StoreId, id: &CustomerId) -> Result<Option<Customer>> {
    Ok(get_many(unit, store, std::slice::from_ref(id)).await?.pop())
}

/// Those of the given customers that exist in the store and weren't deleted, in the order asked for.
pub async fn get_many(
    unit: &mut Unit,
    store: &StoreId,
    ids: &[CustomerId],
) -> Result<Vec<Customer>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(&format!("SELECT {COLUMNS} FROM customers c WHERE c.store_id = "));
    sql.bind(store.as_str()).push(" AND c.deleted_at IS NULL AND c.id IN (");
    sql.bind_list(ids.iter().map(CustomerId::as_str)).push(")");
    let rows: Vec<CustomerRow> = fetch_all!(unit, sql)?;
    let mut found = HashMap::new();
    for row in rows {
        let customer = Customer::try_from(row)?;
        found.insert(customer.id.clone(), customer);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The registered customer of a store with this email, by its normal form.
pub async fn find_by_email(
    unit: &mut Unit,
    store: &StoreId,
    email: &EmailAddress,
) -> Result<Option<CustomerId>> {
    const SQL: &str = "SELECT id FROM customers WHERE store_id = $1 AND email_norm = $2 \
         AND kind = 'registered' AND deleted_at IS NULL";
    let id: Option<String> = on!(unit, c => sqlx::query_scalar(SQL)
        .bind(store.as_str())
        .bind(email.normalized())
        .fetch_optional(c).await)?;
    id.map(|id| parsed("customers.id", &id)).transpose()
}

/// Takes the next `count` numbers of a store; answers the first of them. `None` without the store.
pub async fn take_numbers(unit: &mut Unit, store: &StoreId, count: u32) -> Result<Option<u64>> {
    const SQL: &str = "UPDATE stores SET next_customer_number = next_customer_number + $2 \
         WHERE id = $1 RETURNING next_customer_number - $2";
    unit.require_write()?;
    let first: Option<i64> = on!(unit, c => sqlx::query_scalar(SQL)
        .bind(store.as_str())
        .bind(i64::from(count))
        .fetch_optional(c).await)?;
    first.map(|first| unsigned("stores.next_customer_number", first)).transpose()
}

/// Stores a new customer, among the others by when they were made.
///
/// [`StorageError::Taken`] if a live registered customer of the store has the email.
pub async fn insert(unit: &mut Unit, customer: &Customer) -> Result<()> {
    unit.require_write()?;
    let search = SearchColumns::of(customer);
    let cells = cells(customer, &search);
    let mut window = seq_window(customer.created_at);
    for _ in 0..SEQ_WINDOWS_TRIED {
        let mut sql = insert_sql(&cells, window);
        sql.push(" ON CONFLICT DO NOTHING RETURNING seq");
        let rows: Vec<(i64,)> = fetch_all!(unit, sql)?;
        if let [(seq,)] = rows[..] {
            Index::Customers.put(unit, seq, &search.grams(), true).await?;
            return put_spending(unit, customer).await;
        }
        let rival = match &customer.email {
            Some(email) if customer.kind == CustomerKind::Registered => {
                find_by_email(unit, &customer.store, email).await?
            }
            _ => None,
        };
        if rival.is_some() {
            return Err(StorageError::Taken(EMAIL));
        }
        window += SEQS_PER_MILLISECOND;
    }
    Err(StorageError::Unusable("a new customer's id or number is another's".to_owned()))
}

/// The order in which customers were made is that of their `seq`, which every list relies on and
/// the index of fragments gives for nothing: so it is made of the time, in milliseconds, and of
/// some places for those of the same one, in the order in which they are stored.
const SEQS_PER_MILLISECOND: i64 = 1_024;
/// A millisecond that is full runs over into the next ones.
const SEQ_WINDOWS_TRIED: usize = 64;

/// The first `seq` of a millisecond.
fn seq_window(at: Instant) -> i64 {
    at.as_micros().div_euclid(1_000) * SEQS_PER_MILLISECOND
}

/// Stores a changed customer, if `before` is what is stored still; says whether it was.
///
/// [`StorageError::Taken`] if another live registered customer of the store has the email.
pub async fn update(unit: &mut Unit, before: &Customer, after: &Customer) -> Result<bool> {
    unit.require_write()?;
    let (search_before, search) = (SearchColumns::of(before), SearchColumns::of(after));
    let mut sql = update_sql(&cells(before, &search_before), cells(after, &search));
    sql.push(" WHERE id = ").bind(before.id.as_str());
    sql.push(" AND version = ").bind(signed(before.version)).push(" RETURNING seq");
    let Some(seq) = update_marked(unit, sql, may_clash(before, after)).await? else {
        return Ok(false);
    };
    if after.deleted_at.is_some() {
        Index::Customers.put(unit, seq, "", false).await?;
        Index::Places.put(unit, seq, "", false).await?;
    } else if search != search_before {
        Index::Customers.put(unit, seq, &search.grams(), false).await?;
    }
    if after.total_spent != before.total_spent {
        put_spending(unit, after).await?;
    }
    Ok(true)
}

/// Whether the change could give the customer an email that another has.
fn may_clash(before: &Customer, after: &Customer) -> bool {
    let email =
        |customer: &Customer| customer.email.as_ref().map(|email| email.normalized().to_owned());
    after.deleted_at.is_none() && (before.kind != after.kind || email(before) != email(after))
}

async fn update_marked(unit: &mut Unit, sql: Sql, may_clash: bool) -> Result<Option<i64>> {
    if may_clash {
        unit.mark().await?;
    }
    let updated: sqlx::Result<Vec<(i64,)>> = fetch_all!(unit, sql);
    match updated {
        Ok(rows) => Ok(rows.first().map(|(seq,)| *seq)),
        Err(error) if may_clash && is_taken(&error) => {
            unit.undo_to_mark().await?;
            Err(StorageError::Taken(EMAIL))
        }
        Err(error) => Err(error.into()),
    }
}

async fn put_spending(unit: &mut Unit, customer: &Customer) -> Result<()> {
    const DELETE: &str = "DELETE FROM customer_spending WHERE customer_id = $1";
    const INSERT: &str =
        "INSERT INTO customer_spending (customer_id, currency, amount) VALUES ($1, $2, $3)";
    let id = customer.id.as_str();
    if customer.version > 1 {
        on!(unit, c => sqlx::query(DELETE).bind(id).execute(c).await.map(drop))?;
    }
    for spent in &customer.total_spent {
        on!(unit, c => sqlx::query(INSERT)
            .bind(id)
            .bind(spent.currency.as_str())
            .bind(spent.amount)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Removes all facets of these customers.
pub async fn drop_facets(unit: &mut Unit, ids: &[CustomerId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    unit.require_write()?;
    let mut sql = Sql::new("DELETE FROM facets WHERE customer_id IN (");
    sql.bind_list(ids.iter().map(CustomerId::as_str)).push(")");
    let Sql { text, values } = sql;
    on!(unit, c => {
        let query = sqlx::query(sqlx::AssertSqlSafe(text.as_str()));
        bind_all!(query, &values).execute(c).await.map(drop)
    })?;
    Ok(())
}
