//! What a cart costs: the catalogue's prices, then what plugins say stage by stage, then tax.

use std::collections::BTreeMap;

use galleria_domain::{
    Calculation, Cart, CartId, CartProblem, CartStatus, Customer, CustomerTraits, EventKind,
    FieldCode, FieldError, HookKind, LineId, LinePrices, OnFailure, PluginId, PriceSource,
    PricedShipping, Rate, ShippingMethod, Stage, TaxPlace, TaxRate, TotalsError, VariantId,
};
use galleria_storage::{shipping_methods, tax_rates};
use serde_json::json;

use super::access::{load, require_changed};
use super::{PricedCart, save, see, told, unavailable};
use crate::catalog::Offer;
use crate::error::{AppError, Result};
use crate::hooks::HookReply;
use crate::stores;
use crate::work::Work;

/// The most rates that a country can have in a store.
const RATES_MAX: u32 = 1_000;

/// Works out anew what a cart costs, and keeps that; one's own, or with
/// [`Permission::CartsWrite`](galleria_domain::Permission::CartsWrite).
pub async fn recalculate(work: &mut Work, id: &CartId) -> Result<PricedCart> {
    let before = load(work, id).await?;
    require_changed(work, &before.cart)?;
    let lines = before.cart.lines.clone();
    let priced = price(work, before.cart.clone(), false).await?;
    save(work, &before, &priced.cart).await?;
    if lines != priced.cart.lines {
        told(work, EventKind::CartRepriced, &priced.cart, &json!(null)).await?;
    }
    Ok(PricedCart { cart: see(work.caller(), priced.cart), ..priced })
}

/// What is asked about a cart on the way to its price.
struct Pricing<'a> {
    work: &'a mut Work,
    cart: Cart,
    customer: Option<Customer>,
    traits: CustomerTraits,
    problems: Vec<CartProblem>,
    degraded: Vec<PluginId>,
    placing: bool,
}

/// Works out what an open cart costs. What stands in the way of ordering it, it says; a plugin
/// that can't be asked is named in the totals.
pub(crate) async fn price(work: &mut Work, cart: Cart, placing: bool) -> Result<PricedCart> {
    if cart.status != CartStatus::Open {
        return Err(galleria_domain::CartError::Closed(cart.status).into());
    }
    let customer = match cart.customer() {
        Some(id) => Some(crate::customers::load(work, id).await?),
        None => None,
    };
    let mut pricing = Pricing {
        work,
        cart,
        customer,
        traits: CustomerTraits::default(),
        problems: Vec::new(),
        degraded: Vec::new(),
        placing,
    };
    pricing.follow_the_catalogue().await?;
    pricing.ask_traits().await?;
    pricing.work_out().await
}

impl Pricing<'_> {
    /// Takes the prices that the catalogue has now, and notes what can't be had any more.
    async fn follow_the_catalogue(&mut self) -> Result<()> {
        if self.cart.lines.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.cart.lines.iter().map(|line| line.variant.clone()).collect();
        let offers = self.work.app().catalog().get_many(self.work, &ids).await?;
        let offers: BTreeMap<VariantId, Offer> =
            offers.into_iter().map(|offer| (offer.variant.id.clone(), offer)).collect();
        let mut prices = LinePrices::new();
        for line in &self.cart.lines {
            let offer = offers.get(&line.variant);
            let on_sale = offer.filter(|offer| offer.product.active && offer.variant.active);
            let Some(offer) = on_sale else {
                self.problems.push(problem(&line.id, "not-on-sale", "is no longer on sale"));
                continue;
            };
            if !offer.variant.in_stock {
                self.problems.push(problem(&line.id, "out-of-stock", "is out of stock"));
            }
            match offer.variant.price_in(self.cart.currency) {
                Some(price) => drop(prices.insert(line.variant.clone(), price)),
                None if line.price_source == PriceSource::Catalog => {
                    let message = "isn't sold in this currency";
                    self.problems.push(problem(&line.id, "no-price", message));
                }
                None => {}
            }
        }
        let version = self.cart.version;
        if let Some(repriced) = self.cart.reprice(&prices, self.work.now())? {
            // Part of the change that is being priced.
            self.cart = Cart { version, ..repriced };
        }
        Ok(())
    }

    async fn ask_traits(&mut self) -> Result<()> {
        let hooks = self.work.app().hooks();
        let Some(customer) = &self.customer else { return Ok(()) };
        if !hooks.wants(self.work, HookKind::Traits) {
            return Ok(());
        }
        let id = customer.id.clone();
        let replies = hooks.traits(self.work, &id).await?;
        let known: Vec<_> = replies.into_iter().filter_map(|reply| self.answer(reply)).collect();
        self.traits = CustomerTraits::merged(known.into_iter().map(|(_, traits)| traits));
        Ok(())
    }

    /// What a plugin answered; if it failed, the cart is priced without it, and can't be ordered if
    /// the plugin's manifest wants it so.
    fn answer<T>(&mut self, reply: HookReply<T>) -> Option<(PluginId, T)> {
        match reply.outcome {
            Ok(answer) => Some((reply.plugin, answer)),
            Err(_) => {
                self.fail(&reply.plugin, reply.on_failure);
                None
            }
        }
    }

    fn fail(&mut self, plugin: &PluginId, on_failure: OnFailure) {
        if !self.degraded.contains(plugin) {
            self.degraded.push(plugin.clone());
        }
        let problem = unavailable(plugin);
        if on_failure == OnFailure::Closed && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    async fn work_out(mut self) -> Result<PricedCart> {
        let store = stores::current(self.work).await?;
        let rates = self.rates().await?;
        let method = self.shipping().await?;
        let place = self.cart.shipping.as_ref().or(self.cart.billing.as_ref());
        let place = place.map(|address| address.tax_place());
        let tax_of = |class: &str| rate_of(&rates, class, place);
        let shipping = method
            .map(|method| PricedShipping { price: method.price, tax: tax_of(&method.tax_class) });
        let exempt = self.customer.as_ref().is_some_and(|customer| customer.tax_exempt);
        let input = self.cart.pricing(store.price_mode, tax_of, shipping, &self.traits, exempt);
        let mut calculation = Calculation::begin(input).map_err(cannot)?;
        self.ask_stages(&mut calculation).await?;
        self.ask_whether_valid(&calculation).await?;
        for plugin in &self.degraded {
            calculation.degrade(plugin);
        }
        let totals = calculation.finish().map_err(cannot)?;
        let cart = self.cart.priced(totals, self.work.now())?;
        Ok(PricedCart { cart, problems: self.problems })
    }

    async fn ask_stages(&mut self, calculation: &mut Calculation) -> Result<()> {
        let hooks = self.work.app().hooks();
        if self.cart.lines.is_empty() || !hooks.wants(self.work, HookKind::Adjust) {
            return Ok(());
        }
        for stage in Stage::ALL {
            let view = self.view(calculation, *stage)?;
            for reply in hooks.adjust(self.work, &view, *stage).await? {
                let on_failure = reply.on_failure;
                let Some((plugin, proposed)) = self.answer(reply) else { continue };
                if let Err(rejected) = calculation.offer(*stage, &plugin, proposed) {
                    tracing::error!(%plugin, ?stage, ?rejected, "the plugin's adjustments can't be used");
                    self.fail(&plugin, on_failure);
                }
            }
        }
        Ok(())
    }

    async fn ask_whether_valid(&mut self, calculation: &Calculation) -> Result<()> {
        let hooks = self.work.app().hooks();
        if self.cart.lines.is_empty() || !hooks.wants(self.work, HookKind::ValidateCart) {
            return Ok(());
        }
        let view = self.view(calculation, Stage::Tender)?;
        for reply in hooks.validate_cart(self.work, &view).await? {
            if let Some((_, problems)) = self.answer(reply) {
                self.problems.extend(problems);
            }
        }
        Ok(())
    }

    fn view(&self, calculation: &Calculation, stage: Stage) -> Result<galleria_domain::CartView> {
        let running = calculation.so_far(stage).map_err(cannot)?;
        let verified =
            self.customer.as_ref().is_some_and(|customer| customer.email_verified_at.is_some());
        Ok(self.cart.view(running, self.traits.clone(), verified, self.placing))
    }

    /// The rates of the country that the cart is for; none while that isn't known.
    async fn rates(&mut self) -> Result<Vec<TaxRate>> {
        let place = self.cart.shipping.as_ref().or(self.cart.billing.as_ref());
        let Some(country) = place.map(|address| address.country) else { return Ok(Vec::new()) };
        let store = self.cart.store.clone();
        Ok(tax_rates::list(self.work.unit(), &store, Some(country), RATES_MAX).await?)
    }

    /// How the cart is sent, if it can be.
    async fn shipping(&mut self) -> Result<Option<ShippingMethod>> {
        let Some(id) = self.cart.shipping_method.clone() else { return Ok(None) };
        let store = self.cart.store.clone();
        let method = shipping_methods::get(self.work.unit(), &store, &id).await?;
        let country = self.cart.shipping.as_ref().map(|address| address.country);
        let amounts =
            self.cart.lines.iter().map(|line| line.unit_price.times(line.quantity.into()));
        let amounts: Vec<_> =
            amounts.collect::<Result<_, _>>().map_err(|error| cannot(error.into()))?;
        let subtotal = galleria_domain::Money::sum(self.cart.currency, amounts)
            .map_err(|error| cannot(error.into()))?;
        let refusal = match &method {
            None => "the shipping method is gone".to_owned(),
            Some(method) => match method.judge(country, subtotal) {
                Ok(()) => return Ok(Some(method.clone())),
                Err(refusal) => refusal.to_string(),
            },
        };
        self.problems.push(CartProblem { line: None, code: "shipping".into(), message: refusal });
        Ok(None)
    }
}

fn rate_of(rates: &[TaxRate], class: &str, place: Option<TaxPlace<'_>>) -> Rate {
    place.and_then(|place| TaxRate::choose(rates, class, place)).map_or(Rate::ZERO, |one| one.rate)
}

fn problem(line: &LineId, code: &str, message: &str) -> CartProblem {
    CartProblem { line: Some(line.clone()), code: code.to_owned(), message: message.to_owned() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn cannot(error: TotalsError) -> AppError {
    vec![FieldError::new("lines", FieldCode::Range, error.to_string())].into()
}
