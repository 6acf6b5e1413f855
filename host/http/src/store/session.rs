//! Logging in and out, for customers.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, post};
use axum::extract::State;
use galleria_app::authentication::{self, Client, LoggedIn, Login};
use galleria_app::{App, AppError, carts, impersonations, unit};
use galleria_domain::{CustomerId, Instant, MergeCut};
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
    /// What of the cart before the login didn't fit into the customer's own, in words.
    cart_notes: Vec<String>,
}

async fn login(
    State(state): State<HttpState>,
    stranger: Stranger,
    body: Body<CustomerLogin>,
) -> Result<Found<CustomerLoggedInView>> {
    let Stranger { at, app, user_agent, customer_token, visit_token, .. } = stranger;
    let CustomerLogin { email, password, token_in } = body.value;
    let client =
        Client { user_agent: user_agent.as_deref(), session_token: customer_token.as_deref() };
    let login = Login { email: &email, password: &password, client };
    let outcome = authentication::customer_login(&app, &at, &login).await?;
    let logged_in = admitted(outcome)?;
    let cart_notes = take_cart_over(&app, &logged_in, visit_token.as_deref()).await;
    welcome(logged_in, token_in, cart_notes, &state.config)
}

/// Pours the cart of their visit into that of whoever has just logged in, and says in words what
/// didn't fit. They are in, whatever comes of it: what can't be taken over stays where it was.
pub(super) async fn take_cart_over(
    app: &App,
    logged_in: &LoggedIn,
    visit_token: Option<&str>,
) -> Vec<String> {
    let Some(token) = visit_token else { return Vec::new() };
    let merged = unit!(app.write(&logged_in.caller), work => {
        carts::merge_at_login(work, token).await
    });
    match merged {
        Ok(cuts) => cuts.iter().map(in_words).collect(),
        Err(error @ (AppError::Conflict { .. } | AppError::Invalid(_) | AppError::NotFound(_))) => {
            vec![format!("what was in the cart before the login stayed there: {error}")]
        }
        Err(error) => {
            tracing::error!(%error, "a visitor's cart could not be taken over at login");
            vec!["what was in the cart before the login could not be taken over".to_owned()]
        }
    }
}

fn in_words(cut: &MergeCut) -> String {
    match cut {
        MergeCut::Line { sku } => format!("{sku} was left out: the cart has too many lines"),
        MergeCut::Quantity { sku } => {
            format!("there is less of {sku} than before: 9999 is the most")
        }
        MergeCut::Code(code) => format!("the code {code} was left out: there are too many"),
    }
}

async fn logout(State(state): State<HttpState>, caller: StoreCaller) -> Result<Done> {
    if let Some(acting) = &caller.caller.impersonation {
        // Nobody but the staff was logged in; their own logins go on.
        unit!(caller.write(), work => impersonations::revoke(work, acting).await)?;
        return Ok(Done::done().setting(state.config.cookies().clear(Kind::Acting)));
    }
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
    cart_notes: Vec<String>,
    config: &HttpConfig,
) -> Result<Answer<CustomerLoggedInView, STATUS>> {
    let LoggedIn { caller, session, token, csrf: _, must_change_password } = logged_in;
    let customer = caller.principal.customer().cloned().ok_or_else(Problem::internal)?;
    let expires_at = session.expires_at;
    let in_cookie = token_in == TokenIn::Cookie;
    let shown = (!in_cookie).then(|| token.as_str().to_owned());
    let view = CustomerLoggedInView {
        customer,
        token: shown,
        expires_at,
        must_change_password,
        cart_notes,
    };
    let answer = Answer::of(&view)?;
    if !in_cookie {
        return Ok(answer);
    }
    let max_age_s = expires_at.since(session.created_at).as_secs();
    Ok(answer.setting(config.cookies().set(Kind::Customer, token.as_str(), max_age_s)))
}
