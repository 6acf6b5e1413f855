//! How many points an order can be paid with, and what they are worth.

use galleria_sdk::MoneyError;
use serde::{Deserialize, Serialize};

use super::scale;

/// What points are worth: exactly, so many points for so many minor units.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(crate) points: i64,
    pub(crate) amount: i64,
}

/// How many points can be used for one order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Limits {
    pub(crate) least: i64,
    pub(crate) most: Option<i64>,
    /// The part of the total that points can pay, in parts per million.
    pub(crate) part_ppm: Option<i64>,
}

/// The points to use, and what they pay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Quote {
    pub(crate) points: i64,
    /// In minor units.
    pub(crate) value: i64,
}

/// Why no points can be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shortfall {
    /// There are none, or nothing is due.
    Nothing,
    /// They are fewer than must be used at least.
    BelowMinimum,
    /// They are not worth the smallest coin.
    Worthless,
    /// The settings contradict themselves.
    Contradiction,
}

impl Rate {
    /// What points are worth: whole minor units, rounded down.
    pub(crate) fn value(&self, points: i64) -> Result<i64, MoneyError> {
        scale(points, self.amount, self.points, false)
    }

    /// Whether points are worth more than an amount, in whole minor units.
    fn is_worth_more(&self, points: i64, than: i64) -> bool {
        i128::from(points) * i128::from(self.amount)
            >= (i128::from(than) + 1) * i128::from(self.points)
    }

    /// The points that are worth no more than an amount.
    pub(crate) fn points_within(&self, amount: i64) -> Result<i64, MoneyError> {
        scale(amount, self.points, self.amount, false)
    }

    /// The points that it takes to pay an amount.
    pub(crate) fn points_to_pay(&self, amount: i64) -> Result<i64, MoneyError> {
        let within = self.points_within(amount)?;
        let exact = i128::from(within) * i128::from(self.amount)
            == i128::from(amount) * i128::from(self.points);
        Ok(if exact { within } else { within.saturating_add(1) })
    }
}

impl Limits {
    /// Whether nobody could ever use points.
    pub(crate) fn contradict(&self) -> bool {
        self.most.is_some_and(|most| self.least > most)
    }

    /// How many points decide about a quote: of a customer who has more, no more need be counted.
    pub(crate) fn enough(&self, rate: Rate, total: i64) -> Result<i64, MoneyError> {
        Ok(rate.points_to_pay(total)?.max(self.least))
    }
}

/// The points to use of those that are wanted (all, if no number is) and available.
pub(crate) fn quote(
    wanted: Option<i64>,
    available: i64,
    limits: Limits,
    rate: Rate,
    total: i64,
) -> Result<Result<Quote, Shortfall>, MoneyError> {
    if limits.contradict() {
        return Ok(Err(Shortfall::Contradiction));
    }
    let mut points = available.min(wanted.unwrap_or(i64::MAX)).min(limits.most.unwrap_or(i64::MAX));
    if points <= 0 || total <= 0 {
        return Ok(Err(Shortfall::Nothing));
    }
    // More would only pay more than the total.
    let covering = rate.points_to_pay(total)?;
    if let Some(part) = limits.part_ppm {
        let cap = scale(total, part, 1_000_000, false)?;
        if rate.is_worth_more(points, cap) {
            points = rate.points_within(cap)?;
        }
    }
    if points < limits.least {
        return Ok(Err(Shortfall::BelowMinimum));
    }
    if points >= covering {
        return Ok(Ok(Quote { points: covering, value: total }));
    }
    let value = rate.value(points)?;
    Ok(if value > 0 { Ok(Quote { points, value }) } else { Err(Shortfall::Worthless) })
}
