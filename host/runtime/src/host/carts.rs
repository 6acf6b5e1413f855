use std::time::Duration;

use galleria_app::AppError;
use galleria_app::carts::{self, CartAct, CartDraft, CartFilter, NewLine, PricedCart};
use galleria_app::checkout_links;
use galleria_domain::{
    Cart, CartId, CartOwner, CartStatus, CheckoutLink, FieldError, Instant, LineSchedule, LinkDraft,
};

use crate::bindings::imports::galleria::carts::{carts as wit, checkout_links as links};
use crate::bindings::imports::galleria::shared::faults::Fault;
use crate::bindings::imports::galleria::shared::values::PageRequest;
use crate::fault::HostError;
use crate::host::{HostFunction, page_request, parsed, parsed_if};
use crate::state::CallState;

impl wit::Host for CallState {
    async fn get(&mut self, id: String) -> Result<wit::Cart, HostError> {
        let work = self.enter(HostFunction::CartsGet)?;
        let answer = carts::get(work, &cart_id(&id)?).await;
        self.answer(answer).map(shown)
    }

    async fn list_page(
        &mut self,
        filter: wit::CartFilter,
        page: PageRequest,
    ) -> Result<wit::CartPage, HostError> {
        let work = self.enter(HostFunction::CartsListPage)?;
        let answer = match (wanted(&filter), page_request(&page)) {
            (Ok(filter), Ok(page)) => carts::list(work, &filter, &page).await,
            (Err(mistake), _) | (_, Err(mistake)) => Err(vec![mistake].into()),
        };
        let page = self.answer(answer)?;
        let next = page.next.map(|cursor| cursor.to_string());
        Ok(wit::CartPage { items: page.items.into_iter().map(shown).collect(), next })
    }

    async fn create(
        &mut self,
        customer: String,
        currency: Option<String>,
        current: bool,
    ) -> Result<wit::Cart, HostError> {
        let work = self.enter(HostFunction::CartsCreate)?;
        let draft = parsed("customer", &customer).and_then(|customer| {
            let currency = parsed_if("currency", currency.as_deref())?;
            Ok(CartDraft { customer: Some(customer), currency, is_current: current })
        });
        let answer = match draft {
            Ok(draft) => carts::create(work, &draft).await,
            Err(mistake) => Err(vec![mistake].into()),
        };
        self.answer(answer).map(|priced| shown(priced.cart))
    }

    async fn add_line(
        &mut self,
        cart: String,
        variant: String,
        quantity: u32,
    ) -> Result<wit::Cart, HostError> {
        let act = parsed("variant", &variant).map(|variant| {
            CartAct::AddLine(NewLine {
                variant: Some(variant),
                sku: None,
                quantity,
                schedule: LineSchedule::OneTime,
                options: serde_json::Map::new(),
            })
        });
        self.act(HostFunction::CartsAddLine, &cart, act).await
    }

    async fn set_quantity(
        &mut self,
        cart: String,
        line: String,
        quantity: u32,
    ) -> Result<wit::Cart, HostError> {
        let act = parsed("line", &line).map(|line| CartAct::SetQuantity { line, quantity });
        self.act(HostFunction::CartsSetQuantity, &cart, act).await
    }

    async fn apply_code(&mut self, cart: String, code: String) -> Result<wit::Cart, HostError> {
        self.act(HostFunction::CartsApplyCode, &cart, Ok(CartAct::ApplyCode(code))).await
    }

    async fn remove_code(&mut self, cart: String, code: String) -> Result<wit::Cart, HostError> {
        self.act(HostFunction::CartsRemoveCode, &cart, Ok(CartAct::RemoveCode(code))).await
    }
}

impl CallState {
    async fn act(
        &mut self,
        function: HostFunction,
        cart: &str,
        act: Result<CartAct, FieldError>,
    ) -> Result<wit::Cart, HostError> {
        let work = self.enter(function)?;
        let answer: Result<PricedCart, AppError> = match act {
            Ok(act) => carts::act(work, &cart_id(cart)?, &act, None).await,
            Err(mistake) => Err(vec![mistake].into()),
        };
        self.answer(answer).map(|priced| shown(priced.cart))
    }
}

impl links::Host for CallState {
    async fn send(
        &mut self,
        cart: String,
        lifetime_s: u64,
    ) -> Result<links::CheckoutLink, HostError> {
        let work = self.enter(HostFunction::CheckoutLinksSend)?;
        let draft = LinkDraft { lifetime: Duration::from_secs(lifetime_s), ..LinkDraft::default() };
        let answer = match checkout_links::create(work, &cart_id(&cart)?, &draft).await {
            Ok(made) => checkout_links::send(work, &made.link.id).await,
            Err(error) => Err(error),
        };
        self.answer(answer).map(shown_link)
    }

    async fn revoke(&mut self, id: String, reason: String) -> Result<(), HostError> {
        let work = self.enter(HostFunction::CheckoutLinksRevoke)?;
        let id = id.parse().map_err(|_| HostError::Fault(Fault::NotFound))?;
        let answer = checkout_links::revoke(work, &id, &reason).await;
        self.answer(answer)
    }
}

/// Text that is no id can't name a cart: the same answer as for one that isn't there.
fn cart_id(text: &str) -> Result<CartId, HostError> {
    text.parse().map_err(|_| HostError::Fault(Fault::NotFound))
}

fn wanted(filter: &wit::CartFilter) -> Result<CartFilter, FieldError> {
    let customer = parsed_if("filter.customer", filter.customer.as_deref())?;
    Ok(CartFilter {
        status: filter.status.map(status),
        owner: customer.map(CartOwner::Customer),
        agent: parsed_if("filter.agent", filter.agent.as_deref())?,
        variant: parsed_if("filter.variant", filter.variant.as_deref())?,
        updated_from: filter.updated_from.map(Instant::from_micros),
        abandoned: filter.abandoned,
        ..CartFilter::default()
    })
}

fn shown(cart: Cart) -> wit::Cart {
    let lines = cart.lines.into_iter().map(|line| wit::CartLine {
        id: line.id.into(),
        variant: line.variant.into(),
        product: line.product.into(),
        sku: line.sku,
        name: line.name,
        quantity: line.quantity,
        unit_price: line.unit_price.into(),
        one_time: line.schedule.is_one_time(),
    });
    let lines = lines.collect();
    let totals = cart.totals.as_ref();
    wit::Cart {
        id: cart.id.into(),
        version: cart.version,
        status: wit_status(cart.status),
        owner: match cart.owner {
            CartOwner::Customer(customer) => wit::CartOwner::Customer(customer.into()),
            CartOwner::Visitor(visit) => wit::CartOwner::Visitor(visit.into()),
        },
        is_current: cart.is_current,
        currency: cart.currency.to_string(),
        lines,
        codes: cart.codes,
        agent: cart.attribution.agent.map(Into::into),
        total: totals.map(|totals| totals.total.into()),
        payable: totals.map(|totals| totals.payable.into()),
        abandoned_at: cart.abandoned_at.map(Instant::as_micros),
        order: cart.order.map(Into::into),
        created_at: cart.created_at.as_micros(),
        updated_at: cart.updated_at.as_micros(),
    }
}

fn shown_link(link: CheckoutLink) -> links::CheckoutLink {
    links::CheckoutLink {
        id: link.id.into(),
        cart: link.cart.into(),
        created_at: link.created_at.as_micros(),
        expires_at: link.expires_at.as_micros(),
        revoked_at: link.revoked_at.map(Instant::as_micros),
        uses: link.uses,
    }
}

fn status(status: wit::CartStatus) -> CartStatus {
    match status {
        wit::CartStatus::Open => CartStatus::Open,
        wit::CartStatus::Ordered => CartStatus::Ordered,
        wit::CartStatus::Merged => CartStatus::Merged,
        wit::CartStatus::Expired => CartStatus::Expired,
        wit::CartStatus::Deleted => CartStatus::Deleted,
    }
}

fn wit_status(status: CartStatus) -> wit::CartStatus {
    match status {
        CartStatus::Open => wit::CartStatus::Open,
        CartStatus::Ordered => wit::CartStatus::Ordered,
        CartStatus::Merged => wit::CartStatus::Merged,
        CartStatus::Expired => wit::CartStatus::Expired,
        CartStatus::Deleted => wit::CartStatus::Deleted,
    }
}
