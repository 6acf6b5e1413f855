//! Points that pay an order.

use galleria_sdk::Money;
use galleria_sdk::clock::Instant;

use super::{LOTS_MAX, Ledger, PAGES_MAX, Refusal, entry};
use crate::book::{Kind, Lot, Use};
use crate::books::{Books, Changes, Kept, Walk};
use crate::rules::Consume;

/// The lots that points are taken from, the first one first.
#[derive(Debug)]
pub(crate) struct Plan {
    lots: Vec<Kept<Lot>>,
    /// What is in them, less the debt.
    pub(crate) available: i64,
}

/// Points that pay an order.
#[derive(Clone, Debug)]
pub(crate) struct Redemption<'a> {
    pub(crate) order: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) points: i64,
    pub(crate) value: Money,
    pub(crate) at: Instant,
    pub(crate) actor: &'a str,
}

impl<B: Books> Ledger<'_, B> {
    /// Finds lots with so many points, or with as many as there are.
    pub(crate) fn plan(&self, customer: &str, needed: i64, now: Instant) -> Result<Plan, Refusal> {
        let account = self.owner(customer)?.value;
        let needed = needed.saturating_add(account.debt);
        let walk = match self.program.consume {
            Consume::EarliestExpiry => Walk::EarliestExpiry(now),
            Consume::Fifo => Walk::Oldest,
        };
        let mut plan = Plan { lots: Vec::new(), available: -account.debt };
        let (mut sum, mut cursor) = (0_i64, None);
        'pages: for _ in 0..PAGES_MAX {
            let page = self.books.open_lots(&account.customer, walk, cursor)?;
            for lot in page.items.into_iter().filter(|lot| lot.value.is_active(now)) {
                sum += lot.value.left;
                plan.lots.push(lot);
                if sum >= needed || plan.lots.len() == LOTS_MAX {
                    break 'pages;
                }
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        plan.available += sum;
        Ok(plan)
    }

    /// Takes the points that pay an order out of the lots of a plan. Done already, it does nothing.
    pub(crate) fn redeem(&self, plan: Plan, by: &Redemption<'_>) -> Result<(), Refusal> {
        let key = redeem_key(by.order);
        if self.books.entry(&key)?.is_some() || by.points <= 0 {
            return Ok(());
        }
        if plan.available < by.points {
            return Err(Refusal::TooFew(plan.available.max(0)));
        }
        let owner = self.owner(by.customer)?;
        let mut changes = Changes::default();
        take(&mut changes, plan, by.points, Some(&key));
        let mut entry = entry(&owner.value.customer, Kind::Redeem, key, -by.points, by.at);
        entry.order = Some(by.order.to_owned());
        entry.used_amount = Some(by.value.clone());
        by.actor.clone_into(&mut entry.actor);
        changes.entries.push(entry);
        // Two orders with the same points clash here, even if they take them out of different lots.
        changes.accounts.push(owner);
        Ok(self.books.write(changes)?)
    }
}

/// Takes points out of lots, and notes for whom if they may come back; answers how many were taken.
pub(super) fn take(changes: &mut Changes, plan: Plan, points: i64, key: Option<&str>) -> i64 {
    let mut wanted = points;
    for (position, mut lot) in (0..).zip(plan.lots) {
        let taken = lot.value.take(wanted);
        if taken == 0 {
            break;
        }
        wanted -= taken;
        if let (Some(key), Some(id)) = (key, &lot.id) {
            let (redeem, lot) = (key.to_owned(), id.clone());
            let used = Use { redeem, lot, position, points: taken, restored: 0 };
            changes.uses.push(Kept::unnamed(used));
        }
        changes.lots.push(lot);
    }
    points - wanted
}

/// The key of the entry for the points that pay an order.
pub(crate) fn redeem_key(order: &str) -> String {
    format!("redeem:{order}")
}
