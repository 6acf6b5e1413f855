//! How far a customer's session reaches.

use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::super::customers::id;
use super::super::refused;
use super::{ACCOUNTS, Customer, ME, OWN_ADDRESSES, OWN_DEFAULTS, PASSWORD, SESSION, at};

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_never_reaches_anothers_addresses() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let ada = Customer::register(&host, "ada@example.com").await;
        let bob = Customer::register(&host, "bob@example.com").await;
        let made = ada.address().await;
        assert_eq!((made.status, made.location()), (201, format!("{OWN_ADDRESSES}/{}", id(&made))));
        let defaults = json!({ "billing": id(&made), "shipping": id(&made) });
        assert_eq!(ada.client.put(OWN_DEFAULTS, &defaults).await.json(), defaults);
        let before = test.dump().await;
        let (path, change) = (made.location(), json!({ "city": "Rom" }));
        for answer in [
            bob.client.get(&path).await,
            bob.client.patch(&path, &change).await,
            bob.client.delete(&path).await,
        ] {
            refused(&answer, 404, "not-found");
        }
        let theirs = bob.client.put(OWN_DEFAULTS, &json!({ "billing": id(&made) })).await;
        assert_eq!(refused(&theirs, 422, "invalid"), at("billing", "unknown"));
        assert_eq!(bob.client.get(OWN_ADDRESSES).await.json()["items"], json!([]));
        // Neither with a session of theirs, nor without any, does one get at the staff's routes.
        let of_staff = format!("{}/addresses/{}", ada.path(), id(&made));
        for client in [bob.client.clone(), ada.client.clone(), Client::nobody(&host)] {
            refused(&client.get(&of_staff).await, 401, "unauthenticated");
            refused(&client.delete(&of_staff).await, 401, "unauthenticated");
        }
        refused(&Client::nobody(&host).get(&path).await, 401, "unauthenticated");
        assert_eq!(test.dump().await, before);
        assert_eq!(ada.client.having_seen(&made).patch(&path, &change).await.json()["city"], "Rom");
        refused(&ada.client.having_seen(&made).delete(&path).await, 412, "stale");
        assert_eq!(ada.client.delete(&path).await.status, 204);
        let me = ada.client.get(ME).await.json();
        assert_eq!(
            (&me["default_billing_id"], &me["default_shipping_id"]),
            (&Value::Null, &Value::Null)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_one_store_is_a_stranger_in_the_next() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let store = json!({ "name": "Elsewhere", "default_currency": "CHF" });
        let store = id(&owner.post("/admin/v1/stores", &store).await);
        let ada = Customer::register(&host, "ada@example.com").await;
        refused(&ada.client.with("galleria-store", &store).get(ME).await, 401, "unauthenticated");
        let there = Client::nobody(&host).with("galleria-store", &store);
        let body = json!({ "email": "ada@example.com", "password": PASSWORD });
        refused(&there.post(SESSION, &body).await, 401, "login-refused");
        let other = Customer::of(&host, &there.post(ACCOUNTS, &body).await);
        assert_ne!(other.id, ada.id);
        refused(&other.client.get(ME).await, 401, "unauthenticated");
        assert_eq!(other.client.with("galleria-store", &store).get(ME).await.json()["number"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_a_cookie_changes_things_from_its_own_site_alone() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        Customer::register(&host, "ada@example.com").await;
        let body =
            json!({ "email": "ada@example.com", "password": PASSWORD, "token_in": "cookie" });
        let welcome = Client::nobody(&host).post(SESSION, &body).await;
        assert_eq!((welcome.status, &welcome.json()["token"]), (200, &Value::Null));
        let cookie = welcome.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
        let browser = Client::nobody(&host).with("cookie", cookie.split(';').next().unwrap());
        assert_eq!(browser.get(ME).await.json()["first_name"], "Ada");
        let change = json!({ "first_name": "Eve" });
        let before = test.dump().await;
        for forged in [
            browser.clone(),
            browser.with("sec-fetch-site", "cross-site"),
            browser.with("sec-fetch-site", "same-site"),
            browser.with("origin", "https://evil.example"),
            browser.with("origin", "null"),
        ] {
            refused(&forged.patch(ME, &change).await, 403, "cross-site");
            refused(&forged.delete(SESSION).await, 403, "cross-site");
        }
        assert_eq!(test.dump().await, before);
        let own = browser.with("sec-fetch-site", "same-origin");
        assert_eq!(own.patch(ME, &change).await.json()["first_name"], "Eve");
        let out = own.delete(SESSION).await;
        assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        refused(&browser.get(ME).await, 401, "unauthenticated");
        // A browser that still sends the cookie can log out and in again.
        assert_eq!(own.delete(SESSION).await.status, 204);
        assert_eq!(own.post(SESSION, &body).await.status, 200);
    })
    .await;
}
