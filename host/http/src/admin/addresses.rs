//! Addresses of customers.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, put};
use galleria_app::{addresses, unit};
use galleria_domain::{AddressId, CustomerId};

use crate::addresses::{
    AddressCreate, AddressUpdate, AddressView, DefaultsSet, DefaultsView, show, show_defaults,
};
use crate::answer::{Created, Done, Found, PageView, Result};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/customers/{customer}/addresses", get(list).post(create))
        .api_route(
            "/customers/{customer}/addresses/{address}",
            get(read).patch(update).delete(delete),
        )
        .api_route("/customers/{customer}/defaults", put(set_defaults))
}

// There are 100 at most, so all of them are one page.
async fn list(
    caller: StaffCaller,
    At(customer): At<CustomerId>,
    _: Params<NoFilter>,
) -> Result<Found<PageView<AddressView>>> {
    let items = unit!(caller.read(), work => addresses::list(work, &customer).await)?;
    let items = items.into_iter().map(AddressView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(
    caller: StaffCaller,
    At(customer): At<CustomerId>,
    body: Body<AddressCreate>,
) -> Result<Created<AddressView>> {
    let draft = galleria_domain::AddressDraft::from(body.value);
    Ok(once!(body.once, caller.write(), work => {
        let made = addresses::create(work, &customer, draft.clone()).await?;
        let id = &made.address.id;
        let location = format!("/admin/v1/customers/{customer}/addresses/{id}");
        let version = made.address.version;
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(
    caller: StaffCaller,
    At((customer, id)): At<(CustomerId, AddressId)>,
) -> Result<Found<AddressView>> {
    show(unit!(caller.read(), work => addresses::get(work, &customer, &id).await)?)
}

async fn update(
    caller: StaffCaller,
    At((customer, id)): At<(CustomerId, AddressId)>,
    IfMatch(expected): IfMatch,
    body: Body<AddressUpdate>,
) -> Result<Found<AddressView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => {
        addresses::update(work, &customer, &id, &change, expected).await
    })?)
}

async fn delete(
    caller: StaffCaller,
    At((customer, id)): At<(CustomerId, AddressId)>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => addresses::delete(work, &customer, &id, expected).await)?;
    Ok(Done::done())
}

// `If-Match` is about the customer, who holds the defaults.
async fn set_defaults(
    caller: StaffCaller,
    At(customer): At<CustomerId>,
    IfMatch(expected): IfMatch,
    body: Body<DefaultsSet>,
) -> Result<Found<DefaultsView>> {
    let change = body.value.into();
    show_defaults(unit!(caller.write(), work => {
        addresses::set_defaults(work, &customer, &change, expected).await
    })?)
}
