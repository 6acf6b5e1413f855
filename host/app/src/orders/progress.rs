//! What becomes of an order: it is paid, completed or cancelled.

use galleria_domain::{
    EventKind, Money, Order, OrderId, Payment, PaymentId, PaymentState, Permission,
};
use serde_json::json;

use super::see::see;
use super::{customer, load, save, told};
use crate::audit;
use crate::error::Result;
use crate::version::expect_version;
use crate::work::Work;

/// Puts down that money came in by hand; needs [`Permission::OrdersWrite`].
pub async fn pay(
    work: &mut Work,
    id: &OrderId,
    amount: Money,
    reference: Option<String>,
    expected: Option<u64>,
) -> Result<Order> {
    let payment = Payment {
        id: PaymentId::generate(),
        provider: "manual".to_owned(),
        amount,
        state: PaymentState::Paid,
        reference,
        at: work.now(),
    };
    let after = change(work, id, expected, "order.pay", |order, _| Ok(order.pay(payment)?)).await?;
    Ok(see(work.caller(), after))
}

/// Puts down what became of a payment; needs [`Permission::OrdersWrite`].
pub async fn set_payment(
    work: &mut Work,
    id: &OrderId,
    payment: &PaymentId,
    state: PaymentState,
) -> Result<Order> {
    let after = change(work, id, None, "order.set-payment", |order, now| {
        Ok(order.set_payment(payment, state, None, now)?)
    })
    .await?;
    Ok(see(work.caller(), after))
}

/// Puts down that everything is delivered; needs [`Permission::OrdersWrite`].
pub async fn complete(work: &mut Work, id: &OrderId, expected: Option<u64>) -> Result<Order> {
    let after =
        change(work, id, expected, "order.complete", |order, now| Ok(order.complete(now)?)).await?;
    told::tell(work, EventKind::OrderCompleted, &after).await?;
    Ok(see(work.caller(), after))
}

/// Calls an order off; needs [`Permission::OrdersWrite`]. What was paid is given back by a refund.
pub async fn cancel(
    work: &mut Work,
    id: &OrderId,
    reason: &str,
    expected: Option<u64>,
) -> Result<Order> {
    let after =
        change(work, id, expected, "order.cancel", |order, now| Ok(order.cancel(reason, now)?))
            .await?;
    told::tell(work, EventKind::OrderCancelled, &after).await?;
    Ok(see(work.caller(), after))
}

async fn change(
    work: &mut Work,
    id: &OrderId,
    expected: Option<u64>,
    action: &str,
    how: impl FnOnce(&Order, galleria_domain::Instant) -> Result<Order> + Send,
) -> Result<Order> {
    work.caller().require(Permission::OrdersWrite)?;
    let before = load(work, id).await?;
    expect_version(before.progress().version, expected)?;
    let after = how(&before, work.now())?;
    if after == before {
        return Ok(after);
    }
    save(work, &before, &after).await?;
    if before.progress().payments != after.progress().payments {
        told::tell(work, EventKind::OrderPaymentRecorded, &after).await?;
    }
    if before.progress().paid_at.is_none() && after.progress().paid_at.is_some() {
        customer::paid(work, &after).await?;
        told::tell(work, EventKind::OrderPaid, &after).await?;
    }
    audit::append(work, action, id.as_str(), &json!(null)).await?;
    Ok(after)
}
