//! Who asks.

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::Operation;
use axum::extract::FromRequestParts;
use galleria_app::authentication::{api_key_resume, csrf_matches, session_resume};
use galleria_app::sessions::{Session, Subject};
use galleria_app::{App, AppError, Caller, Work};
use galleria_domain::CustomerId;
use http::request::Parts;

use super::cookies::Kind;
use super::credentials::Credentials;
use super::{Place, acting, same_site, visit};
use crate::problem::Problem;
use crate::state::HttpState;

/// A member of the staff, or a program that acts for one: by session cookie or API key.
#[derive(Clone, Debug)]
pub struct StaffCaller {
    /// Who asks, and what they may do.
    pub caller: Caller,
    /// Their session; a program has none.
    pub session: Option<Session>,
    app: App,
}

/// Anybody in the storefront: staff acting for a customer by the cookie or token of that, a customer
/// by session cookie or token, or a visitor.
#[derive(Clone, Debug)]
pub struct StoreCaller {
    /// Who asks, and what they may do.
    pub caller: Caller,
    /// Their session; a visitor has none.
    pub session: Option<Session>,
    app: App,
}

/// A customer who is logged in, or staff acting for one.
#[derive(Clone, Debug)]
pub struct CustomerCaller {
    /// Who asks, and what they may do.
    pub caller: Caller,
    /// Their account.
    pub id: CustomerId,
    /// Their session; staff acting for them has none of theirs.
    pub session: Option<Session>,
    app: App,
}

/// Each of them begins units of work in their own name.
macro_rules! begin_units {
    ($($caller:ty),+) => {$(
        impl $caller {
            /// Begins a unit of work of theirs that reads.
            pub fn read(&self) -> Work {
                self.app.read(&self.caller)
            }

            /// Begins a unit of work of theirs that may write.
            pub fn write(&self) -> Work {
                self.app.write(&self.caller)
            }
        }
    )+};
}

begin_units!(StaffCaller, StoreCaller, CustomerCaller);

impl FromRequestParts<HttpState> for StaffCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let visitor = Place::of(parts, state).await?.visitor();
        let app = state.app.clone();
        match Credentials::of(parts, Kind::Staff, &state.config)? {
            Credentials::Nothing => Err(Problem::unauthenticated()),
            Credentials::Bearer(key) => {
                let caller = api_key_resume(&app, &visitor, &key).await?.caller;
                Ok(Self { caller, session: None, app })
            }
            Credentials::Cookie(token) => {
                let (caller, session) = session_resume(&app, &visitor, &token).await?;
                if !matches!(session.subject, Subject::Staff(_)) {
                    return Err(Problem::unauthenticated());
                }
                if same_site::is_unsafe(&parts.method) {
                    require_csrf(parts, &session)?;
                }
                Ok(Self { caller, session: Some(session), app })
            }
        }
    }
}

fn require_csrf(parts: &Parts, session: &Session) -> Result<(), Problem> {
    let token = parts.headers.get("x-csrf-token").and_then(|token| token.to_str().ok());
    if token.is_some_and(|token| csrf_matches(session, token)) {
        Ok(())
    } else {
        Err(Problem::cross_site("X-CSRF-Token has to be what the login answered"))
    }
}

impl FromRequestParts<HttpState> for StoreCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let visitor = Place::of(parts, state).await?.visitor();
        let app = state.app.clone();
        if let Credentials::Cookie(token) = Credentials::of(parts, Kind::Acting, &state.config)?
            && let Some(caller) = acting::resume(parts, &app, &visitor, &token).await?
        {
            return Ok(Self { caller, session: None, app });
        }
        let (token, is_cookie) = match Credentials::of(parts, Kind::Customer, &state.config)? {
            Credentials::Nothing => {
                let caller = visit::resume(parts, state, visitor).await?;
                return Ok(Self { caller, session: None, app });
            }
            Credentials::Bearer(token) => (token, false),
            Credentials::Cookie(token) => (token, true),
        };
        match session_resume(&app, &visitor, &token).await {
            Ok((caller, session)) if matches!(session.subject, Subject::Customer(_)) => {
                Ok(Self { caller, session: Some(session), app })
            }
            // A browser goes on sending the cookie of a session that has ended.
            Ok(_) | Err(AppError::Unauthenticated) if is_cookie => {
                let caller = visit::resume(parts, state, visitor).await?;
                Ok(Self { caller, session: None, app })
            }
            // What was sent on purpose is the token of either.
            Ok(_) | Err(AppError::Unauthenticated) => {
                match acting::resume(parts, &app, &visitor, &token).await? {
                    Some(caller) => Ok(Self { caller, session: None, app }),
                    None => Err(Problem::unauthenticated()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl FromRequestParts<HttpState> for CustomerCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        let StoreCaller { caller, session, app } =
            StoreCaller::from_request_parts(parts, state).await?;
        match caller.principal.customer().cloned() {
            Some(id) => Ok(Self { caller, id, session, app }),
            None => Err(Problem::unauthenticated()),
        }
    }
}

/// Where nobody is known yet: for logins and registrations.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    pub(crate) at: Caller,
    pub(crate) app: App,
    pub(crate) user_agent: Option<String>,
    /// The tokens of the sessions that their browser has: a login ends the one it replaces.
    pub(crate) staff_token: Option<String>,
    pub(crate) customer_token: Option<String>,
    /// The token of their visit: a login takes its cart over.
    pub(crate) visit_token: Option<String>,
}

impl FromRequestParts<HttpState> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        same_site::require_if_said(parts, &state.config.origins)?;
        let at = Place::of(parts, state).await?.visitor();
        let user_agent = parts.headers.get(http::header::USER_AGENT);
        let user_agent = user_agent.and_then(|name| name.to_str().ok()).map(str::to_owned);
        let cookies = state.config.cookies();
        let token = |kind| cookies.read(kind, &parts.headers).map(str::to_owned);
        let (staff_token, customer_token) = (token(Kind::Staff), token(Kind::Customer));
        let visit_token = visit::token_of(parts, &state.config).map(str::to_owned);
        let app = state.app.clone();
        Ok(Self { at, app, user_agent, staff_token, customer_token, visit_token })
    }
}

impl OperationInput for StaffCaller {}
impl OperationInput for CustomerCaller {}

impl OperationInput for StoreCaller {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security = crate::openapi::maybe_bearer();
    }
}

impl OperationInput for Stranger {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security = crate::openapi::nothing_needed();
    }
}
