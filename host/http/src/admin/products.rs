//! What can be bought.

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use galleria_app::catalog::Offer;
use galleria_app::unit;
use galleria_domain::{Product, ProductId, Variant, VariantId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Found, PageView, Result};
use crate::extract::{Listing, StaffCaller};
use crate::money::MoneyView;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/products", get(list))
}

/// Which products to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProductQuery {
    /// Part of a name or SKU.
    q: Option<String>,
}

/// A variant of a product, as it is put into a cart.
#[derive(JsonSchema, Serialize)]
struct OfferView {
    /// Names the variant for ever.
    #[schemars(with = "String")]
    id: VariantId,
    /// What it is a variant of.
    #[schemars(with = "String")]
    product: ProductId,
    /// What the product is called.
    product_name: String,
    /// What tells it from its siblings; may be empty.
    name: String,
    /// The merchant's own code.
    sku: String,
    /// What one of it costs, in each currency that it is sold for.
    prices: Vec<MoneyView>,
    /// Names the rates of tax that apply.
    tax_class: String,
    /// Whether it is on sale.
    active: bool,
    /// Whether there is any left to sell.
    in_stock: bool,
}

async fn list(
    caller: StaffCaller,
    query: Listing<ProductQuery>,
) -> Result<Found<PageView<OfferView>>> {
    let page = query.page.request()?;
    let q = query.filter.q.as_deref();
    let page = unit!(caller.read(), work => {
        let catalog = work.app().catalog();
        catalog.search(work, q, &page).await
    })?;
    Ok(Found::of(&page.into())?)
}

impl From<Offer> for OfferView {
    fn from(offer: Offer) -> Self {
        let Offer { product, variant } = offer;
        let Product { id: _, store: _, version: _, name: product_name, active: on_sale } = product;
        let Variant { id, product, version: _, sku, name, prices, tax_class, active, in_stock } =
            variant;
        let prices = prices.into_iter().map(MoneyView::from).collect();
        let active = active && on_sale;
        Self { id, product, product_name, name, sku, prices, tax_class, active, in_stock }
    }
}
