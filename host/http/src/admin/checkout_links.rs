//! Links to a checkout, as staff makes them.

use std::time::Duration;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, post};
use galleria_app::checkout_links::{self, NewLink};
use galleria_app::unit;
use galleria_domain::{
    Actor, CartId, CartLock, CheckoutLink, CheckoutLinkId, CustomerId, Instant, LINK_LIFETIME,
    LinkAssurance, LinkChannel, LinkDraft, LinkState,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, NoFilter, Params, StaffCaller};
use crate::idempotency::{Once, once};
use crate::state::HttpState;

/// Why a link was called back, if nobody says.
const REVOKED: &str = "staff called it back";

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/carts/{cart}/links", post(create).get(list))
        .api_route("/links/{link}", delete(revoke))
        .api_route("/links/{link}/email", post(send))
}

/// A link to be made.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct LinkCreate {
    /// How long it is to be good, in seconds: five minutes to 30 days; 7 days if it isn't said.
    lifetime_s: Option<u64>,
    /// How often it can be used; until the order is placed, if it isn't said.
    max_uses: Option<u32>,
    /// Who its holder is taken for: `checkout`, `full`, or, for carts of nobody in particular,
    /// `none`.
    #[schemars(with = "Option<String>")]
    assurance: Option<LinkAssurance>,
    /// What it locks about the cart as long as it is good: `none` or `lines`.
    #[schemars(with = "Option<String>")]
    lock: Option<CartLock>,
}

/// Why a link is called back.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkRevocation {
    /// In words, for other staff.
    reason: Option<String>,
}

/// A link.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CheckoutLink")]
struct LinkView {
    /// Names it; not secret.
    #[schemars(with = "String")]
    id: CheckoutLinkId,
    /// The cart that it leads to.
    #[schemars(with = "String")]
    cart: CartId,
    /// The customer it was made for.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// Who made it.
    #[schemars(with = "String")]
    created_by: Actor,
    /// When.
    #[schemars(with = "String")]
    created_at: Instant,
    /// From then on it isn't good any more.
    #[schemars(with = "String")]
    expires_at: Instant,
    /// `live`, `expired`, `revoked` or `used-up`.
    #[schemars(with = "String")]
    state: LinkState,
    /// How often it can be used.
    max_uses: Option<u32>,
    /// How often it was used.
    uses: u32,
    /// Who its holder is taken for: `none`, `checkout` or `full`.
    #[schemars(with = "String")]
    assurance: LinkAssurance,
    /// What it locks about the cart: `none` or `lines`.
    #[schemars(with = "String")]
    lock: CartLock,
    /// How it went to the customer: `email`.
    #[schemars(with = "Option<String>")]
    channel: Option<LinkChannel>,
    /// Where it went.
    sent_to: Option<String>,
    /// When it was first used.
    #[schemars(with = "Option<String>")]
    first_opened_at: Option<Instant>,
    /// When it was last used.
    #[schemars(with = "Option<String>")]
    redeemed_at: Option<Instant>,
    /// When it was called back.
    #[schemars(with = "Option<String>")]
    revoked_at: Option<Instant>,
    /// Why.
    revoke_reason: Option<String>,
}

/// A link that was just made.
#[derive(JsonSchema, Serialize)]
struct CreatedLinkView {
    /// The link.
    link: LinkView,
    /// What its holder shows; shown this once. `null` if the request was sent again.
    token: Option<String>,
    /// Where the storefront takes it, with the token in it; `null` if the settings don't say where
    /// the storefront is.
    url: Option<String>,
}

async fn create(
    caller: StaffCaller,
    At(cart): At<CartId>,
    body: Body<LinkCreate>,
) -> Result<Created<CreatedLinkView>> {
    let draft = LinkDraft::from(body.value);
    Ok(once!(body.once, caller.write(), work => {
        let NewLink { link, token, url } = checkout_links::create(work, &cart, &draft).await?;
        let location = format!("/admin/v1/links/{}", link.id);
        let link = LinkView::of(link, work.now());
        let shown = CreatedLinkView { link, token: Some(token.as_str().to_owned()), url };
        let answer = Created::at(&location, &shown)?;
        // The token is in nobody's database, and so not among the answers kept either.
        answer.later(&CreatedLinkView { token: None, url: None, ..shown })
    })?)
}

async fn list(
    caller: StaffCaller,
    At(cart): At<CartId>,
    _: Params<NoFilter>,
) -> Result<Found<PageView<LinkView>>> {
    let items = unit!(caller.read(), work => {
        let (links, now) = (checkout_links::list(work, &cart).await?, work.now());
        Ok(links.into_iter().map(|link| LinkView::of(link, now)).collect())
    })?;
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn revoke(
    caller: StaffCaller,
    At(link): At<CheckoutLinkId>,
    Params(revocation): Params<LinkRevocation>,
) -> Result<Done> {
    let reason = revocation.reason.as_deref().unwrap_or(REVOKED);
    unit!(caller.write(), work => checkout_links::revoke(work, &link, reason).await)?;
    Ok(Done::done())
}

async fn send(
    caller: StaffCaller,
    At(link): At<CheckoutLinkId>,
    once: Once,
) -> Result<Found<LinkView>> {
    Ok(once!(once, caller.write(), work => {
        let link = checkout_links::send(work, &link).await?;
        Found::of(&LinkView::of(link, work.now()))
    })?)
}

impl From<LinkCreate> for LinkDraft {
    fn from(body: LinkCreate) -> Self {
        let LinkCreate { lifetime_s, max_uses, assurance, lock } = body;
        let usual = Self::default();
        Self {
            lifetime: lifetime_s.map_or(LINK_LIFETIME, Duration::from_secs),
            max_uses,
            assurance: assurance.unwrap_or(usual.assurance),
            lock: lock.unwrap_or(usual.lock),
        }
    }
}

impl LinkView {
    fn of(link: CheckoutLink, now: Instant) -> Self {
        let state = link.state(now);
        Self {
            id: link.id,
            cart: link.cart,
            customer: link.customer,
            created_by: link.created_by,
            created_at: link.created_at,
            expires_at: link.expires_at,
            state,
            max_uses: link.max_uses,
            uses: link.uses,
            assurance: link.assurance,
            lock: link.lock,
            channel: link.channel,
            sent_to: link.sent_to,
            first_opened_at: link.first_opened_at,
            redeemed_at: link.redeemed_at,
            revoked_at: link.revoked_at,
            revoke_reason: link.revoke_reason,
        }
    }
}
