//! Carts, for staff and for shoppers: the same routes on both sides.

mod body;
mod clicks;
mod view;

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::{get, patch, post, put};
use axum::extract::{FromRequestParts, State};
use galleria_app::carts::{self, CartAct, PricedCart};
use galleria_app::{Caller, Work, orders, unit};
use galleria_domain::{CartId, LineId, Order, PluginId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Done, Found, Result};
use crate::extract::{At, Body, IfMatch, NoFilter, Params};
use crate::idempotency::{Once, once};
use crate::orders::PlacedView;
use crate::problem::Problem;
use crate::state::HttpState;
use crate::totals::ExplanationView;
use body::{
    AttributionSet, CartPlace, CartUpdate, CodeApply, LineCreate, LineUpdate, ScheduleSet, WishSet,
};

pub(crate) use clicks::ClicksBody;
pub(crate) use view::{AttributionView, CartView, LineView, ScheduleBody, Shown, StaffCartView};

/// Who asks about carts and orders: staff, or somebody in the storefront.
pub(crate) trait Shopper:
    FromRequestParts<HttpState, Rejection = Problem> + OperationInput + Send + Sync + 'static
{
    /// How a cart is shown to them.
    type Cart: From<Shown> + JsonSchema + Serialize + Send;
    /// How an order is shown to them.
    type Order: From<Order> + JsonSchema + Serialize + Send;

    /// Who they are.
    fn caller(&self) -> &Caller;

    /// Begins a unit of work of theirs that reads.
    fn read(&self) -> Work;

    /// Begins a unit of work of theirs that may write.
    fn write(&self) -> Work;
}

/// The routes of a cart, for one side.
pub(crate) fn router<S: Shopper>() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/carts/{cart}", get(read::<S>).patch(update::<S>).delete(delete::<S>))
        .api_route("/carts/{cart}/lines", post(add_line::<S>))
        .api_route("/carts/{cart}/lines/{line}", patch(update_line::<S>).delete(remove_line::<S>))
        .api_route("/carts/{cart}/lines/{line}/schedule", put(set_schedule::<S>))
        .api_route("/carts/{cart}/codes", post(apply_code::<S>))
        .api_route("/carts/{cart}/codes/{code}", aide::axum::routing::delete(remove_code::<S>))
        .api_route("/carts/{cart}/attribution", put(attribute::<S>))
        .api_route("/carts/{cart}/wishes/{plugin}", put(set_wish::<S>))
        .api_route("/carts/{cart}/recalculate", post(recalculate::<S>))
        .api_route("/carts/{cart}/explain", get(explain::<S>))
        .api_route("/carts/{cart}/place", post(place::<S>))
}

/// The part of a path that names a line.
#[derive(Deserialize)]
struct LineAt {
    cart: CartId,
    line: LineId,
}

/// The part of a path that names a code.
#[derive(Deserialize)]
struct CodeAt {
    cart: CartId,
    code: String,
}

/// The part of a path that names a plugin.
#[derive(Deserialize)]
struct PluginAt {
    cart: CartId,
    plugin: PluginId,
}

async fn read<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    _: Params<NoFilter>,
) -> Result<Found<S::Cart>> {
    Ok(show::<S>(unit!(shopper.read(), work => carts::get(work, &id).await)?)?)
}

async fn update<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<CartUpdate>,
) -> Result<Found<S::Cart>> {
    let acts = body.value.into_acts().map_err(Problem::invalid)?;
    act_all(&shopper, &id, &acts, expected).await
}

async fn delete<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(shopper.write(), work => carts::act(work, &id, &CartAct::Delete, expected).await)?;
    Ok(Done::done())
}

async fn add_line<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<LineCreate>,
) -> Result<Found<S::Cart>> {
    let act = CartAct::AddLine(body.value.into());
    act_once(&shopper, &id, &act, expected, &body.once).await
}

async fn update_line<S: Shopper>(
    shopper: S,
    At(LineAt { cart, line }): At<LineAt>,
    IfMatch(expected): IfMatch,
    body: Body<LineUpdate>,
) -> Result<Found<S::Cart>> {
    act_all(&shopper, &cart, &body.value.into_acts(&line), expected).await
}

async fn remove_line<S: Shopper>(
    shopper: S,
    At(LineAt { cart, line }): At<LineAt>,
    IfMatch(expected): IfMatch,
) -> Result<Found<S::Cart>> {
    act_all(&shopper, &cart, &[CartAct::RemoveLine(line)], expected).await
}

async fn set_schedule<S: Shopper>(
    shopper: S,
    At(LineAt { cart, line }): At<LineAt>,
    IfMatch(expected): IfMatch,
    body: Body<ScheduleSet>,
) -> Result<Found<S::Cart>> {
    let schedule = body.value.schedule.into();
    act_all(&shopper, &cart, &[CartAct::SetSchedule { line, schedule }], expected).await
}

async fn apply_code<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<CodeApply>,
) -> Result<Found<S::Cart>> {
    let act = CartAct::ApplyCode(body.value.code);
    act_once(&shopper, &id, &act, expected, &body.once).await
}

async fn remove_code<S: Shopper>(
    shopper: S,
    At(CodeAt { cart, code }): At<CodeAt>,
    IfMatch(expected): IfMatch,
) -> Result<Found<S::Cart>> {
    act_all(&shopper, &cart, &[CartAct::RemoveCode(code)], expected).await
}

async fn attribute<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<AttributionSet>,
) -> Result<Found<S::Cart>> {
    let AttributionSet { mode, clicks } = body.value;
    let act = CartAct::Attribute { clicks: Box::new(clicks.into()), mode };
    act_all(&shopper, &id, &[act], expected).await
}

async fn set_wish<S: Shopper>(
    shopper: S,
    At(PluginAt { cart, plugin }): At<PluginAt>,
    IfMatch(expected): IfMatch,
    body: Body<WishSet>,
) -> Result<Found<S::Cart>> {
    let act = CartAct::SetWish { plugin, wish: body.value.wish };
    act_all(&shopper, &cart, &[act], expected).await
}

async fn recalculate<S: Shopper>(shopper: S, At(id): At<CartId>) -> Result<Found<S::Cart>> {
    Ok(show::<S>(unit!(shopper.write(), work => carts::recalculate(work, &id).await)?)?)
}

async fn explain<S: Shopper>(
    shopper: S,
    At(id): At<CartId>,
    _: Params<NoFilter>,
) -> Result<Found<ExplanationView>> {
    let cart = unit!(shopper.read(), work => carts::get(work, &id).await)?;
    let totals = cart.totals.ok_or_else(|| Problem::not_found("calculation"))?;
    Ok(Found::of(&ExplanationView::from(&totals))?.at_version(cart.version))
}

// The cart itself sees to it that there is one order only; the key, that the answer is the same.
async fn place<S: Shopper>(
    State(state): State<HttpState>,
    shopper: S,
    At(id): At<CartId>,
    body: Body<CartPlace>,
) -> Result<Answer<PlacedView<S::Order>, 200>> {
    let once = body.once.required()?;
    if let Some(answered) = unit!(shopper.read(), work => once.find(work).await)? {
        return Ok(Answer::again(answered));
    }
    let placement = body.value.into_placement(id, shopper.caller().placed_via());
    let placed = orders::place(&state.app, shopper.caller(), &placement).await?;
    let answer = PlacedView::answer(placed)?;
    keep(&shopper, &once, &answer).await?;
    Ok(answer)
}

/// Keeps an answer whose effect has happened already; of two that were given at once, the first.
pub(crate) async fn keep<S: Shopper, T, const STATUS: u16>(
    shopper: &S,
    once: &Once,
    answer: &Answer<T, STATUS>,
) -> Result<()> {
    unit!(shopper.write(), work => match once.find(work).await? {
        Some(_) => Ok(()),
        None => once.keep(work, answer).await,
    })?;
    Ok(())
}

/// Does all of these in one unit, or none of them.
async fn act_all<S: Shopper>(
    shopper: &S,
    id: &CartId,
    acts: &[CartAct],
    expected: Option<u64>,
) -> Result<Found<S::Cart>> {
    let done = unit!(shopper.write(), work => act_each(work, id, acts, expected).await)?;
    Ok(show::<S>(done)?)
}

async fn act_each(
    work: &mut Work,
    id: &CartId,
    acts: &[CartAct],
    mut expected: Option<u64>,
) -> galleria_app::Result<Shown> {
    let mut done: Option<PricedCart> = None;
    for act in acts {
        done = Some(carts::act(work, id, act, expected.take()).await?);
    }
    match done {
        Some(done) => Ok(done.into()),
        None => Ok(carts::get(work, id).await?.into()),
    }
}

async fn act_once<S: Shopper>(
    shopper: &S,
    id: &CartId,
    act: &CartAct,
    expected: Option<u64>,
    once: &Once,
) -> Result<Found<S::Cart>> {
    Ok(once!(once, shopper.write(), work => {
        show::<S>(carts::act(work, id, act, expected).await?)
    })?)
}

fn show<S: Shopper>(shown: impl Into<Shown>) -> galleria_app::Result<Found<S::Cart>> {
    let shown = shown.into();
    let version = shown.cart.version;
    Ok(Found::of(&S::Cart::from(shown))?.at_version(version))
}
