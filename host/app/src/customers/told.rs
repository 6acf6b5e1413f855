//! The events of customers: ids and names of fields, never what the fields hold.

use galleria_domain::{Customer, CustomerId, CustomerKind, EventKind, NewEvent};
use galleria_storage::customers as stored;
use serde_json::{Value, json};

use crate::error::Result;
use crate::events;
use crate::work::Work;

/// Tells what happened to a customer, as they are from then on.
pub(crate) async fn tell(
    work: &mut Work,
    kind: EventKind,
    customer: &Customer,
    payload: Value,
) -> Result<()> {
    let (aggregate, aggregate_version) = (customer.id.as_str(), customer.version);
    events::append(work, NewEvent { kind, aggregate, aggregate_version, payload }).await
}

/// As [`tell`], of what changes nothing about the customer, for whoever has only the id.
pub(crate) async fn tell_of(
    work: &mut Work,
    kind: EventKind,
    id: &CustomerId,
    payload: Value,
) -> Result<()> {
    let store = work.caller().store.clone();
    match stored::get(work.unit(), &store, id).await? {
        Some(customer) => tell(work, kind, &customer, payload).await,
        // Nobody that could be told of.
        None => Ok(()),
    }
}

/// Tells that a customer was made.
pub(crate) async fn tell_created(work: &mut Work, customer: &Customer) -> Result<()> {
    let payload = json!({
        "kind": customer.kind,
        "stage": customer.stage,
        "via": customer.created_via,
    });
    tell(work, EventKind::CustomerCreated, customer, payload).await
}

/// Tells which fields changed, and what that means where it has a name of its own.
pub(crate) async fn tell_changes(
    work: &mut Work,
    before: &Customer,
    after: &Customer,
    fields: &[&str],
) -> Result<()> {
    tell(work, EventKind::CustomerUpdated, after, json!({ "fields": fields })).await?;
    if before.kind != after.kind && after.kind == CustomerKind::Registered {
        tell(work, EventKind::CustomerRegistered, after, json!({})).await?;
    }
    if before.active != after.active {
        let kind = if after.active {
            EventKind::CustomerActivated
        } else {
            EventKind::CustomerDeactivated
        };
        tell(work, kind, after, json!({})).await?;
    }
    if before.stage != after.stage {
        let payload = json!({ "from": before.stage, "to": after.stage });
        tell(work, EventKind::CustomerStageChanged, after, payload).await?;
    }
    if before.email != after.email {
        tell(work, EventKind::CustomerEmailChanged, after, json!({})).await?;
    }
    if after.email_verified_at.is_some() && before.email_verified_at != after.email_verified_at {
        tell(work, EventKind::CustomerEmailVerified, after, json!({})).await?;
    }
    if before.default_billing_id != after.default_billing_id
        || before.default_shipping_id != after.default_shipping_id
    {
        let payload = json!({
            "billing": after.default_billing_id,
            "shipping": after.default_shipping_id,
        });
        tell(work, EventKind::CustomerDefaultsChanged, after, payload).await?;
    }
    Ok(())
}
