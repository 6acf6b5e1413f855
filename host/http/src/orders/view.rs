//! How orders are shown.

use galleria_app::orders::PlacedOrder;
use galleria_domain::{
    Actor, CartId, Currency, CustomerId, ImpersonationId, Instant, LineId, Order, OrderId,
    OrderStatus, Payment, PaymentId, PaymentState, PlacedVia, Refund, RefundId, RefundLine,
    StoreId,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::Answer;
use crate::carts::{AttributionView, LineView};
use crate::money::MoneyView;
use crate::postal::PostalAddressView;
use crate::totals::TotalsView;

/// An order.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Order")]
pub(crate) struct OrderView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: OrderId,
    /// Grows with each change; also in `ETag`.
    version: u64,
    /// The number that people use.
    number: u64,
    /// `placed`, `paid`, `partially-refunded`, `refunded`, `cancelled` or `completed`.
    #[schemars(with = "String")]
    status: OrderStatus,
    /// Of all its amounts.
    #[schemars(with = "String")]
    currency: Currency,
    /// Where the confirmation went.
    email: Option<String>,
    /// The cart that it was made of.
    #[schemars(with = "String")]
    cart: CartId,
    /// What was bought.
    lines: Vec<LineView>,
    /// The codes that were put in.
    codes: Vec<String>,
    /// Where the bill goes.
    billing: Option<PostalAddressView>,
    /// Where the parcel goes.
    shipping: Option<PostalAddressView>,
    /// What the method of shipping was called.
    shipping_method: Option<String>,
    /// What the customer wanted to say.
    note: Option<String>,
    /// What it cost.
    totals: TotalsView,
    /// What was paid, or tried to be.
    payments: Vec<PaymentView>,
    /// What was given back.
    refunds: Vec<RefundView>,
    /// When it was placed.
    #[schemars(with = "String")]
    placed_at: Instant,
    /// When it was first paid in full.
    #[schemars(with = "Option<String>")]
    paid_at: Option<Instant>,
    /// When it was done.
    #[schemars(with = "Option<String>")]
    completed_at: Option<Instant>,
    /// When it was called off.
    #[schemars(with = "Option<String>")]
    cancelled_at: Option<Instant>,
    /// Why.
    cancel_reason: Option<String>,
}

/// An order, as staff sees it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "StaffOrder")]
pub(crate) struct StaffOrderView {
    #[serde(flatten)]
    order: OrderView,
    /// The store that it was placed in.
    #[schemars(with = "String")]
    store: StoreId,
    /// Who bought.
    #[schemars(with = "Option<String>")]
    customer: Option<CustomerId>,
    /// What it is put down to.
    attribution: AttributionView,
    /// The customer's own address on the network, if it is known; never that of staff.
    customer_ip: Option<String>,
    /// Who placed it.
    #[schemars(with = "String")]
    actor: Actor,
    /// Where from, if that was staff.
    actor_ip: Option<String>,
    /// The impersonation in which staff placed it.
    #[schemars(with = "Option<String>")]
    impersonation: Option<ImpersonationId>,
    /// `storefront`, `impersonation`, `agent-checkout` or `link`.
    #[schemars(with = "String")]
    placed_via: PlacedVia,
}

/// A payment, or the attempt at one.
#[derive(JsonSchema, Serialize)]
struct PaymentView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: PaymentId,
    /// Who carries it out.
    provider: String,
    /// How much.
    amount: MoneyView,
    /// `pending`, `authorized`, `paid`, `failed` or `cancelled`.
    #[schemars(with = "String")]
    state: PaymentState,
    /// What the provider calls it.
    reference: Option<String>,
    /// When it came to this state.
    #[schemars(with = "String")]
    at: Instant,
}

/// Something that was given back.
#[derive(JsonSchema, Serialize)]
struct RefundView {
    /// Names it for ever.
    #[schemars(with = "String")]
    id: RefundId,
    /// How much of what was paid.
    amount: MoneyView,
    /// How much of what was paid by other means.
    tendered: MoneyView,
    /// What it is for.
    lines: Vec<RefundLineView>,
    /// Why.
    reason: Option<String>,
    /// When.
    #[schemars(with = "String")]
    at: Instant,
}

/// A line that something was given back for.
#[derive(JsonSchema, Serialize)]
struct RefundLineView {
    /// Which one.
    #[schemars(with = "String")]
    line: LineId,
    /// For how many of it.
    quantity: u32,
    /// How much.
    amount: MoneyView,
}

/// An order that was placed, now or before.
#[derive(JsonSchema, Serialize)]
pub(crate) struct PlacedView<O> {
    /// The order.
    order: O,
    /// Whether the cart had led to it already.
    repeated: bool,
    /// Where the customer goes to pay, if they have to.
    redirect_url: Option<String>,
}

impl<O: From<Order> + Serialize> PlacedView<O> {
    /// The answer to whoever placed an order.
    pub(crate) fn answer(placed: PlacedOrder) -> galleria_app::Result<Answer<Self, 200>> {
        let PlacedOrder { order, is_repeated: repeated, redirect_url } = placed;
        let version = order.progress().version;
        let view = Self { order: order.into(), repeated, redirect_url };
        Ok(Answer::of(&view)?.at_version(version))
    }
}

impl From<Order> for OrderView {
    // Who of the staff had a hand in it, and what it is put down to, isn't for customers' eyes.
    fn from(order: Order) -> Self {
        let (snapshot, progress) = (order.snapshot().clone(), order.progress().clone());
        Self {
            id: snapshot.id,
            version: progress.version,
            number: snapshot.number,
            status: progress.status,
            currency: snapshot.currency,
            email: snapshot.email.map(|email| email.to_string()),
            cart: snapshot.cart,
            lines: snapshot.lines.into_iter().map(LineView::from).collect(),
            codes: snapshot.codes,
            billing: snapshot.billing.map(PostalAddressView::from),
            shipping: snapshot.shipping.map(PostalAddressView::from),
            shipping_method: snapshot.shipping_method,
            note: snapshot.note,
            totals: snapshot.totals.into(),
            payments: progress.payments.into_iter().map(PaymentView::from).collect(),
            refunds: progress.refunds.into_iter().map(RefundView::from).collect(),
            placed_at: snapshot.placed_at,
            paid_at: progress.paid_at,
            completed_at: progress.completed_at,
            cancelled_at: progress.cancelled_at,
            cancel_reason: progress.cancel_reason,
        }
    }
}

impl From<Order> for StaffOrderView {
    fn from(order: Order) -> Self {
        let snapshot = order.snapshot().clone();
        Self {
            order: order.into(),
            store: snapshot.store,
            customer: snapshot.customer,
            attribution: snapshot.attribution.into(),
            customer_ip: snapshot.customer_ip,
            actor: snapshot.actor,
            actor_ip: snapshot.actor_ip,
            impersonation: snapshot.impersonation,
            placed_via: snapshot.placed_via,
        }
    }
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        let Payment { id, provider, amount, state, reference, at } = payment;
        Self { id, provider, amount: amount.into(), state, reference, at }
    }
}

impl From<Refund> for RefundView {
    // What plugins are told about it is their own business, and who gave it back the staff's.
    fn from(refund: Refund) -> Self {
        let Refund { id, amount, tendered, lines, reason, at, actor: _, data: _ } = refund;
        let lines = lines.into_iter().map(RefundLineView::from).collect();
        Self { id, amount: amount.into(), tendered: tendered.into(), lines, reason, at }
    }
}

impl From<RefundLine> for RefundLineView {
    fn from(refunded: RefundLine) -> Self {
        let RefundLine { line, quantity, amount } = refunded;
        Self { line, quantity, amount: amount.into() }
    }
}
