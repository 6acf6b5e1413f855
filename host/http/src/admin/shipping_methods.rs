//! Methods of shipping.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::{shipping_methods, unit};
use galleria_domain::{Money, ShippingMethod, ShippingMethodChange, ShippingMethodId};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::edit::{Edit, Given, into_shop};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::money::MoneyView;
use crate::shipping_methods::ShippingMethodView;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/shipping-methods", get(list).post(create))
        .api_route("/shipping-methods/{method}", get(read).patch(update).delete(delete))
}

/// A method to be made, or what is to be different about one; what isn't named stays. A method to
/// be made needs a name, a price and a class of tax.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ShippingMethodWrite {
    /// What customers see.
    name: Given<String>,
    /// What it costs, with or without tax as all prices of the store.
    #[schemars(with = "Given<MoneyView>")]
    price: Given<Money>,
    /// Names the rates of tax that apply: `standard`.
    tax_class: Given<String>,
    /// Where it goes to, by two letters each; everywhere if none is named.
    countries: Given<Vec<String>>,
    /// Whether it is offered.
    active: Given<bool>,
    /// Only for carts of so much or more.
    #[schemars(with = "Edit<MoneyView>")]
    min_subtotal: Edit<Money>,
    /// Only for carts of so much or less.
    #[schemars(with = "Edit<MoneyView>")]
    max_subtotal: Edit<Money>,
}

async fn list(
    caller: StaffCaller,
    _: Params<NoFilter>,
) -> Result<Found<PageView<ShippingMethodView>>> {
    let items = unit!(caller.read(), work => shipping_methods::list(work).await)?;
    let items = items.into_iter().map(ShippingMethodView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(
    caller: StaffCaller,
    body: Body<ShippingMethodWrite>,
) -> Result<Created<ShippingMethodView>> {
    let draft = body.value.into();
    Ok(once!(body.once, caller.write(), work => {
        let made = shipping_methods::create(work, &draft).await?;
        let (location, version) = (format!("/admin/v1/shipping-methods/{}", made.id), made.version);
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(
    caller: StaffCaller,
    At(id): At<ShippingMethodId>,
    _: Params<NoFilter>,
) -> Result<Found<ShippingMethodView>> {
    show(unit!(caller.read(), work => shipping_methods::get(work, &id).await)?)
}

async fn update(
    caller: StaffCaller,
    At(id): At<ShippingMethodId>,
    IfMatch(expected): IfMatch,
    body: Body<ShippingMethodWrite>,
) -> Result<Found<ShippingMethodView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => {
        shipping_methods::update(work, &id, &change, expected).await
    })?)
}

async fn delete(
    caller: StaffCaller,
    At(id): At<ShippingMethodId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => shipping_methods::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

fn show(method: ShippingMethod) -> Result<Found<ShippingMethodView>> {
    let version = method.version;
    Ok(Found::of(&method.into())?.at_version(version))
}

into_shop!(ShippingMethodWrite => ShippingMethodChange {
    name, price, tax_class, countries, active, min_subtotal, max_subtotal,
});
