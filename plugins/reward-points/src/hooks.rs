//! What the host asks: how much of an order points pay, and to take them when it is placed.

use galleria_sdk::hooks::{Adjustment, AdjustmentScope, Cart, Decision, Order, Stage};
use galleria_sdk::{Fault, clock, settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::books::Host;
use crate::ledger::{Ledger, Plan, Redemption, Refusal};
use crate::rules::redeem::{Rate, quote};
use crate::rules::{Program, Quote, Shortfall};

/// What the adjustment is called.
const CODE: &str = "points";

/// What a customer wishes: `{"use": true}` or `{"use": 500}`.
#[derive(Clone, Copy)]
enum Wish {
    All,
    Points(i64),
}

/// What is kept with the adjustment.
#[derive(Deserialize, Serialize)]
struct Note {
    points: i64,
    /// So many were wanted; all, if no number is here.
    wanted: Option<i64>,
    /// Why none can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Reason {
    BelowMinimum,
}

impl Wish {
    /// Anybody can put anything into a cart; what makes no sense is no wish.
    fn of(cart: &Cart) -> Option<Self> {
        let wish: Value = cart.wish().ok()??;
        let wanted = wish.get("use")?;
        if wanted.as_bool() == Some(true) {
            return Some(Self::All);
        }
        wanted.as_i64().filter(|points| *points > 0).map(Self::Points)
    }

    /// How many points; all, if no number is given.
    fn points(self) -> Option<i64> {
        match self {
            Self::All => None,
            Self::Points(points) => Some(points),
        }
    }
}

/// What points pay of a cart.
pub(crate) fn adjust(cart: &Cart, stage: Stage) -> Result<Vec<Adjustment>, Fault> {
    let (Stage::Tender, Some(customer), Some(due)) = (stage, &cart.customer, &cart.running.due)
    else {
        return Ok(Vec::new());
    };
    let Some(wish) = Wish::of(cart) else { return Ok(Vec::new()) };
    let wanted = wish.points();
    let program: Program = settings::current()?;
    let Some((_, quote)) = offer(&program, customer, wanted, &cart.currency, due.amount)? else {
        return Ok(Vec::new());
    };
    let (points, value, reason) = match quote {
        Ok(Quote { points, value }) => (points, value, None),
        Err(Shortfall::BelowMinimum) => (0, 0, Some(Reason::BelowMinimum)),
        Err(_) => return Ok(Vec::new()),
    };
    let least = program.min_points_to_use;
    let (english, german) = match reason {
        None => (format!("{points} points"), format!("{points} Punkte")),
        Some(_) => (
            format!("Points: at least {least} are needed"),
            format!("Punkte: mindestens {least} sind nötig"),
        ),
    };
    let adjustment = Adjustment::new(CODE, AdjustmentScope::Tender, cart.money(-value))
        .label("en", english)
        .label("de", german)
        .with_note(&Note { points, wanted, reason })?;
    Ok(vec![adjustment])
}

/// Takes the points, if what they pay is still what the customer has seen.
pub(crate) fn before_place(order: &Order) -> Result<Decision, Fault> {
    let own = order.adjustments.iter().find(|applied| applied.adjustment.code == CODE);
    let (Some(own), Some(customer)) = (own, &order.customer) else { return Ok(Decision::Allow) };
    let paid = own.adjustment.amount.negated().map_err(unreadable)?;
    if paid.amount == 0 {
        return Ok(Decision::Allow);
    }
    let changed =
        || Decision::deny("points-changed", "The points can no longer be used like this.");
    let program: Program = settings::current()?;
    let note: Note = own.adjustment.note()?;
    let total = order.totals.total.amount;
    let offer = offer(&program, customer, note.wanted, &order.cart.currency, total)?;
    let Some(((plan, rate), Ok(quote))) = offer else { return Ok(changed()) };
    if quote.points != note.points || own.asked.amount != -quote.value {
        return Ok(changed());
    }
    // Somebody else may have paid a part of it before.
    let points = if paid.amount == quote.value {
        quote.points
    } else {
        rate.points_to_pay(paid.amount).map_err(unreadable)?.min(quote.points)
    };
    let redemption = Redemption {
        order: &order.order,
        customer,
        points,
        value: paid,
        at: clock::now(),
        actor: &format!("customer:{customer}"),
    };
    match Ledger::new(&Host, &program).redeem(plan, &redemption) {
        Ok(()) => Ok(Decision::Allow),
        Err(Refusal::Host(fault)) => Err(fault),
        Err(Refusal::Money(error)) => Err(unreadable(error)),
        Err(Refusal::TooFew(_) | Refusal::KeyTaken) => Ok(changed()),
    }
}

type Offer = ((Plan, Rate), Result<Quote, Shortfall>);

/// What points can pay; nothing, if they pay nothing in this currency.
fn offer(
    program: &Program,
    customer: &str,
    wanted: Option<i64>,
    currency: &str,
    total: i64,
) -> Result<Option<Offer>, Fault> {
    let Some(rate) = program.exchange.get(currency).copied().filter(|_| program.enabled) else {
        return Ok(None);
    };
    let limits = program.limits();
    let enough = limits.enough(rate, total).map_err(unreadable)?;
    let plan = Ledger::new(&Host, program).plan(customer, enough, clock::now());
    let plan = plan.map_err(|refusal| match refusal {
        Refusal::Host(fault) => fault,
        refusal => unreadable(refusal),
    })?;
    let quote = quote(wanted, plan.available, limits, rate, total).map_err(unreadable)?;
    Ok(Some(((plan, rate), quote)))
}

fn unreadable(error: impl std::fmt::Display) -> Fault {
    Fault::Unreadable(error.to_string())
}
