//! Points that come in.

use galleria_sdk::clock::Instant;

use crate::book::{Account, Entry, Lot};
use crate::books::{Changes, Kept};

/// When points can be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) active_at: Instant,
    pub(super) expires_at: Instant,
}

/// Books points that come in. A debt is paid from them first.
pub(super) fn credit(
    changes: &mut Changes,
    account: &mut Account,
    entry: Entry,
    Times { active_at, expires_at }: Times,
) {
    let paid = account.debt.min(entry.points);
    account.debt -= paid;
    let left = entry.points - paid;
    changes.lots.push(Kept::unnamed(Lot {
        customer: account.customer.clone(),
        entry: entry.key.clone(),
        total: entry.points,
        left,
        open: left > 0,
        earned_at: entry.at,
        active_at,
        expires_at,
        lapsed: 0,
        expiries: 0,
        graced: false,
    }));
    changes.entries.push(entry);
}
