//! Money, as bodies and views write it.

use galleria_domain::Money;
use schemars::JsonSchema;
use serde::Serialize;

/// An amount of money.
#[derive(JsonSchema, Serialize)]
pub(crate) struct MoneyView {
    /// How many minor units: 1999 is 19.99 euros.
    amount: i64,
    /// The currency: `EUR`.
    currency: String,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        let Money { amount, currency } = money;
        Self { amount, currency: currency.to_string() }
    }
}
