//! Orders: what somebody has bought.
//!
//! What an order is made of, its [snapshot](OrderSnapshot), never changes, whatever becomes of the
//! customer, of prices or of plugins. What happens to it afterwards is paying, completing,
//! cancelling and refunding.

mod payment;
mod refund;
mod snapshot;

use serde::{Deserialize, Serialize};

use crate::error::FieldError;
use crate::money::{Money, MoneyError};
use crate::names::named;
use crate::time::Instant;

pub use payment::{Payment, PaymentState};
pub use refund::{ORDER_REASON_MAX_CHARS, Refund, RefundLine};
pub use snapshot::{OrderSnapshot, OrderStart};

named! {
    /// How an order came about.
    PlacedVia, "way to place an order" {
        /// The customer placed it.
        Storefront = "storefront",
        /// Staff placed it, acting for the customer.
        Impersonation = "impersonation",
        /// Staff placed it right out of the cart.
        AgentCheckout = "agent-checkout",
        /// The customer placed it, having come by a link.
        Link = "link",
    }
}

named! {
    /// How far an order has come.
    OrderStatus, "status of an order" {
        /// It isn't paid yet.
        Placed = "placed",
        /// It is paid in full, or there was nothing to pay.
        Paid = "paid",
        /// Some of what was paid was given back.
        PartiallyRefunded = "partially-refunded",
        /// All of what was paid was given back.
        Refunded = "refunded",
        /// It was called off.
        Cancelled = "cancelled",
        /// It is done.
        Completed = "completed",
    }
}

/// An order.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
// The snapshot is private: it can be read, and never changed.
pub struct Order {
    #[serde(flatten)]
    snapshot: OrderSnapshot,
    #[serde(flatten)]
    progress: OrderProgress,
}

/// What has happened to an order since it was placed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OrderProgress {
    /// Grows by one with each change.
    pub version: u64,
    /// How far it has come.
    pub status: OrderStatus,
    /// What was paid, or tried to be.
    pub payments: Vec<Payment>,
    /// What was given back.
    pub refunds: Vec<Refund>,
    /// When it was first paid in full.
    pub paid_at: Option<Instant>,
    /// When it was done.
    pub completed_at: Option<Instant>,
    /// When it was called off.
    pub cancelled_at: Option<Instant>,
    /// Why.
    pub cancel_reason: Option<String>,
}

/// Why an order doesn't go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OrderError {
    /// It isn't in a status for that.
    #[error("the order is {0}")]
    Status(OrderStatus),
    /// The amounts are too large, or of different currencies.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The cart has no totals that are those of its lines.
    #[error("the cart has to be priced before it is ordered")]
    Unpriced,
    /// There is nothing in the cart.
    #[error("the cart is empty")]
    Empty,
    /// A payment isn't of something, or is of more than what is left to pay.
    #[error("the payment is of nothing, or of more than {0}, which is left to pay")]
    Payment(Money),
    /// There is no such payment, or there is one already.
    #[error("the order has no such payment, or has it already")]
    UnknownPayment,
    /// A payment can't go from one state to the other.
    #[error("the payment is {0}")]
    PaymentState(PaymentState),
    /// A refund isn't of something, or is of more than what is left to give back.
    #[error("the refund is of nothing, or of more than {0}, which is left to give back")]
    Refund(Money),
    /// A refund is wrong in another way.
    #[error("the refund is wrong")]
    Invalid(Vec<FieldError>),
}

impl From<Vec<FieldError>> for OrderError {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Invalid(errors)
    }
}

impl Order {
    /// A new order. One with nothing left to pay is paid.
    pub fn place(snapshot: OrderSnapshot) -> Self {
        let free = snapshot.totals.payable.amount == 0;
        let progress = OrderProgress {
            version: 1,
            status: if free { OrderStatus::Paid } else { OrderStatus::Placed },
            payments: Vec::new(),
            refunds: Vec::new(),
            paid_at: free.then_some(snapshot.placed_at),
            completed_at: None,
            cancelled_at: None,
            cancel_reason: None,
        };
        Self { snapshot, progress }
    }

    /// An order as it was stored.
    pub fn restore(snapshot: OrderSnapshot, progress: OrderProgress) -> Self {
        Self { snapshot, progress }
    }

    /// What it is made of.
    pub fn snapshot(&self) -> &OrderSnapshot {
        &self.snapshot
    }

    /// What has happened to it.
    pub fn progress(&self) -> &OrderProgress {
        &self.progress
    }

    /// How far it has come.
    pub fn status(&self) -> OrderStatus {
        self.progress.status
    }

    /// As done. It has to be paid, and what was given back stays given back.
    pub fn complete(&self, now: Instant) -> Result<Self, OrderError> {
        let status = match self.status() {
            OrderStatus::Paid => OrderStatus::Completed,
            OrderStatus::PartiallyRefunded if self.progress.completed_at.is_none() => {
                OrderStatus::PartiallyRefunded
            }
            status => return Err(OrderError::Status(status)),
        };
        let mut next = self.next();
        next.progress.status = status;
        next.progress.completed_at = Some(now);
        Ok(next)
    }

    /// As called off, for a reason. What was paid can still be given back.
    pub fn cancel(&self, reason: &str, now: Instant) -> Result<Self, OrderError> {
        let can = matches!(self.status(), OrderStatus::Placed | OrderStatus::Paid)
            || (self.status() == OrderStatus::PartiallyRefunded
                && self.progress.completed_at.is_none());
        if !can {
            return Err(OrderError::Status(self.status()));
        }
        refund::check_reason(reason)?;
        let mut next = self.next();
        next.progress.status = OrderStatus::Cancelled;
        next.progress.cancelled_at = Some(now);
        next.progress.cancel_reason = Some(reason.to_owned());
        Ok(next)
    }

    fn next(&self) -> Self {
        let mut next = self.clone();
        next.progress.version += 1;
        next
    }

    fn zero(&self) -> Money {
        Money::zero(self.snapshot.currency)
    }
}

#[cfg(test)]
mod tests;
