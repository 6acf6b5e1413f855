//! What customers do about their own accounts with a secret that was sent to their email: proving
//! that it is theirs, having another one, choosing a password that they have forgotten.
//!
//! A secret has 256 bits, is stored as a hash, works once, and only as long as the account still
//! has the email that it was asked for under. Nothing here tells whether an email has an account.

use std::time::Duration;

use galleria_domain::{
    Act, Customer, CustomerId, EmailAddress, FieldCode, FieldError, Instant, InvalidEmailAddress,
    Mistake as _, Password,
};
use galleria_storage::credentials as stored_credentials;
use galleria_storage::mails;
use galleria_storage::proofs::{self as stored, Proof};

use crate::app::App;
use crate::authentication::{customer_caller, own_account};
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::mail::{Occasion, Template};
use crate::passwords::Verified;
use crate::sessions::Subject;
use crate::tokens::token_hash;
use crate::work::Work;
use crate::{credentials, customers, login_attempts, unit};

const VERIFY_MAX: Duration = Duration::from_hours(7 * 24);
const CHANGE_MAX: Duration = Duration::from_hours(24);
const RESET_MAX: Duration = Duration::from_hours(1);
/// One mail to choose another password goes to an account within this time.
const RESET_EVERY: Duration = Duration::from_mins(15);
/// How often an address may say within an hour that it has forgotten a password.
const FORGOTTEN_PER_HOUR: u32 = 20;
/// How many mails an account may have sent to new addresses within a day.
const CHANGES_PER_DAY: u64 = 5;
const DAY: Duration = Duration::from_hours(24);
const PRUNED_AT_ONCE: u32 = 500;

/// What a proof is good for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Purpose {
    Verify,
    Change,
    Reset,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        self.template().as_str()
    }

    const fn template(self) -> Template {
        match self {
            Self::Verify => Template::VerifyEmail,
            Self::Change => Template::ChangeEmail,
            Self::Reset => Template::ResetPassword,
        }
    }

    const fn lasts(self) -> Duration {
        match self {
            Self::Verify => VERIFY_MAX,
            Self::Change => CHANGE_MAX,
            Self::Reset => RESET_MAX,
        }
    }
}

/// Asks a customer by mail whether their email is theirs; nothing if it is known to be.
pub(crate) async fn ask_to_verify(work: &mut Work, customer: &Customer) -> Result<()> {
    match &customer.email {
        Some(email) if customer.email_verified_at.is_none() => {
            ask(work, customer, Purpose::Verify, email.clone()).await
        }
        _ => Ok(()),
    }
}

/// Lets whoever gets the mail do it. What was asked for before is worth nothing any more.
async fn ask(
    work: &mut Work,
    customer: &Customer,
    purpose: Purpose,
    email: EmailAddress,
) -> Result<()> {
    let now = work.now();
    let proof = Proof {
        id: format!("{:032x}", rand::random::<u128>()),
        purpose: purpose.as_str().to_owned(),
        store: customer.store.clone(),
        customer: customer.id.clone(),
        email: email.clone(),
        created_at: now,
        expires_at: now.plus(purpose.lasts()),
    };
    stored::replace(work.unit(), &proof).await?;
    tell(work, customer, purpose.template(), email, Some(proof.id)).await
}

async fn tell(
    work: &mut Work,
    customer: &Customer,
    template: Template,
    to: EmailAddress,
    proof: Option<String>,
) -> Result<()> {
    let language = customer.language.as_ref();
    let occasion = Occasion { customer: Some(&customer.id), to, language, proof };
    template.write(work, occasion).await.map(drop)
}

/// Takes a secret that was sent to an email as proof that it is theirs: it counts as verified, or,
/// if it was to be another one, takes the place of the one before, which is told.
///
/// [`AppError::Invalid`] at `token` if it isn't worth anything (any more);
/// [`AppError::Conflict`] `email-taken` if another account has the email by now.
pub async fn verify_email(work: &mut Work, token: &str) -> Result<()> {
    let (proof, customer) = find(work, token, &[Purpose::Verify, Purpose::Change]).await?;
    require_used_up(work, &proof).await?;
    let caller = customer_caller(work.caller(), &customer.id);
    work.set_caller(caller);
    customers::set_email(work, &customer, &proof.email).await?;
    let before = customer.email.clone().filter(|before| !before.is_same_as(&proof.email));
    match before {
        Some(before) => tell(work, &customer, Template::EmailChanged, before, None).await,
        None => Ok(()),
    }
}

/// Asks for another email for the caller's own account: it counts once whoever reads it says so.
/// With the email that the account has, and that isn't verified, the mail that asks to verify it is
/// sent again.
///
/// A wrong password is [`AppError::Invalid`] at `current_password`. Whether the email has an account
/// isn't told.
pub async fn change_email(
    app: &App,
    caller: &Caller,
    email: &str,
    current_password: &str,
) -> Result<()> {
    caller.require_act(Act::ChangeEmail, None)?;
    let subject = own_account(caller)?;
    let Subject::Customer(id) = &subject else { return Err(AppError::Unauthenticated) };
    let email: EmailAddress = email.parse().map_err(invalid_email)?;
    let hash = unit!(app.read(caller), work => {
        let found = stored_credentials::find(work.unit(), &subject).await?;
        Ok(found.map(|credential| credential.password_hash))
    })?;
    let offered = Password::offer(current_password);
    if app.passwords().verify(offered, hash).await? == Verified::No {
        let message = "is not your password";
        return Err(vec![FieldError::new("current_password", FieldCode::Range, message)].into());
    }
    unit!(app.write(caller), work => ask_for_change(work, id, &email).await)
}

async fn ask_for_change(work: &mut Work, id: &CustomerId, email: &EmailAddress) -> Result<()> {
    let customer = customers::load(work, id).await?;
    let since = work.now().minus(DAY);
    let purpose = match &customer.email {
        Some(now) if now.is_same_as(email) && customer.email_verified_at.is_some() => {
            return Ok(());
        }
        Some(now) if now.is_same_as(email) => Purpose::Verify,
        _ => Purpose::Change,
    };
    let sent = mails::count_of_template(work.unit(), id, purpose.as_str(), since).await?;
    if sent >= CHANGES_PER_DAY {
        return Err(AppError::RateLimited { retry_after_s: DAY.as_secs() });
    }
    ask(work, &customer, purpose, email.clone()).await
}

/// Sends a mail with which another password can be chosen, if an account that may log in has this
/// email, once within 15 minutes. The answer and the work are the same whether there is one.
pub async fn forgot_password(work: &mut Work, email: &str) -> Result<()> {
    let email: EmailAddress = email.parse().map_err(invalid_email)?;
    login_attempts::paced(work, "forgot", FORGOTTEN_PER_HOUR).await?;
    let store = work.caller().store.clone();
    let unit = work.unit();
    let found =
        stored_credentials::find_customer_by_email(unit, &store, email.normalized()).await?;
    let Some(account) = found.filter(|account| account.active) else { return Ok(()) };
    let since = work.now().minus(RESET_EVERY);
    let purpose = Purpose::Reset.as_str();
    if mails::count_of_template(work.unit(), &account.id, purpose, since).await? > 0 {
        return Ok(());
    }
    let customer = customers::load(work, &account.id).await?;
    match customer.email.clone() {
        Some(email) => ask(work, &customer, Purpose::Reset, email).await,
        None => Ok(()),
    }
}

/// Sets another password with a secret that was sent to the account's email. All sessions end, the
/// failures are forgotten, and the email is verified by it.
///
/// [`AppError::Invalid`] at `token` if it isn't worth anything (any more), at `password` if the
/// password isn't good enough or was one of the last.
pub async fn reset_password(app: &App, at: &Caller, token: &str, password: &str) -> Result<()> {
    let account = unit!(app.read(at), work => {
        let (_, customer) = find(work, token, &[Purpose::Reset]).await?;
        credentials::look_up(work, &Subject::Customer(customer.id)).await
    })?;
    let hash = credentials::hash_next(app, "password", password, &account).await?;
    unit!(app.write(at), work => {
        // Looked for again: it works once, whoever else was quicker.
        let (proof, customer) = find(work, token, &[Purpose::Reset]).await?;
        require_used_up(work, &proof).await?;
        let caller = customer_caller(work.caller(), &customer.id);
        work.set_caller(caller);
        let subject = Subject::Customer(customer.id.clone());
        credentials::replace(work, &subject, &account, &hash, false).await?;
        login_attempts::forget_customer(work, &proof.email).await?;
        customers::set_email(work, &customer, &proof.email).await?;
        tell(work, &customer, Template::PasswordChanged, proof.email, None).await
    })
}

/// Forgets what it is too late for, a bounded number; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let now = work.now();
    Ok(stored::prune(work.unit(), now, PRUNED_AT_ONCE).await?)
}

/// The proof of a secret with the account that it is for, if it is worth anything now.
async fn find(work: &mut Work, token: &str, purposes: &[Purpose]) -> Result<(Proof, Customer)> {
    let now = work.now();
    let found = stored::find_by_token(work.unit(), &token_hash(token)).await?;
    let proof = found.ok_or_else(worthless)?;
    let purpose = purposes.iter().find(|purpose| purpose.as_str() == proof.purpose);
    let purpose = purpose.filter(|_| is_in_force(&proof, work, now)).ok_or_else(worthless)?;
    let account = stored_credentials::find_customer(work.unit(), &proof.store, &proof.customer);
    if !account.await?.is_some_and(|account| account.active) {
        return Err(worthless());
    }
    let customer = customers::load(work, &proof.customer).await?;
    let has_it = customer.email.as_ref().is_some_and(|email| email.is_same_as(&proof.email));
    if *purpose == Purpose::Change || has_it { Ok((proof, customer)) } else { Err(worthless()) }
}

fn is_in_force(proof: &Proof, work: &Work, now: Instant) -> bool {
    proof.expires_at > now && proof.store == work.caller().store
}

async fn require_used_up(work: &mut Work, proof: &Proof) -> Result<()> {
    if stored::delete(work.unit(), &proof.id).await? { Ok(()) } else { Err(worthless()) }
}

fn worthless() -> AppError {
    let message = "is not valid, or not any more";
    vec![FieldError::new("token", FieldCode::Unknown, message)].into()
}

fn invalid_email(error: InvalidEmailAddress) -> AppError {
    vec![FieldError::new("email", error.code(), error.to_string())].into()
}
