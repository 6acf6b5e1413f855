//! What customers see of their points.

#![expect(clippy::needless_pass_by_value, reason = "the SDK hands over what it has read")]

use galleria_sdk::clock;
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::admin::BalanceView;
use crate::books::Host;
use crate::history::{self, EntryView};
use crate::ledger::Ledger;
use crate::rules::Program;

/// An amount that may be spent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spending {
    /// In minor units.
    amount: i64,
    currency: String,
}

/// What an amount earns.
#[derive(Serialize)]
pub(crate) struct WillEarn {
    points: i64,
}

pub(crate) fn balance(
    principal: Principal,
    Settings(program): Settings<Program>,
) -> Result<Json<BalanceView>> {
    let customer = customer(&principal, &program)?;
    Ok(Json(Ledger::new(&Host, &program).balance(customer, clock::now())?.into()))
}

pub(crate) fn history(
    principal: Principal,
    Settings(program): Settings<Program>,
    paging: Paging,
) -> Result<Json<Page<EntryView>>> {
    let customer = customer(&principal, &program)?;
    let limit = paging.limit.min(program.page_size);
    let paging = Paging { limit, cursor: paging.cursor };
    Ok(Json(history::page(&program, customer, paging, false)?))
}

pub(crate) fn will_earn(
    Query(Spending { amount, currency }): Query<Spending>,
    Settings(program): Settings<Program>,
) -> Result<Json<WillEarn>> {
    if !program.enabled || !program.show_will_earn {
        return Err(Problem::not_found("page"));
    }
    let points = program.earning.get(&currency).map_or(0, |earning| earning.points_for(amount));
    Ok(Json(WillEarn { points }))
}

/// The customer who asks; nobody, while there is no programme.
fn customer<'a>(principal: &'a Principal, program: &Program) -> Result<&'a str> {
    let customer = principal.customer().filter(|_| program.enabled);
    customer.ok_or_else(|| Problem::not_found("page"))
}
