//! Mail: an outbox in the shop's own database, and what takes mails from there.
//!
//! A mail is put into the outbox by the unit that has a reason for it, so that it goes out if that
//! is committed and not otherwise. Secrets don't lie in the outbox: a mail that carries one has a
//! place for it, and the secret is made when the mail goes out.

mod outbox;
mod send;
mod templates;
mod transport;

use std::time::Duration;

use galleria_domain::{
    CursorValue, CustomerId, Instant, MailId, Mistakes, Page, PageRequest, Permission, PluginId,
    QueryPrint, StoreId, TextRule,
};
use galleria_storage::mails as stored;
pub use galleria_storage::mails::MailFilter;
use galleria_storage::mails::StoredMail;

use crate::audit::bad_cursor;
use crate::error::{AppError, Result};
use crate::work::Work;

pub use outbox::{NewMail, queue};
pub use send::send_next;
pub(crate) use templates::{Occasion, Template};
pub use transport::{MailError, MailTransport, OutgoingMail};

/// The most mails on a page.
pub const PAGE_MAX: u32 = 200;
/// How many mails a plugin may send within an hour.
pub const PLUGIN_HOUR_MAX: u64 = 1_000;
/// How many mails a plugin may send to one customer within a day.
pub const PLUGIN_CUSTOMER_DAY_MAX: u64 = 20;
/// How long a mail is kept.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

const PRUNED_AT_ONCE: u32 = 500;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const SUBJECT: TextRule = TextRule::line(200);
const TEXT: TextRule = TextRule::lines(20_000);
/// What kind of mail plugins send.
const OF_PLUGIN: &str = "plugin";

/// A mail as admins see it: without its bodies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeenMail {
    /// Names it for ever.
    pub id: MailId,
    /// The store that it comes from.
    pub store: StoreId,
    /// The customer whom it is for.
    pub customer: Option<CustomerId>,
    /// The plugin that wrote it.
    pub plugin: Option<PluginId>,
    /// The address; all but its first letters is hidden from those who may not see who customers
    /// are.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What kind of mail it is.
    pub template: String,
    /// What became of it: `queued`, `sent` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next; only of what is still to be sent.
    pub next_at: Option<Instant>,
    /// Why it could not be sent, the last time.
    pub last_error: Option<String>,
    /// When it was put into the outbox.
    pub created_at: Instant,
    /// When it was handed over.
    pub sent_at: Option<Instant>,
}

/// A page of the mails of the caller's store, the newest first; needs [`Permission::MailRead`].
pub async fn list(
    work: &mut Work,
    filter: &MailFilter,
    page: &PageRequest,
) -> Result<Page<SeenMail>> {
    work.caller().require(Permission::MailRead)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["mails".to_owned(), store.to_string(), format!("{filter:?}")]);
    let before = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(seq)]) => Some(*seq),
        Some(_) => return Err(bad_cursor(galleria_domain::InvalidCursor::Malformed)),
    };
    let rows = stored::list(work.unit(), &store, filter, before, limit + 1).await?;
    let page = Page::from_rows(rows, limit, print, |(seq, _)| vec![CursorValue::Number(*seq)]);
    let whole = work.caller().may(Permission::CustomersReadPii);
    Ok(page.map(|(_, mail)| see(mail, whole)))
}

fn see(mail: StoredMail, whole: bool) -> SeenMail {
    let queued = mail.state == send::QUEUED;
    SeenMail {
        id: mail.id,
        store: mail.store,
        customer: mail.customer,
        plugin: mail.plugin,
        to: if whole { mail.to } else { masked(&mail.to) },
        subject: mail.subject,
        template: mail.template,
        state: mail.state,
        attempts: mail.attempts,
        next_at: queued.then_some(mail.next_at),
        last_error: mail.last_error,
        created_at: mail.created_at,
        sent_at: mail.sent_at,
    }
}

/// An address that can be told from others and not written to: `a***@e***`.
pub fn masked(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = |text: &str| text.chars().take(1).collect::<String>();
    format!("{}***@{}***", first(local), first(domain))
}

/// Sends a customer of the caller's store a mail of a plugin's; needs [`Permission::MailSend`], and
/// that whoever acts through the plugin reaches the customer.
///
/// [`AppError::Conflict`] `no-mail` if the customer isn't active or has no email;
/// [`AppError::Quota`] if the plugin has sent too many.
pub async fn send_to_customer(
    work: &mut Work,
    customer: &CustomerId,
    subject: &str,
    text: &str,
) -> Result<MailId> {
    work.caller().require_for(Permission::MailSend, customer)?;
    let plugin = work.caller().plugin.clone();
    let plugin =
        plugin.ok_or_else(|| AppError::PermissionDenied(Permission::MailSend.to_string()))?;
    check(subject, text)?;
    let found = crate::customers::load(work, customer).await?;
    let Some(email) = found.email.filter(|_| found.active) else {
        return Err(AppError::conflict("no-mail", "the customer can't get mail"));
    };
    let (hour, day) = (work.now().minus(HOUR), work.now().minus(DAY));
    let unit = work.unit();
    let limits = [(None, hour, PLUGIN_HOUR_MAX), (Some(customer), day, PLUGIN_CUSTOMER_DAY_MAX)];
    for (to, since, allowed) in limits {
        if stored::count_of_plugin(unit, &plugin, to, since).await? >= allowed {
            return Err(AppError::Quota { which: "mails", allowed });
        }
    }
    let new = NewMail {
        to: email,
        customer: Some(customer.clone()),
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: None,
        template: OF_PLUGIN.to_owned(),
    };
    queue(work, new).await
}

fn check(subject: &str, text: &str) -> Result<()> {
    let mut mistakes = Mistakes::new();
    for (path, rule, given) in [("subject", SUBJECT, subject), ("text", TEXT, text)] {
        if given.trim().is_empty() {
            mistakes.add(path, galleria_domain::FieldCode::Required, "is required");
        }
        mistakes.keep(path, rule.check(given));
    }
    Ok(mistakes.finish(())?)
}

/// Forgets mails that are too old to matter, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(KEPT);
    Ok(stored::prune(work.unit(), before, PRUNED_AT_ONCE).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_address_tells_no_more_than_two_letters() {
        assert_eq!(masked("ada@example.com"), "a***@e***");
        assert_eq!(masked("Örsted@øl.dk"), "Ö***@ø***");
        assert_eq!(masked(""), "***@***");
    }

    #[test]
    fn a_mail_has_one_line_of_subject_and_some_text() {
        assert!(check("Hello", "line\nline").is_ok());
        for (subject, text) in
            [("", "text"), ("a\r\nBcc: x@example.com", "text"), ("Hello", " "), ("Hello", "\0")]
        {
            assert!(check(subject, text).is_err(), "{subject:?} {text:?}");
        }
    }
}
