//! Passwords of customers and of staff: choosing and setting them.

use galleria_domain::{
    EmailAddress, EventKind, FieldCode, FieldError, Mistake as _, Password, Permission,
};
use galleria_storage::credentials::{self as stored, Credential};
use galleria_storage::{sessions, staff as stored_staff};
use serde_json::json;

use crate::app::App;
use crate::authentication::{Client, LoggedIn, admit, find_caller, own_account};
use crate::caller::Caller;
use crate::customers::tell_of;
use crate::error::{AppError, Result};
use crate::passwords::Verified;
use crate::roles::require_rank;
use crate::sessions::Subject;
use crate::work::Work;
use crate::{audit, staff, unit};

/// How many passwords before the one in force can't be used again.
pub const HISTORY_MAX: usize = 4;
/// Where a mistake in a new password stands.
const NEW: &str = "new_password";

/// A password that was accepted for somebody, as a hash that can be stored.
#[derive(Clone)]
pub struct PasswordHash(pub(crate) String);

/// Shows nothing of it.
impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Whether an account of this email may have this password, as [`hash_first`] says it.
pub(crate) fn check(path: &str, text: &str, email: Option<&EmailAddress>) -> Result<()> {
    choose(path, text, email).map(drop)
}

/// Checks a password that an account without one is to have, and hashes it: before the unit that
/// makes the account, since nobody may hold the writer while hashing. `path` is where a mistake
/// stands.
pub async fn hash_first(
    app: &App,
    path: &str,
    text: &str,
    email: Option<&EmailAddress>,
) -> Result<PasswordHash> {
    let password = choose(path, text, email)?;
    app.passwords().hash(password).await.map(PasswordHash)
}

/// Gives an account that was made in this unit its password. Whoever calls it has made the account.
pub(crate) async fn put_first(
    work: &mut Work,
    subject: &Subject,
    hash: &PasswordHash,
    must_change: bool,
) -> Result<()> {
    let credential = Credential {
        password_hash: hash.0.clone(),
        set_at: work.now(),
        must_change,
        history: Vec::new(),
    };
    Ok(stored::put(work.unit(), subject, &credential).await?)
}

/// What is known about an account whose password is to change.
pub(crate) struct Account {
    email: Option<EmailAddress>,
    credential: Option<Credential>,
}

/// Changes the caller's own password. All their sessions end; the answer is a fresh one.
///
/// A wrong `current` is [`AppError::Invalid`] at `current_password`; a `new` that isn't good enough,
/// or is one of the last, at `new_password`.
pub async fn change(
    app: &App,
    caller: &Caller,
    current: &str,
    new: &str,
    client: Client<'_>,
) -> Result<LoggedIn> {
    let subject = own_account(caller)?;
    let account = unit!(app.read(caller), work => look_up(work, &subject).await)?;
    let hash = account.credential.as_ref().map(|credential| credential.password_hash.clone());
    if app.passwords().verify(Password::offer(current), hash).await? == Verified::No {
        let message = "is not your password";
        return Err(vec![FieldError::new("current_password", FieldCode::Range, message)].into());
    }
    let hash = hash_next(app, NEW, new, &account).await?;
    unit!(app.write(caller), work => {
        replace(work, &subject, &account, &hash, false).await?;
        let caller = find_caller(work, &subject).await?.ok_or(AppError::Unauthenticated)?;
        admit(work, subject.clone(), caller, client, false).await
    })
}

/// Sets somebody else's password, who has to choose another at their next login. Needs
/// [`Permission::StaffWrite`] and every right that they have, or [`Permission::CustomersWrite`] for
/// everybody's data. All their sessions end.
pub async fn set(app: &App, caller: &Caller, subject: &Subject, new: &str) -> Result<()> {
    let account = unit!(app.read(caller), work => {
        require_set(work, subject).await?;
        look_up(work, subject).await
    })?;
    let hash = hash_next(app, NEW, new, &account).await?;
    unit!(app.write(caller), work => {
        require_set(work, subject).await?;
        replace(work, subject, &account, &hash, true).await
    })
}

async fn require_set(work: &mut Work, subject: &Subject) -> Result<()> {
    // Neither under impersonation nor through a plugin, whatever rights either has.
    own_account(work.caller()).map(drop)?;
    match subject {
        Subject::Staff(id) => {
            work.caller().require(Permission::StaffWrite)?;
            let other = staff::find(work, id).await?;
            let roles = galleria_storage::roles::list_of(work.unit(), id).await?;
            require_rank(work.caller(), &staff::rank(&other, &roles))
        }
        Subject::Customer(_) => match work.caller().require(Permission::CustomersWrite)? {
            galleria_domain::Scope::All => Ok(()),
            // One's own is changed with the current one only.
            galleria_domain::Scope::Own(_) => {
                Err(AppError::PermissionDenied(Permission::CustomersWrite.to_string()))
            }
        },
    }
}

/// What is known about the account of somebody whose password is to change.
pub(crate) async fn look_up(work: &mut Work, subject: &Subject) -> Result<Account> {
    let email = match subject {
        Subject::Staff(id) => {
            let staff = stored_staff::get(work.unit(), id).await?;
            Some(staff.ok_or(AppError::NotFound("staff"))?.email)
        }
        Subject::Customer(id) => {
            let store = work.caller().store.clone();
            let customer = stored::find_customer(work.unit(), &store, id).await?;
            customer.ok_or(AppError::NotFound("customer"))?.email
        }
    };
    Ok(Account { email, credential: stored::find(work.unit(), subject).await? })
}

/// The hash of an account's next password, if it may have it; `path` is where a mistake stands.
pub(crate) async fn hash_next(
    app: &App,
    path: &str,
    new: &str,
    account: &Account,
) -> Result<String> {
    let password = choose(path, new, account.email.as_ref())?;
    if let Some(credential) = &account.credential {
        let mut used = vec![credential.password_hash.clone()];
        used.extend(credential.history.iter().take(HISTORY_MAX).cloned());
        if app.passwords().is_any_of(password.clone(), used).await? {
            let message = "was your password before";
            return Err(vec![FieldError::new(path, FieldCode::Range, message)].into());
        }
    }
    app.passwords().hash(password).await
}

/// Puts a password in the place of the one before, if that is still the one that was looked at. All
/// sessions end.
pub(crate) async fn replace(
    work: &mut Work,
    subject: &Subject,
    account: &Account,
    hash: &str,
    must_change: bool,
) -> Result<()> {
    // What was verified must still be what is stored.
    if stored::find(work.unit(), subject).await? != account.credential {
        return Err(AppError::conflict("password-changed", "the password was changed meanwhile"));
    }
    let history = account.credential.as_ref().map_or_else(Vec::new, |before| {
        let earlier = before.history.iter().take(HISTORY_MAX - 1).cloned();
        std::iter::once(before.password_hash.clone()).chain(earlier).collect()
    });
    let now = work.now();
    let credential =
        Credential { password_hash: hash.to_owned(), set_at: now, must_change, history };
    stored::put(work.unit(), subject, &credential).await?;
    sessions::delete_all(work.unit(), subject, None).await?;
    audit::append(work, "password.change", subject.id(), &json!(null)).await?;
    match subject {
        Subject::Staff(_) => Ok(()),
        Subject::Customer(id) => {
            tell_of(work, EventKind::CustomerPasswordChanged, id, json!({})).await
        }
    }
}

fn choose(path: &str, text: &str, email: Option<&EmailAddress>) -> Result<Password> {
    Password::choose(text, email)
        .map_err(|mistake| vec![FieldError::new(path, mistake.code(), mistake.to_string())].into())
}
