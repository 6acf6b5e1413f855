//! What a cart or an order costs, and why.

use std::collections::BTreeMap;

use galleria_domain::{
    AllocationTarget, AppliedAdjustment, Currency, LineTotals, PartTotals, PluginId, PriceMode,
    Rate, RoundingRule, Stage, Step, StepKind, StepSum, TaxLine, Totals,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::money::MoneyView;

/// What a cart or an order costs. `subtotal + line_discount + order_discount + shipping +
/// shipping_discount + fees + tax_added = total`, and `total + tendered = payable`.
#[derive(JsonSchema, Serialize)]
pub(crate) struct TotalsView {
    /// Whether the amounts above the tax are with tax: `incl` or `excl`.
    #[schemars(with = "String")]
    price_mode: PriceMode,
    /// Whether no tax was due.
    tax_exempt: bool,
    /// Quantity times unit price of all lines.
    subtotal: MoneyView,
    /// What was taken off single lines; not above zero.
    line_discount: MoneyView,
    /// What was taken off all lines; not above zero.
    order_discount: MoneyView,
    /// Shipping before discounts.
    shipping: MoneyView,
    /// What was taken off shipping; not above zero.
    shipping_discount: MoneyView,
    /// What came on top; not below zero.
    fees: MoneyView,
    /// All tax, whether it came on top or was in the prices.
    tax: MoneyView,
    /// What the tax changes about the total.
    tax_added: MoneyView,
    /// The tax by its rates, lowest first.
    tax_lines: Vec<TaxLineView>,
    /// With tax; never below zero.
    total: MoneyView,
    /// What was paid by other means; not above zero.
    tendered: MoneyView,
    /// What is left to pay; never below zero.
    payable: MoneyView,
    /// The lines, in the order of the cart.
    lines: Vec<LineTotalsView>,
    /// Shipping by itself, if it is known how it is sent.
    shipping_totals: Option<PartTotalsView>,
    /// What plugins changed, in the order in which it was applied.
    adjustments: Vec<AdjustmentView>,
    /// The plugins that couldn't be asked: what they would have changed is missing.
    #[schemars(with = "Vec<String>")]
    degraded: Vec<PluginId>,
}

/// The tax of one rate.
#[derive(JsonSchema, Serialize)]
struct TaxLineView {
    /// The rate in parts per million: 190000 is 19 %.
    #[schemars(with = "u32")]
    rate: Rate,
    /// What it is taken of, without tax.
    base: MoneyView,
    /// How much it is.
    tax: MoneyView,
}

/// What a line costs.
#[derive(JsonSchema, Serialize)]
struct LineTotalsView {
    /// Which line.
    line: String,
    /// How many.
    quantity: u32,
    #[serde(flatten)]
    part: PartTotalsView,
}

/// What a line or shipping costs. `before + discount + fees` is `net` or `total`, by the price
/// mode; `net + tax = total`.
#[derive(JsonSchema, Serialize)]
struct PartTotalsView {
    /// Before any discount.
    before: MoneyView,
    /// What was taken off, with its share of what was taken off everything; not above zero.
    discount: MoneyView,
    /// Its share of the fees.
    fees: MoneyView,
    /// Without tax.
    net: MoneyView,
    /// The rate of tax in parts per million.
    #[schemars(with = "u32")]
    tax_rate: Rate,
    /// The tax.
    tax: MoneyView,
    /// With tax.
    total: MoneyView,
}

/// What a plugin changed.
#[derive(JsonSchema, Serialize)]
struct AdjustmentView {
    /// Whose it is.
    #[schemars(with = "String")]
    plugin: PluginId,
    /// What the plugin calls it, always the same.
    code: String,
    /// `line-discount`, `order-discount`, `shipping-discount`, `fee` or `tender`.
    #[schemars(with = "String")]
    stage: Stage,
    /// How much; below zero if it makes cheaper.
    amount: MoneyView,
    /// What it is called, by language.
    label: BTreeMap<String, String>,
    /// Where it went; adds up to the amount exactly.
    allocations: Vec<AllocationView>,
}

/// A share of what a plugin changed.
#[derive(JsonSchema, Serialize)]
struct AllocationView {
    /// The id of a line, or `shipping`, or `total`.
    target: String,
    /// How many minor units.
    amount: i64,
}

/// Why a cart costs what it costs: every minor unit by whose doing it is, by rule and rounding.
#[derive(JsonSchema, Serialize)]
pub(crate) struct ExplanationView {
    /// Of all amounts.
    #[schemars(with = "String")]
    currency: Currency,
    /// Where the steps lead, from nothing.
    payable: MoneyView,
    /// The steps, taken together by plugin, stage and rule.
    groups: Vec<StepGroupView>,
    /// The plugins that couldn't be asked.
    #[schemars(with = "Vec<String>")]
    degraded: Vec<PluginId>,
}

/// All steps of one kind, by one rule of one plugin.
#[derive(JsonSchema, Serialize)]
struct StepGroupView {
    /// Whose doing it is; the host's if `null`.
    #[schemars(with = "Option<String>")]
    plugin: Option<PluginId>,
    /// `price`, `line-discount`, `order-discount`, `shipping-discount`, `fee`, `tax` or `tender`.
    #[schemars(with = "String")]
    stage: StepKind,
    /// By which rule: the code of the adjustment, or `unit-price`, `tax` and so on.
    rule: String,
    /// How much they add together.
    amount: MoneyView,
    /// What rounding added to them together, in millionths of a minor unit.
    rounding_added_millionths: i64,
    /// The steps by themselves.
    steps: Vec<StepView>,
}

/// One step towards the payable amount: `before + amount = after`.
#[derive(JsonSchema, Serialize)]
struct StepView {
    /// Which one it is, from 0: the next one goes on where this one ends.
    at: usize,
    /// The id of a line, or `shipping`, or `total`.
    target: String,
    /// How it was rounded: `exact`, `half-away-from-zero`, `largest-remainder` or `capped`.
    #[schemars(with = "String")]
    rounding: RoundingRule,
    /// What rounding added, in millionths of a minor unit.
    rounding_added_millionths: i64,
    /// Minor units before it.
    before: i64,
    /// Minor units after it.
    after: i64,
    /// How many minor units it adds.
    amount: i64,
}

impl From<Totals> for TotalsView {
    fn from(totals: Totals) -> Self {
        // The steps are shown by themselves, to whoever asks why.
        Self {
            price_mode: totals.price_mode,
            tax_exempt: totals.tax_exempt,
            subtotal: totals.subtotal.into(),
            line_discount: totals.line_discount.into(),
            order_discount: totals.order_discount.into(),
            shipping: totals.shipping.into(),
            shipping_discount: totals.shipping_discount.into(),
            fees: totals.fees.into(),
            tax: totals.tax.into(),
            tax_added: totals.tax_added.into(),
            tax_lines: totals.tax_lines.into_iter().map(TaxLineView::from).collect(),
            total: totals.total.into(),
            tendered: totals.tendered.into(),
            payable: totals.payable.into(),
            lines: totals.lines.into_iter().map(LineTotalsView::from).collect(),
            shipping_totals: totals.shipping_totals.map(PartTotalsView::from),
            adjustments: totals.adjustments.into_iter().map(AdjustmentView::from).collect(),
            degraded: totals.degraded,
        }
    }
}

impl From<TaxLine> for TaxLineView {
    fn from(line: TaxLine) -> Self {
        let TaxLine { rate, base, tax } = line;
        Self { rate, base: base.into(), tax: tax.into() }
    }
}

impl From<LineTotals> for LineTotalsView {
    fn from(totals: LineTotals) -> Self {
        let LineTotals { line, quantity, part } = totals;
        Self { line: line.to_string(), quantity, part: part.into() }
    }
}

impl From<PartTotals> for PartTotalsView {
    fn from(part: PartTotals) -> Self {
        let PartTotals { before, discount, fees, net, tax_rate, tax, total } = part;
        Self {
            before: before.into(),
            discount: discount.into(),
            fees: fees.into(),
            net: net.into(),
            tax_rate,
            tax: tax.into(),
            total: total.into(),
        }
    }
}

impl From<AppliedAdjustment> for AdjustmentView {
    // What the plugin wants to find again is its own business.
    fn from(applied: AppliedAdjustment) -> Self {
        let AppliedAdjustment { adjustment, asked: _, allocations } = applied;
        let allocations = allocations
            .into_iter()
            .map(|share| AllocationView { target: target(share.target), amount: share.amount });
        Self {
            plugin: adjustment.plugin,
            code: adjustment.code,
            stage: adjustment.stage,
            amount: adjustment.amount.into(),
            label: adjustment.label,
            allocations: allocations.collect(),
        }
    }
}

impl From<&Totals> for ExplanationView {
    fn from(totals: &Totals) -> Self {
        let group = |sum: StepSum| {
            let is_of_it = |step: &Step| {
                (&step.plugin, step.stage, &step.rule) == (&sum.plugin, sum.stage, &sum.rule)
            };
            let steps = totals.steps.iter().enumerate().filter(|(_, step)| is_of_it(step));
            let steps = steps.map(StepView::from).collect();
            let StepSum { plugin, stage, rule, amount, rounding_added_millionths } = sum;
            let amount = amount.into();
            StepGroupView { plugin, stage, rule, amount, rounding_added_millionths, steps }
        };
        Self {
            currency: totals.currency,
            payable: totals.payable.into(),
            groups: totals.step_sums().into_iter().map(group).collect(),
            degraded: totals.degraded.clone(),
        }
    }
}

impl From<(usize, &Step)> for StepView {
    fn from((at, step): (usize, &Step)) -> Self {
        Self {
            at,
            target: target(step.target.clone()),
            rounding: step.rounding.rule,
            rounding_added_millionths: step.rounding.added_millionths,
            before: step.before,
            after: step.after,
            amount: step.amount,
        }
    }
}

fn target(target: AllocationTarget) -> String {
    match target {
        AllocationTarget::Line(line) => line.into(),
        AllocationTarget::Shipping => "shipping".to_owned(),
        AllocationTarget::Total => "total".to_owned(),
    }
}
