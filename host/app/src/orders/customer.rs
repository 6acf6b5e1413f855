//! What orders mean for the customer whose they are.

use galleria_domain::{Customer, CustomerStage, EventKind, Money, NewEvent, Order};
use galleria_storage::customers as stored;
use serde_json::json;

use crate::error::{AppError, Result};
use crate::events;
use crate::work::Work;

/// An order more; with `purchased`, it made a customer of them: it is free, paid, or paid in a way
/// that counts.
pub(super) async fn ordered(work: &mut Work, order: &Order, purchased: bool) -> Result<()> {
    let now = work.now();
    change(work, order, |customer| {
        customer.orders_count = customer.orders_count.saturating_add(1);
        customer.last_order_at = Some(now);
        if purchased {
            purchase(customer, order);
        }
    })
    .await
}

/// An order of theirs is paid now.
pub(super) async fn paid(work: &mut Work, order: &Order) -> Result<()> {
    change(work, order, |customer| {
        purchase(customer, order);
        spend(customer, order.snapshot().totals.payable);
    })
    .await
}

fn purchase(customer: &mut Customer, order: &Order) {
    customer.advance(CustomerStage::Customer);
    let at = order.snapshot().placed_at;
    customer.first_purchase_at = customer.first_purchase_at.or(Some(at));
}

fn spend(customer: &mut Customer, amount: Money) {
    let known = customer.total_spent.iter_mut().find(|sum| sum.currency == amount.currency);
    match known {
        // A sum beyond 64 bits says no less by staying where it is.
        Some(sum) => *sum = sum.plus(amount).unwrap_or(*sum),
        None => customer.total_spent.push(amount),
    }
}

async fn change(
    work: &mut Work,
    order: &Order,
    how: impl FnOnce(&mut Customer) + Send,
) -> Result<()> {
    let Some(id) = &order.snapshot().customer else { return Ok(()) };
    let store = order.snapshot().store.clone();
    // Who was wiped out or merged since is left in peace.
    let Some(before) = stored::get(work.unit(), &store, id).await? else { return Ok(()) };
    let mut after = before.clone();
    how(&mut after);
    if after == before {
        return Ok(());
    }
    after.version += 1;
    if !stored::update(work.unit(), &before, &after).await? {
        return Err(AppError::Stale(before.version));
    }
    if after.stage == before.stage {
        return Ok(());
    }
    let payload = json!({ "from": before.stage, "to": after.stage, "order": order.snapshot().id });
    let event = NewEvent {
        kind: EventKind::CustomerStageChanged,
        aggregate: id.as_str(),
        aggregate_version: after.version,
        payload,
    };
    events::append(work, event).await
}
