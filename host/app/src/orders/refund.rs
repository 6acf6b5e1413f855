//! Giving money back, in part or all of it.

use std::collections::BTreeMap;

use galleria_domain::{
    LineId, Money, Order, OrderId, PaymentState, Permission, PluginId, Refund, RefundId, RefundLine,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::place::refused;
use super::see::see;
use super::{load, save, told};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::work::Work;
use crate::{audit, unit};

/// Money to be given back.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundDraft {
    /// Of what was paid.
    pub amount: i64,
    /// Of what was tendered otherwise, such as points.
    pub tendered: i64,
    /// What it is for; may be empty.
    pub lines: Vec<RefundedLine>,
    /// Why.
    pub reason: Option<String>,
    /// What plugins are told about it.
    pub data: BTreeMap<PluginId, Value>,
    /// Asked again with the same key, nothing more is given back.
    pub key: Option<String>,
}

/// What money is given back for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RefundedLine {
    /// A line of the order.
    pub line: LineId,
    /// How many of it.
    pub quantity: u32,
    /// How much of the refund is for it.
    pub amount: i64,
}

/// Gives money back; needs [`Permission::OrdersRefund`].
///
/// Takes the [`App`] and not a [`Work`]: the payment provider is asked while nothing is held. It
/// knows the refund by its id, so that a second try gives nothing twice.
pub async fn refund(
    app: &App,
    caller: &Caller,
    id: &OrderId,
    draft: &RefundDraft,
) -> Result<Order> {
    let refund_id = refund_id(id, draft.key.as_deref());
    let order = unit!(app.read(caller), work => {
        work.caller().require(Permission::OrdersRefund)?;
        load(work, id).await
    })?;
    if order.progress().refunds.iter().any(|refund| refund.id == refund_id) {
        return Ok(see(caller, order));
    }
    // Refused before anybody is asked for money.
    order.refund(read(&order, &refund_id, draft, caller, app.now()))?;
    pay_back(app, &order, draft.amount, &refund_id).await?;
    let after = unit!(app.write(caller), work => record(work, id, &refund_id, draft).await)?;
    Ok(see(caller, after))
}

fn refund_id(order: &OrderId, key: Option<&str>) -> RefundId {
    let Some(key) = key else { return RefundId::generate() };
    let digest = Sha256::new().chain_update(order.as_str()).chain_update(key).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    RefundId::from_bytes(bytes)
}

fn read(
    order: &Order,
    id: &RefundId,
    draft: &RefundDraft,
    caller: &Caller,
    now: galleria_domain::Instant,
) -> Refund {
    let money = |amount| Money::new(amount, order.snapshot().currency);
    let lines = draft.lines.iter().map(|line| RefundLine {
        line: line.line.clone(),
        quantity: line.quantity,
        amount: money(line.amount),
    });
    Refund {
        id: id.clone(),
        amount: money(draft.amount),
        tendered: money(draft.tendered),
        lines: lines.collect(),
        reason: draft.reason.clone(),
        at: now,
        actor: caller.principal.actor.clone(),
        data: draft.data.clone(),
    }
}

/// Gives the money back by the ways that it came, the first payment first.
async fn pay_back(app: &App, order: &Order, amount: i64, refund: &RefundId) -> Result<()> {
    let refunded = order.refunded()?.amount;
    let mut skipped = refunded;
    let mut left = amount;
    let paid = order.progress().payments.iter().filter(|one| one.state == PaymentState::Paid);
    for payment in paid {
        let used = skipped.min(payment.amount.amount);
        skipped -= used;
        let part = left.min(payment.amount.amount - used);
        if part == 0 {
            continue;
        }
        left -= part;
        let provider = app.payments().find(&payment.provider).ok_or_else(|| {
            AppError::conflict("payment-unavailable", "the payment provider isn't there any more")
        })?;
        let reference = payment.reference.as_deref().unwrap_or_default();
        let money = Money::new(part, order.snapshot().currency);
        provider.refund(reference, money, refund.as_str()).await.map_err(refused)?;
    }
    Ok(())
}

async fn record(
    work: &mut Work,
    id: &OrderId,
    refund_id: &RefundId,
    draft: &RefundDraft,
) -> Result<Order> {
    let before = load(work, id).await?;
    if before.progress().refunds.iter().any(|refund| refund.id == *refund_id) {
        return Ok(before);
    }
    let refund = read(&before, refund_id, draft, work.caller(), work.now());
    let after = before.refund(refund.clone())?;
    save(work, &before, &after).await?;
    told::tell_refund(work, &after, &refund).await?;
    audit::append(work, "order.refund", id.as_str(), &json!({ "refund": refund_id })).await?;
    Ok(after)
}
