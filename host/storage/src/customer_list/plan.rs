//! How SQLite is to find a page of a list.
//!
//! Which way is quick depends on how many match. Counted up to a bound, that costs next to nothing
//! in an index of fragments:
//!
//! * few: fetch them all and sort them;
//! * in the order of age, with fragments to look for: the index of fragments is in that order, and
//!   gives the page as it goes;
//! * more, in another order: the next thousands of rows in that order hold a page of them;
//! * or they don't, because those that match stand elsewhere in the order: walk the order's index,
//!   and let the set of those that match decide before a row is read.

use super::order::{Column, Phase, Position, Rows};
use super::source::Source;
use super::{Asked, ListRow, fetch, with_rows};
use crate::conn::on;
use crate::customer_search::Index;
use crate::error::Result;
use crate::sql::{Sql, fetch_all};
use crate::unit::Unit;

/// So many are fetched and sorted. Among a million rows that takes as long as it takes to meet a
/// page of so many in any order.
const FEW_MAX: i64 = 10_000;
/// How far a walk goes without a set, reading every row: a page of more than [`FEW_MAX`] among a
/// million is met before, unless the order keeps them apart.
const AHEAD_ROWS: i64 = 8_000;

/// How to find the rows.
pub(super) enum Plan<'s, 'q> {
    /// As the database sees fit.
    AsItComes,
    /// From a source that has few.
    Few(&'s Source<'q>),
    /// In the order, asking of each row whether it is in the source, if there is one.
    Walk(Option<&'s Source<'q>>),
}

/// The source that has the fewest rows, as far as that is cheap to know, and how many: more than a
/// few aren't counted.
pub(super) async fn narrowest<'s, 'q: 's>(
    unit: &mut Unit,
    asked: &Asked<'_>,
    sources: impl IntoIterator<Item = &'s Source<'q>>,
) -> Result<Option<(&'s Source<'q>, i64)>> {
    let mut best: Option<(&Source<'q>, i64)> = None;
    for source in sources {
        let is_index = matches!(source, Source::Grams(..));
        let count = source.count(unit, asked.query.store, FEW_MAX + 1).await?;
        // Of other sources no set is made: each of their rows would have to be looked up.
        let is_fit = is_index || count <= FEW_MAX;
        if is_fit && best.is_none_or(|(_, fewest)| count < fewest) {
            best = Some((source, count));
        }
    }
    Ok(best)
}

pub(super) async fn choose<'s, 'q: 's>(
    unit: &mut Unit,
    asked: &Asked<'_>,
    sources: &'s [Source<'q>],
) -> Result<Plan<'s, 'q>> {
    if asked.is_postgres {
        return Ok(Plan::AsItComes);
    }
    if matches!(asked.order.column, Column::Seq)
        && let Some(along) = sources.iter().find(|source| source.is_along_age())
    {
        // However many it has, they come in the right order; so only others' rows are counted.
        let others: Vec<_> = sources.iter().filter(|source| !source.is_along_age()).collect();
        return Ok(match narrowest(unit, asked, others).await? {
            Some((source, count)) if count <= FEW_MAX => Plan::Few(source),
            _ => Plan::Walk(Some(along)),
        });
    }
    Ok(match narrowest(unit, asked, sources).await? {
        Some((source, count)) if count <= FEW_MAX => Plan::Few(source),
        found => Plan::Walk(found.map(|(set, _)| set)),
    })
}

/// The first `limit` rows of a phase.
pub(super) async fn run(
    unit: &mut Unit,
    asked: &Asked<'_>,
    plan: &Plan<'_, '_>,
    phase: &Phase<'_>,
    limit: u32,
) -> Result<Vec<ListRow>> {
    match plan {
        Plan::AsItComes => {
            let from = from_customers(phase, "", "JOIN");
            page(unit, asked, phase, From { text: from, ..From::default() }, limit).await
        }
        Plan::Few(source) => few(unit, asked, phase, source, limit).await,
        Plan::Walk(Some(Source::Grams(Index::Customers, grams))) if !phase.has_value => {
            along_grams(unit, asked, phase, grams, limit).await
        }
        Plan::Walk(set) => {
            if set.is_some()
                && let Some(rows) = ahead(unit, asked, phase, limit).await?
            {
                return Ok(rows);
            }
            let from = From { text: walk_from(asked, phase), in_set: *set, ..From::default() };
            page(unit, asked, phase, from, limit).await
        }
    }
}

/// Where rows are taken from, and what else is asked of them.
#[derive(Default)]
struct From<'s, 'q> {
    text: String,
    /// Asked of each row before it is read.
    in_set: Option<&'s Source<'q>>,
    /// Gives the rows.
    out_of: Option<&'s Source<'q>>,
    grams: Option<&'s str>,
    up_to: Option<Position>,
}

async fn few(
    unit: &mut Unit,
    asked: &Asked<'_>,
    phase: &Phase<'_>,
    source: &Source<'_>,
    limit: u32,
) -> Result<Vec<ListRow>> {
    let text = from_customers(phase, " NOT INDEXED", "CROSS JOIN");
    page(unit, asked, phase, From { text, out_of: Some(source), ..From::default() }, limit).await
}

async fn along_grams(
    unit: &mut Unit,
    asked: &Asked<'_>,
    phase: &Phase<'_>,
    grams: &str,
    limit: u32,
) -> Result<Vec<ListRow>> {
    let text = " FROM customers_search g CROSS JOIN customers c ON c.seq = g.rowid".to_owned();
    // SQLite doesn't see that both are in one order.
    let phase = &Phase { age: "g.rowid", ..*phase };
    page(unit, asked, phase, From { text, grams: Some(grams), ..From::default() }, limit).await
}

/// A page out of the next thousands of rows; `None` if they don't hold a whole one and the list
/// goes on behind them.
async fn ahead(
    unit: &mut Unit,
    asked: &Asked<'_>,
    phase: &Phase<'_>,
    limit: u32,
) -> Result<Option<Vec<ListRow>>> {
    if !phase.has_value || matches!(phase.order.column, Column::Facet { .. }) {
        return Ok(None);
    }
    let Some(up_to) = position_ahead(unit, asked, phase).await? else { return Ok(None) };
    let from = From { text: walk_from(asked, phase), up_to: Some(up_to), ..From::default() };
    let rows = page(unit, asked, phase, from, limit).await?;
    let is_whole = rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(is_whole.then_some(rows))
}

/// Where the walk is after thousands of rows; it takes only the index to know.
async fn position_ahead(
    unit: &mut Unit,
    asked: &Asked<'_>,
    phase: &Phase<'_>,
) -> Result<Option<Position>> {
    let mut sql = Sql::new("SELECT ");
    sql.push(&phase.sort_columns()).push(", c.seq").push(&walk_from(asked, phase)).push(" WHERE ");
    super::push_store(&mut sql, asked.query.store);
    phase.push_bounds(&mut sql);
    sql.push(" ORDER BY ")
        .push(&phase.order_by(Rows::Inner))
        .push(" LIMIT 1 OFFSET ")
        .bind(AHEAD_ROWS);
    let rows: Vec<(Option<String>, Option<i64>, i64)> = fetch_all!(unit, sql)?;
    let position = rows.into_iter().next();
    Ok(position.and_then(|(text, number, seq)| phase.position(text, number, seq, "")))
}

async fn page(
    unit: &mut Unit,
    asked: &Asked<'_>,
    phase: &Phase<'_>,
    from: From<'_, '_>,
    limit: u32,
) -> Result<Vec<ListRow>> {
    let store = asked.query.store;
    let mut sql = Sql::new("SELECT c.seq AS seq, ");
    sql.push(&phase.sort_columns()).push(&from.text).push(" WHERE ");
    if let Some(grams) = from.grams {
        sql.push("customers_search MATCH ").bind(grams).push(" AND ");
    }
    asked.push_conditions(&mut sql);
    phase.push_bounds(&mut sql);
    if let Some(last) = &from.up_to {
        phase.push_up_to(&mut sql, last);
    }
    // The plus keeps SQLite from starting at the set.
    for (source, how) in [(from.out_of, " AND c.seq IN ("), (from.in_set, " AND +c.seq IN (")] {
        if let Some(source) = source {
            sql.push(how);
            source.push_seqs(&mut sql, store);
            sql.push(")");
        }
    }
    sql.push(" ORDER BY ").push(&phase.order_by(Rows::Inner));
    sql.push(" LIMIT ").bind(i64::from(limit));
    let sql = with_rows(asked.is_postgres, sql, &phase.order_by(Rows::Outer));
    fetch(unit, sql).await
}

/// All customers, with the facet `v` where it is ordered by one.
fn from_customers(phase: &Phase<'_>, hint: &str, join: &str) -> String {
    let facets = match phase.order.column {
        Column::Facet { .. } if phase.has_value => {
            format!(" {join} facets v ON v.customer_id = c.id")
        }
        _ => String::new(),
    };
    format!(" FROM customers c{hint}{facets}")
}

/// All customers, in the order of the phase.
fn walk_from(asked: &Asked<'_>, phase: &Phase<'_>) -> String {
    match phase.order.column {
        Column::Facet { .. } if phase.has_value => {
            " FROM facets v INDEXED BY facets_by_value CROSS JOIN customers c ON c.id = v.customer_id".to_owned()
        }
        _ => format!(" FROM customers c{}", asked.index_hint()),
    }
}
