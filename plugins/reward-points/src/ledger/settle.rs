//! What becomes of an order: facts are gathered in whatever order they are heard of, and what they
//! come to is booked.

use galleria_sdk::clock::{DAY, Instant};

use super::credit::{Times, credit};
use super::expire::lapse;
use super::redeem::redeem_key;
use super::{Ledger, Refusal, entry};
use crate::book::{Entry, Kind, Lot, Purchase};
use crate::books::{Books, Changes, Kept};
use crate::rules::give_back::{Redeemed, refunded_base};
use crate::rules::{Figures, Negative, POINTS_MAX, Refunded, earn};

/// An order, as events tell of it.
#[derive(Clone, Debug)]
pub(crate) struct OrderFacts<'a> {
    pub(crate) order: &'a str,
    pub(crate) customer: &'a str,
    pub(crate) figures: &'a Figures,
    /// When what is told of became true.
    pub(crate) at: Instant,
}

/// What is told of an order.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// It has come so far that it earns points.
    Earned,
    /// It was called off, or deleted.
    Cancelled,
    /// Money was given back.
    Refunded(Refunded),
}

impl<B: Books> Ledger<'_, B> {
    /// Takes note of what has become of an order, and books what follows.
    pub(crate) fn order(&self, facts: &OrderFacts<'_>, what: &What) -> Result<(), Refusal> {
        let mut purchase = self.purchase(facts)?;
        let before = purchase.value.clone();
        let mut changes = Changes::default();
        let cause = match what {
            What::Earned => {
                self.award(facts, &mut purchase.value, &mut changes)?;
                "earned".to_owned()
            }
            What::Cancelled => {
                purchase.value.cancelled = true;
                "cancel".to_owned()
            }
            What::Refunded(refund) => {
                if !purchase.value.refunds.iter().any(|known| known.id == refund.id) {
                    purchase.value.refunds.push(refund.clone());
                }
                format!("refund:{}", refund.id)
            }
        };
        if purchase.value == before {
            return Ok(());
        }
        changes.purchases.push(purchase);
        self.books.write(changes)?;
        self.settle(facts, &cause)
    }

    fn purchase(&self, facts: &OrderFacts<'_>) -> Result<Kept<Purchase>, Refusal> {
        let found = self.books.purchase(facts.order)?;
        Ok(found.unwrap_or_else(|| {
            let customer = facts.customer.to_owned();
            let total = facts.figures.total;
            Kept::new(facts.order, Purchase { customer, total, ..Purchase::default() })
        }))
    }

    /// Gives the points for an order, once, unless it was called off.
    fn award(
        &self,
        facts: &OrderFacts<'_>,
        purchase: &mut Purchase,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let key = earn_key(facts.order);
        let is_done = purchase.cancelled || purchase.earned > 0;
        if !self.program.enabled || is_done || self.books.entry(&key)?.is_some() {
            return Ok(());
        }
        let redeemed = self.books.entry(&redeem_key(facts.order))?;
        let redeemed = redeemed.and_then(|entry| entry.used_amount).map_or(0, |used| used.amount);
        let Some(terms) = earn::terms(self.program, facts.figures, redeemed)? else {
            return Ok(());
        };
        let points = terms.points().min(POINTS_MAX);
        if points == 0 {
            return Ok(());
        }
        let mut account = self.owner(facts.customer)?;
        let (active_at, expires_at) = self.program.purchase_times(facts.at);
        let mut entry = entry(&account.value.customer, Kind::EarnOrder, key, points, facts.at);
        entry.order = Some(facts.order.to_owned());
        entry.terms = Some(terms);
        credit(changes, &mut account.value, entry, Times { active_at, expires_at });
        changes.accounts.push(account);
        purchase.earned = points;
        Ok(())
    }

    /// Books what is still to be taken back and to be given back.
    fn settle(&self, facts: &OrderFacts<'_>, cause: &str) -> Result<(), Refusal> {
        let mut purchase = self.purchase(facts)?;
        let mut changes = Changes::default();
        let reversing = self.to_reverse(facts, &purchase.value)?;
        if reversing > 0 {
            purchase.value.reversed += reversing;
            self.reverse(facts, cause, reversing, &mut changes)?;
        }
        // What was just taken back may be out of a lot that something goes back to.
        changes.purchases.push(purchase);
        self.books.write(changes)?;
        let mut purchase = self.purchase(facts)?;
        let mut changes = Changes::default();
        let restoring = self.to_restore(facts, &purchase.value)?;
        if restoring > 0 {
            purchase.value.restored += restoring;
            changes.purchases.push(purchase);
            self.restore(facts, cause, restoring, &mut changes)?;
        }
        Ok(self.books.write(changes)?)
    }

    fn to_reverse(&self, facts: &OrderFacts<'_>, purchase: &Purchase) -> Result<i64, Refusal> {
        if purchase.earned == 0 {
            return Ok(0);
        }
        let target = if purchase.cancelled {
            purchase.earned
        } else if purchase.refunds.is_empty() {
            0
        } else {
            let earned = self.books.entry(&earn_key(facts.order))?;
            match earned.and_then(|entry| entry.terms) {
                Some(terms) => {
                    let base = refunded_base(&terms, &purchase.refunds)?;
                    terms.reversed(purchase.earned, base)
                }
                None => 0,
            }
        };
        Ok((target - purchase.reversed).max(0))
    }

    fn to_restore(&self, facts: &OrderFacts<'_>, purchase: &Purchase) -> Result<i64, Refusal> {
        if !purchase.cancelled && purchase.refunds.is_empty() {
            return Ok(0);
        }
        let Some(entry) = self.books.entry(&redeem_key(facts.order))? else { return Ok(0) };
        let redeemed = Redeemed {
            points: -entry.points,
            value: entry.used_amount.map_or(0, |used| used.amount),
            total: purchase.total,
        };
        let target = if purchase.cancelled {
            redeemed.points
        } else {
            redeemed.given_back(&purchase.refunds)?
        };
        Ok((target - purchase.restored).max(0))
    }

    /// Takes earned points back: out of their own lot, else as a debt. What expired is gone anyway.
    fn reverse(
        &self,
        facts: &OrderFacts<'_>,
        cause: &str,
        points: i64,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let Some(mut lot) = self.books.lot_of(&earn_key(facts.order))? else { return Ok(()) };
        let mut account = self.owner(&lot.value.customer)?;
        account.value.customer.clone_into(&mut lot.value.customer);
        changes.entries.extend(lapse(&mut lot, facts.at));
        let taken = lot.value.take(points);
        let lapsed = lot.value.lapsed.min(points - taken);
        lot.value.lapsed -= lapsed;
        let mut debt = points - taken - lapsed;
        if debt > 0 && self.program.negative == Negative::Clamp {
            let order = facts.order;
            self.books.warn(&format!("{debt} points that {order} had earned are spent already"));
            debt = 0;
        }
        account.value.debt += debt;
        if taken + debt > 0 {
            let key = format!("reverse:{}:{cause}", facts.order);
            let customer = &account.value.customer;
            changes.entries.push(of(facts, cause, customer, Kind::Reverse, key, -(taken + debt)));
        }
        changes.lots.push(lot);
        changes.accounts.push(account);
        Ok(())
    }

    /// Gives points back to the lots that they came from, the last one first. In a lot that expired
    /// meanwhile they get some more time, but not twice.
    fn restore(
        &self,
        facts: &OrderFacts<'_>,
        cause: &str,
        points: i64,
        changes: &mut Changes,
    ) -> Result<(), Refusal> {
        let mut uses = self.books.uses(&redeem_key(facts.order))?;
        uses.reverse();
        uses.retain(|used| used.value.restored < used.value.points);
        let ids: Vec<String> = uses.iter().map(|used| used.value.lot.clone()).collect();
        let mut lots = self.books.lots(&ids)?;
        let owner = self.owner(facts.customer)?.value.customer;
        let mut wanted = points;
        for mut used in uses {
            let found = lots.iter().position(|lot| lot.id.as_ref() == Some(&used.value.lot));
            let Some(found) = found.filter(|_| wanted > 0) else { continue };
            let mut lot = lots.swap_remove(found);
            owner.clone_into(&mut lot.value.customer);
            changes.entries.extend(lapse(&mut lot, facts.at));
            self.give_more_time(&mut lot.value, facts.at);
            let given = wanted.min(used.value.points - used.value.restored);
            wanted -= given;
            lot.value.put(given);
            used.value.restored += given;
            changes.uses.push(used);
            changes.lots.push(lot);
        }
        let key = format!("restore:{}:{cause}", facts.order);
        let given = points - wanted;
        if given > 0 {
            changes.entries.push(of(facts, cause, &owner, Kind::Restore, key, given));
        }
        Ok(())
    }

    fn give_more_time(&self, lot: &mut Lot, at: Instant) {
        let days = self.program.restore_grace_days;
        if lot.is_over(at) && !lot.graced && days > 0 {
            lot.expires_at = at.saturating_add(days.saturating_mul(DAY));
            lot.graced = true;
        }
    }
}

fn of(
    facts: &OrderFacts<'_>,
    cause: &str,
    customer: &str,
    kind: Kind,
    key: String,
    points: i64,
) -> Entry {
    let mut entry = entry(customer, kind, key, points, facts.at);
    entry.order = Some(facts.order.to_owned());
    entry.refund = cause.strip_prefix("refund:").map(str::to_owned);
    entry
}

/// The key of the entry for the points that an order earned.
pub(crate) fn earn_key(order: &str) -> String {
    format!("earn:{order}")
}
