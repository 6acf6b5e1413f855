use galleria_domain::{CustomerId, EmailAddress, MailId};
use galleria_storage::mails::{self as stored, StoredMail};

use super::send::QUEUED;
use crate::error::Result;
use crate::work::Work;

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// The address.
    pub to: EmailAddress,
    /// The customer whom it is for; what is theirs is deleted with them.
    pub customer: Option<CustomerId>,
    /// One line.
    pub subject: String,
    /// The body in plain text.
    pub text: String,
    /// The body in HTML, if it has one.
    pub html: Option<String>,
    /// What kind of mail it is: `checkout-link`.
    pub template: String,
}

/// Puts a mail of the caller's store into the outbox: it goes out if this unit is committed. It asks
/// for no permission: whoever has a reason for a mail has checked that.
pub async fn queue(work: &mut Work, new: NewMail) -> Result<MailId> {
    put(work, new, None).await
}

/// Puts a mail into the outbox that goes out with the secret of a proof.
pub(super) async fn put(work: &mut Work, new: NewMail, proof: Option<String>) -> Result<MailId> {
    let now = work.now();
    let caller = work.caller();
    let mail = StoredMail {
        id: MailId::generate(),
        store: caller.store.clone(),
        customer: new.customer,
        plugin: caller.plugin.clone(),
        to: new.to.as_str().to_owned(),
        subject: new.subject,
        text: new.text,
        html: new.html,
        template: new.template,
        proof,
        state: QUEUED.to_owned(),
        attempts: 0,
        next_at: now,
        last_error: None,
        created_at: now,
        sent_at: None,
    };
    stored::insert(work.unit(), &mail).await?;
    Ok(mail.id)
}
