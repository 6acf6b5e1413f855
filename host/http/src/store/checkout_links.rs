//! Links to a checkout, for whoever holds one. The token stands in the path, and nowhere else:
//! neither logs nor counters know more of a path than its pattern.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::authentication::Client;
use galleria_app::checkout_links::{self, Landing, Redeemed, Redemption};
use galleria_domain::{Assurance, CartId, CustomerId, Instant, LinkAssurance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::carts::with_cookie;
use super::session::TokenIn;
use crate::answer::{Done, Found, Result};
use crate::carts::ClicksBody;
use crate::extract::{At, Body, Kind, NoFilter, Params, StoreCaller, Stranger, VisitCaller};
use crate::state::{HttpConfig, HttpState};

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/checkout-links/{token}", get(read))
        .api_route("/checkout-links/{token}/redeem", post(redeem))
        .api_route("/checkout-links/{token}/resend", post(resend))
}

/// What a link leads to.
#[derive(JsonSchema, Serialize)]
struct LandingView {
    /// The name of the store.
    store: String,
    /// The first name of the customer whom the link was made for.
    first_name: Option<String>,
    /// Their email, of which only the first letters can be read.
    email: Option<String>,
    /// How many things are in the cart.
    items: u64,
    /// Whether the cart was changed since the link was made.
    changed: bool,
    /// Whether its lines can't be changed.
    locked: bool,
    /// Who the holder of the link will be taken for: `none`, `checkout` or `full`.
    #[schemars(with = "String")]
    assurance: LinkAssurance,
    /// Until when the link is good.
    #[schemars(with = "String")]
    expires_at: Instant,
}

/// Somebody who takes a link.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct LinkRedeem {
    /// What led to the link: it is added to what the cart is put down to.
    attribution: ClicksBody,
    /// How the tokens are to come.
    token_in: TokenIn,
}

/// What somebody has who took a link.
#[derive(JsonSchema, Serialize)]
struct RedeemedLinkView {
    /// The cart, which is their current one now.
    #[schemars(with = "String")]
    cart: CartId,
    /// The customer whose it is.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// What to send as `Authorization: Bearer`; `null` if it came in a cookie, or if who asked is
    /// logged in already.
    token: Option<String>,
    /// When that session ends in any case.
    #[schemars(with = "Option<String>")]
    expires_at: Option<Instant>,
    /// What it proves: `password` if it is as good as a login, else `link`.
    #[schemars(with = "Option<String>")]
    assurance: Option<Assurance>,
    /// What to send as `Galleria-Visit` where nobody in particular took the link; `null` if it came
    /// in a cookie, or if the visit began before.
    visit_token: Option<String>,
}

async fn read(
    State(state): State<HttpState>,
    caller: StoreCaller,
    At(token): At<String>,
    _: Params<NoFilter>,
) -> Result<Found<LandingView>> {
    let landing = checkout_links::peek(&state.app, &caller.caller, &token).await?;
    Ok(Found::of(&landing.into())?)
}

async fn redeem(
    State(state): State<HttpState>,
    VisitCaller(caller): VisitCaller,
    stranger: Stranger,
    At(token): At<String>,
    body: Body<LinkRedeem>,
) -> Result<Found<RedeemedLinkView>> {
    let LinkRedeem { attribution, token_in } = body.value;
    let client = Client {
        user_agent: stranger.user_agent.as_deref(),
        session_token: stranger.customer_token.as_deref(),
    };
    let clicks = attribution.into();
    let redemption = Redemption { token: &token, clicks: &clicks, client };
    let redeemed = checkout_links::redeem(&state.app, &caller.caller, redemption).await?;
    show(redeemed, token_in, &state.config)
}

// The same answer in every case.
async fn resend(
    State(state): State<HttpState>,
    stranger: Stranger,
    At(token): At<String>,
) -> Result<Done> {
    checkout_links::resend(&state.app, &stranger.at, &token).await?;
    Ok(Done::done())
}

fn show(
    redeemed: Redeemed,
    token_in: TokenIn,
    config: &HttpConfig,
) -> Result<Found<RedeemedLinkView>> {
    let Redeemed { cart, logged_in, visit } = redeemed;
    let in_body = token_in == TokenIn::Body;
    let shown = |token: &galleria_app::Token| in_body.then(|| token.as_str().to_owned());
    let view = RedeemedLinkView {
        customer: cart.customer().cloned(),
        cart: cart.id,
        token: logged_in.as_ref().and_then(|entered| shown(&entered.token)),
        expires_at: logged_in.as_ref().map(|entered| entered.session.expires_at),
        assurance: logged_in.as_ref().map(|entered| entered.session.assurance),
        visit_token: visit.as_ref().and_then(|begun| shown(&begun.token)),
    };
    let mut answer = Found::of(&view)?;
    if in_body {
        return Ok(answer);
    }
    if let Some(begun) = &visit {
        answer = with_cookie(answer, begun, config);
    }
    if let Some(entered) = &logged_in {
        let max_age_s = entered.session.expires_at.since(entered.session.created_at).as_secs();
        let cookie = config.cookies().set(Kind::Customer, entered.token.as_str(), max_age_s);
        answer = answer.setting(cookie);
    }
    Ok(answer)
}

impl From<Landing> for LandingView {
    fn from(landing: Landing) -> Self {
        let Landing { store, first_name, email, items, changed, locked, assurance, expires_at } =
            landing;
        Self { store, first_name, email, items, changed, locked, assurance, expires_at }
    }
}
