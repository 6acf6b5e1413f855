//! Paying for orders.

use serde::{Deserialize, Serialize};

use super::{Order, OrderError, OrderStatus};
use crate::id::PaymentId;
use crate::money::Money;
use crate::names::named;
use crate::time::Instant;

named! {
    /// How far a payment has come.
    PaymentState, "state of a payment" {
        /// It has begun.
        Pending = "pending",
        /// The money is set aside.
        Authorized = "authorized",
        /// The money is there.
        Paid = "paid",
        /// It came to nothing.
        Failed = "failed",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

impl PaymentState {
    /// Whether a payment can go from this state to that one.
    pub const fn can_become(self, next: Self) -> bool {
        match self {
            Self::Pending => !matches!(next, Self::Pending),
            Self::Authorized => matches!(next, Self::Paid | Self::Failed | Self::Cancelled),
            Self::Paid | Self::Failed | Self::Cancelled => false,
        }
    }

    /// Whether it counts against what is left to pay.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::Authorized | Self::Paid)
    }
}

/// A payment, or the attempt at one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Payment {
    /// Names it for ever.
    pub id: PaymentId,
    /// Who carries it out: `manual`.
    pub provider: String,
    /// How much; above zero.
    pub amount: Money,
    /// How far it has come.
    pub state: PaymentState,
    /// What the provider calls it.
    pub reference: Option<String>,
    /// When it came to this state.
    pub at: Instant,
}

impl Order {
    /// What was paid.
    pub fn paid(&self) -> Result<Money, OrderError> {
        self.sum_of(|state| state == PaymentState::Paid)
    }

    /// What no payment, not even one under way, is there for.
    pub fn left_to_pay(&self) -> Result<Money, OrderError> {
        let covered = self.sum_of(PaymentState::counts)?;
        Ok(self.snapshot.totals.payable.minus(covered)?)
    }

    /// With a payment. It can't be of more than what is left to pay. An order that is paid by it
    /// becomes `paid`.
    pub fn pay(&self, payment: Payment) -> Result<Self, OrderError> {
        if self.status() != OrderStatus::Placed {
            return Err(OrderError::Status(self.status()));
        }
        if self.progress.payments.iter().any(|one| one.id == payment.id) {
            return Err(OrderError::UnknownPayment);
        }
        let left = self.left_to_pay()?;
        let rest = left.minus(payment.amount)?;
        if payment.state.counts() && (payment.amount.amount <= 0 || rest.amount < 0) {
            return Err(OrderError::Payment(left));
        }
        let now = payment.at;
        let mut next = self.next();
        next.progress.payments.push(payment);
        next.paid_if_all_is(now)
    }

    /// With a payment that has come further. A state that it has already changes nothing, since
    /// providers tell some things twice.
    pub fn set_payment(
        &self,
        payment: &PaymentId,
        state: PaymentState,
        reference: Option<String>,
        now: Instant,
    ) -> Result<Self, OrderError> {
        let mut next = self.next();
        let found = next.progress.payments.iter_mut().find(|one| one.id == *payment);
        let found = found.ok_or(OrderError::UnknownPayment)?;
        if found.state == state {
            return Ok(self.clone());
        }
        if !found.state.can_become(state) {
            return Err(OrderError::PaymentState(found.state));
        }
        found.state = state;
        found.at = now;
        found.reference = reference.or_else(|| found.reference.take());
        next.paid_if_all_is(now)
    }

    /// Money that arrives for an order that was called off is put down, and can be given back.
    fn paid_if_all_is(mut self, now: Instant) -> Result<Self, OrderError> {
        let all = self.paid()? == self.snapshot.totals.payable;
        if all && self.status() == OrderStatus::Placed {
            self.progress.status = OrderStatus::Paid;
            self.progress.paid_at = self.progress.paid_at.or(Some(now));
        }
        Ok(self)
    }

    fn sum_of(&self, counts: impl Fn(PaymentState) -> bool) -> Result<Money, OrderError> {
        let payments = self.progress.payments.iter().filter(|payment| counts(payment.state));
        let amounts = payments.map(|payment| payment.amount);
        Ok(Money::sum(self.snapshot.currency, amounts)?)
    }
}
