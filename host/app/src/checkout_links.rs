//! Links to a checkout: made by staff, used by whoever they were sent to.
//!
//! The token of a link is answered once and stored nowhere: [`create`] gives it to staff, a mail
//! carries another one to the customer. What a link is good for is judged each time it is used.

mod mail;
mod visit;

use galleria_domain::{
    Cart, CartError, CartId, CartLock, CartStatus, CheckoutLink, CheckoutLinkId, Customer,
    CustomerKind, EventKind, FieldCode, FieldError, LinkAssurance, LinkDraft, LinkState,
    Permission, Scope,
};
use galleria_storage::checkout_links as stored;
use galleria_storage::{carts as stored_carts, customers as stored_customers, sessions};
use serde_json::json;

use crate::caller::Caller;
use crate::carts::{self, CartAct};
use crate::error::{AppError, Result};
use crate::tokens::Token;
use crate::work::Work;
use crate::{audit, settings};

pub use mail::{resend, send};
pub use visit::{Landing, Redeemed, Redemption, peek, redeem};

/// The most links to a cart that are good at a time.
pub const LINKS_MAX: usize = 50;

/// The most links in a list.
const LIST_MAX: u32 = 200;
const EXPIRED_AT_ONCE: u32 = 200;

/// A link that was just made.
#[derive(Clone, Debug)]
pub struct NewLink {
    /// The link.
    pub link: CheckoutLink,
    /// What its holder shows; nobody sees it again.
    pub token: Token,
    /// Where the storefront takes it, if it is known where the storefront is.
    pub url: Option<String>,
}

/// Makes a link to an open cart; needs [`Permission::LinksCreate`] for its customer.
///
/// One that locks the lines needs [`Permission::CartsWrite`], too; one that logs its holder in,
/// [`Permission::ImpersonateStartFull`] and a setting of the store. [`AppError::Quota`] if too many
/// are good already.
pub async fn create(work: &mut Work, cart: &CartId, draft: &LinkDraft) -> Result<NewLink> {
    let cart = carts::load(work, cart).await?.cart;
    require(work.caller(), &cart)?;
    if cart.status != CartStatus::Open {
        return Err(CartError::Closed(cart.status).into());
    }
    let customer = customer_of(work, &cart).await?;
    if customer.as_ref().is_some_and(|customer| !customer.active) {
        return Err(AppError::conflict("customer-inactive", "the customer isn't active"));
    }
    check_assurance(work, customer.as_ref(), draft.assurance).await?;
    if live(work, &cart.id).await?.len() >= LINKS_MAX {
        return Err(AppError::Quota { which: "links", allowed: LINKS_MAX as u64 });
    }
    let cart = match (draft.lock, cart.lock) {
        (CartLock::Lines, CartLock::None) => {
            carts::act(work, &cart.id, &CartAct::SetLock(CartLock::Lines), None).await?.cart
        }
        _ => cart,
    };
    let token = Token::generate();
    let link = make(work, &cart, customer.as_ref(), draft, &token).await?;
    let url = settings::host(work).await?.storefront_url;
    let url = url.trim_end_matches('/');
    // Behind the `#`, where no server and no log sees it.
    let url = (!url.is_empty()).then(|| format!("{url}/checkout-link#token={}", token.as_str()));
    Ok(NewLink { link, token, url })
}

async fn make(
    work: &mut Work,
    cart: &Cart,
    customer: Option<&Customer>,
    draft: &LinkDraft,
    token: &Token,
) -> Result<CheckoutLink> {
    let by = (work.caller().principal.actor.clone(), work.now());
    let link = CheckoutLink::create(CheckoutLinkId::generate(), cart, customer, draft, by)?;
    stored::insert(work.unit(), &link, &token.hash()).await?;
    let detail = json!({
        "link": link.id,
        "assurance": link.assurance.as_str(),
        "expires_at": link.expires_at,
    });
    carts::told(work, EventKind::CheckoutLinkCreated, cart, &detail).await?;
    let detail = json!({ "cart": cart.id, "assurance": link.assurance.as_str() });
    audit::append(work, "checkout-link.create", link.id.as_str(), &detail).await?;
    Ok(link)
}

/// What a link may prove depends on whose cart it is, and on who makes it.
async fn check_assurance(
    work: &mut Work,
    customer: Option<&Customer>,
    assurance: LinkAssurance,
) -> Result<()> {
    let refused = |message| {
        Err(AppError::Invalid(vec![FieldError::new("assurance", FieldCode::Range, message)]))
    };
    match (assurance, customer) {
        // Nobody in particular would be handed what is somebody's.
        (LinkAssurance::None, Some(_)) => refused("is too little for the cart of a customer"),
        (LinkAssurance::Full, Some(customer)) => {
            work.caller().require(Permission::ImpersonateStartFull)?;
            if customer.kind != CustomerKind::Registered {
                return refused("needs a customer with an account");
            }
            if !settings::host(work).await?.links_log_in {
                return refused("is switched off in the settings of the store");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The links to a cart, good or not, the newest first; needs [`Permission::LinksCreate`] for its
/// customer. Addresses are whole only with [`Permission::CustomersReadPii`].
pub async fn list(work: &mut Work, cart: &CartId) -> Result<Vec<CheckoutLink>> {
    let cart = carts::load(work, cart).await?.cart;
    require(work.caller(), &cart)?;
    let whole = work.caller().may(Permission::CustomersReadPii);
    let links = stored::list_of_cart(work.unit(), &cart.id, LIST_MAX).await?;
    Ok(links.into_iter().map(|link| if whole { link } else { masked(link) }).collect())
}

fn masked(link: CheckoutLink) -> CheckoutLink {
    let sent_to = link.sent_to.as_deref().map(crate::mail::masked);
    CheckoutLink { email: None, sent_to, ..link }
}

/// Calls a link back, and ends the sessions that were begun with it; needs
/// [`Permission::LinksCreate`] for its customer. One that was called back stays as it is.
pub async fn revoke(work: &mut Work, id: &CheckoutLinkId, reason: &str) -> Result<()> {
    let (link, cart) = find(work, id).await?;
    if link.revoked_at.is_some() {
        return Ok(());
    }
    call_back(work, &link, &cart, reason).await?;
    sessions::delete_of_link(work.unit(), &link.id).await?;
    unlock(work, &link).await?;
    audit::append(work, "checkout-link.revoke", id.as_str(), &json!({ "cart": cart.id })).await
}

/// Calls back all links to a cart that is no longer open. Sessions go on: their customers are about
/// to see what they ordered.
pub(crate) async fn revoke_all(work: &mut Work, cart: &CartId, reason: &str) -> Result<()> {
    let links = stored::list_not_over(work.unit(), cart).await?;
    if links.is_empty() {
        return Ok(());
    }
    let cart = carts::load(work, cart).await?.cart;
    for link in links {
        call_back(work, &link, &cart, reason).await?;
    }
    Ok(())
}

/// Whether a link to a cart is good, so that the cart has to stay.
pub(crate) async fn holds(work: &mut Work, cart: &CartId) -> Result<bool> {
    Ok(!live(work, cart).await?.is_empty())
}

/// Tells of links that are too old by now, a bounded number, and unlocks what only they had locked;
/// says how many. The host's own task.
pub async fn expire(work: &mut Work) -> Result<u64> {
    let (now, there) = (work.now(), work.caller().clone());
    let links = stored::list_expired(work.unit(), now, EXPIRED_AT_ONCE).await?;
    let mut count = 0;
    for link in &links {
        if !stored::set_over(work.unit(), &link.id).await? {
            continue;
        }
        count += 1;
        work.set_caller(Caller { store: link.store.clone(), ..there.clone() });
        let cart = stored_carts::get(work.unit(), &link.store, &link.cart).await?;
        if let Some(cart) = cart {
            let detail = json!({ "link": link.id });
            carts::told(work, EventKind::CheckoutLinkExpired, &cart.cart, &detail).await?;
            unlock(work, link).await?;
        }
    }
    work.set_caller(there);
    Ok(count)
}

async fn live(work: &mut Work, cart: &CartId) -> Result<Vec<CheckoutLink>> {
    let now = work.now();
    let links = stored::list_not_over(work.unit(), cart).await?;
    Ok(links.into_iter().filter(|link| link.state(now) == LinkState::Live).collect())
}

async fn call_back(work: &mut Work, link: &CheckoutLink, cart: &Cart, reason: &str) -> Result<()> {
    let revoked = link.revoked(reason, work.now())?;
    stored::update(work.unit(), &revoked).await?;
    let detail = json!({ "link": link.id });
    carts::told(work, EventKind::CheckoutLinkRevoked, cart, &detail).await
}

/// Opens the lines of a cart again that this link had locked, unless another one that is good keeps
/// them locked.
async fn unlock(work: &mut Work, link: &CheckoutLink) -> Result<()> {
    let is_locking = |other: &CheckoutLink| other.id != link.id && other.lock == CartLock::Lines;
    if link.lock != CartLock::Lines || live(work, &link.cart).await?.iter().any(is_locking) {
        return Ok(());
    }
    let before = carts::load(work, &link.cart).await?;
    if before.cart.status != CartStatus::Open || before.cart.lock != CartLock::Lines {
        return Ok(());
    }
    let after = before.cart.set_lock(CartLock::None, work.now())?;
    carts::save(work, &before, &after).await
}

/// A link of the store with its cart, for whoever may make one like it.
async fn find(work: &mut Work, id: &CheckoutLinkId) -> Result<(CheckoutLink, Cart)> {
    let store = work.caller().store.clone();
    let found = stored::get(work.unit(), &store, id).await?;
    let link = found.ok_or(AppError::NotFound("link"))?;
    let cart = carts::load(work, &link.cart).await?.cart;
    require(work.caller(), &cart)?;
    Ok((link, cart))
}

/// Refuses whoever may not make links to a cart; the carts of visitors are for those who reach
/// everybody.
fn require(caller: &Caller, cart: &Cart) -> Result<()> {
    let scope = caller.require(Permission::LinksCreate)?;
    let reached = match cart.customer() {
        Some(customer) => caller.rights.reaches(customer),
        None => *scope == Scope::All,
    };
    if reached { Ok(()) } else { Err(AppError::NotFound("cart")) }
}

/// The customer whose cart it is; also one who is no more.
async fn customer_of(work: &mut Work, cart: &Cart) -> Result<Option<Customer>> {
    let Some(id) = cart.customer() else { return Ok(None) };
    Ok(stored_customers::get(work.unit(), &cart.store, id).await?)
}
