//! Orders, for staff.

use std::collections::BTreeMap;

use aide::axum::ApiRouter;
use aide::axum::routing::{get, patch, post};
use axum::extract::State;
use galleria_app::orders::{self, OrderFilter, RefundDraft, RefundedLine};
use galleria_app::unit;
use galleria_domain::{
    CustomerId, EmailAddress, FieldCode, Instant, LineId, Money, Order, OrderId, OrderStatus,
    PaymentId, PaymentState, PluginId, StaffId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, Found, PageView, Result};
use crate::carts::keep;
use crate::extract::{At, Body, IfMatch, Listing, NoFilter, Params, StaffCaller};
use crate::idempotency::{Once, once};
use crate::money::MoneyView;
use crate::orders::StaffOrderView;
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/orders", get(list))
        .api_route("/orders/{order}", get(read))
        .api_route("/orders/{order}/payments", post(pay))
        .api_route("/orders/{order}/payments/{payment}", patch(set_payment))
        .api_route("/orders/{order}/complete", post(complete))
        .api_route("/orders/{order}/cancel", post(cancel))
        .api_route("/orders/{order}/refunds", post(refund))
}

/// Which orders to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OrderQuery {
    /// Those of this customer.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// Where their confirmation went.
    email: Option<String>,
    /// `placed`, `paid`, `partially-refunded`, `refunded`, `cancelled` or `completed`.
    #[schemars(with = "Option<String>")]
    status: Option<OrderStatus>,
    /// Put down to this member of the staff.
    #[schemars(with = "Option<String>")]
    agent: Option<StaffId>,
    /// Placed at this time or later.
    #[schemars(with = "Option<String>")]
    placed_from: Option<Instant>,
}

/// Money that came in by hand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaymentCreate {
    /// How much; at most what is left to pay.
    #[schemars(with = "MoneyView")]
    amount: Money,
    /// What the bank calls it.
    reference: Option<String>,
}

/// What became of a payment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaymentSet {
    /// `authorized`, `paid`, `failed` or `cancelled`.
    #[schemars(with = "String")]
    state: PaymentState,
}

/// An order that is called off.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OrderCancel {
    /// Why; at most 500 characters.
    reason: String,
}

/// Money to be given back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefundCreate {
    /// How many minor units of what was paid.
    #[serde(default)]
    amount: i64,
    /// How many minor units of what was paid by other means, such as points.
    #[serde(default)]
    tendered: i64,
    /// What it is for.
    #[serde(default)]
    lines: Vec<RefundLineCreate>,
    /// Why; at most 500 characters.
    reason: Option<String>,
    /// What plugins are told about it, by their ids.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Value>")]
    data: BTreeMap<PluginId, Value>,
}

/// What money is given back for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RefundLineCreate {
    /// A line of the order.
    #[schemars(with = "String")]
    line: LineId,
    /// For how many of it.
    quantity: u32,
    /// How many minor units of the refund are for it.
    amount: i64,
}

/// The part of a path that names a payment.
#[derive(Deserialize)]
struct PaymentAt {
    order: OrderId,
    payment: PaymentId,
}

async fn list(
    caller: StaffCaller,
    query: Listing<OrderQuery>,
) -> Result<Found<PageView<StaffOrderView>>> {
    let page = query.page.request()?;
    let OrderQuery { customer, email, status, agent, placed_from } = query.filter;
    let email = email.as_deref().map(str::parse::<EmailAddress>).transpose();
    let email = email
        .map_err(|error| Problem::invalid_at("email", FieldCode::Malformed, error.to_string()))?;
    let filter = OrderFilter { customer, email, status, agent, placed_from };
    let page = unit!(caller.read(), work => orders::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn read(
    caller: StaffCaller,
    At(id): At<OrderId>,
    _: Params<NoFilter>,
) -> Result<Found<StaffOrderView>> {
    Ok(show(unit!(caller.read(), work => orders::get(work, &id).await)?)?)
}

async fn pay(
    caller: StaffCaller,
    At(id): At<OrderId>,
    IfMatch(expected): IfMatch,
    body: Body<PaymentCreate>,
) -> Result<Found<StaffOrderView>> {
    let PaymentCreate { amount, reference } = body.value;
    Ok(once!(body.once, caller.write(), work => {
        show(orders::pay(work, &id, amount, reference.clone(), expected).await?)
    })?)
}

async fn set_payment(
    caller: StaffCaller,
    At(PaymentAt { order, payment }): At<PaymentAt>,
    body: Body<PaymentSet>,
) -> Result<Found<StaffOrderView>> {
    let state = body.value.state;
    Ok(show(unit!(caller.write(), work => {
        orders::set_payment(work, &order, &payment, state).await
    })?)?)
}

async fn complete(
    caller: StaffCaller,
    At(id): At<OrderId>,
    IfMatch(expected): IfMatch,
    once: Once,
) -> Result<Found<StaffOrderView>> {
    Ok(once!(once, caller.write(), work => show(orders::complete(work, &id, expected).await?))?)
}

async fn cancel(
    caller: StaffCaller,
    At(id): At<OrderId>,
    IfMatch(expected): IfMatch,
    body: Body<OrderCancel>,
) -> Result<Found<StaffOrderView>> {
    let reason = body.value.reason;
    Ok(once!(body.once, caller.write(), work => {
        show(orders::cancel(work, &id, &reason, expected).await?)
    })?)
}

// With the key, a refund that is asked for again is the same one, also for the payment provider.
async fn refund(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(id): At<OrderId>,
    body: Body<RefundCreate>,
) -> Result<Found<StaffOrderView>> {
    let once = body.once;
    if let Some(answered) = unit!(caller.read(), work => once.find(work).await)? {
        return Ok(Answer::again(answered));
    }
    let key = once.0.as_ref().map(|once| once.key.clone());
    let draft = body.value.into_draft(key);
    let answer = show(orders::refund(&state.app, &caller.caller, &id, &draft).await?)?;
    keep(&caller, &once, &answer).await?;
    Ok(answer)
}

fn show(order: Order) -> galleria_app::Result<Found<StaffOrderView>> {
    let version = order.progress().version;
    Ok(Found::of(&StaffOrderView::from(order))?.at_version(version))
}

impl RefundCreate {
    fn into_draft(self, key: Option<String>) -> RefundDraft {
        let Self { amount, tendered, lines, reason, data } = self;
        let lines = lines.into_iter().map(|refunded| {
            let RefundLineCreate { line, quantity, amount } = refunded;
            RefundedLine { line, quantity, amount }
        });
        RefundDraft { amount, tendered, lines: lines.collect(), reason, data, key }
    }
}
