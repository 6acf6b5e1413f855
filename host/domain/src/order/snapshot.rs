//! What an order is made of: copies, taken when it was placed.

use serde::{Deserialize, Serialize};

use super::{OrderError, PlacedVia};
use crate::attribution::Attribution;
use crate::cart::{Cart, Line};
use crate::email::EmailAddress;
use crate::id::{CartId, CustomerId, ImpersonationId, OrderId, StoreId};
use crate::money::{Currency, MoneyError};
use crate::postal::PostalAddress;
use crate::principal::Actor;
use crate::time::Instant;
use crate::totals::Totals;

/// What an order is made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OrderSnapshot {
    /// Names it for ever.
    pub id: OrderId,
    /// The number that people use; unique in the store.
    pub number: u64,
    /// The store that it was placed in.
    pub store: StoreId,
    /// Of all its amounts.
    pub currency: Currency,
    /// Who bought, if that is known.
    pub customer: Option<CustomerId>,
    /// Where the confirmation went.
    pub email: Option<EmailAddress>,
    /// The cart that it was made of.
    pub cart: CartId,
    /// What was bought.
    pub lines: Vec<Line>,
    /// The codes that were put in.
    pub codes: Vec<String>,
    /// Where the bill goes.
    pub billing: Option<PostalAddress>,
    /// Where the parcel goes.
    pub shipping: Option<PostalAddress>,
    /// What the method of shipping was called.
    pub shipping_method: Option<String>,
    /// What the customer wanted to say.
    pub note: Option<String>,
    /// What it cost.
    pub totals: Totals,
    /// What it is put down to.
    pub attribution: Attribution,
    /// The customer's own address on the network, if it is known; never that of staff.
    pub customer_ip: Option<String>,
    /// Who placed it.
    pub actor: Actor,
    /// Where from.
    pub actor_ip: Option<String>,
    /// The impersonation in which staff placed it.
    pub impersonation: Option<ImpersonationId>,
    /// How it came about.
    pub placed_via: PlacedVia,
    /// When it was placed.
    pub placed_at: Instant,
}

/// What an order has that its cart hasn't.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "`OrderSnapshot` says what they mean")]
pub struct OrderStart {
    pub id: OrderId,
    pub number: u64,
    pub shipping_method: Option<String>,
    pub customer_ip: Option<String>,
    pub actor: Actor,
    pub actor_ip: Option<String>,
    pub impersonation: Option<ImpersonationId>,
    pub placed_via: PlacedVia,
    pub placed_at: Instant,
}

impl OrderSnapshot {
    /// The copies of a cart that is ordered. It must have something in it, and totals that are
    /// those of its lines.
    pub fn of_cart(cart: &Cart, start: OrderStart) -> Result<Self, OrderError> {
        if cart.lines.is_empty() {
            return Err(OrderError::Empty);
        }
        let totals = cart.totals.as_ref().filter(|_| cart.priced_at.is_some());
        let totals = totals.ok_or(OrderError::Unpriced)?;
        if totals.currency != cart.currency {
            return Err(MoneyError::Mixed(totals.currency, cart.currency).into());
        }
        let priced = totals.lines.iter().map(|line| (&line.line, line.quantity));
        if !priced.eq(cart.lines.iter().map(|line| (&line.id, line.quantity))) {
            return Err(OrderError::Unpriced);
        }
        Ok(Self {
            id: start.id,
            number: start.number,
            store: cart.store.clone(),
            currency: cart.currency,
            customer: cart.customer().cloned(),
            email: cart.email.clone(),
            cart: cart.id.clone(),
            lines: cart.lines.clone(),
            codes: cart.codes.clone(),
            billing: cart.billing.clone(),
            shipping: cart.shipping.clone(),
            shipping_method: start.shipping_method,
            note: cart.note.clone(),
            totals: totals.clone(),
            attribution: cart.attribution.clone(),
            customer_ip: start.customer_ip,
            actor: start.actor,
            actor_ip: start.actor_ip,
            impersonation: start.impersonation,
            placed_via: start.placed_via,
            placed_at: start.placed_at,
        })
    }
}
