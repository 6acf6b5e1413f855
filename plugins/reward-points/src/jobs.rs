//! Each hour: what has expired is written off, and the customer list hears of what only time has
//! changed. Nobody's balance depends on it.

#![expect(clippy::needless_pass_by_value, reason = "the SDK hands over what it has read")]

use std::collections::BTreeSet;

use galleria_sdk::clock::{DAY, Instant};
use galleria_sdk::entities::Table;
use galleria_sdk::jobs::{Outcome, Progress, Slice};
use galleria_sdk::{Fault, Page, Paging, clock, settings};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::book::{Lot, Sweep};
use crate::books::Host;
use crate::ledger::{Ledger, Refusal};
use crate::rules::Program;
use crate::standing;

/// How many lots a slice deals with; each of another customer at worst.
const LOTS: u32 = 50;
/// Under which id is kept how far the customer list is.
const FACETS: &str = "facets";

const SWEEPS: Table<Sweep> = Table::new();

/// Where a slice goes on.
#[derive(Deserialize, Serialize)]
struct Cursor {
    phase: Phase,
    /// The time that the whole job is about.
    now: Instant,
    /// Up to when the customer list was right.
    since: Instant,
    done: u64,
    page: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    Expired,
    Activated,
    Expiring,
}

pub(crate) fn expire(slice: Slice) -> Result<Outcome, Fault> {
    let program: Program = settings::current()?;
    let mut cursor = match slice.cursor()? {
        Some(cursor) => cursor,
        None => begin()?,
    };
    let more = match cursor.phase {
        Phase::Expired => write_off(&program, &mut cursor)?,
        Phase::Activated => {
            let (after, until) = (cursor.since, cursor.now);
            let lots = Lot::by_activation().equal(true).above(after).at_most(until);
            let page = lots.page(paging(&mut cursor)).fetch()?;
            show(&program, &mut cursor, page.map(|lot| lot.value.customer))?
        }
        Phase::Expiring => {
            let (after, until) = (cursor.since + 30 * DAY, cursor.now + 30 * DAY);
            let lots = Lot::by_expiry().equal(true).above(after).at_most(until);
            let page = lots.page(paging(&mut cursor)).fetch()?;
            show(&program, &mut cursor, page.map(|lot| lot.value.customer))?
        }
    };
    if !more {
        cursor.phase = match cursor.phase {
            Phase::Expired => Phase::Activated,
            Phase::Activated => Phase::Expiring,
            Phase::Expiring => {
                SWEEPS.put(FACETS, &Sweep { until: cursor.now })?;
                return Outcome::done(json!({ "lots": cursor.done }));
            }
        };
    }
    let progress = Progress::of(cursor.done, None);
    Outcome::more(cursor, progress)
}

fn begin() -> Result<Cursor, Fault> {
    let since = SWEEPS.find(FACETS)?.map_or(0, |sweep| sweep.value.until);
    Ok(Cursor { phase: Phase::Expired, now: clock::now(), since, done: 0, page: None })
}

fn paging(cursor: &mut Cursor) -> Paging {
    Paging { limit: LOTS, cursor: cursor.page.take() }
}

/// Answers whether there is more of it.
fn write_off(program: &Program, cursor: &mut Cursor) -> Result<bool, Fault> {
    let expired =
        Ledger::new(&Host, program).expire(cursor.now, LOTS).map_err(|refusal| match refusal {
            Refusal::Host(fault) => fault,
            refusal => Fault::Unreadable(refusal.to_string()),
        })?;
    cursor.done += expired.lots as u64;
    standing::show(program, expired.customers)?;
    Ok(expired.more)
}

fn show(program: &Program, cursor: &mut Cursor, page: Page<String>) -> Result<bool, Fault> {
    cursor.done += page.items.len() as u64;
    cursor.page = page.next;
    let customers: BTreeSet<String> = page.items.into_iter().collect();
    standing::show(program, customers)?;
    Ok(cursor.page.is_some())
}
