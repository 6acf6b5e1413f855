//! What is told of orders. The figures that plugins work with are there; nothing says who bought.

use galleria_domain::{EventKind, NewEvent, Order, Refund};
use serde_json::{Value, json};

use crate::error::Result;
use crate::events;
use crate::work::Work;

/// Says that an order has come to this, with the figures that it was placed with.
pub(super) async fn tell(work: &mut Work, kind: EventKind, order: &Order) -> Result<()> {
    append(work, kind, order, figures(order)).await
}

/// Says that money was given back.
pub(super) async fn tell_refund(work: &mut Work, order: &Order, refund: &Refund) -> Result<()> {
    let mut payload = figures(order);
    payload["refund"] = json!({
        "id": refund.id,
        "amount": refund.amount.amount,
        "tendered": refund.tendered.amount,
        "lines": refund.lines,
        "full": order.is_fully_refunded()?,
        "data": refund.data,
    });
    append(work, EventKind::OrderRefunded, order, payload).await
}

async fn append(work: &mut Work, kind: EventKind, order: &Order, payload: Value) -> Result<()> {
    let event = NewEvent {
        kind,
        aggregate: order.snapshot().id.as_str(),
        aggregate_version: order.progress().version,
        payload,
    };
    events::append(work, event).await
}

fn figures(order: &Order) -> Value {
    let snapshot = order.snapshot();
    let totals = &snapshot.totals;
    let lines: Vec<_> = snapshot
        .lines
        .iter()
        .zip(&totals.lines)
        .map(|(line, sums)| {
            json!({
                "line": line.id,
                "variant": line.variant,
                "product": line.product,
                "quantity": line.quantity,
                "net": sums.part.net.amount,
                "tax": sums.part.tax.amount,
                "total": sums.part.total.amount,
            })
        })
        .collect();
    let shipping = totals.shipping_totals.as_ref();
    json!({
        "order": snapshot.id,
        "number": snapshot.number,
        "cart": snapshot.cart,
        "customer": snapshot.customer,
        "placed_via": snapshot.placed_via,
        "placed_at": snapshot.placed_at,
        "agent": snapshot.attribution.agent,
        "status": order.status(),
        "currency": snapshot.currency,
        "total": totals.total.amount,
        "tax": totals.tax.amount,
        "tendered": totals.tendered.amount,
        "payable": totals.payable.amount,
        "shipping_net": shipping.map_or(0, |part| part.net.amount),
        "shipping_total": shipping.map_or(0, |part| part.total.amount),
        "lines": lines,
    })
}
