//! Who is asking: logins, sessions and keys, and the [`Caller`] that each of them makes.
//!
//! What hashes a password takes the [`App`] and not a [`Work`]: hashing takes long, and nobody may
//! hold the writer meanwhile. So each is a look-up, a hash, and a unit that settles it.

mod login;
mod register;
mod resume;

use std::time::Duration;

use galleria_domain::{
    Act, Actor, Assurance, CheckoutLinkId, CustomerId, EventKind, Instant, Rights, SessionId,
    StaffId,
};
use galleria_storage::{credentials, customers as stored_customers, sessions as stored, staff};
use serde_json::json;

use crate::audit;
use crate::caller::Caller;
use crate::customers::tell_of;
use crate::error::{AppError, Result};
use crate::sessions::{Session, Subject, expiry, idle_expiry};
use crate::tokens::{Token, matches_hash, token_hash};
use crate::work::Work;

pub use login::{customer_login, staff_login};
pub use register::customer_register;
pub use resume::{ResumedApiKey, api_key_resume, session_find, session_resume};

/// How long a session rests that began with a link to a checkout, and how long it lasts.
const LINK_IDLE_MAX: Duration = Duration::from_hours(2);
pub(crate) const LINK_AGE_MAX: Duration = Duration::from_hours(24);
/// The most characters of a client's own name that are kept.
const USER_AGENT_MAX_CHARS: usize = 512;

/// What somebody shows to log in.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// Names the account, however it is typed.
    pub email: &'a str,
    /// Proves that it is theirs.
    pub password: &'a str,
    /// From where, besides the address.
    pub client: Client<'a>,
}

/// Shows nothing of the password.
impl std::fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// What is known of a client that logs in, besides its address.
#[derive(Clone, Copy, Default)]
pub struct Client<'a> {
    /// What it calls itself.
    pub user_agent: Option<&'a str>,
    /// The token of the session that it had until now; that session ends.
    pub session_token: Option<&'a str>,
}

/// How a login went.
#[derive(Clone, Debug)]
pub enum LoginOutcome {
    /// They are in.
    LoggedIn(Box<LoggedIn>),
    /// No account of this email has this password, or it may not log in: never said which.
    Refused,
    /// Too many failures; nothing was looked at.
    Wait {
        /// After how many seconds it may be tried again.
        retry_after_s: u64,
    },
    /// So many failures that somebody has to unlock it, or this time has to pass.
    Locked {
        /// After how many seconds it may be tried again.
        retry_after_s: u64,
    },
}

/// Somebody who has just logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who they are and what they may do.
    pub caller: Caller,
    /// Their session.
    pub session: Session,
    /// What proves from now on that the session is theirs.
    pub token: Token,
    /// What staff has to send along with every request that changes something.
    pub csrf: Option<Token>,
    /// Whether they have to choose another password first.
    pub must_change_password: bool,
}

/// Whether `token` is the one that belongs to a session against forged requests.
pub fn csrf_matches(session: &Session, token: &str) -> bool {
    session.csrf_hash.as_deref().is_some_and(|hash| matches_hash(token, hash))
}

/// Ends a session: its token is worth nothing from now on. Says whether there was one.
pub async fn logout(work: &mut Work, id: &SessionId) -> Result<bool> {
    let ended = stored::delete(work.unit(), id).await?;
    let customer = work.caller().principal.customer().cloned();
    if ended && let Some(customer) = customer {
        tell_of(work, EventKind::CustomerLoggedOut, &customer, json!({ "sessions": 1 })).await?;
    }
    Ok(ended)
}

/// Ends all of the caller's own sessions; says how many.
pub async fn logout_everywhere(work: &mut Work) -> Result<u64> {
    let subject = own_account(work.caller())?;
    let ended = stored::delete_all(work.unit(), &subject, None).await?;
    let detail = json!({ "sessions": ended });
    audit::append(work, "session.end-all", subject.id(), &detail).await?;
    if let Subject::Customer(id) = &subject {
        tell_of(work, EventKind::CustomerLoggedOut, id, detail).await?;
    }
    Ok(ended)
}

/// The caller's own account: nobody touches a password while acting for somebody else, and no
/// plugin does.
pub(crate) fn own_account(caller: &Caller) -> Result<Subject> {
    // The same proof for everything that is about logging in.
    caller.require_act(Act::ChangePassword, None)?;
    if caller.plugin.is_some() || caller.principal.on_behalf_of.is_some() {
        return Err(AppError::PermissionDenied("acting for oneself".to_owned()));
    }
    match &caller.principal.actor {
        Actor::Staff(id) => Ok(Subject::Staff(id.clone())),
        Actor::Customer(id) => Ok(Subject::Customer(id.clone())),
        _ => Err(AppError::Unauthenticated),
    }
}

/// A member of the staff, as a caller: they may do what any of their roles allows.
pub(crate) fn staff_caller(at: &Caller, id: &StaffId, rights: Rights) -> Caller {
    Caller { principal: Actor::Staff(id.clone()).into(), rights: rights.into(), ..themselves(at) }
}

/// Whoever acts at a place acts for themselves, and has proven who they are.
fn themselves(at: &Caller) -> Caller {
    Caller {
        plugin: None,
        assurance: Assurance::Password,
        impersonation: None,
        mode: None,
        only_cart: None,
        ..at.clone()
    }
}

/// A customer, as a caller: they may see and change their own account.
pub(crate) fn customer_caller(at: &Caller, id: &CustomerId) -> Caller {
    Caller {
        principal: Actor::Customer(id.clone()).into(),
        rights: Rights::of_customer(id.clone()).into(),
        ..themselves(at)
    }
}

/// Who a subject is as a caller, if they may come in now.
pub(crate) async fn find_caller(work: &mut Work, subject: &Subject) -> Result<Option<Caller>> {
    let at = work.caller().clone();
    match subject {
        Subject::Staff(id) => {
            let Some(found) = staff::get(work.unit(), id).await? else { return Ok(None) };
            let roles = galleria_storage::roles::list_of(work.unit(), id).await?;
            Ok(found.active.then(|| staff_caller(&at, id, found.rights(&roles))))
        }
        Subject::Customer(id) => {
            let found = credentials::find_customer(work.unit(), &at.store, id).await?;
            Ok(found.filter(|account| account.active).map(|_| customer_caller(&at, id)))
        }
    }
}

/// Whose session it is, if they may come in now.
pub(crate) async fn find_session_caller(
    work: &mut Work,
    session: &Session,
) -> Result<Option<Caller>> {
    let caller = match (&session.subject, session.assurance) {
        (Subject::Customer(id), Assurance::Link) => find_guest_caller(work, id).await?,
        (subject, _) => find_caller(work, subject).await?,
    };
    Ok(caller.map(|caller| Caller { assurance: session.assurance, ..caller }))
}

/// A customer who came by a link: they need no account.
async fn find_guest_caller(work: &mut Work, id: &CustomerId) -> Result<Option<Caller>> {
    let at = work.caller().clone();
    let found = stored_customers::get(work.unit(), &at.store, id).await?;
    let found = found.filter(|customer| customer.active && customer.is_live());
    Ok(found.map(|_| customer_caller(&at, id)))
}

/// Lets somebody in who has proven who they are: begins a session, and ends the one that their
/// client had, so that no token from before is worth anything after.
pub(crate) async fn admit(
    work: &mut Work,
    subject: Subject,
    caller: Caller,
    client: Client<'_>,
    must_change_password: bool,
) -> Result<LoggedIn> {
    let now = work.now();
    let ends = (idle_expiry(&subject, now), expiry(&subject, now));
    begin(work, (subject, caller), client, must_change_password, (None, ends)).await
}

/// As [`admit`], somebody who has shown a link to a checkout: their session is a short one, and who
/// they are isn't proven enough for what is delicate, unless `caller` says so.
pub(crate) async fn admit_by_link(
    work: &mut Work,
    link: &CheckoutLinkId,
    caller: Caller,
    id: &CustomerId,
    client: Client<'_>,
) -> Result<LoggedIn> {
    let (now, subject) = (work.now(), Subject::Customer(id.clone()));
    let ends = match caller.assurance {
        Assurance::Password => (idle_expiry(&subject, now), expiry(&subject, now)),
        Assurance::Link => (now.plus(LINK_IDLE_MAX), now.plus(LINK_AGE_MAX)),
    };
    let who = (subject, caller);
    begin(work, who, client, false, (Some(link), ends)).await
}

async fn begin(
    work: &mut Work,
    (subject, caller): (Subject, Caller),
    client: Client<'_>,
    must_change_password: bool,
    (link, (idle_expires_at, expires_at)): (Option<&CheckoutLinkId>, (Instant, Instant)),
) -> Result<LoggedIn> {
    if let Some(token) = client.session_token
        && let Some(before) = stored::find_by_token(work.unit(), &token_hash(token)).await?
    {
        stored::delete(work.unit(), &before.id).await?;
    }
    let now = work.now();
    let token = Token::generate();
    let csrf = matches!(subject, Subject::Staff(_)).then(Token::generate);
    let session = Session {
        id: SessionId::generate(),
        store: matches!(subject, Subject::Customer(_)).then(|| caller.store.clone()),
        csrf_hash: csrf.as_ref().map(Token::hash),
        assurance: caller.assurance,
        link: link.cloned(),
        created_at: now,
        last_seen_at: now,
        idle_expires_at,
        expires_at,
        ip: caller.ip.clone(),
        user_agent: client.user_agent.map(shortened),
        subject,
    };
    stored::insert(work.unit(), &session, &token.hash()).await?;
    Ok(LoggedIn { caller, session, token, csrf, must_change_password })
}

/// What a client calls itself, without what could do harm in a list, and not too long.
fn shortened(user_agent: &str) -> String {
    user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX_CHARS).collect()
}
