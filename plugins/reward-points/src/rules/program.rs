//! What an admin has set for a store.

use std::collections::BTreeMap;

use galleria_sdk::FieldFault;
use galleria_sdk::clock::{DAY, Instant};
use serde::{Deserialize, Serialize};

use super::redeem::{Limits, Rate};
use super::{HOUR, POINTS_MAX};
use crate::book::NEVER;

/// The settings.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(crate) struct Program {
    pub(crate) enabled: bool,
    /// What points are worth, by currency.
    pub(crate) exchange: BTreeMap<String, Rate>,
    /// What points are given for, by currency.
    pub(crate) earning: BTreeMap<String, Earning>,
    pub(crate) include_tax: bool,
    pub(crate) include_shipping: bool,
    pub(crate) include_redeemed: bool,
    pub(crate) award_on: AwardOn,
    pub(crate) delay: i64,
    pub(crate) delay_unit: Unit,
    /// 0: for ever.
    pub(crate) purchase_validity_days: i64,
    pub(crate) registration_points: i64,
    /// 0: for ever.
    pub(crate) registration_validity_days: i64,
    pub(crate) min_points_to_use: i64,
    /// 0: any number.
    pub(crate) max_points_per_order: i64,
    /// 0: all.
    pub(crate) max_redeem_ppm: i64,
    pub(crate) consume: Consume,
    pub(crate) restore_grace_days: i64,
    pub(crate) negative: Negative,
    pub(crate) show_will_earn: bool,
    pub(crate) page_size: u32,
}

/// How points are earned in a currency: so many for each whole amount.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earning {
    pub(crate) points: i64,
    /// In minor units.
    pub(crate) amount: i64,
    /// Less than this earns nothing.
    #[serde(default)]
    pub(crate) minimum: i64,
}

/// When points are given for an order.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AwardOn {
    Paid,
    Completed,
}

/// What a delay is counted in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    Hours,
    Days,
}

/// Which points are used first.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Consume {
    EarliestExpiry,
    Fifo,
}

/// What becomes of points that should be taken back but are spent.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Negative {
    AllowDebt,
    Clamp,
}

impl Program {
    /// How many points can be used for one order.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            least: self.min_points_to_use,
            most: (self.max_points_per_order > 0).then_some(self.max_points_per_order),
            part_ppm: (1..1_000_000).contains(&self.max_redeem_ppm).then_some(self.max_redeem_ppm),
        }
    }

    /// What the schema of the settings can't refuse.
    pub(crate) fn contradictions(&self) -> Vec<FieldFault> {
        if self.limits().contradict() {
            let message = "is more than max_points_per_order: no points could ever be used";
            return vec![FieldFault::new("min_points_to_use", "range", message)];
        }
        Vec::new()
    }

    /// When points that were earned at an instant become active, and when they expire: validity is
    /// counted from the activation.
    pub(crate) fn purchase_times(&self, at: Instant) -> (Instant, Instant) {
        let unit = match self.delay_unit {
            Unit::Hours => HOUR,
            Unit::Days => DAY,
        };
        let active_at = at.saturating_add(self.delay.saturating_mul(unit));
        (active_at, expiry(active_at, self.purchase_validity_days))
    }

    /// The same of points for a registration, which know no delay.
    pub(crate) fn registration_times(&self, at: Instant) -> (Instant, Instant) {
        (at, expiry(at, self.registration_validity_days))
    }
}

impl Earning {
    /// The points for an amount: whole amounts only.
    pub(crate) fn points_for(&self, base: i64) -> i64 {
        if base < self.minimum || base <= 0 || self.amount <= 0 {
            return 0;
        }
        (base / self.amount).saturating_mul(self.points).min(POINTS_MAX)
    }
}

/// The end of a validity in days of 24 hours; 0 days: never.
pub(crate) fn expiry(from: Instant, days: i64) -> Instant {
    if days == 0 { NEVER } else { from.saturating_add(days.saturating_mul(DAY)) }
}
