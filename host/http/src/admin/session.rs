//! Logging in and out, for staff. The session travels in a cookie; programs have API keys.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get, post};
use axum::extract::State;
use galleria_app::authentication::{self, Client, LoggedIn, Login, LoginOutcome};
use galleria_app::sessions::{self, Session, Subject};
use galleria_app::{AppError, credentials, staff, unit};
use galleria_domain::{Instant, SessionId, StaffId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::staff::StaffView;
use crate::answer::{Done, Found, PageView, Result};
use crate::extract::{Body, Kind, NoFilter, Params, StaffCaller, Stranger};
use crate::problem::Problem;
use crate::state::{HttpConfig, HttpState};

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/session", get(read).post(login).delete(logout))
        .api_route("/session/password", post(change_password))
        .api_route("/sessions", get(list).merge(delete(logout_everywhere)))
}

/// Who wants to log in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginBody {
    /// Names the account.
    pub(crate) email: String,
    /// Proves that it is theirs.
    pub(crate) password: String,
}

/// Another password for oneself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The password in force.
    pub(crate) current_password: String,
    /// The password to be.
    pub(crate) new_password: String,
}

/// A session that was just begun.
#[derive(JsonSchema, Serialize)]
struct LoggedInView {
    /// Who logged in.
    #[schemars(with = "String")]
    staff: StaffId,
    /// What to send as `X-CSRF-Token` with every request that changes something. Shown this once.
    csrf_token: String,
    /// When the session ends in any case.
    #[schemars(with = "String")]
    expires_at: Instant,
    /// Whether another password has to be chosen first.
    must_change_password: bool,
}

/// Who is logged in.
#[derive(JsonSchema, Serialize)]
struct MeView {
    /// The member of the staff.
    staff: StaffView,
    /// Whether everything is allowed.
    owner: bool,
    /// What is allowed; with an API key, what both the key and its owner may do.
    permissions: Vec<String>,
    /// The session; `null` with an API key.
    session: Option<SessionView>,
}

/// A login that is in force.
#[derive(JsonSchema, Serialize)]
pub(crate) struct SessionView {
    /// Names it; not secret.
    #[schemars(with = "String")]
    id: SessionId,
    /// When it began.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When its owner was last seen, to the minute.
    #[schemars(with = "String")]
    last_seen_at: Instant,
    /// When it ends in any case.
    #[schemars(with = "String")]
    expires_at: Instant,
    /// The client's address at login.
    ip: Option<String>,
    /// What the client called itself at login.
    user_agent: Option<String>,
}

async fn login(
    State(state): State<HttpState>,
    stranger: Stranger,
    body: Body<LoginBody>,
) -> Result<Found<LoggedInView>> {
    let Stranger { at, app, user_agent, staff_token, .. } = stranger;
    let LoginBody { email, password } = body.value;
    let client =
        Client { user_agent: user_agent.as_deref(), session_token: staff_token.as_deref() };
    let login = Login { email: &email, password: &password, client };
    let outcome = authentication::staff_login(&app, &at, &login).await?;
    welcome(admitted(outcome)?, &state.config)
}

async fn read(caller: StaffCaller, _: Params<NoFilter>) -> Result<Found<MeView>> {
    let id = caller.caller.principal.staff().cloned().ok_or_else(Problem::unauthenticated)?;
    let staff = unit!(caller.read(), work => staff::get(work, &id).await)?;
    let permissions = caller.caller.rights.permissions();
    let view = MeView {
        staff: staff.into(),
        owner: permissions.is_none(),
        permissions: permissions.into_iter().flatten().map(ToString::to_string).collect(),
        session: caller.session.map(SessionView::from),
    };
    Ok(Found::of(&view)?)
}

async fn logout(State(state): State<HttpState>, caller: StaffCaller) -> Result<Done> {
    if let Some(session) = &caller.session {
        unit!(caller.write(), work => authentication::logout(work, &session.id).await)?;
    }
    Ok(Done::done().setting(state.config.cookies().clear(Kind::Staff)))
}

async fn list(caller: StaffCaller, _: Params<NoFilter>) -> Result<Found<PageView<SessionView>>> {
    let id = caller.caller.principal.staff().cloned().ok_or_else(Problem::unauthenticated)?;
    let subject = Subject::Staff(id);
    let items = unit!(caller.read(), work => sessions::list(work, &subject).await)?;
    let items = items.into_iter().map(SessionView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn logout_everywhere(State(state): State<HttpState>, caller: StaffCaller) -> Result<Done> {
    unit!(caller.write(), work => authentication::logout_everywhere(work).await)?;
    Ok(Done::done().setting(state.config.cookies().clear(Kind::Staff)))
}

// All sessions end, this one too; the answer begins a fresh one.
async fn change_password(
    State(state): State<HttpState>,
    caller: StaffCaller,
    body: Body<PasswordChange>,
) -> Result<Found<LoggedInView>> {
    // A key that leaks must not be enough to take an account over.
    let Some(session) = &caller.session else {
        return Err(Problem::forbidden("a password is changed by whoever logged in with it"));
    };
    let client = Client { user_agent: session.user_agent.as_deref(), session_token: None };
    let PasswordChange { current_password, new_password } = body.value;
    let changed =
        credentials::change(&state.app, &caller.caller, &current_password, &new_password, client);
    welcome(changed.await?, &state.config)
}

/// Who came in; else the one refusal that says nothing about why.
pub(crate) fn admitted(outcome: LoginOutcome) -> Result<LoggedIn> {
    match outcome {
        LoginOutcome::LoggedIn(logged_in) => Ok(*logged_in),
        LoginOutcome::Refused => Err(Problem::login_refused()),
        LoginOutcome::Wait { retry_after_s } | LoginOutcome::Locked { retry_after_s } => {
            Err(AppError::RateLimited { retry_after_s }.into())
        }
    }
}

fn welcome(logged_in: LoggedIn, config: &HttpConfig) -> Result<Found<LoggedInView>> {
    let LoggedIn { caller, session, token, csrf, must_change_password } = logged_in;
    let staff = caller.principal.staff().cloned().ok_or_else(Problem::internal)?;
    let csrf = csrf.ok_or_else(Problem::internal)?;
    let max_age_s = session.expires_at.since(session.created_at).as_secs();
    let cookie = config.cookies().set(Kind::Staff, token.as_str(), max_age_s);
    let csrf_token = csrf.as_str().to_owned();
    let expires_at = session.expires_at;
    let view = LoggedInView { staff, csrf_token, expires_at, must_change_password };
    Ok(Found::of(&view)?.setting(cookie))
}

impl From<Session> for SessionView {
    fn from(session: Session) -> Self {
        let Session {
            id,
            subject: _,
            store: _,
            csrf_hash: _,
            assurance: _,
            link: _,
            created_at,
            last_seen_at,
            idle_expires_at: _,
            expires_at,
            ip,
            user_agent,
        } = session;
        Self { id, created_at, last_seen_at, expires_at, ip, user_agent }
    }
}
