//! Tax in the ledger, and the figures that all of it comes to.

use std::collections::BTreeMap;

use super::calculation::{Calculation, TaxedParts};
use super::ledger::{Cause, Ledger};
use super::parts::{Part, Taxed};
use super::{LineTotals, PricingInput, Rounding, RoundingRule, StepKind, TaxLine, Totals};
use crate::adjustment::Stage;
use crate::money::{Money, Rate};
use crate::store::PriceMode;

impl Calculation {
    /// Puts the steps of the tax into the ledger: where prices are with tax, it is taken out and
    /// then, if it is due, put back.
    pub(super) fn put_tax(&mut self, taxed: &TaxedParts) {
        for (part, taxed) in self.lines.iter().zip(&taxed.lines) {
            put_part(&mut self.ledger, &self.input, part, *taxed);
        }
        if let (Some(part), Some(taxed)) = (&self.shipping, taxed.shipping) {
            put_part(&mut self.ledger, &self.input, part, taxed);
        }
    }

    pub(super) fn into_totals(self, taxed: &TaxedParts) -> Totals {
        let money = |amount| Money::new(amount, self.input.currency);
        let exempt = self.input.tax_exempt;
        let all_taxed = || taxed.lines.iter().chain(&taxed.shipping);
        let tax: i64 = if exempt { 0 } else { all_taxed().map(|taxed| taxed.tax).sum() };
        let tax_added = match self.input.price_mode {
            PriceMode::Excl => tax,
            PriceMode::Incl => tax - all_taxed().map(|taxed| taxed.tax).sum::<i64>(),
        };
        let subtotal = self.lines.iter().map(|part| part.before).sum();
        let order_discount = self.applied_at(Stage::OrderDiscount);
        let all_discounts: i64 = self.lines.iter().map(|part| part.discount).sum();
        Totals {
            currency: self.input.currency,
            price_mode: self.input.price_mode,
            tax_exempt: exempt,
            subtotal: money(subtotal),
            line_discount: money(all_discounts - order_discount),
            order_discount: money(order_discount),
            shipping: money(self.shipping.as_ref().map_or(0, |part| part.before)),
            shipping_discount: money(self.shipping.as_ref().map_or(0, |part| part.discount)),
            fees: money(self.parts().map(|part| part.fees).sum()),
            tax: money(tax),
            tax_added: money(tax_added),
            tax_lines: self.tax_lines(taxed),
            total: money(taxed.gross),
            tendered: money(self.tendered),
            payable: money(taxed.gross + self.tendered),
            lines: self.line_totals(taxed),
            shipping_totals: self
                .shipping
                .as_ref()
                .zip(taxed.shipping)
                .map(|(part, taxed)| part.totals(self.input.currency, taxed, exempt)),
            adjustments: self.applied,
            steps: self.ledger.steps,
            degraded: self.degraded,
        }
    }

    fn applied_at(&self, stage: Stage) -> i64 {
        let applied = self.applied.iter().map(|applied| &applied.adjustment);
        applied.filter(|one| one.stage == stage).map(|one| one.amount.amount).sum()
    }

    fn line_totals(&self, taxed: &TaxedParts) -> Vec<LineTotals> {
        let parts = self.lines.iter().zip(&taxed.lines);
        let lines = self.input.lines.iter().zip(parts);
        let (currency, exempt) = (self.input.currency, self.input.tax_exempt);
        lines
            .map(|(line, (part, taxed))| LineTotals {
                line: line.id.clone(),
                quantity: line.quantity,
                part: part.totals(currency, *taxed, exempt),
            })
            .collect()
    }

    fn tax_lines(&self, taxed: &TaxedParts) -> Vec<TaxLine> {
        if self.input.tax_exempt {
            return Vec::new();
        }
        let mut by_rate: BTreeMap<Rate, (i64, i64)> = BTreeMap::new();
        let all_taxed = taxed.lines.iter().chain(&taxed.shipping);
        for (part, taxed) in self.parts().zip(all_taxed).filter(|(_, taxed)| taxed.net != 0) {
            let (base, tax) = by_rate.entry(part.rate).or_default();
            *base += taxed.net;
            *tax += taxed.tax;
        }
        let money = |amount| Money::new(amount, self.input.currency);
        by_rate
            .into_iter()
            .map(|(rate, (base, tax))| TaxLine { rate, base: money(base), tax: money(tax) })
            .collect()
    }
}

fn put_part(ledger: &mut Ledger, input: &PricingInput, part: &Part, taxed: Taxed) {
    let rounded = |added| Rounding::by(RoundingRule::HalfAwayFromZero, added);
    let add = Cause::host(StepKind::Tax, "tax");
    match (input.price_mode, input.tax_exempt) {
        (PriceMode::Excl, true) => {}
        (PriceMode::Excl, false) => {
            ledger.step(add, &part.target, taxed.tax, rounded(taxed.added_millionths));
        }
        (PriceMode::Incl, exempt) => {
            let take = Cause::host(StepKind::Tax, "tax-out");
            ledger.step(take, &part.target, -taxed.tax, rounded(-taxed.added_millionths));
            if !exempt {
                ledger.step(add, &part.target, taxed.tax, rounded(taxed.added_millionths));
            }
        }
    }
}
