//! Taking mails out of the outbox.

use std::time::Duration;

use galleria_storage::mails::{self as stored, StoredMail};
use galleria_storage::{checkout_links, proofs, stores};

use super::templates::TOKEN;
use super::transport::{MailError, MailTransport, OutgoingMail};
use crate::app::App;
use crate::caller::Caller;
use crate::error::Result;
use crate::settings;
use crate::tokens::Token;
use crate::unit;
use crate::work::Work;

pub(super) const QUEUED: &str = "queued";
const SENT: &str = "sent";
const FAILED: &str = "failed";

/// How long whoever sends a mail has for it, before somebody else tries.
const LEASE: Duration = Duration::from_mins(3);
/// How long a transport may take.
const SEND_MAX: Duration = Duration::from_mins(1);
const ATTEMPTS_MAX: u32 = 10;
const FIRST_DELAY: Duration = Duration::from_secs(10);
const DELAY_MAX: Duration = Duration::from_hours(1);
const ERROR_MAX_BYTES: usize = 500;

/// Sends the mail that has been due the longest, in whichever store; says whether there was one.
///
/// What can't be sent is tried again after a while, longer each time, ten times in all. Two hosts
/// don't send the same mail, but one that goes away before it could put down that a mail was taken
/// leaves it to be sent again: better twice than never.
pub async fn send_next(app: &App, caller: &Caller, transport: &dyn MailTransport) -> Result<bool> {
    // Most of the time there is none; then nobody is kept from writing.
    let due = unit!(app.read(caller), work => {
        let now = work.now();
        Ok(stored::first_due(work.unit(), now).await?.is_some())
    })?;
    if !due {
        return Ok(false);
    }
    let Some((mail, outgoing)) = unit!(app.write(caller), work => take(work).await)? else {
        return Ok(true);
    };
    let sent = match tokio::time::timeout(SEND_MAX, transport.send(&outgoing)).await {
        Ok(sent) => sent,
        Err(_elapsed) => Err(MailError::Passing("it took too long".to_owned())),
    };
    if let Err(error) = &sent {
        // Neither what was sent nor to whom: the shop's own list says more.
        let permanent = matches!(error, MailError::Permanent(_));
        tracing::warn!(mail = %mail.id, permanent, "a mail could not be sent");
    }
    unit!(app.write(caller), work => settle(work, mail.clone(), &outgoing, &sent).await)?;
    Ok(true)
}

/// Leases the mail that is due, and makes the secret that goes out with it.
async fn take(work: &mut Work) -> Result<Option<(StoredMail, OutgoingMail)>> {
    let now = work.now();
    let Some(mut mail) = stored::first_due(work.unit(), now).await? else { return Ok(None) };
    if !stored::lease(work.unit(), &mail.id, mail.attempts, now.plus(LEASE)).await? {
        return Ok(None);
    }
    mail.attempts += 1;
    let mut text = mail.text.clone();
    if let Some(proof) = &mail.proof {
        let token = Token::generate();
        if !set_token(work, proof, &token).await? {
            FAILED.clone_into(&mut mail.state);
            mail.last_error = Some("what it was for has been done, or is too late".to_owned());
            stored::settle(work.unit(), &mail).await?;
            return Ok(None);
        }
        text = text.replace(TOKEN, token.as_str());
    }
    let settings = settings::host_of(work, &mail.store).await?;
    let store = stores::get(work.unit(), &mail.store).await?;
    let outgoing = OutgoingMail {
        id: mail.id.clone(),
        from_name: store.map(|store| store.name).unwrap_or_default(),
        from: settings.mail_from,
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        text,
        html: mail.html.clone(),
    };
    Ok(Some((mail, outgoing)))
}

/// Gives what a mail is about the secret that goes out with it; says whether it is good still.
async fn set_token(work: &mut Work, proof: &str, token: &Token) -> Result<bool> {
    let (now, hash) = (work.now(), token.hash());
    Ok(match proof.parse() {
        Ok(link) => checkout_links::set_mailed(work.unit(), &link, &hash, now).await?,
        Err(_) => proofs::set_token(work.unit(), proof, &hash, now).await?,
    })
}

async fn settle(
    work: &mut Work,
    mut mail: StoredMail,
    outgoing: &OutgoingMail,
    sent: &Result<(), MailError>,
) -> Result<()> {
    let now = work.now();
    match sent {
        Ok(()) => {
            SENT.clone_into(&mut mail.state);
            mail.sent_at = Some(now);
            mail.last_error = None;
        }
        Err(error) => {
            let over = matches!(error, MailError::Permanent(_)) || mail.attempts >= ATTEMPTS_MAX;
            if over {
                FAILED.clone_into(&mut mail.state);
            }
            mail.next_at = now.plus(delay(mail.attempts));
            mail.last_error = Some(told(&error.to_string(), outgoing));
        }
    }
    Ok(stored::settle(work.unit(), &mail).await?)
}

fn delay(attempts: u32) -> Duration {
    (FIRST_DELAY * (1 << attempts.saturating_sub(1).min(10))).min(DELAY_MAX)
}

/// What a server said, on one line and without the address, which many repeat.
fn told(error: &str, mail: &OutgoingMail) -> String {
    let line: String = error.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.replace(&mail.to, "the recipient");
    line[..line.floor_char_boundary(ERROR_MAX_BYTES)].to_owned()
}
