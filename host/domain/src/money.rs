//! Money: whole numbers of minor units, always with their currency. No floating point anywhere.

mod currency;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use currency::{Currency, UnknownCurrency};

/// An amount in the minor units of a currency: `{ amount: 1999, currency: EUR }` is 19.99 euros.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(deny_unknown_fields, expecting = "an amount and a currency")]
pub struct Money {
    /// How many minor units.
    pub amount: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why a sum can't be had.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are of different currencies.
    #[error("{0} and {1} don't mix")]
    Mixed(Currency, Currency),
    /// The result is beyond 64 bits.
    #[error("the amount is too large")]
    TooLarge,
    /// Something is left to be shared out, and nobody there to take it.
    #[error("there is nothing to share the amount out to")]
    NobodyToShare,
}

impl Money {
    /// So many minor units.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// Nothing, in this currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(i128::from(self.amount) + i128::from(other.amount))
    }

    /// What is left when the other is taken away.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        self.with(i128::from(self.amount) - i128::from(other.amount))
    }

    /// So many times this.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        self.with(i128::from(self.amount) * i128::from(count))
    }

    /// This part of it, rounded half away from zero.
    pub fn part(self, rate: Rate) -> Result<Self, MoneyError> {
        let product = i128::from(self.amount) * i128::from(rate.parts_per_million());
        self.with(round_div(product, i128::from(Rate::MILLION)))
    }

    /// All of them together; zero if there are none.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        let mut total = 0_i128;
        for money in amounts {
            Self::zero(currency).same_currency(money)?;
            total += i128::from(money.amount);
        }
        Self::zero(currency).with(total)
    }

    /// Shares the amount out by weight, as [`allocate`] does.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let shares = allocate(self.amount, weights)?;
        Ok(shares.into_iter().map(|amount| Self { amount, ..self }).collect())
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }

    fn with(self, amount: i128) -> Result<Self, MoneyError> {
        let amount = i64::try_from(amount).map_err(|_| MoneyError::TooLarge)?;
        Ok(Self { amount, ..self })
    }
}

/// In major units, with the digits that the currency has: `19.99 EUR`, `-5 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.currency.exponent());
        let sign = if self.amount < 0 { "-" } else { "" };
        let units = format!("{:0>width$}", self.amount.unsigned_abs(), width = digits + 1);
        let (major, minor) = units.split_at(units.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        write!(f, "{sign}{major}{point}{minor} {}", self.currency)
    }
}

/// A rate in parts per million: 10 % is 100,000.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(transparent)]
pub struct Rate(u32);

impl Rate {
    const MILLION: u32 = 1_000_000;

    /// Nothing of it.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(Self::MILLION);

    /// So many parts per million.
    pub const fn from_parts_per_million(parts: u32) -> Self {
        Self(parts)
    }

    /// Its parts per million.
    pub const fn parts_per_million(self) -> u32 {
        self.0
    }
}

/// Divides and rounds half away from zero: the one place where Galleria rounds money.
///
/// # Panics
///
/// If `divisor` isn't positive, which would be a mistake of the caller's.
pub fn round_div(dividend: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "money is divided by positive numbers only");
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    // Compared by what is missing, since twice the rest may not fit.
    if rest.abs() >= divisor - rest.abs() { quotient + dividend.signum() } else { quotient }
}

/// Shares an amount out by weight, so that the shares add up to it exactly.
///
/// Everybody gets their part rounded towards zero; what is left goes, one unit each, to those who
/// lost most by that, the first ones first. Where all weights are 0, all count the same.
pub fn allocate(amount: i64, weights: &[u64]) -> Result<Vec<i64>, MoneyError> {
    if weights.is_empty() {
        return if amount == 0 { Ok(Vec::new()) } else { Err(MoneyError::NobodyToShare) };
    }
    let all_equal = weights.iter().all(|weight| *weight == 0);
    let weight_of = |at: usize| if all_equal { 1 } else { u128::from(weights[at]) };
    let total: u128 = (0..weights.len()).map(weight_of).sum();
    let whole = u128::from(amount.unsigned_abs());

    let mut shares: Vec<u128> =
        (0..weights.len()).map(|at| whole * weight_of(at) / total).collect();
    let left = whole - shares.iter().sum::<u128>();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    by_loss.sort_by_key(|at| std::cmp::Reverse(whole * weight_of(*at) % total));
    // Fewer units are left than there are shares, since each lost less than one.
    for at in by_loss.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        shares[at] += 1;
    }
    shares.into_iter().map(|share| signed(share, amount)).collect()
}

fn signed(share: u128, like: i64) -> Result<i64, MoneyError> {
    let share = i128::try_from(share).map_err(|_| MoneyError::TooLarge)?;
    let share = if like < 0 { -share } else { share };
    i64::try_from(share).map_err(|_| MoneyError::TooLarge)
}

#[cfg(test)]
mod tests;
