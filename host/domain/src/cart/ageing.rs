//! How carts grow old.

use std::time::Duration;

use super::{Cart, CartError, CartStatus};
use crate::time::Instant;

/// When carts nobody touches are abandoned and expire.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CartAges {
    /// When one with something in it is abandoned.
    pub abandoned: Duration,
    /// When an empty one expires.
    pub empty: Duration,
    /// When one of somebody unknown expires.
    pub anonymous: Duration,
    /// When one of a customer, or with an email, expires.
    pub known: Duration,
}

impl Default for CartAges {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self {
            abandoned: Duration::from_hours(1),
            empty: Duration::from_hours(6),
            anonymous: days(30),
            known: days(90),
        }
    }
}

/// What its age makes of a cart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CartAge {
    /// Nothing yet.
    Fresh,
    /// It is abandoned, and wasn't known to be.
    Abandoned,
    /// It is too old.
    Expired,
}

impl Cart {
    /// What its age makes of it. A cart that is `held`, by a payment under way or by a link that is
    /// still good, doesn't expire.
    pub fn age(&self, ages: &CartAges, held: bool, now: Instant) -> CartAge {
        if self.status != CartStatus::Open {
            return CartAge::Fresh;
        }
        let idle = now.since(self.updated_at);
        if !held && idle >= self.expires_after(ages) {
            CartAge::Expired
        } else if !self.lines.is_empty() && self.abandoned_at.is_none() && idle >= ages.abandoned {
            CartAge::Abandoned
        } else {
            CartAge::Fresh
        }
    }

    /// As abandoned. It is no change of the cart: its version stays, and so a version is abandoned
    /// once.
    pub fn abandon(&self, now: Instant) -> Result<Self, CartError> {
        if self.status != CartStatus::Open {
            return Err(CartError::Closed(self.status));
        }
        Ok(Self { abandoned_at: self.abandoned_at.or(Some(now)), ..self.clone() })
    }

    fn expires_after(&self, ages: &CartAges) -> Duration {
        if self.lines.is_empty() {
            ages.empty
        } else if self.customer().is_some() || self.email.is_some() {
            ages.known
        } else {
            ages.anonymous
        }
    }
}
