use galleria_app::orders::{self, OrderFilter};
use galleria_domain::{Instant, Money as DomainMoney, Order, OrderStatus};

use crate::bindings::imports::galleria::orders::orders as wit;
use crate::bindings::imports::galleria::shared::faults::Fault;
use crate::bindings::imports::galleria::shared::values::{Money, PageRequest};
use crate::fault::HostError;
use crate::host::{HostFunction, page_request, parsed_if};
use crate::state::CallState;

impl wit::Host for CallState {
    async fn get(&mut self, id: String) -> Result<wit::Order, HostError> {
        let work = self.enter(HostFunction::OrdersGet)?;
        let id = id.parse().map_err(|_| HostError::Fault(Fault::NotFound))?;
        let answer = orders::get(work, &id).await;
        self.answer(answer).map(|order| shown(&order))
    }

    async fn list_page(
        &mut self,
        filter: wit::OrderFilter,
        page: PageRequest,
    ) -> Result<wit::OrderPage, HostError> {
        let work = self.enter(HostFunction::OrdersListPage)?;
        let answer = match (wanted(&filter), page_request(&page)) {
            (Ok(filter), Ok(page)) => orders::list(work, &filter, &page).await,
            (Err(mistake), _) | (_, Err(mistake)) => Err(vec![mistake].into()),
        };
        let page = self.answer(answer)?;
        let next = page.next.map(|cursor| cursor.to_string());
        Ok(wit::OrderPage { items: page.items.iter().map(shown).collect(), next })
    }
}

fn wanted(filter: &wit::OrderFilter) -> Result<OrderFilter, galleria_domain::FieldError> {
    Ok(OrderFilter {
        customer: parsed_if("filter.customer", filter.customer.as_deref())?,
        email: None,
        status: filter.status.map(status),
        agent: parsed_if("filter.agent", filter.agent.as_deref())?,
        placed_from: filter.placed_from.map(Instant::from_micros),
    })
}

fn shown(order: &Order) -> wit::Order {
    let (snapshot, progress) = (order.snapshot(), order.progress());
    // Sums of what fits into 64 bits, and was checked when it was put down.
    let zero = DomainMoney::zero(snapshot.currency);
    let lines =
        snapshot.lines.iter().zip(&snapshot.totals.lines).map(|(line, sums)| wit::OrderLine {
            id: line.id.to_string(),
            variant: line.variant.to_string(),
            product: line.product.to_string(),
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price.into(),
            net: sums.part.net.into(),
            tax: sums.part.tax.into(),
            total: sums.part.total.into(),
        });
    wit::Order {
        id: snapshot.id.to_string(),
        number: snapshot.number,
        version: progress.version,
        status: wit_status(progress.status),
        customer: snapshot.customer.as_ref().map(ToString::to_string),
        cart: snapshot.cart.to_string(),
        agent: snapshot.attribution.agent.as_ref().map(ToString::to_string),
        lines: lines.collect(),
        tax: snapshot.totals.tax.into(),
        total: snapshot.totals.total.into(),
        payable: snapshot.totals.payable.into(),
        paid: order.paid().unwrap_or(zero).into(),
        refunded: order.refunded().unwrap_or(zero).into(),
        placed_at: snapshot.placed_at.as_micros(),
        paid_at: progress.paid_at.map(Instant::as_micros),
        completed_at: progress.completed_at.map(Instant::as_micros),
        cancelled_at: progress.cancelled_at.map(Instant::as_micros),
    }
}

impl From<DomainMoney> for Money {
    fn from(money: DomainMoney) -> Self {
        Self { amount: money.amount, currency: money.currency.to_string() }
    }
}

fn status(status: wit::OrderStatus) -> OrderStatus {
    match status {
        wit::OrderStatus::Placed => OrderStatus::Placed,
        wit::OrderStatus::Paid => OrderStatus::Paid,
        wit::OrderStatus::PartiallyRefunded => OrderStatus::PartiallyRefunded,
        wit::OrderStatus::Refunded => OrderStatus::Refunded,
        wit::OrderStatus::Cancelled => OrderStatus::Cancelled,
        wit::OrderStatus::Completed => OrderStatus::Completed,
    }
}

fn wit_status(status: OrderStatus) -> wit::OrderStatus {
    match status {
        OrderStatus::Placed => wit::OrderStatus::Placed,
        OrderStatus::Paid => wit::OrderStatus::Paid,
        OrderStatus::PartiallyRefunded => wit::OrderStatus::PartiallyRefunded,
        OrderStatus::Refunded => wit::OrderStatus::Refunded,
        OrderStatus::Cancelled => wit::OrderStatus::Cancelled,
        OrderStatus::Completed => wit::OrderStatus::Completed,
    }
}
