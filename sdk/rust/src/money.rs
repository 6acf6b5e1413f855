use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::Problem;
pub use crate::bindings::imports::galleria::shared::values::Money;

/// How an amount is made whole.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rounding {
    /// Down, towards less.
    Floor,
    /// To the nearest one, halves away from zero: how the host rounds.
    Nearest,
    /// Up, towards more.
    Ceiling,
}

/// Why a sum can't be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MoneyError {
    /// The amounts are of different currencies.
    Mixed,
    /// The result is beyond 64 bits.
    TooLarge,
    /// A rate over nothing.
    DividedByZero,
    /// Something is left to be shared out, and nobody there to take it.
    NobodyToShare,
}

/// What is never mixed, never overflows and never rounds unless told how.
impl Money {
    /// So many minor units of a currency: 1999 `EUR` is 19.99 euros.
    pub fn new(amount: i64, currency: impl Into<String>) -> Self {
        Self { amount, currency: currency.into() }
    }

    /// Nothing, in this currency.
    pub fn zero(currency: impl Into<String>) -> Self {
        Self::new(0, currency)
    }

    /// So many minor units of the same currency.
    #[must_use]
    pub fn same(&self, amount: i64) -> Self {
        Self::new(amount, self.currency.clone())
    }

    /// Both together.
    pub fn plus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.with(i128::from(self.amount) + i128::from(self.of_same(other)?))
    }

    /// What is left when the other is taken away.
    pub fn minus(&self, other: &Self) -> Result<Self, MoneyError> {
        self.with(i128::from(self.amount) - i128::from(self.of_same(other)?))
    }

    /// So many times this.
    pub fn times(&self, count: i64) -> Result<Self, MoneyError> {
        self.with(i128::from(self.amount) * i128::from(count))
    }

    /// The same off instead of on top, and the other way round.
    pub fn negated(&self) -> Result<Self, MoneyError> {
        self.with(-i128::from(self.amount))
    }

    /// The lesser of the two.
    pub fn at_most(&self, other: &Self) -> Result<Self, MoneyError> {
        Ok(self.same(self.amount.min(self.of_same(other)?)))
    }

    /// This part of it in parts per million, as the host rounds: 10 % is 100,000.
    pub fn part(&self, parts_per_million: u32) -> Result<Self, MoneyError> {
        self.scaled(parts_per_million.into(), 1_000_000, Rounding::Nearest)
    }

    /// The amount times one number over another, exactly, and then made whole.
    pub fn scaled(&self, times: i64, over: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        self.with(divide(i128::from(self.amount) * i128::from(times), over.into(), rounding)?)
    }

    /// How many units there are in it, at so many units for an amount: points in a price.
    pub fn units(&self, units: i64, per: &Self, rounding: Rounding) -> Result<i64, MoneyError> {
        let per = self.of_same(per)?;
        let units = divide(i128::from(self.amount) * i128::from(units), per.into(), rounding)?;
        i64::try_from(units).map_err(|_| MoneyError::TooLarge)
    }

    /// All of them together; zero if there are none.
    pub fn sum<'m>(
        currency: &str,
        amounts: impl IntoIterator<Item = &'m Self>,
    ) -> Result<Self, MoneyError> {
        let zero = Self::zero(currency);
        let mut total = 0_i128;
        for money in amounts {
            total += i128::from(zero.of_same(money)?);
        }
        zero.with(total)
    }

    /// Shares it out by weight, so that the shares add up to it exactly: everybody gets their part
    /// rounded towards zero, and what is left goes, one unit each, to those who lost most by that,
    /// the first ones first. Where all weights are 0, all count the same.
    pub fn allocate(&self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let shares = allocate(self.amount, weights)?;
        Ok(shares.into_iter().map(|amount| self.same(amount)).collect())
    }

    fn of_same(&self, other: &Self) -> Result<i64, MoneyError> {
        if self.currency == other.currency { Ok(other.amount) } else { Err(MoneyError::Mixed) }
    }

    fn with(&self, amount: i128) -> Result<Self, MoneyError> {
        Ok(self.same(i64::try_from(amount).map_err(|_| MoneyError::TooLarge)?))
    }
}

fn divide(dividend: i128, divisor: i128, rounding: Rounding) -> Result<i128, MoneyError> {
    if divisor == 0 {
        return Err(MoneyError::DividedByZero);
    }
    // Both fit into 127 bits, since they are products of two numbers of 64 bits at most.
    let (dividend, divisor) = (dividend * divisor.signum(), divisor.abs());
    let (floor, rest) = (dividend.div_euclid(divisor), dividend.rem_euclid(divisor));
    let up = match rounding {
        Rounding::Floor => false,
        Rounding::Ceiling => rest > 0,
        Rounding::Nearest if dividend < 0 => rest > divisor - rest,
        Rounding::Nearest => rest >= divisor - rest,
    };
    Ok(floor + i128::from(up))
}

fn allocate(amount: i64, weights: &[u64]) -> Result<Vec<i64>, MoneyError> {
    if weights.is_empty() {
        return if amount == 0 { Ok(Vec::new()) } else { Err(MoneyError::NobodyToShare) };
    }
    let all_equal = weights.iter().all(|weight| *weight == 0);
    let weight_of = |at: usize| if all_equal { 1 } else { u128::from(weights[at]) };
    let total: u128 = (0..weights.len()).map(weight_of).sum();
    let whole = u128::from(amount.unsigned_abs());
    let mut shares: Vec<u128> =
        (0..weights.len()).map(|at| whole * weight_of(at) / total).collect();
    let mut left = whole - shares.iter().sum::<u128>();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    by_loss.sort_by_key(|at| std::cmp::Reverse(whole * weight_of(*at) % total));
    for at in by_loss {
        let one = left.min(1);
        shares[at] += one;
        left -= one;
    }
    let signed = |share: u128| {
        let share = i128::try_from(share).map_err(|_| MoneyError::TooLarge)?;
        let share = if amount < 0 { -share } else { share };
        i64::try_from(share).map_err(|_| MoneyError::TooLarge)
    };
    shares.into_iter().map(signed).collect()
}

impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.amount == other.amount && self.currency == other.currency
    }
}

impl Eq for Money {}

#[derive(serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct Json<C> {
    amount: i64,
    currency: C,
}

/// `{"amount":1999,"currency":"EUR"}`, as in the host's APIs.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json { amount: self.amount, currency: self.currency.as_str() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Json::<String> { amount, currency } = Json::deserialize(deserializer)?;
        Ok(Self { amount, currency })
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mixed => "the amounts are of different currencies",
            Self::TooLarge => "the amount is too large",
            Self::DividedByZero => "nothing can be had for an amount of zero",
            Self::NobodyToShare => "there is nothing to share the amount out to",
        })
    }
}

impl std::error::Error for MoneyError {}

impl From<MoneyError> for Problem {
    fn from(error: MoneyError) -> Self {
        Self::new(422, "money", error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euros(amount: i64) -> Money {
        Money::new(amount, "EUR")
    }

    #[test]
    fn currencies_are_never_mixed_and_nothing_overflows() {
        let yen = Money::new(1, "JPY");
        assert_eq!(euros(1).plus(&yen), Err(MoneyError::Mixed));
        assert_eq!(euros(1).units(1, &yen, Rounding::Floor), Err(MoneyError::Mixed));
        assert_eq!(euros(i64::MAX).plus(&euros(1)), Err(MoneyError::TooLarge));
        assert_eq!(euros(i64::MIN).negated(), Err(MoneyError::TooLarge));
        assert_eq!(
            euros(i64::MIN).scaled(i64::MIN, -1, Rounding::Floor),
            Err(MoneyError::TooLarge)
        );
        assert_eq!(
            euros(i64::MAX).scaled(i64::MAX, i64::MAX, Rounding::Floor),
            Ok(euros(i64::MAX))
        );
        assert_eq!(euros(1).scaled(1, 0, Rounding::Floor), Err(MoneyError::DividedByZero));
        assert_eq!(Money::sum("EUR", [&euros(2), &euros(3)]), Ok(euros(5)));
        assert_eq!(Money::sum("EUR", []), Ok(euros(0)));
    }

    #[test]
    fn parts_round_as_the_host_does() {
        for (amount, parts, expected) in [
            (1005, 100_000, 101),
            (1004, 100_000, 100),
            (995, 150_000, 149),
            (1, 500_000, 1),
            (-1, 500_000, -1),
            (-1005, 100_000, -101),
            (333, 333_333, 111),
        ] {
            assert_eq!(euros(amount).part(parts), Ok(euros(expected)), "{amount} × {parts}");
        }
    }

    #[test]
    fn points_are_counted_down_and_their_worth_as_told() {
        // 10 points are worth 3 cents.
        assert_eq!(euros(100).units(10, &euros(3), Rounding::Floor), Ok(333));
        assert_eq!(euros(100).units(10, &euros(3), Rounding::Ceiling), Ok(334));
        assert_eq!(euros(3).scaled(333, 10, Rounding::Floor), Ok(euros(99)));
        assert_eq!(euros(3).scaled(333, 10, Rounding::Nearest), Ok(euros(100)));
        assert_eq!(euros(-3).scaled(333, 10, Rounding::Floor), Ok(euros(-100)));
        assert_eq!(euros(-3).scaled(333, 10, Rounding::Ceiling), Ok(euros(-99)));
        assert_eq!(euros(3).scaled(333, -10, Rounding::Ceiling), Ok(euros(-99)));
    }

    #[test]
    fn shares_add_up_by_largest_remainder() {
        for (amount, weights, expected) in [
            (100, &[1, 1, 1][..], &[34, 33, 33][..]),
            (1, &[1, 1], &[1, 0]),
            (10, &[0, 0, 0], &[4, 3, 3]),
            (5, &[3, 0, 2], &[3, 0, 2]),
            (-100, &[1, 1, 1], &[-34, -33, -33]),
            (999, &[333, 333, 334, 1], &[333, 332, 333, 1]),
            (1000, &[1999, 2999, 1], &[400, 600, 0]),
            (7, &[5, 5, 5, 5], &[2, 2, 2, 1]),
            (1 << 62, &[1 << 40, 1], &[4_611_686_018_423_193_600, 4_194_304]),
        ] {
            let shares = euros(amount).allocate(weights).unwrap();
            assert_eq!(shares.iter().map(|share| share.amount).collect::<Vec<_>>(), expected);
            assert_eq!(Money::sum("EUR", &shares), Ok(euros(amount)));
        }
        assert_eq!(euros(1).allocate(&[]), Err(MoneyError::NobodyToShare));
        assert_eq!(euros(0).allocate(&[]), Ok(Vec::new()));
    }

    #[test]
    fn in_json_it_is_as_in_the_hosts_apis() {
        let text = serde_json::to_string(&euros(1999)).unwrap();
        assert_eq!(text, r#"{"amount":1999,"currency":"EUR"}"#);
        assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), euros(1999));
        assert!(serde_json::from_str::<Money>(r#"{"amount":19.99,"currency":"EUR"}"#).is_err());
    }
}
