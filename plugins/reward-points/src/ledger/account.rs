//! Points for a registration: once, and not before the email is known to be the customer's own.

use galleria_sdk::clock::Instant;

use super::credit::{Times, credit};
use super::{Ledger, Refusal, entry};
use crate::book::Kind;
use crate::books::{Books, Changes};

impl<B: Books> Ledger<'_, B> {
    /// Somebody has registered; answers whether that earned something.
    pub(crate) fn registered(&self, customer: &str, at: Instant) -> Result<bool, Refusal> {
        self.known(customer, Some(at), None)
    }

    /// Somebody has shown that the email is theirs; answers whether that earned something.
    pub(crate) fn verified(&self, customer: &str, at: Instant) -> Result<bool, Refusal> {
        self.known(customer, None, Some(at))
    }

    fn known(
        &self,
        customer: &str,
        registered: Option<Instant>,
        verified: Option<Instant>,
    ) -> Result<bool, Refusal> {
        let mut account = self.owner(customer)?;
        let before = account.value.clone();
        account.value.registered_at = before.registered_at.or(registered);
        account.value.verified_at = before.verified_at.or(verified);
        if account.value == before {
            return Ok(false);
        }
        let mut changes = Changes::default();
        let points = self.program.registration_points;
        let times = account.value.registered_at.zip(account.value.verified_at);
        let key = format!("register:{customer}");
        if let Some((registered, verified)) = times
            && self.program.enabled
            && points > 0
            && self.books.entry(&key)?.is_none()
        {
            let at = registered.max(verified);
            let (active_at, expires_at) = self.program.registration_times(at);
            let entry = entry(&account.value.customer, Kind::EarnRegistration, key, points, at);
            credit(&mut changes, &mut account.value, entry, Times { active_at, expires_at });
        }
        changes.accounts.push(account);
        let has_earned = !changes.entries.is_empty();
        self.books.write(changes)?;
        Ok(has_earned)
    }
}
