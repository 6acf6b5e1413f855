use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::adjustment::{AdjustmentScope, ProposedAdjustment, RejectedAdjustment};

mod properties;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn euro(amount: i64) -> Money {
    Money::new(amount, currency("EUR"))
}

fn percent(percent: u32) -> Rate {
    Rate::from_parts_per_million(percent * 10_000)
}

fn line_id(at: u8) -> LineId {
    LineId::from_bytes([at; 16])
}

fn plugin(name: &str) -> PluginId {
    name.parse().unwrap()
}

/// Lines of so many at such a price with such a tax in percent.
fn input(mode: PriceMode, lines: &[(u32, Money, u32)]) -> PricingInput {
    let lines = (1..).zip(lines).map(|(at, (quantity, unit_price, tax))| PricedLine {
        id: line_id(at),
        quantity: *quantity,
        unit_price: *unit_price,
        tax: percent(*tax),
    });
    PricingInput {
        currency: currency("EUR"),
        price_mode: mode,
        lines: lines.collect(),
        shipping: None,
        tax_exempt: false,
        free_shipping: false,
        line_discount: Rate::ZERO,
    }
}

fn shipped(price: i64, tax: u32, input: PricingInput) -> PricingInput {
    let shipping = Some(PricedShipping { price: euro(price), tax: percent(tax) });
    PricingInput { shipping, ..input }
}

fn proposal(scope: AdjustmentScope, amount: i64) -> ProposedAdjustment {
    let label = BTreeMap::new();
    ProposedAdjustment {
        code: "code".into(),
        scope,
        amount: euro(amount),
        label,
        data: Value::Null,
    }
}

fn totals(input: PricingInput) -> Totals {
    Calculation::begin(input).unwrap().finish().unwrap()
}

/// The totals after one plugin has made one adjustment.
fn adjusted(input: PricingInput, stage: Stage, scope: AdjustmentScope, amount: i64) -> Totals {
    let mut calculation = Calculation::begin(input).unwrap();
    calculation.offer(stage, &plugin("a"), vec![proposal(scope, amount)]).unwrap();
    let totals = calculation.finish().unwrap();
    assert_eq!(totals.replay(), Ok(totals.payable));
    totals
}

#[test]
fn t1_prices_have_as_many_decimals_as_their_currency() {
    // 3 × 1999 minor units and 10 % on top: 599.7 rounded once, whatever a minor unit is worth.
    for (code, shown) in
        [("JPY", "6597 JPY"), ("USD", "65.97 USD"), ("KWD", "6.597 KWD"), ("CLF", "0.6597 CLF")]
    {
        let currency = currency(code);
        let input = input(PriceMode::Excl, &[(3, Money::new(1_999, currency), 10)]);
        let totals = totals(PricingInput { currency, ..input });
        assert_eq!(totals.payable.to_string(), shown);
        assert_eq!(totals.replay(), Ok(totals.payable));
    }
    assert!("XYZ".parse::<Currency>().is_err());
}

#[test]
fn t2_mixed_currencies_are_refused() {
    let (euro_, dollar) = (currency("EUR"), currency("USD"));
    let line = input(PriceMode::Incl, &[(1, euro(5), 0), (1, Money::new(5, dollar), 0)]);
    let mixed = TotalsError::Money(MoneyError::Mixed(euro_, dollar));
    assert_eq!(Calculation::begin(line).unwrap_err(), mixed);
    let mut shipping = shipped(5, 0, input(PriceMode::Incl, &[]));
    shipping.shipping.as_mut().unwrap().price.currency = dollar;
    assert_eq!(Calculation::begin(shipping).unwrap_err(), mixed);
}

#[test]
fn t3_what_is_too_large_is_an_error_and_never_wraps() {
    let too_large = TotalsError::Money(MoneyError::TooLarge);
    let nearly = i64::MAX / 9_999 + 1;
    for (mode, lines) in [
        (PriceMode::Incl, vec![(9_999, euro(nearly), 0)]),
        (PriceMode::Excl, vec![(1, euro(i64::MAX), 1)]),
        (PriceMode::Excl, vec![(1, euro(i64::MAX / 2), 0), (1, euro(i64::MAX / 2 + 1), 0)]),
    ] {
        assert_eq!(Calculation::begin(input(mode, &lines)).unwrap_err(), too_large);
    }
    let just = input(PriceMode::Excl, &[(9_999, euro(nearly / 2), 50)]);
    let totals = totals(just);
    assert_eq!(totals.total, totals.subtotal.plus(totals.tax).unwrap());
}

#[test]
fn what_is_no_line_of_a_cart_is_refused() {
    let one = input(PriceMode::Incl, &[(1, euro(5), 0)]);
    let with = |change: &dyn Fn(&mut PricingInput)| {
        let mut input = one.clone();
        change(&mut input);
        Calculation::begin(input).unwrap_err()
    };
    let id = line_id(1);
    assert_eq!(with(&|input| input.lines[0].quantity = 0), TotalsError::Quantity(id.clone()));
    assert_eq!(with(&|input| input.lines[0].quantity = 10_000), TotalsError::Quantity(id.clone()));
    assert_eq!(with(&|input| input.lines[0].unit_price = euro(-1)), TotalsError::NegativePrice);
    assert_eq!(with(&|input| input.lines.push(input.lines[0].clone())), TotalsError::LineTwice(id));
    let whole_and_more = Rate::from_parts_per_million(1_000_001);
    assert_eq!(with(&|input| input.line_discount = whole_and_more), TotalsError::DiscountRate);
    let many = input(PriceMode::Incl, &vec![(1, euro(1), 0); 201]);
    assert_eq!(Calculation::begin(many).unwrap_err(), TotalsError::TooManyLines);
}

#[test]
fn t5_a_discount_of_everything_leaves_nothing_to_pay() {
    let input = input(PriceMode::Excl, &[(2, euro(1_000), 19), (1, euro(333), 7)]);
    let totals = adjusted(input, Stage::OrderDiscount, AdjustmentScope::Order, -2_333);
    assert_eq!((totals.total, totals.payable, totals.tax), (euro(0), euro(0), euro(0)));
    assert!(totals.tax_lines.is_empty());
}

#[test]
fn t6_a_discount_takes_no_more_than_there_is() {
    let line = || AdjustmentScope::Line(line_id(1));
    let cart = || shipped(500, 0, input(PriceMode::Incl, &[(1, euro(1_000), 0), (1, euro(50), 0)]));
    for (stage, scope, left) in [
        (Stage::LineDiscount, line(), 550),
        (Stage::OrderDiscount, AdjustmentScope::Order, 500),
        (Stage::ShippingDiscount, AdjustmentScope::Shipping, 1_050),
    ] {
        let totals = adjusted(cart(), stage, scope, -9_999);
        assert_eq!(totals.payable, euro(left));
        let applied = &totals.adjustments[0];
        assert_eq!(applied.asked, euro(-9_999));
        assert_eq!(applied.adjustment.amount, euro(left - 1_550));
        assert!(totals.steps.iter().any(|step| step.rounding.rule == RoundingRule::Capped));
    }
    // Where there is nothing to take from, nothing is taken.
    let empty = input(PriceMode::Incl, &[]);
    let totals = adjusted(empty, Stage::ShippingDiscount, AdjustmentScope::Shipping, -5);
    assert_eq!((totals.payable, totals.adjustments[0].adjustment.amount), (euro(0), euro(0)));
}

#[test]
fn t7_with_or_without_tax_in_the_prices_the_same_is_due() {
    // 84.03 and 19 % on top is 100.00, which has 15.97 of tax in it.
    let net = totals(input(PriceMode::Excl, &[(1, euro(8_403), 19)]));
    let gross = totals(input(PriceMode::Incl, &[(1, euro(10_000), 19)]));
    for totals in [&net, &gross] {
        assert_eq!((totals.total, totals.tax), (euro(10_000), euro(1_597)));
        let base = euro(8_403);
        assert_eq!(totals.tax_lines, [TaxLine { rate: percent(19), base, tax: euro(1_597) }]);
    }
    assert_eq!((net.tax_added, gross.tax_added), (euro(1_597), euro(0)));
}

#[test]
fn t7_who_is_exempt_pays_the_net_price() {
    for (mode, price) in [(PriceMode::Excl, 8_403), (PriceMode::Incl, 10_000)] {
        let cart = shipped(119, 19, input(mode, &[(1, euro(price), 19)]));
        let totals = totals(PricingInput { tax_exempt: true, ..cart });
        let shipping = if mode == PriceMode::Excl { 119 } else { 100 };
        assert_eq!(totals.total, euro(8_403 + shipping));
        assert_eq!((totals.tax, totals.tax_lines.len()), (euro(0), 0));
        assert_eq!(totals.replay(), Ok(totals.payable));
    }
}

#[test]
fn tax_is_rounded_line_by_line_and_shipping_has_its_own() {
    // 3 × 0.05 at 10 %: 0.5 cents of tax on each line of 0.05, rounded away from zero.
    let lines = [(1, euro(5), 10), (1, euro(5), 10), (1, euro(5), 10)];
    let totals = totals(shipped(490, 20, input(PriceMode::Excl, &lines)));
    let expected = [
        TaxLine { rate: percent(10), base: euro(15), tax: euro(3) },
        TaxLine { rate: percent(20), base: euro(490), tax: euro(98) },
    ];
    assert_eq!(totals.tax_lines, expected);
    assert_eq!(totals.shipping_totals.as_ref().unwrap().total, euro(588));
    let rounding = Rounding { rule: RoundingRule::HalfAwayFromZero, added_millionths: 500_000 };
    let taxes: Vec<_> = totals.steps.iter().filter(|step| step.stage == StepKind::Tax).collect();
    assert_eq!((taxes[0].rounding, taxes[3].rounding), (rounding, Rounding::EXACT));
}

#[test]
fn i5_an_order_discount_is_shared_out_by_what_is_left_of_each_line() {
    let lines = [(1, euro(1_000), 0), (1, euro(1_000), 0), (1, euro(1_000), 0)];
    let totals = adjusted(
        input(PriceMode::Incl, &lines),
        Stage::OrderDiscount,
        AdjustmentScope::Order,
        -100,
    );
    let shares: Vec<_> =
        totals.adjustments[0].allocations.iter().map(|share| share.amount).collect();
    assert_eq!(shares, [-34, -33, -33]);
    let left: Vec<_> = totals.lines.iter().map(|line| line.part.total.amount).collect();
    assert_eq!(left, [966, 967, 967]);
    let step = totals.steps.iter().find(|step| step.stage == StepKind::OrderDiscount).unwrap();
    // A third of a cent each: the first took two thirds more than its part.
    let rounding = Rounding { rule: RoundingRule::LargestRemainder, added_millionths: -666_667 };
    assert_eq!(step.rounding, rounding);
}

#[test]
fn the_customers_own_discount_comes_before_every_plugin() {
    let cart = shipped(490, 0, input(PriceMode::Incl, &[(1, euro(1_005), 0)]));
    let cart = PricingInput { line_discount: percent(10), free_shipping: true, ..cart };
    let calculation = Calculation::begin(cart).unwrap();
    let shown = calculation.so_far(Stage::LineDiscount).unwrap();
    assert_eq!((shown.lines[0].before, shown.lines[0].left), (euro(1_005), euro(904)));
    assert_eq!((shown.shipping, shown.due), (Some(euro(0)), None));
    let totals = calculation.finish().unwrap();
    assert_eq!((totals.line_discount, totals.shipping_discount), (euro(-101), euro(-490)));
    assert_eq!((totals.payable, totals.replay()), (euro(904), Ok(euro(904))));
}

#[test]
fn fees_are_taxed_with_what_they_come_on_top_of() {
    let cart =
        || shipped(500, 20, input(PriceMode::Excl, &[(1, euro(1_000), 10), (1, euro(0), 0)]));
    for (scope, tax) in [
        (AdjustmentScope::Order, 110 + 100),
        (AdjustmentScope::Line(line_id(2)), 100 + 100),
        (AdjustmentScope::Shipping, 100 + 120),
    ] {
        let totals = adjusted(cart(), Stage::Fee, scope, 100);
        assert_eq!((totals.fees, totals.tax), (euro(100), euro(tax)));
    }
}

#[test]
fn tenders_pay_what_is_due_with_tax_and_never_more() {
    let cart = input(PriceMode::Excl, &[(1, euro(1_000), 19)]);
    let mut calculation = Calculation::begin(cart).unwrap();
    assert_eq!(calculation.so_far(Stage::Tender).unwrap().due, Some(euro(1_190)));
    let tender = |amount| vec![proposal(AdjustmentScope::Tender, amount)];
    // Both were shown the same 11.90; the second one gets what is left of it.
    calculation.offer(Stage::Tender, &plugin("a"), tender(-1_000)).unwrap();
    calculation.offer(Stage::Tender, &plugin("b"), tender(-1_000)).unwrap();
    let totals = calculation.finish().unwrap();
    let applied: Vec<_> =
        totals.adjustments.iter().map(|applied| applied.adjustment.amount.amount).collect();
    assert_eq!(applied, [-1_000, -190]);
    assert_eq!((totals.tendered, totals.payable), (euro(-1_190), euro(0)));
    assert_eq!(totals.total, euro(1_190));
    assert_eq!(totals.replay(), Ok(euro(0)));
}

#[test]
fn t9_nonsense_is_refused_as_a_whole_and_the_cart_still_works() {
    use RejectedAdjustment as R;
    let cart = input(PriceMode::Incl, &[(1, euro(1_000), 0)]);
    let clean = totals(cart.clone());
    let mut calculation = Calculation::begin(cart).unwrap();
    let line = |at| AdjustmentScope::Line(line_id(at));
    let mut dollar = proposal(line(1), -1);
    dollar.amount.currency = currency("USD");
    let good = proposal(line(1), -1);
    for (stage, proposals, rejected) in [
        (Stage::LineDiscount, vec![good.clone(), proposal(line(1), 1)], vec![(1, R::WrongSign)]),
        (
            Stage::LineDiscount,
            vec![dollar, proposal(line(9), -1)],
            vec![(0, R::WrongCurrency), (1, R::UnknownLine)],
        ),
        (Stage::LineDiscount, vec![proposal(AdjustmentScope::Order, -1)], vec![(0, R::WrongScope)]),
        (Stage::LineDiscount, vec![proposal(line(1), i64::MIN)], vec![(0, R::TooLarge)]),
        (Stage::LineDiscount, vec![good.clone(); 10_000], vec![(256, R::TooMany)]),
        (Stage::Fee, vec![proposal(AdjustmentScope::Shipping, 1)], vec![(0, R::WrongScope)]),
        (Stage::Tender, vec![proposal(AdjustmentScope::Tender, -600); 2], vec![(1, R::TooLarge)]),
    ] {
        // Each on a calculation of its own, since a refused tender has seen the tax settled.
        let mut one = calculation.clone();
        assert_eq!(one.offer(stage, &plugin("a"), proposals), Err(rejected));
        assert_eq!(one.finish().unwrap(), clean);
    }
    calculation.offer(Stage::Fee, &plugin("a"), vec![]).unwrap();
    let late = calculation.offer(Stage::LineDiscount, &plugin("a"), vec![good]);
    assert_eq!(late, Err(vec![(0, R::TooLate)]));
}

#[test]
fn fees_can_not_make_the_totals_too_large() {
    let cart = input(PriceMode::Excl, &[(1, euro(i64::MAX / 2), 99)]);
    let mut calculation = Calculation::begin(cart).unwrap();
    let fee = proposal(AdjustmentScope::Order, crate::adjustment::ADJUSTMENT_AMOUNT_MAX);
    let mut refused = None;
    for _ in 0..400 {
        let offered = calculation.offer(Stage::Fee, &plugin("a"), vec![fee.clone(); 256]);
        refused = offered.err().or(refused);
    }
    assert!(refused.unwrap().iter().all(|(_, why)| *why == RejectedAdjustment::TooLarge));
    let totals = calculation.finish().unwrap();
    assert_eq!(totals.replay(), Ok(totals.payable));
}

#[test]
fn who_could_not_be_asked_is_named_once() {
    let mut calculation = Calculation::begin(input(PriceMode::Incl, &[])).unwrap();
    calculation.degrade(&plugin("points"));
    calculation.degrade(&plugin("points"));
    assert_eq!(calculation.finish().unwrap().degraded, [plugin("points")]);
}

#[test]
fn steps_that_do_not_add_up_are_found() {
    let good = totals(input(PriceMode::Excl, &[(1, euro(5), 10), (1, euro(7), 0)]));
    let with = |change: &dyn Fn(&mut Totals)| {
        let mut totals = good.clone();
        change(&mut totals);
        totals.replay().unwrap_err()
    };
    assert_eq!(with(&|totals| drop(totals.steps.remove(0))), BrokenSteps::Gap(0));
    assert_eq!(with(&|totals| totals.steps[1].amount = 8), BrokenSteps::Sum(1));
    assert_eq!(with(&|totals| totals.payable = euro(14)), BrokenSteps::End(13));
}
