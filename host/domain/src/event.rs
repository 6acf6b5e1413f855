//! Events: facts, written to the outbox in the transaction that made them true.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{FieldCode, Mistake};
use crate::id::{CustomerId, EventId, RequestId, StoreId};
use crate::names::named;
use crate::principal::Actor;
use crate::time::Instant;

/// The most bytes of the payload of an event, as JSON.
pub const EVENT_PAYLOAD_MAX_BYTES: usize = 64 * 1024;

/// The version that the payloads of today's events are of.
pub const EVENT_SCHEMA_VERSION: u32 = 1;

named! {
    /// What happened. The names are part of the API and never change; a payload of another shape
    /// gets a new schema version.
    EventKind, "kind of event" {
        /// A customer was made.
        CustomerCreated = "customer.created",
        /// Fields of a customer changed.
        CustomerUpdated = "customer.updated",
        /// A guest became a registered customer.
        CustomerRegistered = "customer.registered",
        /// A customer may log in again.
        CustomerActivated = "customer.activated",
        /// A customer may no longer log in.
        CustomerDeactivated = "customer.deactivated",
        /// A visitor became a lead, or a lead a customer.
        CustomerStageChanged = "customer.stage-changed",
        /// A customer has another email.
        CustomerEmailChanged = "customer.email-changed",
        /// The owner of the email has proven to be the customer.
        CustomerEmailVerified = "customer.email-verified",
        /// A customer has another password.
        CustomerPasswordChanged = "customer.password-changed",
        /// A customer logged in.
        CustomerLoggedIn = "customer.logged-in",
        /// A customer logged out.
        CustomerLoggedOut = "customer.logged-out",
        /// A login was refused.
        CustomerLoginFailed = "customer.login-failed",
        /// Logins are refused for a while.
        CustomerLocked = "customer.locked",
        /// Logins are looked at again.
        CustomerUnlocked = "customer.unlocked",
        /// A customer has one more address.
        CustomerAddressCreated = "customer.address-created",
        /// An address of a customer changed.
        CustomerAddressUpdated = "customer.address-updated",
        /// An address of a customer is gone.
        CustomerAddressDeleted = "customer.address-deleted",
        /// A customer has other default addresses.
        CustomerDefaultsChanged = "customer.defaults-changed",
        /// Two customers became one.
        CustomerMerged = "customer.merged",
        /// A customer was deleted.
        CustomerDeleted = "customer.deleted",
        /// Who a customer was has been wiped out.
        CustomerAnonymized = "customer.anonymized",
        /// A cart was made.
        CartCreated = "cart.created",
        /// A cart has one more line.
        CartLineAdded = "cart.line-added",
        /// A line of a cart changed.
        CartLineChanged = "cart.line-changed",
        /// A cart has one line less.
        CartLineRemoved = "cart.line-removed",
        /// Lines of a cart have other prices.
        CartRepriced = "cart.repriced",
        /// A cart has one more code.
        CartCodeApplied = "cart.code-applied",
        /// A cart has one code less.
        CartCodeRemoved = "cart.code-removed",
        /// A line of a cart comes in another rhythm.
        CartScheduleSet = "cart.schedule-set",
        /// A cart is put down to other clicks, or to another agent.
        CartAttributionSet = "cart.attribution-set",
        /// A cart belongs to somebody else.
        CartOwnerChanged = "cart.owner-changed",
        /// A cart was poured into another one.
        CartMerged = "cart.merged",
        /// Nobody has touched a cart for a while.
        CartAbandoned = "cart.abandoned",
        /// A cart became too old.
        CartExpired = "cart.expired",
        /// A cart was ordered or deleted.
        CartClosed = "cart.closed",
        /// A link to a checkout was made.
        CheckoutLinkCreated = "checkout-link.created",
        /// A link to a checkout was sent.
        CheckoutLinkSent = "checkout-link.sent",
        /// A link to a checkout was looked at for the first time.
        CheckoutLinkOpened = "checkout-link.opened",
        /// A session began with a link to a checkout.
        CheckoutLinkRedeemed = "checkout-link.redeemed",
        /// A link to a checkout was called back.
        CheckoutLinkRevoked = "checkout-link.revoked",
        /// A link to a checkout became too old.
        CheckoutLinkExpired = "checkout-link.expired",
        /// An order was placed.
        OrderPlaced = "order.placed",
        /// An order is paid in full.
        OrderPaid = "order.paid",
        /// A part of an order is paid.
        OrderPaymentRecorded = "order.payment-recorded",
        /// An order is done.
        OrderCompleted = "order.completed",
        /// An order was called off.
        OrderCancelled = "order.cancelled",
        /// Money of an order was given back.
        OrderRefunded = "order.refunded",
        /// An order was deleted.
        OrderDeleted = "order.deleted",
        /// Staff began to act for a customer.
        ImpersonationStarted = "impersonation.started",
        /// Staff no longer acts for a customer.
        ImpersonationFinished = "impersonation.finished",
        /// Staff was kept from acting for a customer.
        ImpersonationDenied = "impersonation.denied",
        /// There is more or less of a variant.
        ProductStockChanged = "product.stock-changed",
        /// A variant can be bought again.
        ProductBackInStock = "product.back-in-stock",
        /// A variant has another price.
        ProductPriceChanged = "product.price-changed",
        /// A plugin was switched on.
        PluginEnabled = "plugin.enabled",
        /// A plugin was switched off.
        PluginDisabled = "plugin.disabled",
        /// A plugin has another version.
        PluginUpgraded = "plugin.upgraded",
        /// A plugin failed badly.
        PluginTrapped = "plugin.trapped",
        /// A job has come to its end.
        JobFinished = "job.finished",
        /// An export has come to its end.
        ExportFinished = "export.finished",
    }
}

/// A fact to be written to the outbox. Who, when and where comes from the unit of work.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent<'a> {
    /// What happened.
    pub kind: EventKind,
    /// The id of the thing that it happened to: `ord_…`. Events of one thing keep their order.
    pub aggregate: &'a str,
    /// The version of the thing from then on.
    pub aggregate_version: u64,
    /// Ids and figures; neither personal data nor secrets.
    pub payload: Value,
}

/// The payload of an event is too large.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the payload of the event has {bytes} bytes, more than {EVENT_PAYLOAD_MAX_BYTES}")]
pub struct EventTooLarge {
    /// How many it has, as JSON.
    pub bytes: usize,
}

impl NewEvent<'_> {
    /// The payload as it is stored.
    pub fn payload_text(&self) -> Result<String, EventTooLarge> {
        let text = self.payload.to_string();
        if text.len() > EVENT_PAYLOAD_MAX_BYTES {
            return Err(EventTooLarge { bytes: text.len() });
        }
        Ok(text)
    }
}

/// Where an event stands in the order in which events are read.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct EventPosition {
    /// The turn of the unit that wrote it: later ones are never seen before earlier ones.
    pub turn: i64,
    /// Its number among all.
    pub seq: i64,
}

impl EventPosition {
    /// Before every event.
    pub const START: Self = Self { turn: 0, seq: 0 };
}

/// `<turn>.<seq>`, which says nothing to those who read it.
impl fmt::Display for EventPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.turn, self.seq)
    }
}

/// A text that is no position among events.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no position in the feed of events")]
pub struct InvalidEventPosition;

impl Mistake for InvalidEventPosition {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

impl FromStr for EventPosition {
    type Err = InvalidEventPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str| {
            // Only what `Display` writes: neither signs nor leading zeros.
            digits.parse::<i64>().ok().filter(|number| *number >= 0 && number.to_string() == digits)
        };
        let position = text
            .split_once('.')
            .and_then(|(turn, seq)| Some(Self { turn: number(turn)?, seq: number(seq)? }));
        position.ok_or(InvalidEventPosition)
    }
}

/// A fact as it stands in the outbox.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Event {
    /// Names it for ever; whoever gets it twice knows it by this.
    pub id: EventId,
    /// Where it stands in the feed.
    pub position: EventPosition,
    /// The store that it happened in.
    pub store: StoreId,
    /// What happened.
    pub kind: EventKind,
    /// The shape of the payload.
    pub schema_version: u32,
    /// The id of the thing that it happened to.
    pub aggregate: String,
    /// The version of the thing from then on.
    pub aggregate_version: u64,
    /// When.
    pub at: Instant,
    /// Who did it.
    pub actor: Actor,
    /// The customer for whom staff did it.
    pub on_behalf_of: Option<CustomerId>,
    /// The request that it happened in.
    pub correlation_id: RequestId,
    /// Ids and figures.
    pub payload: Value,
}

#[cfg(test)]
mod tests;
