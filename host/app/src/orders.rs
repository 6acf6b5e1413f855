//! Orders: placed once, paid, completed, cancelled, refunded. What was ordered never changes.

mod customer;
mod list;
mod place;
mod progress;
mod refund;
mod see;
mod told;

use galleria_domain::{Act, Assurance, Order, OrderError, OrderId, Permission, PlacedVia};
use galleria_storage::orders as stored;
pub use galleria_storage::orders::OrderFilter;

use crate::authentication::LINK_AGE_MAX;
use crate::error::{AppError, Result};
use crate::work::Work;

pub use list::{PAGE_MAX, list, list_own};
pub use place::{PlacedOrder, Placement, place};
pub use progress::{cancel, complete, pay, set_payment};
pub use refund::{RefundDraft, RefundedLine, refund};

/// An order of the store: one's own, or with [`Permission::OrdersRead`].
pub async fn get(work: &mut Work, id: &OrderId) -> Result<Order> {
    let order = load(work, id).await?;
    let caller = work.caller();
    let customer = order.snapshot().customer.as_ref();
    let is_own = customer.is_some() && caller.principal.customer() == customer;
    let may = caller.may(Permission::OrdersRead)
        && customer.is_none_or(|customer| caller.rights.reaches(customer));
    let all = *caller.rights.scope() == galleria_domain::Scope::All;
    if is_own && !is_of_this_checkout(work, &order) {
        caller.require_act(Act::SeeOrders, None)?;
    }
    if (is_own && caller.plugin.is_none()) || (may && (customer.is_some() || all)) {
        Ok(see::see(work.caller(), order))
    } else {
        Err(AppError::NotFound("order"))
    }
}

/// Whether an order is what became of the checkout that is all the caller may see: of the one cart
/// that they act about, or of a link not long ago.
fn is_of_this_checkout(work: &Work, order: &Order) -> bool {
    let (caller, snapshot) = (work.caller(), order.snapshot());
    let is_recent = work.now().since(snapshot.placed_at) < LINK_AGE_MAX;
    let is_of_link = caller.assurance == Assurance::Link && snapshot.placed_via == PlacedVia::Link;
    caller.only_cart.as_ref() == Some(&snapshot.cart) || (is_of_link && is_recent)
}

/// The order as stored. Whoever asks must be allowed to.
pub(crate) async fn load(work: &mut Work, id: &OrderId) -> Result<Order> {
    let store = work.caller().store.clone();
    stored::get(work.unit(), &store, id).await?.ok_or(AppError::NotFound("order"))
}

/// Stores what became of an order.
pub(crate) async fn save(work: &mut Work, before: &Order, after: &Order) -> Result<()> {
    let version = before.progress().version;
    let updated = stored::update(work.unit(), after, version).await?;
    if updated { Ok(()) } else { Err(AppError::Stale(version)) }
}

/// What an order refuses, as the shop says it.
impl From<OrderError> for AppError {
    fn from(error: OrderError) -> Self {
        let detail = error.to_string();
        match error {
            OrderError::Invalid(errors) => Self::Invalid(errors),
            OrderError::UnknownPayment => Self::NotFound("payment"),
            OrderError::Empty => Self::conflict("cart-empty", detail),
            OrderError::Unpriced => Self::Internal(detail),
            OrderError::Status(_) => Self::conflict("order-status", detail),
            OrderError::PaymentState(_) => Self::conflict("payment-state", detail),
            OrderError::Payment(_) => Self::conflict("payment-amount", detail),
            OrderError::Refund(_) => Self::conflict("refund-amount", detail),
            OrderError::Money(_) => Self::conflict("money", detail),
        }
    }
}
