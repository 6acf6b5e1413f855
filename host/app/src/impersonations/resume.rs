//! Coming back with the token of an impersonation. It is judged anew each time.

use std::time::Duration;

use galleria_domain::{Impersonation, ImpersonationEnd, ImpersonationMode, Instant, Permission};
use galleria_storage::impersonations as stored;
use galleria_storage::impersonations::StoredImpersonation;
use galleria_storage::{customers as stored_customers, sessions as stored_sessions};
use serde_json::json;

use super::{acting, end};
use crate::app::App;
use crate::audit;
use crate::authentication::find_caller;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::sessions::{Subject, idle_expiry};
use crate::tokens::token_hash;
use crate::unit;
use crate::work::Work;

/// How exactly it is known when something last happened in one that only looks.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// A request that may change something, as it is put on record: never what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its method.
    pub method: &'a str,
    /// The pattern of its route, without what stands in the braces.
    pub route: &'a str,
}

/// Who acts with this token and in which impersonation; [`AppError::Unauthenticated`] if nobody
/// (any more). What took an impersonation its reason ends it here.
///
/// That something happened is put down by itself, once a minute at most, and nobody waits for it.
pub async fn resume(app: &App, at: &Caller, token: &str) -> Result<(Caller, Impersonation)> {
    let (found, cause) = unit!(app.read(at), work => {
        let found = find(work, token).await?;
        let cause = judge(work, &found).await?;
        Ok((found, cause))
    })?;
    if let Some(cause) = cause {
        unit!(app.write(at), work => end(work, &found.impersonation, cause).await)?;
        return Err(AppError::Unauthenticated);
    }
    let caller = acting(at, &found.impersonation);
    if app.now().since(found.impersonation.last_seen_at) >= SEEN_EVERY {
        touch(app, at, found.clone());
    }
    Ok((caller, found.impersonation))
}

/// As [`resume`], for a request that may change something: it is put on record with both people
/// before anything comes of it.
pub async fn resume_to_change(
    app: &App,
    at: &Caller,
    token: &str,
    request: Request<'_>,
) -> Result<(Caller, Impersonation)> {
    let resumed = unit!(app.write(at), work => {
        let found = find(work, token).await?;
        if let Some(cause) = judge(work, &found).await? {
            end(work, &found.impersonation, cause).await?;
            return Ok(None);
        }
        let seen = see(work, &found).await?;
        let caller = acting(at, &seen);
        work.set_caller(caller.clone());
        let detail = json!({ "method": request.method, "route": request.route });
        audit::append(work, "impersonation.request", seen.id.as_str(), &detail).await?;
        Ok(Some((caller, seen)))
    })?;
    resumed.ok_or(AppError::Unauthenticated)
}

async fn find(work: &mut Work, token: &str) -> Result<StoredImpersonation> {
    let found = stored::find_by_token(work.unit(), &token_hash(token)).await?;
    let store = work.caller().store.clone();
    let found = found.filter(|found| found.impersonation.store == store);
    found.ok_or(AppError::Unauthenticated)
}

/// Why an impersonation can't go on, if it can't: whoever began it has logged out or may no longer
/// do it, the customer is no longer one to act for, or its time is over.
pub(super) async fn judge(
    work: &mut Work,
    found: &StoredImpersonation,
) -> Result<Option<ImpersonationEnd>> {
    let (one, now) = (&found.impersonation, work.now());
    if let Some(cause) = one.end_cause {
        return Ok(Some(cause));
    }
    if !one.is_running(now) {
        return Ok(Some(ImpersonationEnd::Expired));
    }
    let login = stored_sessions::get(work.unit(), &found.session).await?;
    if login.is_none_or(|login| login.is_over(now)) {
        return Ok(Some(ImpersonationEnd::Logout));
    }
    let staff = find_caller(work, &Subject::Staff(one.staff.clone())).await?;
    let permission = match one.mode {
        ImpersonationMode::Full => Permission::ImpersonateStartFull,
        ImpersonationMode::CartOnly | ImpersonationMode::ReadOnly => Permission::ImpersonateStart,
    };
    if !staff.is_some_and(|staff| staff.rights.has_for(permission, &one.customer)) {
        return Ok(Some(ImpersonationEnd::Logout));
    }
    let customer = stored_customers::get(work.unit(), &one.store, &one.customer).await?;
    let is_still_for = customer.is_some_and(|customer| one.is_still_for(&customer));
    Ok((!is_still_for).then_some(ImpersonationEnd::TargetChanged))
}

/// Puts down that something happened, for the login that it hangs on as well: its owner is there.
async fn see(work: &mut Work, found: &StoredImpersonation) -> Result<Impersonation> {
    let now = work.now();
    let Some(seen) = found.impersonation.seen(now) else { return Err(AppError::Unauthenticated) };
    stored::update(work.unit(), &seen).await?;
    let idle_expires_at: Instant = idle_expiry(&Subject::Staff(seen.staff.clone()), now);
    stored_sessions::touch(work.unit(), &found.session, now, idle_expires_at).await?;
    Ok(seen)
}

fn touch(app: &App, at: &Caller, found: StoredImpersonation) {
    let Some(turn) = app.touches().begin(found.impersonation.id.as_str()) else { return };
    let (app, at) = (app.clone(), at.clone());
    tokio::spawn(async move {
        let done = unit!(app.write(&at), work => {
            // As it is by now: it may have ended, or have been used otherwise.
            let (store, id) = (&found.impersonation.store, &found.impersonation.id);
            match stored::get(work.unit(), store, id).await? {
                Some(found) if judge(work, &found).await?.is_none() => see(work, &found).await.map(drop),
                _ => Ok(()),
            }
        });
        if let Err(error) = done {
            tracing::warn!(%error, "it could not be put down that an impersonation goes on");
        }
        drop(turn);
    });
}
