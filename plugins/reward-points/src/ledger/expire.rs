//! Points whose time is over.

use std::collections::BTreeSet;

use galleria_sdk::clock::Instant;

use super::{Ledger, Refusal, entry};
use crate::book::{Entry, Kind, Lot};
use crate::books::{Books, Changes, Kept};

/// What was written off.
#[derive(Debug, Default)]
pub(crate) struct Expired {
    pub(crate) customers: BTreeSet<String>,
    pub(crate) lots: usize,
    /// Whether there may be more.
    pub(crate) more: bool,
}

impl<B: Books> Ledger<'_, B> {
    /// Writes off what has expired, so many lots at most. Nobody's balance changes by it: what is
    /// over can't be used, booked or not.
    pub(crate) fn expire(&self, now: Instant, limit: u32) -> Result<Expired, Refusal> {
        let page = self.books.lots_over(now, limit)?;
        let mut expired = Expired { more: page.next.is_some(), ..Expired::default() };
        let mut changes = Changes::default();
        for mut lot in page.items {
            changes.entries.extend(lapse(&mut lot, now));
            expired.customers.insert(lot.value.customer.clone());
            expired.lots += 1;
            changes.lots.push(lot);
        }
        self.books.write(changes)?;
        Ok(expired)
    }
}

/// Writes off what is left of a lot whose time is over, as of that time.
pub(super) fn lapse(lot: &mut Kept<Lot>, now: Instant) -> Option<Entry> {
    let Kept { id: Some(id), value, .. } = lot else { return None };
    if value.left == 0 || !value.is_over(now) {
        return None;
    }
    let key = match value.expiries {
        0 => format!("expire:{id}"),
        before => format!("expire:{id}:{before}"),
    };
    let points = value.take(value.left);
    value.lapsed += points;
    value.expiries += 1;
    Some(entry(&value.customer, Kind::Expire, key, -points, value.expires_at))
}
