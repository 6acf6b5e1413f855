//! Plugins that take part in the shop's own units of work, and are told of what came of them.

mod events;
mod failures;
mod jobs;
mod order;

use std::collections::BTreeMap;

use galleria_app::events::append;
use galleria_app::hooks::{HookFailure, HookReply};
use galleria_app::{Caller, Result, Work};
use galleria_domain::{
    Calculation, CartId, CartView, Currency, CustomerTraits, EventKind, LineId, Money, NewEvent,
    OrderDraft, OrderId, PlacedVia, PluginId, PriceMode, PricedLine, PricingInput, ProductId, Rate,
    Stage, VariantId, ViewLine,
};
use galleria_tests::component::{manifest, with_manifest};
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::{Value, json};

/// The plugin of the tests under another id, and with another priority for its hooks.
fn twin(id: &str, priority: u16) -> Vec<u8> {
    let mut twin = manifest(&components().hooking);
    id.clone_into(&mut twin.id);
    if let Some(hook) = &mut twin.hooks.adjust {
        hook.priority = priority;
    }
    if let Some(hook) = &mut twin.hooks.before_place {
        hook.priority = priority;
    }
    with_manifest(&components().hooking, &twin)
}

/// What a plugin counted, as it says itself.
async fn notes(host: &TestHost, plugin: &str) -> BTreeMap<String, i64> {
    let (mut notes, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = host.get(&format!("/store/v1/x/{plugin}/notes?limit=100{cursor}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        for note in page["items"].as_array().unwrap() {
            for (id, count) in note.as_object().unwrap() {
                notes.insert(id.clone(), count.as_i64().unwrap());
            }
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return notes,
        }
    }
}

/// A cart of one line in euros, in which each of these plugins is wished something.
fn cart(caller: &Caller, wishes: &[(&str, &str)]) -> CartView {
    let currency: Currency = "EUR".parse().unwrap();
    let line = LineId::generate();
    let price = Money::new(1_000, currency);
    let wish = |(plugin, what): &(&str, &str)| {
        (plugin.parse::<PluginId>().unwrap(), json!({ "do": what }))
    };
    CartView {
        cart: CartId::generate(),
        version: 1,
        store: caller.store.clone(),
        currency,
        customer: None,
        email_verified: false,
        lines: vec![ViewLine {
            id: line.clone(),
            variant: VariantId::generate(),
            product: ProductId::generate(),
            sku: "ABC".to_owned(),
            quantity: 1,
            unit_price: price,
            net_so_far: price,
            one_time: true,
        }],
        codes: Vec::new(),
        wishes: wishes.iter().map(wish).collect(),
        shipping: None,
        running: calculation(&line, price).so_far(Stage::OrderDiscount).unwrap(),
        traits: CustomerTraits::default(),
        placing: false,
    }
}

fn calculation(line: &LineId, price: Money) -> Calculation {
    let line = PricedLine {
        id: line.clone(),
        quantity: 1,
        unit_price: price,
        tax: Rate::from_parts_per_million(200_000),
    };
    Calculation::begin(PricingInput {
        currency: price.currency,
        price_mode: PriceMode::Incl,
        lines: vec![line],
        shipping: None,
        tax_exempt: false,
        free_shipping: false,
        line_discount: Rate::default(),
    })
    .unwrap()
}

/// An order of that cart, about to be placed.
fn draft(cart: CartView) -> OrderDraft {
    let (line, price) = (cart.lines[0].id.clone(), cart.lines[0].unit_price);
    OrderDraft {
        order: OrderId::generate(),
        number: 7,
        totals: calculation(&line, price).finish().unwrap(),
        customer: None,
        placed_via: PlacedVia::Storefront,
        cart,
    }
}

/// Says that something happened to a thing, whose version is then this one.
async fn tell(work: &mut Work, aggregate: &str, version: u64, payload: Value) -> Result<()> {
    let kind = EventKind::OrderPaid;
    append(work, NewEvent { kind, aggregate, aggregate_version: version, payload }).await
}

/// How each plugin failed; nothing for those that answered.
fn failures<T>(replies: &[HookReply<T>]) -> Vec<(String, Option<HookFailure>)> {
    let failure =
        |reply: &HookReply<T>| (reply.plugin.to_string(), reply.outcome.as_ref().err().cloned());
    replies.iter().map(failure).collect()
}
