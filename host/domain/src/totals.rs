//! Totals: what a cart costs, and why, to the last minor unit.
//!
//! Amounts are in the price mode of the store (with tax or without) until the tax is worked out.
//! What makes cheaper is below zero, what makes dearer above: sums are plain sums.

mod calculation;
mod explain;
mod ledger;
mod parts;
mod taxation;

use serde::{Deserialize, Serialize};

use crate::adjustment::{Adjustment, Stage};
use crate::id::{LineId, PluginId};
use crate::money::{Currency, Money, MoneyError, Rate};
use crate::names::named;
use crate::store::PriceMode;

pub use calculation::Calculation;
pub use explain::{BrokenSteps, StepSum};

/// The most lines that are priced together.
pub const PRICED_LINES_MAX: usize = 200;

/// What the calculation begins with.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PricingInput {
    /// Of everything.
    pub currency: Currency,
    /// Whether the prices are with tax.
    pub price_mode: PriceMode,
    /// What is bought.
    pub lines: Vec<PricedLine>,
    /// How it is sent, if it is known.
    pub shipping: Option<PricedShipping>,
    /// Whether no tax is due.
    pub tax_exempt: bool,
    /// Whether shipping costs nothing.
    pub free_shipping: bool,
    /// What the customer gets off every line, before any plugin is asked.
    pub line_discount: Rate,
}

/// A line with its price.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PricedLine {
    /// Which one.
    pub id: LineId,
    /// How many, 1 to 9,999.
    pub quantity: u32,
    /// What one costs; not below zero.
    pub unit_price: Money,
    /// The tax on it.
    pub tax: Rate,
}

/// Shipping with its price.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PricedShipping {
    /// What it costs; not below zero.
    pub price: Money,
    /// The tax on it.
    pub tax: Rate,
}

/// Why totals can't be had.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TotalsError {
    /// The amounts are too large, or of different currencies.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// There are more lines than a cart can have.
    #[error("there are more than {PRICED_LINES_MAX} lines")]
    TooManyLines,
    /// A line is there twice.
    #[error("line {0} is there twice")]
    LineTwice(LineId),
    /// A quantity isn't between 1 and 9,999.
    #[error("the quantity of line {0} isn't between 1 and 9999")]
    Quantity(LineId),
    /// A price is below zero.
    #[error("a price is below zero")]
    NegativePrice,
    /// A discount of more than everything.
    #[error("the customer's discount is more than 100 %")]
    DiscountRate,
}

/// How far the calculation is: what hooks are shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunningTotals {
    /// Quantity times unit price of all lines.
    pub subtotal: Money,
    /// The lines as they are now, in the order of the cart.
    pub lines: Vec<RunningLine>,
    /// What is left of all lines after discounts, without fees.
    pub net_of_discounts: Money,
    /// What is left of shipping.
    pub shipping: Option<Money>,
    /// All fees so far.
    pub fees: Money,
    /// What is due with tax, from the stage of tenders on.
    pub due: Option<Money>,
}

/// A line as it is now.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunningLine {
    /// Which one.
    pub line: LineId,
    /// Quantity times unit price.
    pub before: Money,
    /// What is left of it after discounts.
    pub left: Money,
}

/// What a cart costs.
///
/// `subtotal + line_discount + order_discount + shipping + shipping_discount + fees + tax_added =
/// total`, and `total + tendered = payable`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Totals {
    /// Of everything.
    pub currency: Currency,
    /// Whether the amounts above the tax are with tax.
    pub price_mode: PriceMode,
    /// Whether no tax was due.
    pub tax_exempt: bool,
    /// Quantity times unit price of all lines.
    pub subtotal: Money,
    /// What was taken off single lines; not above zero.
    pub line_discount: Money,
    /// What was taken off all lines; not above zero.
    pub order_discount: Money,
    /// Shipping before discounts.
    pub shipping: Money,
    /// What was taken off shipping; not above zero.
    pub shipping_discount: Money,
    /// What came on top; not below zero.
    pub fees: Money,
    /// All tax, whether it came on top or was in the prices.
    pub tax: Money,
    /// What the tax changes about the total: all of it where prices are without tax, nothing where
    /// they are with tax, and less than zero where it was taken out for somebody exempt.
    pub tax_added: Money,
    /// The tax by its rates, lowest first.
    pub tax_lines: Vec<TaxLine>,
    /// With tax; never below zero.
    pub total: Money,
    /// What was paid by other means; not above zero.
    pub tendered: Money,
    /// What is left to pay; never below zero.
    pub payable: Money,
    /// The lines, in the order of the cart.
    pub lines: Vec<LineTotals>,
    /// Shipping by itself, if it is known how it is sent.
    pub shipping_totals: Option<PartTotals>,
    /// What plugins changed, in the order in which it was applied.
    pub adjustments: Vec<AppliedAdjustment>,
    /// How the payable amount came about, step by step.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The plugins that couldn't be asked: what they would have changed is missing.
    #[serde(default)]
    pub degraded: Vec<PluginId>,
}

/// The tax of one rate.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct TaxLine {
    /// The rate.
    pub rate: Rate,
    /// What it is taken of, without tax.
    pub base: Money,
    /// How much it is: the sum of what was rounded line by line.
    pub tax: Money,
}

/// What a line costs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct LineTotals {
    /// Which one.
    pub line: LineId,
    /// How many.
    pub quantity: u32,
    /// Its figures.
    #[serde(flatten)]
    pub part: PartTotals,
}

/// What a line or shipping costs. `before + discount + fees` is `net` or `total`, by the price
/// mode; `net + tax = total`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PartTotals {
    /// Before any discount.
    pub before: Money,
    /// What was taken off, with its share of what was taken off everything; not above zero.
    pub discount: Money,
    /// Its share of the fees.
    pub fees: Money,
    /// Without tax.
    pub net: Money,
    /// The rate of tax; nothing for somebody exempt.
    pub tax_rate: Rate,
    /// The tax.
    pub tax: Money,
    /// With tax, as far as tax is due.
    pub total: Money,
}

/// An adjustment with what became of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AppliedAdjustment {
    /// The adjustment with the amount that was applied.
    #[serde(flatten)]
    pub adjustment: Adjustment,
    /// What the plugin had asked for; more, if there wasn't as much to take from.
    pub asked: Money,
    /// Where it went; adds up to the amount exactly.
    pub allocations: Vec<Allocation>,
}

/// A share of an adjustment.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Allocation {
    /// Where it went.
    pub target: AllocationTarget,
    /// How many minor units.
    pub amount: i64,
}

/// Where a share of an adjustment went.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocationTarget {
    /// A line.
    Line(LineId),
    /// Shipping.
    Shipping,
    /// The total, in which lines and shipping are one.
    Total,
}

named! {
    /// What a step does.
    StepKind, "kind of step" {
        /// Adds the price of a line or of shipping.
        Price = "price",
        /// Takes something off a line.
        LineDiscount = "line-discount",
        /// Takes a line's share of something off.
        OrderDiscount = "order-discount",
        /// Takes something off shipping.
        ShippingDiscount = "shipping-discount",
        /// Adds a fee.
        Fee = "fee",
        /// Takes the tax out of a price, or adds it.
        Tax = "tax",
        /// Takes off what is paid by other means.
        Tender = "tender",
    }
}

impl From<Stage> for StepKind {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::LineDiscount => Self::LineDiscount,
            Stage::OrderDiscount => Self::OrderDiscount,
            Stage::ShippingDiscount => Self::ShippingDiscount,
            Stage::Fee => Self::Fee,
            Stage::Tender => Self::Tender,
        }
    }
}

named! {
    /// How the amount of a step was made a whole number.
    RoundingRule, "way to round" {
        /// It was one.
        Exact = "exact",
        /// To the nearest one, halves away from zero.
        HalfAwayFromZero = "half-away-from-zero",
        /// A share, so that all shares add up.
        LargestRemainder = "largest-remainder",
        /// It was cut to what was there.
        Capped = "capped",
    }
}

/// What rounding did to a step.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rounding {
    /// How it was rounded.
    pub rule: RoundingRule,
    /// What rounding added, in millionths of a minor unit, or took if below zero.
    pub added_millionths: i64,
}

/// One step towards the payable amount: `before + amount = after`, and the next one goes on there.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Step {
    /// Whose doing it is; the host's if nobody is named.
    pub plugin: Option<PluginId>,
    /// What kind of step.
    pub stage: StepKind,
    /// By which rule: the code of the adjustment, or `unit-price`, `customer-discount`,
    /// `shipping-price`, `free-shipping`, `tax-out`, `tax`.
    pub rule: String,
    /// Which part it is about.
    pub target: AllocationTarget,
    /// How it was rounded.
    pub rounding: Rounding,
    /// Minor units before it.
    pub before: i64,
    /// Minor units after it.
    pub after: i64,
    /// How many minor units it adds.
    pub amount: i64,
}

#[cfg(test)]
mod tests;
