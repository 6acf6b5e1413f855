//! A customer's own orders.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::{orders, unit};
use galleria_domain::OrderId;

use crate::answer::{Found, PageView, Result};
use crate::extract::{At, CustomerCaller, Listing, NoFilter, Params};
use crate::orders::OrderView;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/me/orders", get(list)).api_route("/me/orders/{order}", get(read))
}

async fn list(
    caller: CustomerCaller,
    query: Listing<NoFilter>,
) -> Result<Found<PageView<OrderView>>> {
    let page = query.page.request()?;
    let page = unit!(caller.read(), work => orders::list_own(work, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn read(
    caller: CustomerCaller,
    At(id): At<OrderId>,
    _: Params<NoFilter>,
) -> Result<Found<OrderView>> {
    let order = unit!(caller.read(), work => orders::get(work, &id).await)?;
    let version = order.progress().version;
    Ok(Found::of(&OrderView::from(order))?.at_version(version))
}
