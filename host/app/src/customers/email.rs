use galleria_domain::{Customer, EmailAddress};

use super::save;
use crate::error::Result;
use crate::work::Work;

/// Gives a customer an email that they have proven to be theirs; the one that they have counts as
/// verified from then on. Whoever calls it has seen the proof.
pub(crate) async fn set_email(
    work: &mut Work,
    before: &Customer,
    email: &EmailAddress,
) -> Result<Customer> {
    let same = before.email.as_ref().is_some_and(|now| now.is_same_as(email));
    if same && before.email_verified_at.is_some() {
        return Ok(before.clone());
    }
    let after = Customer {
        // As it was typed when the account got it.
        email: if same { before.email.clone() } else { Some(email.clone()) },
        email_verified_at: Some(work.now()),
        version: before.version + 1,
        ..before.clone()
    };
    save(work, before, after).await
}
