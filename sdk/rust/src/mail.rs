//! Mail to customers; needs `mail:send`.

use crate::Fault;
use crate::bindings::imports::galleria::mail::mail;

pub use crate::bindings::imports::galleria::mail::mail::Message;

/// Puts a mail to a customer into the outbox: plain text, with a subject of one line. It is sent if
/// this call ends well. Answers the mail's id.
///
/// # Errors
/// [`Fault::NotFound`] if there is no such customer, [`Fault::Conflict`] if they can't get mail,
/// [`Fault::Quota`] if too much was sent already, [`Fault::Denied`] without the permission.
pub fn send(customer: &str, subject: &str, text: &str) -> Result<String, Fault> {
    let message = Message {
        customer: customer.to_owned(),
        subject: subject.to_owned(),
        text: text.to_owned(),
    };
    Ok(mail::send(&message)?)
}
