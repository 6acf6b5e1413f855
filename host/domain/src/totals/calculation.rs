//! The calculation: prices, then what plugins adjust stage by stage, then tax, then tenders.

use super::ledger::{Cause, Ledger};
use super::parts::{Part, Taxed, gross_bound, parts_of};
use super::{
    Allocation, AllocationTarget, AppliedAdjustment, PricingInput, Rounding, RoundingRule,
    RunningLine, RunningTotals, StepKind, Totals, TotalsError,
};
use crate::adjustment::{
    ADJUSTMENTS_MAX, AdjustmentScope, ProposedAdjustment, RejectedAdjustment, Stage,
};
use crate::id::PluginId;
use crate::money::{Money, MoneyError, Rate, allocate, round_div};

const MILLION: i128 = 1_000_000;

/// A calculation under way. For each stage in its order: show the hooks [`Calculation::so_far`],
/// once, and then [offer](Calculation::offer) what each plugin answered, in the order of their
/// [ranks](crate::HookRank).
#[derive(Clone, Debug)]
pub struct Calculation {
    pub(super) input: PricingInput,
    pub(super) lines: Vec<Part>,
    pub(super) shipping: Option<Part>,
    pub(super) applied: Vec<AppliedAdjustment>,
    pub(super) degraded: Vec<PluginId>,
    pub(super) ledger: Ledger,
    /// What was paid by other means; not above zero.
    pub(super) tendered: i64,
    stage: Stage,
    taxed: Option<TaxedParts>,
}

/// The tax on each part, in their order.
#[derive(Clone, Debug)]
pub(super) struct TaxedParts {
    pub(super) lines: Vec<Taxed>,
    pub(super) shipping: Option<Taxed>,
    /// What is due for everything, with the tax that is due.
    pub(super) gross: i64,
}

impl Calculation {
    /// Begins with the prices, and with what the customer gets off whatever plugins say.
    pub fn begin(input: PricingInput) -> Result<Self, TotalsError> {
        if input.line_discount > Rate::WHOLE {
            return Err(TotalsError::DiscountRate);
        }
        let (lines, shipping) = parts_of(&input)?;
        let mut calculation = Self {
            input,
            lines,
            shipping,
            applied: Vec::new(),
            degraded: Vec::new(),
            ledger: Ledger::default(),
            tendered: 0,
            stage: Stage::LineDiscount,
            taxed: None,
        };
        calculation.put_prices();
        calculation.discount_lines()?;
        calculation.free_shipping();
        Ok(calculation)
    }

    /// What hooks of a stage are shown.
    pub fn so_far(&self, stage: Stage) -> Result<RunningTotals, TotalsError> {
        let money = |amount| Money::new(amount, self.input.currency);
        let lines = self.input.lines.iter().zip(&self.lines).map(|(line, part)| RunningLine {
            line: line.id.clone(),
            before: money(part.before),
            left: money(part.left()),
        });
        let due = if stage == Stage::Tender { Some(money(self.gross()?)) } else { None };
        Ok(RunningTotals {
            subtotal: money(self.lines.iter().map(|part| part.before).sum()),
            lines: lines.collect(),
            net_of_discounts: money(self.lines.iter().map(Part::left).sum()),
            shipping: self.shipping.as_ref().map(|part| money(part.left())),
            fees: money(self.parts().map(|part| part.fees).sum()),
            due,
        })
    }

    /// Applies what a plugin proposes for a stage: all of it, or none if anything is wrong with any
    /// of it. Discounts take at most what is left; tenders of several plugins together at most what
    /// is due.
    pub fn offer(
        &mut self,
        stage: Stage,
        plugin: &PluginId,
        proposals: Vec<ProposedAdjustment>,
    ) -> Result<(), Vec<(usize, RejectedAdjustment)>> {
        self.judge(stage, &proposals)?;
        self.stage = stage;
        for proposal in proposals {
            self.apply(stage, plugin, proposal);
        }
        Ok(())
    }

    /// Puts down that a plugin couldn't be asked.
    pub fn degrade(&mut self, plugin: &PluginId) {
        if !self.degraded.contains(plugin) {
            self.degraded.push(plugin.clone());
        }
    }

    /// What it all comes to.
    pub fn finish(mut self) -> Result<Totals, TotalsError> {
        self.settle_tax()?;
        let taxed = self.taxed.take().ok_or(MoneyError::TooLarge)?;
        Ok(self.into_totals(&taxed))
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.lines.iter().chain(&self.shipping)
    }

    fn put_prices(&mut self) {
        let line = Cause::host(StepKind::Price, "unit-price");
        for part in &self.lines {
            self.ledger.step(line, &part.target, part.before, Rounding::EXACT);
        }
        if let Some(part) = &self.shipping {
            let shipping = Cause::host(StepKind::Price, "shipping-price");
            self.ledger.step(shipping, &part.target, part.before, Rounding::EXACT);
        }
    }

    fn discount_lines(&mut self) -> Result<(), TotalsError> {
        let rate = i128::from(self.input.line_discount.parts_per_million());
        let cause = Cause::host(StepKind::LineDiscount, "customer-discount");
        for part in &mut self.lines {
            let exact = -i128::from(part.before) * rate;
            let taken = part.take(super::parts::narrow(round_div(exact, MILLION))?);
            let added = super::parts::narrow(i128::from(taken) * MILLION - exact)?;
            let rounding = Rounding::by(RoundingRule::HalfAwayFromZero, added);
            self.ledger.step(cause, &part.target, taken, rounding);
        }
        Ok(())
    }

    fn free_shipping(&mut self) {
        if let Some(part) = self.shipping.as_mut().filter(|_| self.input.free_shipping) {
            let taken = part.take(-part.before);
            let cause = Cause::host(StepKind::ShippingDiscount, "free-shipping");
            self.ledger.step(cause, &part.target, taken, Rounding::EXACT);
        }
    }

    fn judge(
        &mut self,
        stage: Stage,
        proposals: &[ProposedAdjustment],
    ) -> Result<(), Vec<(usize, RejectedAdjustment)>> {
        if stage < self.stage {
            return Err(vec![(0, RejectedAdjustment::TooLate)]);
        }
        if proposals.len() > ADJUSTMENTS_MAX {
            return Err(vec![(ADJUSTMENTS_MAX, RejectedAdjustment::TooMany)]);
        }
        let rejected: Vec<_> = proposals
            .iter()
            .enumerate()
            .filter_map(|(at, proposal)| Some((at, self.judge_one(stage, proposal).err()?)))
            .collect();
        if !rejected.is_empty() {
            return Err(rejected);
        }
        self.judge_sum(stage, proposals).map_err(|rejected| vec![rejected])
    }

    fn judge_one(
        &self,
        stage: Stage,
        proposal: &ProposedAdjustment,
    ) -> Result<(), RejectedAdjustment> {
        if proposal.amount.currency != self.input.currency {
            return Err(RejectedAdjustment::WrongCurrency);
        }
        proposal.check(stage)?;
        match &proposal.scope {
            AdjustmentScope::Line(id) => {
                let known = self.input.lines.iter().any(|line| line.id == *id);
                if known { Ok(()) } else { Err(RejectedAdjustment::UnknownLine) }
            }
            // A discount on nothing takes nothing; a fee would have nowhere to go.
            AdjustmentScope::Order if stage == Stage::Fee && self.lines.is_empty() => {
                Err(RejectedAdjustment::WrongScope)
            }
            AdjustmentScope::Shipping if stage == Stage::Fee && self.shipping.is_none() => {
                Err(RejectedAdjustment::WrongScope)
            }
            _ => Ok(()),
        }
    }

    /// Fees must not make the totals too large, nor one plugin's tenders be more than it was told
    /// is due.
    fn judge_sum(
        &mut self,
        stage: Stage,
        proposals: &[ProposedAdjustment],
    ) -> Result<(), (usize, RejectedAdjustment)> {
        if stage == Stage::Tender {
            let too_large = |_| (0, RejectedAdjustment::TooLarge);
            self.settle_tax().map_err(too_large)?;
        }
        let mut sum = 0_i128;
        for (at, proposal) in proposals.iter().enumerate() {
            sum += i128::from(proposal.amount.amount);
            let fits = match stage {
                Stage::Fee => gross_bound(self.parts(), sum) <= i128::from(i64::MAX),
                Stage::Tender => {
                    self.taxed.as_ref().is_some_and(|taxed| -sum <= i128::from(taxed.gross))
                }
                Stage::LineDiscount | Stage::OrderDiscount | Stage::ShippingDiscount => true,
            };
            if !fits {
                return Err((at, RejectedAdjustment::TooLarge));
            }
        }
        Ok(())
    }

    /// Applies what was judged before.
    fn apply(&mut self, stage: Stage, plugin: &PluginId, proposal: ProposedAdjustment) {
        let asked = proposal.amount;
        let cause =
            Cause { plugin: Some(plugin), stage: stage.into(), rule: proposal.code.as_str() };
        let allocations = match (&proposal.scope, stage) {
            (AdjustmentScope::Tender, _) => self.tender(cause, asked.amount),
            (AdjustmentScope::Order, _) => self.spread(cause, stage, asked.amount),
            (AdjustmentScope::Shipping, _) => {
                one(self.shipping.as_mut(), &mut self.ledger, cause, asked.amount)
            }
            (AdjustmentScope::Line(id), _) => {
                let target = AllocationTarget::Line(id.clone());
                let part = self.lines.iter_mut().find(|part| part.target == target);
                one(part, &mut self.ledger, cause, asked.amount)
            }
        };
        let amount = allocations.iter().map(|share| share.amount).sum();
        let mut adjustment = proposal.into_adjustment(plugin.clone(), stage);
        adjustment.amount.amount = amount;
        self.applied.push(AppliedAdjustment { adjustment, asked, allocations });
    }

    /// Shares an amount out to the lines, by what is left of each.
    fn spread(&mut self, cause: Cause<'_>, stage: Stage, asked: i64) -> Vec<Allocation> {
        let weights: Vec<u64> = self.lines.iter().map(|part| part.left().unsigned_abs()).collect();
        let left: i64 = self.lines.iter().map(Part::left).sum();
        let amount = if stage == Stage::Fee { asked } else { asked.max(-left) };
        // Nothing is refused here: a fee has lines to go to, and a share is never more than the
        // whole, which is within bounds.
        let shares = allocate(amount, &weights).unwrap_or_default();
        let mut allocations = Vec::with_capacity(shares.len());
        for (at, (part, share)) in self.lines.iter_mut().zip(shares).enumerate() {
            if stage == Stage::Fee {
                part.fees += share;
            } else {
                part.discount += share;
            }
            let rounding = if amount == asked {
                let added = share_rounding(amount, &weights, at, share);
                Rounding::by(RoundingRule::LargestRemainder, added)
            } else {
                Rounding::capped_if(true)
            };
            self.ledger.step(cause, &part.target, share, rounding);
            allocations.extend(allocation(&part.target, share));
        }
        allocations
    }

    fn tender(&mut self, cause: Cause<'_>, asked: i64) -> Vec<Allocation> {
        let gross = self.taxed.as_ref().map_or(0, |taxed| taxed.gross);
        let amount = asked.max(-(gross + self.tendered));
        self.tendered += amount;
        let rounding = Rounding::capped_if(amount != asked);
        self.ledger.step(cause, &AllocationTarget::Total, amount, rounding);
        allocation(&AllocationTarget::Total, amount).into_iter().collect()
    }

    /// What is due with tax, whatever was tendered.
    fn gross(&self) -> Result<i64, MoneyError> {
        match &self.taxed {
            Some(taxed) => Ok(taxed.gross),
            None => Ok(self.tax_parts()?.gross),
        }
    }

    fn tax_parts(&self) -> Result<TaxedParts, MoneyError> {
        let mode = self.input.price_mode;
        let lines: Result<Vec<_>, _> = self.lines.iter().map(|part| part.taxed(mode)).collect();
        let (lines, shipping) = (lines?, self.shipping.as_ref().map(|part| part.taxed(mode)));
        let shipping = shipping.transpose()?;
        let due = |taxed: &Taxed| if self.input.tax_exempt { 0 } else { taxed.tax };
        let gross = lines.iter().chain(&shipping).map(|taxed| taxed.net + due(taxed)).sum();
        Ok(TaxedParts { lines, shipping, gross })
    }

    /// Works the tax out, once: nothing but tenders comes after it.
    fn settle_tax(&mut self) -> Result<(), MoneyError> {
        if self.taxed.is_none() {
            let taxed = self.tax_parts()?;
            self.put_tax(&taxed);
            self.taxed = Some(taxed);
        }
        Ok(())
    }
}

/// Changes one part, or none if the cart hasn't got it.
fn one(
    part: Option<&mut Part>,
    ledger: &mut Ledger,
    cause: Cause<'_>,
    asked: i64,
) -> Vec<Allocation> {
    let Some(part) = part else { return Vec::new() };
    let amount = if cause.stage == StepKind::Fee {
        part.fees += asked;
        asked
    } else {
        part.take(asked)
    };
    ledger.step(cause, &part.target, amount, Rounding::capped_if(amount != asked));
    allocation(&part.target, amount).into_iter().collect()
}

fn allocation(target: &AllocationTarget, amount: i64) -> Option<Allocation> {
    (amount != 0).then(|| Allocation { target: target.clone(), amount })
}

/// What rounding added to a share, in millionths.
fn share_rounding(amount: i64, weights: &[u64], at: usize, share: i64) -> i64 {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let (weight, total) = match i128::try_from(weights.len()) {
        Ok(count) if total == 0 => (1, count),
        _ => (i128::from(weights[at]), total),
    };
    let missing = i128::from(share) * total - i128::from(amount) * weight;
    // A share is off by less than one unit, so this is always less than a million.
    i64::try_from(round_div(missing * MILLION, total)).unwrap_or(0)
}
