//! Logging in and out, for customers.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, post};
use axum::extract::State;
use galleria_app::authentication::{self, Client, LoggedIn, Login};
use galleria_app::unit;
use galleria_domain::{CustomerId, Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::session::admitted;
use crate::answer::{Answer, Done, Found, Result};
use crate::extract::{Body, CustomerCaller, Kind, StoreCaller, Stranger};
use crate::problem::Problem;
use crate::state::{HttpConfig, HttpState};

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/session", post(login).delete(logout))
        .api_route("/sessions", delete(logout_everywhere))
}

/// How a session's token is to reach the client.
#[derive(Clone, Copy, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TokenIn {
    /// In the answer, to be sent as `Authorization: Bearer`.
    #[default]
    Body,
    /// In a cookie that scripts can't read, and nowhere else.
    Cookie,
}

/// Who wants to log in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerLogin {
    /// Names the account.
    email: String,
    /// Proves that it is theirs.
    password: String,
    /// How the token is to come.
    #[serde(default)]
    token_in: TokenIn,
}

/// A session that was just begun.
#[derive(JsonSchema, Serialize)]
pub(super) struct CustomerLoggedInView {
    /// Who logged in.
    #[schemars(with = "String")]
    customer: CustomerId,
    /// What to send as `Authorization: Bearer`; `null` if it came in a cookie.
    token: Option<String>,
    /// When the session ends in any case.
    #[schemars(with = "String")]
    expires_at: Instant,
    /// Whether another password has to be chosen first.
    must_change_password: bool,
}

async fn login(
    State(state): State<HttpState>,
    stranger: Stranger,
    body: Body<CustomerLogin>,
) -> Result<Found<CustomerLoggedInView>> {
    let Stranger { at, app, user_agent, customer_token, .. } = stranger;
    let CustomerLogin { email, password, token_in } = body.value;
    let client =
        Client { user_agent: user_agent.as_deref(), session_token: customer_token.as_deref() };
    let login = Login { email: &email, password: &password, client };
    let outcome = authentication::customer_login(&app, &at, &login).await?;
    welcome(admitted(outcome)?, token_in, &state.config)
}

async fn logout(State(state): State<HttpState>, caller: StoreCaller) -> Result<Done> {
    if let Some(session) = &caller.session {
        unit!(caller.write(), work => authentication::logout(work, &session.id).await)?;
    }
    Ok(Done::done().setting(state.config.cookies().clear(Kind::Customer)))
}

async fn logout_everywhere(State(state): State<HttpState>, caller: CustomerCaller) -> Result<Done> {
    unit!(caller.write(), work => authentication::logout_everywhere(work).await)?;
    Ok(Done::done().setting(state.config.cookies().clear(Kind::Customer)))
}

/// The answer to whoever has just logged in.
pub(super) fn welcome<const STATUS: u16>(
    logged_in: LoggedIn,
    token_in: TokenIn,
    config: &HttpConfig,
) -> Result<Answer<CustomerLoggedInView, STATUS>> {
    let LoggedIn { caller, session, token, csrf: _, must_change_password } = logged_in;
    let customer = caller.principal.customer().cloned().ok_or_else(Problem::internal)?;
    let expires_at = session.expires_at;
    let in_cookie = token_in == TokenIn::Cookie;
    let shown = (!in_cookie).then(|| token.as_str().to_owned());
    let view = CustomerLoggedInView { customer, token: shown, expires_at, must_change_password };
    let answer = Answer::of(&view)?;
    if !in_cookie {
        return Ok(answer);
    }
    let max_age_s = expires_at.since(session.created_at).as_secs();
    Ok(answer.setting(config.cookies().set(Kind::Customer, token.as_str(), max_age_s)))
}
