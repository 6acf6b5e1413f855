//! Points that staff give and take.

use galleria_sdk::clock::Instant;

use super::credit::{Times, credit};
use super::redeem::take;
use super::{Ledger, Refusal, entry};
use crate::book::{Entry, Kind, Message};
use crate::books::{Books, Changes};
use crate::rules::Negative;

/// Points by hand.
#[derive(Clone, Debug)]
pub(crate) struct Adjustment<'a> {
    pub(crate) customer: &'a str,
    /// Not 0.
    pub(crate) points: i64,
    pub(crate) message: &'a str,
    pub(crate) at: Instant,
    pub(crate) active_at: Instant,
    pub(crate) expires_at: Instant,
    /// Makes it happen once.
    pub(crate) key: String,
    pub(crate) actor: &'a str,
}

impl<B: Books> Ledger<'_, B> {
    /// Books it; done already, it answers what was booked.
    pub(crate) fn adjust(&self, by: &Adjustment<'_>) -> Result<Entry, Refusal> {
        let mut account = self.owner(by.customer)?;
        let customer = account.value.customer.clone();
        if let Some(booked) = self.books.entry(&by.key)? {
            let same = booked.customer == customer && booked.points == by.points;
            return if same { Ok(booked) } else { Err(Refusal::KeyTaken) };
        }
        let mut entry = entry(&customer, Kind::Manual, by.key.clone(), by.points, by.at);
        entry.message = Message::Text(by.message.to_owned());
        by.actor.clone_into(&mut entry.actor);
        let mut changes = Changes::default();
        if by.points > 0 {
            let times = Times { active_at: by.active_at, expires_at: by.expires_at };
            credit(&mut changes, &mut account.value, entry.clone(), times);
        } else {
            let plan = self.plan(&customer, -by.points, by.at)?;
            let available = plan.available.max(0);
            if self.program.negative == Negative::Clamp && available < -by.points {
                return Err(Refusal::TooFew(available));
            }
            let taken = take(&mut changes, plan, -by.points, None);
            account.value.debt += -by.points - taken;
            changes.entries.push(entry.clone());
        }
        changes.accounts.push(account);
        self.books.write(changes)?;
        Ok(entry)
    }
}
