//! What the host tells. The time that counts is that of the event, not that of being told.

#![expect(clippy::needless_pass_by_value, reason = "the SDK hands over what it has read")]

use std::collections::BTreeMap;

use galleria_sdk::events::{Event, Unhandled};
use galleria_sdk::{Money, MoneyError, settings};
use serde::Deserialize;

use crate::books::{Books as _, Host};
use crate::ledger::{Ledger, OrderFacts, Refusal, What, redeem_key};
use crate::rules::{AwardOn, Figures, Program, Refunded};
use crate::standing;

/// How this plugin is called in what a refund tells plugins.
const OWN_ID: &str = "reward-points";

/// An order, as events tell of it.
#[derive(Deserialize)]
struct Told {
    order: String,
    customer: Option<String>,
    #[serde(flatten)]
    figures: Figures,
    refund: Option<ToldRefund>,
}

/// A refund, as events tell of it.
#[derive(Deserialize)]
struct ToldRefund {
    id: String,
    amount: i64,
    tendered: i64,
    lines: Vec<ToldLine>,
    full: bool,
    #[serde(default)]
    data: BTreeMap<String, serde_json::Value>,
}

/// A line that money was given back for.
#[derive(Deserialize)]
struct ToldLine {
    amount: Money,
}

/// What a refund tells this plugin.
#[derive(Default, Deserialize)]
struct Asked {
    points: Option<i64>,
}

/// How an account came about.
#[derive(Deserialize)]
struct Created {
    kind: String,
    via: String,
}

/// Two accounts that became one.
#[derive(Deserialize)]
struct Merged {
    from: String,
    into: String,
}

impl From<Refusal> for Unhandled {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Host(fault) => fault.into(),
            Refusal::Money(error) => error.into(),
            Refusal::TooFew(_) | Refusal::KeyTaken => Self::drop(refusal.to_string()),
        }
    }
}

/// Whoever opens an account for themselves registers; whoever was taken over, or made by staff,
/// doesn't.
pub(crate) fn created(event: Event) -> Result<(), Unhandled> {
    let Created { kind, via } = event.payload()?;
    if kind == "registered" && via == "storefront" { registered(event) } else { Ok(()) }
}

pub(crate) fn registered(event: Event) -> Result<(), Unhandled> {
    let program: Program = settings::current()?;
    let earned = Ledger::new(&Host, &program).registered(&event.aggregate, event.at)?;
    show(&program, event, earned)
}

pub(crate) fn verified(event: Event) -> Result<(), Unhandled> {
    let program: Program = settings::current()?;
    let earned = Ledger::new(&Host, &program).verified(&event.aggregate, event.at)?;
    show(&program, event, earned)
}

fn show(program: &Program, event: Event, has_earned: bool) -> Result<(), Unhandled> {
    if has_earned {
        standing::show(program, [event.aggregate])?;
    }
    Ok(())
}

pub(crate) fn merged(event: Event) -> Result<(), Unhandled> {
    let Merged { from, into } = event.payload()?;
    let program: Program = settings::current()?;
    Ledger::new(&Host, &program).merge(&from, &into, event.at)?;
    Ok(standing::show(&program, [from, into])?)
}

/// The points that paid the order were taken with it; here the customer list hears of it.
pub(crate) fn placed(event: Event) -> Result<(), Unhandled> {
    let told: Told = event.payload()?;
    let Some(customer) = told.customer else { return Ok(()) };
    if Host.entry(&redeem_key(&told.order))?.is_none() {
        return Ok(());
    }
    let program: Program = settings::current()?;
    Ok(standing::show(&program, [customer])?)
}

pub(crate) fn paid(event: Event) -> Result<(), Unhandled> {
    earn(&event, AwardOn::Paid)
}

pub(crate) fn completed(event: Event) -> Result<(), Unhandled> {
    earn(&event, AwardOn::Completed)
}

pub(crate) fn cancelled(event: Event) -> Result<(), Unhandled> {
    let told: Told = event.payload()?;
    let program: Program = settings::current()?;
    settle(&program, &event, &told, &What::Cancelled)
}

pub(crate) fn refunded(event: Event) -> Result<(), Unhandled> {
    let mut told: Told = event.payload()?;
    let Some(refund) = told.refund.take() else {
        return Err(Unhandled::drop("the event doesn't say what was refunded"));
    };
    let program: Program = settings::current()?;
    settle(&program, &event, &told, &What::Refunded(refund.read()?))
}

fn earn(event: &Event, reason: AwardOn) -> Result<(), Unhandled> {
    let program: Program = settings::current()?;
    if program.award_on != reason {
        return Ok(());
    }
    let told: Told = event.payload()?;
    settle(&program, event, &told, &What::Earned)
}

fn settle(program: &Program, event: &Event, told: &Told, what: &What) -> Result<(), Unhandled> {
    // Guests have no points.
    let Some(customer) = &told.customer else { return Ok(()) };
    let facts = OrderFacts { order: &told.order, customer, figures: &told.figures, at: event.at };
    Ledger::new(&Host, program).order(&facts, what)?;
    Ok(standing::show(program, [customer.clone()])?)
}

impl ToldRefund {
    fn read(mut self) -> Result<Refunded, Unhandled> {
        let asked: Asked = match self.data.remove(OWN_ID) {
            // What staff wrote for this plugin, and can't be read, is nothing that it asks for.
            Some(data) => serde_json::from_value(data).unwrap_or_default(),
            None => Asked::default(),
        };
        let sum: i128 = self.lines.iter().map(|line| i128::from(line.amount.amount)).sum();
        let lines = i64::try_from(sum).map_err(|_| MoneyError::TooLarge)?;
        Ok(Refunded {
            id: self.id,
            amount: self.amount,
            tendered: self.tendered,
            lines: (!self.lines.is_empty()).then_some(lines),
            points: asked.points,
            full: self.full,
        })
    }
}
