//! The stores of the shop.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::extract::State;
use galleria_app::{stores, unit};
use galleria_domain::{LanguageTag, PriceMode, Store, StoreChange, StoreId, TimeZoneName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Found, PageView, Result};
use crate::edit::{Given, into_shop};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/stores", get(list).post(create))
        .api_route("/stores/{store}", get(read).patch(update))
}

/// A store to be made, or what is to be different about one; what isn't named stays, or is the
/// usual. A store to be made needs a name and a default currency.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct StoreWrite {
    /// What people call it.
    name: Given<String>,
    /// The host names that it answers to.
    hosts: Given<Vec<String>>,
    /// The currency where none is asked for: `EUR`.
    default_currency: Given<String>,
    /// What one can pay in.
    currencies: Given<Vec<String>>,
    /// The languages it speaks, its own first: `de-CH`.
    languages: Given<Vec<String>>,
    /// Where its days begin: `Europe/Berlin`.
    time_zone: Given<String>,
    /// Whether prices are shown with tax: `incl` or `excl`.
    #[schemars(with = "Given<String>")]
    price_mode: Given<PriceMode>,
}

/// A store.
#[derive(JsonSchema, Serialize)]
struct StoreView {
    /// Names it for ever; goes into the header `Galleria-Store`.
    #[schemars(with = "String")]
    id: StoreId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// What people call it.
    name: String,
    /// The host names that it answers to.
    hosts: Vec<String>,
    /// The currency where none is asked for.
    default_currency: String,
    /// What one can pay in.
    currencies: Vec<String>,
    /// The languages it speaks, its own first.
    #[schemars(with = "Vec<String>")]
    languages: Vec<LanguageTag>,
    /// Where its days begin.
    #[schemars(with = "String")]
    time_zone: TimeZoneName,
    /// Whether prices are shown with tax: `incl` or `excl`.
    #[schemars(with = "String")]
    price_mode: PriceMode,
}

async fn list(caller: StaffCaller, _: Params<NoFilter>) -> Result<Found<PageView<StoreView>>> {
    let items = unit!(caller.read(), work => stores::list(work).await)?;
    let items = items.into_iter().map(StoreView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(
    State(state): State<HttpState>,
    caller: StaffCaller,
    body: Body<StoreWrite>,
) -> Result<Created<StoreView>> {
    let draft = body.value.into();
    let answer = once!(body.once, caller.write(), work => {
        let made = stores::create(work, &draft).await?;
        let (location, version) = (format!("/admin/v1/stores/{}", made.id), made.version);
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?;
    state.stores.forget();
    Ok(answer)
}

async fn read(
    caller: StaffCaller,
    At(id): At<StoreId>,
    _: Params<NoFilter>,
) -> Result<Found<StoreView>> {
    show(unit!(caller.read(), work => stores::get(work, &id).await)?)
}

async fn update(
    State(state): State<HttpState>,
    caller: StaffCaller,
    At(id): At<StoreId>,
    IfMatch(expected): IfMatch,
    body: Body<StoreWrite>,
) -> Result<Found<StoreView>> {
    let change = body.value.into();
    let changed =
        unit!(caller.write(), work => stores::update(work, &id, &change, expected).await)?;
    state.stores.forget();
    show(changed)
}

fn show(store: Store) -> Result<Found<StoreView>> {
    let version = store.version;
    Ok(Found::of(&store.into())?.at_version(version))
}

into_shop!(StoreWrite => StoreChange {
    name, hosts, default_currency, currencies, languages, time_zone, price_mode,
});

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        let Store {
            id,
            version,
            name,
            hosts,
            default_currency,
            currencies,
            languages,
            time_zone,
            price_mode,
        } = store;
        let default_currency = default_currency.to_string();
        let currencies = currencies.iter().map(ToString::to_string).collect();
        Self {
            id,
            version,
            name,
            hosts,
            default_currency,
            currencies,
            languages,
            time_zone,
            price_mode,
        }
    }
}
