//! How carts are shown.

use std::collections::BTreeMap;

use galleria_app::carts::PricedCart;
use galleria_domain::{
    AddedBy, Attribution, Cart, CartId, CartLock, CartOrigin, CartOwner, CartProblem, CartStatus,
    Currency, CustomerId, Instant, IntervalUnit, Line, LineId, LineSchedule, OrderId, PluginId,
    PriceSource, ProductId, ShippingMethodId, StaffId, StoreId, VariantId, VisitId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clicks::ClicksBody;
use crate::money::MoneyView;
use crate::postal::PostalAddressView;
use crate::totals::TotalsView;

/// A cart that is to be shown.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The cart.
    pub(crate) cart: Cart,
    /// What stands in the way of ordering it; nothing is said if it wasn't priced just now.
    pub(crate) problems: Option<Vec<CartProblem>>,
}

/// A cart.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Cart")]
pub(crate) struct CartView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: CartId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// Of all its amounts.
    #[schemars(with = "String")]
    currency: Currency,
    /// Where the confirmation goes.
    email: Option<String>,
    /// `open`, `ordered`, `merged`, `expired` or `deleted`.
    #[schemars(with = "String")]
    status: CartStatus,
    /// Whether it is the one that its owner sees.
    is_current: bool,
    /// What is in it.
    lines: Vec<LineView>,
    /// The codes that were put in, folded and in capitals.
    codes: Vec<String>,
    /// Where the bill goes.
    billing: Option<PostalAddressView>,
    /// Where the parcel goes.
    shipping: Option<PostalAddressView>,
    /// How it goes there.
    #[schemars(with = "Option<String>")]
    shipping_method: Option<ShippingMethodId>,
    /// What the customer wants to say.
    note: Option<String>,
    /// What can't be changed about it: `none` or `lines`.
    #[schemars(with = "String")]
    lock: CartLock,
    /// What the customer wants of plugins, by their ids.
    #[schemars(with = "BTreeMap<String, Value>")]
    wishes: BTreeMap<PluginId, Value>,
    /// What it came to when it was last priced.
    totals: Option<TotalsView>,
    /// When that was; `null` if it has changed since.
    #[schemars(with = "Option<String>")]
    priced_at: Option<Instant>,
    /// What stands in the way of ordering it; `null` if it wasn't priced just now.
    problems: Option<Vec<CartProblemView>>,
    /// The order that was made of it.
    #[schemars(with = "Option<String>")]
    order: Option<OrderId>,
    /// When it was made.
    #[schemars(with = "String")]
    created_at: Instant,
    /// When it last changed.
    #[schemars(with = "String")]
    updated_at: Instant,
}

/// A cart, as staff sees it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StaffCart")]
pub(crate) struct StaffCartView {
    #[serde(flatten)]
    cart: CartView,
    /// The store that it is in.
    #[schemars(with = "String")]
    store: StoreId,
    /// The customer whose it is.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// Or else the visit of somebody unknown.
    #[schemars(with = "Option<String>")]
    visit: Option<VisitId>,
    /// `storefront`, `agent`, `link`, `api` or `import`.
    #[schemars(with = "String")]
    origin: CartOrigin,
    /// Who of the staff built it.
    #[schemars(with = "Option<String>")]
    opened_by: Option<StaffId>,
    /// What it is put down to.
    attribution: AttributionView,
    /// When it was found lying about.
    #[schemars(with = "Option<String>")]
    abandoned_at: Option<Instant>,
    /// The cart that it was poured into.
    #[schemars(with = "Option<String>")]
    merged_into: Option<CartId>,
}

/// A line of a cart or an order.
#[derive(JsonSchema, Serialize)]
pub(crate) struct LineView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: LineId,
    /// What is bought.
    #[schemars(with = "String")]
    variant: VariantId,
    /// What that is a variant of.
    #[schemars(with = "String")]
    product: ProductId,
    /// The merchant's code of it.
    sku: String,
    /// What it is called.
    name: String,
    /// How many.
    quantity: u32,
    /// What one costs.
    unit_price: MoneyView,
    /// Where that comes from: `catalog` or `manual`.
    price_source: &'static str,
    /// Once, or again and again.
    schedule: ScheduleBody,
    /// What the customer chose about it.
    options: Map<String, Value>,
    /// Who put it in: `customer`, `staff` or `link`.
    #[schemars(with = "String")]
    added_by: AddedBy,
}

/// Once, or again and again: `"one_time"`, or `{"every": {"count": 3, "unit": "month"}}`.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "LineSchedule")]
pub(crate) enum ScheduleBody {
    /// Once.
    #[default]
    OneTime,
    /// Again and again.
    Every {
        /// How many units of time between two deliveries, 1 to 1,000.
        count: u16,
        /// `day`, `week`, `month` or `year`.
        #[schemars(with = "String")]
        unit: IntervalUnit,
        /// When the first one is; with the order, if it isn't said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        first_at: Option<Instant>,
    },
}

/// Something that stands in the way of ordering a cart.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "CartProblem")]
pub(crate) struct CartProblemView {
    /// Which line it is about; the whole cart if `null`.
    #[schemars(with = "Option<String>")]
    line: Option<LineId>,
    /// What kind of problem, always the same.
    code: String,
    /// The problem in words.
    message: String,
}

/// What a cart or an order is put down to.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Attribution")]
pub(crate) struct AttributionView {
    /// The clicks that count.
    clicks: ClicksBody,
    /// Who set them last.
    set_by: Option<String>,
    /// When.
    #[schemars(with = "Option<String>")]
    set_at: Option<Instant>,
    /// The agent who built the cart or helped.
    #[schemars(with = "Option<String>")]
    agent: Option<StaffId>,
    /// Since when.
    #[schemars(with = "Option<String>")]
    agent_set_at: Option<Instant>,
}

impl From<PricedCart> for Shown {
    fn from(priced: PricedCart) -> Self {
        Self { cart: priced.cart, problems: Some(priced.problems) }
    }
}

impl From<Cart> for Shown {
    fn from(cart: Cart) -> Self {
        Self { cart, problems: None }
    }
}

impl From<Cart> for StaffCartView {
    fn from(cart: Cart) -> Self {
        Shown::from(cart).into()
    }
}

impl From<Shown> for CartView {
    // Who of the staff had a hand in it, and what it is put down to, isn't for customers' eyes.
    fn from(shown: Shown) -> Self {
        let Shown { cart, problems } = shown;
        let problems = problems.map(|list| list.into_iter().map(CartProblemView::from).collect());
        Self {
            id: cart.id,
            version: cart.version,
            currency: cart.currency,
            email: cart.email.map(|email| email.to_string()),
            status: cart.status,
            is_current: cart.is_current,
            lines: cart.lines.into_iter().map(LineView::from).collect(),
            codes: cart.codes,
            billing: cart.billing.map(PostalAddressView::from),
            shipping: cart.shipping.map(PostalAddressView::from),
            shipping_method: cart.shipping_method,
            note: cart.note,
            lock: cart.lock,
            wishes: cart.wishes,
            totals: cart.totals.map(TotalsView::from),
            priced_at: cart.priced_at,
            problems,
            order: cart.order,
            created_at: cart.created_at,
            updated_at: cart.updated_at,
        }
    }
}

impl From<Shown> for StaffCartView {
    fn from(shown: Shown) -> Self {
        let cart = &shown.cart;
        let visit = match &cart.owner {
            CartOwner::Visitor(visit) => Some(visit.clone()),
            CartOwner::Customer(_) => None,
        };
        Self {
            store: cart.store.clone(),
            customer: cart.customer().cloned(),
            visit,
            origin: cart.origin,
            opened_by: cart.opened_by.clone(),
            attribution: cart.attribution.clone().into(),
            abandoned_at: cart.abandoned_at,
            merged_into: cart.merged_into.clone(),
            cart: shown.into(),
        }
    }
}

impl From<Line> for LineView {
    fn from(line: Line) -> Self {
        Self {
            id: line.id,
            variant: line.variant,
            product: line.product,
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
            unit_price: line.unit_price.into(),
            price_source: match line.price_source {
                PriceSource::Catalog => "catalog",
                PriceSource::Manual(_) => "manual",
            },
            schedule: line.schedule.into(),
            options: line.options,
            added_by: line.added_by,
        }
    }
}

impl From<LineSchedule> for ScheduleBody {
    fn from(schedule: LineSchedule) -> Self {
        match schedule {
            LineSchedule::OneTime => Self::OneTime,
            LineSchedule::Every { count, unit, first_at } => Self::Every { count, unit, first_at },
        }
    }
}

impl From<ScheduleBody> for LineSchedule {
    fn from(body: ScheduleBody) -> Self {
        match body {
            ScheduleBody::OneTime => Self::OneTime,
            ScheduleBody::Every { count, unit, first_at } => Self::Every { count, unit, first_at },
        }
    }
}

impl From<CartProblem> for CartProblemView {
    fn from(problem: CartProblem) -> Self {
        let CartProblem { line, code, message } = problem;
        Self { line, code, message }
    }
}

impl From<Attribution> for AttributionView {
    fn from(attribution: Attribution) -> Self {
        let Attribution { clicks, set_by, set_at, agent, agent_set_at } = attribution;
        let set_by = set_by.map(|actor| actor.to_string());
        Self { clicks: clicks.into(), set_by, set_at, agent, agent_set_at }
    }
}
