//! The rules of points, without the host.

pub(crate) mod earn;
pub(crate) mod give_back;
pub(crate) mod program;
pub(crate) mod redeem;

pub(crate) use earn::{Figures, Terms};
pub(crate) use give_back::Refunded;
pub(crate) use program::{AwardOn, Consume, Negative, Program};
pub(crate) use redeem::{Quote, Shortfall};

use galleria_sdk::MoneyError;

/// The most points that one entry books, so that no sum of a customer's entries overflows.
pub(crate) const POINTS_MAX: i64 = 1_000_000_000_000;
/// The most points that are given or taken by hand at once.
pub(crate) const MANUAL_MAX: i64 = 1_000_000_000;
/// An hour, in microseconds.
pub(crate) const HOUR: i64 = 3_600_000_000;

/// A number times one number over another, made whole downwards or to the nearest. None of them is
/// below zero.
fn scale(number: i64, times: i64, over: i64, nearest: bool) -> Result<i64, MoneyError> {
    if over <= 0 {
        return Err(MoneyError::DividedByZero);
    }
    let (product, over) = (i128::from(number) * i128::from(times), i128::from(over));
    let (whole, rest) = (product / over, product % over);
    let up = nearest && rest >= over - rest;
    i64::try_from(whole + i128::from(up)).map_err(|_| MoneyError::TooLarge)
}

#[cfg(test)]
pub(crate) mod tests;
