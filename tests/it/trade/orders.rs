//! Orders: T10, T61, T67 to T69, I4 and I12.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::{
    CARTS, ORDERS, STORE_CARTS, Shopper, address, as_staff, card, euro, good, made, place,
    place_for, refused, sell,
};

/// A cart of theirs with this many mugs in it.
async fn filled(shopper: &Shopper<'_>, quantity: u32) -> String {
    let cart = shopper.cart().await;
    shopper.add(&cart, "MUG", quantity).await;
    cart
}

/// The path of an order on the staff's side.
fn order_at(placed: &Value) -> String {
    format!("{ORDERS}/{}", placed["order"]["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn t61_i4_a_cart_that_is_placed_twenty_times_at_once_is_ordered_once() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = filled(&ada, 1).await;
        let place_it = async |at: usize| {
            // Half of them are one request that is sent again, the others know nothing of it.
            let key = if at.is_multiple_of(2) { "same".to_owned() } else { format!("key-{at}") };
            place_for(&ada.client, &cart, &euro(1_000), &card(), &key).await
        };
        let answers = futures_util::future::join_all((0..20).map(place_it)).await;
        let orders: Vec<_> = answers.iter().map(|answer| good(answer)["order"].clone()).collect();
        assert!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
        assert_eq!(
            (&orders[0]["status"], orders[0]["payments"].as_array().map(Vec::len)),
            (&json!("paid"), Some(1))
        );
        let all = good(&Client::owner(&host).get(ORDERS).await);
        assert_eq!(all["items"].as_array().map(Vec::len), Some(1));
        let closed = good(&ada.client.get(&cart).await);
        assert_eq!((&closed["status"], &closed["order"]), (&json!("ordered"), &orders[0]["id"]));
        let events =
            good(&Client::owner(&host).get("/admin/v1/events?kind=order.placed&wait=20").await);
        assert_eq!(events["items"].as_array().map(Vec::len), Some(1), "{events}");
        let customer = format!("/admin/v1/customers/{}", ada.id.unwrap());
        assert_eq!(good(&Client::owner(&host).get(&customer).await)["orders_count"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_needs_a_key_something_in_the_cart_and_a_payment() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let empty = place_for(&ada.client, &cart, &euro(0), &Value::Null, "a").await;
        refused(&empty, 409, "cart-empty");
        ada.add(&cart, "MUG", 1).await;
        let body = json!({ "payable": euro(1_000), "payment": card() });
        refused(&ada.client.post(&format!("{cart}/place"), &body).await, 400, "malformed");
        for (payment, path) in [
            (Value::Null, "payment.provider"),
            (json!({ "provider": "none" }), "payment.provider"),
            (json!({ "provider": "test-card" }), "payment.data"),
            (json!({ "provider": "test-card", "data": { "token": "gold" } }), "payment.data"),
        ] {
            let answer = place_for(&ada.client, &cart, &euro(1_000), &payment, "b").await;
            assert_eq!(refused(&answer, 422, "invalid"), [path], "{payment}");
        }
        let declined = json!({ "provider": "test-card", "data": { "token": "declined" } });
        let answer = place_for(&ada.client, &cart, &euro(1_000), &declined, "c").await;
        refused(&answer, 409, "payment-declined");
        assert_eq!(good(&ada.client.get(&cart).await)["status"], "open");
        good(&place_for(&ada.client, &cart, &euro(1_000), &card(), "d").await);
        let other = place_for(&ada.client, &cart, &euro(999), &card(), "d").await;
        refused(&other, 422, "idempotency-mismatch");
        let again = place_for(&ada.client, &cart, &euro(1_000), &card(), "d").await;
        assert_eq!(
            (again.status, &again.headers["idempotent-replayed"]),
            (200, &"true".parse().unwrap())
        );
        // Somebody unknown has to say where the confirmation goes.
        let (visitor, cart) = Shopper::visit(&host).await;
        visitor.add(&cart, "MUG", 1).await;
        assert_eq!(refused(&visitor.place(&cart, &card()).await, 409, "cart-not-ready"), ["cart"]);
        good(&visitor.client.patch(&cart, &json!({ "email": "eve@example.com" })).await);
        let placed = place_for(&visitor.client, &cart, &euro(1_000), &card(), "e").await;
        assert_eq!(good(&placed)["order"]["email"], "eve@example.com");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_no_more_is_given_back_than_was_paid() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let cart = filled(&ada, 3).await;
        let placed = good(&ada.place(&cart, &card()).await);
        let order = order_at(&placed);
        let refunds = format!("{order}/refunds");
        let before = test.dump().await["orders"].clone();
        for amount in [0, -1, 3_001, i64::MIN] {
            let answer = owner.post(&refunds, &json!({ "amount": amount })).await;
            refused(&answer, 409, "refund-amount");
        }
        let line = placed["order"]["lines"][0]["id"].clone();
        for (quantity, amount) in [(4, 1_000), (1, 1_001), (1, -1)] {
            let lines = json!([{ "line": line, "quantity": quantity, "amount": amount }]);
            let answer = owner.post(&refunds, &json!({ "amount": 1_000, "lines": lines })).await;
            assert!(!refused(&answer, 422, "invalid").is_empty(), "{quantity} {amount}");
        }
        assert_eq!(test.dump().await["orders"], before);
        let keyed = owner.with("idempotency-key", "refund-1");
        let part =
            json!({ "amount": 1_000, "lines": [{ "line": line, "quantity": 1, "amount": 1_000 }] });
        for _ in 0..2 {
            let refunded = good(&keyed.post(&refunds, &part).await);
            assert_eq!(refunded["status"], "partially-refunded");
            assert_eq!(refunded["refunds"].as_array().map(Vec::len), Some(1));
        }
        refused(&owner.post(&refunds, &json!({ "amount": 2_001 })).await, 409, "refund-amount");
        let rest =
            good(&owner.post(&refunds, &json!({ "amount": 2_000, "reason": "broken" })).await);
        assert_eq!(rest["status"], "refunded");
        refused(&owner.post(&refunds, &json!({ "amount": 1 })).await, 409, "order-status");
        refused(&owner.order(&format!("{order}/complete")).await, 409, "order-status");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_by_hand_completed_or_called_off() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let cart = filled(&ada, 2).await;
        let placed = good(&ada.place(&cart, &json!({ "provider": "manual" })).await);
        let order = order_at(&placed);
        assert_eq!(placed["order"]["status"], "placed");
        refused(&owner.order(&format!("{order}/complete")).await, 409, "order-status");
        let payment =
            format!("{order}/payments/{}", placed["order"]["payments"][0]["id"].as_str().unwrap());
        let failed = good(&owner.patch(&payment, &json!({ "state": "failed" })).await);
        assert_eq!(failed["status"], "placed");
        let answer = owner.patch(&payment, &json!({ "state": "paid" })).await;
        refused(&answer, 409, "payment-state");
        let payments = format!("{order}/payments");
        for (amount, kind) in [
            (euro(0), "payment-amount"),
            (euro(2_001), "payment-amount"),
            (super::money(1, "USD"), "money"),
        ] {
            refused(&owner.post(&payments, &json!({ "amount": amount })).await, 409, kind);
        }
        let keyed = owner.with("idempotency-key", "half");
        let half = json!({ "amount": euro(1_000), "reference": "bank-1" });
        for _ in 0..2 {
            assert_eq!(good(&keyed.post(&payments, &half).await)["status"], "placed");
        }
        let seen = owner.get(&order).await;
        assert_eq!(
            good(&owner.post(&payments, &json!({ "amount": euro(1_000) })).await)["status"],
            "paid"
        );
        refused(&owner.having_seen(&seen).order(&format!("{order}/complete")).await, 412, "stale");
        assert_eq!(good(&owner.order(&format!("{order}/complete")).await)["status"], "completed");
        let answer = owner.post(&format!("{order}/cancel"), &json!({ "reason": "late" })).await;
        refused(&answer, 409, "order-status");
        let customer =
            good(&owner.get(&format!("/admin/v1/customers/{}", ada.id.clone().unwrap())).await);
        assert_eq!(customer["total_spent"], json!([euro(2_000)]));
        let other = filled(&ada, 1).await;
        let payable = json!({ "provider": "manual" });
        let placed = good(&place_for(&ada.client, &other, &euro(1_000), &payable, "other").await);
        let cancel = format!("{}/cancel", order_at(&placed));
        assert_eq!(
            good(&owner.post(&cancel, &json!({ "reason": "late" })).await)["cancel_reason"],
            "late"
        );
        let own = good(&ada.client.get("/store/v1/me/orders").await);
        let statuses: Vec<_> = own["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["status"].as_str().unwrap())
            .collect();
        assert_eq!(statuses, ["cancelled", "completed"]);
        let eve = Shopper::register(&host, "eve@example.com").await;
        let path = format!("/store/v1/me/orders/{}", placed["order"]["id"].as_str().unwrap());
        assert_eq!(ada.client.get(&path).await.status, 200);
        refused(&eve.client.get(&path).await, 404, "not-found");
        for (query, count) in
            [("status=cancelled", 1), ("status=paid", 0), ("email=ada@example.com", 0)]
        {
            let found = good(&owner.get(&format!("{ORDERS}?{query}")).await);
            assert_eq!(found["items"].as_array().map(Vec::len), Some(count), "{query}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t67_i12_what_was_ordered_never_changes() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        super::tax(&host, "standard", "CH", 81_000).await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let method = json!({ "name": "Parcel", "price": euro(500), "tax_class": "standard" });
        let method = made(&owner.post("/admin/v1/shipping-methods", &method).await);
        let cart = filled(&ada, 1).await;
        let details = json!({
            "billing": address("CH"), "shipping": address("CH"), "note": "ring twice",
            "shipping_method": method.rsplit('/').next().unwrap(),
        });
        good(&ada.client.patch(&cart, &details).await);
        let clicks = json!({ "clicks": { "utm_source": "mail", "metadata": { "a": "b" } } });
        good(&ada.client.put(&format!("{cart}/attribution"), &clicks).await);
        let placed = good(&ada.place(&cart, &card()).await);
        let order = order_at(&placed);
        let before = good(&owner.get(&order).await);
        assert_eq!(before["attribution"]["clicks"], clicks["clicks"]);
        assert_eq!(
            (&before["shipping_method"], &before["note"]),
            (&json!("Parcel"), &json!("ring twice"))
        );
        let answer = ada
            .client
            .put(&format!("{cart}/attribution"), &json!({ "clicks": { "gclid": "x" } }))
            .await;
        refused(&answer, 409, "cart-closed");
        let me = json!({ "first_name": "Eve", "last_name": "Other" });
        good(&ada.client.patch("/store/v1/me", &me).await);
        good(&owner.patch(&method, &json!({ "name": "Ship", "price": euro(9) })).await);
        assert_eq!(owner.delete(&method).await.status, 204);
        let rates = good(&owner.get("/admin/v1/tax-rates").await);
        let rate = format!("/admin/v1/tax-rates/{}", rates["items"][0]["id"].as_str().unwrap());
        good(&owner.patch(&rate, &json!({ "rate": 250_000 })).await);
        let off = format!("/admin/v1/customers/{}/deactivate", ada.id.unwrap());
        good(&owner.order(&off).await);
        assert_eq!(good(&owner.get(&order).await), before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t68_only_the_customer_pays_where_a_page_of_the_provider_is_opened() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let cart = filled(&ada, 1).await;
        let redirect = json!({ "provider": "test-redirect" });
        let answer = place_for(&owner, &as_staff(&cart), &euro(1_000), &redirect, "a").await;
        refused(&answer, 409, "payment-requires-customer");
        assert_eq!(good(&ada.client.get(&cart).await)["status"], "open");
        let placed = good(&place_for(&ada.client, &cart, &euro(1_000), &redirect, "b").await);
        assert!(placed["redirect_url"].as_str().unwrap().starts_with("https://"));
        assert_eq!(placed["order"]["status"], "placed");
        let cart = filled(&ada, 1).await;
        let placed = good(&place_for(&owner, &as_staff(&cart), &euro(1_000), &card(), "c").await);
        assert_eq!(
            (&placed["order"]["placed_via"], &placed["redirect_url"]),
            (&json!("agent-checkout"), &json!(null))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t69_an_order_knows_the_customers_address_and_never_shows_the_agents() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let cart = filled(&ada, 1).await;
        let placed = good(&ada.place(&cart, &card()).await);
        let own = good(&owner.get(&order_at(&placed)).await);
        assert_eq!(
            (&own["customer_ip"], &own["actor_ip"], &own["placed_via"]),
            (&json!("127.0.0.1"), &json!(null), &json!("storefront"))
        );
        // Somebody who was never seen.
        let unseen = json!({ "kind": "registered", "email": "eve@example.com" });
        let unseen = owner.post("/admin/v1/customers", &unseen).await.json()["id"].clone();
        let cart = made(&owner.post(CARTS, &json!({ "customer": unseen })).await);
        good(&owner.post(&format!("{cart}/lines"), &json!({ "sku": "MUG" })).await);
        let placed = good(&place(&owner, &cart, &card()).await);
        let by_agent = good(&owner.get(&order_at(&placed)).await);
        assert_eq!(
            (&by_agent["customer_ip"], &by_agent["actor_ip"]),
            (&json!(null), &json!("127.0.0.1"))
        );
        assert!(by_agent["actor"].as_str().unwrap().starts_with("staff:"));
        // What customers see of an order names neither address nor agent.
        let cart = filled(&ada, 1).await;
        let placed =
            good(&place_for(&owner, &as_staff(&cart), &euro(1_000), &card(), "agent").await);
        let path = format!("/store/v1/me/orders/{}", placed["order"]["id"].as_str().unwrap());
        let seen = ada.client.get(&path).await.text();
        assert!(!seen.contains("127.0.0.1") && !seen.contains("stf_"), "{seen}");
        let theirs = good(&owner.get(&order_at(&placed)).await);
        assert_eq!(
            (&theirs["customer_ip"], &theirs["actor_ip"]),
            (&json!("127.0.0.1"), &json!("127.0.0.1"))
        );
        assert_eq!(ada.client.get(STORE_CARTS).await.status, 405);
    })
    .await;
}
