//! What carts cost: T1 to T12, I5 and I6.

use std::collections::BTreeMap;
use std::sync::Arc;

use galleria_app::hooks::HookFailure;
use galleria_domain::{
    AdjustmentScope, CartView, LineId, Money, OnFailure, ProposedAdjustment, Stage,
};
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::scripted::{Script, Scripted};
use super::{
    Shopper, address, as_staff, card, euro, good, line_at, lines, made, money, place_for, refused,
    sell, set_store, tax,
};

fn script(host: &TestHost, adjust: Script, on_failure: OnFailure) {
    host.galleria.app().set_hooks(Arc::new(Scripted { adjust, on_failure }));
}

fn proposed(cart: &CartView, amount: i64, scope: AdjustmentScope) -> ProposedAdjustment {
    ProposedAdjustment {
        code: "off".to_owned(),
        scope,
        amount: Money::new(amount, cart.currency),
        label: BTreeMap::new(),
        data: Value::Null,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_every_currency_has_its_own_minor_units() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let codes = ["EUR", "JPY", "USD", "KWD", "CLF"];
        set_store(&host, &json!({ "currencies": codes })).await;
        let prices = codes.map(|code| (1_999, code));
        sell(&host, "MUG", &prices, "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        ada.add(&cart, "MUG", 3).await;
        for code in codes {
            let shown = good(&ada.client.patch(&cart, &json!({ "currency": code })).await);
            assert_eq!(shown["totals"]["payable"], money(5_997, code));
        }
        let unsold = ada.client.patch(&cart, &json!({ "currency": "CHF" })).await;
        assert_eq!(refused(&unsold, 422, "invalid"), ["currency"]);
        for unknown in ["XXX", "eur", ""] {
            let answer = ada.client.patch(&cart, &json!({ "currency": unknown })).await;
            assert_eq!(refused(&answer, 422, "invalid"), ["currency"], "{unknown}");
        }
        assert_eq!(good(&ada.client.get(&cart).await)["currency"], "CLF");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t2_i6_everything_in_a_cart_is_in_its_currency() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        set_store(&host, &json!({ "currencies": ["EUR", "USD"] })).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        sell(&host, "CAP", &[(1_000, "USD")], "standard").await;
        let owner = Client::owner(&host);
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let shown = ada.add(&cart, "MUG", 1).await;
        let before = test.dump().await["carts"].clone();
        let line = json!({ "sku": "CAP" });
        let answer = ada.client.post(&format!("{cart}/lines"), &line).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["variant"]);
        let answer = ada.client.patch(&cart, &json!({ "currency": "USD" })).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["lines.0"]);
        let path = as_staff(&line_at(&cart, &shown, "MUG"));
        let answer = owner.patch(&path, &json!({ "unit_price": money(900, "USD") })).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["unit_price"]);
        let answer = place_for(&ada.client, &cart, &money(1_000, "USD"), &card(), "k").await;
        refused(&answer, 409, "totals-changed");
        assert_eq!(test.dump().await["carts"], before);
        let method = json!({ "name": "Air", "price": money(500, "USD"), "tax_class": "standard" });
        let method = made(&owner.post("/admin/v1/shipping-methods", &method).await);
        let id = method.rsplit('/').next().unwrap();
        let shown = good(&ada.client.patch(&cart, &json!({ "shipping_method": id })).await);
        assert_eq!(shown["problems"][0]["code"], "shipping");
        assert_eq!(shown["totals"]["payable"], euro(1_000));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_cart_that_costs_too_much_is_refused_and_stays_as_it_was() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MOON", &[(i64::MAX / 9_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let path = format!("{cart}/lines");
        let answer = ada.client.post(&path, &json!({ "sku": "MOON", "quantity": 9_999 })).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["lines"]);
        let shown = good(&ada.client.get(&cart).await);
        assert_eq!((lines(&shown).len(), &shown["version"]), (0, &json!(1)));
        let shown = ada.add(&cart, "MOON", 8_000).await;
        assert_eq!(shown["totals"]["total"]["amount"], i64::MAX / 9_000 * 8_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_what_costs_nothing_is_ordered_without_a_payment() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        script(
            &host,
            |cart, stage| match stage {
                Stage::OrderDiscount => {
                    let all = -cart.running.net_of_discounts.amount;
                    vec![Ok(vec![proposed(cart, all, AdjustmentScope::Order)])]
                }
                _ => Vec::new(),
            },
            OnFailure::Closed,
        );
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let shown = ada.add(&cart, "MUG", 2).await;
        assert_eq!(shown["totals"]["order_discount"], euro(-2_000));
        assert_eq!(shown["totals"]["total"], euro(0));
        let order = good(&place_for(&ada.client, &cart, &euro(0), &Value::Null, "k").await);
        assert_eq!(
            (&order["order"]["status"], &order["order"]["payments"]),
            (&json!("paid"), &json!([]))
        );
        let customer = format!("/admin/v1/customers/{}", ada.id.unwrap());
        assert_eq!(good(&Client::owner(&host).get(&customer).await)["stage"], "customer");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t6_i5_a_discount_is_capped_and_its_shares_add_up() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "A", &[(333, "EUR")], "standard").await;
        sell(&host, "B", &[(334, "EUR")], "standard").await;
        script(
            &host,
            |cart, stage| match stage {
                Stage::OrderDiscount => vec![
                    Ok(vec![proposed(cart, -100, AdjustmentScope::Order)]),
                    Ok(vec![proposed(cart, -5_000, AdjustmentScope::Order)]),
                ],
                _ => Vec::new(),
            },
            OnFailure::Closed,
        );
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        ada.add(&cart, "A", 2).await;
        let totals = ada.add(&cart, "B", 1).await["totals"].clone();
        let payable = totals["payable"]["amount"].as_i64().unwrap();
        assert_eq!((payable, &totals["order_discount"]), (0, &euro(-1_000)));
        for adjustment in totals["adjustments"].as_array().unwrap() {
            let shares = adjustment["allocations"].as_array().unwrap().iter();
            let sum: i64 = shares.map(|share| share["amount"].as_i64().unwrap()).sum();
            assert_eq!(adjustment["amount"], euro(sum));
        }
        let of_lines = totals["lines"].as_array().unwrap().iter();
        let discounts: i64 =
            of_lines.map(|line| line["discount"]["amount"].as_i64().unwrap()).sum();
        assert_eq!(discounts, -1_000);
        let why = good(&ada.client.get(&format!("{cart}/explain")).await);
        explained(&why, payable);
        let by: Vec<_> =
            why["groups"].as_array().unwrap().iter().map(|group| &group["plugin"]).collect();
        assert!(by.contains(&&json!("one")) && by.contains(&&json!("two")), "{why}");
    })
    .await;
}

/// Goes through all steps of an explanation in their order: they have to lead to what is payable.
fn explained(why: &Value, payable: i64) {
    let groups = why["groups"].as_array().unwrap();
    let mut steps: Vec<_> =
        groups.iter().flat_map(|group| group["steps"].as_array().unwrap()).collect();
    steps.sort_by_key(|step| step["at"].as_u64());
    let number = |step: &Value, field: &str| step[field].as_i64().unwrap();
    let mut at = 0;
    for step in steps {
        assert_eq!(number(step, "before"), at);
        at += number(step, "amount");
        assert_eq!(number(step, "after"), at);
    }
    assert_eq!((at, &why["payable"]["amount"]), (payable, &json!(payable)));
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_prices_with_and_without_tax_come_to_the_same() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        tax(&host, "standard", "DE", 190_000).await;
        tax(&host, "reduced", "DE", 70_000).await;
        sell(&host, "GROSS", &[(1_190, "EUR")], "standard").await;
        sell(&host, "NET", &[(1_000, "EUR")], "standard").await;
        sell(&host, "BOOK-GROSS", &[(1_070, "EUR")], "reduced").await;
        sell(&host, "BOOK-NET", &[(1_000, "EUR")], "reduced").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let mut came_to = Vec::new();
        for (mode, mug, book) in [("incl", "GROSS", "BOOK-GROSS"), ("excl", "NET", "BOOK-NET")] {
            set_store(&host, &json!({ "price_mode": mode })).await;
            let cart = ada.cart().await;
            good(&ada.client.patch(&cart, &json!({ "shipping": address("DE") })).await);
            ada.add(&cart, mug, 3).await;
            let totals = ada.add(&cart, book, 1).await["totals"].clone();
            let figures = ["total", "tax", "payable"].map(|field| totals[field].clone());
            came_to.push((figures, totals["tax_lines"].clone()));
            assert_eq!(totals["price_mode"], mode);
            explained(&good(&ada.client.get(&format!("{cart}/explain")).await), 4_640);
            let exempt = format!("/admin/v1/customers/{}", ada.id.as_ref().unwrap());
            good(&owner.patch(&exempt, &json!({ "tax_exempt": true })).await);
            let priced = good(&ada.client.order(&format!("{cart}/recalculate")).await);
            assert_eq!(
                (&priced["totals"]["tax"], &priced["totals"]["total"]),
                (&euro(0), &euro(4_000))
            );
            good(&owner.patch(&exempt, &json!({ "tax_exempt": false })).await);
            assert_eq!(ada.client.delete(&cart).await.status, 204);
        }
        assert_eq!(came_to[0], came_to[1]);
        assert_eq!(came_to[0].0, [euro(4_640), euro(640), euro(4_640)]);
    })
    .await;
}

/// What no plugin may answer.
const NONSENSE: &[Script] = &[
    |cart, stage| in_orders(stage, || vec![proposed(cart, 1, AdjustmentScope::Order)]),
    |cart, stage| {
        let other = ProposedAdjustment {
            amount: Money::new(-1, "USD".parse().unwrap()),
            ..proposed(cart, -1, AdjustmentScope::Order)
        };
        in_orders(stage, || vec![other.clone()])
    },
    |cart, stage| in_orders(stage, || vec![proposed(cart, -1, AdjustmentScope::Order); 10_000]),
    |cart, stage| {
        in_orders(stage, || vec![proposed(cart, -1, AdjustmentScope::Line(LineId::generate()))])
    },
    |_, stage| match stage {
        Stage::OrderDiscount => vec![Err(HookFailure::Trapped)],
        _ => Vec::new(),
    },
];

fn in_orders(
    stage: Stage,
    answer: impl Fn() -> Vec<ProposedAdjustment>,
) -> Vec<Result<Vec<ProposedAdjustment>, HookFailure>> {
    if stage == Stage::OrderDiscount { vec![Ok(answer())] } else { Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn t9_nonsense_from_a_plugin_changes_no_price_and_the_cart_says_who_is_missing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        for (at, nonsense) in NONSENSE.iter().enumerate() {
            script(&host, *nonsense, OnFailure::Open);
            let cart = ada.cart().await;
            let shown = ada.add(&cart, "MUG", 1).await;
            assert_eq!(shown["totals"]["payable"], euro(1_000), "{at}");
            assert_eq!(shown["totals"]["degraded"], json!(["one"]), "{at}");
            assert_eq!(
                (&shown["totals"]["adjustments"], &shown["problems"]),
                (&json!([]), &json!([]))
            );
            script(&host, *nonsense, OnFailure::Closed);
            let priced = good(&ada.client.order(&format!("{cart}/recalculate")).await);
            assert_eq!(priced["problems"][0]["code"], "plugin-unavailable");
            refused(&ada.place(&cart, &card()).await, 409, "cart-not-ready");
            script(&host, *nonsense, OnFailure::Open);
            good(&ada.client.order(&format!("{cart}/recalculate")).await);
            let placed =
                place_for(&ada.client, &cart, &euro(1_000), &card(), &format!("k{at}")).await;
            assert_eq!(good(&placed)["order"]["status"], "paid");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t11_an_order_never_costs_something_else_than_was_confirmed() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        let method = json!({ "name": "Parcel", "price": euro(500), "tax_class": "standard" });
        let method = made(&owner.post("/admin/v1/shipping-methods", &method).await);
        let id = method.rsplit('/').next().unwrap();
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        ada.add(&cart, "MUG", 1).await;
        good(&ada.client.patch(&cart, &json!({ "shipping_method": id })).await);
        let answer = place_for(&ada.client, &cart, &euro(1_000), &card(), "too little").await;
        refused(&answer, 400, "malformed");
        let answer = place_for(&ada.client, &cart, &euro(1_000), &card(), "too-little").await;
        refused(&answer, 409, "totals-changed");
        // Dearer between the look and the order.
        good(&owner.patch(&method, &json!({ "price": euro(600) })).await);
        let answer = place_for(&ada.client, &cart, &euro(1_500), &card(), "dearer").await;
        refused(&answer, 409, "totals-changed");
        assert_eq!(good(&ada.client.get(&cart).await)["status"], "open");
        assert_eq!(good(&owner.get(super::ORDERS).await)["items"], json!([]));
        let priced = good(&ada.client.order(&format!("{cart}/recalculate")).await);
        assert_eq!(priced["totals"]["payable"], euro(1_600));
        let placed = place_for(&ada.client, &cart, &euro(1_600), &card(), "right").await;
        assert_eq!(good(&placed)["order"]["totals"]["payable"], euro(1_600));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_a_quantity_is_1_to_9999_and_0_takes_the_line_out() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(10, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let shown = ada.add(&cart, "MUG", 9_998).await;
        let line = line_at(&cart, &shown, "MUG");
        let path = format!("{cart}/lines");
        for (quantity, path_of_it) in [
            (json!(0), "quantity"),
            (json!(2), "quantity"),
            (json!(10_000), "quantity"),
            (json!(-1), "quantity"),
        ] {
            let answer =
                ada.client.post(&path, &json!({ "sku": "MUG", "quantity": quantity })).await;
            assert_eq!(refused(&answer, 422, "invalid"), [path_of_it], "{quantity}");
        }
        for quantity in [json!(10_000), json!(-1), json!(1.5), json!("1"), json!(4_294_967_296_u64)]
        {
            let answer = ada.client.patch(&line, &json!({ "quantity": quantity })).await;
            assert_eq!(refused(&answer, 422, "invalid"), ["quantity"], "{quantity}");
        }
        assert_eq!(lines(&good(&ada.client.get(&cart).await)), [("MUG".to_owned(), 9_998)]);
        assert_eq!(ada.add(&cart, "MUG", 1).await["lines"][0]["quantity"], 9_999);
        let shown = good(&ada.client.patch(&line, &json!({ "quantity": 0 })).await);
        assert_eq!((lines(&shown).len(), &shown["totals"]["payable"]), (0, &euro(0)));
        refused(&ada.client.patch(&line, &json!({ "quantity": 1 })).await, 404, "not-found");
    })
    .await;
}
