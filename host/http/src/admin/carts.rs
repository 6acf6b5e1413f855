//! Carts, for staff: those of everybody, and what only staff does to them.

use aide::axum::ApiRouter;
use aide::axum::routing::{get, post, put};
use galleria_app::carts::{self, CartAct, CartDraft, CartFilter};
use galleria_app::{Caller, Work, unit};
use galleria_domain::{
    CartId, CartLock, CartOwner, CartStatus, CountryCode, Currency, CustomerId, EmailAddress,
    FieldCode, Instant, Money, StaffId, VariantId, VisitId,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::{Created, Found, PageView, Result};
use crate::carts::{self as shared, Shopper, Shown, StaffCartView};
use crate::extract::{At, Body, IfMatch, Listing, StaffCaller};
use crate::idempotency::{Once, once};
use crate::orders::StaffOrderView;
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new()
        .api_route("/carts", get(list).post(create))
        .api_route("/customers/{customer}/carts", post(create_for))
        .api_route("/carts/{cart}/agent", put(set_agent))
        .api_route("/carts/{cart}/lock", put(set_lock))
        .merge(shared::router::<StaffCaller>())
}

impl Shopper for StaffCaller {
    type Cart = StaffCartView;
    type Order = StaffOrderView;

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

/// Which carts to list.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CartQuery {
    /// `open`, `ordered`, `merged`, `expired` or `deleted`.
    #[schemars(with = "Option<String>")]
    status: Option<CartStatus>,
    /// Whose they are: the id of a customer or of a visit.
    owner: Option<String>,
    /// Where their confirmation goes.
    email: Option<String>,
    /// Changed at this time or later.
    #[schemars(with = "Option<String>")]
    updated_from: Option<Instant>,
    /// Of so many minor units or more in `currency`.
    min_total: Option<i64>,
    /// The currency of `min_total`.
    #[schemars(with = "Option<String>")]
    currency: Option<Currency>,
    /// Open, and with this variant in them.
    #[schemars(with = "Option<String>")]
    product: Option<VariantId>,
    /// Put down to this member of the staff.
    #[schemars(with = "Option<String>")]
    agent: Option<StaffId>,
    /// Whether they were left lying about.
    abandoned: Option<bool>,
    /// Sent to this country, by its two letters.
    #[schemars(with = "Option<String>")]
    country: Option<CountryCode>,
}

/// A cart to be made for somebody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StaffCartCreate {
    /// Whose it is to be.
    #[schemars(with = "String")]
    customer: CustomerId,
    /// In which currency; the store's own, if none is named.
    #[schemars(with = "Option<String>")]
    currency: Option<Currency>,
    /// Whether its owner is to see it as their cart, in place of none.
    #[serde(default)]
    is_current: bool,
}

/// A cart to be made for the customer whom the path names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CustomerCartCreate {
    /// In which currency; the store's own, if none is named.
    #[schemars(with = "Option<String>")]
    currency: Option<Currency>,
    /// Whether its owner is to see it as their cart, in place of none.
    #[serde(default)]
    is_current: bool,
}

/// Whom a cart is put down to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgentSet {
    /// A member of the staff; `null`: nobody.
    #[schemars(with = "Option<String>")]
    agent: Option<StaffId>,
}

/// What can't be changed about a cart.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LockSet {
    /// `none`, or `lines`: lines, codes and prices.
    #[schemars(with = "String")]
    lock: CartLock,
}

async fn list(
    caller: StaffCaller,
    query: Listing<CartQuery>,
) -> Result<Found<PageView<StaffCartView>>> {
    let page = query.page.request()?;
    let filter = query.filter.into_filter()?;
    let page = unit!(caller.read(), work => carts::list(work, &filter, &page).await)?;
    Ok(Found::of(&page.into())?)
}

async fn create(
    caller: StaffCaller,
    body: Body<StaffCartCreate>,
) -> Result<Created<StaffCartView>> {
    let StaffCartCreate { customer, currency, is_current } = body.value;
    let draft = CartDraft { customer: Some(customer), currency, is_current };
    make(&caller, &draft, &body.once).await
}

async fn create_for(
    caller: StaffCaller,
    At(customer): At<CustomerId>,
    body: Body<CustomerCartCreate>,
) -> Result<Created<StaffCartView>> {
    let CustomerCartCreate { currency, is_current } = body.value;
    let draft = CartDraft { customer: Some(customer), currency, is_current };
    make(&caller, &draft, &body.once).await
}

async fn set_agent(
    caller: StaffCaller,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<AgentSet>,
) -> Result<Found<StaffCartView>> {
    let act = CartAct::SetAgent(body.value.agent);
    show(unit!(caller.write(), work => carts::act(work, &id, &act, expected).await)?)
}

async fn set_lock(
    caller: StaffCaller,
    At(id): At<CartId>,
    IfMatch(expected): IfMatch,
    body: Body<LockSet>,
) -> Result<Found<StaffCartView>> {
    let act = CartAct::SetLock(body.value.lock);
    show(unit!(caller.write(), work => carts::act(work, &id, &act, expected).await)?)
}

async fn make(
    caller: &StaffCaller,
    draft: &CartDraft,
    once: &Once,
) -> Result<Created<StaffCartView>> {
    Ok(once!(once, caller.write(), work => {
        let made = carts::create(work, draft).await?;
        let (location, version) = (format!("/admin/v1/carts/{}", made.cart.id), made.cart.version);
        Ok(Created::at(&location, &Shown::from(made).into())?.at_version(version))
    })?)
}

fn show(priced: carts::PricedCart) -> Result<Found<StaffCartView>> {
    let version = priced.cart.version;
    Ok(Found::of(&Shown::from(priced).into())?.at_version(version))
}

impl CartQuery {
    fn into_filter(self) -> Result<CartFilter> {
        let owner = self.owner.as_deref().map(owner).transpose()?;
        let email = self.email.as_deref().map(str::parse::<EmailAddress>).transpose();
        let email = email.map_err(|error| {
            Problem::invalid_at("email", FieldCode::Malformed, error.to_string())
        })?;
        let total_min = match (self.min_total, self.currency) {
            (Some(amount), Some(currency)) => Some(Money::new(amount, currency)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Problem::invalid_at("currency", FieldCode::Required, "is missing"));
            }
            (None, Some(_)) => {
                return Err(Problem::invalid_at("min_total", FieldCode::Required, "is missing"));
            }
        };
        Ok(CartFilter {
            status: self.status,
            owner,
            email,
            agent: self.agent,
            country: self.country,
            updated_from: self.updated_from,
            total_min,
            abandoned: self.abandoned,
            variant: self.product,
        })
    }
}

fn owner(text: &str) -> Result<CartOwner> {
    let customer = text.parse::<CustomerId>().map(CartOwner::Customer);
    customer.or_else(|_| text.parse::<VisitId>().map(CartOwner::Visitor)).map_err(|_| {
        Problem::invalid_at("owner", FieldCode::Malformed, "is no customer id and no visit id")
    })
}
