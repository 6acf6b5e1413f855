//! From a cart to the calculation of its totals, and back.

use super::{Cart, CartError, CartStatus};
use crate::hook::{CartView, CustomerTraits, ViewLine};
use crate::money::{Money, Rate};
use crate::store::PriceMode;
use crate::time::Instant;
use crate::totals::{PricedLine, PricedShipping, PricingInput, RunningTotals, Totals};

impl Cart {
    /// What the calculation of its totals begins with. `tax_of` gives the rate of a class where the
    /// cart goes to; `tax_exempt` says what the account itself says, whatever plugins say.
    pub fn pricing(
        &self,
        mode: PriceMode,
        tax_of: impl Fn(&str) -> Rate,
        shipping: Option<PricedShipping>,
        traits: &CustomerTraits,
        tax_exempt: bool,
    ) -> PricingInput {
        let lines = self.lines.iter().map(|line| PricedLine {
            id: line.id.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price,
            tax: tax_of(&line.tax_class),
        });
        PricingInput {
            currency: self.currency,
            price_mode: mode,
            lines: lines.collect(),
            shipping,
            tax_exempt: tax_exempt || traits.tax_exempt,
            free_shipping: traits.free_shipping,
            line_discount: traits.line_discount,
        }
    }

    /// The cart as hooks see it while its totals are worked out; `running` is of this cart.
    pub fn view(
        &self,
        running: RunningTotals,
        traits: CustomerTraits,
        email_verified: bool,
        placing: bool,
    ) -> CartView {
        let lines = self.lines.iter().enumerate().map(|(at, line)| {
            let now = running.lines.get(at).filter(|one| one.line == line.id);
            ViewLine {
                id: line.id.clone(),
                variant: line.variant.clone(),
                product: line.product.clone(),
                sku: line.sku.clone(),
                quantity: line.quantity,
                unit_price: line.unit_price,
                net_so_far: now.map_or(Money::zero(self.currency), |one| one.left),
                one_time: line.schedule.is_one_time(),
            }
        });
        CartView {
            cart: self.id.clone(),
            version: self.version,
            store: self.store.clone(),
            currency: self.currency,
            customer: self.customer().cloned(),
            email_verified,
            lines: lines.collect(),
            codes: self.codes.clone(),
            wishes: self.wishes.clone(),
            shipping: running.shipping,
            running,
            traits,
            placing,
        }
    }

    /// With what it came to. It is no change of the cart: its version stays.
    pub fn priced(&self, totals: Totals, now: Instant) -> Result<Self, CartError> {
        if self.status != CartStatus::Open {
            return Err(CartError::Closed(self.status));
        }
        if totals.currency != self.currency {
            return Err(CartError::Currency(self.currency));
        }
        Ok(Self { totals: Some(totals), priced_at: Some(now), ..self.clone() })
    }
}
