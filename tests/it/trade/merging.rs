//! T62: what becomes of a visitor's cart when they log in.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::{PASSWORD, STORE_CARTS, Shopper, good, lines, refused, sell};

const SETTINGS: &str = "/admin/v1/settings";

async fn login(visitor: &Shopper<'_>, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD });
    good(&visitor.client.post("/store/v1/session", &body).await)
}

async fn code(shopper: &Shopper<'_>, cart: &str, code: &str) {
    good(&shopper.client.post(&format!("{cart}/codes"), &json!({ "code": code })).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn t62_each_strategy_makes_one_cart_of_two() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        for sku in ["BOTH", "OWN", "GUEST"] {
            sell(&host, sku, &[(100, "EUR")], "standard").await;
        }
        let owner = Client::owner(&host);
        let line = |sku: &str, quantity| (sku.to_owned(), quantity);
        for (strategy, both, others) in [
            ("guest-wins", Some(2), &["OWN", "GUEST"][..]),
            ("sum", Some(5), &["OWN", "GUEST"]),
            ("max", Some(3), &["OWN", "GUEST"]),
            ("keep-customer", Some(3), &["OWN"]),
            ("keep-guest", Some(2), &["GUEST"]),
        ] {
            let settings = json!({ "value": { "cart_merge": strategy } });
            good(&owner.patch(SETTINGS, &settings).await);
            let email = format!("{strategy}@example.com");
            let ada = Shopper::register(&host, &email).await;
            let own = ada.cart().await;
            ada.add(&own, "BOTH", 3).await;
            ada.add(&own, "OWN", 1).await;
            code(&ada, &own, "own").await;
            let (visitor, guest) = Shopper::visit(&host).await;
            visitor.add(&guest, "BOTH", 2).await;
            visitor.add(&guest, "GUEST", 1).await;
            code(&visitor, &guest, "guest").await;
            assert_eq!(login(&visitor, &email).await["cart_notes"], json!([]));
            let current = good(&ada.client.get(&format!("{STORE_CARTS}/current")).await);
            let wanted = both.map(|quantity| line("BOTH", quantity)).into_iter();
            let mut wanted: Vec<_> = wanted.chain(others.iter().map(|sku| line(sku, 1))).collect();
            let mut found = lines(&current);
            wanted.sort();
            found.sort();
            assert_eq!(found, wanted, "{strategy}");
            let codes = match strategy {
                "keep-customer" => json!(["OWN"]),
                "keep-guest" => json!(["GUEST"]),
                _ => json!(["OWN", "GUEST"]),
            };
            assert_eq!(current["codes"], codes, "{strategy}");
            let units: u64 = found.iter().map(|(_, quantity)| quantity).sum();
            assert_eq!(current["totals"]["payable"]["amount"], units * 100);
            let left = good(&owner.get(&super::as_staff(&guest)).await);
            assert_eq!((&left["status"], &left["merged_into"]), (&json!("merged"), &current["id"]));
            // Logging in once more with the same visit pours nothing in twice.
            login(&visitor, &email).await;
            assert_eq!(lines(&good(&ada.client.get(&own).await)).len(), found.len());
        }
        let unknown = json!({ "value": { "cart_merge": "both" } });
        assert_eq!(refused(&owner.patch(SETTINGS, &unknown).await, 422, "invalid"), ["cart_merge"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t62_a_new_customer_takes_their_cart_along() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(100, "EUR")], "standard").await;
        let (visitor, cart) = Shopper::visit(&host).await;
        visitor.add(&cart, "MUG", 2).await;
        let body = json!({ "email": "ada@example.com", "password": PASSWORD });
        let welcome = visitor.client.post("/store/v1/customers", &body).await;
        assert_eq!(welcome.status, 201, "{}", welcome.text());
        let ada = Client::bearer(&host, welcome.json()["token"].as_str().unwrap());
        let current = good(&ada.get(&format!("{STORE_CARTS}/current")).await);
        assert_eq!(
            (lines(&current), cart.ends_with(current["id"].as_str().unwrap())),
            (vec![("MUG".to_owned(), 2)], true)
        );
        // It isn't the visitor's any more.
        refused(&visitor.client.get(&cart).await, 404, "not-found");
        refused(&visitor.client.get(&format!("{STORE_CARTS}/current")).await, 404, "not-found");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t62_what_does_not_fit_is_cut_and_said() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(100, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        good(&owner.patch(SETTINGS, &json!({ "value": { "cart_merge": "sum" } })).await);
        let ada = Shopper::register(&host, "ada@example.com").await;
        let own = ada.cart().await;
        ada.add(&own, "MUG", 9_000).await;
        let monthly = json!({ "every": { "count": 1, "unit": "month" } });
        let line = json!({ "sku": "MUG", "schedule": monthly });
        let (visitor, guest) = Shopper::visit(&host).await;
        visitor.add(&guest, "MUG", 1_000).await;
        good(&visitor.client.post(&format!("{guest}/lines"), &line).await);
        for at in 0..10 {
            code(&ada, &own, &format!("own-{at}")).await;
        }
        code(&visitor, &guest, "guest").await;
        let notes = login(&visitor, "ada@example.com").await["cart_notes"].clone();
        let notes: Vec<_> =
            notes.as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("MUG") && notes[1].contains("GUEST"), "{notes:?}");
        let merged = good(&ada.client.get(&own).await);
        assert_eq!(lines(&merged), [("MUG".to_owned(), 9_999), ("MUG".to_owned(), 1)]);
        assert_eq!(merged["lines"][1]["schedule"], monthly);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t62_nobody_gets_the_cart_of_another_customer() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(100, "EUR")], "standard").await;
        let (visitor, cart) = Shopper::visit(&host).await;
        visitor.add(&cart, "MUG", 2).await;
        let (ada, eve) = (
            Shopper::register(&host, "ada@example.com").await,
            Shopper::register(&host, "eve@example.com").await,
        );
        login(&visitor, "ada@example.com").await;
        // The same browser, in other hands.
        login(&visitor, "eve@example.com").await;
        refused(&eve.client.get(&cart).await, 404, "not-found");
        refused(&eve.client.get(&format!("{STORE_CARTS}/current")).await, 404, "not-found");
        assert_eq!(lines(&good(&ada.client.get(&cart).await)), [("MUG".to_owned(), 2)]);
    })
    .await;
}
