//! Links to the checkout of a cart.
//!
//! The token of a link is a secret that only its holder has; storage knows its digest, and nothing
//! here ever sees it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cart::{Cart, CartLock, CartStatus};
use crate::customer::Customer;
use crate::email::EmailAddress;
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::{CartId, CheckoutLinkId, CustomerId, StoreId};
use crate::impersonation::Act;
use crate::names::named;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

/// How long a link is good if nothing else is said.
pub const LINK_LIFETIME: Duration = Duration::from_hours(7 * 24);
/// The shortest time that a link can be good for.
pub const LINK_LIFETIME_MIN: Duration = Duration::from_mins(5);
/// The longest time that a link can be good for.
pub const LINK_LIFETIME_MAX: Duration = Duration::from_hours(30 * 24);

const REASON: TextRule = TextRule::lines(500);

named! {
    /// Who the holder of a link is taken for.
    LinkAssurance, "level of assurance" {
        /// Nobody in particular: the cart is shown without what says who the customer is.
        None = "none",
        /// The customer, at the checkout; what is delicate needs more proof.
        Checkout = "checkout",
        /// The customer, as if they had logged in.
        Full = "full",
    }
}

impl LinkAssurance {
    /// Whether the holder of a link may do that without further proof of who they are.
    pub const fn allows(self, act: Act) -> bool {
        let checkout = matches!(
            act,
            Act::SeeCart
                | Act::ChangeCart
                | Act::PlaceOrder
                | Act::PayByRedirect
                | Act::AcceptConsents
        );
        let harmless = matches!(act, Act::SeeProfile | Act::ChangeProfile | Act::ChangeAddresses);
        match self {
            Self::None => checkout,
            Self::Checkout => checkout || harmless,
            Self::Full => !matches!(act, Act::StartImpersonation),
        }
    }
}

named! {
    /// How a link went to the customer.
    LinkChannel, "way to send a link" {
        /// Staff copied it.
        Copied = "copied",
        /// By mail.
        Email = "email",
        /// By chat.
        Chat = "chat",
        /// By text message.
        Sms = "sms",
    }
}

named! {
    /// Whether a link is good.
    LinkState, "state of a link" {
        /// It is.
        Live = "live",
        /// It is too old.
        Expired = "expired",
        /// It was called back.
        Revoked = "revoked",
        /// It was used as often as it could be.
        UsedUp = "used-up",
    }
}

/// A link to the checkout of a cart.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CheckoutLink {
    /// Names it for ever.
    pub id: CheckoutLinkId,
    /// The store that it leads to.
    pub store: StoreId,
    /// The cart that it leads to.
    pub cart: CartId,
    /// The customer it was made for.
    pub customer: Option<CustomerId>,
    /// That customer's email when it was made: with another one it is no longer good.
    pub email: Option<EmailAddress>,
    /// Who made it.
    pub created_by: Actor,
    /// When.
    pub created_at: Instant,
    /// From then on it isn't good any more.
    pub expires_at: Instant,
    /// How often it can be used; until the order is placed, if it isn't said.
    pub max_uses: Option<u32>,
    /// How often it was used.
    pub uses: u32,
    /// Who its holder is taken for.
    pub assurance: LinkAssurance,
    /// The version of the cart when it was made.
    pub cart_version: u64,
    /// What it locks about the cart.
    pub lock: CartLock,
    /// How it went to the customer.
    pub channel: Option<LinkChannel>,
    /// Where it went.
    pub sent_to: Option<String>,
    /// When it was first looked at.
    pub first_opened_at: Option<Instant>,
    /// When it was last used.
    pub redeemed_at: Option<Instant>,
    /// When it was called back.
    pub revoked_at: Option<Instant>,
    /// Why.
    pub revoke_reason: Option<String>,
}

/// What a link is to be like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkDraft {
    /// How long it is to be good: five minutes to 30 days.
    pub lifetime: Duration,
    /// How often it can be used.
    pub max_uses: Option<u32>,
    /// Who its holder is to be taken for.
    pub assurance: LinkAssurance,
    /// What it is to lock about the cart.
    pub lock: CartLock,
}

impl Default for LinkDraft {
    fn default() -> Self {
        Self {
            lifetime: LINK_LIFETIME,
            max_uses: None,
            assurance: LinkAssurance::Checkout,
            lock: CartLock::None,
        }
    }
}

/// Why a link can't be used. Its holder is told the same in every case.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LinkRefusal {
    /// It isn't good any more.
    #[error("the link is {0}")]
    State(LinkState),
    /// It is for another store.
    #[error("the link is for another store")]
    Store,
    /// The cart isn't open.
    #[error("the cart of the link is {0}")]
    Cart(CartStatus),
    /// The cart is no longer that customer's.
    #[error("the cart of the link is somebody else's")]
    Owner,
    /// The customer is inactive, or no more.
    #[error("the customer of the link isn't active")]
    Customer,
    /// The customer has another email now.
    #[error("the customer of the link has another email")]
    Email,
}

impl CheckoutLink {
    /// A new link to a cart of this customer, or of nobody in particular.
    pub fn create(
        id: CheckoutLinkId,
        cart: &Cart,
        customer: Option<&Customer>,
        draft: &LinkDraft,
        (by, now): (Actor, Instant),
    ) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        if !(LINK_LIFETIME_MIN..=LINK_LIFETIME_MAX).contains(&draft.lifetime) {
            mistakes.add("lifetime", FieldCode::Range, "is not between 5 minutes and 30 days");
        }
        if draft.max_uses == Some(0) {
            mistakes.add("max_uses", FieldCode::Range, "is zero");
        }
        if customer.is_none() && draft.assurance != LinkAssurance::None {
            mistakes.add("assurance", FieldCode::Range, "needs a customer");
        }
        if customer.map(|customer| &customer.id) != cart.customer() {
            mistakes.add("customer", FieldCode::Range, "is not whose cart it is");
        }
        mistakes.finish(Self {
            id,
            store: cart.store.clone(),
            cart: cart.id.clone(),
            customer: customer.map(|customer| customer.id.clone()),
            email: customer.and_then(|customer| customer.email.clone()),
            created_by: by,
            created_at: now,
            expires_at: now.plus(draft.lifetime),
            max_uses: draft.max_uses,
            uses: 0,
            assurance: draft.assurance,
            cart_version: cart.version,
            lock: draft.lock,
            channel: None,
            sent_to: None,
            first_opened_at: None,
            redeemed_at: None,
            revoked_at: None,
            revoke_reason: None,
        })
    }

    /// Whether it is good, by itself.
    pub fn state(&self, now: Instant) -> LinkState {
        if self.revoked_at.is_some() {
            LinkState::Revoked
        } else if self.max_uses.is_some_and(|max| self.uses >= max) {
            LinkState::UsedUp
        } else if self.expires_at <= now {
            LinkState::Expired
        } else {
            LinkState::Live
        }
    }

    /// Whether it can be used for a cart and a customer as they are now; `customer` is the one that
    /// the link was made for.
    pub fn judge(
        &self,
        store: &StoreId,
        cart: &Cart,
        customer: Option<&Customer>,
        now: Instant,
    ) -> Result<(), LinkRefusal> {
        match self.state(now) {
            LinkState::Live => {}
            state => return Err(LinkRefusal::State(state)),
        }
        if self.store != *store || cart.store != *store {
            return Err(LinkRefusal::Store);
        }
        if cart.status != CartStatus::Open {
            return Err(LinkRefusal::Cart(cart.status));
        }
        if self.cart != cart.id || self.customer.as_ref() != cart.customer() {
            return Err(LinkRefusal::Owner);
        }
        if self.customer.is_some() { self.judge_customer(customer) } else { Ok(()) }
    }

    /// Used once more. Whether it can be is for [`CheckoutLink::judge`] to say.
    #[must_use]
    pub fn redeemed(&self, now: Instant) -> Self {
        let uses = self.uses.saturating_add(1);
        Self { uses, redeemed_at: Some(now), ..self.clone() }
    }

    /// Called back. One that was called back before stays as it is.
    pub fn revoked(&self, reason: &str, now: Instant) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        mistakes.keep("reason", REASON.check(reason));
        let mut next = self.clone();
        if next.revoked_at.is_none() {
            next.revoked_at = Some(now);
            next.revoke_reason = Some(reason.to_owned());
        }
        mistakes.finish(next)
    }

    /// Sent, or copied by staff.
    #[must_use]
    pub fn sent(&self, channel: LinkChannel, to: Option<String>) -> Self {
        Self { channel: Some(channel), sent_to: to, ..self.clone() }
    }

    fn judge_customer(&self, customer: Option<&Customer>) -> Result<(), LinkRefusal> {
        let live = customer.filter(|customer| customer.is_live() && customer.active);
        let live = live.filter(|customer| self.customer.as_ref() == Some(&customer.id));
        let customer = live.ok_or(LinkRefusal::Customer)?;
        let same = match (&self.email, &customer.email) {
            (Some(then), Some(now)) => then.is_same_as(now),
            (then, now) => then.is_none() && now.is_none(),
        };
        if same { Ok(()) } else { Err(LinkRefusal::Email) }
    }
}

#[cfg(test)]
mod tests;
