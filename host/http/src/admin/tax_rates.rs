//! Rates of tax.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::{tax_rates, unit};
use galleria_domain::{CountryCode, Rate, StoreId, TaxRate, TaxRateChange, TaxRateId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Created, Done, Found, PageView, Result};
use crate::edit::{Edit, Given, into_shop};
use crate::extract::{At, Body, IfMatch, NoFilter, Params, StaffCaller};
use crate::idempotency::once;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/tax-rates", get(list).post(create))
        .api_route("/tax-rates/{rate}", get(read).patch(update).delete(delete))
}

/// Which rates to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TaxRateQuery {
    /// Those of this country, by its two letters.
    #[schemars(with = "Option<String>")]
    country: Option<CountryCode>,
}

/// A rate to be made, or what is to be different about one; what isn't named stays. A rate to be
/// made needs all but the region.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct TaxRateWrite {
    /// What customers see on the bill: `MwSt.`
    name: Given<String>,
    /// The class of goods, as variants and methods of shipping name it: `standard`.
    class: Given<String>,
    /// Where it applies, by its two letters.
    country: Given<String>,
    /// The code of the region; the whole country without.
    region: Edit<String>,
    /// How much, in parts per million: 190000 is 19 %; at most 1000000.
    #[schemars(with = "Given<u32>")]
    rate: Given<Rate>,
}

/// A rate of tax on a class of goods, in a country or one region of it.
#[derive(JsonSchema, Serialize)]
struct TaxRateView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: TaxRateId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// The store that takes it.
    #[schemars(with = "String")]
    store: StoreId,
    /// What customers see on the bill.
    name: String,
    /// The class of goods.
    class: String,
    /// Where it applies, by its two letters.
    #[schemars(with = "String")]
    country: CountryCode,
    /// The code of the region; `null` for the whole country.
    region: Option<String>,
    /// How much, in parts per million.
    #[schemars(with = "u32")]
    rate: Rate,
}

// There are a thousand at most, and rarely more than a few: all of them are one page.
async fn list(
    caller: StaffCaller,
    Params(query): Params<TaxRateQuery>,
) -> Result<Found<PageView<TaxRateView>>> {
    let items = unit!(caller.read(), work => tax_rates::list(work, query.country).await)?;
    let items = items.into_iter().map(TaxRateView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

async fn create(caller: StaffCaller, body: Body<TaxRateWrite>) -> Result<Created<TaxRateView>> {
    let draft = body.value.into();
    Ok(once!(body.once, caller.write(), work => {
        let made = tax_rates::create(work, &draft).await?;
        let (location, version) = (format!("/admin/v1/tax-rates/{}", made.id), made.version);
        Ok(Created::at(&location, &made.into())?.at_version(version))
    })?)
}

async fn read(
    caller: StaffCaller,
    At(id): At<TaxRateId>,
    _: Params<NoFilter>,
) -> Result<Found<TaxRateView>> {
    show(unit!(caller.read(), work => tax_rates::get(work, &id).await)?)
}

async fn update(
    caller: StaffCaller,
    At(id): At<TaxRateId>,
    IfMatch(expected): IfMatch,
    body: Body<TaxRateWrite>,
) -> Result<Found<TaxRateView>> {
    let change = body.value.into();
    show(unit!(caller.write(), work => tax_rates::update(work, &id, &change, expected).await)?)
}

async fn delete(
    caller: StaffCaller,
    At(id): At<TaxRateId>,
    IfMatch(expected): IfMatch,
) -> Result<Done> {
    unit!(caller.write(), work => tax_rates::delete(work, &id, expected).await)?;
    Ok(Done::done())
}

fn show(rate: TaxRate) -> Result<Found<TaxRateView>> {
    let version = rate.version;
    Ok(Found::of(&rate.into())?.at_version(version))
}

into_shop!(TaxRateWrite => TaxRateChange { name, class, country, region, rate });

impl From<TaxRate> for TaxRateView {
    fn from(taxed: TaxRate) -> Self {
        let TaxRate { id, store, version, name, class, country, region, rate } = taxed;
        Self { id, version, store, name, class, country, region, rate }
    }
}
