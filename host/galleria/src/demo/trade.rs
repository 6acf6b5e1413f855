//! What the demo's shop has sold and is about to sell: taxes, shipping, carts and orders, all made
//! through what the shop itself can do.

use galleria_app::carts::{CartAct, CartDraft, NewLine};
use galleria_app::customers::ImportedCustomer;
use galleria_app::orders::{Placement, RefundDraft};
use galleria_app::{App, Caller, Result, Work, carts, orders, shipping_methods, tax_rates, unit};
use galleria_domain::{
    Actor, AttributionMode, Cart, CartDetails, Change, Clicks, CustomerKind, IntervalUnit,
    LineSchedule, Money, Order, PlacedVia, PostalAddress, Rate, Rights, ShippingMethodChange,
    ShippingMethodId, StaffId, TaxRateChange,
};
use serde_json::{Map, Value, json};

use super::progress::{self, Progress};
use super::{DemoError, customers};

/// Country, and what is due on most things and on books, in thousandths: the rates of 2026, for
/// trying things out with.
#[rustfmt::skip]
const RATES: &[(&str, u32, u32)] = &[
    ("AT", 200, 100), ("BE", 210, 60), ("BG", 200, 90), ("CY", 190, 50), ("CZ", 210, 0),
    ("DE", 190, 70), ("DK", 250, 250), ("EE", 240, 90), ("ES", 210, 40), ("FI", 255, 135),
    ("FR", 200, 55), ("GR", 240, 60), ("HR", 250, 50), ("HU", 270, 50), ("IE", 230, 0),
    ("IT", 220, 40), ("LT", 210, 50), ("LU", 170, 30), ("LV", 210, 50), ("MT", 180, 50),
    ("NL", 210, 90), ("PL", 230, 50), ("PT", 230, 60), ("RO", 210, 110), ("SE", 250, 60),
    ("SI", 220, 50), ("SK", 230, 50),
];
/// Sales tax of California, in hundred-thousandths.
const CALIFORNIA: u32 = 7_250;

/// What became of a cart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// It is open, and the customer's own.
    Open,
    /// It is open, and an agent builds it.
    Agent,
    /// It was ordered, and isn't paid yet.
    Placed,
    /// It was ordered and paid.
    Paid,
    /// All of it was delivered.
    Completed,
    /// Some of it came back.
    Refunded,
    /// It was called off.
    Cancelled,
}

/// What is in a cart, and what became of it.
const CARTS: &[(&[(&str, u32)], Fate)] = &[
    (&[("PRT-WAVE-M", 1), ("FRM-GALLERY-OAK-M", 1)], Fate::Completed),
    (&[("BOK-BAUHAUS-HC", 1)], Fate::Paid),
    (&[("MUG-DOTS-BLU", 4), ("CRD-SET", 2)], Fate::Refunded),
    (&[("TSH-GRID-L", 2)], Fate::Placed),
    (&[("SCF-SILK", 1)], Fate::Cancelled),
    (&[("PRT-KISS-L", 1), ("GLS-MUSEUM-L", 1)], Fate::Completed),
    (&[("BOK-KIDS", 3), ("CAL-YEAR", 1)], Fate::Paid),
    (&[("BAG-TOTE-RED", 2)], Fate::Open),
    (&[("PEN-BRUSH-GRN", 1), ("CRD-NOTE-BLU", 5)], Fate::Open),
    (&[("PRT-PEARL-S", 12), ("MAT-WHITE-S", 12)], Fate::Agent),
    (&[("PZL-1000", 1)], Fate::Open),
    (&[("TKT-DAY-ADULT", 2), ("TKT-DAY-CHILD", 1), ("TKT-DAY-UNDER6", 1)], Fate::Completed),
];

/// Fills what isn't filled yet; `agent` is who of the staff helps customers.
pub(super) async fn fill(app: &App, host: &Caller, agent: &StaffId) -> Result<(), DemoError> {
    let parcel = fill_rates(app, host).await?;
    let people = people();
    let agent = Caller { principal: Actor::Staff(agent.clone()).into(), ..host.clone() };
    for (at, (skus, fate)) in CARTS.iter().enumerate() {
        let Some(customer) = people.get(at % people.len().max(1)) else { break };
        let shopper = shopper(host, customer);
        let by = if *fate == Fate::Agent { &agent } else { &shopper };
        let made = unit!(app.write(by), work => {
            let done = progress::read(work).await?.unwrap_or_default();
            if done.carts != Some(at) {
                return Ok(None);
            }
            let cart = fill_cart(work, customer, skus, *fate, parcel.as_ref()).await?;
            progress::write(work, &Progress { carts: Some(at + 1), ..done }).await?;
            Ok(Some(cart))
        })?;
        if let Some(cart) = made {
            befall(app, &shopper, &agent, &cart, *fate).await?;
        }
    }
    Ok(())
}

/// The taxes and the methods of shipping; answers the usual method.
async fn fill_rates(app: &App, host: &Caller) -> Result<Option<ShippingMethodId>, DemoError> {
    let parcel = unit!(app.write(host), work => {
        let done = progress::read(work).await?.unwrap_or_default();
        if done.carts.is_none() {
            for rate in rates() {
                tax_rates::create(work, &rate).await?;
            }
            for method in methods() {
                shipping_methods::create(work, &method).await?;
            }
            progress::write(work, &Progress { carts: Some(0), ..done }).await?;
        }
        let methods = shipping_methods::list(work).await?;
        Ok(methods.into_iter().next().map(|method| method.id))
    })?;
    Ok(parcel)
}

fn rates() -> Vec<TaxRateChange> {
    let rate = |name: &str, class: &str, country: &str, region: Option<&str>, ppm| TaxRateChange {
        name: Some(name.to_owned()),
        class: Some(class.to_owned()),
        country: Some(country.to_owned()),
        region: Change::set_if(region.map(str::to_owned)),
        rate: Some(Rate::from_parts_per_million(ppm)),
    };
    let european = RATES.iter().flat_map(|&(country, standard, reduced)| {
        [
            rate("VAT", "standard", country, None, standard * 1_000),
            rate("VAT, reduced", "reduced", country, None, reduced * 1_000),
        ]
    });
    let californian = ["standard", "reduced"]
        .map(|class| rate("Sales tax", class, "US", Some("CA"), CALIFORNIA * 10));
    european.chain(californian).collect()
}

fn methods() -> [ShippingMethodChange; 2] {
    let euro = |amount| {
        let currency = super::catalog::CURRENCIES[0].parse().expect("the shop's own currency");
        Some(Money::new(amount, currency))
    };
    let method = |name: &str, price| ShippingMethodChange {
        name: Some(name.to_owned()),
        price: euro(price),
        tax_class: Some("standard".to_owned()),
        ..ShippingMethodChange::default()
    };
    let express = ["AT", "CH", "DE", "FR", "IT", "LI", "LU", "NL"].map(str::to_owned).to_vec();
    [
        method("Parcel", 490),
        ShippingMethodChange { countries: Some(express), ..method("Express, next day", 1_490) },
    ]
}

/// Customers who can log in and have said where they live.
fn people() -> Vec<ImportedCustomer> {
    let buys = |customer: &ImportedCustomer| {
        customer.draft.kind == Some(CustomerKind::Registered)
            && customer.draft.active != Some(false)
            && customer.default_billing.is_some()
    };
    customers::all().into_iter().filter(buys).take(CARTS.len()).collect()
}

/// Somebody in the storefront.
fn shopper(host: &Caller, customer: &ImportedCustomer) -> Caller {
    Caller {
        principal: Actor::Customer(customer.id.clone()).into(),
        rights: Rights::of_customer(customer.id.clone()).into(),
        ip: Some("192.0.2.44".to_owned()),
        ..host.clone()
    }
}

async fn fill_cart(
    work: &mut Work,
    customer: &ImportedCustomer,
    skus: &[(&str, u32)],
    fate: Fate,
    parcel: Option<&ShippingMethodId>,
) -> Result<Cart> {
    let draft = CartDraft { customer: Some(customer.id.clone()), ..CartDraft::default() };
    let id = carts::create(work, &draft).await?.cart.id;
    for (sku, quantity) in skus {
        let line = NewLine {
            variant: None,
            sku: Some((*sku).to_owned()),
            quantity: *quantity,
            schedule: schedule(sku),
            options: Map::new(),
        };
        carts::act(work, &id, &CartAct::AddLine(line), None).await?;
    }
    if matches!(fate, Fate::Open) {
        let clicks = Clicks {
            utm_source: Some("newsletter".to_owned()),
            utm_campaign: Some("autumn".to_owned()),
            ..Clicks::default()
        };
        let act = CartAct::Attribute { clicks: clicks.into(), mode: AttributionMode::Replace };
        carts::act(work, &id, &act, None).await?;
    }
    let details = details(customer, parcel);
    let act = CartAct::SetDetails(Box::new(details));
    Ok(carts::act(work, &id, &act, None).await?.cart)
}

/// Brush pens come again and again; everything else is bought once.
fn schedule(sku: &str) -> LineSchedule {
    if sku.starts_with("PEN-") {
        LineSchedule::Every { count: 3, unit: IntervalUnit::Month, first_at: None }
    } else {
        LineSchedule::OneTime
    }
}

fn details(customer: &ImportedCustomer, parcel: Option<&ShippingMethodId>) -> CartDetails {
    let address = |at: Option<usize>| {
        let (_, draft) = customer.addresses.get(at?)?;
        PostalAddress::create(draft.clone()).ok()
    };
    CartDetails {
        email: Change::set_if(customer.draft.email.clone()),
        billing: Change::set_if(address(customer.default_billing)),
        shipping: Change::set_if(address(customer.default_shipping)),
        shipping_method: Change::set_if(parcel.cloned()),
        note: Change::Keep,
    }
}

/// Lets happen to a cart what is to become of it.
async fn befall(
    app: &App,
    shopper: &Caller,
    agent: &Caller,
    cart: &Cart,
    fate: Fate,
) -> Result<(), DemoError> {
    if matches!(fate, Fate::Open | Fate::Agent) {
        return Ok(());
    }
    let Some(totals) = &cart.totals else { return Ok(()) };
    let (provider, data) = match fate {
        Fate::Placed | Fate::Cancelled => ("manual", Value::Null),
        _ => ("test-card", json!({ "token": "ok" })),
    };
    let placement = Placement {
        cart: cart.id.clone(),
        confirmed: totals.payable,
        provider: Some(provider.to_owned()),
        data,
        via: PlacedVia::Storefront,
    };
    let order = orders::place(app, shopper, &placement).await?.order;
    let id = order.snapshot().id.clone();
    match fate {
        Fate::Completed => {
            unit!(app.write(agent), work => orders::complete(work, &id, None).await)?;
        }
        Fate::Cancelled => {
            unit!(app.write(agent), work => {
                orders::cancel(work, &id, "the customer has changed their mind", None).await
            })?;
        }
        Fate::Refunded => {
            orders::refund(app, agent, &id, &half_back(&order)).await?;
        }
        Fate::Open | Fate::Agent | Fate::Placed | Fate::Paid => {}
    }
    Ok(())
}

fn half_back(order: &Order) -> RefundDraft {
    RefundDraft {
        amount: order.snapshot().totals.payable.amount / 2,
        tendered: 0,
        lines: Vec::new(),
        reason: Some("two of them came broken".to_owned()),
        data: std::collections::BTreeMap::new(),
        key: Some("demo".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use galleria_domain::{ShippingMethod, StoreId, TaxRate, TaxRateId};

    use super::*;

    #[test]
    fn every_rate_and_method_is_one_that_the_shop_accepts() {
        let store = StoreId::from_bytes([1; 16]);
        let places: BTreeSet<_> = rates()
            .iter()
            .map(|rate| {
                let made = TaxRate::create(rate, TaxRateId::generate(), store.clone()).unwrap();
                (made.class, made.country, made.region)
            })
            .collect();
        assert_eq!(places.len(), 2 * 27 + 2);
        for method in methods() {
            let id = ShippingMethodId::generate();
            ShippingMethod::create(&method, id, store.clone()).unwrap();
        }
    }

    #[test]
    fn carts_hold_what_the_shop_sells_for_euros() {
        let all = super::super::catalog::all(&StoreId::from_bytes([1; 16]));
        let euro = "EUR".parse().unwrap();
        let sold: BTreeSet<_> = all
            .iter()
            .filter(|(product, _)| product.active)
            .flat_map(|(_, variants)| variants)
            .filter(|variant| variant.price_in(euro).is_some())
            .map(|variant| variant.sku.as_str())
            .collect();
        for (sku, _) in CARTS.iter().flat_map(|(skus, _)| *skus) {
            assert!(sold.contains(sku), "{sku}");
        }
        assert_eq!(people().len(), CARTS.len());
    }
}
