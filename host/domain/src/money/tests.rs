use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn euro(amount: i64) -> Money {
    Money::new(amount, "EUR".parse().unwrap())
}

#[test]
fn amounts_are_shared_out_to_the_last_cent() {
    for (amount, weights, shares) in [
        (100, vec![1, 1, 1], vec![34, 33, 33]),
        (1, vec![1, 1], vec![1, 0]),
        (10, vec![0, 0, 0], vec![4, 3, 3]),
        (5, vec![3, 0, 2], vec![3, 0, 2]),
        (-100, vec![1, 1, 1], vec![-34, -33, -33]),
        (999, vec![333, 333, 334, 1], vec![333, 332, 333, 1]),
        (1_000, vec![1_999, 2_999, 1], vec![400, 600, 0]),
        (7, vec![5, 5, 5, 5], vec![2, 2, 2, 1]),
        (1 << 62, vec![1 << 40, 1], vec![4_611_686_018_423_193_600, 4_194_304]),
        (i64::MIN, vec![u64::MAX], vec![i64::MIN]),
        (0, vec![], vec![]),
    ] {
        assert_eq!(allocate(amount, &weights), Ok(shares), "{amount} by {weights:?}");
    }
    assert_eq!(allocate(1, &[]), Err(MoneyError::NobodyToShare));
}

#[test]
fn halves_are_rounded_away_from_zero() {
    for (amount, rate, part) in [
        (1_005, 100_000, 101),
        (1_004, 100_000, 100),
        (995, 150_000, 149),
        (1, 500_000, 1),
        (-1_005, 100_000, -101),
        (333, 333_333, 111),
        (0, 999_999, 0),
    ] {
        let rate = Rate::from_parts_per_million(rate);
        assert_eq!(euro(amount).part(rate), Ok(euro(part)), "{amount} at {rate:?}");
    }
}

#[test]
fn money_is_shown_with_the_digits_of_its_currency() {
    for (amount, currency, shown) in [
        (1_999, "USD", "19.99 USD"),
        (-5, "EUR", "-0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (500, "JPY", "500 JPY"),
        (1_234, "KWD", "1.234 KWD"),
        (12_345, "CLF", "1.2345 CLF"),
        (i64::MIN, "EUR", "-92233720368547758.08 EUR"),
    ] {
        assert_eq!(Money::new(amount, currency.parse().unwrap()).to_string(), shown);
    }
}

#[test]
fn currencies_do_not_mix() {
    let dollar = Money::new(1, "USD".parse().unwrap());
    let mixed = MoneyError::Mixed(euro(1).currency, dollar.currency);
    assert_eq!(euro(1).plus(dollar), Err(mixed));
    assert_eq!(euro(1).minus(dollar), Err(mixed));
    assert_eq!(Money::sum(euro(1).currency, [euro(1), dollar]), Err(mixed));
}

#[test]
fn what_is_too_large_is_refused_and_never_wraps() {
    assert_eq!(euro(i64::MAX / 9_998).times(9_999), Err(MoneyError::TooLarge));
    assert_eq!(euro(i64::MAX).plus(euro(1)), Err(MoneyError::TooLarge));
    assert_eq!(euro(i64::MIN).minus(euro(1)), Err(MoneyError::TooLarge));
    // Only the total must fit, not every step on the way to it.
    let amounts = [euro(i64::MAX), euro(i64::MAX), euro(-i64::MAX)];
    assert_eq!(Money::sum(euro(0).currency, amounts), Ok(euro(i64::MAX)));
}

#[test]
fn money_is_a_small_object_in_json() {
    let json = r#"{"amount":-5,"currency":"EUR"}"#;
    assert_eq!(serde_json::from_str::<Money>(json).unwrap(), euro(-5));
    assert_eq!(serde_json::to_string(&euro(-5)).unwrap(), json);
    for bad in [
        r#"{"amount":1.5,"currency":"EUR"}"#,
        r#"{"amount":1e3,"currency":"EUR"}"#,
        r#"{"amount":9223372036854775808,"currency":"EUR"}"#,
        r#"{"amount":1,"currency":"XXY"}"#,
        r#"{"amount":1,"currency":"eur"}"#,
        r#"{"amount":1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn shares_add_up_and_none_is_a_unit_off(
        amount in any::<i64>(),
        weights in vec(prop_oneof![0..5_u64, any::<u64>()], 1..20),
    ) {
        let shares = allocate(amount, &weights).unwrap();
        prop_assert_eq!(shares.iter().map(|share| i128::from(*share)).sum::<i128>(), i128::from(amount));
        let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!(share.signum() * amount.signum() >= 0);
            let whole = u128::from(amount.unsigned_abs()) * u128::from(*weight);
            if let Some(exact) = whole.checked_div(total) {
                let more = u128::from(share.unsigned_abs()) - exact;
                prop_assert!(more <= 1);
            }
        }
    }

    #[test]
    fn a_share_is_no_larger_than_its_weight_while_the_amount_is_within_the_total(
        weights in vec(0..1_000_u64, 1..12),
        part in 0..=1_000_u64,
    ) {
        let total: u64 = weights.iter().sum();
        let amount = i64::try_from(total * part / 1_000).unwrap();
        for (share, weight) in allocate(amount, &weights).unwrap().iter().zip(&weights) {
            prop_assert!(total == 0 || share.unsigned_abs() <= *weight);
        }
    }

    #[test]
    fn rounding_is_never_off_by_more_than_a_half(dividend in any::<i64>(), divisor in 1..i64::MAX) {
        let (dividend, divisor) = (i128::from(dividend), i128::from(divisor));
        let rounded = round_div(dividend, divisor);
        prop_assert!((2 * (dividend - rounded * divisor)).abs() <= divisor);
        prop_assert_eq!(round_div(-dividend, divisor), -rounded);
    }

    #[test]
    fn taking_away_undoes_adding(one in any::<i64>(), two in any::<i64>()) {
        if let Ok(sum) = euro(one).plus(euro(two)) {
            prop_assert_eq!(sum.minus(euro(two)), Ok(euro(one)));
        }
    }
}
