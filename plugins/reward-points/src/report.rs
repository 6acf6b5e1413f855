//! What a shop owes in points, and whether the book is right.

use std::collections::BTreeMap;

use galleria_sdk::clock;
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::admin::require;
use crate::book::{Account, Balance, Entry, Lot};
use crate::books::Host;
use crate::ledger::Ledger;
use crate::rules::Program;

/// How many pages of 500 one call reads.
const PAGES: usize = 20;
/// How many pages of a customer's entries are counted.
const CHECK_PAGES: usize = 100;

/// Where to go on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    cursor: Option<String>,
}

/// What is owed, as far as it was summed up.
#[derive(Serialize)]
pub(crate) struct Report {
    available: i64,
    pending: i64,
    /// What all of it is worth, by currency.
    worth: BTreeMap<String, i64>,
    /// What customers owe.
    debt: i64,
    /// Goes on with the sums so far; nothing, if they are complete.
    next: Option<String>,
}

/// Whether a customer's book is right.
#[derive(Serialize)]
pub(crate) struct Check {
    /// The sum of all entries.
    entries: i64,
    /// What is left in lots, less the debt.
    lots: i64,
    /// Whether both are the same.
    right: bool,
    /// Whether all entries were counted.
    complete: bool,
}

pub(crate) fn report(
    Query(From { cursor }): Query<From>,
    Settings(program): Settings<Program>,
) -> Result<Json<Report>> {
    let now = clock::now();
    let (mut balance, mut cursor) = resume(cursor.as_deref())?;
    for _ in 0..PAGES {
        let page = Lot::by_expiry().equal(true).page(Paging { limit: 500, cursor }).fetch()?;
        for lot in &page.items {
            balance.count(&lot.value, now);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let owed = balance.available.saturating_add(balance.pending);
    let worth = program
        .exchange
        .iter()
        .map(|(currency, rate)| rate.value(owed).map(|value| (currency.clone(), value)));
    let worth = worth.collect::<Result<_, _>>()?;
    let debt = if cursor.is_none() { debts()? } else { 0 };
    let (available, pending) = (balance.available, balance.pending);
    let next = cursor.map(|cursor| format!("{available}~{pending}~{cursor}"));
    Ok(Json(Report { available, pending, worth, debt, next }))
}

fn resume(cursor: Option<&str>) -> Result<(Balance, Option<String>)> {
    let Some(cursor) = cursor else { return Ok((Balance::default(), None)) };
    let read = || {
        let mut parts = cursor.splitn(3, '~');
        let (available, pending) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let balance = Balance { available, pending, ..Balance::default() };
        Some((balance, Some(parts.next()?.to_owned())))
    };
    read().ok_or_else(|| {
        let fault = FieldFault::new("cursor", "malformed", "is none that was given out");
        Problem::malformed("the query cannot be read").with(vec![fault])
    })
}

fn debts() -> Result<i64> {
    let (mut debt, mut cursor) = (0_i64, None);
    for _ in 0..PAGES {
        let page = Account::by_debt().at_least(1).page(Paging { limit: 500, cursor }).fetch()?;
        debt = page.items.iter().fold(debt, |debt, one| debt.saturating_add(one.value.debt));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(debt)
}

pub(crate) fn check(
    Path(customer): Path<String>,
    Settings(program): Settings<Program>,
) -> Result<Json<Check>> {
    require(&customer)?;
    let ledger = Ledger::new(&Host, &program);
    let owner = ledger.owner(&customer)?.value.customer;
    let lots = ledger.balance(&owner, clock::now())?.booked;
    let (mut entries, mut cursor) = (0_i64, None);
    for _ in 0..CHECK_PAGES {
        let lookup = Entry::by_history().equal(owner.as_str());
        let page = lookup.page(Paging { limit: 500, cursor }).fetch()?;
        entries = page.items.iter().fold(entries, |sum, one| sum.saturating_add(one.value.points));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let complete = cursor.is_none();
    Ok(Json(Check { entries, lots, right: !complete || entries == lots, complete }))
}
