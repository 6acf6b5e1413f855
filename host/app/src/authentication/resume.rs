//! Coming back with a session's token or with a key.

use std::time::Duration;

use galleria_domain::{Assurance, Instant, Rights, Role};
use galleria_storage::api_keys::HeldApiKey;
use galleria_storage::{api_keys as stored_keys, sessions as stored};

use super::{LINK_IDLE_MAX, find_session_caller, staff_caller};
use crate::api_keys::{ApiKey, read_bearer};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::sessions::{Session, Subject, idle_expiry};
use crate::tokens::{matches_hash, token_hash};
use crate::unit;
use crate::work::Work;

/// How exactly it is known when somebody was last seen: once in this time it is put down.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// A program that has shown its key.
#[derive(Clone, Debug)]
pub struct ResumedApiKey {
    /// Whom it acts for, with what both they and the key may do.
    pub caller: Caller,
    /// Its key.
    pub key: ApiKey,
}

/// Who a session's token belongs to, with the session; [`AppError::Unauthenticated`] if to nobody.
/// `at` says where: a visitor in a store.
///
/// That they were seen is put down by itself, once a minute at most, and nobody waits for it.
pub async fn session_resume(app: &App, at: &Caller, token: &str) -> Result<(Caller, Session)> {
    let (caller, session) = unit!(app.read(at), work => session_find(work, token).await)?;
    if is_due(Some(session.last_seen_at), app.now()) {
        touch(app, at, Seen::Session(session.clone()));
    }
    Ok((caller, session))
}

/// As [`session_resume`], in a unit that is open already; puts nothing down.
pub async fn session_find(work: &mut Work, token: &str) -> Result<(Caller, Session)> {
    let now = work.now();
    let session = stored::find_by_token(work.unit(), &token_hash(token)).await?;
    let session =
        session.filter(|session| !session.is_over(now)).ok_or(AppError::Unauthenticated)?;
    // A customer of one store is a stranger in the others.
    if session.store.as_ref().is_some_and(|store| *store != work.caller().store) {
        return Err(AppError::Unauthenticated);
    }
    let caller = find_session_caller(work, &session).await?;
    Ok((caller.ok_or(AppError::Unauthenticated)?, session))
}

/// Whom a program acts for that shows this key; [`AppError::Unauthenticated`] if it is none, or has
/// ended, or was revoked.
pub async fn api_key_resume(app: &App, at: &Caller, bearer: &str) -> Result<ResumedApiKey> {
    let resumed = unit!(app.read(at), work => api_key_find(work, bearer).await)?;
    if is_due(resumed.key.last_used_at, app.now()) {
        touch(app, at, Seen::ApiKey(resumed.key.clone()));
    }
    Ok(resumed)
}

async fn api_key_find(work: &mut Work, bearer: &str) -> Result<ResumedApiKey> {
    let (id, secret) = read_bearer(bearer).ok_or(AppError::Unauthenticated)?;
    let found = stored_keys::find(work.unit(), &id).await?;
    let HeldApiKey { key, secret_hash, owner_active, owner_roles } =
        found.ok_or(AppError::Unauthenticated)?;
    let in_force = owner_active && key.revoked_at.is_none() && key.expires_at > work.now();
    if !matches_hash(secret, &secret_hash) || !in_force {
        return Err(AppError::Unauthenticated);
    }
    let scopes = Rights::only(key.permissions.iter().cloned());
    let rights = Role::rights(&owner_roles).intersect(&scopes);
    Ok(ResumedApiKey { caller: staff_caller(work.caller(), &key.staff, rights), key })
}

fn is_due(seen_at: Option<Instant>, now: Instant) -> bool {
    seen_at.is_none_or(|at| now.since(at) >= SEEN_EVERY)
}

enum Seen {
    Session(Session),
    ApiKey(ApiKey),
}

impl Seen {
    fn id(&self) -> &str {
        match self {
            Self::Session(session) => session.id.as_str(),
            Self::ApiKey(key) => key.id.as_str(),
        }
    }
}

/// Puts down that somebody was seen, in a unit of its own that nobody waits for. While one is at
/// it, others don't begin.
fn touch(app: &App, at: &Caller, seen: Seen) {
    let Some(turn) = app.touches().begin(seen.id()) else { return };
    let (app, at) = (app.clone(), at.clone());
    tokio::spawn(async move {
        let done = unit!(app.write(&at), work => put_down(work, &seen).await);
        if let Err(error) = done {
            tracing::warn!(%error, "it could not be put down that somebody was seen");
        }
        drop(turn);
    });
}

async fn put_down(work: &mut Work, seen: &Seen) -> Result<()> {
    let now = work.now();
    match seen {
        Seen::Session(session) => {
            let idle_expires_at = match session.assurance {
                Assurance::Password => idle_expiry(&session.subject, now),
                Assurance::Link => now.plus(LINK_IDLE_MAX),
            };
            stored::touch(work.unit(), &session.id, now, idle_expires_at).await?;
            if let Subject::Customer(customer) = &session.subject {
                let customer = customer.clone();
                galleria_storage::credentials::customer_seen(work.unit(), &customer, now).await?;
            }
        }
        Seen::ApiKey(key) => stored_keys::touch(work.unit(), &key.id, now).await?,
    }
    Ok(())
}
