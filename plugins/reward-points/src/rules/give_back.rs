//! What a refund takes of the points that an order earned, and gives back of those that paid it.

use galleria_sdk::MoneyError;
use serde::{Deserialize, Serialize};

use super::earn::Terms;
use super::scale;

/// A refund, in minor units of the order's currency.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Refunded {
    pub(crate) id: String,
    /// Of what was paid.
    pub(crate) amount: i64,
    /// Of what was paid by other means, such as points.
    pub(crate) tendered: i64,
    /// How much of both is for lines; nothing, if the refund doesn't say what it is for.
    pub(crate) lines: Option<i64>,
    /// How many points go back, if the refund says so.
    pub(crate) points: Option<i64>,
    /// Whether nothing is left to give back with it.
    pub(crate) full: bool,
}

/// How much of what points were counted on was given back by all refunds so far. What a refund is
/// for is counted by its lines; where it doesn't say, its share of the goods is that of the order.
pub(crate) fn refunded_base(terms: &Terms, refunds: &[Refunded]) -> Result<i64, MoneyError> {
    if refunds.iter().any(|refund| refund.full) || terms.goods <= 0 {
        return Ok(terms.base);
    }
    let (mut of_lines, mut of_all) = (0_i64, 0_i64);
    for refund in refunds {
        let tendered = if terms.include_redeemed { refund.tendered } else { 0 };
        let money = refund.amount.max(0).saturating_add(tendered.max(0));
        match refund.lines {
            Some(lines) => of_lines = of_lines.saturating_add(money.min(lines.max(0))),
            None => of_all = of_all.saturating_add(money),
        }
    }
    let share = scale(of_all.min(terms.whole), terms.goods, terms.whole.max(1), true)?;
    let goods = of_lines.saturating_add(share).min(terms.goods);
    scale(goods, terms.base, terms.goods, true)
}

/// The points that paid an order, and what they paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Redeemed {
    pub(crate) points: i64,
    pub(crate) value: i64,
    /// What the whole order came to.
    pub(crate) total: i64,
}

impl Redeemed {
    /// How many of the points went back with all refunds so far: as the refunds say, in points or
    /// in money, else as large a part as of the total; the last refund gives back the rest.
    pub(crate) fn given_back(&self, refunds: &[Refunded]) -> Result<i64, MoneyError> {
        if refunds.iter().any(|refund| refund.full) {
            return Ok(self.points);
        }
        let mut points = 0_i64;
        for refund in refunds {
            let part = match refund.points {
                Some(points) => points.max(0),
                None if refund.tendered > 0 => {
                    scale(self.points, refund.tendered.min(self.value), self.value.max(1), false)?
                }
                None => {
                    let amount = refund.amount.clamp(0, self.total.max(0));
                    scale(self.points, amount, self.total.max(1), false)?
                }
            };
            points = points.saturating_add(part);
        }
        Ok(points.min(self.points))
    }
}
