//! What customers do about their accounts with what is mailed to them.

use aide::axum::ApiRouter;
use aide::axum::routing::post;
use axum::extract::State;
use galleria_app::{accounts, unit};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Done, Result};
use crate::extract::{Body, CustomerCaller, Stranger};
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/email/verify", post(verify))
        .api_route("/me/email", post(change_email))
        .api_route("/password/forgot", post(forgot))
        .api_route("/password/reset", post(reset))
}

/// What proves that an email is somebody's.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EmailVerification {
    /// What was mailed there.
    token: String,
}

/// Another email for one's own account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MeEmailChange {
    /// The email to be, which counts once it is verified.
    email: String,
    /// The password in force.
    current_password: String,
}

/// Somebody who has forgotten their password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordForgotten {
    /// The email of the account. The answer is the same whether there is one.
    email: String,
}

/// A password that is chosen with what was mailed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordReset {
    /// What was mailed; works once, within an hour.
    token: String,
    /// The password to be.
    password: String,
}

async fn verify(stranger: Stranger, body: Body<EmailVerification>) -> Result<Done> {
    let token = body.value.token;
    let Stranger { at, app, .. } = stranger;
    unit!(app.write(&at), work => accounts::verify_email(work, &token).await)?;
    Ok(Done::done())
}

async fn change_email(
    State(state): State<HttpState>,
    caller: CustomerCaller,
    body: Body<MeEmailChange>,
) -> Result<Done> {
    let MeEmailChange { email, current_password } = body.value;
    accounts::change_email(&state.app, &caller.caller, &email, &current_password).await?;
    Ok(Done::done())
}

async fn forgot(stranger: Stranger, body: Body<PasswordForgotten>) -> Result<Done> {
    let email = body.value.email;
    let Stranger { at, app, .. } = stranger;
    unit!(app.write(&at), work => accounts::forgot_password(work, &email).await)?;
    Ok(Done::done())
}

async fn reset(stranger: Stranger, body: Body<PasswordReset>) -> Result<Done> {
    let PasswordReset { token, password } = body.value;
    accounts::reset_password(&stranger.app, &stranger.at, &token, &password).await?;
    Ok(Done::done())
}
