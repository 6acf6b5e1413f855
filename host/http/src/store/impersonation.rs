//! Staff acting for a customer in the storefront.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, post};
use axum::extract::State;
use galleria_app::impersonations::{self, HandedOver};
use galleria_app::unit;
use galleria_domain::{
    CartId, CustomerId, Impersonation, ImpersonationId, ImpersonationMode, Instant, StaffId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session::TokenIn;
use crate::answer::{Done, Found, Result};
use crate::extract::{ActingToken, Body, Kind, Stranger};
use crate::state::HttpState;

/// Where an impersonation is finished.
const FINISH_URL: &str = "/store/v1/impersonation";

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/impersonation", delete(finish))
        .api_route("/impersonation/redeem", post(redeem))
}

/// Staff who comes to act for a customer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImpersonationRedeem {
    /// What the beginning answered; good for a minute, once.
    code: String,
    /// How the token is to come.
    #[serde(default)]
    token_in: TokenIn,
}

/// An impersonation that has come to the storefront.
#[derive(JsonSchema, Serialize)]
struct RedeemedImpersonationView {
    /// What to send as `Authorization: Bearer`; `null` if it came in a cookie.
    token: Option<String>,
    /// The customer.
    #[schemars(with = "String")]
    customer: CustomerId,
    /// What a storefront shows about it.
    impersonation: ImpersonationView,
}

/// Staff who acts for a customer, as storefronts show it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "OngoingImpersonation")]
pub(super) struct ImpersonationView {
    /// Names it.
    #[schemars(with = "String")]
    id: ImpersonationId,
    /// Who acts.
    #[schemars(with = "String")]
    by: StaffId,
    /// How much they may do: `full`, `cart-only` or `read-only`.
    #[schemars(with = "String")]
    mode: ImpersonationMode,
    /// The cart that it is about, if it is about one.
    #[schemars(with = "Option<String>")]
    cart: Option<CartId>,
    /// Since when.
    #[schemars(with = "String")]
    since: Instant,
    /// When it ends if nothing more happens.
    #[schemars(with = "String")]
    expires: Instant,
    /// What to ask with `DELETE` to finish it.
    finish_url: &'static str,
}

async fn redeem(
    State(state): State<HttpState>,
    stranger: Stranger,
    body: Body<ImpersonationRedeem>,
) -> Result<Found<RedeemedImpersonationView>> {
    let Stranger { at, app, .. } = stranger;
    let ImpersonationRedeem { code, token_in } = body.value;
    let handed_over = unit!(app.write(&at), work => impersonations::hand_over(work, &code).await)?;
    let HandedOver { impersonation, token } = handed_over;
    let in_cookie = token_in == TokenIn::Cookie;
    let max_age_s = impersonation.expires_at.since(impersonation.started_at).as_secs();
    let view = RedeemedImpersonationView {
        token: (!in_cookie).then(|| token.as_str().to_owned()),
        customer: impersonation.customer.clone(),
        impersonation: impersonation.into(),
    };
    let answer = Found::of(&view)?;
    if !in_cookie {
        return Ok(answer);
    }
    Ok(answer.setting(state.config.cookies().set(Kind::Acting, token.as_str(), max_age_s)))
}

// Also when it has ended already, or the token is of none: it is finished in every case.
async fn finish(State(state): State<HttpState>, acting: ActingToken) -> Result<Done> {
    let ActingToken { token, at, app } = acting;
    if let Some(token) = token {
        unit!(app.write(&at), work => impersonations::finish(work, &token).await)?;
    }
    Ok(Done::done().setting(state.config.cookies().clear(Kind::Acting)))
}

impl From<Impersonation> for ImpersonationView {
    fn from(one: Impersonation) -> Self {
        let expires = one.ends_at();
        Self {
            id: one.id,
            by: one.staff,
            mode: one.mode,
            cart: one.cart,
            since: one.started_at,
            expires,
            finish_url: FINISH_URL,
        }
    }
}
