//! What is kept: entries, lots, uses, accounts and purchases.

use galleria_sdk::Money;
use galleria_sdk::clock::{DAY, Instant};
use galleria_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rules::{Refunded, Terms};

/// When points without an end expire.
pub(crate) const NEVER: Instant = i64::MAX;

/// A line of the book.
#[derive(Clone, Debug, Deserialize, Entity, PartialEq, Serialize)]
#[entity("entry")]
pub(crate) struct Entry {
    pub(crate) customer: String,
    pub(crate) kind: Kind,
    /// Not 0.
    pub(crate) points: i64,
    pub(crate) key: String,
    pub(crate) at: Instant,
    pub(crate) order: Option<String>,
    pub(crate) refund: Option<String>,
    pub(crate) used_amount: Option<Money>,
    pub(crate) message: Message,
    pub(crate) actor: String,
    pub(crate) terms: Option<Terms>,
}

/// What an entry is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// An order earned them.
    EarnOrder,
    /// A registration earned them.
    EarnRegistration,
    /// Staff gave or took them.
    Manual,
    /// They paid an order.
    Redeem,
    /// They came back from an order that they had paid.
    Restore,
    /// They were taken back with the order that had earned them.
    Reverse,
    /// Their time was over.
    Expire,
    /// They moved from one account to another.
    Merge,
}

/// What people read about an entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message {
    /// A text that clients translate.
    Key(String),
    /// What staff wrote.
    Text(String),
}

/// Points that came in at once.
#[derive(Clone, Debug, Deserialize, Entity, Eq, PartialEq, Serialize)]
#[entity("lot")]
pub(crate) struct Lot {
    pub(crate) customer: String,
    /// The key of the entry that they came with.
    pub(crate) entry: String,
    pub(crate) total: i64,
    pub(crate) left: i64,
    pub(crate) open: bool,
    pub(crate) earned_at: Instant,
    pub(crate) active_at: Instant,
    pub(crate) expires_at: Instant,
    pub(crate) lapsed: i64,
    pub(crate) expiries: i64,
    pub(crate) graced: bool,
}

/// What an order took out of a lot.
#[derive(Clone, Debug, Deserialize, Entity, Eq, PartialEq, Serialize)]
#[entity("use")]
pub(crate) struct Use {
    pub(crate) redeem: String,
    pub(crate) lot: String,
    pub(crate) position: i64,
    pub(crate) points: i64,
    pub(crate) restored: i64,
}

/// What is known of a customer.
#[derive(Clone, Debug, Default, Deserialize, Entity, Eq, PartialEq, Serialize)]
#[entity("account")]
pub(crate) struct Account {
    pub(crate) customer: String,
    pub(crate) debt: i64,
    pub(crate) registered_at: Option<Instant>,
    pub(crate) verified_at: Option<Instant>,
    pub(crate) merged_into: Option<String>,
}

/// What has become of an order.
#[derive(Clone, Debug, Default, Deserialize, Entity, Eq, PartialEq, Serialize)]
#[entity("purchase")]
pub(crate) struct Purchase {
    pub(crate) customer: String,
    pub(crate) cancelled: bool,
    /// What it came to, in minor units.
    pub(crate) total: i64,
    /// The points that it earned.
    pub(crate) earned: i64,
    /// How many of them are accounted for as taken back, whether they were still there or not.
    pub(crate) reversed: i64,
    /// How many of the points that paid it came back.
    pub(crate) restored: i64,
    pub(crate) refunds: Vec<Refunded>,
}

/// Up to when facets know of what only time changes.
#[derive(Clone, Debug, Deserialize, Entity, Eq, PartialEq, Serialize)]
#[entity("sweep")]
pub(crate) struct Sweep {
    pub(crate) until: Instant,
}

/// What a customer has at an instant.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Balance {
    /// What can be used, less the debt.
    pub(crate) available: i64,
    /// What is not active yet.
    pub(crate) pending: i64,
    /// What of the available expires within 30 days.
    pub(crate) expiring_30d: i64,
    /// The next instant at which something expires.
    pub(crate) next_expiry: Option<Instant>,
    /// How many expire then.
    pub(crate) next_expiring: i64,
    /// The sum of all entries.
    pub(crate) booked: i64,
    pub(crate) debt: i64,
}

impl Lot {
    /// Whether its points can be used: to the instant from the activation, and no longer to the
    /// instant of the expiry.
    pub(crate) fn is_active(&self, now: Instant) -> bool {
        self.active_at <= now && !self.is_over(now)
    }

    /// Whether its time is over.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.expires_at <= now
    }

    /// Takes points out, as far as there are any; answers how many.
    pub(crate) fn take(&mut self, points: i64) -> i64 {
        let taken = points.min(self.left);
        self.put(-taken);
        taken
    }

    /// Puts points in.
    pub(crate) fn put(&mut self, points: i64) {
        self.left += points;
        self.open = self.left > 0;
    }
}

impl Balance {
    /// Nothing but a debt.
    pub(crate) fn owing(debt: i64) -> Self {
        Self { available: -debt, booked: -debt, debt, ..Self::default() }
    }

    /// Counts a lot.
    pub(crate) fn count(&mut self, lot: &Lot, now: Instant) {
        self.booked += lot.left;
        if lot.left == 0 || lot.is_over(now) {
            return;
        }
        if lot.active_at > now {
            self.pending += lot.left;
            return;
        }
        self.available += lot.left;
        if lot.expires_at == NEVER {
            return;
        }
        if lot.expires_at <= now.saturating_add(30 * DAY) {
            self.expiring_30d += lot.left;
        }
        match self.next_expiry {
            Some(next) if next < lot.expires_at => {}
            Some(next) if next == lot.expires_at => self.next_expiring += lot.left,
            _ => (self.next_expiry, self.next_expiring) = (Some(lot.expires_at), lot.left),
        }
    }
}
