//! What plugins answer, taken for what it is if it is that. All of an answer is taken, or none.

use std::collections::BTreeMap;

use galleria_app::hooks::HookFailure;
use galleria_domain::{
    ADJUSTMENTS_MAX, AdjustmentScope, CART_PROBLEMS_MAX, CartProblem, CartView, CustomerTraits,
    Decision, HOOK_CODE_MAX_BYTES, HOOK_MESSAGE_MAX_BYTES, LineId, Money, PriceMode,
    ProposedAdjustment, Rate, Stage,
};
use galleria_manifest::CustomerTrait;

use crate::bindings::imports::galleria::shared::{trade as wit, values};
use crate::bindings::offers::exports::galleria::plugin::hooks_validate_cart;

/// Roles that one plugin may name, and how long their names may be, in bytes.
const ROLES_MAX: usize = 100;
const ROLE_BYTES_MAX: usize = 200;
const MILLION: u32 = 1_000_000;
/// How much of a reason is kept, in bytes.
const REASON_BYTES_MAX: usize = 1_000;

type Answer<T> = Result<T, HookFailure>;

fn bad(reason: impl Into<String>) -> HookFailure {
    HookFailure::BadAnswer(reason.into())
}

/// The plugin said that it can't answer.
fn refused(mut reason: String) -> HookFailure {
    reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
    HookFailure::Refused(reason)
}

/// Traits, of those that the manifest says the plugin decides about.
pub(super) fn traits(
    declared: &[CustomerTrait],
    answer: Result<wit::CustomerTraits, String>,
) -> Answer<CustomerTraits> {
    let traits = answer.map_err(refused)?;
    for (decided, name, needed) in [
        (traits.tax_exempt, "tax-exempt", CustomerTrait::TaxExempt),
        (traits.free_shipping, "free-shipping", CustomerTrait::FreeShipping),
        (traits.line_discount > 0, "line-discount", CustomerTrait::LineDiscount),
        (traits.price_display.is_some(), "price-display", CustomerTrait::PriceDisplay),
        (traits.password_max_age_days.is_some(), "password-max-age", CustomerTrait::PasswordMaxAge),
    ] {
        if decided && !declared.contains(&needed) {
            return Err(bad(format!("its manifest doesn't name the trait {name}")));
        }
    }
    if traits.line_discount > MILLION {
        return Err(bad("its discount is more than 100 %"));
    }
    let roles = &traits.roles;
    if roles.len() > ROLES_MAX || roles.iter().any(|role| role.len() > ROLE_BYTES_MAX) {
        return Err(bad("it names too many roles, or one too long"));
    }
    Ok(CustomerTraits {
        tax_exempt: traits.tax_exempt,
        free_shipping: traits.free_shipping,
        line_discount: Rate::from_parts_per_million(traits.line_discount),
        price_display: traits.price_display.map(|display| match display {
            wit::PriceDisplay::IncludingTax => PriceMode::Incl,
            wit::PriceDisplay::ExcludingTax => PriceMode::Excl,
        }),
        password_max_age_days: traits.password_max_age_days,
        roles: traits.roles,
    })
}

/// Adjustments that can be made to this cart in this stage, as far as each can be judged by itself.
pub(super) fn adjustments(
    cart: &CartView,
    stage: Stage,
    answer: Result<Vec<wit::Adjustment>, String>,
) -> Answer<Vec<ProposedAdjustment>> {
    let proposed = answer.map_err(refused)?;
    if proposed.len() > ADJUSTMENTS_MAX {
        return Err(bad(format!("it has more than {ADJUSTMENTS_MAX} adjustments")));
    }
    let checked = proposed.into_iter().enumerate().map(|(at, proposed)| {
        let adjustment =
            adjustment(cart, proposed).and_then(|adjustment| match adjustment.check(stage) {
                Ok(()) => Ok(adjustment),
                Err(reason) => Err(reason.to_string()),
            });
        adjustment.map_err(|reason| bad(format!("adjustment {at} {reason}")))
    });
    checked.collect()
}

fn adjustment(cart: &CartView, proposed: wit::Adjustment) -> Result<ProposedAdjustment, String> {
    let wit::Adjustment { code, scope, amount, label, data } = proposed;
    let count = label.len();
    let label: BTreeMap<_, _> =
        label.into_iter().map(|label| (label.language, label.text)).collect();
    if label.len() != count {
        return Err("is named twice in a language".to_owned());
    }
    let scope = match scope {
        wit::AdjustmentScope::Line(line) => AdjustmentScope::Line(line_of(cart, &line)?),
        wit::AdjustmentScope::Order => AdjustmentScope::Order,
        wit::AdjustmentScope::Shipping => AdjustmentScope::Shipping,
        wit::AdjustmentScope::Tender => AdjustmentScope::Tender,
    };
    let data = serde_json::from_str(&data).map_err(|_| "has data that is no JSON".to_owned())?;
    Ok(ProposedAdjustment { code, scope, amount: money(cart, &amount)?, label, data })
}

fn line_of(cart: &CartView, text: &str) -> Result<LineId, String> {
    let found = cart.lines.iter().find(|line| line.id.as_str() == text);
    found
        .map(|line| line.id.clone())
        .ok_or_else(|| "is about a line that the cart doesn't have".into())
}

fn money(cart: &CartView, money: &values::Money) -> Result<Money, String> {
    if money.currency == cart.currency.as_str() {
        Ok(Money::new(money.amount, cart.currency))
    } else {
        Err("isn't in the currency of the cart".to_owned())
    }
}

/// What is wrong with this very cart.
pub(super) fn problems(
    cart: &CartView,
    answer: Result<Vec<hooks_validate_cart::CartProblem>, String>,
) -> Answer<Vec<CartProblem>> {
    let problems = answer.map_err(refused)?;
    if problems.len() > CART_PROBLEMS_MAX {
        return Err(bad(format!("it finds more than {CART_PROBLEMS_MAX} problems")));
    }
    let checked = problems.into_iter().map(|problem| {
        let hooks_validate_cart::CartProblem { code, message, line } = problem;
        check_texts(&code, &message)?;
        let line = line.map(|line| line_of(cart, &line)).transpose();
        let line = line.map_err(|reason| bad(format!("a problem {reason}")))?;
        Ok(CartProblem { line, code, message })
    });
    checked.collect()
}

pub(super) fn decision(answer: Result<wit::Decision, String>) -> Answer<Decision> {
    match answer.map_err(refused)? {
        wit::Decision::Allow => Ok(Decision::Allow),
        wit::Decision::Deny(wit::Denial { code, message }) => {
            check_texts(&code, &message)?;
            Ok(Decision::Deny { code, message })
        }
    }
}

fn check_texts(code: &str, message: &str) -> Answer<()> {
    let well_named = (1..=HOOK_CODE_MAX_BYTES).contains(&code.len())
        && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !well_named {
        return Err(bad("its code isn't made of a-z, 0-9 and hyphens"));
    }
    if message.is_empty() || message.len() > HOOK_MESSAGE_MAX_BYTES {
        return Err(bad("its message is empty or too long"));
    }
    Ok(())
}
