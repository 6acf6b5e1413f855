//! Links that go out by mail. Their token is made when the mail goes out, and lies in no outbox.

use std::time::Duration;

use galleria_domain::{
    Cart, CheckoutLink, CheckoutLinkId, Customer, EmailAddress, EventKind, LinkAssurance,
    LinkChannel, LinkDraft, LinkState,
};
use galleria_storage::{carts as stored_carts, checkout_links as stored};
use serde_json::json;

use super::visit::find_by_token;
use super::{customer_of, find, make};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::mail::{Occasion, Template};
use crate::tokens::Token;
use crate::work::Work;
use crate::{audit, carts, login_attempts, unit};

/// How often an address may ask for new links within an hour.
const RESENT_PER_HOUR: u32 = 20;
/// One new link to a cart is mailed within this time, whoever asks for it.
const RESENT_EVERY: Duration = Duration::from_mins(15);
const LINKS_LOOKED_AT: u32 = 200;

/// Mails a link to the email that its cart is for; needs what [`create`](super::create) needs. The
/// mail carries a token of its own: what was copied stays good.
///
/// [`AppError::Conflict`] `link-over` if the link isn't good (any more), `no-mail` if there is no
/// email.
pub async fn send(work: &mut Work, id: &CheckoutLinkId) -> Result<CheckoutLink> {
    let (link, cart) = find(work, id).await?;
    let customer = customer_of(work, &cart).await?;
    let (store, now) = (work.caller().store.clone(), work.now());
    link.judge(&store, &cart, customer.as_ref(), now)
        .map_err(|refusal| AppError::conflict("link-over", refusal.to_string()))?;
    let to = address(&cart, customer.as_ref());
    let to = to.ok_or_else(|| AppError::conflict("no-mail", "nobody can be written to"))?;
    let sent = post(work, &link, &cart, customer.as_ref(), to).await?;
    audit::append(work, "checkout-link.send", id.as_str(), &json!({ "cart": cart.id })).await?;
    Ok(sent)
}

/// Mails a new link to the email that the cart of a link is for, if there is such a link and the
/// cart can still be ordered. The answer is the same in every case.
///
/// [`AppError::RateLimited`] if the address of the caller asked too often, whatever it showed.
pub async fn resend(app: &App, at: &Caller, token: &str) -> Result<()> {
    unit!(app.write(at), work => {
        login_attempts::paced(work, "resend", RESENT_PER_HOUR).await?;
        match find_by_token(work, token).await? {
            Some(link) => renew(work, &link).await,
            None => Ok(()),
        }
    })
}

async fn renew(work: &mut Work, link: &CheckoutLink) -> Result<()> {
    let (store, now) = (work.caller().store.clone(), work.now());
    // One that staff called back isn't brought back by whoever holds it.
    if link.store != store || link.state(now) == LinkState::Revoked {
        return Ok(());
    }
    let Some(cart) = stored_carts::get(work.unit(), &store, &link.cart).await? else {
        return Ok(());
    };
    let customer = customer_of(work, &cart.cart).await?;
    let Some(to) = address(&cart.cart, customer.as_ref()) else { return Ok(()) };
    let recently = now.minus(RESENT_EVERY);
    let others = stored::list_of_cart(work.unit(), &cart.cart.id, LINKS_LOOKED_AT).await?;
    let is_recent = |other: &CheckoutLink| {
        other.channel == Some(LinkChannel::Email) && other.created_at > recently
    };
    if others.iter().any(is_recent) {
        return Ok(());
    }
    let draft = LinkDraft {
        max_uses: link.max_uses,
        // What staff may allow, a link that went astray doesn't.
        assurance: link.assurance.min(LinkAssurance::Checkout),
        ..LinkDraft::default()
    };
    let fresh = CheckoutLink { customer: cart.cart.customer().cloned(), ..link.clone() };
    let fresh_email = customer.as_ref().and_then(|customer| customer.email.clone());
    let fresh =
        CheckoutLink { email: fresh_email, uses: 0, expires_at: now.plus(draft.lifetime), ..fresh };
    if link.customer != fresh.customer
        || fresh.judge(&store, &cart.cart, customer.as_ref(), now).is_err()
    {
        return Ok(());
    }
    // Nobody ever sees this token: the one that counts is made when the mail goes out.
    let unseen = Token::generate();
    let made = make(work, &cart.cart, customer.as_ref(), &draft, &unseen).await?;
    post(work, &made, &cart.cart, customer.as_ref(), to).await.map(drop)
}

/// Where a link to a cart can go: to the customer, and never to what somebody wrote into the cart
/// of a customer.
fn address(cart: &Cart, customer: Option<&Customer>) -> Option<EmailAddress> {
    match customer {
        Some(customer) => customer.email.clone().filter(|_| customer.active),
        None => cart.email.clone(),
    }
}

async fn post(
    work: &mut Work,
    link: &CheckoutLink,
    cart: &Cart,
    customer: Option<&Customer>,
    to: EmailAddress,
) -> Result<CheckoutLink> {
    let sent = link.sent(LinkChannel::Email, Some(to.as_str().to_owned()));
    stored::update(work.unit(), &sent).await?;
    let occasion = Occasion {
        customer: customer.map(|customer| &customer.id),
        language: customer.and_then(|customer| customer.language.as_ref()),
        to,
        proof: Some(link.id.to_string()),
    };
    Template::CheckoutLink.write(work, occasion).await?;
    let detail = json!({ "link": link.id, "channel": LinkChannel::Email });
    carts::told(work, EventKind::CheckoutLinkSent, cart, &detail).await?;
    Ok(sent)
}
