//! Impersonation: staff acting for a customer, with the customer's rights and less.
//!
//! It hangs on a token of its own and on the login of whoever began it ([`start`]). At each request
//! it is judged anew ([`resume`]): what took it its reason ends it.

mod resume;
mod start;

use galleria_domain::{
    Actor, CustomerId, EventKind, Impersonation, ImpersonationEnd, ImpersonationId, NewEvent,
    OrderId, Permission, Principal, Rights,
};
use galleria_storage::impersonations as stored;
use galleria_storage::impersonations::StoredImpersonation;
use serde_json::json;

use crate::authentication::customer_caller;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::tokens::token_hash;
use crate::work::Work;
use crate::{audit, events};

pub use resume::{Request, resume, resume_to_change};
pub use start::{
    HandedOver, ImpersonationDraft, StartedImpersonation, checkout_now, hand_over, start,
};

use resume::judge;

/// The most impersonations in a list.
pub const LIST_MAX: u32 = 200;

const SETTLED_AT_ONCE: u32 = 100;

/// Ends the impersonation of a token. One that has ended stays as it is, and a token of none is
/// nothing that could go on: what is asked for is true in every case.
pub async fn finish(work: &mut Work, token: &str) -> Result<()> {
    let found = stored::find_by_token(work.unit(), &token_hash(token)).await?;
    let store = work.caller().store.clone();
    match found.filter(|found| found.impersonation.store == store) {
        Some(found) => {
            work.set_caller(acting(work.caller(), &found.impersonation));
            end(work, &found.impersonation, ImpersonationEnd::Finished).await
        }
        None => Ok(()),
    }
}

/// Those that go on in the store, the newest first: all with [`Permission::ImpersonationsManage`],
/// and for plugins with [`Permission::ImpersonationRead`]; else the caller's own.
pub async fn list(work: &mut Work, customer: Option<&CustomerId>) -> Result<Vec<Impersonation>> {
    let caller = work.caller().clone();
    let all = match &caller.plugin {
        Some(_) => {
            caller.require(Permission::ImpersonationRead)?;
            true
        }
        None => caller.may(Permission::ImpersonationsManage),
    };
    let own = caller.principal.staff().filter(|_| caller.impersonation.is_none());
    if !all && own.is_none() {
        return Err(AppError::PermissionDenied(Permission::ImpersonationsManage.to_string()));
    }
    let found = stored::list_running(work.unit(), &caller.store, customer, LIST_MAX).await?;
    let mut running = Vec::with_capacity(found.len());
    for one in found {
        let is_listed = all || own == Some(&one.impersonation.staff);
        if is_listed && judge(work, &one).await?.is_none() {
            running.push(one.impersonation);
        }
    }
    Ok(running)
}

/// The one in which the caller acts, if they act in one; for plugins, needs
/// [`Permission::ImpersonationRead`].
pub async fn current(work: &mut Work) -> Result<Option<Impersonation>> {
    let caller = work.caller().clone();
    if caller.plugin.is_some() {
        caller.require(Permission::ImpersonationRead)?;
    }
    let Some(id) = &caller.impersonation else { return Ok(None) };
    let found = stored::get(work.unit(), &caller.store, id).await?;
    Ok(found.map(|found| found.impersonation))
}

/// Ends one; needs [`Permission::ImpersonationsManage`], unless it is the caller's own. One that has
/// ended stays as it is.
pub async fn revoke(work: &mut Work, id: &ImpersonationId) -> Result<()> {
    let caller = work.caller().clone();
    let found = stored::get(work.unit(), &caller.store, id).await?;
    let is_own = found.as_ref().is_some_and(|found| {
        caller.plugin.is_none() && caller.principal.staff() == Some(&found.impersonation.staff)
    });
    if !is_own {
        caller.require(Permission::ImpersonationsManage)?;
    }
    let found = found.ok_or(AppError::NotFound("impersonation"))?;
    let cause = if is_own { ImpersonationEnd::Finished } else { ImpersonationEnd::Revoked };
    end(work, &found.impersonation, cause).await
}

/// Ends those whose time is over, a bounded number; says how many. The host's own task.
pub async fn settle(work: &mut Work) -> Result<u64> {
    let (now, there) = (work.now(), work.caller().clone());
    let idle_since = now.minus(galleria_domain::IMPERSONATION_IDLE);
    let over = stored::list_over(work.unit(), idle_since, now, SETTLED_AT_ONCE).await?;
    let count = over.len() as u64;
    for StoredImpersonation { impersonation, .. } in over {
        work.set_caller(Caller { store: impersonation.store.clone(), ..there.clone() });
        end(work, &impersonation, ImpersonationEnd::Expired).await?;
    }
    work.set_caller(there);
    Ok(count)
}

/// Puts down which order was placed in the impersonation in which the caller acts, if they do.
pub(crate) async fn ordered(work: &mut Work, order: &OrderId) -> Result<()> {
    let Some(impersonation) = current(work).await? else { return Ok(()) };
    stored::update(work.unit(), &impersonation.ordered(order.clone())).await?;
    Ok(())
}

/// Ends one, once.
async fn end(work: &mut Work, one: &Impersonation, cause: ImpersonationEnd) -> Result<()> {
    let over = one.finished(cause, work.now());
    if one.ended_at.is_some() || !stored::update(work.unit(), &over).await? {
        return Ok(());
    }
    let detail = json!({
        "staff": over.staff,
        "customer": over.customer,
        "cause": over.end_cause,
        "requests": over.request_count,
        "orders": over.orders,
    });
    audit::append(work, "impersonation.finish", over.id.as_str(), &detail).await?;
    tell(work, EventKind::ImpersonationFinished, &over, 2, detail).await
}

async fn tell(
    work: &mut Work,
    kind: EventKind,
    one: &Impersonation,
    aggregate_version: u64,
    payload: serde_json::Value,
) -> Result<()> {
    let aggregate = one.id.as_str();
    events::append(work, NewEvent { kind, aggregate, aggregate_version, payload }).await
}

/// Staff as a caller who acts for a customer: what that customer may do, as far as the mode goes.
fn acting(at: &Caller, one: &Impersonation) -> Caller {
    let customer = customer_caller(at, &one.customer);
    let mode = Rights::only(one.mode.permissions().iter().map(|permission| (*permission).into()));
    Caller {
        principal: Principal {
            actor: Actor::Staff(one.staff.clone()),
            on_behalf_of: Some(one.customer.clone()),
        },
        rights: customer.rights.intersect(&mode).into(),
        impersonation: Some(one.id.clone()),
        mode: Some(one.mode),
        only_cart: one.cart.clone(),
        ..customer
    }
}
