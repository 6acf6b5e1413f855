//! Carts in the storefront: of customers, and of visitors nobody knows.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post};
use axum::extract::State;
use galleria_app::carts::{self, CartDraft};
use galleria_app::visits::{self, BegunVisit};
use galleria_app::{Caller, Work, shipping_methods, unit};
use galleria_domain::Currency;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Created, Found, PageView, Result};
use crate::carts::{self as shared, CartView, Shopper, Shown};
use crate::extract::{Body, Kind, NoFilter, Params, StoreCaller, VisitCaller};
use crate::idempotency::once;
use crate::orders::OrderView;
use crate::problem::Problem;
use crate::shipping_methods::ShippingMethodView;
use crate::state::{HttpConfig, HttpState};

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/carts", post(create))
        .api_route("/carts/current", get(read_current))
        .api_route("/shipping-methods", get(list_shipping))
        .merge(shared::router::<StoreCaller>())
}

impl Shopper for StoreCaller {
    type Cart = CartView;
    type Order = OrderView;

    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn read(&self) -> Work {
        self.read()
    }

    fn write(&self) -> Work {
        self.write()
    }
}

/// A cart of one's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CartCreate {
    /// In which currency; the store's own, if none is named.
    #[schemars(with = "Option<String>")]
    currency: Option<Currency>,
}

/// A cart that was just made.
#[derive(JsonSchema, Serialize)]
pub(super) struct NewCartView {
    #[serde(flatten)]
    cart: CartView,
    /// What to send as `Galleria-Visit` for the cart to be found again, where there are no cookies;
    /// `null` for whoever is known already. Shown this once.
    visit_token: Option<String>,
}

async fn create(
    State(state): State<HttpState>,
    VisitCaller(caller): VisitCaller,
    body: Body<CartCreate>,
) -> Result<Created<NewCartView>> {
    let draft =
        CartDraft { currency: body.value.currency, is_current: true, ..CartDraft::default() };
    if !is_unknown(&caller) {
        return Ok(once!(body.once, caller.write(), work => {
            created(carts::create(work, &draft).await?.into(), None)
        })?);
    }
    // Without `Idempotency-Key`: the answer holds a token, and nobody misses an empty cart.
    let (begun, made) = unit!(caller.write(), work => {
        let begun = visits::begin(work).await?;
        Ok((begun, carts::create(work, &draft).await?))
    })?;
    let answer = created(made.into(), Some(&begun))?;
    Ok(with_cookie(answer, &begun, &state.config))
}

async fn read_current(caller: StoreCaller, _: Params<NoFilter>) -> Result<Found<CartView>> {
    let cart = unit!(caller.read(), work => carts::current(work).await)?;
    let cart = cart.ok_or_else(|| Problem::not_found("cart"))?;
    let version = cart.version;
    Ok(Found::of(&CartView::from(Shown::from(cart)))?.at_version(version))
}

async fn list_shipping(
    caller: StoreCaller,
    _: Params<NoFilter>,
) -> Result<Found<PageView<ShippingMethodView>>> {
    let items = unit!(caller.read(), work => shipping_methods::list_offered(work).await)?;
    let items = items.into_iter().map(ShippingMethodView::from).collect();
    Ok(Found::of(&PageView { items, next: None })?)
}

fn created(shown: Shown, begun: Option<&BegunVisit>) -> galleria_app::Result<Created<NewCartView>> {
    let (location, version) = (format!("/store/v1/carts/{}", shown.cart.id), shown.cart.version);
    let visit_token = begun.map(|begun| begun.token.as_str().to_owned());
    let view = NewCartView { cart: shown.into(), visit_token };
    Ok(Created::at(&location, &view)?.at_version(version))
}

/// Whether somebody asks of whom nothing is known, not even a visit.
pub(super) fn is_unknown(caller: &StoreCaller) -> bool {
    matches!(caller.caller.principal.actor, galleria_domain::Actor::Visitor(None))
}

/// The same answer, which lets the browser be known again.
pub(super) fn with_cookie<T, const STATUS: u16>(
    answer: Answer<T, STATUS>,
    begun: &BegunVisit,
    config: &HttpConfig,
) -> Answer<T, STATUS> {
    let max_age_s = visits::VISIT_LIFETIME.as_secs();
    answer.setting(config.cookies().set(Kind::Visit, begun.token.as_str(), max_age_s))
}
