//! Staff acting for customers: beginning it, and seeing and ending what goes on.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete, get, post};
use axum::extract::State;
use galleria_app::impersonations::{self, ImpersonationDraft, StartedImpersonation};
use galleria_app::unit;
use galleria_domain::{
    CartId, CustomerId, Impersonation, ImpersonationId, ImpersonationMode, Instant, OrderId,
    SessionId, StaffId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, Params, StaffCaller};
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/customers/{customer}/impersonations", post(start))
        .api_route("/carts/{cart}/checkout-now", post(checkout_now))
        .api_route("/impersonations", get(list))
        .api_route("/impersonations/{impersonation}", delete(revoke))
}

/// What somebody wants who is to act for a customer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImpersonationStart {
    /// How much they want to be able to do: `full`, `cart-only` or `read-only`.
    #[schemars(with = "String")]
    mode: ImpersonationMode,
    /// The cart that it is about; all of the customer's, if none is named.
    #[schemars(with = "Option<String>")]
    cart: Option<CartId>,
    /// Why: 3 to 500 characters.
    reason: Option<String>,
}

/// Acting for the customer of a cart, for that cart alone.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckoutNow {
    /// Why: 3 to 500 characters.
    reason: Option<String>,
}

/// Which of those that go on to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImpersonationFilter {
    /// For whom.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
}

/// Staff who acts for a customer.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Impersonation")]
struct ImpersonationView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: ImpersonationId,
    /// Who acts.
    #[schemars(with = "String")]
    staff: StaffId,
    /// For whom.
    #[schemars(with = "String")]
    customer: CustomerId,
    /// How much they may do: `full`, `cart-only` or `read-only`.
    #[schemars(with = "String")]
    mode: ImpersonationMode,
    /// The cart that it is about, if it is about one.
    #[schemars(with = "Option<String>")]
    cart: Option<CartId>,
    /// Why.
    reason: Option<String>,
    /// When it began.
    #[schemars(with = "String")]
    started_at: Instant,
    /// When something last happened, to the minute.
    #[schemars(with = "String")]
    last_seen_at: Instant,
    /// When it ends if nothing more happens.
    #[schemars(with = "String")]
    ends_at: Instant,
    /// How many requests changed something, or came a minute or more after the one before.
    request_count: u64,
    /// The orders that were placed.
    #[schemars(with = "Vec<String>")]
    orders: Vec<OrderId>,
}

/// An impersonation that was just begun.
#[derive(JsonSchema, Serialize)]
struct StartedImpersonationView {
    /// The impersonation.
    impersonation: ImpersonationView,
    /// What the storefront's tab exchanges for a token at `/store/v1/impersonation/redeem`, once.
    code: String,
    /// Until when.
    #[schemars(with = "String")]
    code_expires_at: Instant,
    /// What to open in a new tab; `null` if the settings don't say where the storefront is.
    url: Option<String>,
}

async fn start(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(customer): At<CustomerId>,
    body: Body<ImpersonationStart>,
) -> Result<Created<StartedImpersonationView>> {
    let (session, user_agent) = login(&caller)?;
    let ImpersonationStart { mode, cart, reason } = body.value;
    let draft = ImpersonationDraft { customer, mode, cart, reason, session, user_agent };
    started(impersonations::start(&state.app, &caller.caller, &draft).await?)
}

async fn checkout_now(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(cart): At<CartId>,
    body: Body<CheckoutNow>,
) -> Result<Created<StartedImpersonationView>> {
    let (login, reason) = (login(&caller)?, body.value.reason);
    let begun =
        impersonations::checkout_now(&state.app, &caller.caller, &cart, reason, login).await?;
    started(begun)
}

/// The login that it hangs on: a key has none, and acts in nobody's name.
fn login(caller: &StaffCaller) -> Result<(SessionId, Option<String>)> {
    match &caller.session {
        Some(session) => Ok((session.id.clone(), session.user_agent.clone())),
        None => Err(Problem::forbidden("only whoever has logged in can act for a customer")),
    }
}

async fn list(
    caller: StaffCaller,
    Params(filter): Params<ImpersonationFilter>,
) -> Result<Found<PageView<ImpersonationView>>> {
    let customer = filter.customer.as_ref();
    let items = unit!(caller.read(), work => impersonations::list(work, customer).await)?;
    let items = items.into_iter().map(ImpersonationView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn revoke(caller: StaffCaller, At(id): At<ImpersonationId>) -> Result<Done> {
    unit!(caller.write(), work => impersonations::revoke(work, &id).await)?;
    Ok(Done::done())
}

fn started(begun: StartedImpersonation) -> Result<Created<StartedImpersonationView>> {
    let StartedImpersonation { impersonation, code, code_expires_at, url } = begun;
    let location = format!("/admin/v1/impersonations/{}", impersonation.id);
    let code = code.as_str().to_owned();
    let impersonation = impersonation.into();
    let view = StartedImpersonationView { impersonation, code, code_expires_at, url };
    Ok(Created::at(&location, &view)?)
}

impl From<Impersonation> for ImpersonationView {
    fn from(one: Impersonation) -> Self {
        let ends_at = one.ends_at();
        Self {
            id: one.id,
            staff: one.staff,
            customer: one.customer,
            mode: one.mode,
            cart: one.cart,
            reason: one.reason,
            started_at: one.started_at,
            last_seen_at: one.last_seen_at,
            ends_at,
            request_count: one.request_count,
            orders: one.orders,
        }
    }
}
