//! The lines of a cart.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    AddedBy, CART_LINES_MAX, Cart, CartError, LINE_OPTIONS_MAX_BYTES, LINE_QUANTITY_MAX, Line,
    PriceSource,
};
use crate::adjustment::json_fits;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{LineId, ProductId, VariantId};
use crate::money::{Currency, Money};
use crate::schedule::LineSchedule;
use crate::time::Instant;

/// A line that is to be put into a cart; nothing of it is checked yet.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "`Line` says what they mean")]
pub struct LineDraft {
    /// The id it gets, unless it adds to a line that is there.
    pub id: LineId,
    pub variant: VariantId,
    pub product: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: u32,
    pub unit_price: Money,
    pub price_source: PriceSource,
    pub tax_class: String,
    pub schedule: LineSchedule,
    pub options: Map<String, Value>,
    pub added_by: AddedBy,
}

/// The prices of variants in one currency.
pub type LinePrices = BTreeMap<VariantId, Money>;

impl Line {
    /// Whether both lines are of the same, so that their quantities add up: the same variant with
    /// the same options and schedule. A price that staff has set is for their line only.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let same_price = match (&self.price_source, &other.price_source) {
            (PriceSource::Catalog, PriceSource::Catalog) => true,
            (one, another) => one == another && self.unit_price == other.unit_price,
        };
        same_price
            && self.variant == other.variant
            && self.options == other.options
            && self.schedule == other.schedule
    }
}

impl Cart {
    /// With more of something. It adds to a line of the same, if there is one, which then costs
    /// what is paid for it now.
    pub fn add_line(&self, draft: LineDraft, now: Instant) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        let line = draft.check(self.currency)?;
        let has_room = next.lines.len() < CART_LINES_MAX;
        match next.lines.iter_mut().find(|one| one.is_same_as(&line)) {
            Some(one) => {
                one.quantity = checked_quantity(one.quantity.saturating_add(line.quantity))?;
                one.unit_price = line.unit_price;
            }
            None if has_room => next.lines.push(line),
            None => {
                let message = "a cart has at most 200 lines";
                return Err(CartError::field("lines", FieldCode::TooLong, message));
            }
        }
        Ok(next)
    }

    /// With so many of a line; 0 takes it out.
    pub fn set_quantity(
        &self,
        line: &LineId,
        quantity: u32,
        now: Instant,
    ) -> Result<Self, CartError> {
        if quantity == 0 {
            return self.remove_line(line, now);
        }
        let mut next = self.next_of_lines(now)?;
        next.line_mut(line)?.quantity = checked_quantity(quantity)?;
        Ok(next)
    }

    /// Without a line.
    pub fn remove_line(&self, line: &LineId, now: Instant) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        next.line_mut(line)?;
        next.lines.retain(|one| one.id != *line);
        Ok(next)
    }

    /// With a line bought once, or again and again.
    pub fn set_schedule(
        &self,
        line: &LineId,
        schedule: LineSchedule,
        now: Instant,
    ) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        let one = next.line_mut(line)?;
        schedule.validate()?;
        one.schedule = schedule;
        Ok(next)
    }

    /// With another price of one of a line. Whether the caller may do that isn't judged here.
    pub fn set_price(
        &self,
        line: &LineId,
        price: Money,
        source: PriceSource,
        now: Instant,
    ) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        let one = next.line_mut(line)?;
        check_price(price, self.currency)?;
        one.unit_price = price;
        one.price_source = source;
        Ok(next)
    }

    /// With the prices that the catalogue has now, for lines that follow it; `None` if none is
    /// different. A locked cart keeps its prices.
    pub fn reprice(&self, prices: &LinePrices, now: Instant) -> Result<Option<Self>, CartError> {
        let mut next = self.next(now)?;
        if self.lock == super::CartLock::Lines {
            return Ok(None);
        }
        let mut changed = false;
        for line in next.lines.iter_mut().filter(|line| line.price_source == PriceSource::Catalog) {
            let Some(price) = prices.get(&line.variant) else { continue };
            check_price(*price, self.currency)?;
            changed |= line.unit_price != *price;
            line.unit_price = *price;
        }
        Ok(changed.then_some(next))
    }

    /// In another currency, with the prices that the catalogue has in it. Every line needs one; a
    /// price that staff has set can't be carried over.
    pub fn convert(
        &self,
        currency: Currency,
        prices: &LinePrices,
        now: Instant,
    ) -> Result<Self, CartError> {
        let mut next = Self { currency, totals: None, ..self.next_of_lines(now)? };
        let mut mistakes = Mistakes::new();
        for (at, line) in next.lines.iter_mut().enumerate() {
            let path = format!("lines.{at}");
            match prices.get(&line.variant) {
                _ if line.price_source != PriceSource::Catalog => {
                    mistakes.add(&path, FieldCode::Range, "has a price that was set by hand");
                }
                None => mistakes.add(&path, FieldCode::Unknown, "has no price in this currency"),
                Some(price) => match check_price(*price, currency) {
                    Ok(()) => line.unit_price = *price,
                    Err(errors) => mistakes.extend_at(&path, errors),
                },
            }
        }
        Ok(mistakes.finish(next)?)
    }

    /// A line by its id.
    pub fn line(&self, line: &LineId) -> Option<&Line> {
        self.lines.iter().find(|one| one.id == *line)
    }

    fn line_mut(&mut self, line: &LineId) -> Result<&mut Line, CartError> {
        self.lines.iter_mut().find(|one| one.id == *line).ok_or(CartError::UnknownLine)
    }
}

impl LineDraft {
    fn check(self, currency: Currency) -> Result<Line, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        if let Err(errors) = checked_quantity(self.quantity) {
            mistakes.extend_at("", errors);
        }
        if let Err(errors) = check_price(self.unit_price, currency) {
            mistakes.extend_at("", errors);
        }
        if let Err(errors) = self.schedule.validate() {
            mistakes.extend_at("schedule", errors);
        }
        if !json_fits(&self.options, LINE_OPTIONS_MAX_BYTES) {
            mistakes.add("options", FieldCode::TooLong, "has more than 2048 bytes");
        }
        mistakes.finish(Line {
            id: self.id,
            variant: self.variant,
            product: self.product,
            sku: self.sku,
            name: self.name,
            quantity: self.quantity,
            unit_price: self.unit_price,
            price_source: self.price_source,
            tax_class: self.tax_class,
            schedule: self.schedule,
            options: self.options,
            added_by: self.added_by,
        })
    }
}

fn checked_quantity(quantity: u32) -> Result<u32, Vec<FieldError>> {
    if (1..=LINE_QUANTITY_MAX).contains(&quantity) {
        Ok(quantity)
    } else {
        Err(vec![FieldError::new("quantity", FieldCode::Range, "is not between 1 and 9999")])
    }
}

fn check_price(price: Money, currency: Currency) -> Result<(), Vec<FieldError>> {
    let error = |message: String| vec![FieldError::new("unit_price", FieldCode::Range, message)];
    if price.currency != currency {
        return Err(error(format!("is not in {currency}, the currency of the cart")));
    }
    if price.amount < 0 { Err(error("is below zero".into())) } else { Ok(()) }
}
