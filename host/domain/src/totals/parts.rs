//! The parts of a cart that are priced and taxed each for itself: its lines, and shipping.

use std::collections::BTreeSet;

use super::{
    AllocationTarget, PRICED_LINES_MAX, PartTotals, PricedLine, PricedShipping, PricingInput,
    TotalsError,
};
use crate::money::{Currency, Money, MoneyError, Rate, round_div};
use crate::store::PriceMode;

const MILLION: i128 = 1_000_000;
const QUANTITY_MAX: u32 = 9_999;

/// A line or shipping. Whatever happens to it, what is left is never below zero.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) target: AllocationTarget,
    /// Quantity times unit price.
    pub(super) before: i64,
    /// What was taken off; not above zero, nor more than there was.
    pub(super) discount: i64,
    /// Not below zero.
    pub(super) fees: i64,
    pub(super) rate: Rate,
}

/// The tax on a part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Taxed {
    /// Without tax.
    pub(super) net: i64,
    /// The tax that is taken out of the price or comes on top, whether or not it is due.
    pub(super) tax: i64,
    /// What rounding added to the tax, in millionths.
    pub(super) added_millionths: i64,
}

impl Part {
    fn new(target: AllocationTarget, before: i64, rate: Rate) -> Self {
        Self { target, before, discount: 0, fees: 0, rate }
    }

    /// What is left after discounts.
    pub(super) fn left(&self) -> i64 {
        self.before + self.discount
    }

    /// What tax is worked out from.
    pub(super) fn amount(&self) -> i64 {
        self.left() + self.fees
    }

    /// Takes off so much (`amount` is not above zero), or as much as is left; says how much it was.
    pub(super) fn take(&mut self, amount: i64) -> i64 {
        let taken = amount.max(-self.left());
        self.discount += taken;
        taken
    }

    /// The tax on it: rounded once, half away from zero.
    pub(super) fn taxed(&self, mode: PriceMode) -> Result<Taxed, MoneyError> {
        let amount = i128::from(self.amount());
        let share = amount * i128::from(self.rate.parts_per_million());
        let divisor = match mode {
            PriceMode::Excl => MILLION,
            PriceMode::Incl => MILLION + i128::from(self.rate.parts_per_million()),
        };
        let tax = round_div(share, divisor);
        let added_millionths = narrow(tax * MILLION - round_div(share * MILLION, divisor))?;
        let tax = narrow(tax)?;
        let net = match mode {
            PriceMode::Excl => self.amount(),
            PriceMode::Incl => self.amount() - tax,
        };
        Ok(Taxed { net, tax, added_millionths })
    }

    /// Its figures.
    pub(super) fn totals(&self, currency: Currency, taxed: Taxed, exempt: bool) -> PartTotals {
        let money = |amount| Money::new(amount, currency);
        let tax = if exempt { 0 } else { taxed.tax };
        PartTotals {
            before: money(self.before),
            discount: money(self.discount),
            fees: money(self.fees),
            net: money(taxed.net),
            tax_rate: if exempt { Rate::ZERO } else { self.rate },
            tax: money(tax),
            total: money(taxed.net + tax),
        }
    }
}

/// The lines and shipping, checked so that no sum of them with tax can be too large.
pub(super) fn parts_of(input: &PricingInput) -> Result<(Vec<Part>, Option<Part>), TotalsError> {
    if input.lines.len() > PRICED_LINES_MAX {
        return Err(TotalsError::TooManyLines);
    }
    let mut ids = BTreeSet::new();
    if let Some(twice) = input.lines.iter().find(|line| !ids.insert(&line.id)) {
        return Err(TotalsError::LineTwice(twice.id.clone()));
    }
    let lines: Result<Vec<_>, _> =
        input.lines.iter().map(|line| line_part(line, input.currency)).collect();
    let lines = lines?;
    let shipping = input.shipping.as_ref();
    let shipping = shipping.map(|shipping| shipping_part(shipping, input.currency)).transpose()?;
    if gross_bound(lines.iter().chain(&shipping), 0) > i128::from(i64::MAX) {
        return Err(MoneyError::TooLarge.into());
    }
    Ok((lines, shipping))
}

/// What all parts together can't cost more than, with tax and with so much more of fees.
pub(super) fn gross_bound<'a>(parts: impl Iterator<Item = &'a Part>, fees: i128) -> i128 {
    let (mut bound, mut highest) = (0, 0);
    for part in parts {
        let rate = i128::from(part.rate.parts_per_million());
        highest = rate.max(highest);
        // One unit more for the rounding of the part, and one for its share of the fees.
        bound += with_rate(part.amount().into(), rate) + 2;
    }
    bound + with_rate(fees, highest)
}

fn with_rate(amount: i128, rate: i128) -> i128 {
    amount + amount * rate / MILLION
}

fn line_part(line: &PricedLine, currency: Currency) -> Result<Part, TotalsError> {
    if !(1..=QUANTITY_MAX).contains(&line.quantity) {
        return Err(TotalsError::Quantity(line.id.clone()));
    }
    let amount = checked(line.unit_price, currency)?.times(line.quantity.into())?;
    Ok(Part::new(AllocationTarget::Line(line.id.clone()), amount.amount, line.tax))
}

fn shipping_part(shipping: &PricedShipping, currency: Currency) -> Result<Part, TotalsError> {
    let price = checked(shipping.price, currency)?;
    Ok(Part::new(AllocationTarget::Shipping, price.amount, shipping.tax))
}

fn checked(price: Money, currency: Currency) -> Result<Money, TotalsError> {
    // Adding is what refuses another currency.
    let price = Money::zero(currency).plus(price)?;
    if price.amount < 0 { Err(TotalsError::NegativePrice) } else { Ok(price) }
}

pub(super) fn narrow(amount: i128) -> Result<i64, MoneyError> {
    i64::try_from(amount).map_err(|_| MoneyError::TooLarge)
}
