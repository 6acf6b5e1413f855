//! What is true of every cart, whatever the plugins propose.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::hook::HookRank;

/// What one plugin proposes for one stage.
type Offer = (Stage, HookRank, Vec<ProposedAdjustment>);

fn some_input() -> impl Strategy<Value = PricingInput> {
    // Small prices, where every unit counts, and ones that are as large as they can be.
    let price = prop_oneof![0..50_i64, 0..200_000_i64, 0..100_000_000_000_i64];
    let rate = || prop_oneof![Just(0_u32), 0..300_000_u32, Just(190_000), Just(1_000_000)];
    let line = (1..=9_999_u32, price, rate());
    let flags = any::<[bool; 4]>();
    let codes = prop_oneof![Just("JPY"), Just("EUR"), Just("KWD"), Just("CLF")];
    (codes, vec(line, 0..8), (0..100_000_i64, rate()), flags, 0..=1_000_000_u32).prop_map(
        |(code, lines, (shipping, rate), [incl, ships, exempt, free], discount)| {
            let currency = currency(code);
            let of = Rate::from_parts_per_million;
            let lines = (1..).zip(lines).map(|(at, (quantity, price, tax))| PricedLine {
                id: line_id(at),
                quantity,
                unit_price: Money::new(price, currency),
                tax: of(tax),
            });
            PricingInput {
                currency,
                price_mode: if incl { PriceMode::Incl } else { PriceMode::Excl },
                lines: lines.collect(),
                shipping: ships.then(|| PricedShipping {
                    price: Money::new(shipping, currency),
                    tax: of(rate),
                }),
                tax_exempt: exempt,
                free_shipping: free && ships,
                // Most customers have no discount of their own.
                line_discount: of(discount.saturating_sub(700_000)),
            }
        },
    )
}

/// Anything at all: other currencies aside, what is nonsense is refused.
fn some_offers() -> impl Strategy<Value = Vec<Offer>> {
    let scope = prop_oneof![
        (1..9_u8).prop_map(|at| AdjustmentScope::Line(line_id(at))),
        Just(AdjustmentScope::Order),
        Just(AdjustmentScope::Shipping),
        Just(AdjustmentScope::Tender),
    ];
    let amount = prop_oneof![-100..100_i64, -1_000_000..1_000_000_i64, any::<i64>()];
    let stage = prop::sample::select(Stage::ALL);
    let offer = (stage, 0..2_i32, "[a-d]", vec((scope, amount), 1..4));
    vec(offer, 0..10).prop_map(|offers| {
        offers
            .into_iter()
            .map(|(stage, priority, name, proposals)| {
                let proposals =
                    proposals.into_iter().map(|(scope, amount)| proposal(scope, amount));
                // What plugins mean mostly has the right sign and scope.
                let meant = proposals.map(|proposal| meant(stage, proposal));
                (stage, HookRank { priority, plugin: plugin(&name) }, meant.collect())
            })
            .collect()
    })
}

fn meant(stage: Stage, mut proposal: ProposedAdjustment) -> ProposedAdjustment {
    let amount = &mut proposal.amount.amount;
    if *amount % 10 != 0 {
        let is_wrong = (*amount > 0) != (stage == Stage::Fee);
        *amount = if is_wrong { amount.saturating_neg() } else { *amount };
        if !stage.allows(&proposal.scope) {
            proposal.scope = match stage {
                Stage::LineDiscount => AdjustmentScope::Line(line_id(1)),
                Stage::OrderDiscount | Stage::Fee => AdjustmentScope::Order,
                Stage::ShippingDiscount => AdjustmentScope::Shipping,
                Stage::Tender => AdjustmentScope::Tender,
            };
        }
    }
    proposal
}

/// Calculates as the app does: stage by stage, within a stage by rank.
fn calculate(input: &PricingInput, mut offers: Vec<Offer>) -> Result<Totals, TotalsError> {
    offers.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let mut calculation = Calculation::begin(input.clone())?;
    for (stage, rank, mut proposals) in offers {
        for proposal in &mut proposals {
            proposal.amount.currency = input.currency;
        }
        let before = calculation.so_far(stage)?;
        if calculation.offer(stage, &rank.plugin, proposals).is_err() {
            assert_eq!(calculation.so_far(stage)?, before, "nothing of a refused offer is applied");
        }
    }
    calculation.finish()
}

/// What all parts have in common.
fn check_part(part: &PartTotals, totals: &Totals) {
    assert!(part.before.amount >= 0 && part.discount.amount <= 0 && part.fees.amount >= 0);
    assert!(part.before.amount + part.discount.amount >= 0, "no more is taken than there is");
    assert_eq!(part.net.plus(part.tax), Ok(part.total));
    let amount = part.before.amount + part.discount.amount + part.fees.amount;
    match totals.price_mode {
        PriceMode::Excl => assert_eq!(part.net.amount, amount),
        PriceMode::Incl if !totals.tax_exempt => assert_eq!(part.total.amount, amount),
        PriceMode::Incl => assert!((0..=amount).contains(&part.total.amount)),
    }
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> i64 {
    amounts.into_iter().map(|money| money.amount).sum()
}

proptest! {
    #[test]
    fn every_minor_unit_is_accounted_for(input in some_input(), offers in some_offers()) {
        let totals = calculate(&input, offers).unwrap();
        prop_assert_eq!(totals.replay(), Ok(totals.payable));
        let sums = totals.step_sums();
        prop_assert_eq!(sum(sums.iter().map(|sum| sum.amount)), totals.payable.amount);
        // Plugins are put down with what they changed, and the host with the rest.
        let of_plugins = sums.iter().filter(|sum| sum.plugin.is_some()).map(|sum| sum.amount);
        let applied = totals.adjustments.iter().map(|applied| applied.adjustment.amount);
        prop_assert_eq!(sum(of_plugins), sum(applied));
        for step in &totals.steps {
            prop_assert!(step.after >= 0);
            prop_assert!(step.rounding.added_millionths.abs() < 1_000_000);
        }
    }

    #[test]
    fn the_figures_add_up(input in some_input(), offers in some_offers()) {
        let totals = calculate(&input, offers).unwrap();
        let parts = [
            totals.subtotal, totals.line_discount, totals.order_discount, totals.shipping,
            totals.shipping_discount, totals.fees, totals.tax_added,
        ];
        prop_assert_eq!(sum(parts), totals.total.amount);
        prop_assert_eq!(totals.total.plus(totals.tendered), Ok(totals.payable));
        prop_assert!(totals.total.amount >= 0 && totals.payable.amount >= 0);
        let shipping = totals.shipping_totals.as_ref();
        let each: Vec<_> = totals.lines.iter().map(|line| &line.part).chain(shipping).collect();
        for part in &each {
            check_part(part, &totals);
        }
        prop_assert_eq!(sum(each.iter().map(|part| part.total)), totals.total.amount);
        prop_assert_eq!(sum(each.iter().map(|part| part.tax)), totals.tax.amount);
        prop_assert_eq!(sum(totals.tax_lines.iter().map(|line| line.tax)), totals.tax.amount);
    }

    #[test]
    fn i5_allocations_are_their_adjustment(input in some_input(), offers in some_offers()) {
        let totals = calculate(&input, offers).unwrap();
        let mut at_lines: BTreeMap<AllocationTarget, i64> = BTreeMap::new();
        for applied in &totals.adjustments {
            let amount = applied.adjustment.amount.amount;
            let shares = &applied.allocations;
            prop_assert_eq!(shares.iter().map(|share| share.amount).sum::<i64>(), amount);
            prop_assert!(shares.iter().all(|share| share.amount.signum() == amount.signum()));
            prop_assert!(amount.abs() <= applied.asked.amount.abs());
            if applied.adjustment.stage == Stage::Fee {
                prop_assert_eq!(amount, applied.asked.amount);
            }
            for share in shares {
                *at_lines.entry(share.target.clone()).or_default() += share.amount;
            }
        }
        prop_assert_eq!(at_lines.get(&AllocationTarget::Total).copied().unwrap_or(0),
            totals.tendered.amount);
        if input.line_discount == Rate::ZERO {
            for line in &totals.lines {
                let shares = at_lines.get(&AllocationTarget::Line(line.line.clone()));
                let changed = line.part.discount.amount + line.part.fees.amount;
                prop_assert_eq!(changed, shares.copied().unwrap_or(0));
            }
        }
    }

    #[test]
    fn i6_everything_is_in_the_currency_of_the_cart(
        input in some_input(), offers in some_offers(),
    ) {
        let totals = calculate(&input, offers).unwrap();
        let json = serde_json::to_string(&totals).unwrap();
        for code in ["JPY", "EUR", "KWD", "CLF"] {
            prop_assert_eq!(json.contains(code), currency(code) == input.currency);
        }
        prop_assert_eq!(serde_json::from_str::<Totals>(&json).unwrap(), totals);
    }

    #[test]
    fn t8_the_order_in_which_plugins_are_loaded_changes_nothing(
        input in some_input(),
        (offers, shuffled) in some_offers().prop_map(one_each)
            .prop_flat_map(|offers| (Just(offers.clone()), Just(offers).prop_shuffle())),
    ) {
        prop_assert_eq!(calculate(&input, offers), calculate(&input, shuffled));
    }

    #[test]
    fn t7_prices_with_tax_in_them_come_to_the_same(
        lines in vec((1..=100_u32, 0..1_000_000_i64, 0..400_000_u32), 0..6), exempt: bool,
    ) {
        let build = |mode: PriceMode| {
            let mut cart = input(mode, &[]);
            cart.tax_exempt = exempt;
            cart.lines = (1..).zip(&lines).map(|(at, (quantity, net, rate))| {
                let tax = Rate::from_parts_per_million(*rate);
                let on_top = euro(*net).part(tax).unwrap();
                let unit_price = match mode {
                    PriceMode::Excl => euro(*net),
                    PriceMode::Incl => euro(*net).plus(on_top).unwrap(),
                };
                PricedLine { id: line_id(at), quantity: *quantity, unit_price, tax }
            }).collect();
            totals(cart).total.amount
        };
        // Each unit's price is rounded by at most half a minor unit, and each line's tax once more.
        let bound: i64 = lines.iter().map(|(quantity, ..)| i64::from(*quantity) / 2 + 1).sum();
        prop_assert!((build(PriceMode::Excl) - build(PriceMode::Incl)).abs() <= bound);
        if !exempt && lines.iter().all(|(quantity, ..)| *quantity == 1) {
            prop_assert_eq!(build(PriceMode::Excl), build(PriceMode::Incl));
        }
    }

    #[test]
    fn amounts_of_any_size_are_totalled_or_refused_without_a_panic(
        lines in vec((any::<u32>(), any::<i64>(), any::<u32>()), 0..4),
        shipping in any::<(i64, u32)>(),
        offers in some_offers(),
        incl: bool,
    ) {
        let mode = if incl { PriceMode::Incl } else { PriceMode::Excl };
        let mut cart = input(mode, &[]);
        cart.lines = (1..).zip(lines).map(|(at, (quantity, price, rate))| PricedLine {
            id: line_id(at),
            quantity: quantity % 10_001,
            unit_price: euro(if quantity % 2 == 0 { price } else { price / 20_000 }),
            tax: Rate::from_parts_per_million(rate),
        }).collect();
        let tax = Rate::from_parts_per_million(shipping.1);
        cart.shipping = Some(PricedShipping { price: euro(shipping.0), tax });
        if let Ok(totals) = calculate(&cart, offers) {
            prop_assert_eq!(totals.replay(), Ok(totals.payable));
        }
    }
}

/// One offer of each plugin at each stage: what a host collects, since it asks each one once.
fn one_each(offers: Vec<Offer>) -> Vec<Offer> {
    let mut kept: Vec<Offer> = Vec::new();
    for offer in offers {
        let is_new = kept
            .iter()
            .all(|(stage, rank, _)| (*stage, &rank.plugin) != (offer.0, &offer.1.plugin));
        if is_new {
            kept.push(offer);
        }
    }
    kept
}
