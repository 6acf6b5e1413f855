//! Sessions: logins that are in force.
//!
//! A session is begun by a login ([`authentication`](crate::authentication)) and ends when its
//! owner logs out, when it rests too long, and whenever its owner's rights or password change.

use std::time::Duration;

use galleria_domain::{Actor, Instant, Permission, SessionId};
use galleria_storage::sessions as stored;
pub use galleria_storage::sessions::{Session, Subject};
use serde_json::json;

use crate::audit;
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most sessions in a list.
pub const LIST_MAX: u32 = 100;

const STAFF_IDLE_MAX: Duration = Duration::from_mins(30);
const STAFF_AGE_MAX: Duration = Duration::from_hours(12);
const CUSTOMER_IDLE_MAX: Duration = Duration::from_hours(14 * 24);
const CUSTOMER_AGE_MAX: Duration = Duration::from_hours(90 * 24);
const PRUNED_AT_ONCE: u32 = 500;

/// When a session ends that rests from now on.
pub(crate) fn idle_expiry(subject: &Subject, now: Instant) -> Instant {
    now.plus(match subject {
        Subject::Staff(_) => STAFF_IDLE_MAX,
        Subject::Customer(_) => CUSTOMER_IDLE_MAX,
    })
}

/// When a session ends that begins now.
pub(crate) fn expiry(subject: &Subject, now: Instant) -> Instant {
    now.plus(match subject {
        Subject::Staff(_) => STAFF_AGE_MAX,
        Subject::Customer(_) => CUSTOMER_AGE_MAX,
    })
}

/// The sessions of somebody that are in force, the newest first; one's own, or with
/// [`Permission::StaffRead`] or [`Permission::CustomersReadPii`] those of others.
pub async fn list(work: &mut Work, subject: &Subject) -> Result<Vec<Session>> {
    require(work, subject, Permission::StaffRead, Permission::CustomersReadPii)?;
    let now = work.now();
    Ok(stored::list(work.unit(), subject, now, LIST_MAX).await?)
}

/// Ends all sessions of somebody but `keep`, and says how many; one's own, or with
/// [`Permission::StaffWrite`] or [`Permission::CustomersWrite`] those of others.
pub async fn end_all(work: &mut Work, subject: &Subject, keep: Option<&SessionId>) -> Result<u64> {
    require(work, subject, Permission::StaffWrite, Permission::CustomersWrite)?;
    let ended = stored::delete_all(work.unit(), subject, keep).await?;
    audit::append(work, "session.end-all", subject.id(), &json!({ "sessions": ended })).await?;
    Ok(ended)
}

/// Forgets sessions that have ended by themselves, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let now = work.now();
    Ok(stored::prune(work.unit(), now, PRUNED_AT_ONCE).await?)
}

fn require(work: &Work, subject: &Subject, staff: Permission, customer: Permission) -> Result<()> {
    let caller = work.caller();
    match (subject, &caller.principal.actor) {
        (Subject::Staff(id), Actor::Staff(own)) if id == own => Ok(()),
        (Subject::Staff(_), _) => caller.require(staff).map(drop),
        // Acting for a customer isn't being them: their logins are their own.
        (Subject::Customer(_), _) if caller.principal.on_behalf_of.is_some() => {
            Err(AppError::PermissionDenied(customer.to_string()))
        }
        (Subject::Customer(id), _) => caller.require_for(customer, id),
    }
}
