//! A customer's own addresses.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, put};
use galleria_app::{addresses, unit};
use galleria_domain::AddressId;

use crate::addresses::{
    AddressCreate, AddressUpdate, AddressView, DefaultsSet, DefaultsView, show, show_defaults,
};
use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, CustomerCaller, IfMatch, NoFilter, Params};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/me/addresses", get(list).post(create))
        .api_route("/me/addresses/{address}", get(read).patch(update).delete(delete))
        .api_route("/me/defaults", put(set_defaults))
}

// There are 100 at most, so all of them are one page.
async fn list(caller: CustomerCaller, _: Params<NoFilter>) -> Result<Found<PageView<AddressView>>> {
    let items = unit!(caller.read(), work => addresses::list(work, &caller.id).await)?;
    let items = items.into_iter().map(AddressView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(caller: CustomerCaller, body: Body<AddressCreate>) -> Result<Created<AddressView>> {
    let draft = galleria_domain::AddressDraft::from(body.value);
    Ok(once!(body.once, caller.write(), work => {
        let made = addresses::create(work, &caller.id, draft.clone()).await?;
        let location = format!("/store/v1/me/addresses/{}", made.address.id);
        let version = made.address.version;
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(caller: CustomerCaller, At(id): At<AddressId>) -> Result<Found<AddressView>> {
    show(unit!(caller.read(), work => addresses::get(work, &caller.id, &id).await)?)
}

async fn update(
    caller: CustomerCaller,
    At(id): At<AddressId>,
    IfMatch(expected): IfMatch,
    body: Body<AddressUpdate>,
) -> Result<Found<AddressView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => {
        addresses::update(work, &caller.id, &id, &change, expected).await
    })?)
}

async fn delete(
    caller: CustomerCaller,
    At(id): At<AddressId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => addresses::delete(work, &caller.id, &id, expected).await)?;
    Ok(Done::done())
}

// `If-Match` is about the account, which holds the defaults.
async fn set_defaults(
    caller: CustomerCaller,
    IfMatch(expected): IfMatch,
    body: Body<DefaultsSet>,
) -> Result<Found<DefaultsView>> {
    let change = body.value.into();
    show_defaults(unit!(caller.write(), work => {
        addresses::set_defaults(work, &caller.id, &change, expected).await
    })?)
}
