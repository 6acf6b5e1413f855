//! Placing an order: one unit of work in which the cart is priced for the last time, plugins take
//! part, and the order becomes true, or nothing does.

use std::sync::Arc;

use galleria_domain::{
    CartError, CartId, CartProblem, CartStatus, CustomerTraits, Decision, EventKind, FieldCode,
    FieldError, HookKind, Money, OnFailure, Order, OrderDraft, OrderId, OrderSnapshot, OrderStart,
    Payment, PaymentId, PlacedVia, RunningTotals, Totals,
};
use galleria_storage::carts::StoredCart;
use galleria_storage::{StorageError, orders as stored, shipping_methods};
use serde_json::{Value, json};

use super::see::see;
use super::{customer, told};
use crate::app::App;
use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::payments::{Authorization, PaymentProvider, PaymentRefusal, PaymentRequest};
use crate::work::Work;
use crate::{audit, carts, checkout_links, impersonations, unit};

/// An order that is to be placed.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// What is ordered.
    pub cart: CartId,
    /// What is left to pay, as the client has seen it: an order never costs something else.
    pub confirmed: Money,
    /// Who gets the money; not needed where nothing is left to pay.
    pub provider: Option<String>,
    /// What the provider needs to know.
    pub data: Value,
    /// How it comes about.
    pub via: PlacedVia,
}

/// An order, placed now or before.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedOrder {
    /// The order.
    pub order: Order,
    /// Whether the cart had led to it already.
    pub is_repeated: bool,
    /// Where the customer goes to pay, if they have to.
    pub redirect_url: Option<String>,
}

/// Places an order. Placed twice, a cart answers with the same order.
///
/// Takes the [`App`] and not a [`Work`]: a payment provider is asked first, while nothing is held.
/// What it granted is given up if no order comes of it.
pub async fn place(app: &App, caller: &Caller, placement: &Placement) -> Result<PlacedOrder> {
    let seen = unit!(app.read(caller), work => look(work, placement).await)?;
    if let Some(order) = seen {
        let order = see(caller, order);
        return Ok(PlacedOrder { order, is_repeated: true, redirect_url: None });
    }
    let provider = provider(app, caller, placement)?;
    let granted = match &provider {
        Some(provider) => Some(authorize(provider.as_ref(), placement).await?),
        None => None,
    };
    let paying = granted.as_ref().zip(provider.as_deref());
    let placed = unit!(app.write(caller), work => settle(work, placement, paying).await);
    let is_used = placed.as_ref().is_ok_and(|placed| !placed.is_repeated);
    if let (false, Some(granted), Some(provider)) = (is_used, &granted, &provider)
        && let Err(error) = provider.void(&granted.authorization.reference).await
    {
        tracing::error!(%error, provider = provider.id(), "a payment that led to no order could not be given up");
    }
    placed.map(|placed| PlacedOrder { order: see(caller, placed.order), ..placed })
}

struct Granted {
    payment: PaymentId,
    authorization: Authorization,
}

/// A first look, before anybody is asked for money: the order that the cart has led to already.
async fn look(work: &mut Work, placement: &Placement) -> Result<Option<Order>> {
    let cart = carts::load(work, &placement.cart).await?.cart;
    carts::require_placed(work, &cart)?;
    if let Some(order) = ordered(work, &cart).await? {
        return Ok(Some(order));
    }
    if cart.lines.is_empty() {
        return Err(AppError::conflict("cart-empty", "there is nothing in the cart"));
    }
    match &cart.totals {
        Some(totals) => confirm(totals, placement.confirmed)?,
        None => return Err(AppError::conflict("totals-changed", "the cart was never priced")),
    }
    Ok(None)
}

async fn ordered(work: &mut Work, cart: &galleria_domain::Cart) -> Result<Option<Order>> {
    match cart.status {
        CartStatus::Open => Ok(None),
        CartStatus::Ordered => {
            let store = work.caller().store.clone();
            Ok(stored::find_by_cart(work.unit(), &store, &cart.id).await?)
        }
        status => Err(CartError::Closed(status).into()),
    }
}

/// Refuses what would cost anything else than the client has seen.
fn confirm(totals: &Totals, confirmed: Money) -> Result<()> {
    if totals.payable == confirmed {
        return Ok(());
    }
    let detail = format!("{} is left to pay, not {confirmed}", totals.payable);
    Err(AppError::conflict("totals-changed", detail))
}

fn provider(
    app: &App,
    caller: &Caller,
    placement: &Placement,
) -> Result<Option<Arc<dyn PaymentProvider>>> {
    if placement.confirmed.amount == 0 {
        return Ok(None);
    }
    let refused = |code, message: String| {
        AppError::Invalid(vec![FieldError::new("payment.provider", code, message)])
    };
    let Some(id) = &placement.provider else {
        return Err(refused(FieldCode::Required, "is required".to_owned()));
    };
    let providers = app.payments();
    let Some(provider) = providers.find(id) else {
        let message = format!("is none; there are {}", providers.ids().join(", "));
        return Err(refused(FieldCode::Unknown, message));
    };
    if provider.redirects_customer() && caller.principal.staff().is_some() {
        return Err(AppError::conflict(
            "payment-requires-customer",
            "only the customer can pay in this way; send them a checkout link",
        ));
    }
    Ok(Some(provider))
}

async fn authorize(provider: &dyn PaymentProvider, placement: &Placement) -> Result<Granted> {
    let payment = PaymentId::generate();
    let request = PaymentRequest {
        payment: payment.clone(),
        cart: placement.cart.clone(),
        amount: placement.confirmed,
        data: placement.data.clone(),
    };
    let authorization = provider.authorize(&request).await.map_err(refused)?;
    Ok(Granted { payment, authorization })
}

pub(super) fn refused(error: PaymentRefusal) -> AppError {
    match error {
        PaymentRefusal::Declined(detail) => AppError::conflict("payment-declined", detail),
        PaymentRefusal::Malformed(message) => {
            vec![FieldError::new("payment.data", FieldCode::Malformed, message)].into()
        }
        PaymentRefusal::Unavailable => {
            AppError::conflict("payment-unavailable", PaymentRefusal::Unavailable.to_string())
        }
    }
}

/// The unit of work in which the order becomes true.
async fn settle(
    work: &mut Work,
    placement: &Placement,
    paying: Option<(&Granted, &dyn PaymentProvider)>,
) -> Result<PlacedOrder> {
    let before = carts::load(work, &placement.cart).await?;
    carts::require_placed(work, &before.cart)?;
    if let Some(order) = ordered(work, &before.cart).await? {
        return Ok(PlacedOrder { order, is_repeated: true, redirect_url: None });
    }
    let priced = carts::price(work, before.cart.clone(), true).await?;
    require_ready(&before, &priced)?;
    let cart = priced.cart;
    let totals = cart.totals.clone().ok_or_else(|| AppError::Internal("unpriced".into()))?;
    confirm(&totals, placement.confirmed)?;
    let start = start(work, &cart, placement).await?;
    let mut order = Order::place(OrderSnapshot::of_cart(&cart, start)?);
    if let Some((granted, provider)) = paying {
        order = order.pay(payment(work, granted, provider, placement.confirmed))?;
    }
    ask(work, &cart, &order, placement.via).await?;
    stored::insert(work.unit(), &order).await.map_err(|error| match error {
        // Somebody else has just ordered it: run again, this unit answers with their order.
        StorageError::Taken(what) => StorageError::Again(what.into()).into(),
        error => AppError::from(error),
    })?;
    let closed = cart.close(order.snapshot().id.clone(), work.now())?;
    carts::save(work, &before, &closed).await?;
    checkout_links::revoke_all(work, &closed.id, "the cart was ordered").await?;
    impersonations::ordered(work, &order.snapshot().id).await?;
    tell(work, &closed, &order, paying.map(|(_, provider)| provider)).await?;
    let redirect_url = paying.and_then(|(granted, _)| granted.authorization.redirect_url.clone());
    Ok(PlacedOrder { order, is_repeated: false, redirect_url })
}

fn require_ready(before: &StoredCart, priced: &carts::PricedCart) -> Result<()> {
    let mut problems = priced.problems.clone();
    // A plugin that had made the cart cheaper, and can't be asked now, must not make it dearer
    // behind the customer's back.
    let counted_on = |plugin: &galleria_domain::PluginId| {
        let totals = before.cart.totals.as_ref();
        totals.is_some_and(|totals| {
            totals.adjustments.iter().any(|applied| applied.adjustment.plugin == *plugin)
        })
    };
    let degraded = priced.cart.totals.iter().flat_map(|totals| &totals.degraded);
    problems.extend(degraded.filter(|plugin| counted_on(plugin)).map(carts::unavailable));
    if before.cart.customer().is_none() && before.cart.email.is_none() {
        problems.push(CartProblem {
            line: None,
            code: "email-required".to_owned(),
            message: "an email is needed for the confirmation".to_owned(),
        });
    }
    if problems.is_empty() {
        return Ok(());
    }
    let errors = problems.iter().map(|problem| {
        let path = problem.line.as_ref().map_or("cart".to_owned(), |line| format!("lines.{line}"));
        FieldError::new(&path, FieldCode::Range, format!("{}: {}", problem.code, problem.message))
    });
    Err(AppError::Conflict {
        kind: "cart-not-ready",
        detail: problems[0].message.clone(),
        errors: errors.collect(),
    })
}

async fn start(
    work: &mut Work,
    cart: &galleria_domain::Cart,
    placement: &Placement,
) -> Result<OrderStart> {
    let method = match &cart.shipping_method {
        Some(id) => shipping_methods::get(work.unit(), &cart.store, id).await?,
        None => None,
    };
    let number = stored::take_number(work.unit()).await?;
    let caller = work.caller().clone();
    let by_staff = caller.principal.staff().is_some();
    let customer_ip = match (by_staff, cart.customer()) {
        (false, _) => caller.ip.clone(),
        // Never the agent's: where the customer was last seen (N43).
        (true, Some(id)) => {
            let customer = crate::customers::load(work, id).await?;
            customer.last_ip.map(|ip| ip.to_string())
        }
        (true, None) => None,
    };
    Ok(OrderStart {
        id: OrderId::generate(),
        number,
        shipping_method: method.map(|method| method.name),
        customer_ip,
        actor: caller.principal.actor.clone(),
        actor_ip: caller.ip.clone().filter(|_| by_staff),
        impersonation: caller.impersonation.clone(),
        placed_via: placement.via,
        placed_at: work.now(),
    })
}

fn payment(
    work: &Work,
    granted: &Granted,
    provider: &dyn PaymentProvider,
    amount: Money,
) -> Payment {
    Payment {
        id: granted.payment.clone(),
        provider: provider.id().to_owned(),
        amount,
        state: granted.authorization.state,
        reference: Some(granted.authorization.reference.clone()),
        at: work.now(),
    }
}

/// Lets plugins take part; any of them can refuse.
async fn ask(
    work: &mut Work,
    cart: &galleria_domain::Cart,
    order: &Order,
    via: PlacedVia,
) -> Result<()> {
    let hooks = work.app().hooks();
    if !hooks.wants(work, HookKind::BeforePlace) {
        return Ok(());
    }
    let snapshot = order.snapshot();
    let running = running(&snapshot.totals);
    let draft = OrderDraft {
        order: snapshot.id.clone(),
        number: snapshot.number,
        cart: cart.view(running, CustomerTraits::default(), false, true),
        totals: snapshot.totals.clone(),
        customer: snapshot.customer.clone(),
        placed_via: via,
    };
    for reply in hooks.before_place(work, &draft).await? {
        match reply.outcome {
            Ok(Decision::Allow) => {}
            Ok(Decision::Deny { code, message }) => {
                let path = format!("plugins.{}.{code}", reply.plugin);
                let errors = vec![FieldError::new(&path, FieldCode::Range, message.clone())];
                return Err(AppError::Conflict { kind: "order-refused", detail: message, errors });
            }
            // What a plugin was counted on for isn't left out, whatever its manifest says.
            Err(_)
                if reply.on_failure == OnFailure::Open && draft.own(&reply.plugin).is_empty() => {}
            Err(_) => {
                let problem = carts::unavailable(&reply.plugin);
                return Err(AppError::conflict("plugin-unavailable", problem.message));
            }
        }
    }
    Ok(())
}

/// The totals of an order as hooks are shown them.
fn running(totals: &Totals) -> RunningTotals {
    let lines = totals.lines.iter().map(|line| galleria_domain::RunningLine {
        line: line.line.clone(),
        before: line.part.before,
        left: line.part.before.plus(line.part.discount).unwrap_or(line.part.before),
    });
    let lines: Vec<_> = lines.collect();
    let left = Money::sum(totals.currency, lines.iter().map(|line| line.left));
    RunningTotals {
        subtotal: totals.subtotal,
        net_of_discounts: left.unwrap_or(totals.subtotal),
        lines,
        shipping: totals.shipping_totals.as_ref().map(|part| part.total),
        fees: totals.fees,
        due: Some(totals.total),
    }
}

async fn tell(
    work: &mut Work,
    cart: &galleria_domain::Cart,
    order: &Order,
    provider: Option<&dyn PaymentProvider>,
) -> Result<()> {
    let is_paid = order.progress().paid_at.is_some();
    let counts = provider.is_some_and(PaymentProvider::counts_as_purchase);
    told::tell(work, EventKind::OrderPlaced, order).await?;
    let detail = json!({ "order": order.snapshot().id });
    carts::told(work, EventKind::CartClosed, cart, &detail).await?;
    customer::ordered(work, order, is_paid || counts).await?;
    if is_paid {
        customer::paid(work, order).await?;
        told::tell(work, EventKind::OrderPaid, order).await?;
    }
    if work.caller().principal.staff().is_some() {
        let id = order.snapshot().id.clone();
        let detail = json!({ "cart": cart.id, "via": order.snapshot().placed_via });
        audit::append(work, "order.place", id.as_str(), &detail).await?;
    }
    Ok(())
}
