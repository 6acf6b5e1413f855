//! Lists of customers: every filter, every order, from one cursor to the next.
//!
//! PostgreSQL is given one statement and plans it by its statistics. SQLite has none to speak of,
//! so that here the host decides (see [`plan`]): a rare match is fetched and sorted, a common one
//! is met soon enough by walking in the order asked for, and what is in between is walked with the
//! set of those that match in hand.

mod conditions;
mod order;
mod plan;
mod source;

use galleria_domain::{Customer, CustomerFilter, CustomerSort, StoreId};

use crate::conn::on;
use crate::customers::row::{COLUMNS, CustomerRow};
use crate::error::{Result, StorageError};
use crate::row::unsigned;
use crate::sql::{Sql, fetch_all, fetch_number};
use crate::unit::Unit;
use conditions::{PlaceTest, TextTest, push_ids, push_plain, push_store};
use order::{Order, Phase};
use source::Source;

pub use conditions::FacetTest;
pub(crate) use conditions::facet_columns;
pub use order::Position;

/// A list that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct CustomerQuery<'a> {
    /// Whose customers.
    pub store: &'a StoreId,
    /// Which of them; its `facets` are passed over.
    pub filter: &'a CustomerFilter,
    /// What their facets must be.
    pub facets: &'a [FacetTest],
    /// In which order.
    pub sort: &'a CustomerSort,
}

/// A customer and where in the list they stand.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedCustomer {
    /// Who it is.
    pub customer: Customer,
    /// Where they stand.
    pub position: Position,
}

#[derive(sqlx::FromRow)]
struct ListRow {
    sort_text: Option<String>,
    sort_number: Option<i64>,
    #[sqlx(flatten)]
    customer: CustomerRow,
}

/// The first `limit` customers behind a position, or from the start.
pub async fn list(
    unit: &mut Unit,
    query: &CustomerQuery<'_>,
    after: Option<&Position>,
    limit: u32,
) -> Result<Vec<ListedCustomer>> {
    let asked = Asked::new(unit, query);
    let sources = asked.sources();
    let plan = plan::choose(unit, &asked, &sources).await?;
    let mut listed = Vec::new();
    for phase in Phase::from(&asked.order, after) {
        let left = limit.saturating_sub(u32::try_from(listed.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let rows = plan::run(unit, &asked, &plan, &phase, left).await?;
        for row in rows {
            listed.push(listed_row(row, &phase)?);
        }
    }
    Ok(listed)
}

/// How many customers there are; the order makes no difference.
pub async fn count(unit: &mut Unit, query: &CustomerQuery<'_>) -> Result<u64> {
    let asked = Asked::new(unit, query);
    let sources = asked.sources();
    let mut sql = Sql::new("SELECT COUNT(*) FROM customers c");
    if let Some((source, _)) = plan::narrowest(unit, &asked, &sources).await? {
        sql.push(" NOT INDEXED WHERE ");
        asked.push_conditions(&mut sql);
        sql.push(" AND c.seq IN (");
        source.push_seqs(&mut sql, query.store);
        sql.push(")");
    } else {
        sql.push(asked.index_hint()).push(" WHERE ");
        asked.push_conditions(&mut sql);
    }
    let count = fetch_number!(unit, sql)?;
    unsigned("the number of customers", count)
}

/// A query, made ready.
struct Asked<'a> {
    query: &'a CustomerQuery<'a>,
    order: Order<'a>,
    texts: Vec<TextTest>,
    place: Option<PlaceTest>,
    is_postgres: bool,
}

impl<'a> Asked<'a> {
    fn new(unit: &Unit, query: &'a CustomerQuery<'a>) -> Self {
        Self {
            query,
            order: Order::of(query.sort),
            texts: TextTest::of(query.filter),
            place: PlaceTest::of(query.filter),
            is_postgres: unit.is_postgres(),
        }
    }

    fn sources(&self) -> Vec<Source<'a>> {
        if self.is_postgres {
            return Vec::new();
        }
        Source::of(self.query.filter, self.query.facets, &self.texts, self.place.as_ref())
    }

    /// Everything that a customer `c` of the list meets.
    fn push_conditions(&self, sql: &mut Sql) {
        let CustomerQuery { store, filter, facets, .. } = self.query;
        push_store(sql, store);
        push_plain(sql, filter);
        if let Some(ids) = &filter.ids {
            push_ids(sql, ids);
        }
        for text in &self.texts {
            text.push(sql);
            if self.is_postgres {
                text.push_on_search(sql);
            }
        }
        if let Some(place) = &self.place {
            sql.push(" AND EXISTS (SELECT 1 FROM addresses a WHERE a.customer_id = c.id");
            place.push(sql);
            sql.push(")");
        }
        for facet in *facets {
            facet.push(sql);
        }
    }

    /// The index to walk in the order asked for, for SQLite, which would guess.
    fn index_hint(&self) -> &'static str {
        match self.order.index() {
            _ if self.is_postgres => "",
            "customers_by_seq" if self.query.filter.stage.is_some() => {
                " INDEXED BY customers_by_stage"
            }
            "customers_by_seq" => " INDEXED BY customers_by_seq",
            "customers_by_number" => " INDEXED BY customers_by_number",
            "customers_by_email" => " INDEXED BY customers_by_email",
            "customers_by_name" => " INDEXED BY customers_by_name",
            "customers_by_activity" => " INDEXED BY customers_by_activity",
            "customers_by_orders" => " INDEXED BY customers_by_orders",
            _ => "",
        }
    }
}

fn listed_row(row: ListRow, phase: &Phase<'_>) -> Result<ListedCustomer> {
    let ListRow { sort_text, sort_number, customer: row } = row;
    let seq = row.seq;
    let customer = Customer::try_from(row)?;
    let position = phase
        .position(sort_text, sort_number, seq, customer.id.as_str())
        .ok_or_else(|| StorageError::corrupt("customers", "a row has no place in the order"))?;
    Ok(ListedCustomer { customer, position })
}

/// Wraps what finds the right rows in what reads them.
fn with_rows(is_postgres: bool, inner: Sql, order_by: &str) -> Sql {
    let Sql { text, values } = inner;
    // On SQLite a cross join goes from left to right.
    let join = if is_postgres { "JOIN customers c ON" } else { "CROSS JOIN customers c ON" };
    let text = format!(
        "SELECT {COLUMNS}, k.sort_text, k.sort_number FROM ({text}) k {join} c.seq = k.seq ORDER BY {order_by}"
    );
    Sql { text, values }
}

async fn fetch(unit: &mut Unit, sql: Sql) -> Result<Vec<ListRow>> {
    Ok(fetch_all!(unit, sql)?)
}
