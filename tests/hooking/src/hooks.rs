//! Answers hooks.

use galleria_sdk::hooks::{
    Adjustment, AdjustmentScope, Cart, CartProblem, Decision, Impersonation, Login, Order, Stage,
    Traits,
};
use galleria_sdk::{Fault, Money};
use serde::Deserialize;
use serde_json::json;

use crate::{bad, count};

#[derive(Default, Deserialize)]
struct Wish {
    #[serde(rename = "do", default)]
    what: String,
}

fn wish(cart: &Cart) -> Result<String, Fault> {
    Ok(cart.wish::<Wish>()?.unwrap_or_default().what)
}

#[expect(clippy::unnecessary_wraps, reason = "handlers may fail")]
pub(crate) fn traits(customer: &str) -> Result<Traits, Fault> {
    let mut traits = Traits { tax_exempt: true, line_discount: 50_000, ..Traits::neutral() };
    traits.roles.push(format!("friend of {customer}"));
    Ok(traits)
}

/// One unit off, or nonsense.
pub(crate) fn adjust(cart: &Cart, stage: Stage) -> Result<Vec<Adjustment>, Fault> {
    let what = wish(cart)?;
    bad::end(&what)?;
    let scope =
        if stage == Stage::Tender { AdjustmentScope::Tender } else { AdjustmentScope::Order };
    let good = Adjustment::new("one-off", scope, cart.money(-1))
        .label("en", "One off")
        .with_note(&json!({ "seen": cart.running.net_of_discounts.amount }))?;
    Ok(match what.as_str() {
        "nothing" => Vec::new(),
        "positive" => vec![Adjustment { amount: cart.money(1), ..good }],
        "wrong-currency" => vec![Adjustment { amount: Money::new(-1, "XXX"), ..good }],
        "no-currency" => vec![Adjustment { amount: Money::new(-1, "\u{0}"), ..good }],
        "foreign-line" => vec![Adjustment { scope: AdjustmentScope::Line("lin_x".into()), ..good }],
        "wrong-scope" => vec![Adjustment { scope: AdjustmentScope::Shipping, ..good }],
        "huge" => vec![Adjustment { amount: cart.money(i64::MIN), ..good }],
        "no-json" => vec![Adjustment { data: "{".to_owned(), ..good }],
        "long-code" => vec![Adjustment { code: "x".repeat(200), ..good }],
        "twice-named" => vec![good.label("en", "Another")],
        "one-of-many" => vec![good.clone(), Adjustment { amount: cart.money(1), ..good }],
        "too-many" => vec![good; 1_000],
        _ => vec![good],
    })
}

pub(crate) fn validate(cart: &Cart) -> Result<Vec<CartProblem>, Fault> {
    let what = wish(cart)?;
    bad::end(&what)?;
    let problem = CartProblem::new("too-dear", "It costs too much.");
    Ok(match (what.as_str(), cart.lines.first()) {
        ("fault", Some(line)) => vec![problem.about(line.id.clone())],
        ("foreign-line", _) => vec![problem.about("lin_x")],
        ("bad-code", _) => vec![CartProblem::new("Too Dear", "It costs too much.")],
        _ => Vec::new(),
    })
}

/// Counts the order under its id.
pub(crate) fn before_place(order: &Order) -> Result<Decision, Fault> {
    let what = wish(&order.cart)?;
    if what != "nothing" {
        count(&order.order)?;
    }
    bad::end(&what)?;
    Ok(match what.as_str() {
        "deny" => Decision::deny("blocked", "No more of that."),
        "empty-denial" => Decision::deny("", ""),
        _ => Decision::Allow,
    })
}

pub(crate) fn login(login: &Login) -> Result<Decision, Fault> {
    count(&login.customer)?;
    Ok(match login.ip.as_deref() {
        Some("192.0.2.66") => Decision::deny("blocked", "Not from there."),
        _ => Decision::Allow,
    })
}

pub(crate) fn impersonate(impersonation: &Impersonation) -> Result<Decision, Fault> {
    let reason = impersonation.reason.as_deref().unwrap_or_default();
    bad::end(reason)?;
    Ok(if reason.is_empty() {
        Decision::deny("no-reason", "A reason is needed.")
    } else {
        Decision::Allow
    })
}
