use std::collections::BTreeMap;

use galleria_manifest::Manifest;
use galleria_sdk::clock::{DAY, Timestamp};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::give_back::{Redeemed, refunded_base};
use super::program::{Earning, Unit, expiry};
use super::redeem::{Limits, Rate, quote};
use super::*;
use crate::book::NEVER;

/// The settings as the manifest's defaults have them, changed.
pub(crate) fn program(change: impl FnOnce(&mut Program)) -> Program {
    let manifest = Manifest::from_toml(include_str!("../../galleria.toml")).unwrap();
    let settings = manifest.settings.unwrap();
    let properties = settings["properties"].as_object().unwrap();
    let defaults: Map<String, Value> = properties
        .iter()
        .map(|(name, property)| (name.clone(), property["default"].clone()))
        .collect();
    let mut program: Program = serde_json::from_value(Value::Object(defaults)).unwrap();
    program.earning =
        BTreeMap::from([("EUR".to_owned(), Earning { points: 1, amount: 1_000, minimum: 0 })]);
    program.exchange = BTreeMap::from([("EUR".to_owned(), Rate { points: 1, amount: 100 })]);
    change(&mut program);
    program
}

fn earning(points: i64, amount: i64) -> Earning {
    Earning { points, amount, minimum: 0 }
}

/// 100.00 of goods and 10.00 of shipping, both with a tax of 25 %.
fn figures() -> Figures {
    Figures {
        currency: "EUR".into(),
        total: 11_000,
        tax: 2_200,
        shipping_net: 800,
        shipping_total: 1_000,
    }
}

fn base(redeemed: i64, change: impl FnOnce(&mut Program)) -> i64 {
    earn::terms(&program(change), &figures(), redeemed).unwrap().unwrap().base
}

#[test]
fn t13_only_whole_amounts_earn() {
    for (base, points, amount, expected) in [
        (8_999, 1, 1_000, 8),
        (300, 5, 250, 5),
        (1_000, 1, 1_000, 1),
        (999, 1, 1_000, 0),
        (0, 1, 1_000, 0),
        (-5_000, 1, 1_000, 0),
    ] {
        assert_eq!(earning(points, amount).points_for(base), expected, "{base}");
    }
    assert_eq!(earning(1_000_000, 1).points_for(i64::MAX), POINTS_MAX);
}

#[test]
fn t14_an_order_at_the_minimum_earns_and_one_unit_below_does_not() {
    let earning = Earning { minimum: 2_500, ..earning(1, 1_000) };
    assert_eq!((earning.points_for(2_500), earning.points_for(2_499)), (2, 0));
}

#[test]
fn t15_shipping_and_tax_earn_only_if_they_are_meant_to() {
    assert_eq!(base(0, |_| {}), 10_000);
    assert_eq!(base(0, |program| program.include_shipping = true), 11_000);
    assert_eq!(base(0, |program| program.include_tax = false), 8_000);
    let neither = |program: &mut Program| {
        program.include_tax = false;
        program.include_shipping = true;
    };
    assert_eq!(base(0, neither), 8_800);
    let foreign = Figures { currency: "USD".into(), ..figures() };
    assert_eq!(earn::terms(&program(|_| {}), &foreign, 0), Ok(None));
}

#[test]
fn t16_what_is_paid_with_points_earns_nothing_unless_it_is_meant_to() {
    assert_eq!(base(4_000, |_| {}), 6_000);
    assert_eq!(base(4_000, |program| program.include_redeemed = true), 10_000);
    assert_eq!(base(4_000, |program| program.include_tax = false), 4_800);
    assert_eq!(base(11_000, |_| {}), 0);
}

fn used(
    wanted: Option<i64>,
    available: i64,
    limits: Limits,
    rate: Rate,
    total: i64,
) -> Result<(i64, i64), Shortfall> {
    let quote = quote(wanted, available, limits, rate, total).unwrap();
    quote.map(|quote| (quote.points, quote.value))
}

const ONE: Rate = Rate { points: 1, amount: 100 };

#[test]
fn t17_points_pay_within_all_limits() {
    let none = Limits::default();
    let part = |part| Limits { part_ppm: Some(part), ..none };
    // The part is never passed by rounding up to whole points.
    assert_eq!(used(None, 100, part(600_000), ONE, 1_001), Ok((6, 600)));
    assert_eq!(used(None, 100, none, ONE, 1_050), Ok((11, 1_050)));
    assert_eq!(used(None, 5, none, ONE, 1_050), Ok((5, 500)));
    assert_eq!(used(Some(3), 100, none, ONE, 1_050), Ok((3, 300)));
    let most = Limits { most: Some(4), ..none };
    assert_eq!(used(None, 100, most, ONE, 1_050), Ok((4, 400)));
    let least = Limits { least: 5, ..none };
    assert_eq!(used(None, 4, least, ONE, 1_050), Err(Shortfall::BelowMinimum));
    assert_eq!(used(None, 5, least, ONE, 1_050), Ok((5, 500)));
    assert_eq!(used(Some(4), 9, least, ONE, 1_050), Err(Shortfall::BelowMinimum));
    // All together: 8 by number, 6 by part.
    let all = Limits { least: 6, most: Some(8), part_ppm: Some(600_000) };
    assert_eq!(used(None, 100, all, ONE, 1_001), Ok((6, 600)));
    let tight = Limits { least: 7, ..all };
    assert_eq!(used(None, 100, tight, ONE, 1_001), Err(Shortfall::BelowMinimum));
    let never = Limits { least: 9, ..all };
    assert_eq!(used(None, 100, never, ONE, 1_001), Err(Shortfall::Contradiction));
}

#[test]
fn a_small_total_is_paid_by_few_points_though_many_must_be_there() {
    let limits = Limits { least: 1_000, ..Limits::default() };
    assert_eq!(used(None, 1_000, limits, ONE, 1_050), Ok((11, 1_050)));
    assert_eq!(limits.enough(ONE, 1_050), Ok(1_000));
}

#[test]
fn points_that_are_worth_less_than_a_coin_pay_nothing() {
    let rate = Rate { points: 10, amount: 3 };
    assert_eq!(used(None, 3, Limits::default(), rate, 100), Err(Shortfall::Worthless));
    assert_eq!(used(None, 4, Limits::default(), rate, 100), Ok((4, 1)));
    assert_eq!(used(None, 0, Limits::default(), rate, 100), Err(Shortfall::Nothing));
    assert_eq!(used(None, -5, Limits::default(), rate, 100), Err(Shortfall::Nothing));
    assert_eq!(used(None, 5, Limits::default(), rate, 0), Err(Shortfall::Nothing));
}

#[test]
fn t17_limits_that_contradict_each_other_are_named() {
    let wrong = program(|program| {
        program.min_points_to_use = 10;
        program.max_points_per_order = 9;
    });
    assert_eq!(wrong.contradictions()[0].path, "min_points_to_use");
    let any = program(|program| program.min_points_to_use = 10);
    assert!(any.contradictions().is_empty());
}

proptest! {
    #[test]
    fn what_points_pay_is_within_the_total_the_part_and_what_is_there(
        wanted in proptest::option::of(0_i64..1_000_000),
        available in -10_i64..1_000_000,
        least in 0_i64..1_000,
        most in proptest::option::of(1_i64..100_000),
        part_ppm in proptest::option::of(1_i64..1_000_000),
        rate in (1_i64..1_000, 1_i64..1_000),
        total in 0_i64..100_000_000,
    ) {
        let rate = Rate { points: rate.0, amount: rate.1 };
        let limits = Limits { least, most, part_ppm };
        if let Ok(quote) = quote(wanted, available, limits, rate, total).unwrap() {
            prop_assert!(quote.points > 0 && quote.points <= available);
            prop_assert!(quote.points <= wanted.unwrap_or(i64::MAX).min(most.unwrap_or(i64::MAX)));
            prop_assert!(quote.value > 0 && quote.value <= total);
            if let Some(part) = part_ppm {
                prop_assert!(i128::from(quote.value) * 1_000_000 <= i128::from(total) * i128::from(part));
            }
            // Nobody pays more points than that value takes, by a coin's worth at most.
            prop_assert!(rate.value(quote.points).unwrap() >= quote.value);
            if quote.value == total {
                prop_assert_eq!(quote.points, rate.points_to_pay(total).unwrap());
            }
        }
    }

    #[test]
    fn who_has_enough_is_quoted_as_who_has_all(
        wanted in proptest::option::of(0_i64..100_000),
        more in 0_i64..1_000_000,
        least in 0_i64..1_000,
        most in proptest::option::of(1_i64..100_000),
        part_ppm in proptest::option::of(1_i64..1_000_000),
        rate in (1_i64..1_000, 1_i64..1_000),
        total in 0_i64..1_000_000,
    ) {
        let rate = Rate { points: rate.0, amount: rate.1 };
        let limits = Limits { least, most, part_ppm };
        let enough = limits.enough(rate, total).unwrap();
        prop_assert_eq!(
            quote(wanted, enough, limits, rate, total),
            quote(wanted, enough + more, limits, rate, total)
        );
    }
}

fn refund(id: &str, amount: i64) -> Refunded {
    let id = id.to_owned();
    Refunded { id, amount, tendered: 0, lines: None, points: None, full: false }
}

fn terms(redeemed: i64, change: impl FnOnce(&mut Program)) -> Terms {
    earn::terms(&program(change), &figures(), redeemed).unwrap().unwrap()
}

#[test]
fn t22_partial_refunds_take_back_what_the_rest_would_not_have_earned() {
    let order = Figures { total: 10_000, tax: 0, shipping_net: 0, shipping_total: 0, ..figures() };
    let terms = earn::terms(&program(|_| {}), &order, 0).unwrap().unwrap();
    assert_eq!(terms.points(), 10);
    let (mut refunds, mut reversed) = (Vec::new(), 0);
    for (amount, expected) in [(100, 1), (900, 0), (4_000, 4), (5_000, 5)] {
        refunds.push(refund(&amount.to_string(), amount));
        let now = terms.reversed(10, refunded_base(&terms, &refunds).unwrap());
        assert_eq!(now - reversed, expected, "{amount}");
        reversed = now;
    }
    assert_eq!(reversed, 10);
}

#[test]
fn t22_a_full_refund_in_cents_takes_everything_back() {
    let terms = terms(0, |_| {});
    let refunds: Vec<_> = (0..110).map(|at| refund(&at.to_string(), 100)).collect();
    let base = refunded_base(&terms, &refunds).unwrap();
    assert_eq!((base, terms.reversed(10, base)), (terms.base, 10));
}

#[test]
fn what_a_refund_is_for_decides_what_of_it_had_earned() {
    let terms = terms(0, |_| {});
    let goods = Refunded { lines: Some(5_000), ..refund("1", 5_500) };
    assert_eq!(refunded_base(&terms, std::slice::from_ref(&goods)), Ok(5_000));
    let shipping = Refunded { lines: Some(0), ..refund("2", 1_000) };
    assert_eq!(refunded_base(&terms, &[shipping]), Ok(0));
    // Nothing said: its share of the goods is that of the order.
    assert_eq!(refunded_base(&terms, &[refund("3", 5_500)]), Ok(5_000));
    let last = Refunded { full: true, ..refund("4", 1) };
    assert_eq!(refunded_base(&terms, &[last]), Ok(10_000));
}

#[test]
fn what_was_paid_with_points_had_earned_nothing_that_could_be_taken_back() {
    let terms = terms(4_000, |_| {});
    let points = Refunded { tendered: 4_000, ..refund("1", 0) };
    assert_eq!(refunded_base(&terms, &[points]), Ok(0));
    assert_eq!(refunded_base(&terms, &[refund("2", 7_000)]), Ok(6_000));
}

#[test]
fn points_go_back_as_the_refund_says_else_as_large_a_part_as_of_the_total() {
    let redeemed = Redeemed { points: 41, value: 4_000, total: 11_000 };
    assert_eq!(redeemed.given_back(&[refund("1", 5_500)]), Ok(20));
    let said = Refunded { points: Some(7), ..refund("1", 5_500) };
    assert_eq!(redeemed.given_back(std::slice::from_ref(&said)), Ok(7));
    let money = Refunded { tendered: 1_000, ..refund("2", 0) };
    assert_eq!(redeemed.given_back(&[said.clone(), money]), Ok(17));
    // Never more than there were, and the last one gives back the rest.
    let too_many = Refunded { points: Some(100), ..refund("3", 1) };
    assert_eq!(redeemed.given_back(&[said.clone(), too_many]), Ok(41));
    let last = Refunded { full: true, ..refund("4", 1) };
    assert_eq!(redeemed.given_back(&[said, last]), Ok(41));
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().0
}

#[test]
fn t26_delays_and_validities_are_durations_whatever_the_clocks_do() {
    let delayed = |delay, unit| {
        program(|program| {
            program.delay = delay;
            program.delay_unit = unit;
            program.purchase_validity_days = 30;
        })
    };
    let hour = delayed(1, Unit::Hours);
    for (from, active) in [
        // Clocks in Berlin go forward and back in this hour.
        ("2026-03-29T02:30:00+01:00", "2026-03-29T04:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
    ] {
        assert_eq!(hour.purchase_times(at(from)).0, at(active), "{from}");
    }
    let day = delayed(1, Unit::Days);
    let new_york = day.purchase_times(at("2026-03-07T12:00:00-05:00")).0;
    assert_eq!(new_york, at("2026-03-08T13:00:00-04:00"));
    let new_york = day.purchase_times(at("2026-10-31T12:00:00-04:00")).0;
    assert_eq!(new_york, at("2026-11-01T11:00:00-05:00"));
    let leap = delayed(30, Unit::Days).purchase_times(at("2028-02-28T00:00:00Z"));
    assert_eq!(leap, (at("2028-03-29T00:00:00Z"), at("2028-04-28T00:00:00Z")));
    let none = delayed(0, Unit::Days).purchase_times(at("2028-02-28T00:00:00Z"));
    assert_eq!(none.0, at("2028-02-28T00:00:00Z"));
    assert_eq!((expiry(5, 0), expiry(5, 1)), (NEVER, 5 + DAY));
    assert_eq!(expiry(i64::MAX - 1, 36_500), NEVER);
}
