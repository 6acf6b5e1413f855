//! What is done to customers as a whole.

use std::collections::BTreeSet;

use galleria_domain::{Customer, CustomerId, EventKind, FieldCode, FieldError, Permission};
use galleria_storage::{credentials, customers as stored};
use serde_json::json;

use super::{SeenCustomer, end_sessions, load, require_for_all, save, see, tell};
use crate::audit;
use crate::error::{AppError, Result};
use crate::login_attempts;
use crate::sessions::Subject;
use crate::version::{expect_version, require_updated};
use crate::work::Work;

/// The most customers that are treated in one go.
pub const BULK_MAX: usize = 1_000;

/// What can be done to many customers in one go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BulkAction {
    /// They may log in again.
    Activate,
    /// They can't log in; their sessions end.
    Deactivate,
    /// They are deleted.
    Delete,
    /// Their sessions end.
    RevokeSessions,
    /// Their failed logins are forgotten.
    Unlock,
}

/// A customer to whom it wasn't done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BulkRefusal {
    /// Whom it was asked for.
    pub id: CustomerId,
}

/// Lets a customer log in again; needs [`Permission::CustomersWrite`] for everybody.
///
/// It brings back nothing that deactivating ended.
pub async fn activate(
    work: &mut Work,
    id: &CustomerId,
    expected: Option<u64>,
) -> Result<SeenCustomer> {
    set_active(work, id, true, expected).await
}

/// Keeps a customer from logging in, and ends their sessions; needs
/// [`Permission::CustomersWrite`] for everybody.
pub async fn deactivate(
    work: &mut Work,
    id: &CustomerId,
    expected: Option<u64>,
) -> Result<SeenCustomer> {
    set_active(work, id, false, expected).await
}

async fn set_active(
    work: &mut Work,
    id: &CustomerId,
    active: bool,
    expected: Option<u64>,
) -> Result<SeenCustomer> {
    require_for_all(work, Permission::CustomersWrite)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    let after = Customer { active, version: before.version + 1, ..before.clone() };
    let after = save(work, &before, after).await?;
    Ok(see(work, after))
}

/// Deletes a customer: they are found no more, their sessions end, their password and facets are
/// gone, and their email is free. Needs [`Permission::CustomersDelete`] for everybody.
pub async fn delete(work: &mut Work, id: &CustomerId, expected: Option<u64>) -> Result<()> {
    require_for_all(work, Permission::CustomersDelete)?;
    let before = load(work, id).await?;
    expect_version(before.version, expected)?;
    let after = before.deleted(work.now());
    require_updated(stored::update(work.unit(), &before, &after).await?, before.version)?;
    end_sessions(work, id).await?;
    credentials::delete(work.unit(), &Subject::Customer(id.clone())).await?;
    stored::drop_facets(work.unit(), std::slice::from_ref(id)).await?;
    audit::append(work, "customer.delete", id.as_str(), &json!(null)).await?;
    tell(work, EventKind::CustomerDeleted, &after, json!({})).await
}

/// Ends all sessions of a customer; says how many. Needs [`Permission::CustomersWrite`] for
/// everybody.
pub async fn revoke_sessions(work: &mut Work, id: &CustomerId) -> Result<u64> {
    require_for_all(work, Permission::CustomersWrite)?;
    load(work, id).await?;
    let ended = end_sessions(work, id).await?;
    audit::append(work, "session.end-all", id.as_str(), &json!({ "sessions": ended })).await?;
    Ok(ended)
}

/// Forgets a customer's failed logins; needs [`Permission::CustomersWrite`] for everybody.
pub async fn unlock(work: &mut Work, id: &CustomerId) -> Result<()> {
    require_for_all(work, Permission::CustomersWrite)?;
    let customer = load(work, id).await?;
    if let Some(email) = &customer.email {
        login_attempts::forget_customer(work, email).await?;
    }
    audit::append(work, "customer.unlock", id.as_str(), &json!(null)).await?;
    tell(work, EventKind::CustomerUnlocked, &customer, json!({})).await
}

/// Does something to up to 1,000 customers, in one unit and once to each, however often they are
/// named; answers those who aren't there. Needs what it needs for one.
pub async fn bulk(
    work: &mut Work,
    ids: &[CustomerId],
    action: BulkAction,
) -> Result<Vec<BulkRefusal>> {
    if ids.len() > BULK_MAX {
        return Err(vec![FieldError::new("ids", FieldCode::TooLong, "are more than 1000")].into());
    }
    let (mut treated, mut refused) = (BTreeSet::new(), Vec::new());
    for id in ids.iter().filter(|id| treated.insert(*id)) {
        match one(work, id, action).await {
            Ok(()) => {}
            Err(AppError::NotFound(_)) => refused.push(BulkRefusal { id: id.clone() }),
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
}

async fn one(work: &mut Work, id: &CustomerId, action: BulkAction) -> Result<()> {
    match action {
        BulkAction::Activate => activate(work, id, None).await.map(drop),
        BulkAction::Deactivate => deactivate(work, id, None).await.map(drop),
        BulkAction::Delete => delete(work, id, None).await,
        BulkAction::RevokeSessions => revoke_sessions(work, id).await.map(drop),
        BulkAction::Unlock => unlock(work, id).await,
    }
}
