//! Using a link: looking at what it leads to, which changes nothing, and taking it.

use data_encoding::BASE64URL_NOPAD;
use galleria_domain::{
    Actor, Assurance, AttributionMode, Cart, CartLock, CartOwner, CheckoutLink, Clicks, Customer,
    CustomerId, EventKind, Instant, LinkAssurance,
};
use galleria_storage::carts::{self as stored_carts, StoredCart};
use galleria_storage::{checkout_links as stored, credentials};
use serde_json::json;

use super::customer_of;
use crate::app::App;
use crate::authentication::{Client, LoggedIn, admit_by_link, customer_caller};
use crate::caller::Caller;
use crate::carts::{self, CartAct};
use crate::customers::tell_of;
use crate::error::{AppError, Result};
use crate::mail::masked;
use crate::tokens::token_hash;
use crate::visits::BegunVisit;
use crate::work::Work;
use crate::{login_attempts, stores, unit, visits};

/// What somebody is shown who has opened a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Landing {
    /// The name of the store.
    pub store: String,
    /// The first name of the customer whom the link was made for.
    pub first_name: Option<String>,
    /// Their email, of which only the first letters can be read.
    pub email: Option<String>,
    /// How many things are in the cart.
    pub items: u64,
    /// Whether the cart was changed since the link was made.
    pub changed: bool,
    /// Whether its lines can't be changed.
    pub locked: bool,
    /// Who the holder of the link will be taken for.
    pub assurance: LinkAssurance,
    /// Until when the link is good.
    pub expires_at: Instant,
}

/// Somebody who takes a link.
#[derive(Clone, Copy)]
pub struct Redemption<'a> {
    /// What they show.
    pub token: &'a str,
    /// Where they came from.
    pub clicks: &'a Clicks,
    /// What they use.
    pub client: Client<'a>,
}

/// Shows nothing of the token.
impl std::fmt::Debug for Redemption<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redemption").finish_non_exhaustive()
    }
}

/// What somebody has who took a link.
#[derive(Clone, Debug)]
pub struct Redeemed {
    /// The cart, which is their current one now.
    pub cart: Cart,
    /// Their session, if one was begun: who was logged in as that customer stays so.
    pub logged_in: Option<LoggedIn>,
    /// The visit that the cart belongs to, if it was begun just now.
    pub visit: Option<BegunVisit>,
}

/// A link that is good, with what it leads to.
struct Good {
    link: CheckoutLink,
    cart: StoredCart,
    customer: Option<Customer>,
}

/// Whether a token leads anywhere.
enum Found {
    Good(Box<Good>),
    /// There is such a link, and it isn't good.
    Bad,
    /// There is none: it was guessed, or mangled.
    Nothing,
}

/// What a link leads to. Changes nothing about it: mail scanners open links, too.
///
/// [`AppError::LinkGone`] if it isn't good (any more). An address that tries many tokens that lead
/// nowhere has to wait.
pub async fn peek(app: &App, at: &Caller, token: &str) -> Result<Landing> {
    let landing = unit!(app.read(at), work => {
        login_attempts::guessing_gate(work).await?;
        Ok(match look(work, token).await? {
            Found::Good(good) => Some(Ok(land(work, *good).await?)),
            Found::Bad => Some(Err(AppError::LinkGone)),
            Found::Nothing => None,
        })
    })?;
    match landing {
        Some(landing) => landing,
        None => count_guess(app, at).await,
    }
}

/// Takes a link: who holds it is the customer whom it was made for, as far as the checkout goes,
/// and the cart becomes their current one. The one that they had stays open.
///
/// Refuses as [`peek`]; [`AppError::Conflict`] `other-customer` for whoever is logged in as somebody
/// else: carts of two customers are never mixed.
pub async fn redeem(app: &App, at: &Caller, redemption: Redemption<'_>) -> Result<Redeemed> {
    if at.impersonation.is_some() {
        let detail = "finish acting for the customer first";
        return Err(AppError::conflict("impersonating", detail));
    }
    let redeemed = unit!(app.write(at), work => {
        login_attempts::guessing_gate(work).await?;
        match look(work, redemption.token).await? {
            Found::Good(good) => take(work, *good, redemption).await.map(Some),
            Found::Bad => Err(AppError::LinkGone),
            Found::Nothing => Ok(None),
        }
    })?;
    match redeemed {
        Some(redeemed) => Ok(redeemed),
        None => count_guess(app, at).await,
    }
}

/// In a unit of its own: what is refused undoes its own.
async fn count_guess<T>(app: &App, at: &Caller) -> Result<T> {
    unit!(app.write(at), work => login_attempts::guessed(work).await)?;
    Err(AppError::LinkGone)
}

/// The link of a token, also one that isn't good (any more).
pub(super) async fn find_by_token(work: &mut Work, token: &str) -> Result<Option<CheckoutLink>> {
    let is_token = BASE64URL_NOPAD.decode(token.as_bytes()).is_ok_and(|bytes| bytes.len() == 32);
    if !is_token {
        return Ok(None);
    }
    Ok(stored::find_by_token(work.unit(), &token_hash(token)).await?)
}

async fn look(work: &mut Work, token: &str) -> Result<Found> {
    let Some(link) = find_by_token(work, token).await? else { return Ok(Found::Nothing) };
    let (store, now) = (work.caller().store.clone(), work.now());
    let Some(cart) = stored_carts::get(work.unit(), &link.store, &link.cart).await? else {
        return Ok(Found::Bad);
    };
    let customer = customer_of(work, &cart.cart).await?;
    if let Err(refusal) = link.judge(&store, &cart.cart, customer.as_ref(), now) {
        tracing::info!(link = %link.id, %refusal, "a link to a checkout was refused");
        return Ok(Found::Bad);
    }
    Ok(Found::Good(Box::new(Good { link, cart, customer })))
}

async fn land(work: &mut Work, good: Good) -> Result<Landing> {
    let Good { link, cart, customer } = good;
    let email = customer.as_ref().and_then(|customer| customer.email.as_ref());
    Ok(Landing {
        store: stores::current(work).await?.name,
        email: email.map(|email| masked(email.as_str())),
        first_name: customer.map(|customer| customer.first_name).filter(|name| !name.is_empty()),
        items: cart.cart.lines.iter().map(|line| u64::from(line.quantity)).sum(),
        changed: cart.cart.version != link.cart_version,
        locked: cart.cart.lock == CartLock::Lines,
        assurance: link.assurance,
        expires_at: link.expires_at,
    })
}

async fn take(work: &mut Work, good: Good, redemption: Redemption<'_>) -> Result<Redeemed> {
    let Good { link, cart, .. } = good;
    let now = work.now();
    let used = CheckoutLink { first_opened_at: link.first_opened_at.or(Some(now)), ..link };
    let used = used.redeemed(now);
    stored::update(work.unit(), &used).await?;
    let (logged_in, visit) = match &used.customer {
        Some(customer) => (enter(work, &used, customer, redemption.client).await?, None),
        None => (None, settle_visit(work, &cart).await?),
    };
    let cart = own(work, &cart.cart, redemption.clicks).await?;
    let detail = json!({ "link": used.id, "uses": used.uses, "assurance": used.assurance });
    carts::told(work, EventKind::CheckoutLinkRedeemed, &cart, &detail).await?;
    Ok(Redeemed { cart, logged_in, visit })
}

/// Begins the session of the customer whom a link was made for. Who is logged in as them already
/// has proven more than the link does.
async fn enter(
    work: &mut Work,
    link: &CheckoutLink,
    customer: &CustomerId,
    client: Client<'_>,
) -> Result<Option<LoggedIn>> {
    let assurance = match link.assurance {
        LinkAssurance::Full => Assurance::Password,
        LinkAssurance::None | LinkAssurance::Checkout => Assurance::Link,
    };
    let at = work.caller().clone();
    match at.principal.customer() {
        Some(own) if own != customer => {
            let detail = "somebody else is logged in; log out first to go on as the customer \
                          whom the link was made for";
            return Err(AppError::conflict("other-customer", detail));
        }
        Some(_) if at.assurance <= assurance => return Ok(None),
        _ => {}
    }
    let caller = Caller { assurance, ..customer_caller(&at, customer) };
    work.set_caller(caller.clone());
    let now = work.now();
    if assurance == Assurance::Password {
        let ip = at.ip.as_deref();
        credentials::customer_logged_in(work.unit(), customer, now, ip).await?;
        let payload = json!({ "assurance": "link" });
        tell_of(work, EventKind::CustomerLoggedIn, customer, payload).await?;
    } else {
        credentials::customer_seen(work.unit(), customer, now).await?;
    }
    admit_by_link(work, &link.id, caller, customer, client).await.map(Some)
}

/// Makes the cart of an unknown visitor the cart of whoever took the link: of the customer who is
/// logged in, or of the visit that is going on or begins now.
async fn settle_visit(work: &mut Work, cart: &StoredCart) -> Result<Option<BegunVisit>> {
    let caller = work.caller().clone();
    let (owner, begun) = match (caller.principal.customer(), &caller.principal.actor) {
        (Some(customer), _) => (CartOwner::Customer(customer.clone()), None),
        (None, Actor::Visitor(Some(visit))) => (CartOwner::Visitor(visit.clone()), None),
        _ => {
            let begun = visits::begin(work).await?;
            (CartOwner::Visitor(begun.id.clone()), Some(begun))
        }
    };
    if cart.cart.owner == owner {
        return Ok(begun);
    }
    let now = work.now();
    let store = cart.cart.store.clone();
    if let Some(current) = stored_carts::current(work.unit(), &store, &owner).await? {
        let after = current.cart.set_current(false, now)?;
        carts::save(work, &current, &after).await?;
    }
    let taken_over = cart.cart.set_owner(owner, true, now)?;
    let priced = carts::price(work, taken_over, false).await?;
    carts::save(work, cart, &priced.cart).await?;
    carts::told(work, EventKind::CartOwnerChanged, &priced.cart, &json!(null)).await?;
    Ok(begun)
}

/// The cart as its owner's current one, put down to the clicks besides the agent.
async fn own(work: &mut Work, cart: &Cart, clicks: &Clicks) -> Result<Cart> {
    let mut cart = carts::load(work, &cart.id).await?.cart;
    if !cart.is_current {
        cart = carts::act(work, &cart.id, &CartAct::MakeCurrent, None).await?.cart;
    }
    if !clicks.is_empty() {
        let (clicks, mode) = (Box::new(clicks.clone()), AttributionMode::Merge);
        let act = CartAct::Attribute { clicks, mode };
        cart = carts::act(work, &cart.id, &act, None).await?.cart;
    }
    Ok(cart)
}
