//! Logging in with a password.

use galleria_domain::{EmailAddress, EventKind, Instant, LoginAccount, LoginGate, Password};
use galleria_storage::credentials::{self, Credential};
use galleria_storage::staff;
use serde_json::json;

use super::{Login, LoginOutcome, admit, find_caller};
use crate::app::App;
use crate::caller::Caller;
use crate::customers::tell_of;
use crate::error::Result;
use crate::login_attempts::{self, Attempt};
use crate::passwords::Verified;
use crate::sessions::Subject;
use crate::work::Work;
use crate::{audit, unit};

/// Logs a member of the staff in. `at` says where: a visitor with an address and a request id.
///
/// Whether the account exists, has a password or is active can't be told from the answer, nor from
/// the work that it took. Failures are put down although the login is refused.
pub async fn staff_login(app: &App, at: &Caller, login: &Login<'_>) -> Result<LoginOutcome> {
    run(app, at, login, LoginAccount::Staff).await
}

/// Logs a customer in to the store of `at`; else as [`staff_login`], but that customers are only
/// made to wait and never locked out.
pub async fn customer_login(app: &App, at: &Caller, login: &Login<'_>) -> Result<LoginOutcome> {
    run(app, at, login, LoginAccount::Customer).await
}

/// The account that an email names.
struct Found {
    subject: Subject,
    credential: Option<Credential>,
}

/// What there is to know before a password is looked at.
enum Looked {
    /// The address has to wait, whatever it tries.
    Address(LoginGate),
    Account {
        gate: LoginGate,
        found: Option<Found>,
    },
}

async fn run(
    app: &App,
    at: &Caller,
    login: &Login<'_>,
    account: LoginAccount,
) -> Result<LoginOutcome> {
    let attempt = Attempt::new(account, at, login.email);
    let looked = unit!(app.read(at), work => look_up(work, &attempt, login, account).await)?;
    let found = match looked {
        Looked::Address(gate) => return Ok(outcome(gate)),
        Looked::Account { gate: LoginGate::Open, found } => found,
        Looked::Account { found, .. } => {
            return unit!(app.write(at), work => turn_away(work, &attempt, found.as_ref()).await);
        }
    };
    let offered = Password::offer(login.password);
    let hash =
        found.as_ref().and_then(|found| Some(found.credential.as_ref()?.password_hash.clone()));
    let verified = app.passwords().verify(offered.clone(), hash).await?;
    let renewed = match offered {
        Some(password) if verified == Verified::YesButOutdated => {
            Some(app.passwords().hash(password).await?)
        }
        _ => None,
    };
    let matches = verified != Verified::No;
    unit!(app.write(at), work => {
        settle(work, &attempt, login, found.as_ref(), matches, renewed.as_deref()).await
    })
}

async fn look_up(
    work: &mut Work,
    attempt: &Attempt,
    login: &Login<'_>,
    account: LoginAccount,
) -> Result<Looked> {
    let gate = login_attempts::address_gate(work, attempt).await?;
    if gate != LoginGate::Open {
        return Ok(Looked::Address(gate));
    }
    let gate = login_attempts::account_gate(work, attempt).await?;
    let found = find(work, login.email, account).await?;
    Ok(Looked::Account { gate, found })
}

async fn find(work: &mut Work, email: &str, account: LoginAccount) -> Result<Option<Found>> {
    let Ok(email) = email.parse::<EmailAddress>() else { return Ok(None) };
    let subject = match account {
        LoginAccount::Staff => {
            let found = staff::find_by_email(work.unit(), email.normalized()).await?;
            found.map(|staff| Subject::Staff(staff.id))
        }
        LoginAccount::Customer => {
            let store = work.caller().store.clone();
            let found =
                credentials::find_customer_by_email(work.unit(), &store, email.normalized())
                    .await?;
            found.map(|customer| Subject::Customer(customer.id))
        }
    };
    let Some(subject) = subject else { return Ok(None) };
    let credential = credentials::find(work.unit(), &subject).await?;
    Ok(Some(Found { subject, credential }))
}

/// Counts an attempt that came too early. By now the gate may be open; then it's a moment's wait.
async fn turn_away(
    work: &mut Work,
    attempt: &Attempt,
    found: Option<&Found>,
) -> Result<LoginOutcome> {
    let gate = login_attempts::account_gate(work, attempt).await?;
    let locked_until = login_attempts::turned_away(work, attempt).await?;
    note_lock(work, found, locked_until).await?;
    Ok(outcome(gate))
}

async fn settle(
    work: &mut Work,
    attempt: &Attempt,
    login: &Login<'_>,
    found: Option<&Found>,
    matches: bool,
    renewed: Option<&str>,
) -> Result<LoginOutcome> {
    // Others may have failed while this password was hashed: many at once get no further than
    // many one after another.
    let address = login_attempts::address_gate(work, attempt).await?;
    if address != LoginGate::Open {
        return Ok(outcome(address));
    }
    if login_attempts::account_gate(work, attempt).await? != LoginGate::Open {
        return turn_away(work, attempt, found).await;
    }
    if matches
        && let Some(found) = found
        && let Some(caller) = find_caller(work, &found.subject).await?
        && credentials::find(work.unit(), &found.subject).await? == found.credential
    {
        login_attempts::succeeded(work, attempt).await?;
        return welcome(work, found, caller, login, renewed).await;
    }
    let locked_until = login_attempts::failed(work, attempt).await?;
    note_lock(work, found, locked_until).await?;
    if attempt.account() == LoginAccount::Staff {
        // Also where there is no account: it is the same work.
        let object = found.map_or("unknown", |found| found.subject.id());
        audit::append(work, "staff.login-failed", object, &json!(null)).await?;
    }
    if let Some(Found { subject: Subject::Customer(id), .. }) = found {
        tell_of(work, EventKind::CustomerLoginFailed, id, json!({})).await?;
    }
    Ok(LoginOutcome::Refused)
}

async fn welcome(
    work: &mut Work,
    found: &Found,
    caller: Caller,
    login: &Login<'_>,
    renewed: Option<&str>,
) -> Result<LoginOutcome> {
    let (now, ip) = (work.now(), caller.ip.clone());
    work.set_caller(caller.clone());
    match &found.subject {
        Subject::Staff(id) => {
            staff::logged_in(work.unit(), id, now, ip.as_deref()).await?;
            staff::set_locked(work.unit(), id, None).await?;
            audit::append(work, "staff.login", id.as_str(), &json!(null)).await?;
        }
        Subject::Customer(id) => {
            credentials::customer_logged_in(work.unit(), id, now, ip.as_deref()).await?;
            let payload = json!({ "assurance": "password" });
            tell_of(work, EventKind::CustomerLoggedIn, id, payload).await?;
        }
    }
    if let (Some(renewed), Some(credential)) = (renewed, &found.credential) {
        let credential = Credential { password_hash: renewed.to_owned(), ..credential.clone() };
        credentials::put(work.unit(), &found.subject, &credential).await?;
    }
    let must_change = found.credential.as_ref().is_some_and(|credential| credential.must_change);
    let logged_in = admit(work, found.subject.clone(), caller, login.client, must_change).await?;
    Ok(LoginOutcome::LoggedIn(Box::new(logged_in)))
}

/// Shows the lock where admins see it.
async fn note_lock(
    work: &mut Work,
    found: Option<&Found>,
    locked_until: Option<Instant>,
) -> Result<()> {
    let Some(Found { subject: Subject::Staff(id), .. }) = found else { return Ok(()) };
    let Some(until) = locked_until.filter(|until| *until > work.now()) else { return Ok(()) };
    let known = staff::get(work.unit(), id).await?.and_then(|staff| staff.locked_until);
    if known != Some(until) {
        staff::set_locked(work.unit(), id, Some(until)).await?;
        audit::append(work, "staff.lock", id.as_str(), &json!(null)).await?;
    }
    Ok(())
}

fn outcome(gate: LoginGate) -> LoginOutcome {
    let seconds = login_attempts::whole_seconds;
    match gate {
        LoginGate::Open => LoginOutcome::Wait { retry_after_s: 1 },
        LoginGate::Wait(wait) => LoginOutcome::Wait { retry_after_s: seconds(wait) },
        LoginGate::Locked(wait) => LoginOutcome::Locked { retry_after_s: seconds(wait) },
    }
}
